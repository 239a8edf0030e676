"""Trying a source.yml out: everything that is not as it should be, at once, and nothing stored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from invented_payloads import Write, table

from matching.drafting import check_payload
from matching.sources.spec import Source

BASE: dict[str, Any] = {
    "id": "zz_test", "title": "Test list", "publisher": "Ministry of Tests", "authority": "Test police",
    "authority_country": "ZZ", "listing_kind": "wanted", "homepage": "https://lists.example/", "licence": "open",
    "terms": "https://lists.example/terms", "cadence": "daily", "handling_code": "PUBLIC",
    "payloads": {"list": {"files": ["list*.csv"]}}, "reader": {"format": "csv"},
    "date_formats": ["DD/MM/YYYY"],
    "record": {
        "publisher_id": "no", "names": [{"full": "name"}], "births": [{"date": "born"}], "nationalities": ["country"],
        "sex": {"from": "sex", "map": {"m": "male"}},
    },
    "ignored": [{"fields": ["photo"], "reason": "pictures"}, {"fields": ["unit"], "reason": "not mapped yet"}],
}  # fmt: skip
COLUMNS = ("no", "name", "born", "country", "sex", "photo", "unit", "phone")
ROWS = [
    ("1", "Ada Fleurmont", "01/02/1961", "Norway", "m", "p1", "u", "555"),
    ("2", "Bo Nabucco", "1961 or so", "Narnia", "m", "p2", "u", "556"),
    ("3", "Cy Vinelander", "03/04/1972", "Narnia", "w", "", "u", ""),
]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Source]:
    return lambda **changes: Source.model_validate({**BASE, "folder": tmp_path, **changes})


def test_everything_is_reported_at_once(make: Callable[..., Source], write: Write) -> None:
    checked = check_payload(make(), [write("list.csv", table([COLUMNS, *ROWS]))], limit_mb=64)
    assert checked.counts() == {
        "entries": 3, "records": 2, "persons": 2, "quarantined": 1, "ignored fields": 2, "fields not mapped yet": 1,
        "unread fields": 1, "paths without a value": 0, "births not read": 1, "births with day and month unclear": 1,
        "countries not understood": 1,
    }  # fmt: skip
    assert dict(checked.parsed.unread) == {"phone": 2}
    assert checked.ignored.sort("field").rows() == [("photo", 2, "pictures"), ("unit", 3, "not mapped yet")]
    assert checked.quarantined.select("rule", "column", "entries").rows() == [("known_category", "sex", 1)]
    assert checked.quarantined["examples"].to_list() == [["zz_test:3"]]
    assert dict(checked.unread_births) == {"9999 aa aa": 1}
    assert dict(checked.unknown_countries) == {"Narnia": 1}
    assert checked.to_fill == []


def test_unread_fields_are_a_problem_and_absent_paths_only_if_strict(make: Callable[..., Source], write: Write) -> None:
    rows = [(*row[:2], "", *row[3:7]) for row in ROWS[:2]]
    checked = check_payload(make(), [write("list.csv", table([COLUMNS[:7], *rows]))], limit_mb=64)
    assert checked.problems(strict=False) == []
    (problem,) = checked.problems(strict=True)
    assert "fields not mapped yet: unit" in problem


def test_a_path_that_no_entry_has_is_told(make: Callable[..., Source], write: Write) -> None:
    path = write("list.json", '[{"no": "1", "name": "Ada Fleurmont"}]')
    source = make(
        payloads={"list": {"files": ["*.json"]}},
        reader={"format": "json", "entry": ["no"]},
        record={"publisher_id": "no", "names": [{"full": "naem"}]},
        ignored=[],
    )
    checked = check_payload(source, [path], limit_mb=64)
    assert list(checked.parsed.unseen) == ["naem"]
    assert dict(checked.parsed.unread) == {"name": 1}
    assert "paths that no entry has: naem" in checked.problems(strict=True)[0]


def test_records_that_no_gate_would_let_in_are_told(make: Callable[..., Source], write: Write) -> None:
    rows = [ROWS[0], ("7", "---", "01/02/1961", "Norway", "m", "", "u", "")]
    checked = check_payload(make(), [write("list.csv", table([COLUMNS, *rows]))], limit_mb=64)
    assert checked.quarantined.select("rule", "examples").rows() == [("person_has_a_name_with_a_letter", ["zz_test:7"])]
    assert (checked.counts()["records"], checked.counts()["quarantined"]) == (1, 1)
    assert "few_rows_are_quarantined" in set(checked.gates["expectation"])


def test_dates_are_not_unclear_where_one_of_them_tells(make: Callable[..., Source], write: Write) -> None:
    rows = [*ROWS[:1], ("4", "Di Demonov", "13/04/1972", "Norway", "m", "", "u", "")]
    assert check_payload(make(), [write("list.csv", table([COLUMNS, *rows]))], limit_mb=64).ambiguous_births == 0


def test_columns_with_a_slash_in_their_name_are_ignored_too(make: Callable[..., Source], write: Write) -> None:
    source = make(
        record={"publisher_id": "no", "names": [{"full": "name"}]},
        ignored=[{"fields": ["№ п\\/п"], "reason": "row number"}],
    )
    checked = check_payload(
        source, [write("list.csv", table([("no", "name", "№ п/п"), ("1", "Ada Fleurmont", "7")]))], limit_mb=64
    )
    assert checked.ignored.rows() == [("№ п\\/п", 1, "row number")]
    assert dict(checked.parsed.unread) == {}


def test_words_to_be_filled_in_are_listed(make: Callable[..., Source], write: Write) -> None:
    source = make(publisher="to be filled in", homepage="https://to-be-filled-in.example")
    checked = check_payload(source, [write("list.csv", table([COLUMNS, *ROWS]))], limit_mb=64)
    assert list(checked.to_fill) == ["publisher", "homepage", "authority_country"]


def test_fields_that_only_a_key_reads_are_still_not_mapped(make: Callable[..., Source], write: Write) -> None:
    key = [{"join": ["no", "name", "unit"], "with": "|", "digest": True}]
    source = make(record={"publisher_id": key, "names": [{"full": "name"}]}, ignored=BASE["ignored"][1:])
    path = write("list.csv", table([("no", "name", "unit"), ("1", "Ada Fleurmont", "u")]))
    assert check_payload(source, [path], limit_mb=64).not_mapped == ["unit"]

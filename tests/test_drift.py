"""What a publisher changed without saying is a warning at ingestion, and names no person."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from invented_lists import COLUMNS, OwnLists, person, write_source

from matching.ingest import Ingested
from matching.pipeline import Pipeline
from matching.settings import Settings

Rows = list[dict[str, str]]
MORE = """\
  programmes: [programme]
  sex: {from: sex, map: {m: male, f: female}}
ignored:
  - {fields: [photo], reason: pictures}
"""


class Lists:
    """A list zz_list whose snapshots a test writes row by row."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.days = 0
        source = write_source(folder / "sources", "zz_list", "ZZ")
        text = source.read_text().replace("expected:", f"{MORE}expected:")
        source.write_text(text.replace("format: csv", "format: csv\n  columns: {list: [number, name]}"))
        self.pipeline = Pipeline.open(Settings(workspace=folder / "ws", sources_dir=[folder / "sources"]))

    def take_in(self, rows: Sequence[dict[str, str]]) -> Ingested:
        self.days += 1
        columns = list(dict.fromkeys(key for row in rows for key in row))
        lines = [",".join(columns), *(",".join(row.get(column, "") for column in columns) for row in rows)]
        path = self.folder / f"list_{self.days}.csv"
        path.write_text("\n".join(lines) + "\n")
        when = datetime(2026, 1, self.days, tzinfo=UTC)
        return self.pipeline.ingest("zz_list", files=[path], retrieved_at=when)

    def gates(self, ingested: Ingested) -> pl.DataFrame:
        folder = next((self.folder / "ws" / "20_records" / "zz_list").glob(f"{ingested.snapshot_id}-*"))
        return pl.read_parquet(folder / "gates.parquet").filter(pl.col("table") == "drift")


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    return Lists(tmp_path)


@pytest.fixture
def rows() -> Rows:
    return [{**person(number), "programme": f"P{number % 3}", "sex": "mf"[number % 2]} for number in range(40)]


def drifted(ingested: Ingested) -> dict[str, str]:
    """Rule to what was observed, of the warnings about drift."""
    rules = {
        "no_field_is_new", "no_field_vanished", "no_category_is_new", "no_word_is_newly_unknown",
        "fields_are_filled_as_before", "few_identities_changed", "ids_mean_the_same_persons",
    }  # fmt: skip
    warned = (warning.partition(": ") for warning in ingested.warnings)
    return {rule: rest.partition(" (")[0] for rule, _, rest in warned if rule in rules}


def test_a_first_snapshot_and_a_like_one_drift_from_nothing(lists: Lists, rows: Rows) -> None:
    assert drifted(lists.take_in(rows)) == {}
    assert drifted(lists.take_in([*rows[2:], {**person(50), "programme": "P1", "sex": "m"}])) == {}


def test_a_field_that_source_yml_does_not_know_is_new_once(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    with_phone = [{**row, "phone": "1"} for row in rows]
    assert drifted(lists.take_in(with_phone)) == {"no_field_is_new": "phone"}
    again = lists.take_in(with_phone[1:])
    assert drifted(again) == {}
    assert any(warning.startswith("every_field_is_read_or_ignored") for warning in again.warnings)


def test_an_ignored_field_is_not_new(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    assert drifted(lists.take_in([{**row, "photo": "p.jpg"} for row in rows])) == {}


def test_a_field_that_has_no_value_any_more_vanished(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    emptied = drifted(lists.take_in([{**row, "passport": ""} for row in rows]))
    assert emptied["fields_are_filled_as_before"].startswith("identifiers 100% -> 0%")


def test_new_categories_are_named(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    assert drifted(lists.take_in([{**rows[0], "programme": "P9"}, *rows[1:]])) == {
        "no_category_is_new": "programmes 'P9'"
    }


def test_a_column_of_free_text_is_no_category(lists: Lists, rows: Rows) -> None:
    spoken = [{**row, "programme": f"case {number}"} for number, row in enumerate(rows)]
    lists.take_in(spoken)
    assert drifted(lists.take_in([{**spoken[0], "programme": "case of another kind"}, *spoken[1:]])) == {}


def test_a_word_that_no_map_knows_is_named_once(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    odd = [{**rows[0], "sex": "unclear"}, *rows[1:]]
    assert drifted(lists.take_in(odd)) == {"no_word_is_newly_unknown": "sex 'unclear'"}
    assert drifted(lists.take_in([*odd, person(50)])) == {}


def test_ids_counted_anew_are_noticed(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    names = [(row["name"], row["born"]) for row in rows]
    moved = [{**row, "name": name, "born": born} for row, (name, born) in zip(rows, names[1:] + names[:1], strict=True)]
    found = drifted(lists.take_in(moved))
    assert found["ids_mean_the_same_persons"] == "40 of 40 share neither a name nor a birth with before"
    assert found["few_identities_changed"] == "40 of 40 have other names or births"


@pytest.mark.parametrize(("changed", "warned"), [(4, False), (5, True)])
def test_identities_may_change_in_a_tenth_of_the_persons(changed: int, warned: bool, lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    other = [{**row, "born": "1944-01-01"} if number < changed else row for number, row in enumerate(rows)]
    assert drifted(lists.take_in(other)) == (
        {"few_identities_changed": "5 of 40 have other names or births"} if warned else {}
    )


def test_what_is_observed_names_no_person(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    other = [
        {**row, "name": f"Emeraude {row['name']}", "born": "1944-01-01", "phone": "0123", "sex": ""} for row in rows
    ]
    observed = " ".join(lists.gates(lists.take_in(other))["observed"])
    for row in (*rows, *other):
        for key in ("name", "born", "passport", "number"):
            assert row[key] not in observed


def test_every_rule_of_the_suite_is_reported_with_its_rows(lists: Lists, rows: Rows) -> None:
    lists.take_in(rows)
    gates = lists.gates(lists.take_in(rows[1:]))
    assert gates.height == 7
    assert gates["severity"].unique().to_list() == ["warning"]
    assert gates["rows"].unique().to_list() == [39]


def test_the_snapshot_before_is_the_one_retrieved_before(own_lists: OwnLists) -> None:
    """Filling in an older snapshot compares it with what came before it, not with the latest."""
    when = datetime(2025, 12, 1, tzinfo=UTC)
    path = own_lists.list_of("fr_wanted", range(70, 79))
    assert drifted(own_lists.pipeline().ingest("fr_wanted", files=[path], retrieved_at=when)) == {}


@pytest.mark.real
def test_real_lists_drift_as_known(shared: Path, tmp_path: Path) -> None:
    """UN 2021 to 2024: a new programme, a field that vanished, identities that stayed."""
    pipeline = Pipeline.open(Settings(workspace=tmp_path))
    take_in: Callable[[str, str], Ingested] = lambda day, path: pipeline.ingest(  # noqa: E731
        "un_sc", files=[shared / "data" / "un_sc" / path], retrieved_at=datetime.fromisoformat(day).replace(tzinfo=UTC)
    )
    take_in("2025-04-19", "2025-04-19/UN.xml")
    assert drifted(take_in("2025-11-20", "2025-11-20/consolidatedLegacyByPRN.xml")) == {
        "no_category_is_new": "programmes 'Iran'"
    }
    assert drifted(take_in("2026-02-27", "2026-02-27/UN_consolidated.xml")) == {}


def test_columns_are_those_of_the_shared_lists() -> None:
    assert set(COLUMNS) == set(person(1))

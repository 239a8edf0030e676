"""`matching source new`, `check`, `diff` and `history` as a user meets them."""

import csv
import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import Answer, matching
from invented_lists import OwnLists, list_lines
from invented_payloads import HEADER, PEOPLE, table

from matching.drafting import check_payload
from matching.pipeline import Pipeline
from matching.settings import Settings
from matching.sources import snapshots
from matching.sources.registry import load_sources

SHORT = 12
SHORTEST_TELLING = 8


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """A national list that no source describes: semicolons, windows-1251, Cyrillic headers, two rows for one person."""
    rows = [(*person, "ОВД 7") for person in PEOPLE]
    other_name = (*PEOPLE[0][:1], "Ленский", *PEOPLE[0][2:], "ОВД 7")
    path = tmp_path / "rozysk_2026-03.csv"
    path.write_bytes(table([HEADER, rows[0], other_name, *rows[1:]], separator=";").encode("cp1251"))
    return path


@pytest.fixture
def three_states(own_lists: OwnLists) -> OwnLists:
    """The list fr_wanted on 1, 5 and 9 January: 30 leaves and comes back, 41 comes, 3 has another birth date."""
    own_lists.take_in("fr_wanted", [one for one in range(40) if one != 30], day=5)
    lines = list_lines(range(41))
    changed = lines[4].replace("-", "/", 0).split(",")
    lines[4] = ",".join([*changed[:2], "1949-12-31", *changed[3:]])
    path = own_lists.folder / "drop" / "fr_wanted" / "list.csv"
    path.write_text("\n".join(lines) + "\n")
    own_lists.pipeline().ingest("fr_wanted", files=[path], retrieved_at=datetime(2026, 1, 9, tzinfo=UTC))
    return own_lists


def rows_of(answer: Answer) -> list[tuple[str, str, str]]:
    assert answer.exit_code == 0, answer.err
    return [(row["record_id"], row["change"], row["fields"]) for row in csv.DictReader(io.StringIO(answer.out))]


def snapshot_ids(lists: OwnLists) -> list[str]:
    return [snapshot.snapshot_id for snapshot in snapshots.history(lists.workspace, "fr_wanted")]


# A list of a format not seen before: new, check, import, run, without Python


def test_a_national_list_goes_from_file_to_published_run(payload: Path, tmp_path: Path) -> None:
    options = ("--workspace", tmp_path / "ws", "--sources-dir", tmp_path / "src")
    new = matching("source", "new", "ru_rozysk", "--from", payload, "--into", tmp_path / "src")
    assert new.exit_code == 0, new.err
    assert new.out.strip() == str(tmp_path / "src" / "ru_rozysk" / "source.yml")
    assert "4 entries, 4 persons, 0 quarantined" in new.err

    check = matching("source", "check", "ru_rozysk", payload, "--format", "json", *options)
    assert check.exit_code == 0, check.err
    found = json.loads(check.out)
    assert (found["counts"]["persons"], found["counts"]["births not read"]) == (4, 0)
    assert found["records"][0]["names"][0]["family"] == "Онегинский"

    assert matching("source", "import", "ru_rozysk", payload, *options).exit_code == 0
    run = matching("run", *options)
    assert run.exit_code == 0, run.err
    exported = matching("export", "names", "--format", "json", *options)
    assert "Onegin" in exported.out


def test_new_writes_into_the_first_folder_of_sources(payload: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    answer = matching("--sources-dir", tmp_path / "mine", "source", "new", "ru_rozysk", "--from", payload)
    assert answer.exit_code == 0, answer.err
    assert (tmp_path / "mine" / "ru_rozysk" / "source.yml").is_file()


def test_new_of_what_is_no_list_ends_with_the_exit_code_of_its_error(tmp_path: Path) -> None:
    page = tmp_path / "list.csv"
    page.write_text("<html><body>Log in</body></html>")
    assert matching("source", "new", "zz_new", "--from", page, "--into", tmp_path / "src").exit_code == 5
    absent = matching("source", "new", "zz_new", "--from", tmp_path / "absent.csv", "--into", tmp_path / "src")
    assert absent.exit_code == 2
    assert not (tmp_path / "src").exists()


# check


def test_check_prints_cards_and_tables_and_stores_nothing(payload: Path, tmp_path: Path) -> None:
    matching("source", "new", "ru_rozysk", "--from", payload, "--into", tmp_path / "src")
    answer = matching("--workspace", tmp_path / "ws", "--sources-dir", tmp_path / "src", "source", "check", "ru_rozysk",
                      payload, "--records", "1")  # fmt: skip
    assert answer.exit_code == 0, answer.err
    assert answer.out.startswith("ru_rozysk:РД-1  (person, watchlist, active)")
    assert "РД-2" not in answer.out
    assert "fields not mapped yet: 1" in answer.out
    assert "rows/Отдел" in answer.out
    assert "to be filled in: title, publisher" in answer.out
    assert not (tmp_path / "ws").exists()


def test_check_ends_with_5_where_a_field_is_neither_read_nor_ignored(payload: Path, tmp_path: Path) -> None:
    matching("source", "new", "ru_rozysk", "--from", payload, "--into", tmp_path / "src")
    source = tmp_path / "src" / "ru_rozysk" / "source.yml"
    text = source.read_text(encoding="utf-8")
    source.write_text(text[: text.index("ignored:")] + text[text.index("expected:") :], encoding="utf-8")
    answer = matching("--sources-dir", tmp_path / "src", "source", "check", "ru_rozysk", payload)
    assert answer.exit_code == 5
    assert "neither reads nor ignores: rows/Отдел (5)" in answer.err
    assert "fields that nothing reads:" in answer.out


def test_strict_check_fails_on_what_a_draft_left_open(payload: Path, tmp_path: Path) -> None:
    matching("source", "new", "ru_rozysk", "--from", payload, "--into", tmp_path / "src")
    check = ("--sources-dir", tmp_path / "src", "source", "check", "ru_rozysk", payload)
    assert matching(*check).exit_code == 0
    strict = matching(*check, "--strict")
    assert strict.exit_code == 5
    assert "fields not mapped yet: rows/Отдел" in strict.err


def test_check_of_a_shipped_source_on_its_fixture_holds() -> None:
    fixture = Path(__file__).parent / "sources" / "fixtures" / "un_sc" / "un_consolidated.xml"
    answer = matching("source", "check", "un_sc", fixture)
    assert answer.exit_code == 0, answer.err


# diff and history


def test_diff_compares_the_last_two_states(three_states: OwnLists) -> None:
    answer = three_states.matching("source", "diff", "fr_wanted", "--format", "csv")
    assert rows_of(answer) == [
        ("fr_wanted:N-003", "changed", "births"),
        ("fr_wanted:N-030", "reinstated", ""),
        ("fr_wanted:N-040", "added", ""),
    ]
    assert (
        "persons +2/-0; 1 added (1 persons), 1 changed (1 persons), 0 removed (0 persons), 1 reinstated" in answer.err
    )


def test_diff_takes_dates_and_the_first_characters_of_snapshots(three_states: OwnLists) -> None:
    first, second, third = snapshot_ids(three_states)
    wanted = [("fr_wanted:N-030", "removed", "")]
    by_id = ("--from", first[:SHORT], "--to", second[:6])
    by_date = ("--from", "2026-01-04", "--to", "2026-01-05")
    for chosen in (by_id, by_date):
        assert rows_of(three_states.matching("source", "diff", "fr_wanted", *chosen, "--format", "csv")) == wanted
    whole = three_states.matching("source", "diff", "fr_wanted", "--from", first, "--to", third, "--format", "json")
    assert [(row["record_id"], row["change"], row["fields"]) for row in json.loads(whole.out)] == [
        ("fr_wanted:N-003", "changed", ["births"]), ("fr_wanted:N-040", "added", []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("--from", "0000000"), "no snapshot begins with '0000000'"),
        (("--from", "abc"), "is too short for a snapshot"),
        (("--to", "2025-12-31"), "no state on 2025-12-31 or before"),
        (("--from", "2026-01-09", "--to", "2026-01-05"), "is not before"),
        (("--to", "2026-01-01"), "has no state before"),
    ],
)
def test_diff_of_states_that_are_not_there_says_which_are(
    chosen: tuple[str, ...], said: str, three_states: OwnLists
) -> None:
    answer = three_states.matching("source", "diff", "fr_wanted", *chosen)
    assert answer.exit_code == 2
    assert said in answer.err
    assert snapshot_ids(three_states)[0][:SHORT] in answer.err


def test_diff_and_history_before_the_first_snapshot_say_what_to_do(own_lists: OwnLists) -> None:
    for command in ("diff", "history"):
        answer = own_lists.matching("source", command, "un_sc")
        assert answer.exit_code == 2
        assert "no snapshot of un_sc" in answer.err
    assert own_lists.matching("source", "diff", "fr_wanted").exit_code == 2


def test_history_shows_each_state_with_what_it_gained_and_lost(three_states: OwnLists) -> None:
    answer = three_states.matching("source", "history", "fr_wanted", "--format", "json")
    rows = json.loads(answer.out)
    assert [row["snapshot"] for row in rows] == [one[:SHORT] for one in snapshot_ids(three_states)]
    assert [(row["first_retrieved"][:10], row["persons"], row["added"], row["removed"]) for row in rows] == [
        ("2026-01-01", 40, None, None), ("2026-01-05", 39, 0, 1), ("2026-01-09", 41, 2, 0),
    ]  # fmt: skip


def test_history_shows_bytes_that_came_back_as_a_state_of_their_own(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", range(39), day=5)
    own_lists.take_in("fr_wanted", range(40), day=9)
    own_lists.take_in("fr_wanted", range(40), day=10)
    rows = json.loads(own_lists.matching("source", "history", "fr_wanted", "--format", "json").out)
    assert rows[0]["snapshot"] == rows[2]["snapshot"]
    assert [(row["first_retrieved"][:10], row["last_retrieved"][:10], row["retrievals"]) for row in rows] == [
        ("2026-01-01", "2026-01-01", 1), ("2026-01-05", "2026-01-05", 1), ("2026-01-09", "2026-01-10", 2),
    ]  # fmt: skip


# Changes of real lists, as known


def real_pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline.open(Settings(workspace=tmp_path / "ws", count_bands=False))


def persons_told(tmp_path: Path, source: str, *chosen: str) -> str:
    answer = matching("--workspace", tmp_path / "ws", "source", "diff", source, *chosen, "--format", "csv")
    assert answer.exit_code == 0, answer.err
    return answer.err.partition("persons ")[2].partition(";")[0]


@pytest.mark.real
def test_un_list_changed_by_the_known_persons(shared: Path, tmp_path: Path) -> None:
    pipeline = real_pipeline(tmp_path)
    for day, path in (
        ("2025-04-19", "2025-04-19/UN.xml"),
        ("2025-11-20", "2025-11-20/consolidatedLegacyByPRN.xml"),
        ("2026-02-27", "2026-02-27/UN_consolidated.xml"),
    ):
        when = datetime.fromisoformat(day).replace(tzinfo=UTC)
        pipeline.ingest("un_sc", files=[shared / "data" / "un_sc" / path], retrieved_at=when)
    assert persons_told(tmp_path, "un_sc", "--from", "2025-04-19", "--to", "2025-11-20") == "+46/-3"
    assert persons_told(tmp_path, "un_sc") == "+4/-1"


@pytest.mark.real
def test_interpol_list_changed_by_the_known_persons(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "interpol_red"
    with tarfile.open(folder / "2020-12-10" / "jsons.tar.gz") as archive:
        archive.extractall(tmp_path / "pages", filter="data")
    pages = sorted((tmp_path / "pages").rglob("*.json"))
    pipeline = real_pipeline(tmp_path)
    drop = tmp_path / "drop"
    drop.mkdir()
    # The archive names the pages by nationality; the source takes pages whose names say that they are of the list.
    files = [page.rename(drop / f"red_list_{page.name}") for page in pages]
    pipeline.ingest("interpol_red", files=files, retrieved_at=datetime(2020, 12, 10, tzinfo=UTC))
    later = [folder / "2023-05-16" / "results.json"]
    pipeline.ingest("interpol_red", files=later, retrieved_at=datetime(2023, 5, 16, tzinfo=UTC))
    assert persons_told(tmp_path, "interpol_red") == "+2365/-1441"


@pytest.mark.real
def test_nacta_list_changed_by_the_known_persons(shared: Path, tmp_path: Path) -> None:
    pipeline = real_pipeline(tmp_path)
    for day in ("2025-11-19", "2026-06-03"):
        when = datetime.fromisoformat(day).replace(tzinfo=UTC)
        pipeline.ingest("pk_nacta", files=[shared / "data" / "pk_nacta" / day / "source.json"], retrieved_at=when)
    assert persons_told(tmp_path, "pk_nacta") == "+1168/-155"


@pytest.mark.real
@pytest.mark.parametrize(
    ("source", "path", "entries", "persons"),
    [
        ("au_new", "au_dfat/2024-11-30/regulation8_consolidated.xlsx", 3062, 2316),
        ("us_new", "us_fbi_wanted/2024-02-14/fbi_wanted.csv", 1024, 1024),
        ("un_new", "un_sc/2026-02-27/UN_consolidated.xml", 730, 730),
        ("zz_new", "interpol_red/2023-05-16/results.json", 6934, 6934),
    ],
)
def test_real_lists_of_other_formats_are_described_without_a_hand(
    source: str, path: str, entries: int, persons: int, shared: Path, tmp_path: Path
) -> None:
    new = matching("source", "new", source, "--from", shared / "data" / path, "--into", tmp_path / "src")
    assert new.exit_code == 0, new.err
    assert f"{entries} entries, {persons} persons, 0 quarantined" in new.err
    check = matching("--sources-dir", tmp_path / "src", "source", "check", source, shared / "data" / path)
    assert check.exit_code == 0, check.err
    (fixture,) = (tmp_path / "src" / source / "fixture").iterdir()
    assert matching("--sources-dir", tmp_path / "src", "source", "check", source, fixture).exit_code == 0
    assert persons_told_of(tmp_path / "src", source, shared / "data" / path) == []


def persons_told_of(sources: Path, source: str, payload: Path) -> list[str]:
    """Record ids of persons whose name or document number stands in what was drafted."""
    described = load_sources([sources])[source]
    checked = check_payload(described, [payload], limit_mb=64)
    made = check_payload(described, [next((sources / source / "fixture").iterdir())], limit_mb=64)
    invented = str(made.parsed.records.drop("snapshot_id").to_dicts())
    written = invented + "".join((sources / source / name).read_text() for name in ("source.yml", "README.md"))
    return [
        row["record_id"]
        for row in checked.parsed.records.to_dicts()
        if any(len(text) > SHORTEST_TELLING and text in written for text in _telling(row))
    ]


def _telling(row: dict[str, Any]) -> list[str]:
    return [*(name["full"] for name in row["names"]), *(document["number"] for document in row["identifiers"])]

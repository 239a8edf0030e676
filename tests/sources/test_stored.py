"""Payloads stored by date: taken in in order of time they give what taking them in at the time would have given."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from invented_lists import OwnLists, write_list, write_source

from matching.ingest import Ingested
from matching.pipeline import Pipeline
from matching.settings import Settings
from matching.sources import snapshots
from matching.tables import CHANGES, RECORDS

pytestmark = pytest.mark.usefixtures("quick_gates")
LISTS = {"2026-01-01": range(40), "2026-01-08": range(5, 45), "2026-01-15T0600Z": range(45), "2026-01-22": range(5, 45)}


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    for name, people in LISTS.items():
        write_list(tmp_path / "drop" / "fr_wanted" / name / "list.csv", people)
    return tmp_path / "drop"


def pipeline(folder: Path, drop: Path | None = None) -> Pipeline:
    write_source(folder / "sources", "fr_wanted", "FR")
    settings = Settings(workspace=folder / "workspace", sources_dir=[folder / "sources"], drop_dir=drop)
    return Pipeline.open(settings)


def day(found: Ingested) -> int:
    return found.retrieved_at.day


def test_a_backfill_gives_the_same_state_as_taking_in_live_whatever_came_first(tmp_path: Path, drop: Path) -> None:
    live = pipeline(tmp_path / "live")
    for name in LISTS:
        at = datetime.fromisoformat(name).replace(tzinfo=UTC)
        live.ingest("fr_wanted", files=[drop / "fr_wanted" / name / "list.csv"], retrieved_at=at)
    late = pipeline(tmp_path / "late", drop)
    late.ingest_stored("fr_wanted", since=datetime(2026, 1, 10, tzinfo=UTC))
    assert len(late.ingest_stored("fr_wanted")) == 2
    runs = [one.start() for one in (live, late)]
    for run in runs:
        run.do("records")
    assert runs[0].read(RECORDS).equals(runs[1].read(RECORDS))
    assert runs[0].read(CHANGES).equals(runs[1].read(CHANGES))
    histories = [snapshots.history(one.workspace, "fr_wanted") for one in (live, late)]
    assert [s.snapshot_id for s in histories[0]] == [s.snapshot_id for s in histories[1]]


def test_what_was_taken_in_before_is_passed_over(tmp_path: Path, drop: Path) -> None:
    own = pipeline(tmp_path, drop)
    assert [day(one) for one in own.ingest_stored("fr_wanted", until=datetime(2026, 1, 9, tzinfo=UTC))] == [1, 8]
    assert [day(one) for one in own.ingest_stored("fr_wanted")] == [15, 22]
    assert own.ingest_stored("fr_wanted") == []


def test_without_a_time_the_latest_that_is_stored_is_taken_in(tmp_path: Path, drop: Path) -> None:
    own = pipeline(tmp_path, drop)
    assert [own.ingest("fr_wanted").persons for _ in range(2)] == [40, 40]
    current = snapshots.current(own.workspace, "fr_wanted")
    assert current
    assert [retrieval.retrieved_at.day for retrieval in current.retrievals] == [22]


def test_the_command_says_what_it_took_in_and_where_to_put_payloads(
    own_lists: OwnLists, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = own_lists.matching("source", "backfill", "fr_wanted")
    assert (answer.exit_code, "put payloads into" in answer.err) == (2, True)
    config = drop.parent / "m.toml"
    config.write_text(f'drop_dir = "{drop}"\n')
    answer = own_lists.matching("source", "backfill", "fr_wanted", "--since", "2026-01-10", "--config", config)
    assert answer.exit_code == 0, answer.err
    assert "fr_wanted: 2 taken in" in answer.err


def test_each_host_has_a_pool_of_one_slot(own_lists: OwnLists) -> None:
    pools = json.loads(own_lists.matching("source", "pools").out)
    assert pools["host_scsanctions.un.org"]["slots"] == 1
    assert all(name.startswith("host_") for name in pools)

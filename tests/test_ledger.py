"""What a run writes down about itself."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from invented_lists import OwnLists

from matching import __version__, ledger
from matching import pipeline as walk
from matching.errors import MatchingError
from matching.link import model as models
from matching.pipeline import STAGES
from matching.sources import snapshots
from matching.tables import CLUSTERS, LEDGER
from matching.workspace import Workspace, read_table


def clusters(*records: str) -> pl.DataFrame:
    rows = [
        {"cluster_id": "x:1", "record_id": record, "source": "x", "conflicts": [], "kept_apart": []}
        for record in records
    ]
    return pl.DataFrame(rows, schema=CLUSTERS.schema)


def row(stage: str, *, run_id: str = "one", when: int = 1, position: int = 0) -> pl.DataFrame:
    return ledger.stage_row(
        run_id,
        position,
        stage=stage,
        started_at=datetime(2026, 1, when, tzinfo=UTC),
        seconds=1.23456,
        rows=(3, 2),
        status="done",
        snapshot_ids=["x:abc"],
        model_id="m",
    )


def test_kept_rows_take_the_place_of_those_selected(tmp_path: Path) -> None:
    ledger.keep(tmp_path, CLUSTERS, clusters("x:1", "x:2"), instead_of=pl.lit(value=False))
    ledger.keep(tmp_path, CLUSTERS, clusters("x:3"), instead_of=pl.col("record_id") == "x:2")
    assert read_table(tmp_path, CLUSTERS)["record_id"].to_list() == ["x:1", "x:3"]


def test_keeping_nothing_removes_those_selected(tmp_path: Path) -> None:
    ledger.keep(tmp_path, CLUSTERS, clusters("x:1"), instead_of=pl.lit(value=False))
    ledger.keep(tmp_path, CLUSTERS, CLUSTERS.empty(), instead_of=pl.lit(value=True))
    assert read_table(tmp_path, CLUSTERS).height == 0


def test_a_row_has_seconds_rows_snapshots_model_and_versions() -> None:
    [found] = LEDGER.conform(row("link")).to_dicts()
    assert found == {
        "run_id": "one",
        "position": 0,
        "stage": "link",
        "started_at": datetime(2026, 1, 1, tzinfo=UTC),
        "seconds": 1.235,
        "rows_in": 3,
        "rows_out": 2,
        "status": "done",
        "snapshot_ids": ["x:abc"],
        "model_id": "m",
        "versions": ledger.versions(),
    }


def test_versions_name_the_code_and_the_libraries_that_decide_the_outcome() -> None:
    named = dict(part.split("=") for part in ledger.versions().split())
    assert named["matching"] == __version__
    assert named["polars"] == pl.__version__
    assert set(named) >= {"duckdb", "splink"}


def test_a_run_leaves_one_row_per_stage(own_lists: OwnLists) -> None:
    rows = own_lists.published(LEDGER)
    current = {source: snapshots.current(own_lists.workspace, source) for source in ("de_wanted", "fr_wanted")}
    expected = [f"{source}:{snapshot.snapshot_id}" for source, snapshot in current.items() if snapshot]
    assert rows["stage"].to_list() == list(STAGES)
    assert rows["position"].to_list() == list(range(len(STAGES)))
    assert set(rows["status"]) == {"done"}
    assert (rows["seconds"] > 0).all()
    assert rows["started_at"].is_sorted()
    assert rows["snapshot_ids"].to_list() == [expected] * len(STAGES)
    assert set(rows["model_id"]) == {models.load("default").model_id}
    assert set(rows["versions"]) == {ledger.versions()}
    counted = dict(rows.select("stage", pl.struct("rows_in", "rows_out")).rows())
    assert counted["records"] == {"rows_in": 80, "rows_out": 80}
    assert counted["link"]["rows_out"] == counted["resolve"]["rows_in"]


def test_failed_runs_are_read_with_the_others_oldest_first(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> tuple[int, int]:
        raise MatchingError("found nothing")

    done = own_lists.workspace.published_run()
    run = own_lists.pipeline().start()
    run.do("records")
    monkeypatch.setattr(walk, "STAGES", {**STAGES, "normalise": fail})
    with pytest.raises(MatchingError):
        run.do("normalise")

    rows = ledger.read_all(own_lists.workspace)

    assert rows.select("run_id", "stage", "status").rows() == [
        *((done, stage, "done") for stage in STAGES),
        (run.run_id, "records", "done"),
        (run.run_id, "normalise", "failed"),
    ]


def test_the_ledger_of_a_workspace_without_runs_is_empty(tmp_path: Path) -> None:
    assert ledger.read_all(Workspace(tmp_path)).schema == LEDGER.schema
    assert ledger.read_all(Workspace(tmp_path)).height == 0

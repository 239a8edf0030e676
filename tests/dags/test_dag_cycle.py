"""Ingestion DAGs and the matching DAG, run by Airflow over the bundled lists; then one list is broken."""

from pathlib import Path
from typing import Any

import pytest
from personal import personal_texts

from matching.exercise import bundled
from matching.sources import snapshots
from matching.tables import LEDGER, MATCHES, RECORDS
from matching.workspace import Workspace, read_table

pytestmark = pytest.mark.dags

Facts = dict[str, Any]


@pytest.fixture
def workspace(cycle: Facts) -> Workspace:
    return Workspace(Path(cycle["workspace"]))


@pytest.mark.parametrize("source_id", bundled.source_ids())
def test_ingestion_of_a_bundled_list_succeeds_at_the_first_try(cycle: Facts, source_id: str) -> None:
    assert cycle["ingested"][source_id] == {
        "state": "success",
        "tasks": {"take_in": {"state": "success", "try": 1}},
    }


@pytest.mark.parametrize("source_id", bundled.source_ids())
def test_ingestion_publishes_its_asset_with_what_it_took_in(cycle: Facts, workspace: Workspace, source_id: str) -> None:
    (snapshot,) = snapshots.history(workspace, source_id)
    assert cycle["events"][f"snapshot_{source_id}"] == [
        {
            "snapshot_id": snapshot.snapshot_id,
            "entries": snapshot.counts["entries"],
            "persons": snapshot.counts["persons"],
            "quarantined": snapshot.counts["quarantined"],
            "is_unchanged": False,
            "changes": {},
            "warnings": [],
        }
    ]
    assert snapshot.counts["persons"] > 100


def test_matching_succeeds_and_publishes_matches_across_all_lists(cycle: Facts, workspace: Workspace) -> None:
    assert cycle["matched"]["state"] == "success"
    assert cycle["published"] == workspace.published_run()
    run = workspace.published_folder()
    assert set(read_table(run, RECORDS)["source"]) == set(bundled.source_ids())
    assert read_table(run, MATCHES).height > 20
    assert (run / "70_report" / "report.html").is_file()


def test_each_task_of_matching_did_its_stage_once(cycle: Facts, workspace: Workspace) -> None:
    tasks = cycle["matched"]["tasks"]
    assert tasks.pop("hold")["state"] == "skipped"
    assert {task["try"] for task in tasks.values()} == {1}
    ledger = read_table(workspace.published_folder(), LEDGER)
    assert set(tasks) == {"begin", "is_held", *ledger["stage"]}
    assert set(ledger["status"]) == {"done"}


def test_a_broken_list_fails_its_task_without_a_retry(cycle: Facts) -> None:
    assert cycle["broken"] == {"state": "failed", "tasks": {"take_in": {"state": "failed", "try": 1}}}
    assert "PayloadError: un_sc: consolidated.xml" in cycle["log"]


def test_a_broken_list_publishes_no_asset_event_and_leaves_the_snapshot_and_the_run(
    cycle: Facts, workspace: Workspace
) -> None:
    assert cycle["events_of_broken"] == 0
    current = snapshots.current(workspace, "un_sc")
    assert current is not None
    assert current.snapshot_id == cycle["events"]["snapshot_un_sc"][0]["snapshot_id"]
    assert workspace.published_run() == cycle["published"]


def test_a_broken_list_does_not_stop_another(cycle: Facts) -> None:
    assert cycle["beside_broken"]["state"] == "success"


def test_no_name_birth_or_document_number_reaches_a_log(cycle: Facts, workspace: Workspace) -> None:
    texts = personal_texts(workspace.published_folder())
    assert len(texts) > 3000
    assert [text for text in texts if text in cycle["log"]] == []
    beside = [path for path in Path(cycle["home"]).rglob("*") if path.is_file() and workspace.root not in path.parents]
    assert {"airflow.db"} < {path.name for path in beside}, (
        "logs of tasks, Airflow's database, and whatever else it keeps"
    )
    kept = "\n".join(path.read_bytes().decode("utf-8", errors="replace") for path in beside)
    assert [text for text in texts if text in kept] == []

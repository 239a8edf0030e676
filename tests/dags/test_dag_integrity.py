"""What each DAG promises before it ever runs."""

from typing import Any

import pytest

from matching.exercise import bundled
from matching.pipeline import STAGES
from matching.sources.registry import load_sources
from matching.sources.spec import Source

pytestmark = pytest.mark.dags

Facts = dict[str, Any]
DECISIONS = {"release_held_run", "retention", "accept_refused_lists", "promote_model"}
OPERATION = {"quality", "calibration", *DECISIONS}
HEAVY = {
    "polars",
    "duckdb",
    "great_expectations",
    "splink",
    "pandas",
    "matching.pipeline",
    "matching.link",
    "matching.report",
}


def _enabled() -> list[Source]:
    return [source for source in load_sources([bundled.sources_dir()]).values() if source.enabled]


def test_every_dag_file_is_read_without_error_or_warning(described: Facts) -> None:
    assert described["import_errors"] == {}
    assert described["warnings"] == {}


def test_every_enabled_source_has_one_ingestion_dag(described: Facts) -> None:
    assert {dag_id for dag_id in described["dags"] if dag_id.startswith("ingest_")} == {
        f"ingest_{source.id}" for source in _enabled()
    }


def test_a_disabled_source_has_no_dag(in_airflow: Any, tmp_path: Any) -> None:
    folder = tmp_path / "zz_national"
    folder.mkdir()
    given = (bundled.sources_dir() / "zz_national" / "source.yml").read_text(encoding="utf-8")
    (folder / "source.yml").write_text(f"{given}\nenabled: false\n", encoding="utf-8")
    described = in_airflow("describe", MATCHING_SOURCES_DIR=str(tmp_path))
    assert "ingest_zz_national" not in described["dags"]
    assert "snapshot_zz_national" not in described["dags"]["match"]["triggered_by_any_of"]
    assert "ingest_un_sc" in described["dags"]


def test_ingestion_keeps_the_schedule_of_its_source_or_is_daily(described: Facts) -> None:
    dags = described["dags"]
    for source in _enabled():
        assert dags[f"ingest_{source.id}"]["cron"] == (source.schedule or "0 0 * * *").replace("@daily", "0 0 * * *")


def test_only_lists_in_the_drop_folder_are_taken_in_before_somebody_decides(described: Facts) -> None:
    unpaused = {dag_id for dag_id, dag in described["dags"].items() if dag["starts_paused"] is False}
    assert unpaused == {*OPERATION, "match", *(f"ingest_{source_id}" for source_id in bundled.source_ids())}


def test_dags_have_doc_tags_limits_and_no_catchup(described: Facts) -> None:
    for dag_id, dag in described["dags"].items():
        assert dag["doc"], dag_id
        assert dag["description"], dag_id
        assert dag["tags"], dag_id
        assert dag["max_active_runs"] == (4 if dag_id in ("release_held_run", "accept_refused_lists") else 1), dag_id
        assert dag["catchup"] is False, dag_id
        assert dag["dagrun_timeout_s"] > 0, dag_id


def test_tasks_have_owner_doc_retries_that_back_off_and_timeout(described: Facts) -> None:
    for dag_id, dag in described["dags"].items():
        for task_id, task in dag["tasks"].items():
            assert task["owner"] not in ("", "airflow"), (dag_id, task_id)
            assert task["doc"], (dag_id, task_id)
            assert task["retries"] >= 1, (dag_id, task_id)
            assert task["backoff"] > 1, (dag_id, task_id)
            assert 0 < task["timeout_s"] <= dag["dagrun_timeout_s"], (dag_id, task_id)


def test_the_doc_of_an_ingestion_says_whose_list_it_is_and_under_which_terms(described: Facts) -> None:
    for source in _enabled():
        doc = described["dags"][f"ingest_{source.id}"]["doc"]
        for said in (source.title, source.publisher, source.licence, source.terms, source.handling_code):
            assert said in doc


def test_matching_has_every_stage_of_the_pipeline_in_its_order(described: Facts) -> None:
    tasks = described["dags"]["match"]["tasks"]
    assert set(tasks) == {"begin", "is_held", "hold", *STAGES}
    *stages, publish = STAGES
    assert [tasks[stage]["upstream"] for stage in stages] == [[before] for before in ("begin", *stages)][: len(stages)]
    assert tasks["is_held"]["upstream"] == stages[-1:]
    assert all("is_held" in tasks[end]["upstream"] for end in (publish, "hold"))


def test_a_held_run_and_an_erasure_wait_for_a_person_and_block_no_matching(described: Facts) -> None:
    dags = described["dags"]
    assert dags["match"]["tasks"]["hold"]["publishes"] == ["held_run"]
    assert dags["release_held_run"]["triggered_by_all_of"] == ["held_run"]
    assert set(dags["release_held_run"]["tasks"]) == {"which", "decide", "release"}
    assert set(dags["retention"]["tasks"]) == {"plan", "decide", "erase"}
    waits = {
        dag_id
        for dag_id, dag in dags.items()
        for task in dag["tasks"].values()
        if task["type"] in ("ApprovalOperator", "HITLOperator")
    }
    assert waits == DECISIONS


def test_a_list_that_was_refused_is_asked_about_and_then_taken_in_as_by_its_own_dag(described: Facts) -> None:
    dags = described["dags"]
    assert dags["quality"]["tasks"]["ask"]["publishes"] == ["refused_lists"]
    assert dags["accept_refused_lists"]["triggered_by_all_of"] == ["refused_lists"]
    tasks = dags["accept_refused_lists"]["tasks"]
    assert tasks["decide"]["upstream"] == ["questions"]
    assert tasks["take_in"]["upstream"] == ["decide", "which"]
    assert set(tasks["take_in"]["publishes"]) == set(dags["match"]["triggered_by_any_of"])


def test_a_model_is_promoted_only_by_a_person(described: Facts) -> None:
    tasks = described["dags"]["promote_model"]["tasks"]
    assert tasks["promote"]["upstream"] == ["candidate", "decide"]
    assert described["dags"]["promote_model"]["params"] == {"model": ""}
    assert described["dags"]["calibration"]["tasks"]["refresh_sample"]["upstream"] == ["report"]


def test_alerts_of_failure_are_on_every_task(described: Facts) -> None:
    assert {task["alerts"] for dag in described["dags"].values() for task in dag["tasks"].values()} == {True}


def test_a_host_has_a_pool_and_a_run_a_deadline_where_settings_say_so(in_airflow: Any, described: Facts) -> None:
    assert {task["pool"] for dag in described["dags"].values() for task in dag["tasks"].values()} == {"default_pool"}
    assert not any(dag["has_deadline"] for dag in described["dags"].values())
    given = in_airflow("describe", MATCHING_HOST_POOLS="true", MATCHING_DEADLINE_HOURS="2")["dags"]
    assert given["ingest_un_sc"]["tasks"]["take_in"]["pool"] == "host_scsanctions.un.org"
    assert given["ingest_zz_national"]["tasks"]["take_in"]["pool"] == "default_pool"
    assert all(given[dag_id]["has_deadline"] for dag_id in ("match", "quality", "ingest_un_sc"))


def test_an_ingestion_can_be_asked_for_all_of_a_list_and_to_accept_a_drop(described: Facts) -> None:
    assert described["dags"]["ingest_un_sc"]["params"] == {"full_refresh": False, "accept_drop": False}


def test_matching_runs_after_any_ingestion(described: Facts) -> None:
    published = [
        asset
        for dag_id, dag in described["dags"].items()
        if dag_id.startswith("ingest_")
        for asset in dag["tasks"]["take_in"]["publishes"]
    ]
    assert described["dags"]["match"]["timetable"] == "AssetOrTimeSchedule"
    assert described["dags"]["match"]["triggered_by_any_of"] == sorted(published)


def test_all_dags_are_parsed_in_under_a_second(described: Facts) -> None:
    assert described["cpu_seconds"] < 1


def test_parsing_imports_neither_the_pipeline_nor_an_engine(described: Facts) -> None:
    assert [name for name in described["imported"] if name in HEAVY] == []

"""Run by conftest.py in a process of its own: ``airflow_session.py describe|cycle|decide FACTS.json``.

describe   parses the DAGs and writes what they are
cycle      migrates an empty database, runs DAGs with ``dag.test()``, and writes how they ended
decide     runs `retention` until it asks, answers through Airflow's own interface as several users, and writes what they got
"""

import json
import os
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.sdk import DAG, AssetAll, AssetAny

from matching.exercise import bundled
from matching.ledger import AUDIT
from matching.settings import load
from matching.workspace import Workspace, read_lines, write_json


def parsed() -> BundleDagBag:
    (bundle,) = DagBundlesManager().get_all_dag_bundles()
    bundle.initialize()
    return BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)


def describe() -> dict[str, Any]:
    before, began = set(sys.modules), time.process_time()
    bag = parsed()
    took = time.process_time() - began
    return {
        "import_errors": bag.import_errors,
        "warnings": bag.captured_warnings,
        "cpu_seconds": took,  # of this process: what else the machine does is no matter of the DAGs
        "imported": sorted(set(sys.modules) - before),
        "dags": {dag_id: _described(dag) for dag_id, dag in bag.dags.items()},
    }


def _described(dag: DAG) -> dict[str, Any]:
    return {
        "tags": sorted(dag.tags),
        "doc": dag.doc_md,
        "description": dag.description,
        "catchup": dag.catchup,
        "starts_paused": dag.is_paused_upon_creation,
        "max_active_runs": dag.max_active_runs,
        "dagrun_timeout_s": dag.dagrun_timeout.total_seconds() if dag.dagrun_timeout else None,
        "timetable": type(dag.timetable).__name__,
        "cron": getattr(dag.timetable, "expression", None),
        "triggered_by_any_of": _assets(dag.timetable),
        "triggered_by_all_of": _assets(dag.timetable, AssetAll),
        "has_deadline": bool(dag.deadline),
        "params": dag.params.dump(),
        "tasks": {
            task.task_id: {
                "owner": task.owner,
                "type": task.task_type,
                "pool": task.pool,
                "alerts": bool(task.on_failure_callback),
                "doc": task.doc_md,
                "retries": task.retries,
                "backoff": task.retry_exponential_backoff,
                "timeout_s": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                "upstream": sorted(task.upstream_task_ids),
                "publishes": [asset.name for asset in task.outlets],
            }
            for task in dag.tasks
        },
    }


def _assets(timetable: Any, kind: type = AssetAny) -> list[str]:
    condition = getattr(timetable, "asset_condition", None)
    return sorted(asset.name for asset in condition.objects) if isinstance(condition, kind) else []


def cycle() -> dict[str, Any]:
    from airflow.utils.db import initdb

    initdb()
    dags = parsed().dags
    ingested = {source: _tested(dags[f"ingest_{source}"]) for source in bundled.source_ids()}
    matched = _tested(dags["match"])
    published = Workspace(load().workspace).published_run()
    events = _asset_events()
    os.environ["MATCHING_DROP_DIR"] = os.environ["BROKEN_DROP_DIR"]
    return {
        "workspace": str(load().workspace),
        "ingested": ingested,
        "matched": matched,
        "published": published,
        "events": events,
        "broken": _tested(dags["ingest_un_sc"]),
        "beside_broken": _tested(dags["ingest_zz_national"]),
        "events_of_broken": len(_asset_events().get("snapshot_un_sc", [])) - len(events["snapshot_un_sc"]),
    }


def decide() -> dict[str, Any]:
    from airflow.utils.db import initdb

    initdb()
    person = {"source": "zz_list", "record_id": "zz_list:1", "why": "invented", "since": "2026-01-01T00:00:00+00:00",
              "handling_code": "EXERCISE", "purpose": "an exercise"}  # fmt: skip
    write_json(Workspace(load().workspace).root / "erasing.json", [person])
    answers: dict[str, int] = {}
    asking = threading.Thread(target=_answer, args=(answers,), daemon=True)
    asking.start()
    found = _tested(parsed().dags["retention"])  # waits for the answer
    return {**found, "answers": answers, "audit": read_lines(Workspace(load().workspace).root / AUDIT)}


def _answer(answers: dict[str, int]) -> None:
    """Once something is asked, answer as each of two users, who may both do everything in Airflow."""
    while (run_id := _asked_in()) is None:
        time.sleep(0.2)
    for name in ("mallory", "otto"):
        answers[name] = _answered(run_id, name)


def _asked_in() -> str | None:
    from airflow.models import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        waiting = session.query(TaskInstance).filter_by(task_id="decide", state="awaiting_input").first()
        return waiting.run_id if waiting else None


def _answered(run_id: str, name: str) -> int:
    """Which status Airflow gives to the answer of the user ``name``, who may do everything there."""
    from airflow.api_fastapi.app import create_app, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    client = TestClient(create_app(apps="core"))
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role="admin"))
    path = f"/api/v2/dags/retention/dagRuns/{run_id}/taskInstances/decide/-1/hitlDetails"
    answer = client.patch(path, json={"chosen_options": ["Approve"], "params_input": {}},
                          headers={"Authorization": f"Bearer {token}"})  # fmt: skip
    return int(answer.status_code)


def _tested(dag: DAG) -> dict[str, Any]:
    for task in dag.tasks:
        task.retry_delay = timedelta(0)  # dag.test() would really wait
    run = dag.test()
    return {
        "state": str(run.state.value),
        "tasks": {ti.task_id: {"state": str(ti.state), "try": ti.try_number} for ti in run.get_task_instances()},
    }


def _asset_events() -> dict[str, list[dict[str, Any]]]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        found: dict[str, list[dict[str, Any]]] = {}
        for event in session.query(AssetEvent).order_by(AssetEvent.id):
            found.setdefault(event.asset.name, []).append(event.extra)
        return found


if __name__ == "__main__":
    facts = {"describe": describe, "cycle": cycle, "decide": decide}[sys.argv[1]]()
    Path(sys.argv[2]).write_text(json.dumps(facts), encoding="utf-8")

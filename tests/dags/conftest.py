"""Airflow runs in processes of its own: its settings, loggers and database connections are global and stay out of here.

``described`` and ``cycle`` are what ``airflow_session.py`` saw there, as plain values.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matching import project
from matching.exercise import bundled

SESSION = Path(__file__).with_name("airflow_session.py")
Facts = dict[str, Any]
InAirflow = Callable[..., Facts]


@pytest.fixture(scope="session")
def over_bundled_lists() -> dict[str, str]:
    """The environment of a process that works over the bundled lists, without what else this machine has set."""
    machine = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "MATCHING_"))}
    return {
        **machine,
        "MATCHING_DROP_DIR": str(bundled.drop_dir()),
        "MATCHING_SOURCES_DIR": str(bundled.sources_dir()),
        "MATCHING_COUNT_BANDS": "false",
    }


@pytest.fixture(scope="session")
def in_airflow(tmp_path_factory: pytest.TempPathFactory, over_bundled_lists: dict[str, str]) -> InAirflow:
    """Run one command of airflow_session.py in an empty AIRFLOW_HOME; returns the facts it found."""

    def run(command: str, **settings: str) -> Facts:
        home = tmp_path_factory.mktemp("airflow")
        environment = {
            **over_bundled_lists,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": _bundle(project.folder("dags")),
            "MATCHING_WORKSPACE": str(home / "workspace"),
            **settings,
        }
        facts = home / "facts.json"
        done = subprocess.run(
            [sys.executable, "-B", str(SESSION), command, str(facts)],
            env=environment, cwd=home, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"airflow_session.py {command} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        found: Facts = json.loads(facts.read_text(encoding="utf-8"))
        return {**found, "log": done.stdout + done.stderr, "home": str(home)}

    return run


@pytest.fixture(scope="session")
def described(in_airflow: InAirflow) -> Facts:
    """What the DAGs are, once parsed."""
    return in_airflow("describe")


@pytest.fixture(scope="session")
def cycle(in_airflow: InAirflow, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Every bundled list taken in, the matching DAG, and then a broken UN list beside a sound national one."""
    broken = tmp_path_factory.mktemp("drop")
    whole = bundled.drop_dir() / "un_sc" / "consolidated.xml"
    (broken / "un_sc").mkdir()
    (broken / "un_sc" / whole.name).write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (broken / "zz_national").symlink_to(bundled.drop_dir() / "zz_national")
    return in_airflow("cycle", BROKEN_DROP_DIR=str(broken))


def _bundle(folder: Path) -> str:
    return json.dumps(
        [
            {
                "name": "matching",
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": {"path": str(folder)},
            }
        ]
    )

"""Airflow runs ingestion tasks side by side, each in a process of its own, over one workspace."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from matching.sources import snapshots
from matching.workspace import Workspace

pytestmark = pytest.mark.dags

TAKE_IN = "import sys; from matching.pipeline import Pipeline; from matching.settings import load;"
TAKE_IN += "Pipeline.open(load()).ingest(sys.argv[1])"


def _at_once(source_ids: Sequence[str], workspace: Path, environment: dict[str, str]) -> list[tuple[int, str]]:
    """Take in every one of ``source_ids`` at the same time; return exit codes and messages."""
    environment = {**environment, "MATCHING_WORKSPACE": str(workspace)}
    started = [
        subprocess.Popen([sys.executable, "-c", TAKE_IN, source_id], env=environment, stderr=subprocess.PIPE, text=True)
        for source_id in source_ids
    ]
    return [(process.returncode, message) for process in started for _, message in [process.communicate(timeout=120)]]


def test_lists_taken_in_at_once_do_not_disturb_each_other(tmp_path: Path, over_bundled_lists: dict[str, str]) -> None:
    wanted = ["un_sc", "us_ofac_sdn", "zz_national"]
    assert _at_once(wanted, tmp_path, over_bundled_lists) == [(0, "")] * len(wanted)
    workspace = Workspace(tmp_path)
    for source_id in wanted:
        (snapshot,) = snapshots.history(workspace, source_id)
        assert snapshot.counts["persons"] > 100
    assert list(tmp_path.rglob("*.duckdb*")) == []
    assert list(workspace.tmp.iterdir()) == []

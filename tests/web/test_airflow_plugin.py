"""The plugin: what Airflow loads, and that no page of it is open. In a process of its own, as Airflow's settings are global."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("airflow_review.py")


@pytest.mark.dags
def test_the_application_inside_airflow_asks_airflow_who_is_there(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    done = subprocess.run(
        [sys.executable, "-B", PROGRAM, tmp_path, facts], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found = json.loads(facts.read_text())
    assert found["plugin"] == {"prefix": "/review", "view": "/review/", "is_entry_point": True}
    assert found["nobody"] == [303, "/review/sign-in"]
    assert found["without_account"] == 403
    assert found["with_account"] == 200
    assert found["links"] == []
    assert "frame-ancestors 'self'" in found["policy"]
    assert found["password_form"] == 403

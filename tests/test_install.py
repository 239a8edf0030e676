"""The README's two commands, as a reader with a fresh clone would give them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What a fresh clone does not have.
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist", "workspace",
    "workspace-demo", "airflow-home",
)  # fmt: skip


def command_under(heading: str) -> str:
    """The one shell command, of one line, in the README's section ``heading``."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert len(sections) == 1, f"README.md has {len(sections)} headings `## {heading}`"
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", sections[0], flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, f"`## {heading}` has {len(blocks)} fenced blocks"
    language, command = blocks[0]
    assert language == "sh"
    assert command.count("\n") == 1, f"the command under `## {heading}` has several lines"
    return str(command.strip())


def test_run_and_test_are_one_shell_command_each() -> None:
    assert command_under("Run").endswith("matching demo")
    assert command_under("Test").endswith("-m pytest -n 2 --dist loadfile")
    for heading in ("Run", "Test"):
        assert command_under(heading).startswith("python3 -m venv .venv && ")


@pytest.mark.install
def test_the_run_command_sets_everything_up_and_runs_the_demo(tmp_path: Path) -> None:
    clone = Path(shutil.copytree(ROOT, tmp_path / "clone", ignore=LEFT_BEHIND))
    foreign = ("MATCHING_", "PYTHON", "VIRTUAL_ENV", "AIRFLOW", "PIP_TARGET")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}

    def shell(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", command], cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=1800
        )

    run = shell(command_under("Run"))

    assert run.returncode == 0, run.stderr
    report = Path(run.stdout.splitlines()[-1].removeprefix("report: "))
    assert report.is_relative_to(clone)
    assert "<html" in report.read_text(encoding="utf-8")
    assert "leads for review" in run.stdout
    # The wheel carries all that its commands read, and what was installed fits together.
    exported = shell(".venv/bin/matching export matches --workspace workspace-demo")
    assert exported.stdout.count("\n") > 20, exported.stderr
    assert shell(".venv/bin/pip check").stdout == "No broken requirements found.\n"

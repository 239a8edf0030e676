"""Which module may import which, and how soon `matching --help` answers."""

import ast
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "matching"
HEAVY = ("great_expectations", "splink", "airflow", "pandas", "pyarrow")
HELP = """
import sys
from matching.cli import main
try:
    main(['--help'])
except SystemExit as end:
    code = end.code
"""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)


def test_data_walks_one_way() -> None:
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "0 broken" in found.stdout


def test_nothing_needs_airflow_but_its_own_plugin() -> None:
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if "airflow" in set(imports(path))}
    assert {name for name in found if not name.startswith("web/")} == set()


def test_nothing_imports_a_test_or_a_dag() -> None:
    ours = {"tests", "dags", "conftest", "pytest", "hypothesis"}
    assert [path for path in PACKAGE.rglob("*.py") if ours & set(imports(path))] == []


def test_help_does_without_what_is_slow_to_import() -> None:
    answer = python(f"{HELP}\nprint(code, *({set(HEAVY)} & set(sys.modules)), file=sys.stderr)")
    assert answer.stderr == "0\n"


def test_help_takes_less_than_two_seconds() -> None:
    python(HELP)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "Usage: " in python(HELP).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of the processor: the machine may be busy with something else.
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 2

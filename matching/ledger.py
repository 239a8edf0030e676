"""What a run keeps about itself: the ledger (one row per stage), gate results and quarantine.

A stage that is run again replaces its own rows, so that a retry leaves no trace of the attempt before.
"""

import hashlib
import importlib.metadata
import json
from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl

from matching import __version__, project
from matching.contract import Table
from matching.tables import LEDGER
from matching.workspace import Workspace, append_line, read_json, read_lines, table_path, write_table, write_text

AUDIT = "audit.jsonl"
"""What was published, released, rolled back and erased in a workspace: ids, counts and reasons, nothing personal."""

LIBRARIES = ("polars", "duckdb", "splink", "great-expectations")


def keep(folder: Path, table: Table, rows: pl.DataFrame, *, instead_of: pl.Expr) -> None:
    """Add ``rows`` to ``table`` of the run in ``folder``, in place of the rows that ``instead_of`` selects."""
    path = table_path(folder, table)
    before = pl.read_parquet(path).filter(~instead_of) if path.exists() else table.empty()
    write_table(folder, table, pl.concat([before, table.conform(rows)]))


def sequence(folder: Path) -> int:
    """Which run of its workspace the one in ``folder`` is, by when it was begun: a count, since clocks are set back."""
    plan = folder / "plan.json"
    return int(read_json(plan).get("sequence", 0)) if plan.is_file() else 0


def versions() -> str:
    """Versions of the code and of the libraries that decide the outcome; ``code`` is the hash of what stands there."""
    libraries = (f"{name}={importlib.metadata.version(name)}" for name in LIBRARIES)
    return " ".join([f"matching={__version__}", f"code={code_hash()}", *libraries])


@cache
def code_hash() -> str:
    """What the code, the SQL and the suites of this installation are: 12 characters that change when any of them does.

    A version number says what was released; between releases two runs of one version may differ in code.
    """
    found = hashlib.sha256()
    for path in sorted([*project.PACKAGE.rglob("*.py"), *project.folder("sql").rglob("*.sql")]):
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def note(workspace: Workspace, what: str, *, at: datetime, **fields: object) -> None:
    """Add one line to the workspace's audit trail: ``what`` was done ``at`` a time, with ids, counts and reasons."""
    append_line(workspace.root / AUDIT, {"what": what, "at": at.isoformat(timespec="seconds"), **fields})


def leave_out(workspace: Workspace, field: str) -> None:
    """Take ``field`` out of every line of the workspace's audit trail; nothing is written where none has it."""
    path = workspace.root / AUDIT
    lines = read_lines(path) if path.exists() else []
    if any(field in line for line in lines):
        kept = [{name: value for name, value in line.items() if name != field} for line in lines]
        write_text(path, "".join(f"{json.dumps(line, ensure_ascii=False, sort_keys=True)}\n" for line in kept))


def stage_row(
    run_id: str,
    position: int,
    *,
    stage: str,
    started_at: datetime,
    seconds: float,
    rows: tuple[int, int],
    status: str,
    snapshot_ids: list[str],
    model_id: str,
) -> pl.DataFrame:
    """One row of the ledger; ``rows`` are those read and written."""
    row = {
        "run_id": run_id,
        "position": position,
        "stage": stage,
        "started_at": started_at,
        "seconds": round(seconds, 3),
        "rows_in": rows[0],
        "rows_out": rows[1],
        "status": status,
        "snapshot_ids": snapshot_ids,
        "model_id": model_id,
        "versions": versions(),
    }
    return pl.DataFrame([row], schema=LEDGER.schema)


def read_all(workspace: Workspace) -> pl.DataFrame:
    """The ledger of every run in the workspace, failed ones too, oldest first."""
    paths = sorted(workspace.root.glob(f"runs/*/{LEDGER.zone}/{LEDGER.name}.parquet"))
    return LEDGER.conform(pl.concat([pl.read_parquet(path) for path in paths])) if paths else LEDGER.empty()

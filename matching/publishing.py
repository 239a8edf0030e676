"""Publishing: one database file of a run's tables for readers, then the switch that makes it the published run."""

from pathlib import Path

import duckdb

from matching import ledger
from matching.monitor import holds
from matching.tables import TABLES
from matching.workspace import Workspace, table_path

DATABASE = Path("70_report") / "run.duckdb"


def write_database(workspace: Workspace, folder: Path) -> Path:
    """Copy every table of the run in ``folder`` into one DuckDB file, for `matching sql`, and return its path.

    A file of its own, never written again: any number of readers may hold it open while later runs go on.
    """
    target = folder / DATABASE
    target.parent.mkdir(parents=True, exist_ok=True)
    with workspace.scratch() as scratch:
        fresh = scratch / target.name
        connection = duckdb.connect(fresh)
        try:
            for table in TABLES.values():
                path = table_path(folder, table)
                if path.exists():
                    connection.read_parquet(str(path)).create(table.name)
        finally:
            connection.close()
        fresh.replace(target)
    return target


def overtaken(workspace: Workspace, folder: Path) -> str | None:
    """Why the run in ``folder`` would turn readers back: one begun later is published. None where none is."""
    published = workspace.published_run()
    if published is None or ledger.sequence(workspace.run_folder(published)) <= ledger.sequence(folder):
        return None
    return f"run {published}, begun later, is published already"


def hold_if_overtaken(workspace: Workspace, folder: Path) -> bool:
    """Hold the run in ``folder`` for what ``overtaken`` says, beside what holds it; False where that holds nothing anew.

    A hold that lists this reason and was released stays released: who released it was told.
    """
    reason, hold = overtaken(workspace, folder), holds.of(folder)
    reasons = hold.reasons if hold else ()
    if reason is None or reason in reasons:
        return False
    holds.put(folder, [*reasons, reason])
    return True

"""Every validation there ever was, in one table: of snapshots taken in or refused, and of runs.

Reads the gates under 10_raw/ (refused), 20_records/ and runs/. Writes validations. Grain: one expectation checked once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from matching import ledger
from matching.tables import GATES, MEASURES, VALIDATIONS
from matching.workspace import Workspace, read_json, read_lines, table_path


def history(workspace: Workspace, *, until: Path | None = None) -> pl.DataFrame:
    """Return VALIDATIONS of the workspace; with ``until``, without the runs begun after the one in that folder."""
    last = ledger.sequence(until) if until else None
    frames = [*_of_snapshots(workspace), *_of_runs(workspace, last)]
    return VALIDATIONS.conform(pl.concat(frames)) if frames else VALIDATIONS.empty()


def _of_snapshots(workspace: Workspace) -> Iterator[pl.DataFrame]:
    for path in sorted(workspace.records.glob("*/*/gates.parquet")):
        snapshot_id, _, mapping = path.parent.name.rpartition("-")
        raw = workspace.raw / path.parent.parent.name / snapshot_id
        yield _validations(path, _first_retrieved(raw), snapshot_id=snapshot_id, mapping=mapping)
    for path in sorted(workspace.raw.glob("*/refused/*/gates.parquet")):
        yield _validations(path, _first_retrieved(path.parent), snapshot_id=path.parent.name, mapping="refused")


def _of_runs(workspace: Workspace, last: int | None) -> Iterator[pl.DataFrame]:
    for folder in workspace.run_folders():
        path = table_path(folder, GATES)
        if not path.exists() or (last is not None and ledger.sequence(folder) > last):
            continue
        found = _validations(path, _begun_at(folder), run_id=folder.name)
        # A run's gates hold those of its snapshots too, which stand here as their own.
        yield found.filter((pl.col("source") == "*") | (pl.col("table") == MEASURES.name))


def _validations(
    path: Path, at: datetime, *, run_id: str | None = None, snapshot_id: str | None = None, mapping: str | None = None
) -> pl.DataFrame:
    known = {"checked_at": at, "run_id": run_id, "snapshot_id": snapshot_id, "mapping": mapping}
    added = [pl.lit(value, dtype=VALIDATIONS.schema[name]).alias(name) for name, value in known.items()]
    return pl.read_parquet(path).select(*added, *GATES.schema.names())


def _first_retrieved(folder: Path) -> datetime:
    lines = folder / "retrievals.jsonl"
    times = [datetime.fromisoformat(line["retrieved_at"]) for line in read_lines(lines)] if lines.is_file() else []
    return min(times, default=datetime.fromtimestamp(0, UTC))


def _begun_at(folder: Path) -> datetime:
    return datetime.fromisoformat(read_json(folder / "plan.json").get("begun_at", "1970-01-01T00:00:00+00:00"))

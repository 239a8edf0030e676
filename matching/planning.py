"""What linking would cost, known before any pair is scored: the plan of the blocking rules.

Reads the current records of lists, or the tables of a run. Writes nothing.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from matching.errors import UsageError
from matching.gather import gather
from matching.ingest import Ingestion
from matching.link import blocking, compare
from matching.link.stage import loaded
from matching.normalise.stage import normalise
from matching.pipeline import Pipeline
from matching.sources import snapshots
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, RECORDS
from matching.workspace import write_table


def plan_blocking(
    pipeline: Pipeline, source_ids: Sequence[str] | None = None, *, run_id: str | None = None
) -> tuple[pl.DataFrame, float]:
    """Return the blocking plan (one row per rule, see ``link/blocking.py``) with ``pairs_added``, and the share
    of the meetings that were made to count those pairs.

    Of run ``run_id``, or of the current records of ``source_ids`` (default: every source with a snapshot). Raises
    UsageError for an unknown source or run, or where there is no snapshot.
    """
    with pipeline.workspace.scratch() as scratch:
        folder = _run_folder(pipeline, run_id) if run_id else _normalised_now(pipeline, source_ids, scratch)
        with loaded(folder, pipeline.settings, spill=scratch / "spill") as connection:
            compare.prepare(connection)
            return blocking.plan(connection, most_within_list=pipeline.settings.most_within_list)


def left_out(pipeline: Pipeline) -> list[str]:
    """Ids of lists that have a snapshot but no source.yml that is known: neither a plan nor a run can read them."""
    taken_in = sorted(path.name for path in pipeline.workspace.raw.glob("*") if path.is_dir())
    return [
        source_id
        for source_id in taken_in
        if source_id not in pipeline.sources and snapshots.current(pipeline.workspace, source_id)
    ]


def _run_folder(pipeline: Pipeline, run_id: str) -> Path:
    folder = pipeline.workspace.run_folder(run_id)
    if not (folder / NAME_KEYS.zone / f"{NAME_KEYS.name}.parquet").exists():
        raise UsageError(f"no run {run_id} with normalised records in {pipeline.workspace.root}: leave --run out to plan"
                         " for the current records")  # fmt: skip
    return folder


def _normalised_now(pipeline: Pipeline, source_ids: Sequence[str] | None, folder: Path) -> Path:
    """Write the normalised tables of the current records into ``folder``, as a run would."""
    wanted = [pipeline.source(source_id).id for source_id in source_ids or pipeline.sources]
    current = {source_id: snapshots.current(pipeline.workspace, source_id) for source_id in wanted}
    missing = [source_id for source_id, snapshot in current.items() if snapshot is None]
    if missing and (source_ids or len(missing) == len(wanted)):
        raise UsageError(f"no snapshot of {', '.join(missing) if source_ids else 'any source'}:"
                         " take one in with `matching source import` or `matching source fetch`")  # fmt: skip
    ingestion = Ingestion(workspace=pipeline.workspace, settings=pipeline.settings)
    records = pl.concat(
        gather(ingestion, pipeline.source(source_id), snapshot.snapshot_id)[0].records
        for source_id, snapshot in sorted(current.items())
        if snapshot
    )
    made = normalise(records)
    tables = (RECORDS, NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS)
    frames = (records, made.names, made.name_keys, made.births, made.countries, made.identifiers)
    for table, frame in zip(tables, frames, strict=True):
        write_table(folder, table, frame)
    return folder

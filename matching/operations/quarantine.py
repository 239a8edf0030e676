"""What was set aside, and whether it can be read now: quarantine looked at, and replayed after source.yml was changed.

Reads the quarantine of the published run, 10_raw/ and 20_records/. Writes 20_records/ under a changed mapping.
Grain: one row that failed one rule.
"""

from collections.abc import Sequence

import polars as pl

from matching import quality
from matching.errors import PayloadError, WorkspaceError
from matching.ingest import Ingestion
from matching.normalise.stage import normalise
from matching.pipeline import Pipeline
from matching.sources import snapshots
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAMES, QUARANTINE
from matching.workspace import Workspace, read_table

_KEY = ["table", "record_id", "rule", "column"]


def set_aside(
    workspace: Workspace,
    *,
    source: str | None = None,
    rule: str | None = None,
    record: str | None = None,
) -> pl.DataFrame:
    """Return QUARANTINE of the published run, only of one source, rule or record where one is given."""
    rows = read_table(workspace.published_folder(), QUARANTINE)
    wanted = {"source": source, "rule": rule, "record_id": record}
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


def by_rule(rows: pl.DataFrame) -> pl.DataFrame:
    """Return table, source, rule, column, rows, records and reason: one row per rule a source's rows failed."""
    return (
        rows.group_by("table", "source", "rule", "column", "reason")
        .agg(rows=pl.len(), records=pl.col("record_id").n_unique())
        .select("table", "source", "rule", "column", "rows", "records", "reason")
        .sort("table", "source", "rule", "column")
    )


def replay(pipeline: Pipeline, source_ids: Sequence[str] = ()) -> pl.DataFrame:
    """Read the current snapshots again under the present source.yml, and say of each row set aside what became of it.

    Returns source, record_id, table, rule, column and outcome: `passes now` or `still set aside`. What passes is in the
    next run. Raises PayloadError where a snapshot cannot be read under its source.yml, which then changes nothing.
    """
    before = read_table(pipeline.workspace.published_folder(), QUARANTINE)
    wanted = [pipeline.source(source_id).id for source_id in source_ids or sorted(set(before["source"]))]
    with pipeline.workspace.used():
        frames = [_replayed(pipeline, source_id, before.filter(source=source_id)) for source_id in wanted]
    columns = ["source", "record_id", "table", "rule", "column", "outcome"]
    return pl.concat(frames).select(columns).sort(columns[:-1]) if frames else pl.DataFrame(schema=columns)


def _replayed(pipeline: Pipeline, source_id: str, before: pl.DataFrame) -> pl.DataFrame:
    source, current = pipeline.source(source_id), snapshots.current(pipeline.workspace, source_id)
    if current is None:
        raise WorkspaceError(f"no snapshot of {source_id}: nothing to replay")
    tables = Ingestion(workspace=pipeline.workspace, settings=pipeline.settings).tables(source, current)
    refused = tables.gates.filter(~pl.col("success"), expectation="source_yml_reads_the_snapshot")
    if not refused.is_empty():
        raise PayloadError(source_id, f"source.yml does not read the snapshot: {refused['observed'].item()}")
    of_others = before.filter(pl.col("table") != "records")["record_id"].unique()
    still = pl.concat([tables.quarantine, _normalised_again(pipeline, tables.records, of_others)])
    fails = before.join(still.select(_KEY).unique(), on=_KEY, how="semi").select(*_KEY, fails=True)
    return before.join(fails.unique(), on=_KEY, how="left").with_columns(
        outcome=pl.when("fails").then(pl.lit("still set aside")).otherwise(pl.lit("passes now"))
    )


def _normalised_again(pipeline: Pipeline, records: pl.DataFrame, record_ids: pl.Series) -> pl.DataFrame:
    """Return what normalising the records ``record_ids`` sets aside now."""
    chosen = records.filter(pl.col("record_id").is_in(record_ids.implode()))
    if chosen.is_empty():
        return QUARANTINE.empty()
    made, now = normalise(chosen), pipeline.clock()
    tables = ((NAMES, made.names), (BIRTHS, made.births), (COUNTRIES, made.countries), (IDENTIFIERS, made.identifiers))
    return pl.concat([made.quarantine, *(quality.gate(table, frame, now=now).quarantine for table, frame in tables)])

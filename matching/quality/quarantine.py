"""Rows that a gate set aside, as rows of the quarantine: whose they are, what failed and what was expected."""

from collections.abc import Mapping, Sequence

import polars as pl

from matching.contract import Table
from matching.quality.suite import Rule
from matching.tables import QUARANTINE


def quarantine_rows(
    table: Table,
    frame: pl.DataFrame,
    *,
    failing: pl.DataFrame,
    rules: Sequence[Rule],
    source: str,
    snapshot_ids: Mapping[str, str],
) -> pl.DataFrame:
    """Return the quarantine of ``table``: one row per row of ``frame`` and rule of ``rules`` that it failed.

    ``failing`` is what ``Checks.set_aside`` found. Source and snapshot are the row's own; else the source is read from
    its record_id, or is the one under the gate, and its snapshot looked up in ``snapshot_ids``; else `unknown`.
    """
    if failing.is_empty():
        return QUARANTINE.empty()
    whose = _whose(table, frame, source=source, snapshot_ids=snapshot_ids)
    reasons = {rule.rule: rule.reason for rule in rules}
    return QUARANTINE.conform(
        failing.join(whose, on="_position", how="left").select(
            pl.lit(table.name).alias("table"),
            "source",
            "snapshot_id",
            pl.coalesce("record_id", pl.format("{}:entry {}", "source", "_position")).alias("record_id"),
            "rule",
            "column",
            "value",
            pl.col("rule").replace_strict(reasons).alias("reason"),
        )
    )


def _whose(table: Table, frame: pl.DataFrame, *, source: str, snapshot_ids: Mapping[str, str]) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.String)
    own_source = pl.col("source") if "source" in table.columns else pl.col("record_id").str.extract(r"^([^:]+):")
    of_source = pl.coalesce(own_source, nothing if source == "*" else pl.lit(source), pl.lit("unknown"))
    own_snapshot = pl.col("snapshot_id") if "snapshot_id" in table.columns else nothing
    looked_up = of_source.replace_strict(dict(snapshot_ids), default=None, return_dtype=pl.String)
    return frame.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("_position"),
        of_source.alias("source"),
        pl.coalesce(own_snapshot, looked_up, pl.lit("unknown")).alias("snapshot_id"),
        "record_id",
    )

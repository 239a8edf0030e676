"""Birth dates, one row each; what could not be read is handed to quarantine."""

import polars as pl

from matching.tables import BIRTHS, QUARANTINE

_RULE = "birth_is_readable"


def births_of(records: pl.DataFrame) -> pl.DataFrame:
    """Return the BIRTHS rows of ``records``: every date with both ends known; ``birth_no`` is its place."""
    readable = _listed(records).filter(_is_readable()).with_columns(pl.col("text").fill_null(""))
    return BIRTHS.conform(readable.select(BIRTHS.columns.keys()))


def unreadable_births(records: pl.DataFrame) -> pl.DataFrame:
    """Return QUARANTINE rows for birth dates that stand in the list and could not be read."""
    failed = _listed(records).filter(~_is_readable())
    rows = failed.select(
        table=pl.lit(BIRTHS.name),
        source="source",
        snapshot_id="snapshot_id",
        record_id="record_id",
        rule=pl.lit(_RULE),
        column=pl.lit("births"),
        value="text",
        reason=pl.lit("a birth date that can be read as an interval of days"),
    )
    return QUARANTINE.conform(rows.unique(maintain_order=True))


def _listed(records: pl.DataFrame) -> pl.DataFrame:
    births = records.select("record_id", "source", "snapshot_id", "births").explode("births").drop_nulls("births")
    return births.with_columns(birth_no=pl.int_range(pl.len(), dtype=pl.Int32).over("record_id")).unnest("births")


def _is_readable() -> pl.Expr:
    both = pl.col("earliest").is_not_null() & pl.col("latest").is_not_null()
    return both & (pl.col("earliest") <= pl.col("latest")).fill_null(False)

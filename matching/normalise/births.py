"""Birth dates, one row each; what could not be read is handed to quarantine."""

import polars as pl

from matching.tables import BIRTHS, QUARANTINE

_RULE = "birth_is_readable"

# A day, a month and two digits: the century is not said, and guessing it would make a child of a man or a man of a child.
_TWO_DIGIT_YEAR = r"^\D*\d{1,2}[-/. ]+(?:\d{1,2}|\p{L}+\.?)[-/. ]+\d{2}$|^\D*\p{L}+[-/. ]+\d{2}$"
_FULL_DATE = r"\d{1,2}\D+\d{4}|\d{4}\D+\d{1,2}"


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
        reason=_expected(pl.col("text").fill_null("").str.strip_chars()),
    )
    return QUARANTINE.conform(rows.unique(maintain_order=True))


def _expected(text: pl.Expr) -> pl.Expr:
    """What was expected, by what stands there."""
    return (
        pl.when(text.str.contains(_TWO_DIGIT_YEAR))
        .then(pl.lit("a year of four digits: a century is not guessed"))
        .when(text.str.contains(_FULL_DATE))
        .then(pl.lit("a day that exists, in a format that date_formats of source.yml gives"))
        .otherwise(pl.lit("a birth date that can be read as an interval of days"))
    )


def _listed(records: pl.DataFrame) -> pl.DataFrame:
    births = records.select("record_id", "source", "snapshot_id", "births").explode("births").drop_nulls("births")
    return births.with_columns(birth_no=pl.int_range(pl.len(), dtype=pl.Int32).over("record_id")).unnest("births")


def _is_readable() -> pl.Expr:
    both = pl.col("earliest").is_not_null() & pl.col("latest").is_not_null()
    return both & (pl.col("earliest") <= pl.col("latest")).fill_null(False)

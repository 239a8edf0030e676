"""What a run amounts to in numbers that can be held against the runs before it.

Reads records, names, births, identifiers, pairs and matches of a run, and judgements. Writes nothing. Grain: one measure (see MEASURES).
Shares and counts only: no value that tells of a person is kept, so that history can outlive the persons in it.
"""

from pathlib import Path

import polars as pl

from matching.contract import Table
from matching.drift import filled
from matching.monitor import calibration
from matching.records.history import NOT_CONTENT
from matching.tables import BIRTHS, IDENTIFIERS, MATCHES, MEASURES, NAMES, PAIRS, RECORDS
from matching.workspace import scan_table

# Bands of match weights are this many bits wide: noise of a re-estimated model stays within. Those beyond the farthest
# are one: what is hopeless or certain at 20 bits is so at 40.
BAND_BITS, FARTHEST_BAND = 5.0, 4
_CATEGORIES = (
    (RECORDS, ("entity_kind", "listing_kind", "status", "sex")),
    (NAMES, ("kind",)),
    (BIRTHS, ("precision", "calendar")),
    (IDENTIFIERS, ("kind", "validity")),
)
_SHAPE = MEASURES.schema.names()[:-1]


def measure(folder: Path, judged: pl.DataFrame) -> pl.DataFrame:
    """Return MEASURES of the run in ``folder``, without what is usual. Raises WorkspaceError where a table is missing.

    ``judged`` are the pairs that people decided and the run's model was not trained on (``calibration.not_trained_on``).
    """
    records = scan_table(folder, RECORDS)
    listed = records.filter(pl.col("status") != "removed")
    persons = listed.filter(entity_kind="person").group_by("source").agg(persons=pl.len()).collect()
    frames = [
        _shaped(persons, "persons", "source", value="persons"),
        _fill_rates(listed),
        *(_shares(folder, table, name) for table, names in _CATEGORIES for name in names),
        _shares(folder, NAMES, "script", measure="script"),
        _weights(scan_table(folder, PAIRS)),
        _match_rates(scan_table(folder, MATCHES), persons),
        _calibration(folder, judged),
    ]
    return pl.concat(frames).with_columns(usual=pl.lit(None, dtype=pl.Float64))


def _shaped(frame: pl.DataFrame, measure: str, subject: str, *, value: str, part: str | None = None) -> pl.DataFrame:
    return frame.select(
        pl.lit(measure).alias("measure"),
        pl.col(subject).alias("subject"),
        (pl.col(part) if part else pl.lit("")).alias("part"),
        pl.col(value).cast(pl.Float64).alias("value"),
    ).select(_SHAPE)


def _fill_rates(listed: pl.LazyFrame) -> pl.DataFrame:
    columns = [name for name in RECORDS.columns if name not in (*NOT_CONTENT, "source")]
    rates = listed.group_by("source").agg(filled(columns)).collect()
    return _shaped(
        rates.unpivot(index="source", variable_name="part"), "fill_rate", "source", part="part", value="value"
    )


def _shares(folder: Path, table: Table, name: str, *, measure: str = "category") -> pl.DataFrame:
    """Return the share of each value of the column ``name`` among a list's rows of ``table``."""
    rows = scan_table(folder, table)
    source = pl.col("record_id").str.extract(r"^([^:]+):").alias("source")
    counted = rows.select(source, value=pl.col(name).fill_null("none")).group_by("source", "value").len().collect()
    part = pl.col("value") if measure == "script" else pl.format("{}.{}={}", pl.lit(table.name), pl.lit(name), "value")
    shares = counted.with_columns(part=part, share=pl.col("len") / pl.col("len").sum().over("source"))
    return _shaped(shares, measure, "source", part="part", value="share")


def _weights(pairs: pl.LazyFrame) -> pl.DataFrame:
    low = (pl.col("match_weight") / BAND_BITS).floor().clip(-FARTHEST_BAND, FARTHEST_BAND) * BAND_BITS
    band = low.cast(pl.Int64).cast(pl.String)
    counted = pairs.group_by(part=band).len().collect()
    shares = counted.with_columns(subject=pl.lit("*"), share=pl.col("len") / pl.col("len").sum())
    return _shaped(shares, "weight", "subject", part="part", value="share")


def _match_rates(matches: pl.LazyFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Return matches of two lists as a share of the shorter list's persons; 0 where there is none."""
    sizes = persons.select("source", "persons")
    both = sizes.join(sizes, how="cross", suffix="_r").filter(pl.col("source") <= pl.col("source_r"))
    found = (
        matches.group_by(
            source=pl.min_horizontal("source_l", "source_r"), source_r=pl.max_horizontal("source_l", "source_r")
        )
        .len()
        .collect()
    )
    rates = both.join(found, on=["source", "source_r"], how="left").select(
        subject=pl.format("{}|{}", "source", "source_r"),
        rate=pl.col("len").fill_null(0) / pl.min_horizontal("persons", "persons_r"),
    )
    return _shaped(rates, "match_rate", "subject", value="rate")


def _calibration(folder: Path, judged: pl.DataFrame) -> pl.DataFrame:
    """Return how far the model is from judgements; nothing while too few were made to tell."""
    found = calibration.error(calibration.reliability(calibration.looked_at(folder), judged)) if judged.height else None
    rows = [] if found is None else [{"measure": "calibration", "subject": "*", "part": "", "value": found}]
    return pl.DataFrame(rows, schema={name: MEASURES.schema[name] for name in _SHAPE})

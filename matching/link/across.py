"""Estimate m, kin and calibration of names in two scripts, from lists with the names of one masked.

Enters: the same records twice, as they are and masked (``matching/link/masked.py``). Leaves: the model with its field of
names across scripts estimated and calibrated.
"""

import duckdb
import polars as pl

from matching.link import calibrate, compare, estimate, witnesses
from matching.link.fields import ACROSS, NAME, NOTHING_AGREES
from matching.link.judgements import SAME, SIDES, judged_vectors
from matching.link.model import Model
from matching.link.stage import score
from matching.link.training_pairs import training_pairs

ROUNDS = 3  # what sounds weigh decides which pairing is the best, and how many persons two lists share; and both, m
KNOWN = "known"


def estimate_across(
    model: Model,
    connection: duckdb.DuckDBPyConnection,
    masked: duckdb.DuckDBPyConnection,
    judgements: pl.DataFrame,
) -> calibrate.Calibrated:
    """Return ``model`` with names in two scripts estimated; as it was where ``masked`` has too few matches to tell.

    ``connection`` and ``masked`` have the evidence gathered, ``judgements`` record_id_l, record_id_r, verdict.
    """
    records = compare.count_persons(connection)
    plain = score(connection, model)
    known = plain.select(*SIDES, pl.col("match_probability").alias(KNOWN))
    judged = judged_vectors(connection, judgements).filter(_is_across())
    found = calibrate.Calibrated(model=model, matches=0.0)
    for _ in range(ROUNDS):
        pairs = _with_known(training_pairs(masked, found.model).filter(~pl.col("is_same_list"), _is_across()), known)
        matches = float(pairs[KNOWN].sum())
        if matches < calibrate.FEWEST_MATCHES:
            return calibrate.Calibrated(model=model, matches=matches)
        moved = _observed(found.model, pairs, judged, records=records)
        found = calibrate.calibrated(moved, ACROSS, _witnesses(masked, moved, known, plain, judgements))
    return found


def _witnesses(
    masked: duckdb.DuckDBPyConnection,
    model: Model,
    known: pl.DataFrame,
    plain: pl.DataFrame,
    judgements: pl.DataFrame,
) -> calibrate.Witnesses:
    field, calibration = model.field(ACROSS), model.calibrated(ACROSS)
    scored = witnesses.of_field(score(masked, model).filter(pl.col("source_l") != pl.col("source_r")), field)
    with_known = _with_known(scored, known)
    found = witnesses.by_probability(with_known, with_known[KNOWN], calibration)
    return witnesses.with_judgements(found, witnesses.of_field(plain, field), judgements, calibration)


def _is_across() -> pl.Expr:
    return pl.col(NAME) > NOTHING_AGREES


def _with_known(pairs: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """``pairs`` with the probability that each is one person where nothing is masked; 0 if it does not meet there."""
    return pairs.join(known, on=SIDES, how="left", maintain_order="left").with_columns(pl.col(KNOWN).fill_null(0.0))


def _observed(model: Model, pairs: pl.DataFrame, judged: pl.DataFrame, *, records: int) -> Model:
    """m as the share of each level among the matches of ``pairs`` and those judged, kin among the others."""
    counted = pl.concat(
        [pairs.select(NAME, KNOWN), judged.filter(verdict=SAME).select(NAME, pl.lit(1.0).alias(KNOWN))],
    )
    counts = dict(counted.group_by(NAME).agg(pl.col(KNOWN).sum()).sort(NAME).iter_rows())
    field = estimate.observed(model.field(ACROSS), counts)
    return model.with_field(estimate.with_kin(field, pairs.with_columns(match_probability=KNOWN), records=records))

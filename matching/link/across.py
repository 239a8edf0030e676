"""Estimate m, kin and calibration of names in two scripts, from lists with the names of one masked.

Enters: the same records twice, as they are and masked (``matching/link/masked.py``). Leaves: the model with its field of
names across scripts estimated and calibrated.
"""

from dataclasses import replace

import duckdb
import polars as pl

from matching.link import calibrate, compare, estimate, witnesses
from matching.link.fields import ACROSS, NAME, NOTHING_AGREES
from matching.link.judgements import SAME, SIDES
from matching.link.model import Model
from matching.link.training_pairs import scored_pairs, training_pairs

ROUNDS = 2  # which pairing of names is the best depends on m a little; the second round moves it by no tenth of a bit
KNOWN = "known"


def estimate_across(
    model: Model, connection: duckdb.DuckDBPyConnection, masked: duckdb.DuckDBPyConnection, judged: pl.DataFrame
) -> calibrate.Calibrated:
    """Return ``model`` with names in two scripts estimated; as it was where ``masked`` has too few matches to tell.

    ``connection`` and ``masked`` have the evidence gathered, ``judged`` the vectors of judged pairs.
    """
    records = compare.count_persons(connection)
    plain = scored_pairs(training_pairs(connection, model), model, records=records)
    known = plain.select(*SIDES, pl.col("match_probability").alias(KNOWN))
    judged = judged.filter(_is_across())
    for _ in range(ROUNDS):
        pairs = _masked_pairs(masked, model, known)
        matches = float(pairs[KNOWN].sum())
        if matches < calibrate.FEWEST_MATCHES:
            return calibrate.Calibrated(model=model, matches=matches)
        model = _observed(model, pairs, judged, records=records)
    bare = replace(model, calibration={name: one for name, one in model.calibration.items() if name != ACROSS})
    pairs = _masked_pairs(masked, bare, known)
    found = witnesses.by_probability(scored_pairs(pairs.drop(KNOWN), bare, records=records), pairs[KNOWN])
    found = witnesses.with_judgements(found, judged, bare, records=records)
    return calibrate.calibrated(bare, ACROSS, found)


def _is_across() -> pl.Expr:
    return pl.col(NAME) > NOTHING_AGREES


def _masked_pairs(masked: duckdb.DuckDBPyConnection, model: Model, known: pl.DataFrame) -> pl.DataFrame:
    """The pairs of different lists that meet across scripts, with the probability ``known`` of each; 0 if none is."""
    pairs = training_pairs(masked, model).filter(~pl.col("is_same_list"), _is_across())
    return pairs.join(known, on=SIDES, how="left", maintain_order="left").with_columns(pl.col(KNOWN).fill_null(0.0))


def _observed(model: Model, pairs: pl.DataFrame, judged: pl.DataFrame, *, records: int) -> Model:
    """m as the share of each level among the matches of ``pairs`` and those judged, kin among the others."""
    counted = pl.concat(
        [pairs.select(NAME, KNOWN), judged.filter(verdict=SAME).select(NAME, pl.lit(1.0).alias(KNOWN))],
    )
    counts = dict(counted.group_by(NAME).agg(pl.col(KNOWN).sum()).sort(NAME).iter_rows())
    field = estimate.observed(model.field(ACROSS), counts)
    return model.with_field(estimate.with_kin(field, pairs.with_columns(match_probability=KNOWN), records=records))

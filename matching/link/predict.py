"""Match weights of comparison vectors: by Splink, with the weight of names calibrated."""

import math

import polars as pl

from matching.link.fields import ACROSS, NAME, NOTHING_AGREES
from matching.link.model import Model
from matching.link.splink_model import VECTOR_ID, linker


def weigh(vectors: pl.DataFrame, model: Model, *, records: int) -> pl.DataFrame:
    """Return vector_id, match_weight, match_probability, weight_prior, a weight per column, all log2, and name_slope.

    ``records`` is the number of records the vectors were drawn from; it sets the prior. Weights are rounded to 1e-6:
    Splink's arithmetic repeats to 3e-16, not bit for bit. name_slope is what a further bit of rarity would add.
    """
    prior = model.prior(records)
    scored: pl.DataFrame = linker(vectors, model, prior=prior).inference.predict().as_duckdbpyrelation().pl()
    levels = {row["grade"]: row for row in model.name_levels(records)}
    slope, shift = (
        pl.col(NAME).replace_strict({grade: row[one] for grade, row in levels.items()}, return_dtype=pl.Float64)
        for one in ("slope", "shift")
    )
    grades = vectors.select(pl.col(VECTOR_ID).alias(f"{VECTOR_ID}_l"), NAME)
    # Splink keeps a level's weight and its rarity apart; the field that a pair has not weighs nothing.
    raw = pl.sum_horizontal("mw_name", "mw_tf_adj_name", f"mw_{ACROSS}", f"mw_tf_adj_{ACROSS}")
    others = [
        pl.col(f"mw_{field.name}").alias(f"weight_{field.name}") for field in model.fields if not field.is_of_names
    ]
    weighed = scored.join(grades, on=f"{VECTOR_ID}_l").select(
        pl.col(f"{VECTOR_ID}_l").alias(VECTOR_ID),
        (slope * raw + shift).alias("weight_name"),
        *others,
        weight_prior=pl.lit(math.log2(prior / (1 - prior))),
        name_slope=pl.when(pl.col(NAME) != NOTHING_AGREES).then(slope).otherwise(0.0),
    )
    return (
        weighed.with_columns(match_weight=pl.sum_horizontal(pl.selectors.starts_with("weight_")))
        .with_columns(pl.col(pl.Float64).round(6))
        .with_columns(match_probability=probability(pl.col("match_weight")))
        .sort(VECTOR_ID)
    )


def probability(weight: pl.Expr) -> pl.Expr:
    """The probability of a match weight (log2 odds). Not rounded: the strongest pairs keep their order."""
    return 1 / (1 + pl.lit(2.0).pow(-weight))

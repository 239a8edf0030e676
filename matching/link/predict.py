"""Match weights of comparison vectors, by Splink."""

import math

import polars as pl

from matching.link.model import Model
from matching.link.splink_model import VECTOR_ID, linker


def weigh(vectors: pl.DataFrame, model: Model, *, records: int) -> pl.DataFrame:
    """Return vector_id, match_weight, match_probability, weight_prior and a weight per field, all log2.

    ``records`` is the number of records the vectors were drawn from; it sets the prior. Weights are rounded to 1e-6:
    Splink's arithmetic repeats to 3e-16, not bit for bit.
    """
    prior = model.prior(records)
    scored: pl.DataFrame = linker(vectors, model, prior=prior).inference.predict().as_duckdbpyrelation().pl()
    weights = {f"weight_{field.name}": pl.col(f"mw_{field.name}") for field in model.fields}
    weights["weight_name"] += pl.col("mw_tf_adj_name")  # Splink keeps a level's weight and its rarity apart
    return (
        scored.select(
            pl.col(f"{VECTOR_ID}_l").alias(VECTOR_ID),
            "match_weight",
            "match_probability",
            pl.lit(math.log2(prior / (1 - prior))).alias("weight_prior"),
            *(expression.alias(name) for name, expression in weights.items()),
        )
        .with_columns(pl.col(pl.Float64).round(6))
        .sort(VECTOR_ID)
    )

"""Figures of a model over a run: what its card says of how it behaves.

Enters: the pairs of a run as the model scores them, and the names of its records. Leaves: small tables, a row per line of
the card.
"""

import polars as pl

from matching.link.judgements import DIFFERENT, SAME, SIDES
from matching.link.thresholds import ALL, lists_of

LATIN = "Latn"
WIDTH = 4
"""Bits of match weight in one row of the distribution."""
EDGES = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)


def with_scripts(pairs: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return ``pairs`` with ``scripts``, those of the two names that were compared, such as ``Arab – Latn``."""
    for side in ("l", "r"):
        pairs = pairs.join(
            names.select(
                pl.col("record_id").alias(f"record_id_{side}"),
                pl.col("name_no").alias(f"name_{side}"),
                pl.col("script").alias(f"script_{side}"),
            ),
            on=[f"record_id_{side}", f"name_{side}"],
            how="left",
        )
    first, second = pl.min_horizontal("script_l", "script_r"), pl.max_horizontal("script_l", "script_r")
    return pairs.with_columns(scripts=pl.concat_str(first, pl.lit(" – "), second).fill_null("no name agrees")).drop(
        "script_l", "script_r"
    )


def by_lists(pairs: pl.DataFrame, *, threshold: float) -> pl.DataFrame:
    """Return lists, pairs, matches and the true ones expected among all pairs, in all and by lists."""
    return _by(pairs.with_columns(lists=lists_of()), "lists", threshold=threshold)


def by_scripts(pairs: pl.DataFrame, *, threshold: float) -> pl.DataFrame:
    """The same by scripts (see ``with_scripts``)."""
    return _by(pairs, "scripts", threshold=threshold)


def _by(pairs: pl.DataFrame, column: str, *, threshold: float) -> pl.DataFrame:
    probability = pl.col("match_probability")
    above = probability >= threshold
    both = pl.concat([pairs.select(pl.lit(ALL).alias(column), probability), pairs.select(column, probability)])
    return (
        both.group_by(column)
        .agg(
            pairs=pl.len(),
            matches=above.sum(),
            expected_precision=probability.filter(above).mean().round(4),
            expected_recall=(probability.filter(above).sum() / probability.sum()).round(4),
        )
        .sort(pl.col(column) != ALL, column)
    )


def weights(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return weight_from, weight_to, pairs: how many pairs have a match weight in each step of WIDTH bits."""
    start = (pl.col("match_weight") / WIDTH).floor().cast(pl.Int64) * WIDTH
    return (
        pairs.group_by(weight_from=start)
        .agg(pairs=pl.len())
        .sort("weight_from")
        .select("weight_from", weight_to=pl.col("weight_from") + WIDTH, pairs="pairs")
    )


def against_judgements(pairs: pl.DataFrame, judged: pl.DataFrame, *, threshold: float) -> pl.DataFrame:
    """Return judged, same, precision, recall, expected_calibration_error of the judged pairs, in all and by scripts.

    The calibration error is the mean gap between probability and the share judged the same, over EDGES.
    """
    known = pairs.join(judged.filter(pl.col("verdict").is_in([SAME, DIFFERENT])), on=SIDES).with_columns(
        same=pl.col("verdict") == SAME,
        above=pl.col("match_probability") >= threshold,
        step=pl.sum_horizontal(pl.col("match_probability") >= edge for edge in EDGES),
    )
    both = pl.concat([known.with_columns(scripts=pl.lit(ALL)), known])
    gaps = (
        both.group_by("scripts", "step")
        .agg(size=pl.len(), gap=(pl.col("match_probability").mean() - pl.col("same").mean()).abs())
        .group_by("scripts")
        .agg(expected_calibration_error=((pl.col("gap") * pl.col("size")).sum() / pl.col("size").sum()).round(4))
    )
    return (
        both.group_by("scripts")
        .agg(
            judged=pl.len(),
            same=pl.col("same").sum(),
            precision=pl.col("same").filter("above").mean().round(4),
            recall=pl.col("above").filter("same").mean().round(4),
        )
        .join(gaps, on="scripts")
        .sort(pl.col("scripts") != ALL, "scripts")
    )

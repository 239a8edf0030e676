"""What each review threshold would give: length of the queue, precision, recall. To choose one from.

Enters: scored pairs, and judgements where there are some. Leaves: one row per pair of lists and threshold.

- *Expected precision*: which share of the pairs at or above the threshold is one person, by their calibrated
  probabilities? *Expected recall*: which share of all the true matches that blocking brought together is there?
- *Observed*: the same of the pairs that were judged. Those were chosen for review, the likely ones first: observed recall
  is of judged pairs only, and says little until samples under the threshold are among them (matching/link/sampling.py).
"""

from collections.abc import Sequence

import polars as pl

from matching.link.judgements import DIFFERENT, SAME, SIDES

THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999)
ALL = "all"


def lists_of() -> pl.Expr:
    """Name of the two lists of a pair, in the order of the alphabet."""
    first, second = pl.min_horizontal("source_l", "source_r"), pl.max_horizontal("source_l", "source_r")
    return pl.concat_str(first, pl.lit(" – "), second)


def threshold_table(
    pairs: pl.DataFrame, thresholds: Sequence[float] = THRESHOLDS, *, judged: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return lists, threshold, queue, expected_precision, expected_recall; with ``judged`` also judged,
    observed_precision, observed_recall. Shares are null where there is nothing to divide by.

    ``pairs`` as in its contract; ``judged`` has record_id_l, record_id_r, verdict.
    """
    known = pairs.select(*SIDES, "match_probability", lists=lists_of())
    if judged is not None:
        known = known.join(judged, on=SIDES, how="left")
    both = pl.concat([known.with_columns(lists=pl.lit(ALL)), known])
    made = pl.concat(
        [both.group_by("lists").agg(*_figures(threshold, judged is not None)) for threshold in sorted(set(thresholds))]
    )
    is_all = pl.col("lists") != ALL
    return made.sort(is_all, "lists", "threshold").with_columns(pl.selectors.float().exclude("threshold").round(4))


def _figures(threshold: float, is_judged: bool) -> list[pl.Expr]:
    above = pl.col("match_probability") >= threshold
    figures = [
        pl.lit(threshold).alias("threshold").first(),
        above.sum().alias("queue"),
        pl.col("match_probability").filter(above).mean().alias("expected_precision"),
        _share(pl.col("match_probability").filter(above).sum(), pl.col("match_probability").sum()).alias(
            "expected_recall"
        ),
    ]
    if is_judged:
        same, different = pl.col("verdict") == SAME, pl.col("verdict") == DIFFERENT
        figures += [
            (above & (same | different)).sum().alias("judged"),
            _share((above & same).sum(), (above & (same | different)).sum()).alias("observed_precision"),
            _share((above & same).sum(), same.sum()).alias("observed_recall"),
        ]
    return figures


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)

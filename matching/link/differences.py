"""Which matches would appear and vanish if one model took the place of another.

Enters: the same evidence scored under both. Leaves: one row per match that only one of them makes, and counts by lists.
"""

import polars as pl

from matching.link.judgements import SIDES
from matching.link.thresholds import ALL, lists_of

APPEARS, VANISHES, STAYS = "appears", "vanishes", "stays"


def changes(before: pl.DataFrame, after: pl.DataFrame, *, threshold: float) -> pl.DataFrame:
    """Return every pair that is a match under ``before`` or ``after`` (scored pairs), and what becomes of it.

    Columns: lists, change (appears, vanishes, stays), record_id_l, record_id_r, probability_before, probability_after;
    those that change first, the likeliest first.
    """
    matched = pl.max_horizontal("probability_before", "probability_after") >= threshold
    was, is_ = (pl.col(f"probability_{when}") >= threshold for when in ("before", "after"))
    return (
        before.select(*SIDES, lists=lists_of(), probability_before="match_probability")
        .join(after.select(*SIDES, probability_after="match_probability"), on=SIDES)
        .filter(matched)
        .select(
            "lists",
            pl.when(was & is_).then(pl.lit(STAYS)).when(is_).then(pl.lit(APPEARS)).otherwise(pl.lit(VANISHES)).alias("change"),
            *SIDES,
            pl.col("probability_before", "probability_after").round(6),
        )
        .sort(pl.col("change") == STAYS, "change", pl.max_horizontal("probability_before", "probability_after"), *SIDES,
              descending=[False, False, True, False, False])
    )  # fmt: skip


def counts(changed: pl.DataFrame) -> pl.DataFrame:
    """Return lists, before, after, appears, vanishes, stays: matches under each model, in all and by lists."""
    both = pl.concat([changed.with_columns(lists=pl.lit(ALL)), changed])
    kinds = {kind: (pl.col("change") == kind).sum() for kind in (APPEARS, VANISHES, STAYS)}
    return (
        both.group_by("lists")
        .agg(before=kinds[VANISHES] + kinds[STAYS], after=kinds[APPEARS] + kinds[STAYS], **kinds)
        .sort(pl.col("lists") != ALL, "lists")
    )

"""Estimates of one field each: u counted, m as maximised or as judged, kin.

Enters: a field and what was counted or maximised of its levels. Leaves: the field with its levels so estimated. Which
pairs are counted, and why, is said in ``matching/link/train.py``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from matching.link.fields import ACROSS, NAME, Field, Level

DIFFERENT_FIRST_NAME = 5  # the last grade of names in which two tokens or more agree: mostly kin
FEWEST_KIN = 0.002  # per record: however few lists tell of, a full name has namesakes; 1 in 500 is on the safe side
UNSEEN = 0.5  # pairs added to each count, so that a level never seen is rare and not impossible
KIN_UNTOLD = (6, 7, 11)  # grades of names so different that kin are no rarer than chance; they keep their starting kin


def with_kin(field: Field, scored: pl.DataFrame, *, records: int) -> Field:
    """Return ``field`` with kin: pairs too alike for chance that are held to be different people, per record."""
    beyond_chance = scored.filter(pl.col("rarity_bits_of_tokens") > math.log2(records) * 2)
    counts = dict(beyond_chance.group_by(NAME).agg((1 - pl.col("match_probability")).sum().alias("kin")).iter_rows())
    levels = (
        replace(level, kin=max(counts.get(level.grade, 0.0) / records, FEWEST_KIN))
        if level.grade not in KIN_UNTOLD
        else level
        for level in field.levels
    )
    return replace(field, levels=tuple(levels))


def counted(field: Field, grades: pl.Series) -> Field:
    """Return ``field`` with u as counted among ``grades``; that of names stays, and is left to follow."""
    if field.is_of_names:
        return field
    counts = {level: int((grades == level.grade).sum()) + UNSEEN for level in field.levels if not level.pinned}
    share = 1 - sum(level.u for level in field.levels if level.pinned)
    levels = (
        level if level.pinned else replace(level, u=share * counts[level] / sum(counts.values()))
        for level in field.levels
    )
    return replace(field, levels=tuple(levels))


def maximised(field: Field, made: Mapping[str, list[dict[str, float]]]) -> Field:
    """Return ``field`` with m as estimated; levels outside the training pairs keep their starting m."""
    if field.name == ACROSS:
        return field
    news = [level for level in made["comparison_levels"] if not level.get("is_null_level")]
    unseen = [level for level in field.levels if field.name == NAME and level.grade >= DIFFERENT_FIRST_NAME]
    share_seen = 1 - sum(level.m for level in unseen)
    levels = [
        level if level.pinned or level in unseen else replace(level, m=new.get("m_probability", level.m) * share_seen)
        for level, new in zip(field.levels, news, strict=True)
    ]
    return replace(field, levels=_summing_to_one(levels))


def observed(field: Field, counts: Mapping[int, float], *, beside: float = 0.0) -> Field:
    """Return ``field`` with m as the share of each level in ``counts`` (matches by grade) and in ``beside`` matches that
    are spread as m is by now."""
    matches = sum(counts.values()) + beside
    if matches == 0:
        return field
    levels = [
        level if level.pinned else replace(level, m=(counts.get(level.grade, 0.0) + beside * level.m) / matches)
        for level in field.levels
    ]
    return replace(field, levels=_summing_to_one(levels))


def _summing_to_one(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Return ``levels`` with m above zero and, beside what is pinned, in sum one."""
    smallest = 1e-4
    share = 1 - sum(level.m for level in levels if level.pinned)
    free = sum(max(level.m, smallest) for level in levels if not level.pinned)
    return tuple(level if level.pinned else replace(level, m=share * max(level.m, smallest) / free) for level in levels)

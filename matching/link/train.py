"""Estimate the model without labels.

Both estimates use the candidate pairs that share two tokens or more of a name. They met through their names alone, so
nothing has selected their births, countries or documents, as the rules that block on a year of birth would.

u is counted among those that share names but not the first: people of one culture who are, but for a handful,
different. It is thus the u that matters (how often do two namesakes agree on country or year of birth?), which random
pairs of a world-wide input would put far too low.
m is estimated by Splink's expectation maximisation, on pairs of different lists, with u and the prior held; the u of
names follows from token rarity and kin (see ``matching/link/model.py``). Kin and the prior (matches per record) are
then what the model itself expects, and all are estimated again until they agree.

Tried and left: estimating m and u together over all candidate pairs. The two largest groups there are pairs that met
through their names and pairs that met through a birth year, and it is these that were told apart, not matches from
others. Pairs of one list, too: publishers merge their duplicates, so nearly all are kin, and they outnumber the
matches.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import duckdb
import polars as pl

from matching import database
from matching.errors import ModelError
from matching.link import compare, predict
from matching.link.model import Field, Level, Model
from matching.link.splink_model import PAIR_RULE, VECTOR_ID, linker

NAME = "name"
DIFFERENT_FIRST_NAME = 5  # the last grade of names in which two tokens or more agree: mostly kin
ROUNDS = 3  # the third changes no weight by a tenth of a bit
FEWEST_PAIRS = 1_000  # below this, levels that are rare among matches are seen too seldom to be estimated
FEWEST_KIN = 0.002  # per record: however few lists tell of, a full name has namesakes; 1 in 500 is on the safe side
UNSEEN = 0.5  # pairs added to each count, so that a level never seen is rare and not impossible


def train(connection: duckdb.DuckDBPyConnection, start: Model, *, made_of: str) -> Model:
    """Return ``start`` with m, u and kin estimated on the candidate pairs of ``connection`` (from
    ``stage.normalised``).

    Raises ModelError where there are too few candidate pairs to estimate from.
    """
    model = replace(start, made_of=made_of)
    for _ in range(ROUNDS):
        model = _improved(model, connection)
    return model


def _improved(model: Model, connection: duckdb.DuckDBPyConnection) -> Model:
    """One round: compare under ``model``, then estimate u, m, kin and the prior in turn."""
    records = compare.count_persons(connection)
    compare.compare(connection, model)
    database.run_file(connection, "40_link/training_pairs")
    pairs = connection.sql("SELECT * FROM training_pairs ORDER BY vector_id").pl()
    if pairs.height < FEWEST_PAIRS:
        raise ModelError(
            f"{pairs.height} candidate pairs share two tokens, at least {FEWEST_PAIRS} are needed to train: run with"
            " more lists, or keep the shipped model"
        )
    namesakes = pairs.filter(pl.col(NAME) == DIFFERENT_FIRST_NAME)
    model = replace(model, fields=tuple(_counted(field, namesakes[field.name]) for field in model.fields))
    across = pairs.filter(~pl.col("is_same_list"))
    model = _maximised(model, across.filter(pl.col(NAME) < DIFFERENT_FIRST_NAME), records=records)
    scored = across.join(predict.weigh(across, model, records=records), on=VECTOR_ID)
    model = replace(model, fields=tuple(_with_kin(field, scored, records=records) for field in model.fields))
    return replace(model, matches_per_record=scored["match_probability"].sum() / records)


def _maximised(model: Model, pairs: pl.DataFrame, *, records: int) -> Model:
    """Estimate m among ``pairs``, u and the prior held."""
    estimator = linker(pairs, model, prior=model.prior(records))
    estimator.training.estimate_parameters_using_expectation_maximisation(
        PAIR_RULE, fix_probability_two_random_records_match=True
    )
    made = estimator.misc.save_model_to_json()["comparisons"]
    return replace(model, fields=tuple(_estimated(field, new) for field, new in zip(model.fields, made, strict=True)))


def _with_kin(field: Field, scored: pl.DataFrame, *, records: int) -> Field:
    """Return ``field`` with kin: pairs too alike for chance that are held to be different people, per record."""
    if field.name != NAME:
        return field
    beyond_chance = scored.filter(pl.col("rarity_bits_of_tokens") > math.log2(records) * 2)
    counts = dict(beyond_chance.group_by(NAME).agg((1 - pl.col("match_probability")).sum().alias("kin")).iter_rows())
    levels = (
        replace(level, kin=max(counts.get(level.grade, 0.0) / records, FEWEST_KIN))
        if level.grade <= DIFFERENT_FIRST_NAME
        else level
        for level in field.levels
    )
    return replace(field, levels=tuple(levels))


def _counted(field: Field, grades: pl.Series) -> Field:
    """Return ``field`` with u as counted among ``grades``; that of names stays, and is left to follow."""
    if field.name == NAME:
        return field
    counts = {level: int((grades == level.grade).sum()) + UNSEEN for level in field.levels if not level.pinned}
    share = 1 - sum(level.u for level in field.levels if level.pinned)
    levels = (
        level if level.pinned else replace(level, u=share * counts[level] / sum(counts.values()))
        for level in field.levels
    )
    return replace(field, levels=tuple(levels))


def _estimated(field: Field, made: dict[str, list[dict[str, float]]]) -> Field:
    """Return ``field`` with m as estimated; levels outside the training pairs keep their starting m."""
    news = [level for level in made["comparison_levels"] if not level.get("is_null_level")]
    unseen = [level for level in field.levels if field.name == NAME and level.grade >= DIFFERENT_FIRST_NAME]
    share_seen = 1 - sum(level.m for level in unseen)
    levels = [
        level if level.pinned or level in unseen else replace(level, m=new.get("m_probability", level.m) * share_seen)
        for level, new in zip(field.levels, news, strict=True)
    ]
    return replace(field, levels=_summing_to_one(levels))


def _summing_to_one(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Return ``levels`` with m above zero and, beside what is pinned, in sum one."""
    smallest = 1e-4
    share = 1 - sum(level.m for level in levels if level.pinned)
    free = sum(max(level.m, smallest) for level in levels if not level.pinned)
    return tuple(level if level.pinned else replace(level, m=share * max(level.m, smallest) / free) for level in levels)

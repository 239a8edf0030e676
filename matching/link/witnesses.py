"""What bears witness of a pair beside its names: births, the run in which no name was masked, a person's judgement.

Enters: pairs with their grades and weights. Leaves: ``Witnesses`` that ``matching/link/calibrate.py`` fits.
"""

import numpy as np
import polars as pl

from matching.link.calibrate import Floats, Witnesses
from matching.link.fields import Field
from matching.link.judgements import DIFFERENT, SAME
from matching.link.model import Model
from matching.link.training_pairs import scored_pairs

BIRTH = "birth"


def by_births(scored: pl.DataFrame, model: Model) -> Witnesses:
    """The pairs of ``scored`` with births on both sides, by what their births say; equal ones counted together.

    ``scored`` has the grade ``birth``, match_weight, weight_name and weight_birth, log2.
    """
    births = model.field(BIRTH)
    seen = scored.filter(pl.col(BIRTH) > 0)
    offset = pl.col("match_weight") - pl.col("weight_name") - pl.col("weight_birth")
    counted = (
        seen.group_by(x=pl.col("weight_name").round(6), offset=offset.round(6), birth=BIRTH)
        .agg(pairs=pl.len().cast(pl.Float64))
        .sort("x", "offset", "birth")
    )
    return Witnesses(
        x=counted["x"].to_numpy(),
        offset=counted["offset"].to_numpy(),
        if_same=_of_level(births, counted["birth"], "m"),
        if_different=_of_level(births, counted["birth"], "u"),
        pairs=counted["pairs"].to_numpy(),
    )


def _of_level(field: Field, grades: pl.Series, parameter: str) -> Floats:
    values = {level.grade: getattr(level, parameter) for level in field.levels}
    found: Floats = grades.replace_strict(values, return_dtype=pl.Float64).to_numpy()
    return found


def by_probability(scored: pl.DataFrame, known: pl.Series) -> Witnesses:
    """The pairs of ``scored``, each one person with the probability in ``known`` and others with what is left of 1."""
    x, offset = scored["weight_name"].to_numpy(), (scored["match_weight"] - scored["weight_name"]).to_numpy()
    same = known.to_numpy()
    ones, zeros = np.ones(len(same)), np.zeros(len(same))
    return Witnesses(
        x=np.concatenate([x, x]),
        offset=np.concatenate([offset, offset]),
        if_same=np.concatenate([ones, zeros]),
        if_different=np.concatenate([zeros, ones]),
        pairs=np.concatenate([same, 1 - same]),
    )


def with_judgements(known: Witnesses, judged: pl.DataFrame, model: Model, *, records: int) -> Witnesses:
    """Return ``known`` and those pairs of ``judged`` (vectors with a ``verdict``) that are the same person or are not."""
    decided = judged.filter(pl.col("verdict").is_in([SAME, DIFFERENT]))
    if decided.is_empty():
        return known
    scored = scored_pairs(decided, model, records=records)
    return known.with_judged(by_probability(scored, (decided["verdict"] == SAME).cast(pl.Float64)))

"""What bears witness of a pair beside its names: births, the run in which no name was masked, a person's judgement.

Enters: pairs of different lists as the link stage scores them, with the prior of their lists and their rivals. Leaves:
``Witnesses`` that ``matching/link/calibrate.py`` fits.
"""

import numpy as np
import polars as pl

from matching.link.calibrate import Floats, Witnesses
from matching.link.fields import ACROSS, NAME, NAMES_THAT_AGREE, Field
from matching.link.judgements import DIFFERENT, SAME, SIDES
from matching.link.model import Calibration, Model

BIRTH = "birth"


def by_births(scored: pl.DataFrame, model: Model) -> Witnesses:
    """The pairs of ``scored`` with births on both sides, by what their births say; equal ones counted together.

    ``scored`` are pairs of different lists as the link stage scores them under ``model``, whose calibration of names in
    one script is taken off again: ``x`` is what names weigh before it. The offset has the lists' own prior and rivals.
    """
    births, one_script = model.field(BIRTH), model.field(NAME)
    agreeing = [level.name for level in one_script.levels if level.grade in NAMES_THAT_AGREE]
    seen = scored.filter(pl.col("level_name").is_in(agreeing), pl.col("level_birth") != "unknown")
    calibration = model.calibrated(NAME)
    counted = (
        seen.group_by(
            x=((pl.col("weight_name") - calibration.shift) / calibration.slope).round(3),
            offset=(pl.col("match_weight") - pl.col("weight_name") - pl.col("weight_birth")).round(3),
            birth="level_birth",
        )
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


def _of_level(field: Field, levels: pl.Series, parameter: str) -> Floats:
    values = {level.name: getattr(level, parameter) for level in field.levels}
    found: Floats = levels.replace_strict(values, return_dtype=pl.Float64).to_numpy()
    return found


def by_probability(scored: pl.DataFrame, known: pl.Series, calibration: Calibration) -> Witnesses:
    """The pairs of ``scored``, each one person with the probability in ``known`` and others with what is left of 1.

    ``calibration`` is what their names were calibrated with, and is taken off again.
    """
    names = scored["weight_name"].to_numpy()
    x, offset = (names - calibration.shift) / calibration.slope, scored["match_weight"].to_numpy() - names
    same = known.to_numpy()
    ones, zeros = np.ones(len(same)), np.zeros(len(same))
    return Witnesses(
        x=np.concatenate([x, x]),
        offset=np.concatenate([offset, offset]),
        if_same=np.concatenate([ones, zeros]),
        if_different=np.concatenate([zeros, ones]),
        pairs=np.concatenate([same, 1 - same]),
    )


def with_judgements(
    known: Witnesses, scored: pl.DataFrame, judged: pl.DataFrame, calibration: Calibration
) -> Witnesses:
    """Return ``known`` and those of the pairs ``scored`` that are ``judged`` the same person, or not."""
    decided = scored.join(judged.filter(pl.col("verdict").is_in([SAME, DIFFERENT])), on=SIDES).sort(SIDES)
    if decided.is_empty():
        return known
    return known.with_judged(by_probability(decided, (decided["verdict"] == SAME).cast(pl.Float64), calibration))


def of_field(scored: pl.DataFrame, field: Field) -> pl.DataFrame:
    """Those of ``scored`` whose names fall in a level of ``field``."""
    levels = [level.name for level in field.levels if field.name == ACROSS or level.grade in NAMES_THAT_AGREE]
    return scored.filter(pl.col("level_name").is_in(levels))

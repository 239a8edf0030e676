"""Which candidate pairs are likely enough to keep: nine in ten are namesakes of one word, whom all else tells apart.

Enters: candidate pairs with the grades of what they say beside names (facts.py) and their best pairings of names
(pairings.py). Leaves: those whose weight by itself, under the model and without documents, may come to LEAST, and all that share
the number of a document: of one document in two names a person is to know however unlikely the pair is. What is left
out is counted and logged.

Decision: the floor. What two lists as wholes tell adds most to a pair where everyone of the smaller is on both
(overlap.utmost_shift). A pair of two lists is left out if it could not come to LEAST were that so, and a pair of one list if
it does not come to LEAST: -13.5 bits between lists of 100,000 and 1,000,000 records, -19 between two of 1,000 beside
these. Sizes are taken in steps, as rarities are: see incremental.py. Clusters ask of improbable pairs too, how much
speaks against two records that matches connect; of those every candidate pair is scored (connected.py). Without either a
floor was worse than none: of -25 bits lost conflicts over one document, and chained clusters that a known contradiction
kept apart.

Decision: only from FROM_RECORDS on. Of fewer records, as publishers have, all candidate pairs are kept: how blocking and
calibration do is measured on them.
"""

import math
from typing import NamedTuple

import duckdb
import numpy as np
import polars as pl

from matching.link import compare, pairings
from matching.link.blocking import positions_of
from matching.link.facts import GRADES
from matching.link.fields import NAME, NOTHING_AGREES
from matching.link.meetings import Pairs, untold
from matching.link.model import Model
from matching.link.overlap import utmost_shift
from matching.link.pairings import Borne, ComparedPairs, Floats, Numbers

LEAST = 0.001  # match probability
FROM_RECORDS = 100_000  # in steps (compare.in_steps): from 101,071 on


class Floors(NamedTuple):
    """The least weight of a pair that is kept, in bits, by the lists of its records; and the list of each record."""

    least: Floats
    of_record: Numbers
    lists: tuple[str, ...]

    def told(self) -> dict[str, float]:
        """What they are, by two lists: empty where everything is kept."""
        found = {
            f"{one} {other}": round(float(self.least[i, j]), 4)
            for i, one in enumerate(self.lists)
            for j, other in enumerate(self.lists[: i + 1])
        }
        return {} if np.isinf(self.least).all() else found


def floor_for(records: int, prior: float, sizes: tuple[int, int] | None, *, threshold: float) -> float:
    """The least weight, in bits, of pairs of two lists of these sizes; None: of one list.

    ``records``: of all lists. ``prior``: what the model holds before the lists are looked at. ``threshold``: the match
    probability from which a pair is a match; none may be left out.
    """
    if records < FROM_RECORDS:
        return -math.inf
    probability = min(LEAST, threshold)
    least = math.log2(probability / (1 - probability))
    return least - max(utmost_shift(*sizes, prior), 0.0) if sizes else least


def floors_of(connection: duckdb.DuckDBPyConnection, model: Model, *, threshold: float) -> Floors:
    """The floors of the lists that are linked, where a pair of match probability ``threshold`` is a match."""
    found = connection.sql("SELECT source, count(*) AS records FROM persons GROUP BY source ORDER BY source").pl()
    records = compare.count_persons(connection)
    sizes, prior = [compare.in_steps(size) for size in found["records"]], model.prior(records)
    least = [
        [
            floor_for(records, prior, (one, other) if i != j else None, threshold=threshold)
            for j, other in enumerate(sizes)
        ]
        for i, one in enumerate(sizes)
    ]
    number = {source: place for place, source in enumerate(found["source"])}
    borne = connection.sql("SELECT record_id, source FROM persons").pl()
    of_record = np.zeros(int(borne["record_id"].max() or 0) + 1, dtype=np.uint32)
    of_record[borne["record_id"].to_numpy()] = borne["source"].replace_strict(number, return_dtype=pl.UInt32).to_numpy()
    return Floors(np.array(least).reshape(len(sizes), len(sizes)), of_record, tuple(found["source"]))


def keep_likely(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    borne: Borne,
    compared: ComparedPairs,
    floors: Floors,
    *,
    every: bool = False,
) -> Pairs:
    """Take from ``candidate_pairs`` those that are not likely enough, unless ``every`` one is to stay, and make
    ``name_evidence`` of the others.

    ``compared``: the same pairs, and how their names compare. Returns those left out.
    """
    compare.register_levels(connection, model)
    best = pairings.best_pairings(connection, borne, compared)
    pairs: pl.DataFrame = connection.sql("FROM candidate_pairs").pl()
    records = compare.count_persons(connection)
    weight = pl.Series(_weights(pairs, best, model, records=records))
    of_l, of_r = (floors.of_record[pairs[side].to_numpy()] for side in ("record_id_l", "record_id_r"))
    is_kept = (weight >= floors.least[of_l, of_r]) | (pairs["document"] > 0) | every
    pairings.keep_evidence(connection, best.filter(is_kept))
    connection.register("likely_pairs", pairs.filter(is_kept))
    connection.sql("CREATE OR REPLACE TABLE candidate_pairs AS FROM likely_pairs")
    connection.unregister("likely_pairs")
    left_out = pairs.filter(~is_kept)
    left, right = (left_out[side].to_numpy() for side in ("record_id_l", "record_id_r"))
    return untold(left, right, positions_of(left_out["blocking_rule"]))


def _weights(pairs: pl.DataFrame, best: pl.DataFrame, model: Model, *, records: int) -> Floats:
    """What each pair weighs by itself, in bits, but for its documents (predict.weigh)."""
    prior = model.prior(records)
    names = model.field(NAME)
    nothing = next(names.bits(level) for level in names.levels if level.grade == NOTHING_AGREES)
    agrees = ~np.isin(best["grade"].to_numpy(), (0, NOTHING_AGREES))
    weights: Floats = np.where(agrees, best["name_weight"].to_numpy(), nothing) + math.log2(prior / (1 - prior))
    for field in (one for one in model.fields if one.name in GRADES):
        bits = np.zeros(max(level.grade for level in field.levels) + 1)
        for level in field.levels:
            bits[level.grade] = field.bits(level)
        weights += bits[pairs[field.name].to_numpy()]
    return weights

"""Which candidate pairs are likely enough to keep: nine in ten are namesakes of one word, whom all else tells apart.

Enters: candidate pairs with the grades of what they say beside names (facts.py) and their best pairings of names
(pairings.py). Leaves: those whose weight by itself, under the model and without documents, is FLOOR or more, and all that share
the number of a document: of one document in two names a person is to know however unlikely the pair is. What is left
out is counted and logged.

Decision: FLOOR. What the lists as wholes tell (overlap.py) adds up to log2(N / (2 m L)) bits to a pair, N being all records, L those of
the larger list and m the matches a record has: 4.4 for two lists, 6.7 for ten of equal size. So no pair below FLOOR could
come to one in a thousand, were both lists to hold the same persons. Clusters ask of improbable pairs too, whether two records
that matches connect contradict each other; of those every candidate pair is scored (connected.py).
Without either a floor was worse than none: of -25 bits lost conflicts over one document, and chained clusters that a known
contradiction kept apart.

Decision: only from FROM_RECORDS on. Of smaller lists, as publishers' are, all candidate pairs are kept: how blocking and
calibration do is measured on them.
"""

import math

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from matching.link import compare, pairings
from matching.link.facts import GRADES
from matching.link.fields import NAME, NOTHING_AGREES
from matching.link.model import Model
from matching.link.pairings import Borne

FLOOR = -18.0  # bits
FROM_RECORDS = 100_000


def floor_for(records: int) -> float:
    """The weight from which pairs of so many records are kept, in bits."""
    return FLOOR if records >= FROM_RECORDS else -math.inf


def keep_likely(connection: duckdb.DuckDBPyConnection, model: Model, borne: Borne) -> pl.DataFrame:
    """Take from ``candidate_pairs`` those that are not likely enough, and make ``name_evidence`` of the others.

    Reads ``name_comparisons``. Returns record_id_l, record_id_r of those left out.
    """
    compare.register_levels(connection, model)
    best = pairings.best_pairings(connection, borne)
    pairs: pl.DataFrame = connection.sql("FROM candidate_pairs").pl()
    records = compare.count_persons(connection)
    weight = pl.Series(_weights(pairs, best, model, records=records))
    is_kept = (weight >= floor_for(records)) | (pairs["document"] > 0)
    pairings.keep_evidence(connection, best.filter(is_kept))
    connection.register("likely_pairs", pairs.filter(is_kept))
    connection.sql("CREATE OR REPLACE TABLE candidate_pairs AS FROM likely_pairs")
    connection.unregister("likely_pairs")
    return pairs.filter(~is_kept).select("record_id_l", "record_id_r")


def _weights(pairs: pl.DataFrame, best: pl.DataFrame, model: Model, *, records: int) -> npt.NDArray[np.float64]:
    """What each pair weighs by itself, in bits, but for its documents (predict.weigh)."""
    prior = model.prior(records)
    names = model.field(NAME)
    nothing = next(names.bits(level) for level in names.levels if level.grade == NOTHING_AGREES)
    agrees = ~np.isin(best["grade"].to_numpy(), (0, NOTHING_AGREES))
    weights = np.where(agrees, best["name_weight"].to_numpy(), nothing) + math.log2(prior / (1 - prior))
    for field in (one for one in model.fields if one.name in GRADES):
        bits = np.zeros(max(level.grade for level in field.levels) + 1)
        for level in field.levels:
            bits[level.grade] = field.bits(level)
        weights += bits[pairs[field.name].to_numpy()]
    found: npt.NDArray[np.float64] = weights
    return found

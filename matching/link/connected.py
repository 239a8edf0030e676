"""Pairs of records that matches connect: resolving asks how improbable they are, so they are compared however unlikely.

Enters: matches, and the candidate pairs that likely.py left out. Leaves: those of the latter whose records stand in one
component of the matches. A cluster joins only what the other pairs of its members allow (resolve/clusters.py).
"""

import duckdb
import numpy as np
import polars as pl

from matching.link.keys import Integers, Records
from matching.link.meetings import Pairs
from matching.normalise.compiled import compiled

_NUMBERED = """
SELECT l.number AS number_l, r.number AS number_r
FROM matched
JOIN record_numbers AS l ON l.record_id = record_id_l
JOIN record_numbers AS r ON r.record_id = record_id_r
"""


def connected_pairs(
    connection: duckdb.DuckDBPyConnection, unlikely: Pairs, pairs: pl.DataFrame, *, threshold: float
) -> Pairs:
    """Those of ``unlikely`` whose records matches among ``pairs`` (contract PAIRS) connect.

    ``threshold`` is the match probability from which a pair is a match.
    """
    matches = pairs.filter(pl.col("match_probability") >= threshold)
    connection.register("matched", matches.select("record_id_l", "record_id_r"))
    numbered = connection.sql(_NUMBERED).pl()
    connection.unregister("matched")
    left, right = (numbered[side].to_numpy() for side in ("number_l", "number_r"))
    last = max(int(numbers.max(initial=0)) for numbers in (left, right, unlikely.left, unlikely.right))
    component = _components(left, right, last + 1)
    return unlikely.chosen(component[unlikely.left] == component[unlikely.right])


@compiled
def _components(left: Records, right: Records, records: int) -> Integers:
    """For each record the lowest record that pairs connect it with, itself at the highest."""
    root = np.arange(records)
    for pair in range(len(left)):
        one, other = np.int64(left[pair]), np.int64(right[pair])
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        while root[other] != other:
            root[other] = root[root[other]]
            other = root[other]
        root[max(one, other)] = min(one, other)
    for record in range(records):
        root[record] = root[root[record]]  # the lower ones point at their root already
    return root

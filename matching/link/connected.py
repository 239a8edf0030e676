"""Pairs of records that matches connect: resolving asks how improbable they are, so they are compared however unlikely.

Enters: matches, and the blocks of all records. Leaves: the candidate pairs whose records stand in one component of the matches,
of those that likely.py left out. A cluster joins only what the other pairs of its members allow (resolve/clusters.py).
"""

import duckdb
import numpy as np
import polars as pl

from matching.link import blocking
from matching.link.blocking import Found
from matching.link.keys import Integers, Records, are_in, pair_keys, table_of
from matching.link.meetings import Pairs
from matching.normalise.compiled import compiled

_SIDES = ("record_id_l", "record_id_r")
_NUMBERED = """
SELECT l.number AS record_id_l, r.number AS record_id_r, is_match
FROM scored_so_far
JOIN record_numbers AS l ON l.record_id = record_id_l
JOIN record_numbers AS r ON r.record_id = record_id_r
"""


def pair_connected(
    connection: duckdb.DuckDBPyConnection, found: Found, pairs: pl.DataFrame, *, threshold: float
) -> bool:
    """Make ``candidate_pairs`` of those not among ``pairs`` (contract PAIRS) whose records matches connect; whether there are any.

    ``threshold`` is the match probability from which a pair is a match.
    """
    connection.register("scored_so_far", pairs.select(*_SIDES, is_match=pl.col("match_probability") >= threshold))
    numbered = connection.sql(_NUMBERED).pl()
    connection.unregister("scored_so_far")
    matches = numbered.filter("is_match")
    left, right = (matches[side].to_numpy().astype(np.uint32) for side in _SIDES)
    component = _components(left, right, len(found.lists))
    asked = np.flatnonzero(np.bincount(component, minlength=len(component))[component] > 2).astype(np.uint32)
    made = blocking.pairs_among(found, asked)
    scored = table_of(pair_keys(*(numbered[side].to_numpy() for side in _SIDES)))
    is_new = (component[made.left] == component[made.right]) & ~are_in(pair_keys(made.left, made.right), scored)
    new = Pairs(made.left[is_new], made.right[is_new], made.position[is_new], made.told)
    blocking.keep(connection, new, found.facts)
    return len(new.left) > 0


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

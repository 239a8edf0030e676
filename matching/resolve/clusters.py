"""Clusters: records held to be one person, grown from the strongest match down.

Enters: the matches and the other scored pairs among their records. Leaves: clusters, and for each match that joins none
why its records are kept apart (KEPT_APART).

A match joins two clusters only if what is known of all their members allows it:

    members_contradict  a member of one and a member of the other are no match, and their births are years apart, their
                        sexes differ, they hold two national numbers, or one list holds them as two persons
    weak_bridge         the match weighs less than what the other pairs across it say against, on average; or fewer than half
                        (LEAST_MET) of the pairs of the members would ever have met: a chain, each of whose links may be
                        right and whose ends have nothing in common, or a record that four others match which never met

A pair that blocking never brought together has no weight; it speaks against by the share of true pairs that blocking
misses. Whether their births or sexes contradict is asked of the two records all the same (sql/50_resolve/contradicting_members.sql).
The strongest match goes first and equal ones in the order of their ids, so that neither the order of the rows nor
records that no match connects to these change anything.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from matching.tables import CLUSTERS

Pair = tuple[str, str]
# log2 of the share of true pairs that never meet: one in 32, a little more than the yardsticks' pairs completeness of
# .97 in native scripts leaves out. That two members do not meet is thus five bits against.
NEVER_MET = -5.0
LEAST_MET = 0.5  # an assumption: four records in a row are one cluster, five in a row are not


@dataclass(frozen=True, kw_only=True)
class Clustered:
    """``clusters`` (contract CLUSTERS), and of each match record_id_l, record_id_r, cluster_id, kept_apart."""

    clusters: pl.DataFrame
    matches: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of pairs that are no match: their weight, and which of them contradict; and each record's source."""

    weights: Mapping[Pair, float]
    contradicting: frozenset[Pair]
    source: Mapping[str, str]

    def contradict(self, left: str, right: str) -> bool:
        """Whether two records that no match links cannot be one person."""
        return self.source[left] == self.source[right] or _ordered(left, right) in self.contradicting


def cluster(matches: pl.DataFrame, others: pl.DataFrame) -> Clustered:
    """Cluster ``matches`` (source and record_id on both sides, match_weight, conflicts).

    ``others`` are the pairs below the threshold among the records of the matches, those of no match may be left
    out: record_id_l, record_id_r, match_weight (null where they never met), contradicts.
    """
    links = matches.sort("match_weight", "record_id_l", "record_id_r", descending=[True, False, False])
    known = Known(
        weights={(left, right): weight for left, right, weight in _rows(others, "match_weight") if weight is not None},
        contradicting=frozenset(
            (left, right) for left, right, contradicts in _rows(others, "contradicts") if contradicts
        ),
        source=dict(_records(matches).select("record_id", "source").iter_rows()),
    )
    strengths = {(left, right): weight for left, right, weight in _rows(links, "match_weight")}
    members, refused = _grow(strengths, known)
    return Clustered(clusters=_clusters(matches, members, refused), matches=_joined(matches, members, refused))


def _grow(strengths: Mapping[Pair, float], known: Known) -> tuple[dict[str, list[str]], dict[Pair, str]]:
    """Join along ``strengths``, strongest first; returns the members of each record's cluster, and refusals."""
    members: dict[str, list[str]] = {}
    met: dict[str, int] = defaultdict(int)  # pairs among the members of a cluster, by its first
    refused: dict[Pair, str] = {}
    for (left, right), weight in strengths.items():
        one, other = members.setdefault(left, [left]), members.setdefault(right, [right])
        if one is other:
            continue
        across = [_ordered(a, b) for a in one for b in other if {a, b} != {left, right}]
        together = sorted(one + other)
        have_met = met[one[0]] + met[other[0]] + 1 + sum(pair in strengths or pair in known.weights for pair in across)
        reason = _refusal(weight, across, strengths, known)
        if not reason and have_met < LEAST_MET * math.comb(len(together), 2):
            reason = "weak_bridge"
        if reason:
            refused[(left, right)] = reason
            continue
        members.update(dict.fromkeys(together, together))
        met[together[0]] = have_met
    return members, {pair: reason for pair, reason in refused.items() if members[pair[0]] is not members[pair[1]]}


def _refusal(weight: float, across: list[Pair], strengths: Mapping[Pair, float], known: Known) -> str | None:
    """Why a match of this weight may not join the clusters that the pairs ``across`` lie between."""
    if any(pair not in strengths and known.contradict(*pair) for pair in across):
        return "members_contradict"
    said = [strengths.get(pair, known.weights.get(pair, NEVER_MET)) for pair in across]
    if said and weight + min(sum(said) / len(said), 0.0) < 0:
        return "weak_bridge"
    return None


def connected(matches: pl.DataFrame) -> pl.DataFrame:
    """Return component and record_id of each record of ``matches``: those of one component are connected by matches.

    >>> pairs = [{"record_id_l": left, "record_id_r": right} for left, right in ("ab", "cd", "bc", "ef")]
    >>> connected(pl.DataFrame(pairs))["component"].to_list()
    [0, 0, 0, 0, 4, 4]
    """
    root: dict[str, str] = {}

    def top(record_id: str) -> str:
        while root.setdefault(record_id, record_id) != record_id:
            root[record_id] = record_id = root[root[record_id]]
        return record_id

    for left, right in matches.select("record_id_l", "record_id_r").iter_rows():
        low, high = _ordered(top(left), top(right))
        root[high] = low
    records = sorted(root)
    place = {record_id: number for number, record_id in enumerate(records)}
    components = pl.Series([place[top(record_id)] for record_id in records], dtype=pl.UInt32)
    return pl.DataFrame({"component": components, "record_id": pl.Series(records, dtype=pl.String)})


def _clusters(matches: pl.DataFrame, members: Mapping[str, list[str]], refused: Iterable[Pair]) -> pl.DataFrame:
    records = _records(matches)
    ids = [members[record_id][0] if len(members[record_id]) > 1 else None for record_id in records["record_id"]]
    apart: dict[str, set[str]] = defaultdict(set)
    for left, right in refused:
        apart[left].add(right)
        apart[right].add(left)
    kept_apart = [sorted(apart.get(record_id, ())) for record_id in records["record_id"]]
    named = records.with_columns(
        cluster_id=pl.Series(ids, dtype=pl.String), kept_apart=pl.Series(kept_apart, dtype=pl.List(pl.String))
    ).drop_nulls("cluster_id")
    conflicts = _conflicts(matches, members)
    return CLUSTERS.conform(
        named.join(conflicts, on="cluster_id", how="left").with_columns(pl.col("conflicts").fill_null([]))
    )


def _conflicts(matches: pl.DataFrame, members: Mapping[str, list[str]]) -> pl.DataFrame:
    """The kinds of conflict among the matches within each cluster."""
    kinds = matches.select("conflicts", cluster_id=_shared_ids(matches, members)).explode("conflicts").drop_nulls()
    return kinds.group_by("cluster_id").agg(pl.col("conflicts").unique().sort())


def _joined(matches: pl.DataFrame, members: Mapping[str, list[str]], refused: Mapping[Pair, str]) -> pl.DataFrame:
    sides = matches.select("record_id_l", "record_id_r")
    reasons = pl.Series([refused.get((left, right)) for left, right in sides.iter_rows()], dtype=pl.String)
    return sides.with_columns(cluster_id=_shared_ids(matches, members), kept_apart=reasons)


def _shared_ids(matches: pl.DataFrame, members: Mapping[str, list[str]]) -> pl.Series:
    """The cluster of each match: null where its records stand in two."""
    sides = matches.select("record_id_l", "record_id_r").iter_rows()
    ids = [members[left][0] if members[left] is members[right] else None for left, right in sides]
    return pl.Series(ids, dtype=pl.String)


def _records(matches: pl.DataFrame) -> pl.DataFrame:
    sides = [matches.select(record_id=f"record_id_{side}", source=f"source_{side}") for side in ("l", "r")]
    return pl.concat(sides).unique().sort("record_id")


def _rows(pairs: pl.DataFrame, column: str) -> Iterable[tuple[str, str, Any]]:
    return pairs.select("record_id_l", "record_id_r", column).iter_rows()


def _ordered(left: str, right: str) -> Pair:
    return (left, right) if left < right else (right, left)

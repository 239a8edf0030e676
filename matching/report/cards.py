"""Match cards: one per match, the two listings and the evidence joined.

Enters: matches in order, the listings of their records, the clusters. Leaves: ``Card`` values for the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from matching.report import words
from matching.report.evidence import Bar, Evidence, evidence_of, scale_of, waterfall
from matching.report.listings import Listing, language_of
from matching.report.summary import first_names

# Why a match joins no cluster (matching/resolve/clusters.py), as the card says it.
KEPT_APART = {
    "members_contradict": "other records that stronger matches join to these contradict each other",
    "weak_bridge": "it is weaker than what the other records on either side say against it",
}
# A cluster larger than this is itself a thing to look into; its card says how many members it leaves out.
MOST_MEMBERS = 25


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a match. ``best`` numbers its form in the best pairing, ``title`` that form in Latin letters.

    ``original`` is the form as published where that is another script, ``language`` its BCP 47 tag.
    """

    listing: Listing
    best: int | None
    title: str
    original: str | None
    language: str | None


@dataclass(frozen=True, kw_only=True)
class Member:
    """A record of a match's cluster, beside the two compared."""

    record_id: str
    source: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One match, ready to be laid out."""

    rank: int
    group: str
    left: Side
    right: Side
    probability: float
    weight: float
    evidence: Mapping[str, Evidence]
    bars: tuple[Bar, ...]
    conflicts: tuple[str, ...]
    against: tuple[str, ...]
    words: tuple[str, ...]
    kept_apart: str | None
    blocking_rule: str
    name_similarity: float | None
    name_rarity: float | None
    shared_numbers: frozenset[str]
    cluster_id: str | None
    members: tuple[Member, ...]
    members_left_out: int


def cards_of(matches: pl.DataFrame, listings: Mapping[str, Listing], members: pl.DataFrame) -> list[Card]:
    """Return a card for each row of ``matches``, in their order.

    Takes ``matches`` as ``summary.in_order`` and ``summary.with_names`` return them, with ``words`` of their
    explanations (null where there is none), the listings of all their records,
    and ``members`` as ``members_of`` returns them.
    """
    if matches.is_empty():
        return []
    scale = scale_of(matches)
    clusters = members.rows_by_key("cluster_id", named=True, include_key=False)
    cards = []
    for match in matches.iter_rows(named=True):
        evidence = evidence_of(match)
        left, right = (_side(match, side, listings) for side in ("l", "r"))
        others = _others(clusters.get(match["cluster_id"], ()), left, right)
        cards.append(
            Card(
                rank=match["rank"],
                group=match["group"],
                left=left,
                right=right,
                probability=match["match_probability"],
                weight=match["match_weight"],
                evidence=evidence,
                bars=waterfall(match, evidence.values(), scale),
                conflicts=tuple(words.sentence(conflict) for conflict in match["conflicts"]),
                against=tuple(words.sentence(level) for level in match["against"]),
                words=tuple(match["words"] or ()),
                kept_apart=KEPT_APART.get(match["kept_apart"]),
                blocking_rule=match["blocking_rule"],
                name_similarity=match["name_similarity"],
                name_rarity=match["name_rarity"],
                shared_numbers=_numbers(left.listing) & _numbers(right.listing),
                cluster_id=match["cluster_id"],
                members=others[:MOST_MEMBERS],
                members_left_out=max(0, len(others) - MOST_MEMBERS),
            )
        )
    return cards


def members_of(matches: pl.DataFrame, clusters: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return the members of the clusters of ``matches`` with a name each: cluster_id, record_id, source, title."""
    return (
        clusters.join(matches, on="cluster_id", how="semi")
        .join(first_names(names), on="record_id", how="left")
        .select("cluster_id", "record_id", "source", pl.col("title").fill_null(pl.col("record_id")))
        .sort("cluster_id", "record_id")
    )


def _side(match: Mapping[str, Any], side: str, listings: Mapping[str, Listing]) -> Side:
    original, script = match[f"original_{side}"], match[f"script_{side}"]
    return Side(
        listing=listings[match[f"record_id_{side}"]],
        best=match[f"name_{side}"],
        title=words.clip(match[f"title_{side}"]),
        original=words.clip(original) if original else None,
        language=language_of(script) if script else None,
    )


def _others(members: Any, left: Side, right: Side) -> tuple[Member, ...]:
    shown = {left.listing.record_id, right.listing.record_id}
    return tuple(Member(**member) for member in members if member["record_id"] not in shown)


def _numbers(listing: Listing) -> frozenset[str]:
    return frozenset(identifier.number for identifier in listing.identifiers if identifier.number)

"""What two lists as wholes tell about a pair: how many persons they share, and who else fits.

Enters: scored pairs, each weighed by itself with the model's prior. Leaves: the same pairs with a prior of their two
lists and the weight of rivals; all weights are log2.

Prior. Two sanctions lists share most of their persons, a list of notices and a list of proscribed persons next to none.
Which, the pairs themselves tell: the probabilities of all pairs between two lists add up to the number of persons they
share, that number divided by the number of possible pairs is the prior, and the prior changes the probabilities. Repeated
until nothing moves, this is expectation maximisation of one parameter per pair of lists (Winkler 1988). Where there is
little to go by, the model's own prior holds: it counts as much as PSEUDO_MATCHES would.

Rivals. A person stands once on a list, nearly always. If four listings of one list fit a notice equally well, at most
one of them is likely to be right: whatever each agreement is worth by itself, none of them can be probable. So the odds o
of a pair become o / (1 + r), r being the odds of its rivals added up: the posterior where at most one is right (one-to-one
linkage, Sadinle 2017). A list may hold a person twice all the same. With probability q a rival is the same person as the
listing it rivals, and then it takes nothing away; the mixture of the two cases is as if the odds of that rival were
(1 + o) (1 - q) r / (1 + o + q r). q is the match probability of the two within their list, and never less than
SECOND_LISTING. Pairs within one list have no rivals and keep the model's prior.

Measured on the half of ``../shared/yardsticks`` that is there, before and after: UN-EU best F1 .993 to .996; the UN side
in its original script, recall at precision .98 .82 to .96; without births, at .95, .13 to .82; parliaments across scripts,
best F1 .85 to .88. Four equal names on one list, which no birth date told apart, were four matches with a notice and are none.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.log import event

SECOND_LISTING = 0.02
"""Least probability that two listings of a list that both fit a third are one person: an assumption, for second notices
under another birth date, as INTERPOL lists hold them. Between 0 and 0.05 no measured figure moves by more than .01."""
PSEUDO_MATCHES = 2.0
"""How many matches the model's own prior counts as, beside those that are found: two lists of ten persons tell little."""
MOST_ROUNDS = 50
SETTLED_BITS = 0.001
"""No prior moves by more than this: then the rounds end."""
UTMOST_BITS = 50.0
"""Odds are held to 2 to the power of this, beyond which a double no longer tells a sum from its largest part."""

_Numbers = npt.NDArray[np.float64]
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Crossing:
    """Pairs between lists: base weights, and for each pair its list pair and the groups its rivals stand in."""

    weights: _Numbers
    list_pair: _Places
    groups: tuple[_Places, _Places]  # one record with all of another list: of the left record, and of the right
    same: tuple[_Places, _Places, _Numbers]  # pair, a rival of it that may be the same person, how probably

    def rivals(self, odds: _Numbers) -> _Numbers:
        """Return the odds of the rivals of each pair, added up."""
        pair, rival, same = self.same
        known = np.bincount(pair, weights=odds[rival], minlength=len(odds))
        others = sum(np.bincount(group, weights=odds)[group] - odds for group in self.groups) - known
        found: _Numbers = _taking(odds, np.maximum(others, 0.0), SECOND_LISTING)
        return found + np.bincount(pair, weights=_taking(odds[pair], odds[rival], same), minlength=len(odds))


def _taking(odds: _Numbers, rival: _Numbers, same: _Numbers | float) -> _Numbers:
    """Return the odds that count against ``odds``, of a rival that is the same person with probability ``same``."""
    return (1 + odds) * rival * (1 - same) / (1 + odds + same * rival)


def weigh_lists(pairs: pl.DataFrame, persons: Mapping[str, int], *, prior: float) -> pl.DataFrame:
    """Return ``pairs`` with weight_prior, weight_rivals, match_weight and match_probability as the lists have it.

    ``pairs`` has source and record_id of both sides, match_weight, match_probability and weight_prior, in a total order
    (sums of numbers depend on it in their last digit; weights are rounded to 1e-6). ``persons``: how many of each source
    were linked. ``prior``: the probability that match_weight contains.
    """
    across = pairs["source_l"] != pairs["source_r"]
    crossing, lists = _crossing(pairs, across)
    possible = np.array([persons[left] * persons[right] for left, right in lists.iter_rows()], dtype=np.float64)
    shifts, expected, is_settled = _settle(crossing, possible * prior)
    for number, (left, right) in enumerate(lists.iter_rows()):
        event(
            "lists_overlap",
            source_l=left,
            source_r=right,
            expected_shared=round(expected[number], 1),
            prior_shift=round(shifts[number], 2),
            settled=bool(is_settled[number]),
        )
    shift = shifts[crossing.list_pair]
    rivals = -np.log2(1 + crossing.rivals(_odds(crossing.weights + shift)))
    bits = pl.DataFrame({"place": np.flatnonzero(across.to_numpy()), "shift": shift, "weight_rivals": rivals})
    return (
        pairs.with_row_index("place")
        .join(bits.with_columns(pl.col("place").cast(pl.UInt32)), on="place", how="left", maintain_order="left")
        .with_columns(pl.col("shift", "weight_rivals").fill_null(0.0).round(6))
        .with_columns(
            weight_prior=pl.col("weight_prior") + pl.col("shift"),
            match_weight=pl.col("match_weight") + pl.col("shift") + pl.col("weight_rivals"),
        )
        .with_columns(pl.col("weight_prior", "match_weight").round(6))
        .with_columns(match_probability=_probability(pl.col("match_weight")))
        .drop("place", "shift")
    )


def utmost_shift(one: int, other: int, prior: float) -> float:
    """The most bits that two lists of so many persons add to their pairs: were everyone of the smaller on both.

    >>> round(utmost_shift(100_000, 1_000_000, 0.098 / 1_100_000), 2), round(utmost_shift(100, 5_000, 0.098 / 1_100_000), 2)
    (3.49, 5.64)
    """
    return math.log2((min(one, other) + PSEUDO_MATCHES) / (one * other * prior + PSEUDO_MATCHES))


def _settle(crossing: _Crossing, expected_before: _Numbers) -> tuple[_Numbers, _Numbers, npt.NDArray[np.bool_]]:
    """Return for each pair of lists how many bits its prior lies above the model's, the persons shared, and whether
    the rounds ended because nothing moved."""
    shifts, expected = np.zeros_like(expected_before), np.zeros_like(expected_before)
    is_settled = np.zeros(len(shifts), dtype=bool)
    for _ in range(MOST_ROUNDS):
        odds = _odds(crossing.weights + shifts[crossing.list_pair])
        odds /= 1 + crossing.rivals(odds)
        found: _Numbers = np.zeros_like(expected)
        np.add.at(found, crossing.list_pair, odds / (1 + odds))
        moved = np.log2((found + PSEUDO_MATCHES) / (expected_before + PSEUDO_MATCHES))
        # Two lists that have settled stay so, whatever others still do: pairs of other lists change nothing here.
        expected = np.where(is_settled, expected, found)
        is_close = np.abs(moved - shifts) < SETTLED_BITS
        shifts = np.where(is_settled, shifts, moved)
        is_settled |= is_close
        if is_settled.all():
            break
    return shifts, expected, is_settled


def _crossing(pairs: pl.DataFrame, across: pl.Series) -> tuple[_Crossing, pl.DataFrame]:
    """Return the pairs between lists as numbers, and the pairs of lists that they number."""
    crossing = pairs.filter(across)
    lists = crossing.select("source_l", "source_r").unique().sort("source_l", "source_r")
    list_pair = crossing.join(
        lists.with_row_index("no"), on=["source_l", "source_r"], how="left", maintain_order="left"
    )
    sources = pl.concat([lists["source_l"], lists["source_r"]]).unique().sort()
    records = pl.concat([crossing["record_id_l"], crossing["record_id_r"]]).unique().sort()
    anchor_l, anchor_r = (_numbered(crossing[f"record_id_{side}"], records) for side in ("l", "r"))
    source_l, source_r = (_numbered(crossing[f"source_{side}"], sources) for side in ("l", "r"))
    groups = (
        np.unique(anchor_l * len(sources) + source_r, return_inverse=True)[1].astype(np.int64),
        np.unique(anchor_r * len(sources) + source_l, return_inverse=True)[1].astype(np.int64),
    )
    numbers = _Crossing(
        weights=crossing["match_weight"].to_numpy(),
        list_pair=list_pair["no"].to_numpy().astype(np.int64),
        groups=groups,
        same=_same_persons(crossing, pairs.filter(~across)),
    )
    return numbers, lists


def _numbered(values: pl.Series, among: pl.Series) -> _Places:
    """Return the place of each of ``values`` in ``among``, which is sorted and distinct."""
    return among.search_sorted(values).to_numpy().astype(np.int64)


def _same_persons(crossing: pl.DataFrame, within: pl.DataFrame) -> tuple[_Places, _Places, _Numbers]:
    """Return pair, rival and q, where both have one record in common and the two others, of one list, may be one person."""
    alike = within.filter(pl.col("match_probability") > SECOND_LISTING).select(
        one="record_id_l", other="record_id_r", same="match_probability"
    )
    both_ways = pl.concat([alike, alike.select(one="other", other="one", same="same")])
    ends = crossing.select("record_id_l", "record_id_r").with_row_index("pair")
    seen_from = pl.concat(
        [
            ends.select("pair", anchor="record_id_l", one="record_id_r"),
            ends.select("pair", anchor="record_id_r", one="record_id_l"),
        ]
    )
    found = (
        seen_from.join(both_ways, on="one")
        .join(seen_from.rename({"pair": "rival", "one": "other"}), on=["anchor", "other"])
        .sort("pair", "rival", "anchor")
    )
    return (
        found["pair"].to_numpy().astype(np.int64),
        found["rival"].to_numpy().astype(np.int64),
        found["same"].to_numpy(),
    )


def _odds(weights: _Numbers) -> _Numbers:
    return np.exp2(np.clip(weights, -UTMOST_BITS, UTMOST_BITS))


def _probability(weight: pl.Expr) -> pl.Expr:
    """Not rounded: the strongest pairs keep their order."""
    return 1 / (1 + pl.lit(2.0).pow(-weight))

"""What each compared field says of a pair, and the waterfall that adds it up.

Enters: the ``level_*`` and ``weight_*`` columns of a match. Leaves: a verdict per field, in words, and the bars of a
waterfall: the prior, one step per field, the total, each starting where the one before it ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from matching.report import words
from matching.tables import COMPARED

FIELD_LABELS = {
    "name": "Names",
    "birth": "Births",
    "country": "Countries",
    "birth_place": "Birth places",
    "sex": "Sex",
    "identifier": "Identifiers",
}
# A sign and a word for each verdict: colour alone would tell a colour-blind reader, or a printout, nothing.
VERDICT_SIGNS = {"agree": "✓", "disagree": "✗", "unknown": "?"}
# Weights are shown to one decimal, so the steps may miss the total by rounding; past this, something else was added.
LARGEST_UNEXPLAINED_WEIGHT = 0.05


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One compared field of a pair. ``verdict`` is agree, disagree or unknown; ``level`` is the model's, in words."""

    field: str
    label: str
    verdict: str
    level: str
    weight: float

    @property
    def sign(self) -> str:
        """The sign that stands before the verdict."""
        return VERDICT_SIGNS[self.verdict]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row of the waterfall. ``x``, ``width``, ``end`` and ``zero`` are percentages of the drawing's width.

    ``kind`` is prior, for, against or total.
    """

    label: str
    kind: str
    weight: float
    meaning: str
    x: float
    width: float
    end: float
    zero: float


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The weights at the left and right edge of every waterfall of a page, so that lengths compare across matches."""

    low: float
    high: float

    def percent(self, weight: float) -> float:
        """Return where ``weight`` stands, as a percentage of the width."""
        return round(100 * (weight - self.low) / (self.high - self.low), 2)


def verdict_of(level: str) -> str:
    """Return agree, disagree or unknown for a comparison level.

    The convention of matching/link/model.py: ``unknown`` where either side is missing, a name that begins with
    ``different`` for contradiction, anything else for some degree of agreement.
    """
    if level == "unknown":
        return "unknown"
    return "disagree" if level.startswith("different") else "agree"


def evidence_of(match: Mapping[str, Any]) -> dict[str, Evidence]:
    """Return the evidence of one row of MATCHES, by field, in the order of COMPARED."""
    return {
        field: Evidence(
            field=field,
            label=FIELD_LABELS.get(field, words.sentence(field)),
            verdict=verdict_of(match[f"level_{field}"]),
            level=words.sentence(match[f"level_{field}"]),
            weight=match[f"weight_{field}"],
        )
        for field in COMPARED
    }


def scale_of(matches: pl.DataFrame) -> Scale:
    """Return the scale that holds every waterfall of ``matches``: all running totals, the total, and zero."""
    steps = ["weight_prior", *(f"weight_{field}" for field in COMPARED), "weight_rivals"]
    running = [pl.sum_horizontal(steps[:n]) for n in range(1, len(steps) + 1)]
    reached = [0.0, *matches.select(pl.min_horizontal(*running, "match_weight")).to_series().to_list()]
    reached += matches.select(pl.max_horizontal(*running, "match_weight")).to_series().to_list()
    return Scale(low=min(reached) - 1, high=max(reached) + 1)


def waterfall(match: Mapping[str, Any], evidence: Iterable[Evidence], scale: Scale) -> tuple[Bar, ...]:
    """Return the bars of one row of MATCHES: prior, one per field, rivals if there are, what is left unexplained, total."""
    prior = match["weight_prior"]
    steps = [("Prior", prior, words.prior_odds(prior))]
    steps += [(e.label, e.weight, _meaning(e)) for e in evidence]
    rivals = match["weight_rivals"]
    if rivals < -LARGEST_UNEXPLAINED_WEIGHT:
        steps.append(("Rivals", rivals, f"others of the same list fit as well: {words.likelihood(rivals)}"))
    unexplained = match["match_weight"] - sum(weight for _, weight, _ in steps)
    if abs(unexplained) > LARGEST_UNEXPLAINED_WEIGHT:
        steps.append(("Adjustment", unexplained, "added by the model to the sum of the fields"))
    total = match["match_weight"]
    meaning = f"match probability {words.probability(match['match_probability'])}"
    last = _bar(("Total", total, meaning), 0.0, scale, kind="total")
    return (_bar(steps[0], 0.0, scale, kind="prior"), *_step_bars(steps[1:], prior, scale), last)


def _meaning(evidence: Evidence) -> str:
    if evidence.verdict == "unknown" and abs(evidence.weight) < LARGEST_UNEXPLAINED_WEIGHT:
        return "not known on both sides: counts neither way"
    return words.likelihood(evidence.weight)


def _step_bars(steps: Sequence[tuple[str, float, str]], start: float, scale: Scale) -> Iterable[Bar]:
    reached = start
    for step in steps:
        yield _bar(step, reached, scale, kind="for" if step[1] > 0 else "against")
        reached += step[1]


def _bar(step: tuple[str, float, str], start: float, scale: Scale, *, kind: str) -> Bar:
    label, weight, meaning = step
    left, right = sorted((scale.percent(start), scale.percent(start + weight)))
    return Bar(
        label=label,
        kind=kind,
        weight=weight,
        meaning=meaning,
        x=left,
        width=round(right - left, 2),
        end=scale.percent(start + weight),
        zero=scale.percent(0.0),
    )

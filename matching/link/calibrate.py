"""Calibrate what the names of a pair weigh, for names in one script and in two, without labels.

The weight of a name adds up words as if each were drawn by itself, and sounds as if their likeness were exact. Whether
70 in 100 pairs of probability 0.7 are one person must be asked of something that the names had no part in:

- for names in one script of the births. Pairs that are one person agree on the birth as m says, others as u says, so the
  births of many pairs of one name weight tell which share of them is one person, though not which.
- for names in two scripts of the run in which nothing was masked (``matching/link/masked.py``), which knows these pairs
  by their names in one script, births and documents.

Judgements, where there are some, are evidence beside these: each is a pair whose answer is known.

Enters: pairs with the weight of their names (``x``), of everything else (``offset``, the prior included) and, as a
likelihood, what is known of each answer. Leaves: a ``Calibration``. Method: Platt scaling (1999) with the labels of a
two-component mixture; slope and shift are searched on ever finer grids, which gives the same answer to the last bit.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matching.link.model import Calibration, Model

Floats = npt.NDArray[np.float64]

SLOPES, SHIFTS = (0.3, 1.7), (-10.0, 10.0)
"""Where calibration is looked for: past these the model is wrong in another way than being too sure or too timid."""
STEPS, ZOOMS = 20, 5  # each zoom looks at twice the step around the best: a thousandth of a bit at the end
SPREAD_OF_SLOPE, SPREAD_OF_SHIFT = 0.2, 1.0
"""How far calibration is expected to move, one standard deviation: few witnesses leave the model nearly as it is."""
ROUNDS_OF_SHARE = 200
FEWEST_MATCHES = 50.0
"""Matches to be expected among the pairs for a calibration to be fitted: the share of 50 is known to a seventh."""


@dataclass(frozen=True, kw_only=True)
class Witnesses:
    """Pairs, one per element: ``if_same`` and ``if_different`` are how likely what was seen of each is, if it is one
    person and if it is not; ``pairs`` is how many such pairs there are."""

    x: Floats
    offset: Floats
    if_same: Floats
    if_different: Floats
    pairs: Floats

    def with_judged(self, other: "Witnesses") -> "Witnesses":
        """These and ``other``."""
        names = ("x", "offset", "if_same", "if_different", "pairs")
        return Witnesses(**{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names})


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """A model with one field of names calibrated, the matches expected among the witnesses, and what these say of it."""

    model: Model
    matches: float
    reliability: tuple["Reliability", ...] = ()


def calibrated(model: Model, field: str, witnesses: Witnesses) -> Calibrated:
    """Return ``model`` with ``field`` calibrated by ``witnesses``, whose ``x`` is its weight before calibration."""
    calibration = fit(witnesses)
    return Calibrated(
        model=replace(model, calibration={**model.calibration, field: calibration}),
        matches=expected_matches(witnesses, calibration),
        reliability=reliability(witnesses, calibration),
    )


def fit(witnesses: Witnesses) -> Calibration:
    """Return the most likely calibration; the identity where fewer than FEWEST_MATCHES matches are among the pairs."""
    if expected_matches(witnesses, Calibration()) < FEWEST_MATCHES:
        return Calibration()
    slopes, shifts = SLOPES, SHIFTS
    best = Calibration()
    for _ in range(ZOOMS):
        grid = [
            (slope, shift) for slope in np.linspace(*slopes, STEPS + 1) for shift in np.linspace(*shifts, STEPS + 1)
        ]
        slope, shift = max(grid, key=lambda one: _log_likelihood(witnesses, *one))
        best = Calibration(slope=float(slope), shift=float(shift))
        slopes, shifts = _around(slope, slopes), _around(shift, shifts)
    return best


def expected_matches(witnesses: Witnesses, calibration: Calibration) -> float:
    """How many of the pairs are one person, by names, everything else and what was seen of each."""
    probability = _probability(witnesses, calibration.slope, calibration.shift)
    same = probability * witnesses.if_same
    return float((witnesses.pairs * same / (same + (1 - probability) * witnesses.if_different)).sum())


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Pairs of one step of probability: the mean that was said, and the share that the witnesses imply."""

    pairs: float
    said: float
    implied: float


def reliability(witnesses: Witnesses, calibration: Calibration) -> tuple[Reliability, ...]:
    """Hold what is said against what is seen, in tenths of probability by names and what is no witness.

    The share in which the pairs of a tenth are one person is the one that makes what was seen of them likeliest, found
    by expectation maximisation.
    """
    probability = _probability(witnesses, calibration.slope, calibration.shift)
    tenth = np.minimum((probability * 10).astype(int), 9)
    rows = []
    for which in range(10):
        chosen = tenth == which
        pairs = float(witnesses.pairs[chosen].sum())
        if pairs == 0:
            continue
        said = float((probability * witnesses.pairs)[chosen].sum() / pairs)
        implied = _share(witnesses.if_same[chosen], witnesses.if_different[chosen], witnesses.pairs[chosen], said)
        rows.append(Reliability(pairs=pairs, said=said, implied=implied))
    return tuple(rows)


def calibration_error(rows: tuple[Reliability, ...]) -> float:
    """Mean gap between what is said and what is implied, over all pairs; 0 without any."""
    return sum(row.pairs * abs(row.said - row.implied) for row in rows) / max(sum(row.pairs for row in rows), 1)


def _share(if_same: Floats, if_different: Floats, pairs: Floats, start: float) -> float:
    share = min(max(start, 1e-6), 1 - 1e-6)
    for _ in range(ROUNDS_OF_SHARE):
        same = share * if_same
        share = float((pairs * same / (same + (1 - share) * if_different)).sum() / pairs.sum())
        share = min(max(share, 1e-9), 1 - 1e-9)
    return share


def _probability(witnesses: Witnesses, slope: float, shift: float) -> Floats:
    weight = witnesses.offset + slope * witnesses.x + shift
    return np.asarray(1 / (1 + np.exp2(-np.clip(weight, -40, 40))))


def _log_likelihood(witnesses: Witnesses, slope: float, shift: float) -> float:
    probability = _probability(witnesses, slope, shift)
    seen = probability * witnesses.if_same + (1 - probability) * witnesses.if_different
    expected = ((slope - 1) / SPREAD_OF_SLOPE) ** 2 / 2 + (shift / SPREAD_OF_SHIFT) ** 2 / 2
    return float((witnesses.pairs * np.log(seen)).sum() - expected)


def _around(best: float, searched: tuple[float, float]) -> tuple[float, float]:
    step = (searched[1] - searched[0]) / STEPS
    return best - 2 * step, best + 2 * step

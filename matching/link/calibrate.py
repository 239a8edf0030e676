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

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.link.model import Calibration

Floats = npt.NDArray[np.float64]

SLOPES, SHIFTS = (0.3, 1.7), (-6.0, 6.0)
"""Where calibration is looked for: past these the model is wrong in another way than being too sure or too timid."""
STEPS, ZOOMS = 20, 5  # each zoom looks at twice the step around the best: a hundredth of a bit at the end
SPREAD_OF_SLOPE, SPREAD_OF_SHIFT = 0.2, 1.0
"""How far calibration is expected to move, one standard deviation: few witnesses leave the model nearly as it is."""
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


def fit(witnesses: Witnesses) -> Calibration:
    """Return the most likely calibration; the identity where fewer than FEWEST_MATCHES matches are among the pairs."""
    if expected_matches(witnesses, Calibration()) < FEWEST_MATCHES:
        return Calibration()
    slopes, shifts = SLOPES, SHIFTS
    best = Calibration()
    for _ in range(ZOOMS):
        grid = [(slope, shift) for slope in np.linspace(*slopes, STEPS + 1) for shift in np.linspace(*shifts, STEPS + 1)]
        slope, shift = max(grid, key=lambda one: _log_likelihood(witnesses, *one))
        best = Calibration(slope=float(slope), shift=float(shift))
        slopes, shifts = _around(slope, slopes), _around(shift, shifts)
    return best


def expected_matches(witnesses: Witnesses, calibration: Calibration) -> float:
    """How many of the pairs are one person, by names, everything else and what was seen of each."""
    probability = _probability(witnesses, calibration.slope, calibration.shift)
    same = probability * witnesses.if_same
    return float((witnesses.pairs * same / (same + (1 - probability) * witnesses.if_different)).sum())


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

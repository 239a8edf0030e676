"""Choices about many things at once, each a function of a seed, a question and the number of the thing.

As ``exercise/draws.py``, for arrays: there is no state, so that a part of a list can be made without the rest.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Fractions = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Counted:
    """Choices about things that are numbered by ``numbers``; equal numbers give equal answers to one question."""

    seed: int
    numbers: Numbers

    def about(self, numbers: Numbers) -> "Counted":
        """Return the choices about other things."""
        return Counted(self.seed, numbers)

    def fraction(self, question: str) -> Fractions:
        """Return numbers from 0 up to 1, of 53 bits (the finaliser of SplitMix64)."""
        key = hashlib.sha256(f"{self.seed}/{question}".encode()).digest()
        first, second = (np.uint64(int.from_bytes(key[i : i + 8], "big")) for i in (0, 8))
        with np.errstate(over="ignore"):
            mixed = (self.numbers.astype(np.uint64) + first) * np.uint64(0x9E3779B97F4A7C15) ^ second
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
        return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53

    def below(self, question: str, limit: int | Numbers) -> Numbers:
        """Return integers from 0 up to ``limit``, one limit or one for each."""
        return (self.fraction(question) * limit).astype(np.int64)

    def chance(self, question: str, probability: float | Fractions) -> Truths:
        """Say yes with ``probability``."""
        return self.fraction(question) < probability

    def one_of(self, question: str, cumulative: Fractions) -> Numbers:
        """Return places in ``cumulative``, the sums of weights up to each, as likely as their weights are."""
        places: Numbers = np.searchsorted(cumulative, self.fraction(question) * cumulative[-1], side="right")
        return places

"""Repeatable random choices: each is a function of a seed, a label and a question, and of nothing else.

There is no state, so that adding a person or a question changes no other choice, and the lists stay the same elsewhere.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Draw:
    """Choices about one thing, named by ``label``. The same question always gets the same answer."""

    seed: int
    label: str

    def about(self, part: str) -> "Draw":
        """Return the choices about a part of this thing."""
        return replace(self, label=f"{self.label}/{part}")

    def fraction(self, question: str) -> float:
        """Return a number from 0 up to 1."""
        digest = hashlib.sha256(f"{self.seed}/{self.label}/{question}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def integer(self, question: str, low: int, high: int) -> int:
        """Return an integer from ``low`` to ``high``, both included."""
        return low + int(self.fraction(question) * (high - low + 1))

    def chance(self, question: str, probability: float) -> bool:
        """Say yes with ``probability``."""
        return self.fraction(question) < probability

    def pick(self, question: str, items: Sequence[T]) -> T:
        """Return one of ``items``, each as likely."""
        return items[self.integer(question, 0, len(items) - 1)]

    def pick_common(self, question: str, items: Sequence[T]) -> T:
        """Return one of ``items``, the first ones more often: names are not evenly spread."""
        return items[int(self.fraction(question) ** 1.5 * len(items))]

    def digits(self, question: str, count: int) -> str:
        """Return ``count`` digits, the first not 0."""
        return str(self.integer(question, 10 ** (count - 1), 10**count - 1))

    def day(self, question: str, first: date, last: date) -> date:
        """Return a day from ``first`` to ``last``, both included."""
        return first + timedelta(days=self.integer(question, 0, (last - first).days))

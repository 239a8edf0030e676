"""Nicknames: which given names a short or pet form may stand for.

Enters: a folded Latin token. Leaves: the numbers of the names it may be, itself or what it is short for. Two tokens that
may be one name agree, less than two spellings of a name do: Bob beside Robert, Bob beside Rob, Sasha beside Aleksandr.
"""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from matching.normalise.transducer import Numbers
from matching.normalise.words import DATA

MOST_NAMES = 6  # names of one token that a comparison looks at


@cache
def _names_of() -> dict[str, tuple[int, ...]]:
    """Numbers of the names that each token may be, its own first."""
    found: dict[str, dict[int, None]] = defaultdict(dict)
    numbers: dict[str, int] = {}
    for name, nickname in _pairs():
        number = numbers.setdefault(name, len(numbers) + 1)
        found[name] = {number: None} | found[name]
        found[nickname][number] = None
    return {token: tuple(listed)[:MOST_NAMES] for token, listed in found.items()}


def _pairs() -> Iterator[tuple[str, str]]:
    with (DATA / "nicknames.csv").open(encoding="utf-8", newline="") as file:
        yield from ((row["name"], row["nickname"]) for row in csv.DictReader(file))
    groups = tomllib.loads((DATA / "diminutives.toml").read_text(encoding="utf-8"))
    for group in groups.values():
        for line in group["names"].strip().splitlines():
            name, *others = line.split()
            yield from ((name, other) for other in others)


def nicknames() -> list[tuple[str, str]]:
    """Every pair of a name and a form used for it."""
    return list(_pairs())


def names_behind(tokens: Sequence[str]) -> Numbers:
    """Numbers of the names that each token may stand for: one row of MOST_NAMES per token, 0 where there are fewer."""
    known = _names_of()
    result = np.zeros((len(tokens), MOST_NAMES), dtype=np.int32)
    for row, token in enumerate(tokens):
        listed = known.get(token)
        if listed:
            result[row, : len(listed)] = listed
    return result

"""Lists of words as arrays: which of a vocabulary stand in each of many rows.

Work on words is done once for each of the vocabulary, and work on rows for all of them at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Listing:
    """Words ``number[ends[k]:ends[k + 1]]`` of ``vocabulary`` are those of row k, in order."""

    vocabulary: Sequence[str]
    number: Integers
    ends: Integers

    def __getitem__(self, row: int) -> list[str]:
        return [self.vocabulary[word] for word in self.number[self.ends[row] : self.ends[row + 1]].tolist()]

    def __len__(self) -> int:
        return len(self.ends) - 1

    @cached_property
    def owner(self) -> Integers:
        """The row of each place."""
        return np.repeat(np.arange(len(self)), np.diff(self.ends))


def listing(vocabulary: Sequence[str], number: Integers, owner: Integers, rows: int) -> Listing:
    """The listing of ``rows`` rows in which word ``number[k]`` stands in row ``owner[k]``, rows one after the other."""
    ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(owner, minlength=rows))])
    return Listing(vocabulary, number, ends)


def least_and_most(values: Integers, listed: Listing) -> tuple[Integers, Integers]:
    """The least and the most of ``values``, one per place, in each row; 0 and -1 in rows without words."""
    least, most = np.zeros(len(listed), dtype=np.int64), np.full(len(listed), -1, dtype=np.int64)
    filled = np.diff(listed.ends) > 0
    if filled.any():
        least[filled] = np.minimum.reduceat(values, listed.ends[:-1][filled])
        most[filled] = np.maximum.reduceat(values, listed.ends[:-1][filled])
    return least, most


@dataclass(frozen=True)
class Read:
    """Words of some of the rows of a listing as something reads them; those that it finds nothing in are left out.

    ``rows``: the rows; by place ``shown``, the words as they are, and ``word``, which of ``distinct`` each is read as.
    ``distinct`` is sorted, and so are the words of a row: the order of a name changes nothing.
    """

    rows: Integers
    shown: Listing
    word: Integers
    distinct: list[Any]

    def only(self, rows: Flags) -> "Read":
        """The same, with no words in all other rows."""
        kept = rows[self.shown.owner]
        shown = listing(self.shown.vocabulary, self.shown.number[kept], self.shown.owner[kept], len(self.shown))
        return Read(self.rows, shown, self.word[kept], self.distinct)


def read_rows(listed: Listing, rows: Integers, read: Callable[[str], Any], *, most: int) -> Read:
    """Read the words of ``rows``, each distinct word once. Of a very long row the ``most`` longest words are kept."""
    place_of = np.full(len(listed), -1, dtype=np.int64)
    place_of[rows] = np.arange(len(rows))
    owner = place_of[listed.owner]
    number, owner = listed.number[owner >= 0], owner[owner >= 0]
    found = {word: read(listed.vocabulary[word]) for word in np.unique(number).tolist()}
    distinct = sorted({one for one in found.values() if one})
    rank = {one: place for place, one in enumerate(distinct)}
    rank_of = np.full(len(listed.vocabulary), -1, dtype=np.int64)
    rank_of[list(found)] = [rank.get(one, -1) for one in found.values()]
    word = rank_of[number]
    number, owner, word = (values[word >= 0] for values in (number, owner, word))
    order = np.lexsort((word, owner))
    if len(owner) and np.bincount(owner).max() > most:
        length = np.array([len(one) for one in distinct])[word]
        longest = np.lexsort((word, -length, owner))
        starts = np.searchsorted(owner[longest], owner[longest])
        order = order[np.isin(order, longest[np.arange(len(owner)) - starts < most])]
    return Read(rows, listing(listed.vocabulary, number[order], owner[order], len(rows)), word[order], distinct)

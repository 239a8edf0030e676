"""Aligning the words of two names.

Enters: a pair of forms (forms.py), one read as source in a reading, the other spelled in Latin letters. Leaves: which
words agree, and how much, in scratch space; evidence.py makes numbers of it. Words are aligned one to one, best first;
where one name has more words than the other, two neighbours may be joined if that fits better (Abd al-Rahman,
Abdulrahman).

Everything here is compiled (compiled.py) and works on one pair at a time in scratch space that is made once.
"""

from typing import NamedTuple

import numpy as np

from matching.normalise.compiled import kernel, plain
from matching.normalise.forms import MAXIMUM_TOKENS, Forms, Sounded, Spelled
from matching.normalise.symbols import LATIN
from matching.normalise.transducer import (
    LETTERS,
    MAXIMUM_LENGTH,
    Floats,
    Integers,
    Numbers,
    joint_likelihood,
    letter_trigrams,
    letters_log_likelihood,
    source_log_likelihood,
    transducer,
)

_UNSPACED = frozenset({"Zhon", "Zhtr", "Jpan", "Kore", "Yuee", "Kana", "Hang", "Thai", "Romn"})
LOWEST = -30.0  # nats: a contradiction needs no finer measure
WORTH_A_LOOK = 0.2  # cosine of expected and found letters; renderings of one name lie above
_JOIN_GAIN = 1.0  # nats that joining two words must add
_MOST_JOINED = 2  # joins per name
_SLOTS = MAXIMUM_TOKENS + 1  # one more than tokens: where a join is tried
_LETTERS = len(LETTERS)


class Table(NamedTuple):
    """A transducer as compiled code reads it (see ``transducer.Transducer``), with the letter trigrams."""

    child: Numbers
    value: Floats
    mass: Floats
    expected: Floats
    inserted: Floats
    stray: float
    trigrams: Floats
    is_latin: bool
    is_unspaced: bool


class Side(NamedTuple):
    """The words of one side of a pair, one per slot.

    ``first``, ``span``: its first token and how many they are, counted in all forms. ``low``, ``high``: its symbols or letters. ``own``: log-
    probability of the word by itself, as source or as letters; ``turned``: the same the other way, for Latin words.
    ``expected``: letters it gives, as a vector of length 1.
    """

    first: Integers
    span: Integers
    low: Integers
    high: Integers
    own: Floats
    turned: Floats
    expected: Floats


class Scratch(NamedTuple):
    """Space for one pair: both sides, scores of words, the alignment (``partner`` by source word, -1 for none)."""

    source: Side
    latin: Side
    scores: Floats
    trial: Floats
    score: Floats
    partner: Integers
    cells: Floats
    forward: Floats
    letters: Numbers


def _side() -> Side:
    first, span, low, high = (np.zeros(_SLOTS, dtype=np.int64) for _ in range(4))
    own, turned = np.zeros(_SLOTS), np.zeros(_SLOTS)
    return Side(first, span, low, high, own, turned, np.zeros((_SLOTS, _LETTERS)))


def scratch() -> Scratch:
    """Space for ``align_pair``."""
    size = MAXIMUM_LENGTH + 1
    return Scratch(
        _side(), _side(), np.zeros((_SLOTS, _SLOTS)), np.zeros((_SLOTS, _SLOTS)), np.zeros(_SLOTS),
        np.zeros(_SLOTS, dtype=np.int64), np.zeros((size, size)), np.zeros(size), np.zeros(size, dtype=np.int32),
    )  # fmt: skip


def table_of(reading: str) -> Table:
    """The table of ``reading`` as compiled code reads it."""
    model = transducer(reading)
    return Table(
        model.child, model.value, model.mass, model.expected, model.inserted, float(model.inserted.sum()),
        letter_trigrams(), reading == LATIN, reading in _UNSPACED,
    )  # fmt: skip


@kernel
def align_pair(
    sounded: Sounded, latin: Spelled, rows: Integers, k: int, table: Table, space: Scratch
) -> tuple[int, int, int]:
    """Align pair ``k`` of ``rows`` (row in ``sounded``, Latin form). Leaves the alignment in ``space``.

    Returns how many source words and Latin words it has, and how many joins were made.
    """
    row, other = rows[k, 0], rows[k, 1]
    words = sounded.starts[row + 1] - sounded.starts[row]
    tokens = latin.starts[other + 1] - latin.starts[other]
    for i in range(words):
        _set_source(sounded, latin, space.source, table, space.forward, i, sounded.starts[row] + i, plain(1))
    for j in range(tokens):
        _set_latin(latin, space.latin, table, space.forward, j, latin.starts[other] + j, plain(1))
    for i in range(words):
        for j in range(tokens):
            space.scores[i, j] = _score(sounded, latin, table, space, i, j)
    _assign(space, words, tokens)
    joins = 0
    while joins < _MOST_JOINED and words != tokens:
        if not _join_best(sounded, latin, table, space, words, tokens):
            break
        if tokens > words:
            tokens -= 1
        else:
            words -= 1
        joins += 1
        _assign(space, words, tokens)
    return words, tokens, joins


@kernel
def _set_source(
    sounded: Sounded, latin: Spelled, side: Side, table: Table, forward: Floats, slot: int, first: int, count: int
) -> None:
    low, high = sounded.places[first], sounded.places[first + count]
    side.first[slot], side.span[slot], side.low[slot], side.high[slot] = first, count, low, high
    side.own[slot] = source_log_likelihood(sounded.roots, low, high, table.mass, table.stray, forward)
    expect_symbols(sounded.roots, low, high, table.expected, side.expected, slot)
    if table.is_latin:
        side.turned[slot] = letters_log_likelihood(latin.letters, low, high, table.trigrams)


@kernel
def _set_latin(latin: Spelled, side: Side, table: Table, forward: Floats, slot: int, first: int, count: int) -> None:
    low, high = latin.places[first], latin.places[first + count]
    side.first[slot], side.span[slot], side.low[slot], side.high[slot] = first, count, low, high
    side.own[slot] = letters_log_likelihood(latin.letters, low, high, table.trigrams)
    expect_letters(latin.letters, low, high, side.expected, slot)
    if table.is_latin:
        side.turned[slot] = source_log_likelihood(latin.roots, low, high, table.mass, table.stray, forward)


@kernel
def expect_symbols(roots: Numbers, low: int, high: int, expected: Floats, vectors: Floats, slot: int) -> None:
    """Set row ``slot`` of ``vectors`` to the letters that symbols ``low:high`` are expected to give, at length 1."""
    for k in range(_LETTERS):
        vectors[slot, k] = 0.0
    for place in range(low, min(high, low + MAXIMUM_LENGTH)):
        for k in range(_LETTERS):
            vectors[slot, k] += expected[roots[place, 0], k]
    _normalise(vectors, slot)


@kernel
def expect_letters(letters: Numbers, low: int, high: int, vectors: Floats, slot: int) -> None:
    """Set row ``slot`` of ``vectors`` to the counts of letters ``low:high``, at length 1."""
    for k in range(_LETTERS):
        vectors[slot, k] = 0.0
    for place in range(low, min(high, low + MAXIMUM_LENGTH)):
        vectors[slot, letters[place] - 1] += 1.0
    _normalise(vectors, slot)


@kernel
def _normalise(vectors: Floats, slot: int) -> None:
    length = 0.0
    for k in range(_LETTERS):
        length += vectors[slot, k] * vectors[slot, k]
    if length > 0.0:
        length = 1.0 / np.sqrt(length)
        for k in range(_LETTERS):
            vectors[slot, k] *= length


@kernel
def likeness(one: Floats, row: int, other: Floats, column: int) -> float:
    """Cosine of two vectors of length 1: how alike the letters of two words are."""
    total = 0.0
    for k in range(_LETTERS):
        total += one[row, k] * other[column, k]
    return float(total)


@kernel
def _score(sounded: Sounded, latin: Spelled, table: Table, space: Scratch, i: int, j: int) -> float:
    """Score of source word i beside Latin word j in nats, not below -30."""
    source, other = space.source, space.latin
    if likeness(source.expected, i, other.expected, j) < WORTH_A_LOOK:
        return LOWEST
    joint = joint_likelihood(
        sounded.roots, source.low[i], source.high[i], latin.letters, other.low[j], other.high[j],
        table.child, table.value, table.inserted, space.cells,
    )  # fmt: skip
    forth = joint - source.own[i] - other.own[j]
    if table.is_latin:
        forth = (forth + joint - other.turned[j] - source.turned[i]) / 2.0
    return float(max(forth, LOWEST))


@kernel
def _assign(space: Scratch, words: int, tokens: int) -> None:
    """Match words one to one, best first; a match needs a score above 0."""
    for i in range(words):
        space.partner[i], space.score[i] = -1, 0.0
    taken = 0
    for _ in range(min(words, tokens)):
        best, row, column = 0.0, -1, -1
        for i in range(words):
            if space.partner[i] >= 0:
                continue
            for j in range(tokens):
                if space.scores[i, j] > best and not taken & (1 << j):
                    best, row, column = space.scores[i, j], i, j
        if row < 0:
            return
        space.partner[row], space.score[row] = column, best
        taken |= 1 << column


@kernel
def _join_best(sounded: Sounded, latin: Spelled, table: Table, space: Scratch, words: int, tokens: int) -> bool:
    """Join the two neighbours of the longer side that fit best together, if that adds enough; say whether."""
    latin_is_longer = tokens > words
    long, short = (tokens, words) if latin_is_longer else (words, tokens)
    gain, place = _JOIN_GAIN, plain(-1)
    for q in range(long - 1):
        _set_joined(sounded, latin, table, space, long, q, latin_is_longer)
        for i in range(short):
            if latin_is_longer:
                new = _score(sounded, latin, table, space, i, long)
            else:
                new = _score(sounded, latin, table, space, long, i)
            space.trial[q, i] = new
            found = new - _lost(space, words, q, i, latin_is_longer)
            if found > gain:
                gain, place = found, q
    if place < 0:
        return False
    _set_joined(sounded, latin, table, space, long, place, latin_is_longer)
    _replace(space.latin if latin_is_longer else space.source, long, place)
    for i in range(short):
        for k in range(place, long - 1):
            value = space.trial[place, i]
            if latin_is_longer:
                space.scores[i, k] = value if k == place else space.scores[i, k + 1]
            else:
                space.scores[k, i] = value if k == place else space.scores[k + 1, i]
    return True


@kernel
def _set_joined(
    sounded: Sounded, latin: Spelled, table: Table, space: Scratch, slot: int, q: int, on_latin: bool
) -> None:
    if on_latin:
        side = space.latin
        _set_latin(latin, side, table, space.forward, slot, side.first[q], side.span[q] + side.span[q + 1])
    else:
        side = space.source
        _set_source(sounded, latin, side, table, space.forward, slot, side.first[q], side.span[q] + side.span[q + 1])


@kernel
def _lost(space: Scratch, words: int, q: int, i: int, latin_is_longer: bool) -> float:
    """Evidence given up if neighbours q and q + 1 of the longer side are joined and matched with i of the shorter."""
    lost = 0.0
    for word in range(words):
        if space.partner[word] < 0:
            continue
        long, short = (space.partner[word], word) if latin_is_longer else (word, space.partner[word])
        if long == q or long == q + 1 or short == i:
            lost += space.score[word]
    return lost


@kernel
def _replace(side: Side, slot: int, place: int) -> None:
    """Put the word in ``slot`` in place of its two parts."""
    for k in range(place, slot - 1):
        source = slot if k == place else k + 1
        side.first[k], side.span[k] = side.first[source], side.span[source]
        side.low[k], side.high[k] = side.low[source], side.high[source]
        side.own[k], side.turned[k] = side.own[source], side.turned[source]
        for letter in range(_LETTERS):
            side.expected[k, letter] = side.expected[source, letter]


class Alignments(NamedTuple):
    """Alignments of many pairs, by pair and slot: words as (first token, tokens), counted in their form."""

    counts: Integers  # words, tokens
    partner: Integers
    score: Floats
    source: Integers
    latin: Integers


def alignments(reading: str, forms: Forms, source: Integers, latin: Integers) -> Alignments:
    """Align form ``source[k]`` in ``reading`` with form ``latin[k]`` for every k."""
    sounded = forms.sounded[reading]
    rows = np.stack([sounded.row[source], latin], axis=1)
    size = (len(rows), _SLOTS)
    found = Alignments(
        np.zeros((len(rows), 2), dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size),
        np.zeros((*size, 2), dtype=np.int64), np.zeros((*size, 2), dtype=np.int64),
    )  # fmt: skip
    _keep_all(sounded, forms.spelled, rows, table_of(reading), scratch(), found)
    return found


@kernel
def _keep_all(
    sounded: Sounded, spelled: Spelled, rows: Integers, table: Table, space: Scratch, found: Alignments
) -> None:
    for k in range(len(rows)):
        words, tokens, _ = align_pair(sounded, spelled, rows, k, table, space)
        found.counts[k, 0], found.counts[k, 1] = words, tokens
        for i in range(words):
            found.partner[k, i], found.score[k, i] = space.partner[i], space.score[i]
            found.source[k, i, 0] = space.source.first[i] - sounded.starts[rows[k, 0]]
            found.source[k, i, 1] = space.source.span[i]
        for j in range(tokens):
            found.latin[k, j, 0] = space.latin.first[j] - spelled.starts[rows[k, 1]]
            found.latin[k, j, 1] = space.latin.span[j]

"""Aligning the words of two names.

Enters: a pair of forms (forms.py), one read as source in a reading, the other spelled in Latin letters; or both in their
own script. Leaves: which words agree, and how much, in scratch space; evidence.py makes numbers of it. Words are aligned
one to one, best first; where one name has more words than the other, two of them may be joined if that fits better (Abd
al-Rahman, Abdulrahman). The order of the words changes nothing: any two may be joined, in either order.

Everything here is compiled (compiled.py) and works on one pair at a time in scratch space that is made once.
"""

from typing import NamedTuple

import numpy as np

from matching.normalise.compiled import kernel, plain
from matching.normalise.forms import MAXIMUM_TOKENS, Forms, Words
from matching.normalise.in_kana import IN_KANA
from matching.normalise.nicknames import MOST_NAMES
from matching.normalise.own_script import OWN, Alphabet, agreement, alphabet
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

_UNSPACED = frozenset({"Zhon", "Zhtr", "Jpan", "Kore", "Yuee", "Kana", "Hang", "Thai", "Romn", OWN, *IN_KANA})
LOWEST = -30.0  # nats: a contradiction needs no finer measure
WORTH_A_LOOK = 0.2  # cosine of expected and found letters; renderings of one name lie above
_WORTH_JOINING = 0.5  # the same of two words joined
_JOIN_GAIN = 1.0  # nats that joining two words must add
_BY_NICKNAME = 0.5  # of what a name tells, the part that its nickname tells
_MOST_JOINED = 2  # joins per name
_SLOTS = MAXIMUM_TOKENS + 1  # one more than words: where a join is tried
_LETTERS = len(LETTERS)
_DIGIT = 4  # bits of a word's number among the parts of a joined word


class Table(NamedTuple):
    """A transducer as compiled code reads it (see ``transducer.Transducer``), with the letter trigrams.

    In ``OWN`` there is no transducer: words are compared by the symbols of ``own``.
    """

    child: Numbers
    value: Floats
    mass: Floats
    expected: Floats
    inserted: Floats
    stray: float
    trigrams: Floats
    own: Alphabet
    is_own: bool
    is_latin: bool
    is_unspaced: bool


class Side(NamedTuple):
    """The words of one side of a pair, one per slot; symbols of slot k begin at ``k * MAXIMUM_LENGTH``.

    ``parts``: the words of the form it is made of, counted from 1, four bits each, the first lowest. ``length``: symbols.
    ``own``: log-probability of the word by itself, as source or as letters; ``turned``: the same the other way, for Latin
    words. ``expected``: letters it gives, as a vector of length 1. The rest as in ``forms.Words``.
    """

    parts: Integers
    length: Integers
    roots: Numbers
    letters: Numbers
    light: Integers
    initial: Integers
    sound: Integers
    rarity: Floats
    names: Numbers
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
    order: Integers


def _side() -> Side:
    parts, length, light, initial, sound = (np.zeros(_SLOTS, dtype=np.int64) for _ in range(5))
    symbols = _SLOTS * MAXIMUM_LENGTH
    return Side(
        parts, length, np.zeros((symbols, 3), dtype=np.int32), np.zeros(symbols, dtype=np.int32), light, initial, sound,
        np.zeros(_SLOTS), np.zeros((_SLOTS, MOST_NAMES), dtype=np.int32), np.zeros(_SLOTS), np.zeros(_SLOTS),
        np.zeros((_SLOTS, _LETTERS)),
    )  # fmt: skip


def scratch() -> Scratch:
    """Space for ``align_pair``."""
    size = MAXIMUM_LENGTH + 1
    return Scratch(
        _side(), _side(), np.zeros((_SLOTS, _SLOTS)), np.zeros(_SLOTS), np.zeros(_SLOTS),
        np.zeros(_SLOTS, dtype=np.int64), np.zeros((size, size)), np.zeros(size), np.zeros(_SLOTS, dtype=np.int64),
    )  # fmt: skip


def table_of(reading: str, known: Alphabet) -> Table:
    """The table of ``reading`` as compiled code reads it; ``known`` are the symbols of own scripts."""
    is_own = reading == OWN or reading in IN_KANA
    model = transducer(LATIN if is_own else reading)
    return Table(
        model.child, model.value, model.mass, known.vector if is_own else model.expected, model.inserted,
        float(model.inserted.sum()), letter_trigrams(), known if is_own else alphabet(()), is_own, reading == LATIN,
        reading in _UNSPACED,
    )  # fmt: skip


@kernel
def align_pair(sources: Words, others: Words, rows: Integers, k: int, table: Table, space: Scratch) -> tuple[int, int, int]:
    """Align pair ``k`` of ``rows`` (row in ``sources``, row in ``others``). Leaves the alignment in ``space``.

    Returns how many source words and Latin words it has, and how many joins were made.
    """
    row, other = rows[k, 0], rows[k, 1]
    words = sources.starts[row + 1] - sources.starts[row]
    tokens = others.starts[other + 1] - others.starts[other]
    for i in range(words):
        _take(sources, space.source, i, sources.starts[row] + i)
        weigh_source(table, space, i)
    for j in range(tokens):
        _take(others, space.latin, j, others.starts[other] + j)
        weigh_latin(table, space, j)
    for i in range(words):
        for j in range(tokens):
            space.scores[i, j] = _score(table, space, i, j)
    _assign(space, words, tokens)
    joins = 0
    while joins < _MOST_JOINED and words != tokens:
        if not _join_best(table, space, words, tokens):
            break
        if tokens > words:
            tokens -= 1
        else:
            words -= 1
        joins += 1
        _assign(space, words, tokens)
    return words, tokens, joins


@kernel
def _take(words: Words, side: Side, slot: int, word: int) -> None:
    """Copy a word of a form to a slot."""
    low, base = words.places[word], slot * MAXIMUM_LENGTH
    length = min(words.places[word + 1] - low, MAXIMUM_LENGTH)
    for place in range(length):
        side.letters[base + place] = words.letters[low + place]
        for size in range(3):
            side.roots[base + place, size] = words.roots[low + place, size]
    side.parts[slot], side.length[slot] = slot + 1, length
    side.light[slot], side.initial[slot], side.sound[slot] = words.light[word], words.initial[word], words.sound[word]
    side.rarity[slot] = words.rarity[word]
    for name in range(MOST_NAMES):
        side.names[slot, name] = words.names[word, name]


@kernel
def weigh_source(table: Table, space: Scratch, slot: int) -> None:
    """Log-probabilities and expected letters of the source word in a slot."""
    side = space.source
    low = slot * MAXIMUM_LENGTH
    high = low + side.length[slot]
    _expect_symbols(side.roots, low, high, table.expected, side.expected, slot)
    if table.is_own:
        side.own[slot] = -_told(side, slot, table.own)
        return
    side.own[slot] = source_log_likelihood(side.roots, low, high, table.mass, table.stray, space.forward)
    if table.is_latin:
        side.turned[slot] = letters_log_likelihood(side.letters, low, high, table.trigrams)


@kernel
def weigh_latin(table: Table, space: Scratch, slot: int) -> None:
    """The same of a Latin word."""
    side = space.latin
    low = slot * MAXIMUM_LENGTH
    high = low + side.length[slot]
    if table.is_own:
        _expect_symbols(side.roots, low, high, table.expected, side.expected, slot)
        side.own[slot] = -_told(side, slot, table.own)
        return
    _expect_letters(side.letters, low, high, side.expected, slot)
    side.own[slot] = letters_log_likelihood(side.letters, low, high, table.trigrams)
    if table.is_latin:
        side.turned[slot] = source_log_likelihood(side.roots, low, high, table.mass, table.stray, space.forward)


@kernel
def _told(side: Side, slot: int, own: Alphabet) -> float:
    total = 0.0
    for place in range(slot * MAXIMUM_LENGTH, slot * MAXIMUM_LENGTH + side.length[slot]):
        total += own.tells[side.roots[place, 0]]
    return total


@kernel
def _expect_symbols(roots: Numbers, low: int, high: int, expected: Floats, vectors: Floats, slot: int) -> None:
    """Set row ``slot`` of ``vectors`` to the letters that symbols ``low:high`` are expected to give, at length 1."""
    for k in range(_LETTERS):
        vectors[slot, k] = 0.0
    for place in range(low, high):
        for k in range(_LETTERS):
            vectors[slot, k] += expected[roots[place, 0], k]
    _normalise(vectors, slot)


@kernel
def _expect_letters(letters: Numbers, low: int, high: int, vectors: Floats, slot: int) -> None:
    """Set row ``slot`` of ``vectors`` to the counts of letters ``low:high``, at length 1."""
    for k in range(_LETTERS):
        vectors[slot, k] = 0.0
    for place in range(low, high):
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
def likeness(space: Scratch, i: int, j: int) -> float:
    """Cosine of two vectors of length 1: how alike the letters of source word i and Latin word j are."""
    total = 0.0
    for k in range(_LETTERS):
        total += space.source.expected[i, k] * space.latin.expected[j, k]
    return float(total)


@kernel
def _score(table: Table, space: Scratch, i: int, j: int) -> float:
    """Score of source word i beside Latin word j in nats, not below -30; -30 where their letters are too unlike."""
    known = nickname_score(space, i, j)
    if likeness(space, i, j) < WORTH_A_LOOK:
        return known if known > 0.0 else LOWEST
    return max(look(table, space, i, j), known) if known > 0.0 else look(table, space, i, j)


@kernel
def nickname_score(space: Scratch, i: int, j: int) -> float:
    """Score of two words one of which may be a nickname of the other, or both of one name; 0 if neither."""
    if space.source.names[i, 0] == 0 or space.latin.names[j, 0] == 0:
        return 0.0
    for one in range(MOST_NAMES):
        name = space.source.names[i, one]
        for other in range(MOST_NAMES if name > 0 else 0):
            if space.latin.names[j, other] == name:
                return float(_BY_NICKNAME * min(-space.source.own[i], -space.latin.own[j]))
    return 0.0


@kernel
def look(table: Table, space: Scratch, i: int, j: int) -> float:
    """Score of source word i beside Latin word j in nats, not below -30."""
    source, other = space.source, space.latin
    low, start = i * MAXIMUM_LENGTH, j * MAXIMUM_LENGTH
    high, end = low + source.length[i], start + other.length[j]
    if table.is_own:
        found = agreement(source.letters, low, high, other.letters, start, end, table.own, space.cells)
        return float(max(found, LOWEST))
    joint = joint_likelihood(
        source.roots, low, high, other.letters, start, end, table.child, table.value, table.inserted, space.cells
    )
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
def _join_best(table: Table, space: Scratch, words: int, tokens: int) -> bool:
    """Join the two words of the longer side that fit best together, if that adds enough; say whether."""
    latin_is_longer = tokens > words
    long, short = (tokens, words) if latin_is_longer else (words, tokens)
    gain, first, second = _JOIN_GAIN, -1, -1
    for p in range(long):
        for q in range(long):
            if p == q or (_partner_of(space, words, p, latin_is_longer) >= 0 <= _partner_of(space, words, q, latin_is_longer)):
                continue
            found = _try_join(table, space, words, long, short, p, q, latin_is_longer, gain)
            if found > gain:
                gain, first, second = found, p, q
    if first < 0:
        return False
    _join(table, space, long, first, second, latin_is_longer)
    side = space.latin if latin_is_longer else space.source
    _move(side, long, first)
    if second != long - 1:
        _move(side, long - 1, second)
    for i in range(short):
        if latin_is_longer:
            space.scores[i, first] = _score(table, space, i, first)
            if second != long - 1:
                space.scores[i, second] = space.scores[i, long - 1]
        else:
            space.scores[first, i] = _score(table, space, first, i)
            if second != long - 1:
                space.scores[second, i] = space.scores[long - 1, i]
    return True


@kernel
def _partner_of(space: Scratch, words: int, word: int, on_latin: bool) -> int:
    """The word that ``word`` of one side is matched with, -1 for none."""
    if not on_latin:
        return int(space.partner[word])
    for i in range(words):
        if space.partner[i] == word:
            return i
    return -1


@kernel
def _try_join(
    table: Table, space: Scratch, words: int, long: int, short: int, p: int, q: int, on_latin: bool, least: float
) -> float:
    """What joining words p and q of the longer side adds at best, if more than ``least``."""
    side = space.latin if on_latin else space.source
    mine, theirs = _partner_of(space, words, p, on_latin), _partner_of(space, words, q, on_latin)
    best, is_ready = least, False
    for i in range(short):
        i_long = _partner_of(space, words, i, not on_latin)
        if i_long >= 0 and i_long != p and i_long != q:
            continue
        if not is_ready:
            _join(table, space, long, p, q, on_latin)
            is_ready = True
        alike = likeness(space, i, long) if on_latin else likeness(space, long, i)
        if alike < _WORTH_JOINING:
            continue
        new = look(table, space, i, long) if on_latin else look(table, space, long, i)
        lost = 0.0
        if mine >= 0:
            lost += space.score[mine] if on_latin else space.score[p]
        if theirs >= 0:
            lost += space.score[theirs] if on_latin else space.score[q]
        best = max(best, new - lost)
    return best


@kernel
def _join(table: Table, space: Scratch, slot: int, first: int, second: int, on_latin: bool) -> None:
    """Make one word of two, in ``slot``: chunks of symbols do not reach from one into the other."""
    side = space.latin if on_latin else space.source
    base, low, then = slot * MAXIMUM_LENGTH, first * MAXIMUM_LENGTH, second * MAXIMUM_LENGTH
    start = side.length[first]
    length = min(start + side.length[second], MAXIMUM_LENGTH)
    for place in range(length):
        of = low + place if place < start else then + place - start
        end = start if place < start else start + side.length[second]
        side.letters[base + place] = side.letters[of]
        for size in range(3):
            side.roots[base + place, size] = side.roots[of, size] if place + size < end else 0
    count = plain(0)
    while side.parts[first] >> (_DIGIT * count) > 0:
        count += 1
    side.parts[slot] = side.parts[first] | side.parts[second] << (_DIGIT * count)
    side.length[slot], side.light[slot], side.initial[slot], side.sound[slot] = length, 0, 0, side.sound[first]
    known = side.rarity[first] >= 0.0 and side.rarity[second] >= 0.0
    side.rarity[slot] = side.rarity[first] + side.rarity[second] if known else -1.0
    side.names[slot, 0] = 0
    if on_latin:
        weigh_latin(table, space, slot)
    else:
        weigh_source(table, space, slot)


@kernel
def _move(side: Side, old: int, new: int) -> None:
    """Copy the word of one slot to another."""
    for place in range(side.length[old]):
        side.letters[new * MAXIMUM_LENGTH + place] = side.letters[old * MAXIMUM_LENGTH + place]
        for size in range(3):
            side.roots[new * MAXIMUM_LENGTH + place, size] = side.roots[old * MAXIMUM_LENGTH + place, size]
    side.parts[new], side.length[new], side.light[new] = side.parts[old], side.length[old], side.light[old]
    side.initial[new], side.sound[new], side.rarity[new] = side.initial[old], side.sound[old], side.rarity[old]
    side.own[new], side.turned[new] = side.own[old], side.turned[old]
    for name in range(MOST_NAMES):
        side.names[new, name] = side.names[old, name]
    for letter in range(_LETTERS):
        side.expected[new, letter] = side.expected[old, letter]


class Alignments(NamedTuple):
    """Alignments of many pairs, by pair and slot: how many words, their partners and scores, what they are made of."""

    counts: Integers  # words, tokens
    partner: Integers
    score: Floats
    source: Integers  # see Side.parts
    latin: Integers


def parts_of(code: int) -> list[int]:
    """Places of the words that a word is made of, see ``Side.parts``."""
    places = []
    while code:
        places.append((code & (1 << _DIGIT) - 1) - 1)
        code >>= _DIGIT
    return places


def other_view(reading: str) -> str:
    """The view of the other form that a reading is compared with."""
    return OWN if reading == OWN or reading in IN_KANA else LATIN


def rows_of(reading: str, forms: Forms, source: Integers, latin: Integers) -> Integers:
    """Rows of both forms of each pair in the views that ``reading`` compares."""
    return np.stack([forms.words[reading].row[source], forms.words[other_view(reading)].row[latin]], axis=1)


def alignments(reading: str, forms: Forms, source: Integers, latin: Integers) -> Alignments:
    """Align form ``source[k]`` in ``reading`` with form ``latin[k]`` for every k."""
    rows = rows_of(reading, forms, source, latin)
    size = (len(rows), _SLOTS)
    found = Alignments(
        np.zeros((len(rows), 2), dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size),
        np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64),
    )  # fmt: skip
    views = forms.words[reading], forms.words[other_view(reading)]
    _keep_all(*views, rows, table_of(reading, forms.alphabet), scratch(), found)
    return found


@kernel
def _keep_all(
    sources: Words, others: Words, rows: Integers, table: Table, space: Scratch, found: Alignments
) -> None:
    for k in range(len(rows)):
        words, tokens, _ = align_pair(sources, others, rows, k, table, space)
        found.counts[k, 0], found.counts[k, 1] = words, tokens
        for i in range(words):
            found.partner[k, i], found.score[k, i] = space.partner[i], space.score[i]
            found.source[k, i] = space.source.parts[i]
        for j in range(tokens):
            found.latin[k, j] = space.latin.parts[j]

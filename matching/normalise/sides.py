"""The two sides of a pair of names, in scratch space: words, what each tells by itself, how well two of them agree.

Enters: words of forms (forms.py) in one view. Leaves: slots of a ``Side``, and scores of two slots. align.py decides which
words belong together. Everything here is compiled (compiled.py) and works in scratch space that is made once.
"""

from typing import NamedTuple

import numpy as np

from matching.normalise.compiled import inlined, kernel, unsigned
from matching.normalise.forms import MAXIMUM_TOKENS, Words
from matching.normalise.in_kana import IN_KANA
from matching.normalise.nicknames import MOST_NAMES
from matching.normalise.own_script import OWN, Alphabet, agreement, alphabet
from matching.normalise.symbols import LATIN
from matching.normalise.transducer import (
    LETTERS,
    MAXIMUM_LENGTH,
    NEVER,
    Floats,
    Integers,
    Numbers,
    joint_likelihood,
    letter_trigrams,
    letters_log_likelihood,
    rest_likelihood,
    source_log_likelihood,
    transducer,
)

_UNSPACED = frozenset({"Zhon", "Zhtr", "Jpan", "Kore", "Yuee", "Kana", "Hang", "Thai", "Romn", OWN, *IN_KANA})
LOWEST = -30.0  # nats: a contradiction needs no finer measure
WORTH_A_LOOK = 0.2  # cosine of expected and found letters; renderings of one name lie above
_BY_NICKNAME = 0.5  # of what a name tells, the part that its nickname tells
SLOTS = MAXIMUM_TOKENS + 1  # one more than words: where a join is tried
_REMEMBERED_BITS = 14
_REMEMBERED = 1 << _REMEMBERED_BITS  # scores of two words that a thread remembers: what the processor's cache holds
_SPREAD = 0x9E3779B97F4A7C15  # 2^64 by the golden ratio: neighbouring numbers fall far apart
_LETTERS = len(LETTERS)


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


class Weighed(NamedTuple):
    """What each distinct word of a view tells by itself, see ``Side``: reckoned once, not for every pair it is in."""

    own: Floats
    turned: Floats
    expected: Floats
    size: Floats


class Side(NamedTuple):
    """The words of one side of a pair, one per slot; symbols of slot k begin at ``k * MAXIMUM_LENGTH``.

    ``word``: which distinct word of its view it is, -1 of one joined. ``parts``: the words of the form it is made of,
    counted from 1, four bits each, the first lowest. ``length``: symbols. ``own``: log-probability of the word by itself, as source or as letters; ``turned``: the same the other way, for Latin
    words. ``expected``: letters it gives, as a vector of length 1; ``size``: its length before. The rest as in ``forms.Words``.
    """

    word: Integers
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
    size: Floats


class Scratch(NamedTuple):
    """Space for one pair: both sides; how alike words are and their scores, by source and Latin slot; the alignment
    (``partner`` by source word, ``taker`` by Latin word, -1 for none). ``known`` and ``known_score`` remember two distinct
    words and their score: words that are common meet again and again.
    """

    source: Side
    latin: Side
    alike: Floats
    scores: Floats
    score: Floats
    partner: Integers
    taker: Integers
    cells: Floats
    forward: Floats
    order: Integers
    known: Integers
    known_score: Floats


def _side() -> Side:
    word, parts, length, light, initial, sound = (np.zeros(SLOTS, dtype=np.int64) for _ in range(6))
    symbols = SLOTS * MAXIMUM_LENGTH
    return Side(
        word, parts, length, np.zeros((symbols, 3), dtype=np.int32), np.zeros(symbols, dtype=np.int32), light, initial, sound,
        np.zeros(SLOTS), np.zeros((SLOTS, MOST_NAMES), dtype=np.int32), np.zeros(SLOTS), np.zeros(SLOTS),
        np.zeros((SLOTS, _LETTERS)), np.zeros(SLOTS),
    )  # fmt: skip


def scratch() -> Scratch:
    """Space for ``align_pair``."""
    size = MAXIMUM_LENGTH + 1
    return Scratch(
        _side(), _side(), np.zeros((SLOTS, SLOTS)), np.zeros((SLOTS, SLOTS)), np.zeros(SLOTS),
        np.zeros(SLOTS, dtype=np.int64), np.zeros(SLOTS, dtype=np.int64), np.zeros((size, size)), np.zeros(size), np.zeros(SLOTS, dtype=np.int64),
        np.full(_REMEMBERED, -1, dtype=np.int64), np.zeros(_REMEMBERED),
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


def weighed(words: Words, table: Table, *, as_source: bool) -> Weighed:
    """Weigh every distinct word of a view, as source or as what it is spelled."""
    count = len(words.places) - 1
    made = Weighed(np.zeros(count), np.zeros(count), np.zeros((count, _LETTERS)), np.zeros(count))
    _weigh_all(words, table, as_source, scratch(), made)
    return made


@kernel
def _weigh_all(words: Words, table: Table, as_source: bool, space: Scratch, made: Weighed) -> None:
    side = space.source if as_source else space.latin
    for word in range(len(made.own)):
        _copy_symbols(words, side, 0, word)
        if as_source:
            weigh_source(table, space, 0)
        else:
            weigh_latin(table, space, 0)
        made.own[word], made.turned[word], made.size[word] = side.own[0], side.turned[0], side.size[0]
        for letter in range(_LETTERS):
            made.expected[word, letter] = side.expected[0, letter]


@inlined
def _copy_symbols(words: Words, side: Side, slot: int, word: int) -> None:
    low, base = words.places[word], slot * MAXIMUM_LENGTH
    length = min(words.places[word + 1] - low, MAXIMUM_LENGTH)
    for place in range(length):
        side.letters[base + place] = words.letters[low + place]
        for size in range(3):
            side.roots[base + place, size] = words.roots[low + place, size]
    side.length[slot] = length


@inlined
def take(words: Words, known: Weighed, side: Side, slot: int, place: int) -> None:
    """Copy the word at a place of a form to a slot, and what is ``known`` of it."""
    word = words.word[place]
    _copy_symbols(words, side, slot, word)
    side.word[slot], side.parts[slot], side.light[slot] = word, slot + 1, words.light[place]
    side.initial[slot], side.sound[slot], side.rarity[slot] = words.initial[word], words.sound[word], words.rarity[word]
    for name in range(MOST_NAMES):
        side.names[slot, name] = words.names[word, name]
    side.own[slot], side.turned[slot], side.size[slot] = known.own[word], known.turned[word], known.size[word]
    for letter in range(_LETTERS):
        side.expected[slot, letter] = known.expected[word, letter]


@inlined
def weigh_source(table: Table, space: Scratch, slot: int) -> None:
    """Log-probabilities and expected letters of the source word in a slot."""
    side = space.source
    low = slot * MAXIMUM_LENGTH
    high = low + side.length[slot]
    _expect_symbols(side.roots, low, high, table.expected, side, slot)
    if table.is_own:
        side.own[slot] = -_told(side, slot, table.own)
        return
    side.own[slot] = source_log_likelihood(side.roots, low, high, table.mass, table.stray, space.forward)
    if table.is_latin:
        side.turned[slot] = letters_log_likelihood(side.letters, low, high, table.trigrams)


@inlined
def weigh_latin(table: Table, space: Scratch, slot: int) -> None:
    """The same of a Latin word."""
    side = space.latin
    low = slot * MAXIMUM_LENGTH
    high = low + side.length[slot]
    if table.is_own:
        _expect_symbols(side.roots, low, high, table.expected, side, slot)
        side.own[slot] = -_told(side, slot, table.own)
        return
    _expect_letters(side.letters, low, high, side, slot)
    side.own[slot] = letters_log_likelihood(side.letters, low, high, table.trigrams)
    if table.is_latin:
        side.turned[slot] = source_log_likelihood(side.roots, low, high, table.mass, table.stray, space.forward)


@inlined
def _told(side: Side, slot: int, own: Alphabet) -> float:
    total = 0.0
    for place in range(slot * MAXIMUM_LENGTH, slot * MAXIMUM_LENGTH + side.length[slot]):
        total += own.tells[side.roots[place, 0]]
    return total


@inlined
def _expect_symbols(roots: Numbers, low: int, high: int, expected: Floats, side: Side, slot: int) -> None:
    """Set the expected letters of ``slot`` to those that symbols ``low:high`` are expected to give, at length 1."""
    for k in range(_LETTERS):
        side.expected[slot, k] = 0.0
    for place in range(low, high):
        for k in range(_LETTERS):
            side.expected[slot, k] += expected[roots[place, 0], k]
    _normalise(side, slot)


@inlined
def _expect_letters(letters: Numbers, low: int, high: int, side: Side, slot: int) -> None:
    """Set the expected letters of ``slot`` to the counts of letters ``low:high``, at length 1."""
    for k in range(_LETTERS):
        side.expected[slot, k] = 0.0
    for place in range(low, high):
        side.expected[slot, letters[place] - 1] += 1.0
    _normalise(side, slot)


@inlined
def _normalise(side: Side, slot: int) -> None:
    total = 0.0
    for k in range(_LETTERS):
        total += side.expected[slot, k] * side.expected[slot, k]
    side.size[slot] = np.sqrt(total)
    if total > 0.0:
        for k in range(_LETTERS):
            side.expected[slot, k] /= side.size[slot]


@inlined
def likeness(space: Scratch, i: int, j: int) -> float:
    """Cosine of two vectors of length 1: how alike the letters of source word i and Latin word j are."""
    total = 0.0
    for k in range(_LETTERS):
        total += space.source.expected[i, k] * space.latin.expected[j, k]
    return float(total)


@inlined
def score_known(table: Table, space: Scratch, i: int, j: int) -> float:
    """``score_words`` of two words of which neither is joined, remembered from when they met before."""
    both = space.source.word[i] << 32 | space.latin.word[j]
    place = (unsigned(both) * unsigned(_SPREAD)) >> unsigned(64 - _REMEMBERED_BITS)
    if space.known[place] != both:
        space.known[place], space.known_score[place] = both, score_words(table, space, i, j)
    return float(space.known_score[place])


@inlined
def score_words(table: Table, space: Scratch, i: int, j: int) -> float:
    """Score of source word i beside Latin word j in nats, not below -30; -30 where their letters are too unlike."""
    known = nickname_score(space, i, j)
    space.alike[i, j] = likeness(space, i, j)
    if space.alike[i, j] < WORTH_A_LOOK:
        return known if known > 0.0 else LOWEST
    return max(look(table, space, i, j), known) if known > 0.0 else look(table, space, i, j)


@inlined
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


@inlined
def look(table: Table, space: Scratch, i: int, j: int, least: float = LOWEST) -> float:
    """Score of source word i beside Latin word j in nats, not below -30; that as well where it is not above ``least``."""
    source, other = space.source, space.latin
    low, start = i * MAXIMUM_LENGTH, j * MAXIMUM_LENGTH
    high, end = low + source.length[i], start + other.length[j]
    if table.is_own:
        found = agreement(source.letters, low, high, other.letters, start, end, table.own, space.cells)
        return float(max(found, LOWEST))
    apart = source.own[i] + other.own[j]
    if table.is_latin:
        apart = (apart + other.turned[j] + source.turned[i]) / 2.0
    enough = NEVER
    if least > LOWEST:
        enough = least + apart
        rest_likelihood(source.roots, low, high, table.mass, table.stray, space.forward)
    joint = joint_likelihood(
        source.roots, low, high, other.letters, start, end, table.child, table.value, table.inserted, space.cells,
        space.forward, enough,
    )  # fmt: skip
    return float(max(joint - apart, LOWEST))


@inlined
def move(side: Side, old: int, new: int) -> None:
    """Copy the word of one slot to another."""
    for place in range(side.length[old]):
        side.letters[new * MAXIMUM_LENGTH + place] = side.letters[old * MAXIMUM_LENGTH + place]
        for size in range(3):
            side.roots[new * MAXIMUM_LENGTH + place, size] = side.roots[old * MAXIMUM_LENGTH + place, size]
    side.parts[new], side.length[new], side.light[new] = side.parts[old], side.length[old], side.light[old]
    side.word[new] = side.word[old]
    side.size[new] = side.size[old]
    side.initial[new], side.sound[new], side.rarity[new] = side.initial[old], side.sound[old], side.rarity[old]
    side.own[new], side.turned[new] = side.own[old], side.turned[old]
    for name in range(MOST_NAMES):
        side.names[new, name] = side.names[old, name]
    for letter in range(_LETTERS):
        side.expected[new, letter] = side.expected[old, letter]

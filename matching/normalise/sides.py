"""The two sides of a pair of names, in scratch space: words, what each tells by itself, how well two of them agree.

Enters: words of forms (forms.py) in one view. Leaves: slots of a ``Side``, and scores of two slots. align.py decides which
words belong together. Everything here is compiled (compiled.py) and works in scratch space that is made once.
"""

from typing import NamedTuple

import numpy as np

from matching.normalise.compiled import inlined, kernel, plain, unsigned
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
    Shorts,
    joint_likelihood,
    letter_trigrams,
    letters_log_likelihood,
    rest_likelihood,
    source_log_likelihood,
    transducer,
)

LOWEST = -30.0  # nats: a contradiction needs no finer measure
WORTH_A_LOOK = 0.2  # cosine of expected and found letters; renderings of one name lie above
_BY_NICKNAME = 0.5  # of what a name tells, the part that its nickname tells
SLOTS = MAXIMUM_TOKENS + 1  # one more than words: where a join is tried
_REMEMBERED_BITS = 14
_REMEMBERED = 1 << _REMEMBERED_BITS  # scores of two words that a thread remembers: what the processor's cache holds
_SPREAD = 0x9E3779B97F4A7C15  # 2^64 by the golden ratio: neighbouring numbers fall far apart
_LETTERS = len(LETTERS)
_WIDE = 32  # places of a vector of letters, the last of them empty: a line of the processor's cache
_WHOLE_COSINE = 1 << 14  # 1 in such a vector: products of two of them add up to at most 2^28
# Columns of Weighed.numbers, as many as fill a line of the cache; the names that a word may be stand last.
_LENGTH, _INITIAL, _SOUND, _NAMES, _COLUMNS = 0, 1, 2, 3, 16
_OWN, _TURNED, _SIZE, _RARITY, _GIVEN = range(5)  # columns of Weighed.told


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


class Weighed(NamedTuple):
    """What each distinct word of a view tells by itself, see ``Side``: reckoned once, not for every pair it is in.

    One row per word, of ``numbers`` (length, initial, sound, names), ``told`` (own, turned, size, rarity, given) and ``vector``:
    words are met in any order, and what stands side by side comes to the processor at once.
    """

    numbers: Numbers
    told: Floats
    vector: Shorts


class Side(NamedTuple):
    """The words of one side of a pair, one per slot; symbols of slot k begin at ``k * MAXIMUM_LENGTH``.

    ``word``: which distinct word of its view it is, -1 of one joined. ``parts``: the words of the form it is made of,
    counted from 1, four bits each, the first lowest. ``length``: symbols. ``own``: log-probability of the word by itself, as source or as letters; ``turned``: the same the other way, for Latin
    words. ``vector``: letters it gives, as a vector of length _WHOLE_COSINE; ``size``: its length before that; ``given``: how many letters
    it gives. ``is_spelled``:
    whether ``letters`` and ``roots`` are there already: most words are never looked at. ``drawn`` is scratch space. The
    rest as in ``forms.Words``.
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
    vector: Shorts
    size: Floats
    given: Floats
    is_spelled: Integers
    drawn: Floats


class Views(NamedTuple):
    """What pairs are compared by in one reading: the words of both sides, what they tell, and the table of the reading."""

    sources: Words
    others: Words
    by_source: Weighed
    by_other: Weighed
    table: Table


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
        np.zeros((SLOTS, _WIDE), dtype=np.int16), np.zeros(SLOTS), np.zeros(SLOTS), np.zeros(SLOTS, dtype=np.int64), np.zeros(_LETTERS),
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
    )  # fmt: skip


def weighed(words: Words, table: Table, *, as_source: bool) -> Weighed:
    """Weigh every distinct word of a view, as source or as what it is spelled."""
    count = len(words.places) - 1
    numbers = np.zeros((count, _COLUMNS), dtype=np.int32)
    numbers[:, _LENGTH] = np.minimum(np.diff(words.places), MAXIMUM_LENGTH)
    numbers[:, _INITIAL], numbers[:, _SOUND] = words.initial, words.sound
    numbers[:, _NAMES : _NAMES + MOST_NAMES] = words.names
    told = np.zeros((count, 5))
    told[:, _RARITY] = words.rarity
    made = Weighed(numbers, told, np.zeros((count, _WIDE), dtype=np.int16))
    _weigh_all(words, table, as_source, scratch(), made)
    return made


@kernel
def _weigh_all(words: Words, table: Table, as_source: bool, space: Scratch, made: Weighed) -> None:
    side, first = space.source if as_source else space.latin, plain(0)
    for word in range(len(made.told)):
        side.word[0], side.is_spelled[0], side.length[0] = word, 0, made.numbers[word, _LENGTH]
        spell(words, side, first)
        if as_source:
            weigh_source(table, space, first)
        else:
            weigh_latin(table, space, first)
        made.told[word, _OWN], made.told[word, _TURNED], made.told[word, _SIZE] = (
            side.own[0],
            side.turned[0],
            side.size[0],
        )
        made.told[word, _GIVEN] = side.given[0]
        for k in range(_WIDE):
            made.vector[word, k] = side.vector[0, k]


@inlined
def take(words: Words, known: Weighed, side: Side, slot: int, place: int) -> None:
    """Put the word at a place of a form in a slot, with what is ``known`` of it; its symbols only when asked for."""
    word = words.word[place]
    side.word[slot], side.parts[slot], side.light[slot], side.is_spelled[slot] = word, slot + 1, words.light[place], 0
    side.length[slot], side.initial[slot] = known.numbers[word, _LENGTH], known.numbers[word, _INITIAL]
    side.sound[slot] = known.numbers[word, _SOUND]
    for name in range(MOST_NAMES):
        side.names[slot, name] = known.numbers[word, _NAMES + name]
    side.own[slot], side.turned[slot] = known.told[word, _OWN], known.told[word, _TURNED]
    side.size[slot], side.rarity[slot] = known.told[word, _SIZE], known.told[word, _RARITY]
    side.given[slot] = known.told[word, _GIVEN]
    for k in range(_WIDE):
        side.vector[slot, k] = known.vector[word, k]


@inlined
def spell(words: Words, side: Side, slot: int) -> None:
    """Copy the symbols of the word in a slot there, if they are not there yet."""
    if side.is_spelled[slot]:
        return
    low, base = words.places[side.word[slot]], slot * MAXIMUM_LENGTH
    for place in range(side.length[slot]):
        side.letters[base + place] = words.letters[low + place]
        for size in range(3):
            side.roots[base + place, size] = words.roots[low + place, size]
    side.is_spelled[slot] = 1


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
    """Set the vector of ``slot`` to the letters that symbols ``low:high`` are expected to give."""
    for k in range(_LETTERS):
        side.drawn[k] = 0.0
    for place in range(low, high):
        for k in range(_LETTERS):
            side.drawn[k] += expected[roots[place, 0], k]
    _normalise(side, slot)


@inlined
def _expect_letters(letters: Numbers, low: int, high: int, side: Side, slot: int) -> None:
    """Set the vector of ``slot`` to the counts of letters ``low:high``."""
    for k in range(_LETTERS):
        side.drawn[k] = 0.0
    for place in range(low, high):
        side.drawn[letters[place] - 1] += 1.0
    _normalise(side, slot)


@inlined
def _normalise(side: Side, slot: int) -> None:
    total, count = 0.0, 0.0
    for k in range(_LETTERS):
        total += side.drawn[k] * side.drawn[k]
        count += side.drawn[k]
    side.size[slot], side.given[slot] = np.sqrt(total), count
    unit = _WHOLE_COSINE / side.size[slot] if total > 0.0 else 0.0
    for k in range(_LETTERS):
        side.vector[slot, k] = int(side.drawn[k] * unit + 0.5)


@inlined
def likeness(space: Scratch, i: int, j: int) -> float:
    """Cosine of two vectors: how alike the letters of source word i and Latin word j are."""
    return cosine(space.source.vector, i, space.latin.vector, j)


@inlined
def cosine(one: Shorts, i: int, other: Shorts, j: int) -> float:
    """Cosine of vectors i and j. In whole numbers, whose sum the compiler may reckon in any order: several at a time."""
    total = 0
    for k in range(_WIDE):
        total += one[i, k] * other[j, k]
    return total / (_WHOLE_COSINE * _WHOLE_COSINE)


@inlined
def score_known(views: Views, space: Scratch, i: int, j: int) -> float:
    """``score_words`` of two words of which neither is joined, remembered from when they met before."""
    both = space.source.word[i] << 32 | space.latin.word[j]
    place = (unsigned(both) * unsigned(_SPREAD)) >> unsigned(64 - _REMEMBERED_BITS)
    if space.known[place] != both:
        space.known[place], space.known_score[place] = both, score_words(views, space, i, j)
    return float(space.known_score[place])


@inlined
def score_words(views: Views, space: Scratch, i: int, j: int) -> float:
    """Score of source word i beside Latin word j in nats, not below -30; -30 where their letters are too unlike."""
    known = nickname_score(space, i, j)
    space.alike[i, j] = likeness(space, i, j)
    if space.alike[i, j] < WORTH_A_LOOK:
        return known if known > 0.0 else LOWEST
    spell(views.sources, space.source, i)
    spell(views.others, space.latin, j)
    found = look(views.table, space, i, j, LOWEST)
    return max(found, known) if known > 0.0 else found


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
def look(table: Table, space: Scratch, i: int, j: int, least: float) -> float:
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
    for place in range(side.length[old] if side.is_spelled[old] else 0):
        side.letters[new * MAXIMUM_LENGTH + place] = side.letters[old * MAXIMUM_LENGTH + place]
        for size in range(3):
            side.roots[new * MAXIMUM_LENGTH + place, size] = side.roots[old * MAXIMUM_LENGTH + place, size]
    side.parts[new], side.length[new], side.light[new] = side.parts[old], side.length[old], side.light[old]
    side.word[new], side.is_spelled[new] = side.word[old], side.is_spelled[old]
    side.size[new], side.given[new] = side.size[old], side.given[old]
    side.initial[new], side.sound[new], side.rarity[new] = side.initial[old], side.sound[old], side.rarity[old]
    side.own[new], side.turned[new] = side.own[old], side.turned[old]
    for name in range(MOST_NAMES):
        side.names[new, name] = side.names[old, name]
    for k in range(_WIDE):
        side.vector[new, k] = side.vector[old, k]

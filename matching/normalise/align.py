"""Aligning the words of two names.

Enters: a pair of forms (forms.py), one read as source in a reading, the other spelled in Latin letters; or both in their
own script. Leaves: which words agree, and how much, in scratch space; evidence.py makes numbers of it. Words are aligned
one to one, best first; two words of either name may be joined where words are left over and that fits better (Abd al-Rahman,
Abdulrahman). The order of the words changes nothing: any two may be joined, in either order.

To score two words is what takes time, so it is done where it may matter: not beside other words where two clearly belong
together, and not for words joined that are less like a word than one of them is alone.

Everything here is compiled (compiled.py) and works on one pair at a time in scratch space that is made once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from matching.normalise.compiled import inlined, kernel, plain
from matching.normalise.forms import Forms
from matching.normalise.in_kana import IN_KANA
from matching.normalise.own_script import OWN
from matching.normalise.sides import (
    LOWEST,
    SLOTS,
    Scratch,
    Table,
    Views,
    Weighed,
    cosine,
    likeness,
    look,
    move,
    score_known,
    score_words,
    scratch,
    spell,
    table_of,
    take,
    weigh_latin,
    weigh_source,
    weighed,
)
from matching.normalise.symbols import LATIN
from matching.normalise.transducer import MAXIMUM_LENGTH, Floats, Integers

_WORTH_JOINING = 0.75  # cosine of expected and found letters of two words joined; words of a name are longer
_WORTH_JOINING_OWN = 0.85  # the same of words in one script, which are written alike: no composed name was joined below
_WORTH_JOINING_SYLLABLES = 0.5  # the same in scripts whose words are single characters or syllables
# By how many times the letters of two words joined may outnumber those of a word, or it theirs: of composed names that were
# joined 99 in 100 were nearer, and of those of syllables, which are joined one by one.
_MOST_LETTERS, _MOST_LETTERS_SYLLABLES = 1.6, 2.0
_LIKE = 0.8  # cosine of the letters from which two words are tried before all others
_BELONG = 0.6  # part of what a word tells that its agreement must reach for neither to be tried with any other
_ROUNDING = 1e-3  # by which that differs at most where it is reckoned from both: vectors are whole numbers
_JOIN_GAIN = 1.0  # nats that joining two words must add
_MOST_JOINED = 2  # joins per name
# Words of names of which either may have words joined. Of longer ones only that of more words; none where words are
# characters or syllables: a name of nine has not been split.
_JOINED_ON_BOTH = 8
_DIGIT = 4  # bits of a word's number among the parts of a joined word


def views_of(readings: Sequence[str], forms: Forms) -> dict[str, Views]:
    """The views of ``forms`` that each of ``readings`` compares."""
    spelled: dict[str, Weighed] = {}
    made = {}
    for reading in readings:
        other, table = other_view(reading), table_of(reading, forms.alphabet)
        if other not in spelled:  # what a word tells as spelled is the same in every reading
            spelled[other] = weighed(forms.words[other], table_of(other, forms.alphabet), as_source=False)
        by_source = weighed(forms.words[reading], table, as_source=True)
        made[reading] = Views(forms.words[reading], forms.words[other], by_source, spelled[other], table)
    return made


@kernel
def align_pair(views: Views, rows: Integers, k: int, space: Scratch) -> tuple[int, int, int]:
    """Align pair ``k`` of ``rows`` as ``rows_of`` gives it. Leaves the alignment in ``space``.

    Returns how many source words and Latin words it has, and how many joins were made.
    """
    sources, others = views.sources, views.others
    row, other, is_unspaced = rows[k, 0], rows[k, 1], rows[k, 2] > 0
    words = sources.starts[row + 1] - sources.starts[row]
    tokens = others.starts[other + 1] - others.starts[other]
    for i in range(words):
        take(sources, views.by_source, space.source, i, sources.starts[row] + i)
    for j in range(tokens):
        take(others, views.by_other, space.latin, j, others.starts[other] + j)
    _score_all(views, space, words, tokens)
    _assign(space, words, tokens)
    joins = 0
    while joins < _MOST_JOINED:
        is_short = max(words, tokens) <= _JOINED_ON_BOTH
        may_join = is_short or (words != tokens and not is_unspaced)
        on_latin, is_joined = tokens <= words, False
        for is_tried in (may_join, is_short):  # first where there are more words, then on the other side
            if is_tried and not is_joined:
                on_latin = not on_latin
                is_joined = _join_best(views, space, words, tokens, on_latin, is_unspaced)
        if not is_joined:
            break
        if on_latin:
            tokens -= 1
        else:
            words -= 1
        joins += 1
        _assign(space, words, tokens)
    return words, tokens, joins


@inlined
def _score_all(views: Views, space: Scratch, words: int, tokens: int) -> None:
    """Score every two words; words that clearly belong together, with each other alone: most of the time goes there."""
    for i in range(words):
        space.partner[i] = -1
        for j in range(tokens):
            space.scores[i, j] = LOWEST
            space.alike[i, j] = likeness(space, i, j)
    for j in range(tokens):
        space.taker[j] = -1
    for i in range(words):
        j = _likest(space, i, tokens)
        if space.taker[j] >= 0 or space.alike[i, j] < max(_LIKE, _most_alike(space, j, words)):
            continue
        space.scores[i, j] = score_known(views, space, i, j)
        if space.scores[i, j] >= _BELONG * max(-space.latin.own[j], -space.source.own[i]):
            space.partner[i], space.taker[j] = j, i
    for i in range(words):
        for j in range(tokens):
            if space.partner[i] < 0 and space.taker[j] < 0:
                space.scores[i, j] = score_known(views, space, i, j)


@inlined
def _most_alike(space: Scratch, j: int, words: int) -> float:
    """How alike to Latin word j the source word is that is likest to it: Ahmadi, where another is Ahmad."""
    most = 0.0
    for i in range(words):
        most = max(most, space.alike[i, j])
    return most


@inlined
def _likest(space: Scratch, i: int, tokens: int) -> int:
    """The Latin word that source word i is most like."""
    best = plain(0)
    for j in range(1, tokens):
        if space.alike[i, j] > space.alike[i, best]:
            best = j
    return best


@inlined
def _assign(space: Scratch, words: int, tokens: int) -> None:
    """Match words one to one, best first; a match needs a score above 0."""
    for i in range(words):
        space.partner[i], space.score[i] = -1, 0.0
    for j in range(tokens):
        space.taker[j] = -1
    for _ in range(min(words, tokens)):
        best, row, column = 0.0, -1, -1
        for i in range(words):
            if space.partner[i] >= 0:
                continue
            for j in range(tokens):
                if space.scores[i, j] > best and space.taker[j] < 0:
                    best, row, column = space.scores[i, j], i, j
        if row < 0:
            return
        space.partner[row], space.score[row] = column, best
        space.taker[column] = row


@inlined
def _join_best(views: Views, space: Scratch, words: int, tokens: int, on_latin: bool, is_unspaced: bool) -> bool:
    """Join the two words of one side that fit best together, if that adds enough; say whether. What would be cut is not."""
    long, short = (tokens, words) if on_latin else (words, tokens)
    mine, theirs = (space.taker, space.partner) if on_latin else (space.partner, space.taker)
    side = space.latin if on_latin else space.source
    gain, first, second = _JOIN_GAIN, plain(-1), plain(-1)
    for p in range(long):
        for q in range(long):
            if p == q or min(mine[p], mine[q]) >= 0 or side.length[p] + side.length[q] > MAXIMUM_LENGTH:
                continue
            if not _may_fit(views.table, space, theirs, short, p, q, on_latin, is_unspaced):
                continue
            found = _try_join(views, space, long, short, p, q, on_latin, is_unspaced, gain)
            if found > gain:
                gain, first, second = found, p, q
    if first < 0:
        return False
    _join(views, space, long, first, second, on_latin)
    _replace(views, space, long, short, first, second, on_latin)
    return True


@inlined
def _may_fit(
    table: Table, space: Scratch, theirs: Integers, short: int, p: int, q: int, on_latin: bool, is_unspaced: bool
) -> bool:
    """Whether words p and q of one side together are enough like a word of the other that is free for them, more so than
    either alone, and about as long.

    Reckoned from what is known of both; most pairs of words need no second look.
    """
    side, beside = (space.latin, space.source) if on_latin else (space.source, space.latin)
    given = side.given[p] + side.given[q]
    both = cosine(side.vector, p, side.vector, q)
    together = side.size[p] * side.size[p] + side.size[q] * side.size[q] + 2.0 * side.size[p] * side.size[q] * both
    length = np.sqrt(together)
    for i in range(short):
        if theirs[i] >= 0 and theirs[i] != p and theirs[i] != q:
            continue
        if not _are_as_long(is_unspaced, given, beside.given[i]):
            continue
        one, other = (space.alike[i, p], space.alike[i, q]) if on_latin else (space.alike[p, i], space.alike[q, i])
        alike = side.size[p] * one + side.size[q] * other
        if alike >= (_worth(table, is_unspaced, one, other) - _ROUNDING) * length:
            return True
    return False


@inlined
def _are_as_long(is_unspaced: bool, one: float, other: float) -> bool:
    """Whether one number of letters is near enough to another that both may be one name."""
    most = _MOST_LETTERS_SYLLABLES if is_unspaced else _MOST_LETTERS
    return one <= most * other and other <= most * one


@inlined
def _worth(table: Table, is_unspaced: bool, one: float, other: float) -> float:
    """How alike to a word two words joined must be, of which the one and the other are as much by themselves."""
    if is_unspaced:
        return _WORTH_JOINING_SYLLABLES
    return max(_WORTH_JOINING_OWN if table.is_own else _WORTH_JOINING, one, other)


@inlined
def _replace(views: Views, space: Scratch, long: int, short: int, first: int, second: int, on_latin: bool) -> None:
    """Put the word joined in slot ``long`` in place of its parts, the last word in that of the second."""
    side = space.latin if on_latin else space.source
    move(side, long, first)
    if second != long - 1:
        move(side, long - 1, second)
    for i in range(short):
        if on_latin:
            space.scores[i, first] = score_words(views, space, i, first)
            if second != long - 1:
                space.scores[i, second], space.alike[i, second] = space.scores[i, long - 1], space.alike[i, long - 1]
        else:
            space.scores[first, i] = score_words(views, space, first, i)
            if second != long - 1:
                space.scores[second, i], space.alike[second, i] = space.scores[long - 1, i], space.alike[long - 1, i]


@inlined
def _try_join(
    views: Views, space: Scratch, long: int, short: int, p: int, q: int, on_latin: bool, is_unspaced: bool, least: float
) -> float:
    """What joining words p and q of one side adds at best, if more than ``least``."""
    mine, theirs = (space.taker, space.partner) if on_latin else (space.partner, space.taker)
    side, beside = (space.latin, space.source) if on_latin else (space.source, space.latin)
    lost = 0.0
    for word in (p, q):
        if mine[word] >= 0:
            lost += space.score[mine[word] if on_latin else word]
    best = least
    _join(views, space, long, p, q, on_latin)
    for i in range(short):
        if theirs[i] >= 0 and theirs[i] != p and theirs[i] != q:
            continue
        if not _are_as_long(is_unspaced, side.given[long], beside.given[i]):
            continue
        alike = likeness(space, i, long) if on_latin else likeness(space, long, i)
        one, other = (space.alike[i, p], space.alike[i, q]) if on_latin else (space.alike[p, i], space.alike[q, i])
        if alike >= _worth(views.table, is_unspaced, one, other) - _ROUNDING:
            if on_latin:
                spell(views.sources, space.source, i)
                new = look(views.table, space, i, long, best + lost)
            else:
                spell(views.others, space.latin, i)
                new = look(views.table, space, long, i, best + lost)
            best = max(best, new - lost)
    return best


@inlined
def _join(views: Views, space: Scratch, slot: int, first: int, second: int, on_latin: bool) -> None:
    """Make one word of two, in ``slot``: chunks of symbols do not reach from one into the other."""
    side, words = (space.latin, views.others) if on_latin else (space.source, views.sources)
    spell(words, side, first)
    spell(words, side, second)
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
    side.word[slot], side.is_spelled[slot] = -1, 1
    side.length[slot], side.light[slot], side.initial[slot], side.sound[slot] = length, 0, 0, side.sound[first]
    known = side.rarity[first] >= 0.0 and side.rarity[second] >= 0.0
    side.rarity[slot] = side.rarity[first] + side.rarity[second] if known else -1.0
    side.names[slot, 0] = 0
    if on_latin:
        weigh_latin(views.table, space, slot)
    else:
        weigh_source(views.table, space, slot)


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
    """Rows of both forms of each pair in the views that ``reading`` compares, and whether the source's script is written
    without spaces: one row per pair.
    """
    row, other = forms.words[reading].row[source], forms.words[other_view(reading)].row[latin]
    return np.stack([row, other, forms.is_unspaced()[source]], axis=1)


def alignments(reading: str, forms: Forms, source: Integers, latin: Integers) -> Alignments:
    """Align form ``source[k]`` in ``reading`` with form ``latin[k]`` for every k."""
    rows = rows_of(reading, forms, source, latin)
    size = (len(rows), SLOTS)
    found = Alignments(
        np.zeros((len(rows), 2), dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size),
        np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64),
    )  # fmt: skip
    _keep_all(views_of([reading], forms)[reading], rows, scratch(), found)
    return found


@kernel
def _keep_all(views: Views, rows: Integers, space: Scratch, found: Alignments) -> None:
    for k in range(len(rows)):
        words, tokens, _ = align_pair(views, rows, k, space)
        found.counts[k, 0], found.counts[k, 1] = words, tokens
        for i in range(words):
            found.partner[k, i], found.score[k, i] = space.partner[i], space.score[i]
            found.source[k, i] = space.source.parts[i]
        for j in range(tokens):
            found.latin[k, j] = space.latin.parts[j]

"""What an alignment says as numbers: the features of a pair of names.

Enters: pairs of forms in one reading. Leaves: one row of FEATURES per pair. Names are also compared whole, as one word,
where one of them is written as one: in every order of the words of the other.
"""

import numpy as np

from matching.normalise.align import align_pair, rows_of, views_of
from matching.normalise.compiled import inlined, kernel, plain
from matching.normalise.forms import Forms, Words
from matching.normalise.in_kana import IN_KANA
from matching.normalise.own_script import OWN
from matching.normalise.sides import (
    LOWEST,
    Scratch,
    Side,
    Table,
    Views,
    likeness,
    look,
    nickname_score,
    scratch,
    spell,
    weigh_latin,
    weigh_source,
)
from matching.normalise.transducer import MAXIMUM_LENGTH, MIXED, Floats, Integers

FEATURES = (
    "matched",  # nats of evidence in the words that agree, light ones (articles, titles) left out
    "light_matched",  # the same of light words
    "weakest_match",  # the least of them
    "strongest_match",
    "weakest_quality",  # the least share of a matched token's information that the agreement explains
    "mean_quality",  # the same share over all matched tokens
    "shared_rarity",  # nats of surprise in the Latin tokens that agree, by how common each is among persons
    "rarest_shared",  # the most of one of them
    "left_out_source",  # nats of information in source words without counterpart
    "left_out_latin",  # nats of information in Latin tokens without counterpart
    "left_out_rarity",  # nats of surprise in Latin tokens without counterpart
    "left_out_source_rarity",  # the same of source words in Latin letters; their information in other scripts
    "count_out_source",
    "count_out_latin",
    "best_conflict",  # best score between words left over on both sides: how clearly they contradict; 5 where none
    "likeness_conflict",  # how alike the letters of two words left over are at best, 0 to 1; 1 where none
    "prefix_conflict",  # letters in which two words left over begin alike, as a share of the shorter; 1 where none
    "initials_agree",
    "initials_conflict",
    "whole",  # nats of evidence of the names read as one word
    "whole_quality",
    "words_source",  # without light ones
    "words_latin",
    "coverage_source",  # share of the information of the source words that is matched
    "coverage_latin",
    "source_surprise",  # nats of information per source symbol: how unusual they are in names of this reading
    "by_nickname",  # words that agree only as a nickname of one name
    "is_joined",  # two words were joined
    "reading",  # number of the reading in READING_NUMBERS
)
READING_NUMBERS = {
    reading: float(number)
    for number, reading in enumerate(
        ("Latn", "Cyrl", "Grek", "Geor", "Armn", "Arab", "Hebr", "Indi", "Taml", "Thai", "Romn", "Hang", "Kana", "Jpan",
         "Zhtr", "Kore", "Yuee", "Zhon", OWN)
    )
} | dict.fromkeys(IN_KANA, 18.0) | {MIXED: 1.0}  # fmt: skip
# Places of the features in a row: compiled code knows no names.
(
    _MATCHED, _LIGHT_MATCHED, _WEAKEST_MATCH, _STRONGEST_MATCH, _WEAKEST_QUALITY, _MEAN_QUALITY, _SHARED_RARITY,
    _RAREST_SHARED, _LEFT_OUT_SOURCE, _LEFT_OUT_LATIN, _LEFT_OUT_RARITY, _LEFT_OUT_SOURCE_RARITY, _COUNT_OUT_SOURCE,
    _COUNT_OUT_LATIN, _BEST_CONFLICT, _LIKENESS_CONFLICT, _PREFIX_CONFLICT, _INITIALS_AGREE, _INITIALS_CONFLICT, _WHOLE,
    _WHOLE_QUALITY, _WORDS_SOURCE, _WORDS_LATIN, _COVERAGE_SOURCE, _COVERAGE_LATIN, _SOURCE_SURPRISE, _BY_NICKNAME, _IS_JOINED, _READING,
) = range(len(FEATURES))  # fmt: skip
_MOST_ORDERED = 4  # words of a name that is compared whole
_LEAST_INFORMATION = 4.0  # nats: what an agreement is held against is never less
_LEAST_WHOLE = 6.0  # the same of whole names
# Cosine of expected and found letters from which names are tried in every order: of few words, and of _MOST_ORDERED.
_WORTH_ORDERING, _WORTH_ORDERING_MOST = 0.4, 0.6
_NO_CONFLICT = 5.0  # stands for "no words left over on both sides"
_NO_MATCH = 40.0  # weakest match where no word agrees
_NO_QUALITY = 2.0


def evidence(reading: str, forms: Forms, source: Integers, latin: Integers, *, views: Views | None = None) -> Floats:
    """FEATURES of pairs of ``forms``: form ``source[k]`` in ``reading`` beside form ``latin[k]``.

    Every form of a pair has at least one word. ``views``: those of ``reading``, where they are made already. Returns one
    row per pair.
    """
    features = np.zeros((len(source), len(FEATURES)))
    features[:, _READING] = READING_NUMBERS[reading]
    rows = rows_of(reading, forms, source, latin)
    _describe_all(views or views_of([reading], forms)[reading], rows, scratch(), features)
    return features


@kernel
def _describe_all(views: Views, rows: Integers, space: Scratch, features: Floats) -> None:
    table = views.table
    for k in range(len(rows)):
        words, tokens, joins = align_pair(views, rows, k, space)
        _describe_match(table, space, words, features, k)
        _describe_rest(views, space, words, tokens, features, k)
        _describe_whole(views.sources, views.others, rows, k, table, space, features)
        features[k, _IS_JOINED] = joins > 0


@inlined
def _describe_match(table: Table, space: Scratch, words: int, out: Floats, k: int) -> None:
    """Features of the words that agree."""
    source, latin = space.source, space.latin
    heavy, light, weakest, strongest, quality, rarity, rarest = 0.0, 0.0, _NO_MATCH, 0.0, _NO_QUALITY, 0.0, 0.0
    informed, nicknames = 0.0, 0
    for i in range(words):
        j, score = space.partner[i], space.score[i]
        if j < 0:
            continue
        strongest = max(strongest, score)
        if source.light[i] or latin.light[j]:
            light += score
            continue
        information = -(min(latin.own[j], source.own[i]) if table.is_own else latin.own[j])
        explained = score / max(information, _LEAST_INFORMATION)
        surprise = latin.rarity[j] * min(explained, 1.0)
        nicknames += 0.0 < score <= nickname_score(space, i, j)
        heavy += score
        informed += information
        weakest, quality = min(weakest, score), min(quality, explained)
        rarity += surprise
        rarest = max(rarest, surprise)
    out[k, _MATCHED], out[k, _LIGHT_MATCHED], out[k, _WEAKEST_MATCH] = heavy, light, weakest
    out[k, _STRONGEST_MATCH], out[k, _WEAKEST_QUALITY] = strongest, quality
    out[k, _MEAN_QUALITY] = heavy / max(informed, _LEAST_INFORMATION)
    out[k, _SHARED_RARITY], out[k, _RAREST_SHARED], out[k, _BY_NICKNAME] = rarity, rarest, nicknames


@inlined
def _describe_rest(views: Views, space: Scratch, words: int, tokens: int, out: Floats, k: int) -> None:
    """Features of the words left over."""
    source, latin, table = space.source, space.latin, views.table
    taken = plain(0)
    for i in range(words):
        if space.partner[i] >= 0:
            taken |= 1 << space.partner[i]
    _describe_sources(table, space, words, out, k)
    _describe_latins(space, tokens, taken, out, k)
    conflict, alike, prefix, agree, against = LOWEST * 2, 0.0, 0.0, 0, 0
    for j in range(tokens):
        if taken & (1 << j):
            continue
        initial, same = latin.initial[j], False
        for i in range(words):
            if space.partner[i] >= 0:
                continue
            same |= initial > 0 and source.sound[i] == initial
            if source.initial[i] > 0 and not latin.light[j] and initial == 0:
                spell(views.sources, source, i)
                spell(views.others, latin, j)
                agree += latin.letters[j * MAXIMUM_LENGTH] == source.letters[i * MAXIMUM_LENGTH]
            if initial == 0 and source.initial[i] == 0 and not latin.light[j] and not source.light[i]:
                conflict = max(conflict, space.scores[i, j])
                alike = max(alike, likeness(space, i, j))
                prefix = max(prefix, _prefix(views, space, i, j))
        agree += same
        against += initial > 0 and not same
    none = conflict < LOWEST
    out[k, _BEST_CONFLICT], out[k, _LIKENESS_CONFLICT] = (_NO_CONFLICT if none else conflict), (1.0 if none else alike)
    out[k, _PREFIX_CONFLICT] = 1.0 if none else prefix
    out[k, _INITIALS_AGREE], out[k, _INITIALS_CONFLICT] = agree, against


@inlined
def _prefix(views: Views, space: Scratch, i: int, j: int) -> float:
    """Share of the shorter of two Latin words in which both begin alike: nicknames are often the beginning of a name."""
    if not views.table.is_latin:
        return 0.0
    spell(views.sources, space.source, i)
    spell(views.others, space.latin, j)
    shorter = min(space.source.length[i], space.latin.length[j])
    same = 0
    while (
        same < shorter
        and space.source.letters[i * MAXIMUM_LENGTH + same] == space.latin.letters[j * MAXIMUM_LENGTH + same]
    ):
        same += 1
    return same / shorter if shorter > 1 else 0.0


@inlined
def _describe_sources(table: Table, space: Scratch, words: int, out: Floats, k: int) -> None:
    side = space.source
    left_out, rarity, count, total, matched, seen, symbols = 0.0, 0.0, 0, 0.0, 0.0, 0, 0
    for i in range(words):
        if side.light[i] or side.initial[i] > 0:
            continue
        information = -side.own[i]
        total += information
        symbols += side.length[i]
        seen += 1
        if space.partner[i] < 0:
            left_out += information
            rarity += side.rarity[i] if side.rarity[i] >= 0.0 else information
            count += 1
        else:
            matched += information
    out[k, _LEFT_OUT_SOURCE], out[k, _LEFT_OUT_SOURCE_RARITY] = left_out, rarity
    out[k, _COUNT_OUT_SOURCE], out[k, _WORDS_SOURCE] = count, seen
    out[k, _COVERAGE_SOURCE], out[k, _SOURCE_SURPRISE] = matched / max(total, 1.0), total / max(symbols, 1)


@inlined
def _describe_latins(space: Scratch, tokens: int, taken: int, out: Floats, k: int) -> None:
    side = space.latin
    left_out, rarity, count, total, matched, seen = 0.0, 0.0, 0, 0.0, 0.0, 0
    for j in range(tokens):
        if side.light[j] or side.initial[j] > 0:
            continue
        information = -side.own[j]
        total += information
        seen += 1
        if not taken & (1 << j):
            left_out += information
            rarity += side.rarity[j]
            count += 1
        else:
            matched += information
    out[k, _LEFT_OUT_LATIN], out[k, _LEFT_OUT_RARITY] = left_out, rarity
    out[k, _COUNT_OUT_LATIN], out[k, _WORDS_LATIN] = count, seen
    out[k, _COVERAGE_LATIN] = matched / max(total, 1.0)


@inlined
def _describe_whole(
    sources: Words, others: Words, rows: Integers, k: int, table: Table, space: Scratch, out: Floats
) -> None:
    """Features of the names read as one word, best over the orders of the side that has more words."""
    words = sources.starts[rows[k, 0] + 1] - sources.starts[rows[k, 0]]
    tokens = others.starts[rows[k, 1] + 1] - others.starts[rows[k, 1]]
    out[k, _WHOLE], out[k, _WHOLE_QUALITY] = LOWEST, LOWEST / _LEAST_WHOLE
    if words == tokens == 1 or max(words, tokens) > _MOST_ORDERED:
        return
    if min(words, tokens) > 1 and rows[k, 2] == 0:
        return
    has_light = False
    for token in range(others.starts[rows[k, 1]], others.starts[rows[k, 1] + 1]):
        has_light |= others.light[token]
    for without_light in range(1 + has_light):
        _describe_orders(sources, others, rows, k, table, space, without_light > 0, out)


@inlined
def _describe_orders(
    sources: Words,
    others: Words,
    rows: Integers,
    k: int,
    table: Table,
    space: Scratch,
    without_light: bool,
    out: Floats,
) -> None:
    """The names as one word each, the one of more words in every order."""
    words = sources.starts[rows[k, 0] + 1] - sources.starts[rows[k, 0]]
    tokens = _listed(others, rows[k, 1], without_light, space)
    if tokens == 0:
        return
    turns_source, slot = words > tokens, plain(0)
    for number in range(_orders(max(words, tokens))):
        if number == 0 or turns_source:
            _listed(sources, rows[k, 0], False, space)
            _write(sources, space.source, space, words, number if turns_source else 0)
            weigh_source(table, space, slot)
        if number == 0 or not turns_source:
            _listed(others, rows[k, 1], without_light, space)
            _write(others, space.latin, space, tokens, 0 if turns_source else number)
            weigh_latin(table, space, slot)
        if number == 0 and likeness(space, slot, slot) < (
            _WORTH_ORDERING if max(words, tokens) < _MOST_ORDERED else _WORTH_ORDERING_MOST
        ):
            return
        score = look(table, space, slot, slot, out[k, _WHOLE])
        if score > out[k, _WHOLE]:
            out[k, _WHOLE] = score
            information = -(min(space.latin.own[0], space.source.own[0]) if table.is_own else space.latin.own[0])
            out[k, _WHOLE_QUALITY] = score / max(information, _LEAST_WHOLE)


@inlined
def _orders(words: int) -> int:
    orders = 1
    for count in range(2, words + 1):
        orders *= count
    return orders


@inlined
def _listed(words: Words, row: int, without_light: bool, space: Scratch) -> int:
    """List the words of a form in ``space.order``, light ones if asked for; returns how many."""
    count = 0
    for word in range(words.starts[row], words.starts[row + 1]):
        if not (without_light and words.light[word]):
            space.order[count] = word
            count += 1
    return count


@inlined
def _write(words: Words, side: Side, space: Scratch, count: int, number: int) -> None:
    """Write the listed words as one into slot 0, in one of their orders: by number, as factorial digits count them."""
    length = 0
    for remaining in range(count, 0, -1):
        place = number % remaining
        number //= remaining
        word = space.order[place]
        for later in range(place, remaining - 1):
            space.order[later] = space.order[later + 1]
        low, high = words.places[words.word[word]], words.places[words.word[word] + 1]
        for symbol in range(low, min(high, low + MAXIMUM_LENGTH - length)):
            side.letters[length] = words.letters[symbol]
            for size in range(3):
                side.roots[length, size] = words.roots[symbol, size] if symbol + size < high else 0
            length += 1
    side.length[0] = length

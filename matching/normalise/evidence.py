"""What an alignment says as numbers: the features of a pair of names.

Enters: pairs of forms in one reading. Leaves: one row of FEATURES per pair. Names are also compared whole, as one word:
those of scripts without spaces in every order of the Latin tokens that keeps the family name at an end.
"""

import numpy as np

from matching.normalise.align import (
    LOWEST,
    WORTH_A_LOOK,
    Scratch,
    Table,
    align_pair,
    expect_letters,
    expect_symbols,
    likeness,
    scratch,
    table_of,
)
from matching.normalise.compiled import kernel, plain
from matching.normalise.forms import Forms, Sounded, Spelled
from matching.normalise.transducer import (
    MAXIMUM_LENGTH,
    Floats,
    Integers,
    joint_likelihood,
    letters_log_likelihood,
    source_log_likelihood,
)

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
    "first_out_source",  # 1 where the first word has no counterpart: the given name, where it stands first
    "first_out_latin",
    "last_out_source",
    "last_out_latin",
    "firsts_agree",  # 1 where the first words of both agree with each other
    "lasts_agree",
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
    "inversions",  # pairs of matched words that stand in the other order
    "is_joined",  # two neighbours were joined
    "reading",  # number of the reading in READING_NUMBERS
)
READING_NUMBERS = {
    reading: float(number)
    for number, reading in enumerate(
        ("Latn", "Cyrl", "Grek", "Geor", "Armn", "Arab", "Hebr", "Indi", "Taml", "Thai", "Romn", "Hang", "Kana", "Jpan",
         "Zhtr", "Kore", "Yuee", "Zhon")
    )
}  # fmt: skip
# Places of the features in a row: compiled code knows no names.
(
    _MATCHED, _LIGHT_MATCHED, _WEAKEST_MATCH, _STRONGEST_MATCH, _WEAKEST_QUALITY, _MEAN_QUALITY, _SHARED_RARITY,
    _RAREST_SHARED, _LEFT_OUT_SOURCE, _LEFT_OUT_LATIN, _LEFT_OUT_RARITY, _LEFT_OUT_SOURCE_RARITY, _COUNT_OUT_SOURCE,
    _COUNT_OUT_LATIN, _FIRST_OUT_SOURCE, _FIRST_OUT_LATIN, _LAST_OUT_SOURCE, _LAST_OUT_LATIN, _FIRSTS_AGREE,
    _LASTS_AGREE, _BEST_CONFLICT, _LIKENESS_CONFLICT, _PREFIX_CONFLICT, _INITIALS_AGREE, _INITIALS_CONFLICT, _WHOLE,
    _WHOLE_QUALITY, _WORDS_SOURCE, _WORDS_LATIN, _COVERAGE_SOURCE, _COVERAGE_LATIN, _INVERSIONS, _IS_JOINED, _READING,
) = range(len(FEATURES))  # fmt: skip
_MOST_ROTATED = 5  # Latin tokens of a name that is compared whole
_LEAST_INFORMATION = 4.0  # nats: what an agreement is held against is never less
_LEAST_WHOLE = 6.0  # the same of whole names
_NO_CONFLICT = 5.0  # stands for "no words left over on both sides"
_NO_MATCH = 40.0  # weakest match where no word agrees
_NO_QUALITY = 2.0


def evidence(reading: str, forms: Forms, source: Integers, latin: Integers) -> Floats:
    """FEATURES of pairs of ``forms``: form ``source[k]`` in ``reading`` beside form ``latin[k]``.

    Every form of a pair has at least one word. Returns one row per pair.
    """
    sounded = forms.sounded[reading]
    features = np.zeros((len(source), len(FEATURES)))
    features[:, _READING] = READING_NUMBERS[reading]
    rows = np.stack([sounded.row[source], latin], axis=1)
    _describe_all(sounded, forms.spelled, rows, table_of(reading), scratch(), features)
    return features


@kernel
def _describe_all(
    sounded: Sounded, latin: Spelled, rows: Integers, table: Table, space: Scratch, features: Floats
) -> None:
    for k in range(len(rows)):
        words, tokens, joins = align_pair(sounded, latin, rows, k, table, space)
        _describe_match(sounded, latin, table, space, words, features, k)
        _describe_rest(sounded, latin, table, space, words, tokens, features, k)
        _describe_whole(sounded, latin, rows, k, table, space, features)
        features[k, _IS_JOINED] = joins > 0


@kernel
def _is_light_source(sounded: Sounded, space: Scratch, word: int) -> bool:
    return bool(space.source.span[word] == 1 and sounded.light[space.source.first[word]])


@kernel
def _is_light_latin(latin: Spelled, space: Scratch, token: int) -> bool:
    return bool(space.latin.span[token] == 1 and latin.light[space.latin.first[token]])


@kernel
def _describe_match(
    sounded: Sounded, latin: Spelled, table: Table, space: Scratch, words: int, out: Floats, k: int
) -> None:
    """Features of the words that agree."""
    heavy, light, weakest, strongest, quality, rarity, rarest = 0.0, 0.0, _NO_MATCH, 0.0, _NO_QUALITY, 0.0, 0.0
    informed = 0.0
    inversions = 0
    for i in range(words):
        j, score = space.partner[i], space.score[i]
        if j < 0:
            continue
        for later in range(i + 1, words):
            inversions += 0 <= space.partner[later] < j
        strongest = max(strongest, score)
        if _is_light_source(sounded, space, i) or _is_light_latin(latin, space, j):
            light += score
            continue
        explained = score / max(-space.latin.own[j], _LEAST_INFORMATION)
        surprise = latin.rarity[space.latin.first[j], space.latin.span[j] - 1] * min(explained, 1.0)
        heavy += score
        informed -= space.latin.own[j]
        weakest, quality = min(weakest, score), min(quality, explained)
        rarity += surprise
        rarest = max(rarest, surprise)
    (
        out[k, _MATCHED],
        out[k, _LIGHT_MATCHED],
        out[k, _WEAKEST_MATCH],
        out[k, _STRONGEST_MATCH],
        out[k, _WEAKEST_QUALITY],
    ) = (
        heavy,
        light,
        weakest,
        strongest,
        quality,
    )
    out[k, _MEAN_QUALITY], out[k, _SHARED_RARITY], out[k, _RAREST_SHARED], out[k, _INVERSIONS] = (
        heavy / max(informed, _LEAST_INFORMATION),
        rarity,
        rarest,
        inversions,
    )


@kernel
def _describe_rest(
    sounded: Sounded, latin: Spelled, table: Table, space: Scratch, words: int, tokens: int, out: Floats, k: int
) -> None:
    """Features of the words left over, and of the places of those that agree."""
    taken = plain(0)
    for i in range(words):
        if space.partner[i] >= 0:
            taken |= 1 << space.partner[i]
    _describe_sources(sounded, latin, table, space, words, taken, out, k)
    _describe_latins(latin, space, tokens, taken, out, k)
    conflict, alike, prefix, agree, against = LOWEST * 2, 0.0, 0.0, 0, 0
    for j in range(tokens):
        if taken & (1 << j):
            continue
        initial = latin.initial[space.latin.first[j]] if space.latin.span[j] == 1 else 0
        light = _is_light_latin(latin, space, j)
        same = False
        for i in range(words):
            if space.partner[i] >= 0:
                continue
            same |= initial > 0 and sounded.first[space.source.first[i]] == initial
            own_initial = latin.initial[space.source.first[i]] if table.is_latin and space.source.span[i] == 1 else 0
            if own_initial > 0 and not light and initial == 0:
                begins = latin.letters[latin.places[space.latin.first[j]]]
                agree += latin.letters[latin.places[space.source.first[i]]] == begins
            if initial == 0 and own_initial == 0 and not light and not _is_light_source(sounded, space, i):
                conflict = max(conflict, space.scores[i, j])
                alike = max(alike, likeness(space.source.expected, i, space.latin.expected, j))
                prefix = max(prefix, _prefix(latin, table, space, i, j))
        agree += same
        against += initial > 0 and not same
    none = conflict < LOWEST
    out[k, _BEST_CONFLICT], out[k, _LIKENESS_CONFLICT] = (_NO_CONFLICT if none else conflict), (1.0 if none else alike)
    out[k, _PREFIX_CONFLICT], out[k, _INITIALS_AGREE], out[k, _INITIALS_CONFLICT] = (
        (1.0 if none else prefix),
        agree,
        against,
    )


@kernel
def _prefix(latin: Spelled, table: Table, space: Scratch, i: int, j: int) -> float:
    """Share of the shorter of two Latin words in which both begin alike: nicknames are often the beginning of a name."""
    if not table.is_latin:
        return 0.0
    low, other = space.source.low[i], space.latin.low[j]
    shorter = min(space.source.high[i] - low, space.latin.high[j] - other)
    same = 0
    while same < shorter and latin.letters[low + same] == latin.letters[other + same]:
        same += 1
    return same / shorter if shorter > 1 else 0.0


@kernel
def _describe_sources(
    sounded: Sounded, latin: Spelled, table: Table, space: Scratch, words: int, taken: int, out: Floats, k: int
) -> None:
    left_out, rarity, count, total, matched, seen, last_out = 0.0, 0.0, 0, 0.0, 0.0, 0, 0
    first_partner, last_partner = -1, -1
    for i in range(words):
        first, size = space.source.first[i], space.source.span[i]
        if _is_light_source(sounded, space, i) or (table.is_latin and size == 1 and latin.initial[first] > 0):
            continue
        information = -space.source.own[i]
        total += information
        out_here = space.partner[i] < 0
        if seen == 0:
            out[k, _FIRST_OUT_SOURCE], first_partner = out_here, space.partner[i]
        last_out, last_partner = out_here, space.partner[i]
        seen += 1
        if out_here:
            left_out += information
            rarity += latin.rarity[first, size - 1] if table.is_latin else information
            count += 1
        else:
            matched += information
    (
        out[k, _LEFT_OUT_SOURCE],
        out[k, _LEFT_OUT_SOURCE_RARITY],
        out[k, _COUNT_OUT_SOURCE],
        out[k, _LAST_OUT_SOURCE],
        out[k, _WORDS_SOURCE],
    ) = left_out, rarity, count, last_out, seen
    out[k, _COVERAGE_SOURCE] = matched / max(total, 1.0)
    out[k, _FIRSTS_AGREE], out[k, _LASTS_AGREE] = first_partner, last_partner


@kernel
def _describe_latins(latin: Spelled, space: Scratch, tokens: int, taken: int, out: Floats, k: int) -> None:
    left_out, rarity, count, total, matched, seen, last_out = 0.0, 0.0, 0, 0.0, 0.0, 0, 0
    first, last = -1, -1
    for j in range(tokens):
        token, size = space.latin.first[j], space.latin.span[j]
        if _is_light_latin(latin, space, j) or (size == 1 and latin.initial[token] > 0):
            continue
        information = -space.latin.own[j]
        total += information
        out_here = not taken & (1 << j)
        if seen == 0:
            out[k, _FIRST_OUT_LATIN], first = out_here, j
        last_out, last = out_here, j
        seen += 1
        if out_here:
            left_out += information
            rarity += latin.rarity[token, size - 1]
            count += 1
        else:
            matched += information
    (
        out[k, _LEFT_OUT_LATIN],
        out[k, _LEFT_OUT_RARITY],
        out[k, _COUNT_OUT_LATIN],
        out[k, _LAST_OUT_LATIN],
        out[k, _WORDS_LATIN],
    ) = (
        left_out,
        rarity,
        count,
        last_out,
        seen,
    )
    out[k, _COVERAGE_LATIN] = matched / max(total, 1.0)
    out[k, _FIRSTS_AGREE] = out[k, _FIRSTS_AGREE] >= 0 and out[k, _FIRSTS_AGREE] == first
    out[k, _LASTS_AGREE] = out[k, _LASTS_AGREE] >= 0 and out[k, _LASTS_AGREE] == last


@kernel
def _describe_whole(
    sounded: Sounded, latin: Spelled, rows: Integers, k: int, table: Table, space: Scratch, out: Floats
) -> None:
    """Features of the names read as one word, best over the orders of the Latin tokens."""
    begin, end = latin.starts[rows[k, 1]], latin.starts[rows[k, 1] + 1]
    first, last = sounded.starts[rows[k, 0]], sounded.starts[rows[k, 0] + 1]
    out[k, _WHOLE], out[k, _WHOLE_QUALITY] = LOWEST, LOWEST / _LEAST_WHOLE
    tokens = end - begin
    if not 1 < tokens <= _MOST_ROTATED or not (table.is_unspaced or table.is_latin or last - first != tokens):
        return
    low, high = sounded.places[first], sounded.places[last]
    side = space.source
    expect_symbols(sounded.roots, low, high, table.expected, side.expected, plain(0))
    side.own[0] = source_log_likelihood(sounded.roots, low, high, table.mass, table.stray, space.forward)
    bare = False
    for token in range(begin, end):
        bare |= latin.light[token]
    for without_light in range(1 + bare):
        for start in range(tokens if table.is_unspaced else 1):
            count = _write_rotated(latin, begin, tokens, start, without_light > 0, space)
            if count > 0:
                _score_whole(sounded, low, high, count, table, space, out, k)


@kernel
def _write_rotated(latin: Spelled, begin: int, tokens: int, start: int, without_light: bool, space: Scratch) -> int:
    """Write the letters of the tokens from ``start`` on, then those before it; returns how many."""
    count = 0
    for k in range(tokens):
        token = begin + (start + k) % tokens
        if without_light and latin.light[token]:
            continue
        for place in range(latin.places[token], latin.places[token + 1]):
            if count < MAXIMUM_LENGTH:
                space.letters[count] = latin.letters[place]
                count += 1
    return count


@kernel
def _score_whole(
    sounded: Sounded, low: int, high: int, count: int, table: Table, space: Scratch, out: Floats, k: int
) -> None:
    side, nothing = space.latin, plain(0)
    expect_letters(space.letters, nothing, count, side.expected, nothing)
    if likeness(side.expected, nothing, space.source.expected, nothing) < WORTH_A_LOOK:
        return
    alone = letters_log_likelihood(space.letters, nothing, count, table.trigrams)
    joint = joint_likelihood(
        sounded.roots, low, high, space.letters, nothing, count, table.child, table.value, table.inserted, space.cells
    )
    score = joint - space.source.own[0] - alone
    if score > out[k, _WHOLE]:
        out[k, _WHOLE], out[k, _WHOLE_QUALITY] = score, score / max(-alone, _LEAST_WHOLE)

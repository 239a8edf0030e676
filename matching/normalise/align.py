"""Aligning the words of two names, many pairs of names at once, and what the alignment says as numbers.

Enters: pairs of names, each a list of source words (symbols in one reading) and a list of Latin tokens. Leaves: one
row of FEATURES per pair. Words are aligned one to one, best first; where one name has more words than the other, two
neighbours may be joined if that fits better (Abd al-Rahman, Abdulrahman); scripts written without spaces are also
compared whole, in every order of the Latin tokens that keeps the family name at an end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from matching.normalise.forms import is_light_source, is_light_token
from matching.normalise.symbols import Symbols, fold_latin
from matching.normalise.tokens import skeleton
from matching.normalise.transducer import (
    Floats,
    Integers,
    information,
    letter_log_likelihood,
    log_ratios,
    source_information,
)

FEATURES = (
    "matched",  # nats of evidence in the words that agree
    "weakest_match",  # the least of them
    "weakest_quality",  # the least share of a matched token's information that the agreement explains
    "mean_quality",  # the same share over all matched tokens
    "left_out_source",  # nats of information in source words without counterpart
    "left_out_latin",  # nats of information in Latin tokens without counterpart
    "count_out_source",
    "count_out_latin",
    "shared_rarity",  # nats of surprise in the Latin tokens that agree, by how common each is among persons
    "left_out_rarity",  # the same of Latin tokens without counterpart
    "best_conflict",  # best score between words left over on both sides: how clearly they contradict; 5 where none
    "initials_agree",
    "initials_conflict",
    "whole",  # nats of evidence of the names read as one word
    "whole_quality",
    "words_source",
    "words_latin",
    "coverage_source",  # share of the information of the source words that is matched
    "coverage_latin",
    "inversions",  # pairs of matched words that stand in the other order
    "strongest_match",
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
_UNSPACED = frozenset({"Zhon", "Zhtr", "Jpan", "Kore", "Yuee", "Kana", "Hang", "Thai", "Romn"})
_LOWEST = -30.0  # nats: a contradiction needs no finer measure
_JOIN_GAIN = 1.0  # nats that joining two words must add
_MOST_JOINED = 2  # joins per name
_MOST_ROTATED = 5  # Latin tokens of a name that is compared whole
_SHIFT = 1 << 32


@dataclass
class Words:
    """The words of one alignment, known by number, and the scores of pairs of them."""

    reading: str
    source_numbers: dict[Symbols, int] = field(default_factory=dict)
    latin_numbers: dict[str, int] = field(default_factory=dict)

    def source(self, word: Symbols) -> int:
        """Number of a source word."""
        return self.source_numbers.setdefault(word, len(self.source_numbers))

    def latin(self, token: str) -> int:
        """Number of a Latin token."""
        return self.latin_numbers.setdefault(token, len(self.latin_numbers))

    def join_latin(self, first: Integers, second: Integers) -> Integers:
        """Numbers of the tokens that two tokens make together, element by element."""
        tokens = list(self.latin_numbers)
        return _by_distinct(first, second, lambda i, j: self.latin(tokens[i] + tokens[j]))

    def join_sources(self, first: Integers, second: Integers) -> Integers:
        """Numbers of the words that two source words make together, element by element."""
        words = list(self.source_numbers)
        return _by_distinct(first, second, lambda i, j: self.source(words[i] + words[j]))

    def scores(self, sources: Integers, latins: Integers) -> Floats:
        """Scores of pairs of words given by number, in nats, not below -30."""
        keys, places = np.unique(sources * _SHIFT + latins, return_inverse=True)
        left, left_of = np.unique(keys // _SHIFT, return_inverse=True)
        right, right_of = np.unique(keys % _SHIFT, return_inverse=True)
        words, tokens = list(self.source_numbers), list(self.latin_numbers)
        found = log_ratios(
            self.reading, [words[i] for i in left], [tokens[i] for i in right], left=left_of, right=right_of
        )
        result: Floats = np.maximum(found, _LOWEST)[places]
        return result


def _by_distinct(first: Integers, second: Integers, join: Callable[[int, int], int]) -> Integers:
    keys, places = np.unique(first * _SHIFT + second, return_inverse=True)
    joined = np.array([join(int(key // _SHIFT), int(key % _SHIFT)) for key in keys], dtype=np.int64)
    result: Integers = joined[places].reshape(first.shape)
    return result


@dataclass(frozen=True)
class Bucket:
    """Pairs of names with equally many words on each side: row of each pair, and its words by number."""

    rows: Integers
    sources: Integers
    latins: Integers
    is_joined: bool = False

    def taken(self, which: npt.NDArray[np.bool_]) -> "Bucket":
        """The pairs for which ``which`` holds."""
        return Bucket(self.rows[which], self.sources[which], self.latins[which], self.is_joined)


@dataclass(frozen=True)
class Alignment:
    """Words of a bucket matched one to one. ``score`` and ``partner`` are by source word; no partner is -1."""

    scores: Floats
    score: Floats
    partner: Integers


@dataclass(frozen=True)
class Aligned:
    """Names aligned in one reading: one row of FEATURES per pair, and the alignments they were taken from."""

    words: Words
    features: Floats
    buckets: list[tuple[Bucket, Alignment]]
    whereabouts: Integers

    def found(self, row: int) -> tuple[Bucket, Alignment, int]:
        """The bucket of a pair, its alignment, and the place of the pair in them."""
        which, place = self.whereabouts[row]
        return *self.buckets[which], int(place)


def align(reading: str, sources: Sequence[Sequence[Symbols]], latins: Sequence[Sequence[str]]) -> Aligned:
    """Align ``sources[k]`` with ``latins[k]`` for every k. Every name has at least one word."""
    words = Words(reading)
    source_numbers = [tuple(map(words.source, source)) for source in sources]
    latin_numbers = [tuple(map(words.latin, latin)) for latin in latins]
    final = _final(words, _buckets(source_numbers, latin_numbers))
    whole, weight = _whole(words, sources, latins)
    facts = Facts(_source_facts(words), _latin_facts(words))
    features = np.zeros((len(sources), len(FEATURES)))
    whereabouts = np.zeros((len(sources), 2), dtype=np.int64)
    buckets = [(bucket, _assigned(scores)) for bucket, scores in final]
    for number, (bucket, aligned) in enumerate(buckets):
        features[bucket.rows] = _features(facts, bucket, aligned)
        whereabouts[bucket.rows] = np.stack([np.full(len(bucket.rows), number), np.arange(len(bucket.rows))], axis=1)
    features[:, FEATURES.index("whole")] = whole
    features[:, FEATURES.index("whole_quality")] = whole / np.maximum(weight, 6.0)
    features[:, FEATURES.index("reading")] = READING_NUMBERS[reading]
    return Aligned(words, features, buckets, whereabouts)


@dataclass(frozen=True)
class Facts:
    """What is known of each word by itself: per word its information, whether it is light, the class of its sound."""

    sources: Floats
    latins: Floats


def _buckets(sources: Sequence[tuple[int, ...]], latins: Sequence[tuple[int, ...]]) -> list[Bucket]:
    groups: dict[tuple[int, int], list[int]] = {}
    for row, (source, latin) in enumerate(zip(sources, latins, strict=True)):
        groups.setdefault((len(source), len(latin)), []).append(row)
    return [
        Bucket(
            np.array(rows, dtype=np.int64),
            np.array([sources[row] for row in rows], dtype=np.int64),
            np.array([latins[row] for row in rows], dtype=np.int64),
        )
        for rows in groups.values()
    ]


def _scored(words: Words, crosses: Sequence[tuple[Integers, Integers]]) -> list[Floats]:
    """Score every word with every other for all names of all buckets, in one go."""
    spread = [np.broadcast_arrays(source[:, :, None], latin[:, None, :]) for source, latin in crosses]
    if not spread:
        return []
    flat = words.scores(
        np.concatenate([left.ravel() for left, _ in spread]), np.concatenate([right.ravel() for _, right in spread])
    )
    ends = np.cumsum([left.size for left, _ in spread])
    return [flat[end - left.size : end].reshape(left.shape) for end, (left, _) in zip(ends, spread, strict=True)]


def _final(words: Words, buckets: list[Bucket]) -> list[tuple[Bucket, Floats]]:
    """Score all buckets; where joining two words of the longer name fits better, the pair moves to a joined bucket."""
    done: list[tuple[Bucket, Floats]] = []
    for _ in range(_MOST_JOINED + 1):
        scored = list(zip(buckets, _scored(words, [(b.sources, b.latins) for b in buckets]), strict=True))
        uneven = [(b, scores) for b, scores in scored if b.sources.shape[1] != b.latins.shape[1]]
        done += [(b, scores) for b, scores in scored if b.sources.shape[1] == b.latins.shape[1]]
        buckets = []
        for (bucket, scores), (joined, gain) in zip(uneven, _joined(words, uneven), strict=True):
            better = gain > _JOIN_GAIN
            done.append((bucket.taken(~better), scores[~better]))
            buckets.append(joined.taken(better))
        buckets = [bucket for bucket in buckets if len(bucket.rows)]
    scored = list(zip(buckets, _scored(words, [(b.sources, b.latins) for b in buckets]), strict=True))
    return [(bucket, scores) for bucket, scores in done + scored if len(bucket.rows)]


def _joined(words: Words, scored: Sequence[tuple[Bucket, Floats]]) -> list[tuple[Bucket, Floats]]:
    """For each pair the best join of two neighbours of its longer name, and what it adds in nats."""
    crosses, neighbours = [], []
    for bucket, _ in scored:
        if bucket.latins.shape[1] > bucket.sources.shape[1]:
            together = words.join_latin(bucket.latins[:, :-1], bucket.latins[:, 1:])
            crosses.append((bucket.sources, together))
        else:
            together = words.join_sources(bucket.sources[:, :-1], bucket.sources[:, 1:])
            crosses.append((together, bucket.latins))
        neighbours.append(together)
    result = []
    for (bucket, scores), new, together in zip(scored, _scored(words, crosses), neighbours, strict=True):
        latin_is_longer = bucket.latins.shape[1] > bucket.sources.shape[1]
        turned = (scores, new) if latin_is_longer else (scores.transpose(0, 2, 1), new.transpose(0, 2, 1))
        gain, place = _best_join(*turned)
        longer = bucket.latins if latin_is_longer else bucket.sources
        shorter = _replaced(longer, together, place)
        sides = (bucket.sources, shorter) if latin_is_longer else (shorter, bucket.latins)
        result.append((Bucket(bucket.rows, *sides, is_joined=True), gain))
    return result


def _best_join(scores: Floats, new: Floats) -> tuple[Floats, Integers]:
    """Gain of the best join and its place: ``scores`` by (short, long) word, ``new`` by (short, neighbours of long)."""
    aligned = _assigned(scores)
    count, _, long = scores.shape
    by_long = np.zeros((count, long + 1))
    np.put_along_axis(by_long, np.where(aligned.partner < 0, long, aligned.partner), aligned.score, axis=1)
    place = np.arange(long - 1)
    own = (aligned.partner[:, :, None] == place) | (aligned.partner[:, :, None] == place + 1)
    lost = by_long[:, None, :-2] + by_long[:, None, 1:-1] + np.where(own, 0.0, aligned.score[:, :, None])
    gains = (new - lost).reshape(count, -1)
    best = gains.argmax(axis=1)
    return gains[np.arange(count), best], best % (long - 1)


def _replaced(longer: Integers, together: Integers, place: Integers) -> Integers:
    """Put the joined word in place of its two parts, row by row."""
    column = np.arange(longer.shape[1] - 1)
    kept = np.where(column < place[:, None], longer[:, :-1], longer[:, 1:])
    result: Integers = np.where(column == place[:, None], together, kept)
    return result


def _assigned(scores: Floats) -> Alignment:
    """Match words one to one, best first; a match needs a score above 0."""
    count, rows, columns = scores.shape
    left_open, every = scores.copy(), np.arange(count)
    score, partner = np.zeros((count, rows)), np.full((count, rows), -1, dtype=np.int64)
    for _ in range(min(rows, columns)):
        best = left_open.reshape(count, -1).argmax(axis=1)
        row, column = best // columns, best % columns
        value = left_open[every, row, column]
        found = value > 0
        if not found.any():
            break
        k, i, j = every[found], row[found], column[found]
        score[k, i], partner[k, i] = value[found], j
        left_open[k, i, :] = -np.inf
        left_open[k, :, j] = -np.inf
    return Alignment(scores, score, partner)


def _features(facts: Facts, bucket: Bucket, aligned: Alignment) -> Floats:
    """One row of FEATURES per pair of the bucket; those of whole names are filled in by the caller."""
    source, latin = facts.sources[bucket.sources], facts.latins[bucket.latins]
    information_source, light_source, first_source = source[..., 0], source[..., 1] > 0, source[..., 2]
    information_latin, light_latin, first_latin = latin[..., 0], latin[..., 1] > 0, latin[..., 2]
    score, matched = aligned.score, aligned.partner >= 0
    columns = latin.shape[1]
    taken = np.zeros((len(bucket.rows), columns + 1), dtype=bool)
    np.put_along_axis(taken, np.where(matched, aligned.partner, columns), True, axis=1)
    taken = taken[:, :columns]
    partner_information = np.take_along_axis(information_latin, np.maximum(aligned.partner, 0), axis=1)
    partner_rarity = np.take_along_axis(latin[..., 3], np.maximum(aligned.partner, 0), axis=1)
    counted = matched & ~light_source
    quality = score / np.maximum(partner_information, 4.0)
    out_source, out_latin = ~matched & ~light_source, ~taken & ~light_latin & (first_latin == 0)
    conflict = np.where(out_source[:, :, None] & out_latin[:, None, :], aligned.scores, -np.inf).max(axis=(1, 2))
    initial = ~taken & (first_latin > 0)
    same_sound = first_source[:, :, None] == first_latin[:, None, :]
    agrees = (initial[:, None, :] & ~matched[:, :, None] & same_sound).any(axis=1)
    order = np.where(matched, aligned.partner, -1)
    ahead = (order[:, :, None] > order[:, None, :]) & matched[:, :, None] & matched[:, None, :]
    later = np.triu(np.ones((score.shape[1], score.shape[1]), dtype=bool), 1)
    share = (information_source * ~light_source).sum(axis=1), (information_latin * ~light_latin).sum(axis=1)
    values = {
        "matched": score.sum(axis=1),
        "weakest_match": np.where(counted, score, 40.0).min(axis=1),
        "weakest_quality": np.where(counted, quality, 2.0).min(axis=1),
        "mean_quality": score.sum(axis=1) / np.maximum((partner_information * matched).sum(axis=1), 4.0),
        "left_out_source": (information_source * out_source).sum(axis=1),
        "left_out_latin": (information_latin * out_latin).sum(axis=1),
        "shared_rarity": (partner_rarity * np.clip(quality, 0.0, 1.0) * matched).sum(axis=1),
        "left_out_rarity": (latin[..., 3] * out_latin).sum(axis=1),
        "count_out_source": out_source.sum(axis=1),
        "count_out_latin": out_latin.sum(axis=1),
        "best_conflict": np.where(np.isfinite(conflict), conflict, 5.0),
        "initials_agree": agrees.sum(axis=1),
        "initials_conflict": (initial & ~agrees).sum(axis=1),
        "words_source": np.full(len(score), score.shape[1]),
        "words_latin": np.full(len(score), columns),
        "coverage_source": (information_source * counted).sum(axis=1) / np.maximum(share[0], 1.0),
        "coverage_latin": (information_latin * (taken & ~light_latin)).sum(axis=1) / np.maximum(share[1], 1.0),
        "inversions": (ahead & later).sum(axis=(1, 2)),
        "strongest_match": score.max(axis=1),
        "is_joined": np.full(len(score), float(bucket.is_joined)),
    }
    zero = np.zeros(len(score))
    return np.stack([values.get(name, zero) for name in FEATURES], axis=1)


def _source_facts(words: Words) -> Floats:
    """Per source word: its information in nats, whether it is light, the class of its first sound (1 to 26)."""
    listed = list(words.source_numbers)
    light = [float(is_light_source(word, words.reading)) for word in listed]
    first = [_first_class(fold_latin(word[0])) for word in listed]
    return np.stack([source_information(words.reading, listed), np.array(light), np.array(first)], axis=1)


def _latin_facts(words: Words) -> Floats:
    """Per Latin token: its information in nats, whether it is light, the class of an initial or 0, its rarity."""
    tokens = list(words.latin_numbers)
    light = [float(is_light_token(token)) for token in tokens]
    initial = [_first_class(token) if len(token) == 1 else 0.0 for token in tokens]
    return np.stack([-letter_log_likelihood(tokens), np.array(light), np.array(initial), information(tokens)], axis=1)


def _first_class(latin: str) -> float:
    """Class of sounds an initial stands for, as a number; vowels, h and y are one class."""
    return float(ord(skeleton(latin)[0]) - ord("A") + 1) if latin else 27.0


def _whole(
    words: Words, sources: Sequence[Sequence[Symbols]], latins: Sequence[Sequence[str]]
) -> tuple[Floats, Floats]:
    """Score of each pair of names read as one word, best over the orders of the Latin tokens; and its information."""
    rows, left, right = [], [], []
    for row, (source, latin) in enumerate(zip(sources, latins, strict=True)):
        if not 1 < len(latin) <= _MOST_ROTATED or (words.reading not in _UNSPACED and len(source) == len(latin)):
            continue
        together = words.source(tuple(symbol for word in source for symbol in word))
        for order in _orders(tuple(latin)):
            rows.append(row)
            left.append(together)
            right.append(words.latin("".join(order)))
    best, weight = np.full(len(sources), _LOWEST), np.full(len(sources), 6.0)
    if rows:
        latin_information = -letter_log_likelihood(list(words.latin_numbers))
        np.maximum.at(best, rows, words.scores(np.array(left), np.array(right)))
        np.maximum.at(weight, rows, latin_information[right])
    return best, weight


def _orders(tokens: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The orders of a name that keep a run of it together: every rotation, with and without light words."""
    bare = tuple(token for token in tokens if not is_light_token(token))
    rotated = [name[k:] + name[:k] for name in dict.fromkeys((tokens, bare)) if name for k in range(len(name))]
    return list(dict.fromkeys(rotated))

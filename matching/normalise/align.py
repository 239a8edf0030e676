"""Aligning the words of two names, many pairs of names at once, and what the alignment says as numbers.

Enters: pairs of names, each a list of source words (symbols in one reading) and a list of Latin tokens. Leaves: one row of
FEATURES per pair. Words are aligned one to one, best first; where one name has more words than the other, two neighbours
may be joined if that fits better (Abd al-Rahman, Abdulrahman); scripts written without spaces are also compared whole,
in every order of the Latin tokens that keeps the family name at an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from matching.normalise.forms import is_light_source, is_light_token
from matching.normalise.symbols import LATIN, Symbols, fold_latin
from matching.normalise.tokens import skeleton
from matching.normalise.transducer import Floats, Integers, latin_log_likelihood, log_ratios, source_information

FEATURES = (
    "matched",  # nats of evidence in the words that agree
    "weakest_match",  # the least of them
    "weakest_quality",  # the least share of a matched token's information that the agreement explains
    "mean_quality",  # the same share over all matched tokens
    "left_out_source",  # nats of information in source words without counterpart
    "left_out_latin",  # nats of information in Latin tokens without counterpart
    "count_out_source",
    "count_out_latin",
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
         "Zhon", "Kore")
    )
}  # fmt: skip
_UNSPACED = frozenset({"Zhon", "Jpan", "Kore", "Kana", "Hang", "Thai", "Romn"})
_LOWEST = -30.0  # nats: a contradiction needs no finer measure
_JOIN_GAIN = 1.0  # nats that joining two words must add
_MOST_ROTATED = 5
_SHIFT = 1 << 32


@dataclass
class Scorer:
    """Scores of word pairs of one reading, each computed once. Words are known by number."""

    reading: str
    source_numbers: dict[Symbols, int] = field(default_factory=dict)
    latin_numbers: dict[str, int] = field(default_factory=dict)
    known: dict[int, float] = field(default_factory=dict)

    def source(self, word: Symbols) -> int:
        """Number of a source word."""
        return self.source_numbers.setdefault(word, len(self.source_numbers))

    def latin(self, token: str) -> int:
        """Number of a Latin token."""
        return self.latin_numbers.setdefault(token, len(self.latin_numbers))

    def scores(self, sources: Integers, latins: Integers) -> Floats:
        """Scores of pairs given by number, in nats, not below -30."""
        keys, places = np.unique(sources * _SHIFT + latins, return_inverse=True)
        left, left_of = np.unique(keys // _SHIFT, return_inverse=True)
        right, right_of = np.unique(keys % _SHIFT, return_inverse=True)
        words, tokens = list(self.source_numbers), list(self.latin_numbers)
        found = log_ratios(
            self.reading, [words[i] for i in left], [tokens[i] for i in right], left_of, right_of
        )
        result: Floats = np.maximum(found, _LOWEST)[places]
        return result


@dataclass(frozen=True)
class Pair:
    """Two names to align, as numbers of words."""

    row: int
    sources: tuple[int, ...]
    latins: tuple[int, ...]
    is_joined: bool = False


def align(reading: str, sources: Sequence[Sequence[Symbols]], latins: Sequence[Sequence[str]]) -> Floats:
    """Align ``sources[k]`` with ``latins[k]`` for every k. Returns one row of FEATURES per pair.

    Every name has at least one word.
    """
    scorer = Scorer(reading)
    pairs = [
        Pair(row, tuple(map(scorer.source, source)), tuple(map(scorer.latin, latin)))
        for row, (source, latin) in enumerate(zip(sources, latins, strict=True))
    ]
    pairs = _joined(scorer, _joined(scorer, pairs))
    result = np.zeros((len(pairs), len(FEATURES)))
    words = _Words(scorer)
    for bucket in _buckets(pairs):
        result[[pair.row for pair in bucket]] = _features(scorer, words, bucket)
    whole, information = _whole(scorer, sources, latins)
    result[:, FEATURES.index("whole")] = whole
    result[:, FEATURES.index("whole_quality")] = whole / np.maximum(information, 6.0)
    return result

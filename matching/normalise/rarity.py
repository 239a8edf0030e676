"""How rare a name token is: nats of surprise at it as anyone's name.

Enters: Latin tokens. Leaves: for each, minus the logarithm of its share among name tokens. Shares are those counted among
Wikidata's persons, and those of common names within their own culture (data/common_names.toml): that two Koreans are both
called Kim says little, however few of the world's people are.
"""

import csv
import gzip
import tomllib
from collections.abc import Sequence
from functools import cache

import numpy as np

from matching.normalise.tokens import skeletons
from matching.normalise.transducer import Floats, letter_log_likelihood
from matching.normalise.words import DATA

_ALIKE = 0.3  # part of the share of like-sounding tokens that counts for a spelling
_UNIT = 1e-4  # of the shares in data/common_names.toml


def information(words: Sequence[str]) -> Floats:
    """Information of each Latin name token, in nats: how surprising it is as anyone's name.

    A token is as likely as the letter model says, plus as often as it was counted, plus a part of the tokens that sound
    like it: so that every spelling of a very common name is common. Or as it is in its culture, where that is more: that
    is of its listed spellings only, for what sounds like Nguyen in one culture is Nakano in another.
    """
    tokens, alike = _counted()
    common = _common()
    share = np.array(
        [
            max(tokens.get(word, 0.0) + _ALIKE * alike.get(sound, 0.0), common.get(word, 0.0))
            for word, sound in zip(words, _sounds(words), strict=True)
        ]
    )
    result: Floats = -np.log(np.exp(letter_log_likelihood(words)) + share)
    return result


@cache
def _counted() -> tuple[dict[str, float], dict[str, float]]:
    """Share of a token, and of all tokens that sound alike, among the name tokens of many persons."""
    with gzip.open(DATA / "token_frequency.tsv.gz", "rt", encoding="utf-8") as file:
        tokens = {token: float(np.exp(-float(cost))) for token, cost in csv.reader(file, delimiter="\t")}
    alike: dict[str, float] = {}
    for sound, share in zip(_sounds(list(tokens)), tokens.values(), strict=True):
        alike[sound] = alike.get(sound, 0.0) + share
    return tokens, alike


@cache
def _common() -> dict[str, float]:
    """Share of a common name in its culture, by each of its spellings."""
    groups = tomllib.loads((DATA / "common_names.toml").read_text(encoding="utf-8"))
    tokens: dict[str, float] = {}
    for group in groups.values():
        for line in group["names"].strip().splitlines():
            share, *spellings = line.split()
            tokens |= {spelling: max(int(share) * _UNIT, tokens.get(spelling, 0.0)) for spelling in spellings}
    return tokens


def _sounds(tokens: Sequence[str]) -> list[str]:
    return [token[:1] + found for token, found in zip(tokens, skeletons(tokens), strict=True)]

"""Name forms as comparison sees them: letters and symbols as numbers, in a few long arrays.

Enters: distinct name forms. Leaves: ``Forms``, with two views of each. *Spelled*: its Latin tokens (folded; for other
scripts a plain romanisation). *Sounded*, once for each reading of its script: the symbols of its words, ready for the
transducer of that reading. Python runs over distinct words only. The tokens of a form stand side by side, so that two
neighbours joined are simply a longer stretch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.normalise.names import split_words
from matching.normalise.symbols import LATIN, READINGS, ROMANISED, fold_latin, symbols
from matching.normalise.text import script_of
from matching.normalise.tokens import skeleton
from matching.normalise.transducer import (
    LETTERS,
    MAXIMUM_LENGTH,
    Floats,
    Integers,
    Numbers,
    encode_symbols,
    ends_of,
    information,
    letter_codes,
    roots_of,
    transducer,
)
from matching.normalise.words import AMBIGUOUS, PARTICLES, PLACEHOLDER_WORDS, PLACEHOLDERS, TITLES

Flags = npt.NDArray[np.bool_]

MAXIMUM_TOKENS = 8  # tokens of a name that are compared; the rest of a longer one is left out
_ARTICLE = ("ا", "ل")
# "Servant of", first half of an Arabic name: what follows it tells people apart.
_SERVANT = frozenset(("abd", "abdal", "abdel", "abdul", "abdoul", "abdol", "abdu"))
_SUFFIXES = frozenset(
    ("jr", "sr", "jnr", "snr", "ii", "iii", "iv", "esq", "oglu", "ogly", "uly", "kyzy", "qizi", "kizi")
)
_LIGHT = PARTICLES | AMBIGUOUS | TITLES | _SERVANT

# Han characters carry a syllable or more each; elsewhere one or two symbols are an article, a preposition, an initial,
# in Indic scripts three (an initial is written as the name of the letter: em, es).
_LIGHT_SYMBOLS = {"Zhon": 0, "Zhtr": 0, "Kore": 0, "Yuee": 0, "Jpan": 0, "Kana": 1,
                  "Taml": 3, "Indi": 3}  # fmt: skip
_JOINED = 3  # tokens that may be joined to one


class Spelled(NamedTuple):
    """Forms in Latin letters. Tokens of form k are ``starts[k]:starts[k + 1]``, letters of token t
    ``places[t]:places[t + 1]``.

    ``roots``: chunks of the Latin transducer by letter place. ``light``: the token weighs little by itself.
    ``initial``: class of the sound of a one-letter token, else 0. ``rarity[t, n]``: nats of surprise in token t joined
    with the n that follow it in its form.
    """

    starts: Integers
    places: Integers
    letters: Numbers
    roots: Numbers
    light: Flags
    initial: Numbers
    rarity: Floats


class Sounded(NamedTuple):
    """Forms in one reading, laid out like ``Spelled``. ``row[k]`` is the row of form k, -1 where it is not read so.

    ``first``: class of the first sound of a token.
    """

    row: Integers
    starts: Integers
    places: Integers
    roots: Numbers
    light: Flags
    first: Numbers


@dataclass(frozen=True)
class Forms:
    """Distinct name forms: scripts, the words shown in explanations, and both views.

    ``script_numbers``: the scripts as numbers, in alphabetical order.
    """

    scripts: list[str]
    script_numbers: Integers
    tokens: list[list[str]]
    sources: dict[str, dict[int, list[str]]]
    spelled: Spelled
    sounded: dict[str, Sounded]


def parse_forms(texts: Sequence[str]) -> Forms:
    """Parse distinct name forms, in order. A form without letters, or of placeholders ("unknown"), has no tokens."""
    listed = [text.encode(errors="replace").decode() for text in texts]  # half a surrogate pair is no character
    words = split_words(pl.Series(listed, dtype=pl.String))
    distinct = dict.fromkeys(word for row in words for word in row)
    script_by_word = {word: script_of(word) for word in distinct}
    scripts = [_script(row, script_by_word) for row in words]
    latin = {word: fold_latin(word) for word in distinct}
    tokens = [_kept([latin[word] for word in row]) for row in words]
    spelled = _spelled(tokens)
    sources: dict[str, dict[int, list[str]]] = {}
    sounded = {LATIN: _latin_sounded(spelled)}
    rows: dict[str, list[int]] = {}
    for row, script in enumerate(scripts):
        for reading in _readings(script):
            rows.setdefault(reading, []).append(row)
    for reading in sorted(rows.keys() - {LATIN}):
        sources[reading], sounded[reading] = _sound(reading, words, rows[reading])
    numbers = {script: number for number, script in enumerate(sorted(set(scripts)))}
    script_numbers = np.array([numbers[script] for script in scripts], dtype=np.int64)
    return Forms(scripts, script_numbers, tokens, sources, spelled, sounded)


def _script(words: list[str], script_by_word: dict[str, str]) -> str:
    found = {script_by_word[word] for word in words}
    return found.pop() if len(found) == 1 else script_of("".join(words))


def _readings(script: str) -> tuple[str, ...]:
    return READINGS.get(script, (ROMANISED,))


def _kept(tokens: list[str]) -> list[str]:
    named = [token for token in tokens if token and token not in PLACEHOLDER_WORDS]
    if "".join(named) in PLACEHOLDERS:
        return []
    return [token[:MAXIMUM_LENGTH] for token in named[:MAXIMUM_TOKENS]]


def _spelled(tokens: list[list[str]]) -> Spelled:
    flat = [token for row in tokens for token in row]
    starts = ends_of([len(row) for row in tokens])
    letters = letter_codes("".join(flat))
    model = transducer(LATIN)
    roots = roots_of(model, encode_symbols(model, "".join(flat)))
    light = _each(flat, _LIGHT.__contains__, np.bool_) & ~_is_family_name(flat, starts)
    initial = _each(flat, lambda token: _sound_class(token) if len(token) == 1 else 0, np.int32)
    return Spelled(starts, ends_of([len(token) for token in flat]), letters, roots, light, initial, _rarity(tokens))


def _is_family_name(flat: list[str], starts: Integers) -> Flags:
    """Whether a token ends a name of several and is no suffix: a title there is a family name (John Major)."""
    result = np.zeros(len(flat), dtype=bool)
    last = starts[1:][np.diff(starts) > 1] - 1
    result[last] = [flat[place] not in _SUFFIXES for place in last.tolist()]
    return result


def _each(flat: Sequence[str], what: Callable[[str], object], dtype: type) -> Any:
    """``what`` of every text, called once per distinct one."""
    known = {text: what(text) for text in set(flat)}
    return np.array([known[text] for text in flat], dtype=dtype)


def _rarity(tokens: list[list[str]]) -> Floats:
    joined = [
        ["".join(row[k : k + size]) if k + size <= len(row) else "" for row in tokens for k in range(len(row))]
        for size in range(1, _JOINED + 1)
    ]
    distinct = sorted({token for column in joined for token in column})
    surprise = dict(zip(distinct, information(distinct).tolist(), strict=True))
    return np.array([[surprise[token] for token in column] for column in joined], dtype=np.float64).T.copy()


def _latin_sounded(spelled: Spelled) -> Sounded:
    row = np.arange(len(spelled.starts) - 1, dtype=np.int64)
    first = np.array([0, *(_sound_class(letter) for letter in LETTERS)], dtype=np.int32)
    begins = spelled.letters[spelled.places[:-1]] if len(spelled.letters) else np.zeros(0, dtype=np.int32)
    return Sounded(row, spelled.starts, spelled.places, spelled.roots, spelled.light, first[begins])


def _sound(reading: str, words: list[list[str]], rows: list[int]) -> tuple[dict[int, list[str]], Sounded]:
    """The words of each form of ``rows`` in ``reading``, and the same as numbers."""
    symbols_of = {word: _read(word, reading) for word in dict.fromkeys(word for row in rows for word in words[row])}
    shown = [[word for word in words[row] if symbols_of[word]][:MAXIMUM_TOKENS] for row in rows]
    flat = [symbols_of[word] for row in shown for word in row]
    model = transducer(reading)
    limit = _LIGHT_SYMBOLS.get(reading, 2)
    first = _each([word[0] for word in flat], lambda symbol: _sound_class(fold_latin(symbol)), np.int32)
    place = np.full(len(words), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    sounded = Sounded(
        place,
        ends_of([len(row) for row in shown]),
        ends_of([len(word) for word in flat]),
        roots_of(model, encode_symbols(model, [symbol for word in flat for symbol in word])),
        np.array([len(word) <= limit for word in flat], dtype=bool),
        first,
    )
    return dict(zip(rows, shown, strict=True)), sounded


def _read(word: str, reading: str) -> tuple[str, ...]:
    read = symbols(word, reading)
    bare = read[2:] if reading == "Arab" and len(read) > 4 and read[:2] == _ARTICLE else read
    return bare[:MAXIMUM_LENGTH]


def _sound_class(latin: str) -> int:
    """Class of sounds a letter or symbol begins with, as a number; vowels, h and y are one class."""
    return ord(skeleton(latin)[0]) - ord("A") + 1 if latin else 27

"""A name form as comparison sees it: words as symbols for the transducers, and as folded Latin tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from matching.normalise.names import split_words
from matching.normalise.symbols import LATIN, READINGS, ROMANISED, Symbols, fold_latin, symbols
from matching.normalise.text import script_of
from matching.normalise.words import AMBIGUOUS, PARTICLES, PLACEHOLDER_WORDS, TITLES

MAXIMUM_TOKENS = 8  # tokens of a name that are compared; the rest of a longer one is left out
_ARTICLE = ("ا", "ل")
_LIGHT = PARTICLES | AMBIGUOUS | TITLES

# Han characters carry a syllable or more each; elsewhere one or two symbols are an article, a preposition, an initial.
_LIGHT_SYMBOLS = {"Zhon": 0, "Zhtr": 0, "Kore": 0, "Yuee": 0, "Jpan": 0, "Kana": 1}


@dataclass(frozen=True)
class Form:
    """One name form. ``tokens`` are Latin; ``sources`` has for each reading of its script the symbols of its words."""

    text: str
    script: str
    words: tuple[str, ...]
    tokens: tuple[str, ...]
    sources: dict[str, tuple[Symbols, ...]]

    @property
    def is_latin(self) -> bool:
        """Whether the form is written in Latin letters."""
        return self.script == LATIN


def is_light_token(token: str) -> bool:
    """Whether a Latin token is an article, a title, a preposition: it weighs little where it has no counterpart."""
    return token in _LIGHT


def is_light_source(word: Symbols, reading: str) -> bool:
    """Whether a source word is too short to weigh where it has no counterpart."""
    if reading == LATIN:
        return "".join(word) in _LIGHT
    return len(word) <= _LIGHT_SYMBOLS.get(reading, 2)


def parse_forms(texts: Sequence[str]) -> list[Form]:
    """Parse distinct name forms, in order. A form without letters has no tokens."""
    series = pl.Series(texts, dtype=pl.String)
    return [_form(text, tuple(words)) for text, words in zip(texts, split_words(series), strict=True)]


def _form(text: str, words: tuple[str, ...]) -> Form:
    script = script_of("".join(words))
    tokens = _kept([fold_latin(word) for word in words])
    readings = READINGS.get(script, (ROMANISED,))
    if script == LATIN:
        return Form(text, script, words, tokens, {LATIN: tuple(tuple(token) for token in tokens)})
    return Form(text, script, words, tokens, {reading: _source(words, reading) for reading in readings})


def _kept(tokens: list[str]) -> tuple[str, ...]:
    named = [token for token in tokens if token and token not in PLACEHOLDER_WORDS]
    return tuple((named or [token for token in tokens if token])[:MAXIMUM_TOKENS])


def _source(words: tuple[str, ...], reading: str) -> tuple[Symbols, ...]:
    read = [symbols(word, reading) for word in words]
    if reading == "Arab":
        read = [word[2:] if len(word) > 4 and word[:2] == _ARTICLE else word for word in read]
    return tuple(word for word in read if word)[:MAXIMUM_TOKENS]

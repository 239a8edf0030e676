"""Name parts by culture and section, with how often each is borne.

First come the hand-written parts of ``tables/cultures``, then those composed of the pieces of ``tables/composed.yml``;
the part of rank r is borne as often as 1 / (r + 2) ** s says (Zipf and Mandelbrot's law, which names follow).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod
from typing import Any

import numpy as np
import polars as pl

from matching.exercise.cultures import Culture, Token, cultures, read_table
from matching.exercise.population.counted import Fractions
from matching.exercise.population.letters import SYSTEMS, capitals, fold, has_letters, spell

SECTIONS = ("male", "female", "family", "patronymic")
MOST_COMPOSED = 20_000  # parts composed for a section, of those its pieces can make
MANDELBROT = 2  # ranks by which the commonest names fall short of Zipf's law
DEFAULT_S = 0.8  # exponent of sections without pieces
WITH_CAPITALS = ("Latn", "Cyrl", "Grek", "Armn")
EMPTY = frozenset({"''", "=", ""})


@dataclass(frozen=True)
class Part:
    """A part of a name as a man's and as a woman's: the native form and its spellings."""

    masculine: Token
    feminine: Token


@dataclass(frozen=True)
class Pool:
    """The parts of a section: number of the first among all, and sums of their weights in order of rank."""

    first: int
    cumulative: Fractions


@dataclass(frozen=True)
class Parts:
    """Every part of every culture, numbered. ``spelled`` has one series per system; a woman's form follows a man's."""

    native: pl.Series
    spelled: tuple[pl.Series, ...]
    pools: dict[tuple[str, str], Pool]
    cultures: tuple[Culture, ...]


@cache
def parts() -> Parts:
    """Return the parts of every culture of ``tables/populations.yml``; part 2 n is a man's form, 2 n + 1 a woman's."""
    named = tuple(cultures()[name] for name in read_table("populations.yml")["cultures"])
    tokens: list[Token] = []
    pools = {}
    for culture in named:
        for section in SECTIONS:
            found = list(_section(culture, section))
            pools[culture.name, section] = Pool(len(tokens) // 2, _cumulative(len(found), _exponent(culture, section)))
            tokens += [token for part in found for token in (part.masculine, part.feminine)]
    spelled = tuple(
        pl.Series([token.spellings[system % len(token.spellings)] for token in tokens]) for system in range(SYSTEMS)
    )
    return Parts(pl.Series([token.native for token in tokens]), spelled, pools, named)


def _cumulative(count: int, s: float) -> Fractions:
    cumulative: Fractions = np.cumsum((np.arange(count) + 1.0 + MANDELBROT) ** -s)
    return cumulative


def _composed(culture: Culture) -> Any:
    return read_table("composed.yml").get(culture.name) or {}


def _exponent(culture: Culture, section: str) -> float:
    return float(_composed(culture).get("male" if section == "patronymic" else section, {}).get("s", DEFAULT_S))


def _section(culture: Culture, section: str) -> Iterator[Part]:
    """Parts of a section in order of rank."""
    if section == "patronymic":
        endings = read_table("populations.yml")["patronymics"].get(culture.name)
        yield from (_patronymic(part, endings, culture) for part in _section(culture, "male") if endings)
        return
    if culture.form != "syllabic" or section == "family":  # a given name of two syllables is composed as one part
        for token in culture.sections.get(section, ()):
            yield Part(token, _feminine(token, culture) if section == "family" else token)
    yield from _compose(culture, _composed(culture).get(section, {}).get("slots", ()))


def _compose(culture: Culture, slots: Sequence[str]) -> Iterator[Part]:
    """Parts made of one piece of every slot: all in order of a single slot, else in an order that is as good as random."""
    pieces = [slot.split() for slot in slots]
    if len(pieces) == 1:
        yield from (_joined((piece,), culture) for piece in pieces[0])
    elif pieces:
        yield from (_joined(combination, culture) for combination in _shuffled(pieces))


def _shuffled(pieces: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    count = prod(len(slot) for slot in pieces)
    if count <= 10 * MOST_COMPOSED:
        combinations = list(product(*pieces))
    else:
        places = (
            hashlib.sha256(f"{number}".encode()).digest()[: len(pieces)] for number in range(MOST_COMPOSED * 11 // 10)
        )
        combinations = [tuple(slot[at % len(slot)] for slot, at in zip(pieces, place, strict=True)) for place in places]
    order = {each: hashlib.sha256("/".join(each).encode()).digest() for each in combinations}
    return sorted(order, key=lambda each: order[each])[:MOST_COMPOSED]


def _joined(combination: Sequence[str], culture: Culture) -> Part:
    native = ["" if piece in EMPTY else piece.partition("=")[0].replace("_", " ") for piece in combination]
    masculine, feminine = (
        _written("".join(piece.split("|")[side if "|" in piece else 0] for piece in native), culture) for side in (0, 1)
    )
    table = next((name for name in (culture.name, culture.script) if has_letters(name)), None)
    if table or culture.script == "Latn":
        spelled = [_spelled(text, table) for text in (masculine, feminine)]
        return Part(Token(masculine, spelled[0]), Token(feminine, spelled[1]))
    token = Token(masculine, _put_together(combination))
    return Part(token, token)


def _written(native: str, culture: Culture) -> str:
    return capitals(native) if culture.script in WITH_CAPITALS else " ".join(native.split())


def _spelled(native: str, table: str | None) -> tuple[str, ...]:
    return spell(native, table) if table else (native, *[fold(native)] * (SYSTEMS - 1))


def _put_together(combination: Sequence[str]) -> tuple[str, ...]:
    """Spellings of a combination: of every piece the one of this place, or the last it has."""
    latin = [("" if piece in EMPTY else piece.partition("=")[2]).split("/") for piece in combination]
    rows = ([each[min(system, len(each) - 1)] for each in latin] for system in range(max(map(len, latin))))
    return tuple(capitals("".join("" if each == "_" else each for each in row).replace("_", " ")) for row in rows)


def _feminine(token: Token, culture: Culture) -> Token:
    """A woman's form of a family name: endings by ``tables/populations.yml``."""
    for ending, of_women in (read_table("populations.yml")["feminine"].get(culture.name) or {}).items():
        if token.native.endswith(ending):
            native = token.native.removesuffix(ending) + of_women
            return Token(native, _spelled(native, culture.script))
    return token


def _patronymic(father: Part, endings: Sequence[Sequence[str]], culture: Culture) -> Part:
    name = father.masculine.native
    ending, son, daughter = next(row for row in endings if name.endswith(row[0]))
    natives = [name.removesuffix(ending) + of_child for of_child in (son, daughter)]
    masculine, feminine = (Token(native, _spelled(native, culture.script)) for native in natives)
    return Part(masculine, feminine)

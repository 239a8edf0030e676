"""Name forms as comparison sees them: letters and symbols as numbers, in a few long arrays.

Enters: distinct name forms. Leaves: ``Forms``, with several views of each, all of one layout (``Words``): its Latin tokens
(folded; for other scripts a plain romanisation); once for each reading of its script, the symbols of its words, ready for
the transducer of that reading; and the symbols of its own script, for comparison with forms of that script. Python runs
over distinct words only. The words of a form stand in an order of their own, not that of the name: the order of a name
changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.normalise.in_kana import IN_KANA, in_kana
from matching.normalise.names import split_words
from matching.normalise.nicknames import MOST_NAMES, names_behind
from matching.normalise.own_script import OWN, Alphabet, alphabet, own_symbols, script_group
from matching.normalise.rarity import information
from matching.normalise.spell_japanese import hepburn
from matching.normalise.symbols import LATIN, READINGS, ROMANISED, fold_latin, symbols
from matching.normalise.text import UNKNOWN_SCRIPT, script_of
from matching.normalise.tokens import skeleton
from matching.normalise.transducer import (
    MAXIMUM_LENGTH,
    MIXED,
    Floats,
    Integers,
    Numbers,
    encode_symbols,
    ends_of,
    letter_codes,
    roots_of,
    transducer,
)
from matching.normalise.words import ALSO_NAMES, AMBIGUOUS, PARTICLES, PLACEHOLDER_WORDS, PLACEHOLDERS, TITLES

Flags = npt.NDArray[np.bool_]
Symbols = tuple[str, ...]

MAXIMUM_TOKENS = 12  # words of a name that are compared: of a longer one those that tell most
_ARTICLE = ("ا", "ل")
_ARTICLE_LETTERS = frozenset("اأإآٱ")
# "Servant of", first half of an Arabic name: what follows it tells people apart.
_SERVANT = frozenset(("abd", "abdal", "abdel", "abdul", "abdoul", "abdol", "abdu"))
_LIGHT = (PARTICLES | TITLES | _SERVANT) - ALSO_NAMES
_LIGHT_AMONG_MANY = _LIGHT | AMBIGUOUS | ALSO_NAMES  # in names of three words and more

# Han characters carry a syllable or more each; elsewhere one or two symbols are an article, a preposition, an initial,
# in Indic scripts three (an initial is written as the name of the letter: em, es).
_LIGHT_SYMBOLS = {"Zhon": 0, "Zhtr": 0, "Kore": 0, "Yuee": 0, "Jpan": 0, "Kana": 1,
                  "Taml": 3, "Indi": 3}  # fmt: skip
_ONE_SYMBOL_GROUPS = ("Hani", "Kana", "Hang")  # scripts in which a word of one symbol may be a name
# Scripts that put no space between words, or between syllables only (Tibetan), or now and then (Korean names): where such
# a name has words, another list may part it elsewhere or nowhere.
_UNSPACED_GROUPS = (*_ONE_SYMBOL_GROUPS, "Thai", "Laoo", "Khmr", "Mymr", "Tibt")
_MANY = 3
_VOWELS = frozenset("aeiouy")
_PLACEHOLDER_PARTS = frozenset(
    form[start:end] for form in PLACEHOLDERS for start in range(len(form)) for end in range(start + 1, len(form) + 1)
)


class Words(NamedTuple):
    """Words of forms in one view. Places ``starts[k]:starts[k + 1]`` are those of row k; ``row[form]`` is the row of a
    form, -1 where it has no such view. By place, ``word``: which of the distinct words stands there; ``light``: it weighs
    little by itself in this name.

    By distinct word: symbols of word t are ``places[t]:places[t + 1]``. ``roots``: chunks that begin at each symbol
    (transducer.roots_of), in the own script the number of the symbol. ``letters``: Latin letters as numbers, in the own
    script the same as ``roots``, else 0. ``initial``: class of the sound of a Latin word of one letter, else 0. ``sound``: class of the first
    sound. ``rarity``: nats of surprise in the word, by how common it is among persons; -1 where that is not known.
    ``names``: given names that it may be or be short for (nicknames.py).
    """

    row: Integers
    starts: Integers
    word: Integers
    light: Flags
    places: Integers
    roots: Numbers
    letters: Numbers
    initial: Numbers
    sound: Numbers
    rarity: Floats
    names: Numbers


@dataclass(frozen=True)
class Forms:
    """Distinct name forms.

    ``scripts``: ISO 15924 code of each, ``MIXED`` where its words are of several scripts. ``script_numbers``: places in ``groups``, which are scripts, those
    that are written for each other as one. ``split``: the words, in the order of the name. ``sources``: words
    shown in explanations, by view and form, in the order of ``words``; ``words``: the views by reading, ``LATIN`` among
    them, and ``OWN`` once ``with_own_script`` has been asked for it. ``alphabet``: what the symbols of ``OWN`` are.
    """

    scripts: list[str]
    script_numbers: Integers
    groups: tuple[str, ...]
    split: list[list[str]]
    sources: Mapping[str, Mapping[int, list[str]]]
    words: Mapping[str, Words]
    alphabet: Alphabet

    def is_unspaced(self) -> Flags:
        """Whether the script of each form is written without spaces between words."""
        result: Flags = np.isin(self.groups, _UNSPACED_GROUPS)[self.script_numbers]
        return result

    def are_spelled_alike(self, one: Integers, other: Integers) -> Flags:
        """Whether form ``one[k]`` and form ``other[k]`` have the same words in their own script, for every k."""
        words = self.words[OWN]
        row, beside = words.row[one], words.row[other]
        count = np.diff(words.starts)
        alike: Flags = count[row] == count[beside]
        for place in range(
            MAXIMUM_TOKENS
        ):  # words stand in the order of their symbols, those of the same have one number
            left = np.flatnonzero(alike & (count[row] > place))
            alike[left] = words.word[words.starts[row[left]] + place] == words.word[words.starts[beside[left]] + place]
        return alike


def parse_forms(texts: Sequence[str]) -> Forms:
    """Parse distinct name forms, in order. A form without letters, or of placeholders ("unknown"), has no words."""
    listed = [text.encode(errors="replace").decode() for text in texts]  # half a surrogate pair is no character
    split = split_words(pl.Series(listed, dtype=pl.String))
    distinct = dict.fromkeys(word for row in split for word in row)
    script_by_word = {word: script_of(word) for word in distinct}
    scripts = [_script(row, script_by_word) for row in split]
    latin = {word: _latin(word, script) for word, script in script_by_word.items()}
    tokens = [_kept([latin[word] for word in row]) for row in split]
    words: dict[str, Words] = {LATIN: _latin_words(tokens)}
    sources: dict[str, Mapping[int, list[str]]] = {LATIN: dict(enumerate(tokens))}
    rows: dict[str, list[int]] = {}
    for row, script in enumerate(scripts):
        for reading in readings_of(script):
            rows.setdefault(reading, []).append(row)
    for reading in sorted(rows.keys() - {LATIN}):
        read = {
            word: _read(word, reading) for word in dict.fromkeys(word for row in rows[reading] for word in split[row])
        }
        sources[reading], words[reading] = _sound(reading, split, rows[reading], read)
    groups = tuple(sorted({script_group(script) for script in set(scripts)}))
    numbers = {script: groups.index(script_group(script)) for script in set(scripts)}
    script_numbers = np.array([numbers[script] for script in scripts], dtype=np.int64)
    return Forms(scripts, script_numbers, groups, split, sources, words, alphabet(()))


def with_own_script(forms: Forms, asked: Integers) -> Forms:
    """Return ``forms`` with the views that compare the forms ``asked`` for in their own script, or as written in kana."""
    rows: dict[str, list[int]] = {OWN: sorted(set(asked.tolist()))}
    for reading, script in IN_KANA.items():
        rows[reading] = [row for row in rows[OWN] if script_group(forms.scripts[row]) == script]
    read = {
        reading: {word: _own(word, reading, forms.scripts[row]) for row in listed for word in forms.split[row]}
        for reading, listed in rows.items()
    }
    listed = sorted({symbol for words in read.values() for word in words.values() for symbol in word})
    known = alphabet(listed)
    number = {symbol: place for place, symbol in enumerate(listed, 1)}
    made = {
        reading: _own_words(forms.split, rows[reading], read[reading], number=number, known=known)
        for reading in rows
        if rows[reading]
    }
    sources = {reading: shown for reading, (shown, _) in made.items()}
    words = {reading: view for reading, (_, view) in made.items()}
    return replace(forms, sources={**forms.sources, **sources}, words={**forms.words, **words}, alphabet=known)


def _script(words: list[str], script_by_word: dict[str, str]) -> str:
    found = {script_by_word[word] for word in words}
    if len(found) > 1:
        found.discard(UNKNOWN_SCRIPT)
    if len(found) == 1:
        return found.pop()
    if found <= {"Hani", "Hira", "Kana", "Jpan"}:
        return script_of("".join(sorted(words)))
    return min(found) if len({readings_of(script) for script in found}) == 1 else MIXED


def readings_of(script: str) -> tuple[str, ...]:
    """The readings of a form of ``script``."""
    return READINGS.get(script, (ROMANISED,)) if script != MIXED else (MIXED,)


def _latin(word: str, script: str) -> str:
    return hepburn(symbols(word, "Kana")) if script in ("Kana", "Hira") else fold_latin(word)


def _kept(tokens: list[str]) -> list[str]:
    named = [token[:MAXIMUM_LENGTH] for token in tokens if token and token not in PLACEHOLDER_WORDS]
    if len(named) <= _MANY and _is_placeholder(named):
        return []
    return sorted(named if len(named) <= MAXIMUM_TOKENS else _longest(named, {token: tuple(token) for token in named}))


def _longest(words: list[str], read: Mapping[str, Symbols]) -> list[str]:
    """The words of a very long name that are compared, whatever their order."""
    return sorted(words, key=lambda word: (-len(read[word]), read[word]))[:MAXIMUM_TOKENS]


def _is_placeholder(tokens: list[str]) -> bool:
    if not all(token in _PLACEHOLDER_PARTS for token in tokens):
        return False
    return any("".join(order) in PLACEHOLDERS for order in permutations(tokens))


def _latin_words(tokens: list[list[str]]) -> Words:
    flat = [token for row in tokens for token in row]
    starts = ends_of([len(row) for row in tokens])
    distinct, word = _distinct(flat)
    text = "".join(distinct)
    model = transducer(LATIN)
    first = _each([token[0] for token in distinct], _sound_class, np.int32)
    return Words(
        np.arange(len(tokens), dtype=np.int64),
        starts,
        word,
        _light(flat, starts),
        ends_of([len(token) for token in distinct]),
        roots_of(model, encode_symbols(model, text)),
        letter_codes(text),
        np.where([len(token) == 1 for token in distinct], first, 0).astype(np.int32),
        first,
        information(distinct),
        names_behind(distinct),
    )


def _distinct(flat: Sequence[Any]) -> tuple[list[Any], Integers]:
    """The distinct words of ``flat`` in order, and which of them stands at each place."""
    distinct = sorted(set(flat))
    number = {word: place for place, word in enumerate(distinct)}
    return distinct, np.fromiter((number[word] for word in flat), dtype=np.int64, count=len(flat))


def _light(flat: list[str], starts: Integers) -> Flags:
    """Whether a token weighs little; what may be a name as well only does so among many, and not among syllables."""
    count = np.diff(starts)
    longest = np.maximum.reduceat(_each(flat, _syllables, np.int64), starts[:-1][count > 0]) if flat else np.zeros(0)
    among_many = count >= _MANY
    among_many[count > 0] &= longest > 1  # a Chinese or Korean name written in syllables: Kim Do Van
    among_many = np.repeat(among_many, count)
    always = _each(flat, _LIGHT.__contains__, np.bool_)
    result: Flags = always | (among_many & _each(flat, _LIGHT_AMONG_MANY.__contains__, np.bool_))
    return result


def _syllables(token: str) -> int:
    """How many runs of vowels a Latin token has."""
    return sum(letter in _VOWELS and before not in _VOWELS for before, letter in pairwise(f" {token}"))


def _each(flat: Sequence[Any], what: Callable[[Any], object], dtype: type) -> Any:
    """``what`` of every text, called once per distinct one."""
    known = {text: what(text) for text in set(flat)}
    return np.array([known[text] for text in flat], dtype=dtype)


def _sound(
    reading: str, split: list[list[str]], rows: list[int], read: Mapping[str, Symbols]
) -> tuple[dict[int, list[str]], Words]:
    """The words of each form of ``rows`` in ``reading``, and the same as numbers."""
    shown, flat = _ordered(split, rows, read)
    distinct, word = _distinct(flat)
    model = transducer(reading)
    limit = _LIGHT_SYMBOLS.get(reading, 2)
    encoded = roots_of(model, encode_symbols(model, [symbol for one in distinct for symbol in one]))
    light = np.array([len(one) <= limit for one in distinct], dtype=bool)[word]
    view = _source_words(len(split), rows, shown, distinct, word, encoded, light)
    view = view._replace(
        sound=_each([one[0] for one in distinct], lambda symbol: _sound_class(fold_latin(symbol)), np.int32)
    )
    if reading == "Cyrl":  # whose romanisation is near enough to how its names are spelled
        view = view._replace(names=names_behind([fold_latin("".join(one)) for one in distinct]))
    return dict(zip(rows, shown, strict=True)), view


def _ordered(
    split: list[list[str]], rows: list[int], read: Mapping[str, Symbols]
) -> tuple[list[list[str]], list[Symbols]]:
    """Words that have symbols, in an order that is that of their symbols; and the symbols of all."""
    shown = [sorted([word for word in split[row] if read[word]], key=read.__getitem__) for row in rows]
    shown = [row if len(row) <= MAXIMUM_TOKENS else sorted(_longest(row, read), key=read.__getitem__) for row in shown]
    return shown, [read[word] for row in shown for word in row]


def _source_words(
    forms: int,
    rows: list[int],
    shown: list[list[str]],
    distinct: list[Symbols],
    word: Integers,
    roots: Numbers,
    light: Flags,
) -> Words:
    row = np.full(forms, -1, dtype=np.int64)
    row[rows] = np.arange(len(rows))
    count = len(distinct)
    return Words(
        row, ends_of([len(one) for one in shown]), word, light, ends_of([len(one) for one in distinct]), roots,
        roots[:, 0].copy(), np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32), np.full(count, -1.0),
        np.zeros((count, MOST_NAMES), dtype=np.int32),
    )  # fmt: skip


def _own_words(
    split: list[list[str]], rows: list[int], read: Mapping[str, Symbols], *, number: Mapping[str, int], known: Alphabet
) -> tuple[dict[int, list[str]], Words]:
    shown, flat = _ordered(split, rows, read)
    distinct, word = _distinct(flat)
    roots = np.zeros((sum(map(len, distinct)), 3), dtype=np.int32)
    roots[:, 0] = [number[symbol] for one in distinct for symbol in one]
    little = [len(one) < _MANY and script_of(one[0]) not in _ONE_SYMBOL_GROUPS for one in distinct]
    view = _source_words(len(split), rows, shown, distinct, word, roots, np.array(little, dtype=bool)[word])
    tells = np.add.reduceat(known.tells[roots[:, 0]], view.places[:-1]) if flat else np.zeros(0)
    return dict(zip(rows, shown, strict=True)), view._replace(rarity=tells)


def _own(word: str, reading: str, script: str) -> Symbols:
    read = own_symbols("".join(in_kana(word, reading)), "Kana") if reading in IN_KANA else own_symbols(word, script)
    return _without_article(read) if script == "Arab" else read[:MAXIMUM_LENGTH]


def _read(word: str, reading: str) -> Symbols:
    if reading == MIXED:
        reading = READINGS.get(script_of(word), (LATIN,))[0]
    read = symbols(word, reading)
    return _without_article(read) if reading == "Arab" else read[:MAXIMUM_LENGTH]


def _without_article(read: Symbols) -> Symbols:
    bare = read[2:] if len(read) > 4 and read[:2] == _ARTICLE else read
    return bare[:MAXIMUM_LENGTH]


def has_article(word: str) -> bool:
    """Whether an Arabic word is compared without its article."""
    read = symbols(word, "Arab") if word[:1] in _ARTICLE_LETTERS else ()
    return read[:2] == _ARTICLE and _without_article(read) != read


def _sound_class(latin: str) -> int:
    """Class of sounds a letter or symbol begins with, as a number; vowels, h and y are one class."""
    return ord(skeleton(latin)[0]) - ord("A") + 1 if latin else 27

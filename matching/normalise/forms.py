"""Name forms as comparison sees them: letters and symbols as numbers, in a few long arrays.

Enters: distinct name forms. Leaves: ``Forms``, with several views of each, all of one layout (``Words``): its Latin tokens
(folded; for other scripts a plain romanisation); once for each reading of its script, the symbols of its words, ready for
the transducer of that reading; and the symbols of its own script, for comparison with forms of that script. Python runs
over distinct words only. The words of a form stand in an order of their own, not that of the name: the order of a name
changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.normalise.in_kana import IN_KANA, in_kana
from matching.normalise.listing import Listing, Read, least_and_most, read_rows
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
    shown in explanations, by view and row of the view, in the order of ``words``; ``words``: the views by reading, ``LATIN`` among
    them, and ``OWN`` once ``with_own_script`` has been asked for it. ``alphabet``: what the symbols of ``OWN`` are.
    """

    scripts: list[str]
    script_numbers: Integers
    groups: tuple[str, ...]
    split: Listing
    sources: Mapping[str, Listing]
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
    script_of_word = [script_of(word) for word in split.vocabulary]
    scripts, script = _scripts(split, script_of_word)
    tokens = _tokens(split, script_of_word)
    words: dict[str, Words] = {LATIN: _latin_words(tokens)}
    sources: dict[str, Listing] = {LATIN: Listing(tokens.distinct, tokens.word, tokens.shown.ends)}
    for reading in sorted({reading for one in scripts for reading in readings_of(one)} - {LATIN}):
        is_read = np.array([reading in readings_of(one) for one in scripts])[script]
        view = read_rows(split, np.flatnonzero(is_read), partial(_read, reading), most=MAXIMUM_TOKENS)
        sources[reading], words[reading] = view.shown, _sound(reading, len(split), view)
    groups = tuple(sorted(set(map(script_group, scripts))))
    numbers = np.array([groups.index(script_group(one)) for one in scripts], dtype=np.int64)
    listed_scripts = [scripts[number] for number in script.tolist()]
    return Forms(listed_scripts, numbers[script], groups, split, sources, words, alphabet(()))


def with_own_script(forms: Forms, asked: Integers) -> Forms:
    """Return ``forms`` with the views that compare the forms ``asked`` for in their own script, or as written in kana."""
    own = np.unique(asked)
    group = np.array(forms.groups, dtype=object)[forms.script_numbers[own]]
    rows = {OWN: own, **{reading: own[group == script] for reading, script in IN_KANA.items()}}
    found = {
        reading: read_rows(
            forms.split, listed, partial(_own, reading, _group_of_words(forms, listed)), most=MAXIMUM_TOKENS
        )
        for reading, listed in rows.items()
        if len(listed)
    }
    symbols_met = sorted({symbol for view in found.values() for one in view.distinct for symbol in one})
    known = alphabet(symbols_met)
    number = {symbol: place for place, symbol in enumerate(symbols_met, 1)}
    words = {reading: _own_words(len(forms.split), view, number=number, known=known) for reading, view in found.items()}
    sources = {reading: view.shown for reading, view in found.items()}
    return replace(forms, sources={**forms.sources, **sources}, words={**forms.words, **words}, alphabet=known)


def _group_of_words(forms: Forms, rows: Integers) -> dict[str, str]:
    """The script of the forms that each word of ``rows`` stands in: kana beside Han characters are read as such."""
    places = np.flatnonzero(np.isin(forms.split.owner, rows))
    number = np.full(len(forms.split.vocabulary), -1, dtype=np.int64)
    number[forms.split.number[places]] = forms.script_numbers[forms.split.owner[places]]
    return {forms.split.vocabulary[word]: forms.groups[number[word]] for word in np.flatnonzero(number >= 0).tolist()}


def _scripts(split: Listing, script_of_word: list[str]) -> tuple[list[str], Integers]:
    """The scripts there are, and which of them each form is in."""
    names = sorted({*script_of_word, UNKNOWN_SCRIPT})
    number = {script: place for place, script in enumerate(names)}
    by_word = np.array([number[script] for script in script_of_word], dtype=np.int64)
    script, most = least_and_most(by_word[split.number], split)
    script[most < 0] = number[UNKNOWN_SCRIPT]
    for row in np.flatnonzero((most >= 0) & (script != most)).tolist():
        found = {names[by_word[word]] for word in split.number[split.ends[row] : split.ends[row + 1]]}
        script[row] = number.setdefault(_script(found, split[row]), len(number))
    used, script = np.unique(script, return_inverse=True)
    return [list(number)[one] for one in used.tolist()], script


def _script(found: set[str], words: list[str]) -> str:
    """The script of a form whose words are of several."""
    found.discard(UNKNOWN_SCRIPT)
    if len(found) == 1:
        return found.pop()
    if found <= {"Hani", "Hira", "Kana", "Jpan"}:
        return script_of("".join(sorted(words)))
    return min(found) if len({readings_of(script) for script in found}) == 1 else MIXED


def readings_of(script: str) -> tuple[str, ...]:
    """The readings of a form of ``script``."""
    return READINGS.get(script, (ROMANISED,)) if script != MIXED else (MIXED,)


def _tokens(split: Listing, scripts: list[str]) -> Read:
    """The Latin tokens of each form, none of a placeholder. ``scripts``: of each word."""
    token = {word: _token(word, script) for word, script in zip(split.vocabulary, scripts, strict=True)}
    read = read_rows(split, np.arange(len(split)), token.__getitem__, most=MAXIMUM_TOKENS)
    tokens = Listing(read.distinct, read.word, read.shown.ends)
    is_part = np.array([token in _PLACEHOLDER_PARTS for token in read.distinct], dtype=np.int64)
    all_parts, _ = least_and_most(is_part[read.word], tokens)
    said = np.ones(len(tokens), dtype=np.bool_)
    for row in np.flatnonzero((all_parts > 0) & (np.diff(tokens.ends) <= _MANY)).tolist():
        said[row] = not _is_placeholder(tokens[row])
    return read.only(said)


def _token(word: str, script: str) -> str:
    latin = hepburn(symbols(word, "Kana")) if script in ("Kana", "Hira") else fold_latin(word)
    return "" if latin in PLACEHOLDER_WORDS else latin[:MAXIMUM_LENGTH]


def _is_placeholder(tokens: list[str]) -> bool:
    return any("".join(order) in PLACEHOLDERS for order in permutations(tokens))


def _latin_words(read: Read) -> Words:
    distinct, starts = read.distinct, read.shown.ends
    text = "".join(distinct)
    model = transducer(LATIN)
    first = _sound_classes([token[0] for token in distinct])
    return Words(
        read.rows,
        starts,
        read.word,
        _light(distinct, read.word, starts),
        ends_of([len(token) for token in distinct]),
        roots_of(model, encode_symbols(model, text)),
        letter_codes(text),
        np.where([len(token) == 1 for token in distinct], first, 0).astype(np.int32),
        first,
        information(distinct),
        names_behind(distinct),
    )


def _light(distinct: list[str], word: Integers, starts: Integers) -> Flags:
    """Whether a token weighs little; what may be a name as well only does so among many, and not among syllables."""
    count = np.diff(starts)
    always, may_be = (
        np.array([token in light for token in distinct], dtype=np.bool_)[word] for light in (_LIGHT, _LIGHT_AMONG_MANY)
    )
    syllables = np.array([_syllables(token) for token in distinct], dtype=np.int64)[word]
    among_many = count >= _MANY
    if len(word):  # a Chinese or Korean name written in syllables: Kim Do Van
        among_many[count > 0] &= np.maximum.reduceat(syllables, starts[:-1][count > 0]) > 1
    result: Flags = always | (np.repeat(among_many, count) & may_be)
    return result


def _syllables(token: str) -> int:
    """How many runs of vowels a Latin token has."""
    return sum(letter in _VOWELS and before not in _VOWELS for before, letter in pairwise(f" {token}"))


def _sound_classes(first: list[str]) -> Numbers:
    """Class of sounds that each of many words begins with, by its first letter or symbol."""
    known = {symbol: _sound_class(fold_latin(symbol)) for symbol in set(first)}
    return np.array([known[symbol] for symbol in first], dtype=np.int32)


def _sound(reading: str, forms: int, read: Read) -> Words:
    """The words of each form in ``reading`` as numbers."""
    distinct, model = read.distinct, transducer(reading)
    limit = _LIGHT_SYMBOLS.get(reading, 2)
    encoded = roots_of(model, encode_symbols(model, [symbol for one in distinct for symbol in one]))
    light = np.array([len(one) <= limit for one in distinct], dtype=bool)[read.word]
    view = _source_words(forms, read, encoded, light)
    view = view._replace(sound=_sound_classes([one[0] for one in distinct]))
    if reading == "Cyrl":  # whose romanisation is near enough to how its names are spelled
        view = view._replace(names=names_behind([fold_latin("".join(one)) for one in distinct]))
    return view


def _source_words(forms: int, read: Read, roots: Numbers, light: Flags) -> Words:
    row = np.full(forms, -1, dtype=np.int64)
    row[read.rows] = np.arange(len(read.rows))
    count = len(read.distinct)
    return Words(
        row, read.shown.ends, read.word, light, ends_of([len(one) for one in read.distinct]), roots,
        roots[:, 0].copy(), np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32), np.full(count, -1.0),
        np.zeros((count, MOST_NAMES), dtype=np.int32),
    )  # fmt: skip


def _own_words(forms: int, read: Read, *, number: Mapping[str, int], known: Alphabet) -> Words:
    distinct = read.distinct
    roots = np.zeros((sum(map(len, distinct)), 3), dtype=np.int32)
    roots[:, 0] = [number[symbol] for one in distinct for symbol in one]
    little = [len(one) < _MANY and script_of(one[0]) not in _ONE_SYMBOL_GROUPS for one in distinct]
    view = _source_words(forms, read, roots, np.array(little, dtype=bool)[read.word])
    tells = np.add.reduceat(known.tells[roots[:, 0]], view.places[:-1]) if distinct else np.zeros(0)
    return view._replace(rarity=tells)


def _own(reading: str, groups: Mapping[str, str], word: str) -> Symbols:
    if reading in IN_KANA:
        return own_symbols("".join(in_kana(word, reading)), "Kana")[:MAXIMUM_LENGTH]
    read = own_symbols(word, groups[word])
    return _without_article(read) if groups[word] == "Arab" else read[:MAXIMUM_LENGTH]


def _read(reading: str, word: str) -> Symbols:
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

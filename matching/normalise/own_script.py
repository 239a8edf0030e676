"""Names in one script, compared in that script: its symbols, what each tells, and which stand for each other.

Enters: words of a script other than Latin. Leaves: their symbols, folded as the script's own spelling varies (traditional
and simplified characters, alef and its hamzas, Persian and Arabic kaf, ё and е, hiragana and katakana, final forms), and
of every symbol how much it tells, whom it sounds like, and whether it is often left out. Two forms in one script are one
name if they are written alike: that they would be romanised alike (王 and 汪) says little.
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from anyascii import anyascii

from matching.normalise.compiled import kernel
from matching.normalise.rarity import information
from matching.normalise.symbols import READINGS, ROMANISED, folded_han, symbols
from matching.normalise.text import script_of_character
from matching.normalise.tokens import skeleton
from matching.normalise.transducer import LETTERS, Floats, Numbers, transducer

OWN = "own"  # the reading of a form in its own script, beside another of that script
_GROUPS = {"Hira": "Kana", "Jpan": "Hani"}  # scripts that are written for each other
_ORDINARY, _WEAK, _KANA, _HAN, _CONSONANT = range(5)  # kinds of symbols
_TELLS = (2.0, 7.0)  # nats: what a symbol tells at least and at most
_UNKNOWN = 4.0  # nats of a symbol that no transducer knows
_BESIDE_ITS_SOUND = 1.5  # nats that a Han character tells beyond its sound: some five characters share one

# Letters that one name is spelled with and without, or one for the other: й, и, і; vowels that only some languages write.
_WEAK_LETTERS = frozenset("йіїиеєэаоуыюяәөүαεηιουωーウッا")
_CYRILLIC = str.maketrans("ёґў", "егу", "ьъ")
_SMALL_KANA = str.maketrans("ァィゥェォャュョヮッヵヶ", "アイウエオヤユヨワツカケ")
_HANGUL_INITIALS = {"\u1105": "R", "\u1102": "R", "\u110b": "R"}  # ㄹ, ㄴ and silence begin one name (리, 이)
_KANA_SOUNDS = {
    "ヂ": "シ",
    "ジ": "シ",
    "チ": "シ",
    "ヅ": "ツ",
    "ズ": "ツ",
    "ヴ": "フ",
    "ヲ": "オ",
    "ヱ": "エ",
    "ヰ": "イ",
}


# Nats, by example: an equal letter of an alphabet tells about 3, an equal character 6. محمود is not محمد, and 王芳 not 王华,
# but Наталия is Наталья; 汪 beside 王 supports the rest of a name a little and never carries one.
_DIFFERENT = 5.0
_MISSING = 4.0
_CONSONANT_MISSING = 9.0
_SOMETIMES_MISSING = 2.0
_OTHER_SYMBOL = 1.0
_SOUND_TELLS = 0.25
_READ_SO = 1.0


class Alphabet(NamedTuple):
    """Symbols of own scripts by number, from 1: ``tells`` in nats, ``sound`` as a number (0 for none of its own),
    ``kind``, and a vector of length 1 by which words are looked at before they are compared.
    """

    tells: Floats
    sound: Numbers
    kind: Numbers
    vector: Floats


def script_group(script: str) -> str:
    """The script under which a form is compared with others of its own: kana are one, Han with kana is Han."""
    return _GROUPS.get(script, script)


def own_symbols(word: str, script: str) -> tuple[str, ...]:
    """Symbols of ``word`` in its own script.

    >>> own_symbols("Королёв", "Cyrl") == own_symbols("Королев", "Cyrl"), own_symbols("王偉", "Hani") == own_symbols("王伟", "Hani")
    (True, True)
    """
    return tuple(_SYMBOLS.get(script_group(script), _marked)(word))


def _marked(word: str) -> list[str]:
    return [c for c in unicodedata.normalize("NFC", word.lower()) if unicodedata.category(c)[0] in "LM"]


def _cyrillic(word: str) -> list[str]:
    return [c for c in unicodedata.normalize("NFC", word.lower()).translate(_CYRILLIC) if c.isalpha()]


def _greek(word: str) -> list[str]:
    return [c for c in unicodedata.normalize("NFD", word.lower()).replace("ς", "σ") if c.isalpha()]


def _katakana(word: str) -> list[str]:
    return list("".join(symbols(word, "Kana")).translate(_SMALL_KANA))


def _han(word: str) -> list[str]:
    listed: list[str] = []
    for symbol in symbols(word, "Jpan"):
        listed += (
            list(symbol.translate(_SMALL_KANA)) if script_of_character(symbol[0]) != "Hani" else [folded_han(symbol)]
        )
    return listed


_SYMBOLS: dict[str, Callable[[str], list[str]]] = {
    "Cyrl": _cyrillic,
    "Grek": _greek,
    "Arab": lambda word: list(symbols(word, "Arab")),
    "Hebr": lambda word: list(symbols(word, "Hebr")),
    "Hang": lambda word: list(symbols(word, "Hang")),
    "Kana": _katakana,
    "Hani": _han,
}


def alphabet(listed: Sequence[str]) -> Alphabet:
    """Tell of symbols what they tell; the first has number 1."""
    sounds = [_sound(symbol) for symbol in listed]
    number = {sound: place for place, sound in enumerate(sorted({sound for sound in sounds if sound}), 1)}
    vector = np.zeros((len(listed) + 1, len(LETTERS)))
    for place, sound in enumerate(sounds, 1):  # what sounds alike may stand for each other: it is one letter here
        vector[place, number.get(sound, ord(listed[place - 1])) % len(LETTERS)] = 1.0
    return Alphabet(
        np.array([0.0, *(_tells(symbol) for symbol in listed)]),
        np.array([0, *(number.get(sound, 0) for sound in sounds)], dtype=np.int32),
        np.array([0, *(_kind(symbol) for symbol in listed)], dtype=np.int32),
        vector,
    )


def _kind(symbol: str) -> int:
    script = script_of_character(symbol)
    if script == "Hani":
        return _HAN
    if symbol in _WEAK_LETTERS:
        return _WEAK
    if script in ("Arab", "Hebr"):  # which write little but consonants: one letter more is another name
        return _CONSONANT
    return _KANA if script == "Kana" else _ORDINARY


@cache
def _sound(symbol: str) -> str:
    """What a symbol sounds like, for those that one name may be written with instead of another; else nothing."""
    script = script_of_character(symbol) or ""
    if script == "Hani":
        return f"{script}{anyascii(symbol).lower()}"
    if script == "Kana":
        return script + _KANA_SOUNDS.get(symbol, unicodedata.normalize("NFD", symbol)[0])
    if script == "Hang":
        return script + _HANGUL_INITIALS.get(symbol, symbol)
    return f"{script}{skeleton(anyascii(symbol).lower())}" if script not in ("Arab", "Hebr") else script + symbol


@cache
def _tells(symbol: str) -> float:
    """Nats of surprise in a symbol."""
    script = script_of_character(symbol) or ""
    if script == "Hani":
        return float(np.clip(information([_letters(symbol)])[0] + _BESIDE_ITS_SOUND, *_TELLS))
    reading = READINGS.get(script, (ROMANISED,))[0]
    read = symbols(symbol, reading)
    model = transducer(reading)
    if len(read) != 1 or read[0] not in model.numbers:
        return _UNKNOWN
    share = model.mass[model.numbers[read[0]]] / model.mass.sum()
    return float(np.clip(-np.log(share), *_TELLS))


def _letters(symbol: str) -> str:
    return "".join(c for c in anyascii(symbol).lower() if c in LETTERS)


@kernel
def agreement(
    source: Numbers, low: int, high: int, other: Numbers, start: int, end: int, own: Alphabet, cells: Floats
) -> float:
    """How much two words of symbols agree, in nats: what their equal symbols tell, less what sets them apart.

    The best of all ways to put them side by side; ``cells`` is scratch space.
    """
    long, wide = high - low, end - start
    cells[0, 0] = 0.0
    for i in range(1, long + 1):
        cells[i, 0] = cells[i - 1, 0] - _missing(source[low + i - 1], own)
    for j in range(1, wide + 1):
        cells[0, j] = cells[0, j - 1] - _missing(other[start + j - 1], own)
    for i in range(1, long + 1):
        for j in range(1, wide + 1):
            one, two = source[low + i - 1], other[start + j - 1]
            best = cells[i - 1, j - 1] + _beside(one, two, own)
            best = max(best, cells[i - 1, j] - _missing(one, own))
            cells[i, j] = max(best, cells[i, j - 1] - _missing(two, own))
    return float(cells[long, wide])


@kernel
def _missing(symbol: int, own: Alphabet) -> float:
    """Nats against two words of which only one has the symbol."""
    if own.kind[symbol] == _CONSONANT:
        return _CONSONANT_MISSING
    return _SOMETIMES_MISSING if own.kind[symbol] == _WEAK else _MISSING


@kernel
def _beside(one: int, two: int, own: Alphabet) -> float:
    """Nats for or against two words that have these symbols in one place."""
    if one == two:
        return float(own.tells[one])
    if own.sound[one] > 0 and own.sound[one] == own.sound[two]:
        return float(_SOUND_TELLS * min(own.tells[one], own.tells[two]) - _OTHER_SYMBOL)
    written_out = (own.kind[one] == _HAN) != (own.kind[two] == _HAN)  # a character beside kana may be read so
    return -_READ_SO if written_out else -_DIFFERENT

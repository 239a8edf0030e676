"""Symbols of a word: what the learned transducers read, one sequence per way of reading its script.

A *reading* is a way to read a script: Han characters can be read as Chinese or as Japanese, so they have two. Its
symbols are characters, except: Hangul is taken apart into letters (a final consonant is another symbol than an
initial one), kana into morae in katakana, Indic scripts into the letters they share with Devanagari (the Unicode
blocks are parallel), and scripts with too little data to learn from are first romanised letter by letter.
"""

import csv
import unicodedata
from collections.abc import Callable
from functools import cache

from anyascii import anyascii

from matching.normalise.text import script_of_character
from matching.normalise.words import DATA

Symbols = tuple[str, ...]

LATIN = "Latn"
READINGS: dict[str, tuple[str, ...]] = {
    "Latn": (LATIN,),
    "Cyrl": ("Cyrl",),
    "Arab": ("Arab",),
    "Hebr": ("Hebr",),
    "Grek": ("Grek",),
    "Geor": ("Geor",),
    "Armn": ("Armn",),
    "Hang": ("Hang",),
    "Hira": ("Kana",),
    "Kana": ("Kana",),
    "Hani": ("Zhon", "Jpan", "Kore", "Yuee"),
    "Jpan": ("Jpan",),
    "Thai": ("Thai",),
    "Taml": ("Taml",),
    **dict.fromkeys(("Deva", "Beng", "Guru", "Gujr", "Orya", "Telu", "Knda", "Mlym"), ("Indi",)),
}
ROMANISED = "Romn"  # every other script

_LEADING_VOWELS = "เแโใไເແໂໃໄ"  # Thai and Lao: written before, spoken after their consonant
_SMALL_KANA = "ァィゥェォャュョヮ"
# Letters that Arabic, Persian, Urdu and Pashto keyboards write in several ways.
_ARABIC = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىيېۍئےۓ", "ی"),
        "ك": "ک",
        "ڪ": "ک",
        "ؤ": "و",
        **dict.fromkeys("ةۀھہۂۃ", "ه"),
        "ء": "",
    }
)
_FINAL_HEBREW = str.maketrans("ךםןףץ", "כמנפצ")


def fold_latin(text: str) -> str:
    """Return ``text`` as lower-case letters a to z, accents dropped."""
    return "".join(c for c in anyascii(text).lower() if "a" <= c <= "z")


def _hangul(word: str) -> list[str]:
    return [c for c in unicodedata.normalize("NFD", word) if "\u1100" <= c <= "\u11ff"]


@cache
def _syllables(table: str) -> dict[str, str]:
    """Reading of each Han character by data/<table>.csv, one syllable each."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: row[1] for row in rows}


def _korean(word: str) -> list[str]:
    return _hangul("".join(_syllables("hanja").get(character, "") for character in _han(word)))


def _cantonese(word: str) -> list[str]:
    return list("".join(_syllables("cantonese").get(character, "") for character in _han(word)))


def _kana(word: str) -> list[str]:
    """Morae in katakana: a small kana belongs to the one before."""
    morae: list[str] = []
    for character in word:
        kana = chr(ord(character) + 0x60) if "\u3041" <= character <= "\u3096" else character
        if kana in _SMALL_KANA and morae and len(morae[-1]) == 1:
            morae[-1] += kana
        elif "\u30a1" <= kana <= "\u30fc":
            morae.append(kana)
    return morae


def _han(word: str) -> list[str]:
    return [c for c in word if script_of_character(c) == "Hani"]


def _japanese(word: str) -> list[str]:
    return [m for c in word for m in ([c] if script_of_character(c) == "Hani" else _kana(c))]


def _indic(word: str) -> list[str]:
    """Letters of the Indic blocks as their Devanagari counterparts; nukta dropped."""
    letters = (chr(0x900 + (ord(c) - 0x900) % 0x80) for c in word if 0x900 <= ord(c) < 0xD80)
    return [c for c in letters if c != "\u093c"]


def _thai(word: str) -> list[str]:
    letters = list(word)
    for place in range(len(letters) - 1):
        if letters[place] in _LEADING_VOWELS:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
    kept = [c for place, c in enumerate(letters) if letters[place + 1 : place + 2] != ["\u0e4c"] and c != "\u0e4c"]
    return [c for c in kept if not "\u0e47" <= c <= "\u0e4b"]


def _folded(word: str) -> list[str]:
    return [c for c in unicodedata.normalize("NFD", word.lower()) if c.isalpha()]


def _cyrillic(word: str) -> list[str]:
    return [c for c in word.lower() if c.isalpha() and c not in "ьъ"]


_SYMBOLS: dict[str, Callable[[str], list[str]]] = {
    "Latn": lambda word: list(fold_latin(word)),
    "Cyrl": _cyrillic,
    "Arab": lambda word: [c for c in word.translate(_ARABIC) if c.isalpha()],
    "Hebr": lambda word: [c for c in word.translate(_FINAL_HEBREW) if c.isalpha()],
    "Hang": _hangul,
    "Kana": _kana,
    "Zhon": _han,
    "Kore": _korean,
    "Yuee": _cantonese,
    "Jpan": _japanese,
    "Thai": _thai,
    "Indi": _indic,
    "Taml": lambda word: [c for c in word if "\u0b80" <= c <= "\u0bff"],
    "Romn": lambda word: list(fold_latin(word)),
}


def symbols(word: str, reading: str) -> Symbols:
    """Return the symbols of ``word`` in ``reading``.

    >>> symbols("Юсуп", "Cyrl"), symbols("きょうか", "Kana")
    (('ю', 'с', 'у', 'п'), ('キョ', 'ウ', 'カ'))
    """
    return tuple(_SYMBOLS.get(reading, _folded)(word))

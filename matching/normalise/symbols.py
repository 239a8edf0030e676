"""Symbols of a word: what the learned transducers read, one sequence per way of reading its script.

A *reading* is a way to read a script: Han characters are read in the languages that write them, so they have several. Its
symbols are characters, except: Hangul is taken apart into letters (a final consonant is another symbol than an
initial one), kana into morae in katakana, Indic scripts into the letters they share with Devanagari (the Unicode
blocks are parallel), and scripts with too little data to learn from are first romanised letter by letter.
"""

import csv
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import groupby

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
    "Hani": ("Zhon", "Zhtr", "Jpan", "Kore", "Yuee"),
    "Jpan": ("Jpan",),
    "Thai": ("Thai",),
    "Taml": ("Taml",),
    **dict.fromkeys(("Deva", "Beng", "Guru", "Gujr", "Orya", "Telu", "Knda", "Mlym"), ("Indi",)),
}
ROMANISED = "Romn"  # every other script

_LEADING_VOWELS = "เแโใไເແໂໃໄ"  # Thai and Lao: written before, spoken after their consonant
_SMALL_KANA = "ァィゥェォャュョヮ"
_REPETITION = "々"
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
    if text.isascii() and text.isalpha():  # most words
        return text.lower()
    return "".join(c for c in anyascii(text).lower() if "a" <= c <= "z")


def _hangul(word: str) -> list[str]:
    return [c for c in unicodedata.normalize("NFD", word) if "\u1100" <= c <= "\u11ff"]


@cache
def _forms(language: str) -> dict[str, str]:
    """Form that each Han character is folded to in the names of a language, by data/han_variants.csv."""
    with (DATA / "han_variants.csv").open(encoding="utf-8", newline="") as file:
        return {row["character"]: row[language] for row in csv.DictReader(file) if row[language]}


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
    """Han characters in the form Chinese names are folded to; a mark of repetition as what it repeats."""
    forms = _forms("chinese")
    characters = [c for c in word if script_of_character(c) == "Hani"]
    return _repeated([forms.get(c, c) for c in characters])


def folded_han(character: str) -> str:
    """One form of a Han character for all its forms: traditional, simplified, and those of Japan.

    >>> {folded_han(character) for character in "澤泽沢"}
    {'泽'}
    """
    japanese = _forms("japanese").get(character, character)
    return _forms("chinese").get(japanese, japanese)


def _repeated(characters: list[str]) -> list[str]:
    for place in range(1, len(characters)):
        if characters[place] == _REPETITION:
            characters[place] = characters[place - 1]
    return characters


def _japanese(word: str) -> list[str]:
    """Han characters in today's Japanese form, kana as morae."""
    forms = _forms("japanese")
    runs = groupby(word, key=lambda c: script_of_character(c) == "Hani")
    return _repeated(
        [m for is_han, run in runs for m in ([forms.get(c, c) for c in run] if is_han else _kana("".join(run)))]
    )


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
    "Zhtr": _han,
    "Kore": _han,
    "Yuee": _han,
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

"""Characters that deceive: invisible ones, and letters of another script inside a word.

Enters: a text of a listing. Leaves: its pieces, each with a note where something is to be seen. An invisible character is
shown by its code point; the text around it stays as published.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

# Scripts whose capitals look alike (Unicode Technical Standard 39, "confusables"): one inside a word of another is odd.
LOOK_ALIKES = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
# Joiners shape letters in these scripts and are part of correct spelling; elsewhere they only hide.
JOINERS = {"\u200c", "\u200d"}
JOINED = ("ARABIC", "SYRIAC", "DEVANAGARI", "BENGALI", "SINHALA", "MALAYALAM", "TAMIL", "TELUGU", "KANNADA")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of text. ``note`` says what is odd in it, empty where nothing is; ``is_invisible``: ``text`` is a code."""

    text: str
    note: str = ""
    is_invisible: bool = False


def pieces(text: str) -> list[Piece]:
    """Return ``text`` in pieces.

    >>> [(p.text, p.note) for p in pieces("Zo\\u200bia")]
    [('Zo', ''), ('U+200B', 'ZERO WIDTH SPACE'), ('ia', '')]
    >>> [(p.text, p.note) for p in pieces("Р\\u0430ul") if p.note]  # the first two letters are Cyrillic
    [('Ра', 'CYRILLIC')]
    """
    odd = _foreign_letters(text)
    found: list[Piece] = []
    for note, run in groupby(enumerate(text), key=lambda item: _note(item[1], odd.get(item[0], ""), text)):
        characters = [character for _, character in run]
        if note.startswith("!"):
            found += [Piece(text=f"U+{ord(c):04X}", note=note[1:], is_invisible=True) for c in characters]
        else:
            found.append(Piece(text="".join(characters), note=note))
    return found


def _note(character: str, foreign: str, text: str) -> str:
    is_hidden = unicodedata.category(character) in ("Cf", "Cc") and character not in "\n\t"
    if is_hidden and not (character in JOINERS and any(_script(c) in JOINED for c in text)):
        return f"!{unicodedata.name(character, 'CONTROL CHARACTER')}"
    return foreign


def _foreign_letters(text: str) -> dict[int, str]:
    """Return the script of each letter that stands in a word of another look-alike script, by position."""
    found: dict[int, str] = {}
    start = 0
    for word in text.split(" "):
        scripts = [_script(character) for character in word]
        counted = Counter(script for script in scripts if script in LOOK_ALIKES)
        if len(counted) > 1:
            # The fewer letters are the odd ones; of as many, those that are not Latin.
            usual = max(counted, key=lambda script: (counted[script], script == "LATIN"))
            found |= {start + n: s for n, s in enumerate(scripts) if s in LOOK_ALIKES and s != usual}
        start += len(word) + 1
    return found


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""

"""Spellings of names in Latin letters, by the tables of the exercise (``tables/letters.yml``).

Four spellings each, as four publishers would: English, the passport's, French, German. Where a script or a culture has
no table, marks are left out and the rest stays.
"""

import re
import unicodedata
from functools import cache

from matching.exercise.cultures import read_table

SYSTEMS = 4
_UNMARKED = str.maketrans("đĐøØłŁıß", "dDoOlLis")
_NOTHING = "_"
_WORD_START = re.compile(r"(^|[ ])(al-|el-)?(\w)")


def fold(text: str) -> str:
    """Leave marks out.

    >>> fold("Nguyễn Đức")
    'Nguyen Duc'
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain.translate(_UNMARKED)


@cache
def _letters(table: str) -> dict[str, tuple[str, ...]]:
    found = {}
    for letters, row in (read_table("letters.yml").get(table) or {}).items():
        given = str(row or _NOTHING).split()
        spellings = given if len(given) == SYSTEMS else given * SYSTEMS
        found[letters] = tuple("" if spelling == _NOTHING else spelling for spelling in spellings)
    return found


def has_letters(table: str) -> bool:
    """Say whether there is a table of this script or culture."""
    return table in read_table("letters.yml")


def spell(text: str, table: str) -> tuple[str, ...]:
    """Spell ``text`` in every system of ``table``, longest letters first; each word begins with a capital.

    >>> spell("Щукин", "Cyrl")
    ('Shchukin', 'Shchukin', 'Chtchoukin', 'Schtschukin')
    """
    letters, plain = _letters(table), unicodedata.normalize("NFC", text).lower().replace("i̇", "i")
    found = [""] * SYSTEMS
    at = 0
    while at < len(plain):
        width, row = _longest(letters, plain, at)
        found = [before + spelling for before, spelling in zip(found, row, strict=True)]
        at += width
    kept = found if table.islower() else [fold(spelling) for spelling in found]
    return tuple(capitals(spelling) for spelling in kept)


def _longest(letters: dict[str, tuple[str, ...]], text: str, at: int) -> tuple[int, tuple[str, ...]]:
    """Width and spellings of the longest letters of the table that stand at ``at``."""
    begins = at == 0 or not text[at - 1].isalpha()
    for width in (3, 2, 1):
        piece = text[at : at + width]
        row = (letters.get(f"^{piece}") if begins else None) or letters.get(piece)
        if row and len(piece) == width:
            return width, row
    letter = text[at]
    return 1, (letter, *[fold(letter)] * (SYSTEMS - 1))


def capitals(text: str) -> str:
    """Begin every word with a capital, after an article too.

    >>> capitals("al-khabari hasan")
    'al-Khabari Hasan'
    """
    joined = " ".join(text.split())
    return _WORD_START.sub(lambda found: f"{found[1]}{found[2] or ''}{found[3].upper()}", joined)

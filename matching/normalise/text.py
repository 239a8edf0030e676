"""Unicode text: the one place where invisible characters, compatibility forms and scripts are dealt with.

Enters: text as published. Leaves: the same text in one spelling of its characters, and the ISO 15924 code of its
script.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

import polars as pl

UNKNOWN_SCRIPT = "Zyyy"  # ISO 15924: undetermined, for text without letters

# Characters that carry no sound and that publishers use at will: controls, joiners and other format characters, soft
# hyphens, variation selectors, fillers of Hangul and Khmer, the Arabic tatweel and short vowels, Hebrew points (cantillation and niqqud).
_INVISIBLE = (
    r"[\p{Cf}\u{FE00}-\u{FE0F}\u{0640}\u{0610}-\u{061A}\u{064B}-\u{065F}\u{0670}\u{06D6}-\u{06ED}\u{0591}-\u{05BD}"
    r"\u{05BF}\u{05C1}\u{05C2}\u{05C4}\u{05C5}\u{05C7}\u{034F}\u{180B}-\u{180E}\u{115F}\u{1160}\u{3164}\u{FFA0}"
    r"\u{17B4}\u{17B5}\u{E0100}-\u{E01EF}]"
)
_SPACE = r"[\s\p{Z}\p{Cc}]+"

# First code point of each block that belongs to one script, by ISO 15924 code; None is for characters shared by all.
# Blocks: The Unicode Standard, Blocks.txt. Only scripts in which names are written today are told apart.
_BLOCKS: tuple[tuple[int, str | None], ...] = (
    (0x0000, None), (0x0041, "Latn"), (0x0370, "Grek"), (0x0400, "Cyrl"), (0x0530, "Armn"), (0x0590, "Hebr"),
    (0x0600, "Arab"), (0x0700, "Syrc"), (0x0750, "Arab"), (0x0780, "Thaa"), (0x07C0, "Nkoo"), (0x0800, None),
    (0x0860, "Syrc"), (0x0870, "Arab"), (0x0900, "Deva"), (0x0980, "Beng"), (0x0A00, "Guru"), (0x0A80, "Gujr"),
    (0x0B00, "Orya"), (0x0B80, "Taml"), (0x0C00, "Telu"), (0x0C80, "Knda"), (0x0D00, "Mlym"), (0x0D80, "Sinh"),
    (0x0E00, "Thai"), (0x0E80, "Laoo"), (0x0F00, "Tibt"), (0x1000, "Mymr"), (0x10A0, "Geor"), (0x1100, "Hang"),
    (0x1200, "Ethi"), (0x13A0, "Cher"), (0x1400, "Cans"), (0x1680, None), (0x1780, "Khmr"), (0x1800, "Mong"),
    (0x18B0, "Cans"), (0x1900, None), (0x19E0, "Khmr"), (0x1A00, None), (0x1C80, "Cyrl"), (0x1C90, "Geor"),
    (0x1CC0, None), (0x1D00, "Latn"), (0x1F00, "Grek"), (0x2000, None), (0x2C60, "Latn"), (0x2C80, "Copt"),
    (0x2D00, "Geor"), (0x2D30, "Tfng"), (0x2D80, "Ethi"), (0x2DE0, "Cyrl"), (0x2E00, None), (0x2E80, "Hani"),
    (0x2FF0, None), (0x3005, "Hani"), (0x3008, None), (0x3041, "Hira"), (0x30A0, "Kana"), (0x3100, "Bopo"),
    (0x3130, "Hang"), (0x3190, None), (0x31F0, "Kana"), (0x3200, None), (0x3400, "Hani"), (0xA000, "Yiii"),
    (0xA4D0, None), (0xA640, "Cyrl"), (0xA6A0, None), (0xA720, "Latn"), (0xA800, None), (0xA8E0, "Deva"),
    (0xA900, None), (0xA960, "Hang"), (0xA980, None), (0xA9E0, "Mymr"), (0xAA00, None), (0xAA60, "Mymr"),
    (0xAA80, None), (0xAB00, "Ethi"), (0xAB30, "Latn"), (0xAB70, "Cher"), (0xABC0, None), (0xAC00, "Hang"),
    (0xD800, None), (0xF900, "Hani"), (0xFB00, "Latn"), (0xFB13, "Armn"), (0xFB1D, "Hebr"), (0xFB50, "Arab"),
    (0xFE00, None), (0xFE70, "Arab"), (0xFEFF, None), (0x1B000, "Hira"), (0x1B170, None), (0x20000, "Hani"),
    (0x323B0, None),
)  # fmt: skip
_STARTS = [start for start, _ in _BLOCKS]


def cleaned(text: pl.Expr) -> pl.Expr:
    """Give ``text`` in NFKC without invisible characters, with single spaces; empty where nothing is left."""
    visible = text.str.normalize("NFKD").str.replace_all(_INVISIBLE, "").str.normalize("NFKC")
    return (
        visible.str.replace_all(_INVISIBLE, "").str.replace_all(_SPACE, " ").str.strip_chars(" ").str.normalize("NFKC")
    )


def fold_each(texts: Sequence[str], fold: Callable[[str], str]) -> list[str]:
    """Return ``fold`` of each of ``texts``, none of which has a line break: once per distinct character, not per text.

    For a fold that looks at one character at a time, and for tens of thousands of texts.
    """
    together = "\n".join(texts)
    table = {ord(character): fold(character) for character in set(together)} | {ord("\n"): "\n"}
    return together.translate(table).split("\n") if texts else []


@cache
def script_of_character(character: str) -> str | None:
    """Return the script of a letter, None for what is no letter or is shared by scripts."""
    if not character.isalpha():
        return None
    return _BLOCKS[bisect_right(_STARTS, ord(character)) - 1][1]


def script_of(text: str) -> str:
    """Return the ISO 15924 code of most letters of ``text``; of equals, the one that comes first.

    Han with kana is Japanese (``Jpan``): its characters are to be read as such.

    >>> script_of("Юсуп"), script_of("山田 花子"), script_of("山田 はなこ"), script_of("42")
    ('Cyrl', 'Hani', 'Jpan', 'Zyyy')
    """
    found = set(map(script_of_character, text)) - {None}
    if len(found) < 2:  # most: counting takes four times as long
        return next(iter(found), None) or UNKNOWN_SCRIPT
    counts = Counter(script for script in map(script_of_character, text) if script)
    if counts["Hani"] and (counts["Hira"] or counts["Kana"]):
        return "Jpan"
    return max(counts, key=counts.__getitem__)

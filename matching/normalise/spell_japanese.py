"""How kana are spelled in Latin letters, with how usual each spelling is.

Enters: morae in katakana. Leaves: spellings with shares that sum to about 1: Hepburn, long vowels as kana, shortened, or
with h, and the older Kunrei spellings. Shares are rough: passports shorten long vowels, lists mostly write them as kana;
Kunrei is rare in names today. Used to make data/, not to read names.
"""

from collections.abc import Sequence
from functools import cache

from matching.normalise.spelling import Shares, product

_VOWELS = "aiueo"
# Rows of the kana table in its order, vowel by vowel; "-" where there is none.
_ROWS = (
    ("アイウエオ", "a i u e o"), ("カキクケコ", "ka ki ku ke ko"), ("ガギグゲゴ", "ga gi gu ge go"),
    ("サシスセソ", "sa shi su se so"), ("ザジズゼゾ", "za ji zu ze zo"), ("タチツテト", "ta chi tsu te to"),
    ("ダヂヅデド", "da ji zu de do"), ("ナニヌネノ", "na ni nu ne no"), ("ハヒフヘホ", "ha hi fu he ho"),
    ("バビブベボ", "ba bi bu be bo"), ("パピプペポ", "pa pi pu pe po"), ("マミムメモ", "ma mi mu me mo"),
    ("ヤユヨ", "ya yu yo"), ("ラリルレロ", "ra ri ru re ro"), ("ワヰヱヲ", "wa i e o"), ("ンヴ", "n vu"),
)  # fmt: skip
_BASE = {kana: latin for row, latins in _ROWS for kana, latin in zip(row, latins.split(), strict=True)}
_YOON = {"ャ": "a", "ュ": "u", "ョ": "o"}
_FOREIGN = dict(zip("ァィゥェォヮ", ("a", "i", "u", "e", "o", "wa"), strict=True))
# Kunrei and other spellings beside Hepburn, by the Hepburn beginning they replace.
_BESIDE = (
    ("shi", "si", 0.04), ("sh", "sy", 0.04), ("chi", "ti", 0.03), ("ch", "ty", 0.03), ("tsu", "tu", 0.04),
    ("fu", "hu", 0.06), ("ji", "zi", 0.06), ("j", "jy", 0.03), ("j", "zy", 0.03), ("wo", "o", 0.5), ("vu", "bu", 0.5),
)  # fmt: skip
_OTHER = {"ヅ": {"zu": 0.8, "du": 0.05, "dzu": 0.15}, "ヂ": {"ji": 0.9, "di": 0.05, "zi": 0.05}, "ヲ": {"o": 0.5, "wo": 0.5},
          "ヶ": {"ga": 0.9, "ka": 0.1}, "ヵ": {"ka": 1.0}}  # fmt: skip
_LONG = {
    "ou": {"ou": 0.42, "o": 0.45, "oh": 0.06, "oo": 0.07}, "oo": {"oo": 0.4, "o": 0.4, "oh": 0.15, "ou": 0.05},
    "uu": {"uu": 0.45, "u": 0.55}, "ei": {"ei": 0.94, "e": 0.06}, "ii": {"ii": 0.8, "i": 0.2},
    "aa": {"aa": 0.7, "a": 0.3}, "ee": {"ee": 0.7, "e": 0.3},
}  # fmt: skip
_DOUBLED = {"k": 0.3, "s": 0.22, "t": 0.2, "p": 0.18, "c": 0.1}


@cache
def _hepburn() -> dict[str, str]:
    """Mora of each Hepburn syllable."""
    morae = [kana + small for kana in _BASE for small in ("", *_YOON) if not small or _BASE[kana].endswith("i")]
    return {next(iter(mora_spellings(mora))): mora for mora in reversed(morae) if mora != "ヅ"}


def morae_of(hepburn: str) -> tuple[str, ...]:
    """Morae of a word in Hepburn letters, long vowels written as kana; what is no kana is passed over.

    >>> morae_of("kyouichi"), morae_of("gakken")
    (('キョ', 'ウ', 'イ', 'チ'), ('ガ', 'ッ', 'ケ', 'ン'))
    """
    morae, place, syllables = [], 0, _hepburn()
    while place < len(hepburn):
        size = next((size for size in (3, 2, 1) if hepburn[place : place + size] in syllables), 0)
        if size:
            morae.append(syllables[hepburn[place : place + size]])
        elif hepburn[place : place + 1] == hepburn[place + 1 : place + 2]:
            morae.append("ッ")
        place += size or 1
    return tuple(morae)


def hepburn(morae: Sequence[str]) -> str:
    """Morae in plain Hepburn letters: long marks are left out, long vowels written as in kana.

    >>> hepburn(("ジョ", "ー", "ダ", "ン")), hepburn(("ハ", "ッ", "ト", "リ"))
    ('jodan', 'hattori')
    """
    parts: list[str] = []
    for place, mora in enumerate(morae):
        if mora == "ッ":
            following = mora_spellings(morae[place + 1]) if place + 1 < len(morae) else {"": 1.0}
            parts.append(max(following, key=lambda spelling: following[spelling])[:1])
        elif mora != "ー":
            spellings = mora_spellings(mora)
            parts.append(max(spellings, key=lambda spelling: spellings[spelling]))
    return "".join(parts)


@cache
def mora_spellings(mora: str) -> Shares:
    """Spellings of one mora.

    >>> mora_spellings("シ"), mora_spellings("キョ")
    ({'shi': 0.96, 'si': 0.04}, {'kyo': 1.0})
    """
    if mora in _OTHER:
        return _OTHER[mora]
    latin = _BASE.get(mora[0], "")
    if mora[1:] in _YOON:
        latin = _with_glide(latin, _YOON[mora[1:]])
    elif mora[1:] in _FOREIGN:
        latin = (latin.rstrip(_VOWELS) or "w") + _FOREIGN[mora[1:]]
    beside = {new + latin[len(old) :]: share for old, new, share in _BESIDE if latin.startswith(old)}
    beside = {spelling: share for spelling, share in beside.items() if "yi" not in spelling}
    return {latin: round(1.0 - sum(beside.values()), 3), **beside}


def _with_glide(latin: str, vowel: str) -> str:
    start = latin.rstrip(_VOWELS)
    return start + vowel if start in ("sh", "ch", "j") else f"{start}y{vowel}"


def all_morae() -> tuple[str, ...]:
    """Every mora that this module can spell."""
    glides = [kana + small for kana in _BASE if _BASE[kana].endswith("i") for small in _YOON]
    foreign = [
        "ファ",
        "フィ",
        "フェ",
        "フォ",
        "ヴァ",
        "ヴィ",
        "ヴェ",
        "ヴォ",
        "ティ",
        "ディ",
        "シェ",
        "ジェ",
        "チェ",
        "ウィ",
        "ウェ",
    ]
    return (*_BASE, *glides, *foreign, "ヶ", "ヵ")


def kana_spellings(morae: Sequence[str]) -> dict[str, float]:
    """Spellings of a sequence of morae.

    >>> sorted(kana_spellings(("コ", "ウ")))
    ['ko', 'koh', 'koo', 'kou']
    """
    parts: list[Shares] = []
    place = 0
    while place < len(morae):
        mora, following = morae[place], "".join(morae[place + 1 : place + 2])
        long = _long(mora, following)
        parts.append(long or _short(mora, following))
        place += 2 if long else 1
    return product(parts)


def _long(mora: str, following: str) -> dict[str, float]:
    """Spellings of a mora and the long vowel it begins; empty where it begins none."""
    spellings: dict[str, float] = {}
    for latin, share in mora_spellings(mora).items() if following else ():
        vowel = latin[-1:]
        pair = vowel + (vowel if following == "ー" else _BASE.get(following, ""))
        for ending, factor in _LONG.get(pair, {}).items():
            spellings[latin[:-1] + ending] = share * factor
    return spellings


def _short(mora: str, following: str) -> Shares:
    """Spellings of one mora before another."""
    start = next(iter(mora_spellings(following)), "")[:1] if following else ""
    if mora == "ッ":
        return {"t": 0.5, "c": 0.5} if start == "c" else {start: 1.0} if start else _DOUBLED
    if mora == "ン":
        nasal = 0.25 if start and start in "bmp" else 0.0 if start else 0.05
        return {"n": 1.0 - nasal, "m": nasal} if nasal else {"n": 1.0}
    return {"": 1.0} if mora == "ー" else mora_spellings(mora)

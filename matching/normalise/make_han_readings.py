"""Write data/hanja.csv and data/cantonese.csv: one Korean and one Cantonese reading of each Han character.

    python -m matching.normalise.make_han_readings RESOURCES PERSON_NAMES

Korean readings are counted in name groups that have Han characters and as many Hangul syllables; the family names of
Korea are in data/words.toml, because in the groups they mix with Chinese ones. Cantonese readings come from ToJyutping
(BSD-2-Clause) and are respelled as Hong Kong's documents do.
"""

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

from matching.normalise.make_lexicon import Sources, is_japanese
from matching.normalise.words import DATA, KOREAN_FAMILY_NAMES

_SHARE = 0.12  # of a character's readings that the commonest must have

# Jyutping to the spelling of Hong Kong's documents (letters only; the longest that fits comes first).
_INITIALS = (
    ("gw", "kw"), ("kw", "kw"), ("ng", "ng"), ("b", "p"), ("d", "t"), ("g", "k"), ("z", "ch"), ("c", "ch"), ("j", "y"),
)  # fmt: skip
_FINALS = (
    ("oeng", "eung"), ("oek", "euk"), ("oe", "euh"), ("eoi", "ui"), ("eon", "un"), ("eot", "ut"), ("yun", "uen"),
    ("yut", "uet"), ("yu", "ue"), ("aa", "a"), ("ou", "o"),
)  # fmt: skip


def korean_readings(sources: Sources) -> dict[str, str]:
    """The Hangul syllable of each Han character."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for group in sources.groups():
        if is_japanese(group):
            continue
        for han in group.get("Hani", ()):
            for hangul in group.get("Hang", ()):
                if len(han) == len(hangul) <= 2 and all("\uac00" <= syllable <= "\ud7a3" for syllable in hangul):
                    for character, syllable in zip(han, hangul, strict=True):
                        seen[character][syllable] += 3 if len(han) == 2 else 1
    readings = {}
    for character, counts in seen.items():
        syllable, count = counts.most_common(1)[0]
        if count >= _SHARE * counts.total():
            readings[character] = syllable
    return readings | {pair[0]: pair[1] for pair in KOREAN_FAMILY_NAMES}


def hong_kong_spelling(jyutping: str) -> str:
    """Respell one syllable.

    >>> [hong_kong_spelling(syllable) for syllable in ("zoeng1", "gwok3", "lam4", "heoi2")]
    ['cheung', 'kwok', 'lam', 'hui']
    """
    rest, initial = jyutping.rstrip("123456"), ""
    for old, new in (*_INITIALS, *((letter, letter) for letter in "pmftnlkhsw")):
        if rest.startswith(old) and len(rest) > len(old):
            initial, rest = new, rest[len(old) :]
            break
    for old, new in _FINALS:
        if rest.startswith(old):
            rest = new + rest[len(old) :]
            break
    return initial + rest


def cantonese_readings() -> dict[str, str]:
    """The spelling of each character of the GB 2312 and Big5 sets."""
    import ToJyutping  # type: ignore[import-not-found]

    readings = {}
    for character in map(chr, range(0x4E00, 0x9FA6)):
        if _is_listed(character) and (jyutping := ToJyutping.get_jyutping_list(character)[0][1]):
            readings[character] = hong_kong_spelling(jyutping.split()[0])
    return readings


def _is_listed(character: str) -> bool:
    for encoding in ("gb2312", "big5"):
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            continue
        return True
    return False


def main(resources: str, person_names: str) -> None:
    """Write both tables."""
    korean = korean_readings(Sources(Path(resources), Path(person_names)))
    for name, column, readings in (("hanja", "syllable", korean), ("cantonese", "spelling", cantonese_readings())):
        with (DATA / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("character", column))
            rows.writerows(sorted(readings.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])

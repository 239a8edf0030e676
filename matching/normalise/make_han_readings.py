"""Write how Han characters are read in Chinese and Korean names: data/transducer_Zhon, _Yuee and _Kore.tsv.gz.

    python -m matching.normalise.make_han_readings UNIHAN

Needs pypinyin (MIT) and ToJyutping (BSD-2-Clause); UNIHAN is the folder of the Unihan files (Unicode licence; Debian's
unicode-data). Each character has its readings, which are spelled by spell_chinese.py, spell_southern.py and
spell_korean.py. Zhon is Mandarin; Yuee the names of the south and of Chinese abroad: Cantonese, Hokkien and their kin,
and Mandarin, which is mixed with them; Kore is Korean. Foreign names in Chinese characters are another reading, Zhtr,
which is learned (make_transducers.py). Run make_renderings.py afterwards.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matching.normalise.make_transducers import Chunks, write_transducer
from matching.normalise.spell_chinese import cantonese_spellings, mandarin_spellings
from matching.normalise.spell_korean import korean_spellings, without_initial_liquid
from matching.normalise.spell_southern import southern_spellings
from matching.normalise.spelling import Shares, mixed
from matching.normalise.symbols import symbols
from matching.normalise.unihan import unihan
from matching.normalise.words import KOREAN_FAMILY_NAMES

Tables = dict[str, Shares]  # spellings by character, in the form that Chinese names are folded to

# Every character counts alike: only the share of a spelling among those of its character says something. As a share of
# all steps it is about that of a common character, so that leaving one out stays as unlikely as in learned tables.
_CHARACTER = 0.01
_LEAST = 0.003  # share of a spelling that is written
_LEAST_RARE = 0.05  # the same of characters that only the large character sets have
_SECOND = 0.15  # weight of a character's other readings together, beside the first's 1
_CHANGED = 0.6  # weight of a Korean syllable without its initial r or n, beside the syllable's 1
_SOUTHERN = {"Zhon": 0.06, "Yuee": 0.6}  # weight of southern spellings, beside the reading's own 1
_MANDARIN_ABROAD = 0.15
# Readings of family names that differ from the character's usual one.
_FAMILY_NAMES = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "盖": "ge", "朴": "piao", "任": "ren",
    "华": "hua", "覃": "qin", "乐": "yue", "缪": "miao", "谌": "chen", "繁": "po", "员": "yun", "种": "chong", "翟": "zhai",
    "折": "she", "黑": "he", "秘": "bi", "冼": "xian", "柏": "bai", "隗": "wei", "车": "che", "召": "shao", "那": "na",
    "燕": "yan", "应": "ying", "尉": "yu", "澹": "tan", "宓": "mi", "逄": "pang", "宿": "su", "薄": "bo", "长": "zhang",
    "葛": "ge", "万": "wan", "沈": "shen", "洗": "xian", "尹": "yin", "曲": "qu", "过": "guo", "佴": "nai", "郗": "xi",
}  # fmt: skip


def _characters() -> Iterator[str]:
    """The characters of Unicode's first block of them."""
    return map(chr, range(0x4E00, 0x9FA6))


def _is_common(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _form(character: str) -> str:
    return symbols(character, "Zhon")[0]


def _ranked(readings: Sequence[Shares]) -> Shares:
    """Spellings of a character from those of its readings, the first reading counting most."""
    others = _SECOND / max(len(readings) - 1, 1)
    return mixed([(1.0 if rank == 0 else others, spellings) for rank, spellings in enumerate(readings)])


def _by_form(readings: Mapping[str, Sequence[Shares]]) -> Tables:
    """Spellings by folded character: those of the folded form itself come first, then those of its variants."""
    forms: dict[str, list[Shares]] = defaultdict(list)
    for character in sorted(readings, key=lambda character: character != _form(character)):
        forms[_form(character)] += [spellings for spellings in readings[character] if spellings]
    return {form: _ranked(listed) for form, listed in forms.items() if listed}


def mandarin() -> Tables:
    """Spellings of Mandarin readings."""
    from pypinyin import Style, pinyin

    readings: dict[str, list[Shares]] = {}
    for character in _characters():
        found = [
            text.replace("v", "ü") for text in pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=True)[0]
        ]
        family = [_FAMILY_NAMES[character]] if character in _FAMILY_NAMES else []
        listed = [
            text for text in dict.fromkeys([*family, *found]) if text.isalpha() and text.replace("ü", "u").isascii()
        ]
        readings[character] = [mandarin_spellings(text) for text in listed[:4]]
    return _by_form(readings)


def cantonese() -> Tables:
    """Spellings of Cantonese readings."""
    import ToJyutping

    readings: dict[str, list[Shares]] = {}
    for character in _characters():
        found = [text.rstrip("123456") for text in ToJyutping.get_jyutping_candidates(character)[0][1]]
        readings[character] = [cantonese_spellings(text) for text in dict.fromkeys(found[:3])]
    return _by_form(readings)


def korean(folder: Path) -> Tables:
    """Spellings of Korean readings, with and without an initial r or n."""
    family = {pair[0]: pair[1] for pair in KOREAN_FAMILY_NAMES}
    syllables = {
        character: [part.split(":")[0] for part in value.split()] for character, value in unihan(folder, "kHangul")
    }
    readings: dict[str, list[Shares]] = {}
    for character in sorted(syllables.keys() | family.keys()):
        own = [*filter(None, [family.get(character)]), *syllables.get(character, [])]
        readings[character] = [_korean_syllable(syllable) for syllable in dict.fromkeys(own)]
    return _by_form(readings)


def _korean_syllable(syllable: str) -> Shares:
    changed = without_initial_liquid(syllable)
    parts = [(1.0, korean_spellings(syllable))]
    return mixed(parts + [(_CHANGED, korean_spellings(changed))] * (changed != syllable))


def with_southern(tables: Tables, weight: float) -> Tables:
    """Add the southern spellings of the characters that have them."""
    southern = southern_spellings()
    return {
        character: mixed([(1.0, spellings), (weight, southern[character])]) if character in southern else spellings
        for character, spellings in tables.items()
    }


def abroad(own: Tables, northern: Tables) -> Tables:
    """Southern readings with Mandarin ones beside them: both stand in one name."""
    return {
        character: mixed([(1.0, own.get(character, {})), (_MANDARIN_ABROAD, northern.get(character, {}))])
        for character in own.keys() | northern.keys()
    }


def write(reading: str, tables: Tables) -> None:
    """Write a table as a transducer."""
    learned: dict[Chunks, float] = {
        ((character,), tuple(spelling)): _CHARACTER * share
        for character, spellings in tables.items()
        for spelling, share in spellings.items()
        if share > (_LEAST if _is_common(character) else _LEAST_RARE)
    }
    write_transducer(reading, learned)


def main(unihan_folder: str) -> None:
    """Write the three tables."""
    northern = mandarin()
    write("Zhon", with_southern(northern, _SOUTHERN["Zhon"]))
    write("Yuee", abroad(with_southern(cantonese(), _SOUTHERN["Yuee"]), northern))
    write("Kore", korean(Path(unihan_folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])

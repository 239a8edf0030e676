"""Tokens of names in Han characters and in Latin letters, to compose names of for make_combiner.py.

Japanese family and given names are those of the Sudachi dictionary, spelled by spell_japanese.py. Chinese and Korean ones
are family names and given names of two characters, each character spelled as its reading's table says, by chance in
proportion to the shares. Nothing here runs in the pipeline.
"""

import csv
import gzip
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

from matching.normalise.make_japanese import dictionary_names
from matching.normalise.spell_japanese import kana_spellings
from matching.normalise.spell_southern import southern_spellings
from matching.normalise.spelling import Shares
from matching.normalise.symbols import symbols
from matching.normalise.words import DATA, KOREAN_FAMILY_NAMES

Tokens = list[tuple[str, str]]  # Latin, rendering

_GIVEN = 6000  # given names put together per reading
_JAPANESE = 20_000  # names of each kind


def drawn(shares: Shares, chance: random.Random) -> str:
    """One spelling, by chance in proportion to its share."""
    return chance.choices(list(shares), list(shares.values()))[0]


def spellings_of(reading: str) -> dict[str, Shares]:
    """Spellings of each character in a reading whose table has one character at a time."""
    tables: dict[str, dict[str, float]] = defaultdict(dict)
    with gzip.open(DATA / f"transducer_{reading}.tsv.gz", "rt", encoding="utf-8") as file:
        for character, spelling, cost in csv.reader(file, delimiter="\t"):
            tables[character][spelling] = 2.718281828 ** -float(cost)
    return dict(tables)


def japanese_names(chance: random.Random) -> dict[str, Tokens]:
    """Family names as kind Jpan.1, given names as Jpan.2."""
    tokens: dict[str, Tokens] = {}
    for kind, part in (("Jpan.1", "姓"), ("Jpan.2", "名")):
        names = sorted(dictionary_names((part,)).items())
        chosen = chance.choices([name for name, _ in names], [count for _, count in names], k=_JAPANESE)
        tokens[kind] = [(drawn(kana_spellings(read), chance).title(), "".join(written)) for written, read in chosen]
    return tokens


def syllabic_names(given: Sequence[str], chance: random.Random) -> dict[str, Tokens]:
    """Family names as kinds Zhon.1, Yuee.1 and Kore.1, given names as Zhon.2, Yuee.2 and Kore.2.

    ``given`` are the characters of given names, as often as they are to be taken.
    """
    southern = list(southern_spellings())
    korean = [pair[0] for pair in sorted(KOREAN_FAMILY_NAMES)]
    tokens: dict[str, Tokens] = {}
    for reading, families in (("Zhon", southern[:80]), ("Yuee", southern[:80]), ("Kore", korean)):
        tables = spellings_of(reading)
        tokens[f"{reading}.1"] = [
            (drawn(tables[form], chance).title(), character)
            for character in families
            for _ in range(30)
            if (form := symbols(character, reading)[0]) in tables
        ]
        usable = [character for character in given if symbols(character, reading)[0] in tables]
        tokens[f"{reading}.2"] = [_given(tables, reading, usable, chance) for _ in range(_GIVEN)]
    return tokens


def _given(tables: Mapping[str, Shares], reading: str, usable: Sequence[str], chance: random.Random) -> tuple[str, str]:
    """A given name of two characters, its syllables joined, with a hyphen or apart; now and then of one."""
    characters = chance.choices(usable, k=1 if chance.random() < 0.1 else 2)
    spelled = [drawn(tables[symbols(character, reading)[0]], chance) for character in characters]
    joiner = "" if reading == "Zhon" and chance.random() < 0.8 else chance.choice(("", "-", " "))
    return joiner.join(spelled).capitalize(), "".join(characters)

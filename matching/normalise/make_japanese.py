"""Learn how Han characters are read in Japanese names; write data/transducer_Jpan.tsv.gz.

    python -m matching.normalise.make_japanese UNIHAN

Needs sudachipy and sudachidict_core (Apache-2.0): 230,000 family and given names with their kana; UNIHAN is the folder of
the Unihan files (Unicode licence; Debian's unicode-data). Names are cut into characters and their readings by
expectation-maximisation on kana, which is exact where letters are not; names that no cutting explains (two or three
characters read as one) are kept whole. Readings of Unihan that no name shows count a little, so that no character is
without. Kana are then spelled in Latin letters by spell_japanese.py. Run make_renderings.py afterwards.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from matching.normalise.make_transducers import Chunks, Plan, learn, write_transducer
from matching.normalise.spell_japanese import all_morae, kana_spellings, mora_spellings, morae_of
from matching.normalise.symbols import Symbols, symbols
from matching.normalise.text import script_of_character
from matching.normalise.unihan import unihan

Reading = tuple[str, ...]  # morae
Names = Counter[tuple[Symbols, Reading]]

_PLAN = Plan(moves=tuple((1, morae) for morae in range(1, 6)), discount=0.0, dropped=0.03, rounds=8)
# Persons per listed name, roughly: some thousand names of one character are borne by a seventh of all men.
_SINGLE = 15
_LONGEST_WHOLE = 3  # characters of a name that is kept whole
_POORLY = 2e-4  # probability per character, given the characters, under which a name's cutting explains nothing
_WHOLE = 4.0  # count of a name that is kept whole
_LISTED = {"kJapaneseOn": 0.6, "kJapaneseKun": 0.3}  # count of a reading of the dictionary that no name shows
_LEAST = 0.25  # expected count of a reading that is kept
_CLIPPED = ("ク", "ツ", "チ", "キ")  # ends that double the next consonant: gaku and kou are gakkou
_ENDINGS = ("イ", "ル", "ウ", "シ", "ム", "ス", "ク")  # of adjectives and verbs, left out in names
_WRITTEN = 1e-7  # probability of an unseen pair in transducer.py: less says nothing
_KANA = 0.02  # share of kana beside Han characters in names


def dictionary_names(parts: tuple[str, ...] = ("姓", "名")) -> Names:
    """Family (姓) or given names (名) with Han characters, with their morae, each counted by how many bear such names."""
    import sudachipy

    names: Names = Counter()
    for entry in sudachipy.Dictionary().entries():
        kind = entry.part_of_speech()
        if kind[2] == "人名" and kind[3] in parts and _is_written_so(entry.surface()):
            written, read = symbols(entry.surface(), "Jpan"), symbols(entry.reading_form(), "Kana")
            if read and "".join(read) == entry.reading_form():
                names[written, read] = _SINGLE if len(written) == 1 else 1
    return names


def _is_written_so(text: str) -> bool:
    scripts = [script_of_character(character) for character in text]
    return "Hani" in scripts and set(scripts) <= {"Hani", "Hira", "Kana"}


@dataclass(frozen=True)
class Readings:
    """Expected count of each reading of each chunk of characters, over the names learned from."""

    counts: Mapping[tuple[Symbols, Reading], float]

    def share(self) -> dict[tuple[Symbols, Reading], float]:
        """Probability of each pair, all together 1."""
        total = sum(self.counts.values())
        return {pair: count / total for pair, count in self.counts.items()}


def learn_readings(names: Names) -> Readings:
    """Cut the names into characters and readings; keep whole what cannot be cut."""
    listed = [pair for pair, count in sorted(names.items()) for _ in range(count)]
    shares = learn(listed, _PLAN)
    total = sum(len(written) for written, _ in listed)
    counts = {pair: share * total for pair, share in shares.items() if share * total >= _LEAST}
    of_symbol: dict[Symbols, float] = defaultdict(float)
    for (written, _), count in counts.items():
        of_symbol[written] += count
    given = {pair: count / of_symbol[pair[0]] for pair, count in counts.items()}
    for written, read in names:
        if 1 < len(written) <= _LONGEST_WHOLE and best_cutting(written, read, given) < _POORLY ** len(written):
            counts[written, read] = _WHOLE
    return Readings(counts)


def best_cutting(written: Symbols, read: Reading, given: Mapping[tuple[Symbols, Reading], float]) -> float:
    """Probability of a reading given the characters, cut in the best way."""
    best = np.zeros((len(written) + 1, len(read) + 1))
    best[0, 0] = 1.0
    for i in range(1, len(written) + 1):
        for j in range(1, len(read) + 1):
            best[i, j] = max(
                best[i - 1, j - size] * given.get((written[i - 1 : i], read[j - size : j]), 0.0)
                for size in range(1, min(j, _PLAN.moves[-1][1]) + 1)
            )
    return float(best[-1, -1])


def with_listed(readings: Readings, folder: Path) -> Readings:
    """Add the readings of Unihan that no name shows."""
    counts = dict(readings.counts)
    for field, count in _LISTED.items():
        for character, romanised in unihan(folder, field):
            for read in _listed_readings(romanised.lower().split(), is_chinese=field == "kJapaneseOn"):
                counts.setdefault((symbols(character, "Jpan"), read), count)
    return Readings(counts)


def _listed_readings(romanised: Sequence[str], *, is_chinese: bool) -> Iterator[Reading]:
    """Readings as morae; of those from Chinese also the form before a consonant, of the others also the stem."""
    for text in romanised:
        read = morae_of(text)
        if 0 < len(read) <= _PLAN.moves[-1][1]:
            yield read
        if is_chinese and len(read) > 1 and read[-1] in _CLIPPED:
            yield (*read[:-1], "ッ")
        if not is_chinese and len(read) > 1 and read[-1] in _ENDINGS:
            yield read[:-1]


def latin_shares(readings: Readings) -> dict[Chunks, float]:
    """Probability of each pair of a chunk of characters, or a mora, and its spelling."""
    shares: dict[Chunks, float] = defaultdict(float)
    for (written, read), share in readings.share().items():
        for spelling, factor in kana_spellings(read).items():
            shares[written, tuple(spelling)] += share * factor
    for mora, spellings in _beside_characters().items():
        for spelling, factor in spellings.items():
            shares[(mora,), tuple(spelling)] += _KANA / len(_beside_characters()) * factor
    return {chunk: share for chunk, share in shares.items() if share > _WRITTEN}


@cache
def _beside_characters() -> dict[str, Mapping[str, float]]:
    """Spellings of each mora where it stands by itself: the second half of a long vowel may fall away."""
    spelled = {mora: dict(mora_spellings(mora)) for mora in all_morae()}
    silent: dict[str, Mapping[str, float]] = {
        "ウ": {"u": 0.6, "": 0.3, "h": 0.05, "o": 0.05}, "オ": {"o": 0.8, "": 0.15, "h": 0.05},
        "ー": {"": 0.7, "h": 0.1, "a": 0.05, "i": 0.05, "u": 0.05, "e": 0.02, "o": 0.03},
        "ッ": {"k": 0.25, "t": 0.25, "p": 0.2, "s": 0.15, "c": 0.1, "": 0.05}, "ン": {"n": 0.93, "m": 0.07},
    }  # fmt: skip
    return spelled | silent


def main(unihan_folder: str) -> None:
    """Learn and write."""
    readings = with_listed(learn_readings(dictionary_names()), Path(unihan_folder))
    write_transducer("Jpan", latin_shares(readings))


if __name__ == "__main__":
    main(*sys.argv[1:])

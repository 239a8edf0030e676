"""Comparing names across scripts and spellings: one score and one explanation per pair.

A form is read in every way its script can be read; each reading is aligned with the Latin tokens of the other form, and
the reading that fits best decides. Symmetric and deterministic: which of two forms is read as source depends on the
forms' words alone, never on how they are cased or coded. It is the one whose script is hardest to spell in Latin letters;
of two of a kind the one of fewer tokens, and then the one whose tokens sort first.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from matching.normalise.combine import score
from matching.normalise.evidence import FEATURES, evidence
from matching.normalise.explain import NOTHING, explain
from matching.normalise.forms import Forms, parse_forms
from matching.normalise.symbols import LATIN
from matching.normalise.transducer import Floats, Integers

# What a linkage wants to know of a pair beside its score; see FEATURES.
TOLD = ("matched", "shared_rarity", "left_out_rarity", "whole", "whole_quality")
_TOLD = [FEATURES.index(name) for name in TOLD]
_CHUNK = 20_000  # pairs that a thread compares at a time: bounds memory, changes no score
# How well a plain romanisation spells a script, hardest first: Han has many readings, Arabic and Hebrew no vowels.
_HARDEST = ("Hani", "Jpan", "Arab", "Hebr", "Thai", "Taml", "Hang", "Hira", "Kana")


@dataclass(frozen=True)
class Compared:
    """Scores of pairs of forms, and what an explanation needs: the source, the Latin form and the reading that won."""

    forms: Forms
    score: Floats
    source: Integers
    latin: Integers
    reading: Integers  # place in ``readings``, -1 where there was nothing to compare
    told: Floats  # the features TOLD of the reading that won, one row per pair
    readings: tuple[str, ...]

    def explanations(self) -> list[str]:
        """Say for each pair in one line which words agree, with how many nats, and which are left over."""
        texts = [NOTHING] * len(self.score)
        for number, reading in enumerate(self.readings):
            rows = np.flatnonzero(self.reading == number)
            matched, whole = (self.told[rows, TOLD.index(name)] for name in ("matched", "whole"))
            lines = explain(reading, self.forms, self.source[rows], self.latin[rows], matched=matched, whole=whole)
            for row, line in zip(rows, lines, strict=True):
                texts[row] = line
        return texts


def compare_names(left: Sequence[str], right: Sequence[str]) -> pl.DataFrame:
    """Compare ``left[k]`` with ``right[k]`` for every k.

    Returns one row per pair, in order: ``score`` in [0, 1], higher where the names more likely name one person, 0 where
    either says nothing; ``explanation``, the aligned words with their evidence in nats. Raises ValueError where the
    sequences differ in length.
    """
    if len(left) != len(right):
        raise ValueError(f"{len(left)} names to compare with {len(right)}: give equally many")
    number: dict[str, int] = {}
    pairs = [[number.setdefault(text, len(number)) for text in side] for side in (left, right)]
    forms = parse_forms(list(number))
    found = compare_forms(forms, *(np.array(side, dtype=np.int64) for side in pairs))
    return pl.DataFrame(
        {"score": found.score, "explanation": found.explanations()},
        schema={"score": pl.Float64, "explanation": pl.String},
    )


def compare_forms(forms: Forms, left: Integers, right: Integers) -> Compared:
    """Compare form ``left[k]`` of ``forms`` with form ``right[k]`` for every k."""
    source, latin = oriented(forms, left, right)
    readings = tuple(sorted(forms.sounded))
    best, winner = np.zeros(len(left)), np.full(len(left), -1, dtype=np.int64)
    told = np.zeros((len(left), len(TOLD)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # compiled code lets go of the interpreter
        for number, reading in enumerate(readings):
            rows = np.flatnonzero(is_read(forms, reading, source, latin))
            parts = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
            scored = pool.map(lambda part, r=reading: _scored(r, forms, source[part], latin[part]), parts)
            for part, (values, features) in zip(parts, scored, strict=True):
                better = values > best[part]
                best[part[better]], winner[part[better]] = values[better], number
                told[part[better]] = features[better]
    return Compared(forms, best, source, latin, winner, told, readings)


def _scored(reading: str, forms: Forms, source: Integers, latin: Integers) -> tuple[Floats, Floats]:
    features = evidence(reading, forms, source, latin)
    return score(features), features[:, _TOLD]


def oriented(forms: Forms, left: Integers, right: Integers) -> tuple[Integers, Integers]:
    """Which form of each pair is read as source, and which is spelled."""
    spelling = np.array([" ".join(tokens) for tokens in forms.tokens], dtype=object)
    order = np.lexsort((forms.script_numbers, spelling, np.diff(forms.spelled.starts), _hardness(forms)))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    swap = rank[left] > rank[right]
    return np.where(swap, right, left), np.where(swap, left, right)


def _hardness(forms: Forms) -> Integers:
    """Place of each form's script among scripts by how hard they are to spell; Latin comes last."""
    known = {script: place for place, script in enumerate(_HARDEST)} | {LATIN: len(_HARDEST) + 1}
    return np.array([known.get(script, len(_HARDEST)) for script in forms.scripts], dtype=np.int64)


def is_read(forms: Forms, reading: str, source: Integers, latin: Integers) -> Integers:
    """Whether each pair is compared in ``reading``: forms of one script in Latin spelling, others in their own readings."""
    sounded = forms.sounded[reading]
    alike = forms.script_numbers[source] == forms.script_numbers[latin]
    words = np.append(np.diff(sounded.starts), 0)[sounded.row[source]] > 0
    tokens = np.diff(forms.spelled.starts)[latin] > 0
    result: Integers = words & tokens & (alike if reading == LATIN else ~alike)
    return result

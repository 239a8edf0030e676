"""Comparing names across scripts and spellings: one score and one explanation per pair.

A form is read in every way its script can be read; each reading is aligned with the Latin tokens of the other form, and
the reading that fits best decides. Two forms in one script are compared in that script. Symmetric and deterministic: which
of two forms is read as source depends on the forms' words alone, never on their order or how they are cased or coded. It is
the one whose script is hardest to spell in Latin letters; of two of a kind the one of fewer tokens, and then the one whose
tokens sort first. Where neither is Latin each is read beside a romanisation of the other.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.normalise.align import other_view, views_of
from matching.normalise.combine import score
from matching.normalise.evidence import FEATURES, evidence
from matching.normalise.explain import NOTHING, explain
from matching.normalise.forms import Forms, parse_forms, with_own_script
from matching.normalise.in_kana import IN_KANA
from matching.normalise.own_script import OWN
from matching.normalise.sides import Views
from matching.normalise.symbols import LATIN
from matching.normalise.transducer import MIXED, Floats, Integers

# What a linkage wants to know of a pair beside its score; see FEATURES.
TOLD = ("matched", "shared_rarity", "left_out_rarity", "whole", "whole_quality")
_TOLD = [FEATURES.index(name) for name in TOLD]
Flags = npt.NDArray[np.bool_]
_CHUNK = 20_000  # pairs that a thread compares at a time: bounds memory, changes no score
# How well a plain romanisation spells a script, hardest first: Han has many readings, Arabic and Hebrew no vowels.
_HARDEST = (MIXED, "Hani", "Jpan", "Arab", "Hebr", "Thai", "Taml", "Hang", "Kana")


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

    def are_same(self) -> Flags:
        """Whether the forms of each pair are written alike in one script other than Latin, in any order of the words."""
        result: Flags = np.zeros(len(self.score), dtype=np.bool_)
        if OWN in self.readings:
            rows = np.flatnonzero(self.reading == self.readings.index(OWN))
            result[rows] = self.forms.are_spelled_alike(self.source[rows], self.latin[rows])
        return result

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
    forms, source, latin = prepared(forms, left, right)
    readings = tuple(sorted(forms.words))
    found = Compared(
        forms, np.zeros(len(left)), source.copy(), latin.copy(), np.full(len(left), -1, dtype=np.int64),
        np.zeros((len(left), len(TOLD))), readings,
    )  # fmt: skip
    turned = np.flatnonzero(_is_turned(forms, source, latin))
    views = views_of(readings, forms)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # compiled code lets go of the interpreter
        _compare_into(found, views, pool, np.arange(len(left)), source, latin)
        _compare_into(found, views, pool, turned, latin[turned], source[turned])
    return found


def _compare_into(
    found: Compared,
    views: Mapping[str, Views],
    pool: ThreadPoolExecutor,
    pairs: Integers,
    source: Integers,
    latin: Integers,
) -> None:
    """Compare pairs in every reading of their source, and keep what beats what was found before."""
    for number, reading in enumerate(found.readings):
        rows = np.flatnonzero(is_read(found.forms, reading, source, latin))
        parts = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
        scored = pool.map(partial(_scored, reading, found.forms, views[reading], source, latin), parts)
        for part, (values, features) in zip(parts, scored, strict=True):
            better = values > found.score[pairs[part]]
            won = pairs[part[better]]
            found.score[won], found.reading[won], found.told[won] = values[better], number, features[better]
            found.source[won], found.latin[won] = source[part[better]], latin[part[better]]


def _scored(
    reading: str, forms: Forms, views: Views, source: Integers, latin: Integers, part: Integers
) -> tuple[Floats, Floats]:
    features = evidence(reading, forms, source[part], latin[part], views=views)
    return score(features), features[:, _TOLD]


def prepared(forms: Forms, left: Integers, right: Integers) -> tuple[Forms, Integers, Integers]:
    """Which form of each pair is read as source, and which is spelled; and the forms with the views that this needs.

    Of two forms that are romanised alike their own words decide, in any order and case: never which was met first.
    """
    rank = _rank(forms)
    swap = rank[left] > rank[right]
    source, latin = np.where(swap, right, left), np.where(swap, left, right)
    meet = _is_one_script(forms, source, latin) | _is_in_kana(forms, source, latin)
    if meet.any():
        forms = with_own_script(forms, np.concatenate([source[meet], latin[meet]]))
    return forms, source, latin


def _rank(forms: Forms) -> Integers:
    """Place of each form in the order in which the first of two is read as source."""
    tokens = forms.words[LATIN]
    count = np.diff(tokens.starts)
    spelling = np.zeros(
        (max(count.max(initial=0), 1), len(count)), dtype=np.int64
    )  # tokens are numbered in their order
    for place, row in enumerate(spelling):
        longer = np.flatnonzero(count > place)
        row[longer] = tokens.word[tokens.starts[longer] + place] + 1
    keys = np.stack([_hardness(forms), count, *spelling, forms.script_numbers])
    order = np.lexsort(keys[::-1])
    differs = np.append(np.any(np.diff(keys[:, order], axis=1) != 0, axis=0), True)
    ends = np.flatnonzero(differs)
    starts = np.append(0, ends[:-1] + 1)
    for run in np.flatnonzero(ends > starts).tolist():  # romanised alike
        alike = slice(int(starts[run]), int(ends[run]) + 1)
        order[alike] = sorted(order[alike].tolist(), key=partial(_own_words, forms))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _own_words(forms: Forms, form: int) -> list[str]:
    """The words of a form in any order and case."""
    return sorted(map(str.casefold, forms.split[form]))


def _hardness(forms: Forms) -> Integers:
    """Place of each form's script among scripts by how hard they are to spell; Latin comes last."""
    known = {script: place for place, script in enumerate(_HARDEST)} | {LATIN: len(_HARDEST) + 1}
    hardness = np.array([known.get(group, len(_HARDEST)) for group in forms.groups], dtype=np.int64)
    result: Integers = hardness[forms.script_numbers]
    return result


def _of(forms: Forms, *groups: str) -> Flags:
    """Which forms are in a script of ``groups``."""
    result: Flags = np.array([group in groups for group in forms.groups], dtype=bool)[forms.script_numbers]
    return result


def _is_one_script(forms: Forms, source: Integers, latin: Integers) -> Flags:
    """Whether both forms are in one script, and not Latin."""
    alike = forms.script_numbers[source] == forms.script_numbers[latin]
    result: Flags = alike & ~_of(forms, LATIN, MIXED)[source]
    return result


def _is_in_kana(forms: Forms, source: Integers, latin: Integers) -> Flags:
    """Whether a name in Han characters or Hangul stands beside one in kana."""
    result: Flags = _of(forms, *IN_KANA.values())[source] & _of(forms, "Kana")[latin]
    return result


def _is_turned(forms: Forms, source: Integers, latin: Integers) -> Flags:
    """Whether either form may be read as source: neither is Latin nor Han, whose romanisation is but one of several
    readings, and they are not of one script.
    """
    romanised = ~_of(forms, LATIN)[latin] & ~_of(forms, "Hani")[source]
    result: Flags = romanised & ~_is_one_script(forms, source, latin)
    return result


def is_read(forms: Forms, reading: str, source: Integers, latin: Integers) -> Flags:
    """Whether each pair is compared in ``reading``: forms of one script in that script, others in their own readings."""
    has_words = np.append(np.diff(forms.words[reading].starts), 0)[forms.words[reading].row[source]] > 0
    other = forms.words[other_view(reading)]
    has_words &= np.append(np.diff(other.starts), 0)[other.row[latin]] > 0
    if reading == OWN:
        return has_words & _is_one_script(forms, source, latin)
    if reading in IN_KANA:
        return has_words & _is_in_kana(forms, source, latin)
    if reading == LATIN:
        return has_words & _of(forms, LATIN)[source] & _of(forms, LATIN)[latin]
    return has_words & ~_is_one_script(forms, source, latin)

"""Comparing names across scripts and spellings: one score and one explanation per pair.

A form is read in every way its script can be read; each reading is aligned with the Latin tokens of the other form, and
the reading that fits best decides. Symmetric and deterministic: the form in Latin letters is always the one that is
rendered, and of two forms of one kind the one that sorts first is the source.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from matching.normalise.align import FEATURES, Aligned, align
from matching.normalise.combine import score
from matching.normalise.forms import Form, parse_forms
from matching.normalise.symbols import LATIN, Symbols
from matching.normalise.transducer import Integers

_NOTHING = "nothing to compare"
_CHUNK = 50_000  # pairs that are compared at a time: bounds memory, changes no score


def compare_names(left: Sequence[str], right: Sequence[str]) -> pl.DataFrame:
    """Compare ``left[k]`` with ``right[k]`` for every k.

    Returns one row per pair, in order: ``score`` in [0, 1], higher where the names more likely name one person, 0 where
    either says nothing; ``explanation``, the aligned words with their evidence in nats. Raises ValueError where the
    sequences differ in length.
    """
    if len(left) != len(right):
        raise ValueError(f"{len(left)} names to compare with {len(right)}: give equally many")
    texts = list(dict.fromkeys((*left, *right)))
    forms = dict(zip(texts, parse_forms(texts), strict=True))
    parts = [
        _compared([(forms[left[k]], forms[right[k]]) for k in range(start, min(start + _CHUNK, len(left)))])
        for start in range(0, len(left), _CHUNK)
    ]
    return pl.concat([pl.DataFrame(schema={"score": pl.Float64, "explanation": pl.String}), *parts])


@dataclass(frozen=True)
class _Task:
    """Pairs to align in one reading: the row of each, its source words and its Latin tokens."""

    rows: list[int]
    sources: list[tuple[Symbols, ...]]
    latins: list[tuple[str, ...]]


def _compared(pairs: Sequence[tuple[Form, Form]]) -> pl.DataFrame:
    best = np.zeros(len(pairs))
    chosen: dict[str, tuple[Integers, Aligned]] = {}
    winner = np.full(len(pairs), "", dtype=object)
    for reading, task in sorted(_tasks(pairs).items()):
        aligned = align(reading, task.sources, task.latins)
        rows = np.array(task.rows)
        scores = score(aligned.features)
        better = scores > best[rows]
        best[rows[better]] = scores[better]
        winner[rows[better]] = reading
        chosen[reading] = (rows, aligned)
    texts = [_NOTHING] * len(pairs)
    for reading, (rows, aligned) in chosen.items():
        for place, row in enumerate(rows):
            if winner[row] == reading:
                texts[row] = explain(aligned, place)
    return pl.DataFrame({"score": best, "explanation": texts})


def _tasks(pairs: Sequence[tuple[Form, Form]]) -> dict[str, _Task]:
    tasks: dict[str, _Task] = {}
    for row, (one, other) in enumerate(pairs):
        sources, latin = _oriented(one, other)
        for reading, source in sources.items():
            if source and latin:
                task = tasks.setdefault(reading, _Task([], [], []))
                task.rows.append(row)
                task.sources.append(source)
                task.latins.append(latin)
    return tasks


def _oriented(one: Form, other: Form) -> tuple[dict[str, tuple[Symbols, ...]], tuple[str, ...]]:
    """Which form is read as the source, in which readings, and the Latin tokens it is held against."""
    if one.is_latin != other.is_latin:
        source, latin = (other, one) if one.is_latin else (one, other)
        return source.sources, latin.tokens
    first, second = sorted((one, other), key=lambda form: (form.script, form.text))
    return {LATIN: tuple(tuple(token) for token in first.tokens)}, second.tokens


def explain(aligned: Aligned, row: int) -> str:
    """Say in one line which words of a pair agree, with how many nats, and which are left over."""
    bucket, alignment, place = aligned.found(row)
    sources, latins = list(aligned.words.source_numbers), list(aligned.words.latin_numbers)
    whole, matched = (aligned.features[row, FEATURES.index(name)] for name in ("whole", "matched"))
    words = [_shown(sources[number]) for number in bucket.sources[place]]
    tokens = [latins[number] for number in bucket.latins[place]]
    if whole > matched:
        return f"{''.join(words)} ≈ {' '.join(tokens)}, read as one word ({whole:.1f})"
    partner = alignment.partner[place]
    parts = [
        f"{words[i]} ≈ {tokens[j]} ({alignment.score[place, i]:.1f})" for i, j in enumerate(partner) if j >= 0
    ] or ["no word agrees"]
    left = [word for i, word in enumerate(words) if partner[i] < 0]
    right = [token for j, token in enumerate(tokens) if j not in partner]
    if left:
        parts.append(f"left over on one side: {' '.join(left)}")
    if right:
        parts.append(f"left over on the other: {' '.join(right)}")
    return "; ".join(parts)


def _shown(word: Symbols) -> str:
    return unicodedata.normalize("NFC", "".join(word))

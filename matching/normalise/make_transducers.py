"""Learn the transducers and the tables beside them; write data/.

    python -m matching.normalise.make_transducers RESOURCES PERSON_NAMES [READING ...]

RESOURCES is the folder of Wikidata token pairs, PERSON_NAMES rigour's person_names.txt (see make_lexicon.py). The native
readings of Han characters are made by make_han_readings.py and make_japanese.py; make_renderings.py is to be run after any
of the three. Expectation-maximisation over all ways to cut a pair of words into chunk pairs
(many-to-many alignment: Jiampojamarn, Kondrak and Sherif 2007), with a discount on rare long chunks so that they earn
their place. Half way, the pairs that fit worst are dropped: translations and nicknames stand among the renderings.
Deterministic.
"""

import gzip
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matching.normalise.make_lexicon import Pairs, Sources, token_counts, token_pairs, token_shares
from matching.normalise.symbols import LATIN, Symbols
from matching.normalise.transducer import Floats, Integers
from matching.normalise.words import DATA

Chunks = tuple[Symbols, tuple[str, ...]]
_ALPHABETIC = ((1, 0), (0, 1), (1, 1), (1, 2), (2, 1), (1, 3))
_WIDE = 1 << 22
_KEPT = 1e-8  # probability under which a chunk pair is not written


@dataclass(frozen=True)
class Plan:
    """How a reading is learned: shapes of chunk pairs, pairs used, discount per letter, share of pairs dropped."""

    moves: tuple[tuple[int, int], ...] = _ALPHABETIC
    most_pairs: int = 60_000
    discount: float = 0.3
    dropped: float = 0.08
    rounds: int = 9


_PLANS = {
    **dict.fromkeys(("Arab", "Hebr", "Grek", "Geor", "Armn", "Thai", "Indi", "Taml", "Romn"), Plan()),
    "Cyrl": Plan(moves=(*_ALPHABETIC, (1, 4))),
    "Kana": Plan(moves=(*_ALPHABETIC, (1, 4))),
    "Hang": Plan(moves=(*_ALPHABETIC, (2, 3), (2, 4), (3, 3), (3, 4)), most_pairs=90_000, discount=0.1),
    "Zhtr": Plan(moves=((0, 1), *((1, b) for b in range(7))), most_pairs=150_000, discount=0.04),
    "Latn": Plan(moves=(*_ALPHABETIC, (3, 1)), most_pairs=100_000, dropped=0.15),
}


@dataclass(frozen=True)
class Lattice:
    """Pairs of words of one shape: for each step from cell to cell, which chunk pair it takes in each pair of words."""

    rows: int
    columns: int
    count: int
    steps: list[tuple[int, int, int, int, Integers]]


def learn(pairs: Sequence[tuple[Symbols, Sequence[str]]], plan: Plan) -> dict[Chunks, float]:
    """Return the probability of each chunk pair."""
    lattices, chunks = _lattices(pairs, plan)
    size = np.array([(len(source), len(latin)) for source, latin in chunks])
    share = np.where((size == 1).all(axis=1), 1.0, np.where((size == 0).any(axis=1), 0.03, 0.3))
    share /= share.sum()
    kept = [np.ones(lattice.count, dtype=bool) for lattice in lattices]
    for number in range(plan.rounds):
        rounds = [_expected(lattice, share, keep) for lattice, keep in zip(lattices, kept, strict=True)]
        if number == plan.rounds // 2:
            fits = [fit for _, fit in rounds]
            limit = np.quantile(np.concatenate(fits), plan.dropped)
            kept = [fit >= limit for fit in fits]
        counts = sum((count for count, _ in rounds), np.zeros(len(chunks)))
        counts = np.maximum(counts - plan.discount * np.maximum(size.sum(axis=1) - 1, 0), 0.0)
        share = counts / counts.sum()
    return {chunk: float(value) for chunk, value in zip(chunks, share, strict=True) if value > _KEPT}


def _lattices(pairs: Sequence[tuple[Symbols, Sequence[str]]], plan: Plan) -> tuple[list[Lattice], list[Chunks]]:
    shapes: dict[tuple[int, int], list[tuple[Symbols, tuple[str, ...]]]] = defaultdict(list)
    for source, latin in pairs:
        shapes[len(source), len(latin)].append((source, tuple(latin)))
    sources: dict[tuple[str, ...], int] = {(): 0}
    latins: dict[tuple[str, ...], int] = {(): 0}
    raw = [
        Lattice(*shape, len(words), _steps(words, shape, moves=plan.moves, sources=sources, latins=latins))
        for shape, words in sorted(shapes.items())
    ]
    keys = np.unique(np.concatenate([np.unique(np.concatenate([s[4] for s in lat.steps])) for lat in raw]))
    lattices = [
        Lattice(lat.rows, lat.columns, lat.count, [(*s[:4], np.searchsorted(keys, s[4])) for s in lat.steps])
        for lat in raw
    ]
    source_of, latin_of = list(sources), list(latins)
    return lattices, [(source_of[key // _WIDE], latin_of[key % _WIDE]) for key in keys.tolist()]


def _steps(
    words: Sequence[tuple[Symbols, tuple[str, ...]]],
    shape: tuple[int, int],
    *,
    moves: Sequence[tuple[int, int]],
    sources: dict[tuple[str, ...], int],
    latins: dict[tuple[str, ...], int],
) -> list[tuple[int, int, int, int, Integers]]:
    left = {size: _numbers([word for word, _ in words], size, sources) for size, _ in moves}
    right = {size: _numbers([word for _, word in words], size, latins) for _, size in moves}
    return [
        (i, j, a, b, left[a][:, i - a] * _WIDE + right[b][:, j - b])
        for i in range(shape[0] + 1)
        for j in range(shape[1] + 1)
        for a, b in moves
        if i >= a and j >= b
    ]


def _numbers(words: Sequence[tuple[str, ...]], size: int, numbers: dict[tuple[str, ...], int]) -> Integers:
    places = range(max(len(words[0]) - size + 1, 0))
    rows = [[numbers.setdefault(word[k : k + size], len(numbers)) for k in places] for word in words]
    return np.array(rows, dtype=np.int64).reshape(len(words), -1)


def _expected(lattice: Lattice, share: Floats, keep: Any) -> tuple[Floats, Floats]:
    """Expected counts of chunk pairs, and how well each pair of words fits: log-probability per symbol."""
    forward = np.zeros((lattice.rows + 1, lattice.columns + 1, lattice.count))
    backward = np.zeros_like(forward)
    forward[0, 0] = backward[lattice.rows, lattice.columns] = 1.0
    for i, j, a, b, key in lattice.steps:
        forward[i, j] += forward[i - a, j - b] * share[key]
    for i, j, a, b, key in reversed(lattice.steps):
        backward[i - a, j - b] += backward[i, j] * share[key]
    total = forward[lattice.rows, lattice.columns]
    fits = keep & (total > 1e-290)  # a pair that no cutting fits teaches nothing
    weight = np.where(fits, 1.0 / np.where(fits, total, 1.0), 0.0)
    taken = [forward[i - a, j - b] * share[key] * backward[i, j] * weight for i, j, a, b, key in lattice.steps]
    keys = np.concatenate([step[4] for step in lattice.steps])
    counts: Floats = np.bincount(keys, np.concatenate(taken), minlength=len(share)).astype(np.float64)
    fit = np.log(np.maximum(total, 1e-300)) / (lattice.rows + lattice.columns)
    return counts, fit


def examples(reading: str, pairs: Pairs, shares: Mapping[str, float]) -> list[tuple[Symbols, str]]:
    """Pairs to learn a reading from, in random but fixed order, as many as its plan says."""
    listed = sorted(pairs[reading])
    if reading == "Hang":  # syllables that are whole names are borne by very many persons: they count more
        listed = [pair for pair in listed for _ in range({1: 6, 2: 3}.get(_syllables(pair[0]), 1))]
    if reading == LATIN:
        listed += [(tuple(token), token) for token in sorted(shares) if 2 <= len(token) <= 14]
    order = np.random.default_rng(0).permutation(len(listed))[: _PLANS[reading].most_pairs]
    return [listed[k] for k in order]


def _syllables(word: Symbols) -> int:
    return sum("\u1161" <= symbol <= "\u1175" for symbol in word)


def write_transducer(reading: str, learned: Mapping[Chunks, float]) -> None:
    """Write data/transducer_<reading>.tsv.gz: source chunk, Latin chunk, negative log-probability."""
    if reading == LATIN:
        both = {(tuple(latin), tuple(source)) for source, latin in learned} | set(learned)
        learned = {(s, t): (learned.get((s, t), 0.0) + learned.get((t, s), 0.0)) / 2 for s, t in both}
    lines = (f"{' '.join(s)}\t{''.join(t)}\t{-np.log(p):.3f}\n" for (s, t), p in sorted(learned.items()))
    with gzip.GzipFile(DATA / f"transducer_{reading}.tsv.gz", "wb", mtime=0) as file:
        file.write("".join(lines).encode())


def write_latin_tables(sources: Sources, shares: Mapping[str, float]) -> None:
    """Write the letter trigrams and the shares of tokens."""
    counts = np.zeros((27, 27, 27))
    for token, count in token_counts(sources).items():
        codes = [0, 0, *(ord(letter) - 96 for letter in token), 0]
        for place in range(len(codes) - 2):
            counts[codes[place], codes[place + 1], codes[place + 2]] += min(count, 30)
    single = counts.sum(axis=(0, 1)) / counts.sum()
    double = counts.sum(axis=0)
    double = (double + 5 * single) / (double.sum(axis=1, keepdims=True) + 5)
    triple = (counts + 5 * double[None]) / (counts.sum(axis=2, keepdims=True) + 5)
    np.save(DATA / "latin_trigrams.npy", np.log(triple).astype(np.float16))
    lines = (f"{token}\t{-np.log(share):.2f}\n" for token, share in sorted(shares.items()) if share >= 2e-5)
    with gzip.GzipFile(DATA / "token_frequency.tsv.gz", "wb", mtime=0) as file:
        file.write("".join(lines).encode())


def main(resources: str, person_names: str, *readings: str) -> None:
    """Learn ``readings`` (all if none are given) and write data/."""
    sources = Sources(Path(resources), Path(person_names))
    shares = token_shares(sources)
    write_latin_tables(sources, shares)
    pairs = token_pairs(sources)
    for reading in readings or sorted(_PLANS):
        write_transducer(reading, learn(examples(reading, pairs, shares), _PLANS[reading]))


if __name__ == "__main__":
    main(*sys.argv[1:])

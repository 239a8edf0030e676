"""How likely one spelling is a rendering of another: learned letter-to-letter transducers, scored for many pairs at
once.

A transducer of a reading (see symbols.py) is a table of chunk pairs, source symbols beside Latin letters, each with the
probability that a random step of a random name is this pair. It is learned by expectation-maximisation from pairs of
tokens (make_transducers.py). The score of a pair of words is a log-likelihood ratio in nats,

    log P(Latin word | source word) - log P(Latin word),

with P(Latin word) from a letter trigram model: how much more likely the Latin word is as a rendering of the source word
than as any name. It is the match weight of Fellegi and Sunter for spelling: long and unusual names that agree weigh
much, short and common ones little, and it is comparable between scripts.
"""

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from matching.normalise.symbols import LATIN, Symbols
from matching.normalise.words import DATA

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MAXIMUM_LENGTH = 24  # symbols of a word that are read; longer words are cut
_FLOOR = 1e-7  # probability of a symbol that stands for nothing, or of an unseen pair of single symbols
_BATCH = 8192
_DENSE_CELLS = 6_000_000
_NEVER = -1e9


@dataclass(frozen=True)
class Transducer:
    """One reading's table, prepared for look-up by numbers of chunks."""

    reading: str
    sources: dict[tuple[str, ...], int]
    targets: dict[str, int]
    keys: Integers
    values: Floats
    dense: Floats | None
    moves: tuple[tuple[int, int], ...]
    source_mass: Floats

    def look_up(self, source: Integers, target: Integers) -> Floats:
        """Probabilities of chunk pairs given by their numbers; 0 where a pair was not learned."""
        if self.dense is not None:
            found: Floats = self.dense[source * len(self.targets) + target]
            return found
        wanted = source * len(self.targets) + target
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[place] == wanted, self.values[place], 0.0)


@cache
def transducer(reading: str) -> Transducer:
    """Load the transducer of ``reading`` from data/transducer_<reading>.tsv.gz."""
    sources: dict[tuple[str, ...], int] = {}
    targets: dict[str, int] = {}
    entries: dict[tuple[tuple[str, ...], str], float] = {}
    with gzip.open(DATA / f"transducer_{reading}.tsv.gz", "rt", encoding="utf-8") as file:
        for source, target, cost in csv.reader(file, delimiter="\t"):
            entries[tuple(source.split()), target] = float(np.exp(-float(cost)))
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    single = sorted({chunk for chunk, _ in entries if len(chunk) == 1}) + [("",)]  # ("",) is any symbol never seen
    for letter in letters:
        entries.setdefault(((), letter), _FLOOR)
    for symbol in single:
        entries.setdefault((symbol, ""), _FLOOR)
        for letter in letters:
            entries.setdefault((symbol, letter), _FLOOR)
    for chunk, text in sorted(entries):
        sources.setdefault(chunk, len(sources) + 1)  # number 0 is a chunk that was never learned
        targets.setdefault(text, len(targets) + 1)
    width = len(targets) + 1
    targets["\0"] = 0
    keys = np.array([sources[chunk] * width + targets[text] for chunk, text in entries], dtype=np.int64)
    values = np.array(list(entries.values()))
    order = np.argsort(keys)
    keys, values = keys[order], values[order]
    dense = None
    if (len(sources) + 1) * width <= _DENSE_CELLS:
        dense = np.zeros((len(sources) + 1) * width)
        dense[keys] = values
    mass = np.zeros(len(sources) + 1)
    np.add.at(mass, keys // width, values)
    moves = tuple(sorted({(len(chunk), len(text)) for chunk, text in entries}))
    return Transducer(reading, sources, targets, keys, values, dense, moves, mass)


@dataclass(frozen=True)
class Encoded:
    """Words of one side as matrices: for each chunk length, the number of the chunk that starts at each place."""

    chunks: dict[int, Integers]
    lengths: Integers


def _encode_sources(model: Transducer, words: Sequence[Symbols]) -> Encoded:
    known = [tuple(s if (s,) in model.sources else "" for s in word[:MAXIMUM_LENGTH]) for word in words]
    return _encode(known, {a for a, _ in model.moves}, lambda chunk: model.sources.get(chunk, 0))


def _encode_targets(model: Transducer, words: Sequence[str]) -> Encoded:
    return _encode([w[:MAXIMUM_LENGTH] for w in words], {b for _, b in model.moves}, lambda t: model.targets.get(t, 0))


def _encode(words: Sequence, sizes: set[int], number) -> Encoded:
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    width = int(lengths.max(initial=0)) + 1
    memo: dict = {}
    chunks = {}
    for size in sizes:
        matrix = np.zeros((len(words), width), dtype=np.int64)
        for row, word in enumerate(words):
            for place in range(len(word) - size + 1):
                chunk = word[place : place + size]
                found = memo.get(chunk)
                if found is None:
                    found = memo[chunk] = number(chunk)
                matrix[row, place] = found
        chunks[size] = matrix
    return Encoded(chunks, lengths)


def log_ratios(
    reading: str, sources: Sequence[Symbols], latins: Sequence[str], *, left: Integers, right: Integers
) -> Floats:
    """Score pairs of words: ``sources[left[k]]`` in ``reading`` beside the Latin ``latins[right[k]]``, in nats.

    For Latin words the score is the mean of both directions, and so symmetric.
    """
    model = transducer(reading)
    source, target = _encode_sources(model, sources), _encode_targets(model, latins)
    joint = np.full(len(left), _NEVER)
    order = np.lexsort((target.lengths[right], source.lengths[left]))
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        joint[batch] = _joint_log_likelihood(model, source, target, left=left[batch], right=right[batch])
    forth = joint - _source_log_likelihood(model, source)[left] - latin_log_likelihood(latins)[right]
    if reading != LATIN:
        return forth
    turned = _source_log_likelihood(model, _encode_sources(model, [tuple(word) for word in latins]))
    back = joint - turned[right] - latin_log_likelihood(["".join(word) for word in sources])[left]
    return (forth + back) / 2


def source_information(reading: str, sources: Sequence[Symbols]) -> Floats:
    """Information of each source word under its transducer, in nats: the longer and the less usual, the more."""
    model = transducer(reading)
    return -_source_log_likelihood(model, _encode_sources(model, sources))


def _joint_log_likelihood(
    model: Transducer, source: Encoded, target: Encoded, *, left: Integers, right: Integers
) -> Floats:
    """Forward algorithm over all ways to cut both words into chunk pairs; one vector operation per cell and move."""
    long, wide = int(source.lengths[left].max()), int(target.lengths[right].max())
    sources = {a: m[left] for a, m in source.chunks.items()}
    targets = {b: m[right] for b, m in target.chunks.items()}
    forward = np.zeros((long + 1, wide + 1, len(left)))
    forward[0, 0] = 1.0
    for i in range(long + 1):
        for j in range(wide + 1):
            cell = forward[i, j]
            for a, b in model.moves:
                if i >= a and j >= b and (i, j) != (0, 0):
                    cell += forward[i - a, j - b] * model.look_up(sources[a][:, i - a], targets[b][:, j - b])
    total = forward[source.lengths[left], target.lengths[right], np.arange(len(left))]
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(total), _NEVER)


def _source_log_likelihood(model: Transducer, source: Encoded) -> Floats:
    """Log-probability of each source word under the transducer, whatever it is rendered as."""
    inserted = model.source_mass[model.sources[()]] if () in model.sources else 0.0
    long = source.chunks[1].shape[1] - 1
    forward = np.zeros((long + 1, len(source.lengths)))
    forward[0] = 1.0 / (1.0 - inserted)
    for i in range(1, long + 1):
        for size, matrix in source.chunks.items():
            if 0 < size <= i:
                forward[i] += forward[i - size] * model.source_mass[matrix[:, i - size]] / (1.0 - inserted)
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(forward[source.lengths, np.arange(len(source.lengths))]), _NEVER)


@cache
def _letter_trigrams() -> Floats:
    """Log-probabilities of a letter after two others, 27 x 27 x 27; index 0 is the edge of a word."""
    table: Floats = np.load(DATA / "latin_trigrams.npy").astype(np.float64)
    return table


def latin_log_likelihood(words: Sequence[str]) -> Floats:
    """Log-probability of each word of letters a to z as a name token, by the letter trigram model."""
    table = _letter_trigrams()
    lengths = np.array([min(len(word), MAXIMUM_LENGTH) for word in words], dtype=np.int64)
    codes = np.zeros((len(words), int(lengths.max(initial=0)) + 3), dtype=np.int64)
    for row, word in enumerate(words):
        codes[row, 2 : 2 + lengths[row]] = [ord(letter) - 96 for letter in word[:MAXIMUM_LENGTH]]
    steps = table[codes[:, :-2], codes[:, 1:-1], codes[:, 2:]]
    within = np.arange(steps.shape[1]) <= lengths[:, None]
    total: Floats = (steps * within).sum(axis=1)
    return total

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.normalise.symbols import LATIN, Symbols
from matching.normalise.tokens import skeleton
from matching.normalise.words import DATA

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MAXIMUM_LENGTH = 24  # symbols of a word that are read; longer words are cut
_FLOOR = 1e-7  # probability of a symbol that stands for nothing, or of an unseen pair of single symbols
_BATCH = 8192
_NEVER = -1e9
_WORTH_A_LOOK = 0.45  # cosine of expected and found letters; renderings of one name lie above
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST_DENSE = 1_000_000  # cells of a table that is kept dense
_ALIKE = 0.3  # part of the share of like-sounding tokens that counts for a spelling
_TABLES: dict[str, str] = {}
_UNKNOWN = ""  # stands for any symbol that was not learned


@dataclass(frozen=True)
class Move:
    """All pairs of one shape, so many symbols beside so many letters, numbered for that shape alone.

    A small table is dense, so that it stays in the processor's cache, which decides the speed of everything here; a
    large one (Han characters) is a sorted list of ``keys``.
    """

    symbols: int
    letters: int
    width: int
    values: npt.NDArray[np.floating[Any]]
    keys: Integers | None

    def probabilities(self, sources: Integers, latins: Integers) -> Floats:
        """Probability of each pair of chunks given by number; 0 where it was not learned."""
        if self.keys is None:
            dense: Floats = self.values[sources * self.width + latins]
            return dense
        found = np.zeros(len(sources))
        known = np.flatnonzero((sources > 0) & (latins > 0))
        wanted = sources[known] * self.width + latins[known]
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        found[known] = np.where(self.keys[place] == wanted, self.values[place], 0.0)
        return found


@dataclass(frozen=True)
class Transducer:
    """One reading's table, prepared for look-up by numbers of chunks; number 0 is a chunk that was never learned."""

    sources: dict[int, dict[Symbols, int]]
    latins: dict[int, dict[str, int]]
    moves: tuple[Move, ...]
    source_mass: dict[int, Floats]
    inserted: float
    expected: Floats


@cache
def transducer(reading: str) -> Transducer:
    """Load the transducer of ``reading`` from data/transducer_<reading>.tsv.gz."""
    entries = _entries(reading)
    sources: dict[int, dict[Symbols, int]] = {}
    latins: dict[int, dict[str, int]] = {}
    for chunk, text in sorted(entries):
        numbers, texts = sources.setdefault(len(chunk), {}), latins.setdefault(len(text), {})
        numbers.setdefault(chunk, len(numbers) + 1)
        texts.setdefault(text, len(texts) + 1)
    mass = {size: np.zeros(len(numbers) + 1) for size, numbers in sources.items()}
    expected = np.zeros((len(sources[1]) + 1, len(_LETTERS)))
    shapes: dict[tuple[int, int], dict[int, float]] = {}
    for (chunk, text), probability in entries.items():
        a, b = len(chunk), len(text)
        number = sources[a][chunk]
        shapes.setdefault((a, b), {})[number * (len(latins[b]) + 1) + latins[b][text]] = probability
        mass[a][number] += probability
        for letter in text if a == 1 else "":
            expected[number, ord(letter) - ord("a")] += probability
    expected /= np.maximum(mass[1], _FLOOR)[:, None]
    moves = tuple(
        _move(shape, pairs, len(sources[shape[0]]) + 1, len(latins[shape[1]]) + 1)
        for shape, pairs in sorted(shapes.items())
    )
    return Transducer(sources, latins, moves, mass, float(mass[0].sum()), expected)


def _move(shape: tuple[int, int], pairs: Mapping[int, float], height: int, width: int) -> Move:
    keys = np.array(sorted(pairs), dtype=np.int64)
    values = np.array([pairs[key] for key in keys.tolist()])
    if height * width > _MOST_DENSE:
        return Move(*shape, width, values, keys)
    dense = np.zeros(height * width, dtype=np.float32)
    dense[keys] = values
    return Move(*shape, width, dense, None)


def _entries(reading: str) -> dict[tuple[Symbols, str], float]:
    """Learned probabilities by chunk pair; every known symbol and letter may also stand for nothing, or anything."""
    entries: dict[tuple[Symbols, str], float] = {}
    with gzip.open(DATA / f"transducer_{_TABLES.get(reading, reading)}.tsv.gz", "rt", encoding="utf-8") as file:
        for source, latin, cost in csv.reader(file, delimiter="\t"):
            entries[tuple(source.split()), latin] = float(np.exp(-float(cost)))
    known = [*sorted({chunk for chunk, _ in entries if len(chunk) == 1}), (_UNKNOWN,)]
    for letter in _LETTERS:
        entries.setdefault(((), letter), _FLOOR)
    for symbol in known:
        for latin in ("", *_LETTERS):
            entries.setdefault((symbol, latin), _FLOOR)
    return entries


@dataclass(frozen=True)
class Encoded:
    """Words of one side: per chunk length the number of the chunk that starts at each place; letter counts."""

    chunks: dict[int, Integers]
    lengths: Integers
    letters: Floats


def _encode_sources(model: Transducer, words: Sequence[Symbols]) -> Encoded:
    single = model.sources[1]
    known = [tuple(s if (s,) in single else _UNKNOWN for s in word[:MAXIMUM_LENGTH]) for word in words]
    chunks, lengths = _encode(known, model.sources)
    within = (np.arange(chunks[1].shape[1]) < lengths[:, None])[..., None]
    return Encoded(chunks, lengths, (model.expected[chunks[1]] * within).sum(axis=1))


def _encode_latins(model: Transducer, words: Sequence[str]) -> Encoded:
    chunks, lengths = _encode([word[:MAXIMUM_LENGTH] for word in words], model.latins)
    letters = np.zeros((len(words), len(_LETTERS)))
    for row, word in enumerate(words):
        for letter in word[:MAXIMUM_LENGTH]:
            letters[row, ord(letter) - ord("a")] += 1
    return Encoded(chunks, lengths, letters)


def _encode(words: Sequence[Any], numbers: Mapping[int, Mapping[Any, int]]) -> tuple[dict[int, Integers], Integers]:
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    width = int(lengths.max(initial=0)) + 1
    chunks = {}
    for size, known in numbers.items():
        matrix = np.zeros((len(words), width), dtype=np.int64)
        for row, word in enumerate(words) if size else ():
            found = [known.get(word[place : place + size], 0) for place in range(len(word) - size + 1)]
            matrix[row, : len(found)] = found
        chunks[size] = matrix if size else matrix + 1
    return chunks, lengths


def log_ratios(
    reading: str, sources: Sequence[Symbols], latins: Sequence[str], *, left: Integers, right: Integers
) -> Floats:
    """Score pairs of words: ``sources[left[k]]`` in ``reading`` beside the Latin ``latins[right[k]]``, in nats.

    Pairs whose letters are too unlike to be worth a look have -1e9. For Latin words the score is the mean of both
    directions, and so symmetric.
    """
    model = transducer(reading)
    source, latin = _encode_sources(model, sources), _encode_latins(model, latins)
    scores = np.full(len(left), _NEVER)
    likely = np.flatnonzero(_likeness(source.letters, latin.letters, left, right) >= _WORTH_A_LOOK)
    order = likely[np.lexsort((left[likely], latin.lengths[right[likely]], source.lengths[left[likely]]))]
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        scores[batch] = _joint_log_likelihood(model, source, latin, left=left[batch], right=right[batch])
    forth = scores - _source_log_likelihood(model, source)[left] - letter_log_likelihood(latins)[right]
    if reading != LATIN:
        return forth
    turned = _source_log_likelihood(model, _encode_sources(model, [tuple(word) for word in latins]))
    back = scores - turned[right] - letter_log_likelihood(["".join(word) for word in sources])[left]
    return (forth + back) / 2


def _likeness(source: Floats, latin: Floats, left: Integers, right: Integers) -> Floats:
    """Cosine of the letters a source word is expected to give and those of a Latin word."""
    source = source / np.maximum(np.linalg.norm(source, axis=1, keepdims=True), _FLOOR)
    latin = latin / np.maximum(np.linalg.norm(latin, axis=1, keepdims=True), _FLOOR)
    likeness = np.empty(len(left))
    for start in range(0, len(left), _BATCH):
        part = slice(start, start + _BATCH)
        likeness[part] = np.einsum("ij,ij->i", source[left[part]], latin[right[part]])
    return likeness


def source_information(reading: str, sources: Sequence[Symbols]) -> Floats:
    """Information of each source word under its transducer, in nats: the longer and the less usual, the more."""
    model = transducer(reading)
    return -_source_log_likelihood(model, _encode_sources(model, sources))


def _joint_log_likelihood(
    model: Transducer, source: Encoded, latin: Encoded, *, left: Integers, right: Integers
) -> Floats:
    """Forward algorithm over all ways to cut both words into chunk pairs; one vector operation per cell and move."""
    long, wide = int(source.lengths[left].max()), int(latin.lengths[right].max())
    sources = {a: np.ascontiguousarray(m[left].T) for a, m in source.chunks.items()}
    latins = {b: np.ascontiguousarray(m[right].T) for b, m in latin.chunks.items()}
    forward = np.zeros((long + 1, wide + 1, len(left)))
    forward[0, 0] = 1.0
    for i in range(long + 1):
        for j in range(wide + 1):
            cell = forward[i, j]
            for move in model.moves:
                a, b = move.symbols, move.letters
                if i >= a and j >= b and i + j > 0:
                    cell += forward[i - a, j - b] * move.probabilities(sources[a][i - a], latins[b][j - b])
    total = forward[source.lengths[left], latin.lengths[right], np.arange(len(left))]
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(total), _NEVER)


def _source_log_likelihood(model: Transducer, source: Encoded) -> Floats:
    """Log-probability of each source word under the transducer, whatever it is rendered as."""
    long = source.chunks[1].shape[1] - 1
    forward = np.zeros((long + 1, len(source.lengths)))
    forward[0] = 1.0 / (1.0 - model.inserted)
    for i in range(1, long + 1):
        for size, matrix in source.chunks.items():
            if 0 < size <= i:
                forward[i] += forward[i - size] * model.source_mass[size][matrix[:, i - size]] / (1.0 - model.inserted)
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(forward[source.lengths, np.arange(len(source.lengths))]), _NEVER)


@cache
def _letter_trigrams() -> Floats:
    """Log-probabilities of a letter after two others, 27 x 27 x 27; index 0 is the edge of a word."""
    table: Floats = np.load(DATA / "latin_trigrams.npy").astype(np.float64)
    return table


@cache
def _frequencies() -> tuple[dict[str, float], dict[str, float]]:
    """Share of a token, and of all tokens that sound alike, among the name tokens of many persons."""
    with gzip.open(DATA / "token_frequency.tsv.gz", "rt", encoding="utf-8") as file:
        tokens = {token: float(np.exp(-float(cost))) for token, cost in csv.reader(file, delimiter="\t")}
    alike: dict[str, float] = {}
    for token, share in tokens.items():
        alike[_sound(token)] = alike.get(_sound(token), 0.0) + share
    return tokens, alike


def _sound(token: str) -> str:
    return token[:1] + skeleton(token)


def information(words: Sequence[str]) -> Floats:
    """Information of each Latin name token, in nats: how surprising it is as anyone's name.

    A token is as likely as the letter model says, plus as often as it was counted, plus a part of the tokens that sound
    like it: so that every spelling of a very common name is common.
    """
    tokens, alike = _frequencies()
    counted = np.array([tokens.get(word, 0.0) + _ALIKE * alike.get(_sound(word), 0.0) for word in words])
    result: Floats = -np.log(np.exp(letter_log_likelihood(words)) + counted)
    return result


def letter_log_likelihood(words: Sequence[str]) -> Floats:
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

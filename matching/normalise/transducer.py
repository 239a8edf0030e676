"""How likely one spelling is a rendering of another: learned letter-to-letter transducers.

A transducer of a reading (see symbols.py) is a table of chunk pairs, source symbols beside Latin letters, each with the
probability that a random step of a random name is this pair. It is learned by expectation-maximisation from pairs of
tokens (make_transducers.py). The score of a pair of words is a log-likelihood ratio in nats,

    log P(Latin word | source word) - log P(Latin word),

with P(Latin word) from a letter trigram model: how much more likely the Latin word is as a rendering of the source word
than as any name. It is the match weight of Fellegi and Sunter for spelling: long and unusual names that agree weigh
much, short and common ones little, and it is comparable between scripts.

The table is kept as one tree of letters per source chunk (a trie, all in two arrays): from a cell of the forward
algorithm the tree is walked along the Latin letters, so that only renderings that were learned cost time.
"""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.normalise.compiled import compiled, count_bits, inlined, kernel, unsigned
from matching.normalise.symbols import LATIN, Symbols
from matching.normalise.words import DATA

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Shorts = npt.NDArray[np.int16]

MAXIMUM_LENGTH = 24  # symbols of a word that are read; longer words are cut
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MIXED = "Mixd"  # the reading of a form whose words are of several scripts: the transducers of all, one beside another
_MIXED_OF = (
    LATIN, "Arab", "Armn", "Cyrl", "Geor", "Grek", "Hang", "Hebr", "Indi", "Kana", "Taml", "Thai", "Zhon",
)  # fmt: skip
_FLOOR = 1e-7  # probability of a symbol that stands for nothing, or of an unseen pair of single symbols
_NEGLIGIBLE = 1e-11  # share of a row's best cell under which a cell is not followed
NEVER = -1e9
_ONE = unsigned(1)
_LETTERS_ON, _FIRST_ON = unsigned(0), unsigned(1)  # columns of Transducer.child
_UNKNOWN = ""  # stands for any symbol that was not learned
_MOST_SYMBOLS = 3  # of a chunk
_ANY_LETTER = (1 << 27) - 2  # letters 1 to 26 as bits


@dataclass(frozen=True)
class Transducer:
    """One reading's table as a tree of letters per source chunk. Chunk 0 is one that was never learned.

    ``numbers``: number of each symbol, from 1. The root of a chunk is a node: chunks of one symbol first, at their numbers,
    then those of two, then of three. ``codes[a]``: the chunks of ``a`` symbols, each as one number, in the order of their roots.
    ``child[node]``: the letters that lead on, as bits, letters from 1; and the first of the nodes they lead to, which stand
    side by side in the order of the letters. ``value[node]``: probability of the chunk pair that ends there. ``mass[root]``: probability of the chunk, whatever it is rendered as.
    ``expected[root, letter - 1]``: letters that a single symbol gives. ``inserted[letter]``: probability of a letter
    that stands for nothing.
    """

    numbers: dict[str, int]
    codes: dict[int, Integers]
    child: Numbers
    value: Floats
    mass: Floats
    expected: Floats
    inserted: Floats


@cache
def transducer(reading: str) -> Transducer:
    """Load the transducer of ``reading`` from data/transducer_<reading>.tsv.gz.

    Every known symbol and letter may also stand for nothing, or for anything, with a small probability.
    """
    table = learned(reading)
    chunks = _chunks(table["source"])
    table = table.join(chunks, on="source", how="left", maintain_order="left").sort("root", "latin", nulls_last=False)
    listed = [chunks.filter(pl.col("size") == size)["source"].to_list() for size in range(1, _MOST_SYMBOLS + 1)]
    numbers = {symbol: number for number, symbol in enumerate([_UNKNOWN, *listed[0]], start=1)}
    entries = (
        table["root"].fill_null(0).to_numpy().astype(np.int64),  # in the file no symbol at all: the letter is inserted
        letter_codes("".join(table["latin"].to_list())),
        ends_of(table["latin"].str.len_bytes().to_list()),
        np.exp(-table["cost"].to_numpy()),
        np.array([1 + chunks.height, len(numbers)]),
    )
    child, value, inserted = _grown(*entries)
    mass, expected = _masses(*entries)
    codes = {size: _chunk_codes(listed[size - 1], numbers) for size in range(2, _MOST_SYMBOLS + 1)}
    return Transducer(numbers, codes, child, value, mass, expected, inserted)


def _chunks(sources: pl.Series) -> pl.DataFrame:
    """Columns source, size (symbols), root: each chunk once, in the order of roots. Root 1 is the unknown symbol's."""
    distinct = pl.DataFrame({"source": sources.unique()}).filter(pl.col("source") != "")
    size = pl.col("source").str.count_matches(" ", literal=True) + 1
    return distinct.with_columns(size=size).sort("size", "source").with_row_index("root", offset=2)


def learned(reading: str) -> pl.DataFrame:
    """The chunk pairs of ``reading`` as kept in data/: columns source (symbols, with spaces), latin, cost (-log probability)."""
    if reading == MIXED:
        return pl.concat([learned(one) for one in _MIXED_OF]).unique(
            ["source", "latin"], keep="first", maintain_order=True
        )
    with gzip.open(DATA / f"transducer_{reading}.tsv.gz") as file:
        table = pl.read_csv(
            file.read(), separator="\t", has_header=False, quote_char=None,
            schema={"source": pl.String, "latin": pl.String, "cost": pl.Float64},
        )  # fmt: skip
    return table.with_columns(pl.col("source", "latin").fill_null(""))


def ends_of(lengths: Sequence[int]) -> Integers:
    """Where each of many things laid side by side begins, and where the last ends."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.array(lengths, dtype=np.int64))])


@compiled
def _grown(
    roots: Integers, letters: Numbers, ends: Integers, values: Floats, sizes: Integers
) -> tuple[Numbers, Floats, Floats]:
    """Grow the trees of letters of entries sorted by root and letters: child and value by node, value by letter inserted.

    Nodes are numbered by how deep they are, the roots first: so those that a node leads to stand side by side. Trees of Han
    readings are walked at random places, and what does not fit the processor's cache costs most of the time.
    """
    single, inserted = sizes[1], np.full(27, _FLOOR)
    shared, starts = _levels(roots, letters, ends, sizes)
    child, value = np.zeros((starts[-1], 2), dtype=np.int32), np.zeros(starts[-1])
    child[1 : single + 1, 0] = _ANY_LETTER
    value[1 : single + 1] = value[starts[1] : starts[1] + 26 * single] = _FLOOR
    free, path = starts.copy(), np.zeros(len(starts), dtype=np.int64)
    free[1] += 26 * single
    for entry in range(len(roots)):
        if roots[entry] == 0:
            inserted[letters[ends[entry]]] = values[entry]
            continue
        path[0] = roots[entry]
        for depth in range(shared[entry], ends[entry + 1] - ends[entry]):
            letter = letters[ends[entry] + depth]
            if depth == 0 and roots[entry] <= single:
                path[1] = starts[1] + 26 * (roots[entry] - 1) + letter - 1
            else:
                child[path[depth], 0] |= 1 << letter
                path[depth + 1] = free[depth + 1]
                free[depth + 1] += 1
        value[path[ends[entry + 1] - ends[entry]]] = values[entry]
    count = starts[1]
    for node in range(len(child)):
        child[node, 1] = count
        count += count_bits(unsigned(child[node, 0]))
    return child, value, inserted


@compiled
def _levels(roots: Integers, letters: Numbers, ends: Integers, sizes: Integers) -> tuple[Integers, Integers]:
    """How many letters each entry shares with the one before, and the first node of each depth: every single symbol has
    a node for each of the 26 letters."""
    lengths = ends[1:] - ends[:-1]
    shared, starts = np.zeros(len(roots), dtype=np.int64), np.zeros(lengths.max() + 2, dtype=np.int64)
    starts[1], starts[2] = sizes[0] + 1, 26 * sizes[1]
    for entry in range(len(roots)):
        same = 0
        if entry > 0 and roots[entry] == roots[entry - 1]:
            most = min(lengths[entry], lengths[entry - 1])
            while same < most and letters[ends[entry] + same] == letters[ends[entry - 1] + same]:
                same += 1
        shared[entry] = same
        for depth in range(max(same, 1) if roots[entry] <= sizes[1] else same, lengths[entry]):
            starts[depth + 2] += 1
    return shared, np.cumsum(starts)


@compiled
def _masses(
    roots: Integers, letters: Numbers, ends: Integers, values: Floats, sizes: Integers
) -> tuple[Floats, Floats]:
    """Probability of each chunk, and the letters each single symbol is expected to give."""
    mass, expected = np.zeros(sizes[0] + 1), np.zeros((sizes[1] + 1, 26))
    for root in range(1, sizes[1] + 1):
        mass[root] = 27 * _FLOOR
        for letter in range(26):
            expected[root, letter] = _FLOOR
    for entry in range(len(roots)):
        root = roots[entry]
        mass[root] += values[entry]
        if 0 < root <= sizes[1]:
            for place in range(ends[entry], ends[entry + 1]):
                expected[root, letters[place] - 1] += values[entry]
    mass[0] = 0.0
    for root in range(1, sizes[1] + 1):
        for letter in range(26):
            expected[root, letter] /= mass[root]
    return mass, expected


def encode_symbols(model: Transducer, symbols: Sequence[str]) -> Numbers:
    """Number of each symbol in ``model``; what was never learned has the number of the unknown symbol."""
    unknown = model.numbers[_UNKNOWN]
    known = {symbol: model.numbers.get(symbol, unknown) for symbol in set(symbols)}
    return np.fromiter((known[symbol] for symbol in symbols), dtype=np.int32, count=len(symbols))


def roots_of(model: Transducer, symbols: Numbers) -> Numbers:
    """Root of the chunk of one, two and three symbols that starts at each place, 0 for none: one row per place."""
    roots = np.zeros((len(symbols), _MOST_SYMBOLS), dtype=np.int32)
    roots[:, 0] = symbols
    width, offset = len(model.numbers) + 1, len(model.numbers)
    codes = symbols.astype(np.int64)
    for size in range(2, _MOST_SYMBOLS + 1):
        codes = codes[:-1] * width + symbols[size - 1 :]
        known = model.codes[size]
        order = np.argsort(known)
        if len(known) and len(codes):
            place = order[np.minimum(np.searchsorted(known, codes, sorter=order), len(known) - 1)]
            roots[: len(codes), size - 1] = np.where(known[place] == codes, place + offset + 1, 0)
        offset += len(known)
    return roots


def _chunk_codes(chunks: Sequence[str], numbers: Mapping[str, int]) -> Integers:
    width, unknown = len(numbers) + 1, numbers[_UNKNOWN]
    codes = np.zeros(len(chunks), dtype=np.int64)
    for place, chunk in enumerate(chunks):
        for symbol in chunk.split():
            codes[place] = codes[place] * width + numbers.get(symbol, unknown)
    return codes


def letter_codes(text: str) -> Numbers:
    """Letters a to z as 1 to 26."""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.int32) - 96


@kernel
def joint_likelihood(
    roots: Numbers, low: int, high: int, letters: Numbers, start: int, end: int,
    child: Numbers, value: Floats, inserted: Floats, cells: Floats, rest: Floats, least: float,
) -> float:  # fmt: skip
    """Log-probability of source symbols ``low:high`` and letters ``start:end`` together; ``NEVER`` as soon as it cannot
    be more than ``least``, if that is more than ``NEVER``.

    Forward algorithm over all ways to cut both into chunk pairs; ``cells`` is scratch space. ``rest``: probability of the
    source symbols from each on, whatever they are rendered as (see ``rest_likelihood``): more than that, what comes after
    a symbol cannot add. Places are unsigned: of
    others the compiled code asks each time whether they are negative, which takes a sixth of the time.
    """
    long, wide = unsigned(min(high - low, MAXIMUM_LENGTH)), unsigned(min(end - start, MAXIMUM_LENGTH))
    source, begin = unsigned(low), unsigned(start)
    for i in range(long + _ONE):
        for j in range(wide + _ONE):
            cells[unsigned(i), unsigned(j)] = 0.0
    cells[0, 0] = 1.0
    worth = np.exp(least) if least > NEVER else 0.0
    for place in range(long + _ONE):
        row = unsigned(place)
        if worth > 0.0 and row > 0 and _at_most(cells, row, long, wide, rest) < worth:
            return NEVER
        followed = _largest(cells, row, wide) * _NEGLIGIBLE
        for column in range(wide + _ONE):
            letter = unsigned(column)
            mass = cells[row, letter]
            if mass <= followed:
                continue
            if letter < wide:
                cells[row, letter + _ONE] += mass * inserted[unsigned(letters[begin + letter])]
            for more in range(min(long - row, unsigned(3))):
                size = unsigned(more)
                root = unsigned(roots[source + row, size])
                if root > 0:
                    _follow(root, mass, letters, begin, letter, wide, child, value, cells, row + size + _ONE)
    total = cells[long, wide]
    return float(np.log(total)) if total > 0.0 else NEVER


@inlined
def _largest(cells: Floats, row: int, wide: int) -> float:
    best = 0.0
    for place in range(wide + _ONE):
        best = max(best, cells[row, unsigned(place)])
    return best


@inlined
def _at_most(cells: Floats, row: int, long: int, wide: int, rest: Floats) -> float:
    """What the likelihood can be at most, of what has come to ``row`` and the two that a chunk may have led on to."""
    total = 0.0
    for more in range(min(long - row + _ONE, unsigned(3))):
        at = row + unsigned(more)
        here = 0.0
        for place in range(wide + _ONE):
            here += cells[at, unsigned(place)]
        total += here * rest[at]
    return total


@kernel
def rest_likelihood(roots: Numbers, low: int, high: int, mass: Floats, inserted: float, rest: Floats) -> None:
    """Set ``rest[k]`` to the probability of source symbols ``low + k:high``, whatever they are rendered as."""
    long, each = min(high - low, MAXIMUM_LENGTH), 1.0 / (1.0 - inserted)
    rest[long] = each
    for i in range(long - 1, -1, -1):
        rest[i] = 0.0
        for size in range(1, min(long - i, 3) + 1):
            rest[i] += mass[roots[low + i, size - 1]] * each * rest[i + size]


@inlined
def _follow(
    root: int, mass: float, letters: Numbers, begin: int, letter: int, wide: int,
    child: Numbers, value: Floats, cells: Floats, row: int,
) -> None:  # fmt: skip
    """Add to ``row`` what a chunk gives from ``letter`` on: all renderings of it that the letters spell."""
    node = unsigned(root)
    cells[row, letter] += mass * value[node]
    for place in range(letter, wide):
        k = unsigned(place)
        code, leads_on = unsigned(letters[begin + k]), unsigned(child[node, _LETTERS_ON])
        if (leads_on >> code) & _ONE == 0:
            return
        node = unsigned(child[node, _FIRST_ON]) + count_bits(leads_on & ((_ONE << code) - _ONE))
        cells[row, k + _ONE] += mass * value[node]


@kernel
def source_log_likelihood(roots: Numbers, low: int, high: int, mass: Floats, inserted: float, forward: Floats) -> float:
    """Log-probability of source symbols ``low:high``, whatever they are rendered as; ``forward`` is scratch space."""
    long = min(high - low, MAXIMUM_LENGTH)
    for i in range(long + 1):
        forward[i] = 0.0
    forward[0] = 1.0 / (1.0 - inserted)
    for i in range(long):
        for size in range(1, min(long - i, 3) + 1):
            root = roots[low + i, size - 1]
            if root > 0:
                forward[i + size] += forward[i] * mass[root] / (1.0 - inserted)
    return float(np.log(forward[long])) if forward[long] > 0.0 else NEVER


@kernel
def letters_log_likelihood(letters: Numbers, start: int, end: int, trigrams: Floats) -> float:
    """Log-probability of letters ``start:end`` as a name token, by the letter trigram model."""
    total, before, last = 0.0, 0, 0
    for place in range(start, min(end, start + MAXIMUM_LENGTH)):
        total += trigrams[before, last, letters[place]]
        before, last = last, letters[place]
    return float(total + trigrams[before, last, 0])


def likeliest_spelling(reading: str, symbols: Symbols) -> str:
    """The letters that a chunk of ``reading`` most often stands for; empty where it was never learned."""
    return _likeliest(reading).get(" ".join(symbols), "")


@cache
def _likeliest(reading: str) -> dict[str, str]:
    best = learned(reading).sort("cost", "latin").unique("source", keep="first", maintain_order=True)
    return dict(zip(best["source"], best["latin"], strict=True))


@cache
def letter_trigrams() -> Floats:
    """Log-probabilities of a letter after two others, 27 x 27 x 27; index 0 is the edge of a word."""
    table: Floats = np.load(DATA / "latin_trigrams.npy").astype(np.float64)
    return table


def letter_log_likelihood(words: Sequence[str]) -> Floats:
    """Log-probability of each word of letters a to z as a name token, by the letter trigram model."""
    ends = ends_of([len(word) for word in words])
    return _each_log_likelihood(letter_codes("".join(words)), ends, letter_trigrams())


@compiled
def _each_log_likelihood(letters: Numbers, ends: Integers, trigrams: Floats) -> Floats:
    total = np.zeros(len(ends) - 1)
    for row in range(len(ends) - 1):
        total[row] = letters_log_likelihood(letters, ends[row], ends[row + 1], trigrams)
    return total

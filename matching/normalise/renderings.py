"""Sound codes of words in scripts other than Latin: the few most probable under the learned transducers.

Enters: words as symbols of a reading (symbols.py). Leaves: for each word up to so many sound codes (sounds.py), each with
its probability. A symbol may be rendered in many ways (transducer.py), most of which sound alike: a beam search over
codes, not over letters, adds up the probabilities of all spellings with one code and keeps the best.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from matching.normalise.compiled import compiled
from matching.normalise.sounds import SHORT, Codes, Letters, add_letter, count_consonants, finished, sound_codes
from matching.normalise.symbols import Symbols, symbols
from matching.normalise.words import DATA

Floats = npt.NDArray[np.float64]

_KOREAN = ("Hang", "Kore")
_OTHER_SPELLING = 0.5  # weight of a less usual spelling of a Korean family name
_LONGEST_CHUNK = 3  # symbols that are rendered together
_LONGEST = 24  # symbols of a word that are read
_WIDTH = 10  # codes kept after each symbol
_MAYBE_SHORT = 0.02  # share of short codes from which a word is read as a short one too
_UNLIKELY = 0.01  # share of a word's best code below which another is left out
_HOPELESS = 0.002  # share of the best state at a place below which a state is not followed
_UNREAD = 1e-4  # probability of passing over a symbol that was never learned


@dataclass(frozen=True)
class Renderings:
    """Renderings of the chunks (one to three symbols) of a reading, as arrays that compiled code walks.

    ``numbers`` gives each symbol a number from 1. ``chunks`` are sorted numbers of chunks in base ``base``; chunk k is
    rendered as ``first[k]`` to ``first[k + 1]``, each with a probability and letters from ``starts`` on in ``letters``.
    """

    numbers: Mapping[str, int]
    base: int
    chunks: Codes
    first: Codes
    probabilities: Floats
    starts: Codes
    letters: Letters


@cache
def renderings(reading: str, *, syllabic: bool) -> Renderings:
    """Load the renderings of ``reading`` from data/renderings.npz (make_renderings.py), and no others of that file.

    Two threads that ask at once both load them, in a hundredth of a second: not worth a lock, which a fork could hold.
    """
    with np.load(DATA / "renderings.npz", allow_pickle=False) as file:
        listed, steps, counts, chances, lengths, letters = (file[name] for name in members(reading, syllabic=syllabic))
    numbers = {symbol: number for number, symbol in enumerate(listed.tobytes().decode().split("\n"), start=1)}
    return Renderings(
        numbers=numbers,
        base=len(numbers) + 1,
        chunks=np.cumsum(steps, dtype=np.int64),
        first=_offsets(counts),
        probabilities=chances,
        starts=_offsets(lengths),
        letters=letters,
    )


def members(reading: str, *, syllabic: bool) -> list[str]:
    """Names of the arrays in data/renderings.npz that make up the ``Renderings`` of a reading and kind.

    In this order: symbols (UTF-8, a line each, in order of their numbers), steps from one chunk's number to the next,
    renderings per chunk, probability of each rendering, letters per rendering, letters.
    """
    kind = "syllabic" if syllabic else "skeleton"
    return [f"{reading}.{kind}.{array}" for array in ("symbols", "steps", "counts", "chances", "lengths", "letters")]


def _offsets(lengths: npt.ArrayLike) -> Codes:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)


@dataclass(frozen=True)
class Rendered:
    """Sound codes of words: ``codes`` and ``probabilities`` are (words, most), best first, code 0 where there is none."""

    codes: Codes
    probabilities: Floats


def render(words: Sequence[Symbols], reading: str, *, most: int) -> Rendered:
    """Return the ``most`` likeliest sound codes of each word in ``reading``.

    Short codes (sounds.SHORT consonants or fewer) are syllabic, longer ones skeletons, as ``sound_codes`` gives them.
    A word that is a Korean family name has first the codes of the spellings its bearers use.
    """
    tables = [renderings(reading, syllabic=syllabic) for syllabic in (False, True)]
    known = tables[0].numbers
    numbers = [[known.get(symbol, 0) for symbol in word[:_LONGEST]] for word in words]
    flat = np.array([number for word in numbers for number in word], dtype=np.int64)
    starts = _offsets([len(word) for word in numbers])
    all_words = np.arange(len(words))
    long_codes, long_chances, rest = _rendered(flat, starts, all_words, *_arrays(tables[0]), False, most)
    maybe_short = np.flatnonzero(rest > _MAYBE_SHORT)
    short_codes, short_chances, _ = _rendered(flat, starts, maybe_short, *_arrays(tables[1]), True, most)
    codes = np.concatenate([long_codes, short_codes], axis=1)
    probabilities = np.concatenate([long_chances, short_chances], axis=1)
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :most]
    codes, probabilities = np.take_along_axis(codes, best, 1), np.take_along_axis(probabilities, best, 1)
    codes[probabilities < _UNLIKELY * probabilities[:, :1]] = 0
    probabilities[codes == 0] = 0
    if reading in _KOREAN:
        _put_family_names_first(words, codes, probabilities)
    return Rendered(codes, probabilities)


@cache
def _family_names() -> dict[Symbols, list[int]]:
    """Codes of the spellings of each Korean family name, by its letters."""
    with (DATA / "korean_surnames.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        symbols(row["syllable"], "Hang"): list(dict.fromkeys(sound_codes(row["spellings"].split()).tolist()))
        for row in rows
    }


def _put_family_names_first(words: Sequence[Symbols], codes: Codes, probabilities: Floats) -> None:
    known = _family_names()
    for row, word in enumerate(words):
        spelt = known.get(word, [])
        if spelt:
            learned = [(c, p) for c, p in zip(codes[row], probabilities[row], strict=True) if c and c not in spelt]
            chances = [(c, 1.0 if c == spelt[0] else _OTHER_SPELLING) for c in spelt] + learned
            for place in range(codes.shape[1]):
                codes[row, place], probabilities[row, place] = chances[place] if place < len(chances) else (0, 0.0)


def _arrays(table: Renderings) -> tuple[int, Codes, Codes, Floats, Codes, Letters]:
    return table.base, table.chunks, table.first, table.probabilities, table.starts, table.letters


@compiled
def _rendered(
    symbols: Codes, word_starts: Codes, wanted: Codes, base: int, chunks: Codes, first: Codes, chances: Floats,
    starts: Codes, letters: Letters, syllabic: bool, most: int,
) -> tuple[Codes, Floats, Floats]:  # fmt: skip
    """Codes of the words ``wanted`` that are of this kind, their shares, and the share of those of the other kind."""
    count = len(word_starts) - 1
    result, shares, rest = np.zeros((count, most), dtype=np.int64), np.zeros((count, most)), np.ones(count)
    codes, lasts = np.zeros((2, _LONGEST + 1, _WIDTH), dtype=np.int64)
    weights = np.zeros((_LONGEST + 1, _WIDTH))
    for word in wanted:
        begin, length = word_starts[word], word_starts[word + 1] - word_starts[word]
        weights[:] = 0.0
        weights[0, 0], codes[0, 0], lasts[0, 0] = 1.0, 0, 0
        for place in range(length):
            number, read = 0, False
            for size in range(1, min(_LONGEST_CHUNK, length - place) + 1):
                number = number * base + symbols[begin + place + size - 1]
                chunk = np.searchsorted(chunks, number)
                if chunk < len(chunks) and chunks[chunk] == number:
                    read = read or size == 1
                    for text in range(first[chunk], first[chunk + 1]):
                        spelt = letters[starts[text] : starts[text + 1]]
                        _extend(codes, lasts, weights, place, place + size, spelt, chances[text], syllabic)
            if not read:
                _extend(codes, lasts, weights, place, place + 1, letters[:0], _UNREAD, syllabic)
        if length:
            rest[word] = _finish(codes[length], weights[length], syllabic, result[word], shares[word])
    return result, shares, rest


@compiled
def _extend(
    codes: Codes, lasts: Codes, weights: Floats, here: int, there: int, spelt: Letters, chance: float, syllabic: bool
) -> None:
    """Add the letters of a rendering to every state kept here, and keep what is likely enough there."""
    least = weights[here].max() * _HOPELESS
    for kept in range(_WIDTH):
        weight = weights[here, kept] * chance
        if weights[here, kept] > least:
            code, last = codes[here, kept], lasts[here, kept]
            for letter in spelt:
                code, last = add_letter(code, last, letter, syllabic)
            _keep(codes[there], lasts[there], weights[there], code, last, weight)


@compiled
def _keep(codes: Codes, lasts: Codes, weights: Floats, code: int, last: int, weight: float) -> None:
    """Add a state to those kept at a place: to its equal, else in the place of the least likely if that is less so."""
    least = 0
    for kept in range(_WIDTH):
        if weights[kept] > 0.0 and codes[kept] == code and lasts[kept] == last:
            weights[kept] += weight
            return
        if weights[kept] < weights[least]:
            least = kept
    if weight > weights[least]:
        codes[least], lasts[least], weights[least] = code, last, weight


@compiled
def _finish(codes: Codes, weights: Floats, syllabic: bool, result: Codes, shares: Floats) -> float:
    """Write the best codes of a word that are of this kind, with their share of all kept; return the share of others."""
    total = weights.sum()
    for kept in range(_WIDTH):
        codes[kept] = finished(codes[kept])
        for earlier in range(kept):
            if codes[earlier] == codes[kept]:
                weights[earlier] += weights[kept]
                weights[kept] = 0.0
    for kept in range(_WIDTH):
        if codes[kept] == 0 or (count_consonants(codes[kept]) <= SHORT) != syllabic:
            weights[kept] = 0.0
    rest = 1.0 - weights.sum() / total if total > 0.0 else 1.0
    for place in range(len(result)):
        best = weights.argmax()
        if weights[best] <= 0.0:
            break
        result[place], shares[place] = codes[best], weights[best] / total
        weights[best] = 0.0
    return rest

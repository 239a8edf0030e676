"""How alike are two name forms in Latin letters? Their folded tokens side by side, compiled.

Enters: distinct forms (tokens, skeletons, rarity in bits) and pairs of them. Leaves, per pair that is worth it: a grade, a
similarity and the bits of the tokens that agree. Every token of each form meets its most similar token of the other; a token
agrees from similarity 0.88 on. Relatives share every name but the first: where a first token has no partner, that is a
grade of its own (see ``model.py`` for the grades).

Decision: not in SQL. Nested lambdas over lists of tokens took 11 microseconds of processor for a pair of forms, and a list of
100,000 against one of 1,000,000 has tens of millions; compiled, a pair takes a small part of it. Most tokens have little in
common: counting the letters that both have tells that they cannot be alike enough.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.link.keys import mixed
from matching.normalise.compiled import compiled, kernel, unsigned

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Rows = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

AGREES = 0.88  # what spelling habits leave of a token: muhammad, mohamed .90; youssef, yusuf .93 by their skeleton
EQUAL_SKELETON = 0.93  # yusup, youssoup: the consonants are equal, the vowels a matter of spelling
LOOKS_ALIKE = 0.70  # below it an equal skeleton is chance (ilya, aula)
CLOSE_SPELLING, LEAST_LETTERS = 0.90, 4  # of tokens whose skeletons differ; shorter ones are other names (omar, oma)
LESS = 0.02  # a close spelling of another skeleton is a little less
INITIAL = 0.5  # an initial begins the token
JOINED = 0.97  # abd al rahman, abdalrahman: all tokens as one
LOOK_AT = 0.90  # forms that share no skeleton are compared from this similarity of all tokens as one
LETTERS = 32
OF_JOINED = 4.0  # bits that one token written as several is worth less than all of it
_CHUNK = 200_000  # pairs that a thread compares at a time


class Compared(NamedTuple):
    """How pairs of forms compare, a place each: a grade (1 to 11, see ``model.py``), 0 where they agree in nothing; a
    similarity from 0 to 1; the bits that agree."""

    grade: Bytes
    similarity: Floats
    bits: Floats


def nothing_agrees(pairs: int) -> Compared:
    """So many pairs of forms that agree in nothing: room for those that do."""
    return Compared(np.zeros(pairs, np.uint8), np.zeros(pairs), np.zeros(pairs))


class Words(NamedTuple):
    """Distinct texts: their bytes (of UTF-8) in one array, where each starts, and how often each has every letter."""

    letters: Bytes
    starts: Integers
    counts: Bytes


@dataclass(frozen=True)
class TokenForms:
    """Forms by row: where each one's tokens start, and of every token which word it is and its skeleton; their bits added up.

    ``words`` are the distinct tokens, with the bits of each; ``joined`` the forms as one word each, of which equal ones
    have the same ``hashes``.
    """

    starts: Integers
    tokens: Numbers
    skeletons: Numbers
    totals: Floats
    hashes: Hashes
    words: Words
    bits: Floats
    skeleton_bits: Floats
    joined: Words


def token_forms(tokens: Iterable[pl.Series], rarity: pl.DataFrame) -> TokenForms:
    """Return forms as arrays, given the list of tokens of each, a part of them after the other.

    ``rarity`` has every token once: token, skeleton, bits, skeleton_bits.
    """
    counts, places = [np.zeros(1, np.int64)], [np.empty(0, np.int32)]
    for part in tokens:
        counts.append(part.list.len().to_numpy().astype(np.int64))
        places.append(_places(part.explode(empty_as_null=False), rarity["token"]))
    starts, token = np.cumsum(np.concatenate(counts)), np.concatenate(places)
    if (token < 0).any():
        raise ValueError(f"{(token < 0).sum()} tokens of names have no rarity: count them over these names")
    words, bits = _words(rarity["token"]), rarity["bits"].to_numpy().astype(np.float64)
    joined, hashes, totals = _written_as_one(starts, token, words, bits)
    return TokenForms(
        starts=starts,
        tokens=token,
        skeletons=_places(rarity["skeleton"], rarity["skeleton"].unique(maintain_order=True))[token],
        totals=totals,
        hashes=hashes,
        words=words,
        bits=bits,
        skeleton_bits=rarity["skeleton_bits"].to_numpy().astype(np.float64),
        joined=joined,
    )


def _places(values: pl.Series, distinct: pl.Series) -> Numbers:
    """Place of each value in ``distinct``; of no value -1, which equals no other's."""
    known = pl.DataFrame({"value": distinct, "place": np.arange(len(distinct), dtype=np.int32)})
    found = pl.DataFrame({"value": values}).join(known, on="value", how="left", maintain_order="left")["place"]
    return found.fill_null(-1).to_numpy().astype(np.int32)


def _words(texts: pl.Series) -> Words:
    letters = np.frombuffer((texts.str.join().item() if len(texts) else "").encode(), dtype=np.uint8).copy()
    starts = np.concatenate([[0], np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64))])
    return Words(letters, starts, _counted(letters, starts))


def align(
    forms: TokenForms,
    left: Rows,
    right: Rows,
    wanted: Flags,
    found: Compared,
    *,
    beside: Callable[[], None] = lambda: None,
) -> None:
    """Compare form ``left[k]`` with form ``right[k]``, rows of ``forms``, where ``wanted[k]``, and write it to ``found`` at k.

    Pairs that neither share a skeleton nor look alike stay as they are there. ``beside`` is what the calling thread does
    first, while others compare.
    """
    starts = deque(range(0, len(left), _CHUNK))

    def chunk(start: int) -> None:
        part = slice(start, start + _CHUNK)
        _align(
            left[part].astype(np.int64), right[part].astype(np.int64), wanted[part], forms.starts, forms.tokens,
            forms.skeletons, forms.totals, forms.hashes, forms.words, forms.bits, forms.skeleton_bits, forms.joined,
            found.grade[part], found.similarity[part], found.bits[part],
        )  # fmt: skip

    def work() -> None:
        while True:
            try:
                start = starts.popleft()
            except IndexError:  # none is left
                return
            chunk(start)

    others = max((os.cpu_count() or 1) - 1, 1)
    with ThreadPoolExecutor(others) as pool:  # compiled code lets go of the interpreter
        working = [pool.submit(work) for _ in range(others)]
        beside()
        work()
        for one in working:
            one.result()


@compiled
def _counted(letters: Bytes, starts: Integers) -> Bytes:
    """How often each word has every letter, 32 to a word: other bytes than a to z share a place, which only adds."""
    counts = np.zeros((len(starts) - 1, LETTERS), dtype=np.uint8)
    for word in range(len(counts)):
        for at in range(starts[word], starts[word + 1]):
            counts[word, letters[at] & (LETTERS - 1)] += 1
    return counts


@compiled
def _written_as_one(starts: Integers, tokens: Numbers, words: Words, bits: Floats) -> tuple[Words, Hashes, Floats]:
    """The words of each form written as one, a hash of its letters, and the bits of all its words."""
    forms, size = len(starts) - 1, 0
    for token in tokens:
        size += words.starts[token + 1] - words.starts[token]
    letters, to_starts = np.empty(size, np.uint8), np.zeros(forms + 1, np.int64)
    counts, hashes, totals = np.zeros((forms, LETTERS), np.uint8), np.zeros(forms, np.uint64), np.zeros(forms)
    to = 0
    for form in range(forms):
        for at in range(starts[form], starts[form + 1]):
            word = tokens[at]
            totals[form] += bits[word]
            for letter in range(LETTERS):
                counts[form, letter] += words.counts[word, letter]
            for place in range(words.starts[word], words.starts[word + 1]):
                letters[to] = words.letters[place]
                hashes[form] = mixed(hashes[form] + unsigned(letters[to]) + unsigned(1))
                to += 1
        to_starts[form + 1] = to
    return Words(letters, to_starts, counts), hashes, totals


@compiled
def _align(
    left: Integers, right: Integers, wanted: Flags, starts: Integers, tokens: Numbers, skeletons: Numbers, totals: Floats,
    hashes: Hashes, words: Words, bits: Floats, skeleton_bits: Floats, joined: Words, to_grade: Bytes,
    to_similarity: Floats, to_bits: Floats,
) -> None:  # fmt: skip
    """Write grade, similarity and bits of each pair that is worth comparing."""
    told = np.zeros(2)
    widest = np.max(starts[1:] - starts[:-1])
    best_l, best_r, sums = np.zeros(widest), np.zeros(widest), np.zeros((2, 4))
    longest = max(np.max(words.starts[1:] - words.starts[:-1]), np.max(joined.starts[1:] - joined.starts[:-1]))
    matched, order = np.zeros(longest, dtype=np.uint8), np.zeros(longest, dtype=np.int64)
    for k in range(len(left)):
        if not wanted[k]:
            continue
        l, r = left[k], right[k]  # noqa: E741
        shares = _share_skeleton(l, r, starts, skeletons)
        alike = 0.0
        if hashes[l] == hashes[r]:
            alike = 1.0
        elif starts[l + 1] - starts[l] != starts[r + 1] - starts[r] or not shares:
            alike = _likeness(l, r, JOINED if shares else LOOK_AT, joined, matched, order)
        if not shares and alike < LOOK_AT:
            continue
        for at in range(widest):
            best_l[at], best_r[at] = 0.0, 0.0
        for i in range(starts[l], starts[l + 1]):
            for j in range(starts[r], starts[r + 1]):
                is_same = skeletons[i] == skeletons[j] and skeletons[i] >= 0
                similarity = _token_likeness(tokens[i], tokens[j], is_same, words, matched, order)
                best_l[i - starts[l]] = max(best_l[i - starts[l]], similarity)
                best_r[j - starts[r]] = max(best_r[j - starts[r]], similarity)
        _sum(best_l, starts[l], starts[l + 1], tokens, bits, skeleton_bits, sums, 0)
        _sum(best_r, starts[r], starts[r + 1], tokens, bits, skeleton_bits, sums, 1)
        first = best_l[0] >= AGREES and best_r[0] >= AGREES
        to_grade[k] = _grade(
            sums, totals[l], totals[r], starts[l + 1] - starts[l], starts[r + 1] - starts[r], first, alike, told
        )
        to_bits[k], to_similarity[k] = told


@kernel
def _share_skeleton(l: int, r: int, starts: Integers, skeletons: Numbers) -> bool:  # noqa: E741
    shares = False
    for i in range(starts[l], starts[l + 1]):
        for j in range(starts[r], starts[r + 1]):
            shares |= skeletons[i] == skeletons[j] and skeletons[i] >= 0
    return shares


@kernel
def _sum(
    best: Floats, start: int, end: int, tokens: Numbers, bits: Floats, skeleton_bits: Floats, sums: Floats, side: int
) -> None:  # fmt: skip
    """Over a form's tokens: bits that agree, bits of tokens that agree, similarity times bits, how many agree.

    An equal token tells its rarity; one only alike its skeleton's less two bits, at least half a bit.
    """
    for place in range(4):
        sums[side, place] = 0.0
    for at in range(start, end):
        similarity, told = best[at - start], bits[tokens[at]]
        if similarity == 1.0:
            sums[side, 0] += told
        elif similarity >= AGREES:
            sums[side, 0] += max(min(told, skeleton_bits[tokens[at]]) - 2.0, 0.5)
        if similarity >= AGREES:
            sums[side, 1] += told
            sums[side, 3] += 1.0
        sums[side, 2] += similarity * told


@kernel
def _grade(
    sums: Floats, total_l: float, total_r: float, tokens_l: int, tokens_r: int, first: bool, alike: float, told: Floats
) -> int:  # fmt: skip
    """Write bits and similarity into ``told`` and return the grade."""
    is_joined = tokens_l != tokens_r and alike >= JOINED
    agreeing = min(sums[0, 3], sums[1, 3])
    similar_l, similar_r = sums[0, 2] / total_l, sums[1, 2] / total_r
    covered_l, covered_r = sums[0, 1] / total_l, sums[1, 1] / total_r
    told[0], told[1] = min(sums[0, 0], sums[1, 0]), (similar_l + similar_r) / 2
    if is_joined:
        told[0] = max(told[0], min(total_l, total_r) - OF_JOINED)
        told[1] = max(told[1], alike)
    if similar_l == 1.0 and similar_r == 1.0 and tokens_l == tokens_r:
        return 1
    if is_joined or (covered_l == 1.0 and covered_r == 1.0 and agreeing >= min(tokens_l, tokens_r)):
        return 2
    if agreeing >= 2 and not first:
        return 5
    if max(covered_l, covered_r) == 1.0 and agreeing >= 2:
        return 3
    return 4 if agreeing >= 2 else (6 if agreeing == 1 else 7)


@kernel
def _token_likeness(one: int, other: int, same_skeleton: bool, words: Words, matched: Bytes, order: Integers) -> float:
    """How alike are two romanised tokens? 1 for equal, 0 below what spelling habits explain.

    Equal consonants lift a pair whose vowels differ (yusup, youssoup); an initial agrees weakly with a token it begins.
    """
    if one == other:
        return 1.0
    letters, starts = words.letters, words.starts
    length_l, length_r = starts[one + 1] - starts[one], starts[other + 1] - starts[other]
    if length_l == 1 or length_r == 1:
        return INITIAL if length_l and length_r and letters[starts[one]] == letters[starts[other]] else 0.0
    if same_skeleton:
        likeness = _likeness(one, other, LOOKS_ALIKE, words, matched, order)
        if likeness >= LOOKS_ALIKE:
            return max(EQUAL_SKELETON, likeness)
    if min(length_l, length_r) < LEAST_LETTERS:
        return 0.0
    likeness = _likeness(one, other, CLOSE_SPELLING, words, matched, order)
    return likeness - LESS if likeness >= CLOSE_SPELLING else 0.0


@kernel
def _likeness(one: int, other: int, least: float, words: Words, matched: Bytes, order: Integers) -> float:
    """Jaro and Winkler's similarity of two words, or 0 where it cannot reach ``least``.

    No more letters match than both words have. Of m matches (m / length + m / length + 1) / 3 bounds Jaro's similarity,
    and a common beginning of four letters adds at most 0.4 of the rest. ``matched`` and ``order`` are room to work in.
    """
    starts, counts = words.starts, words.counts
    start_l, start_r = starts[one], starts[other]
    length_l, length_r = starts[one + 1] - start_l, starts[other + 1] - start_r
    if length_l == 0 or length_r == 0:
        return 1.0 if length_l == length_r else 0.0
    most = min(length_l, length_r)
    bound = (most / length_l + most / length_r + 1.0) / 3.0
    if bound + 0.4 * (1.0 - bound) < least:
        return 0.0
    most = 0
    for letter in range(LETTERS):
        most += min(counts[one, letter], counts[other, letter])
    bound = (most / length_l + most / length_r + 1.0) / 3.0
    if bound + 0.4 * (1.0 - bound) < least:
        return 0.0
    return _jaro_winkler(words.letters, start_l, length_l, start_r, length_r, matched, order)


@kernel
def _jaro_winkler(
    letters: Bytes, start_l: int, length_l: int, start_r: int, length_r: int, matched: Bytes, order: Integers
) -> float:  # fmt: skip
    """Jaro and Winkler's similarity (Winkler 1990): prefix of at most four letters at 0.1 each, from Jaro's 0.7 on."""
    reach = max(max(length_l, length_r) // 2 - 1, 0)
    for j in range(length_r):
        matched[j] = 0
    matches = 0
    for i in range(length_l):
        for j in range(max(0, i - reach), min(length_r, i + reach + 1)):
            if not matched[j] and letters[start_l + i] == letters[start_r + j]:
                matched[j] = 1
                order[matches] = i
                matches += 1
                break
    if matches == 0:
        return 0.0
    moved, at = 0, 0
    for j in range(length_r):
        if matched[j]:
            moved += letters[start_l + order[at]] != letters[start_r + j]
            at += 1
    jaro = (matches / length_l + matches / length_r + (matches - moved // 2) / matches) / 3.0
    if jaro <= 0.7:
        return jaro
    prefix = 0
    while prefix < min(4, min(length_l, length_r)) and letters[start_l + prefix] == letters[start_r + prefix]:
        prefix += 1
    return jaro + 0.1 * prefix * (1.0 - jaro)

"""Blocking keys of name forms: forms of one name, in whatever scripts and spellings, share a key under some rule.

Enters: distinct name forms. Leaves: their keys under each rule of ``RULES``, integers that SQL joins, each with a weight:
how likely the key is to be that of the name, 1 for a form in Latin letters, less where a word of another script may be
rendered in several ways. A key is made of sound codes (sounds.py), those of other scripts by learned renderings
(renderings.py). Nothing depends on the order of words, case, marks or on other forms.

A key says little when many forms have it. What is too many depends on the data and is left to who joins them; a key of
weight w should count as far as it is that much rarer (``worth``): an unlikely rendering is worth joining on only if hardly
anyone else has it.
"""

import numpy as np
import polars as pl
from numba import njit

from matching.normalise.key_units import units_of
from matching.normalise.renderings import Floats
from matching.normalise.sounds import Codes, beginning_of, joined_code

RULES = (
    "word",  # one word; joins those who share a rare one
    "word_and_beginning",  # one word, and the first two consonants of another: the other is cut short or spelt otherwise
    "two_words",  # two words in any order
)
_WORD, _WORD_AND_BEGINNING, _TWO_WORDS = range(len(RULES))

_MOST_WORDS_JOINED = 4  # words of a form whose neighbours are joined
_JOINED_CODES = 3  # codes of a word that are joined with another's
_MOST_PAIRS = 16  # keys of two units under two_words, the likeliest first
_MOST_CODES_BESIDE = 4  # codes of a word beside the beginning of another
_BEGINNINGS = 2  # codes of the other word whose beginnings are taken
_LEAST_WEIGHT = 0.01


def name_keys(forms: pl.Series) -> pl.DataFrame:
    """Return the blocking keys of distinct name forms: columns form, rule (one of RULES), key (Int64), weight (0 to 1).

    One row per form, rule and key; sorted by first appearance of the form, rule, key. Forms without letters have none.
    """
    texts = pl.DataFrame({"form": forms.cast(pl.String)}).drop_nulls().unique(maintain_order=True).with_row_index("id")
    made = keys_by_id(texts)
    return made.join(texts, on="id", how="left", maintain_order="left").select(
        "form", pl.col("rule").replace_strict(dict(enumerate(RULES)), return_dtype=pl.String), "key", "weight"
    )


def keys_by_id(texts: pl.DataFrame) -> pl.DataFrame:
    """Return id, rule (its place in RULES), key, weight of ``texts`` (id, form); as ``name_keys`` for many forms."""
    units, codes, chances = units_of(texts)
    groups = units.select(pl.struct("id", "reading").rle_id()).to_series().to_numpy()
    starts = np.flatnonzero(np.concatenate([groups[:1] == groups[:1], groups[1:] != groups[:-1], [True]]))
    places = (units[name].to_numpy().astype(np.int64) for name in ("begin", "end", "is_cut"))
    parts = _with_joins(starts, *places, codes, chances)
    rows, rules, keys, weights = _compose(*parts, beginning_of(parts[3].reshape(-1)).reshape(parts[3].shape))
    ids = units["id"].to_numpy()[starts[rows]]
    made = pl.DataFrame({"id": ids, "rule": rules, "key": keys, "weight": weights})
    made = made.filter(pl.col("weight") >= _LEAST_WEIGHT)
    return made.group_by("id", "rule", "key").agg(pl.col("weight").max()).sort("id", "rule", "key")


@njit(cache=True)
def _mixed(first: int, second: int) -> int:
    """One number of 63 bits for two, in which a chance collision is rare (the finaliser of SplitMix64)."""
    mixed = np.uint64(first) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(second)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1))


@njit(cache=True)
def _with_joins(
    starts: Codes, begins: Codes, ends: Codes, is_cut: Codes, codes: Codes, chances: Floats
) -> tuple[Codes, Codes, Codes, Codes, Floats, Codes]:
    """Units of each group and, after them, its neighbouring words as one; with starts, begins, ends, and what is a word.

    Two words may be one elsewhere (Abd al-Rahman, Abdulrahman); a name of many words has enough without.
    """
    groups, most = len(starts) - 1, codes.shape[1]
    starts_now = np.zeros(groups + 1, dtype=np.int64)
    for group in range(groups):
        count = starts[group + 1] - starts[group]
        joins = count - 1 if count <= _MOST_WORDS_JOINED and not is_cut[starts[group + 1] - 1] else 0
        starts_now[group + 1] = starts_now[group] + count + joins
    total = starts_now[groups]
    begins_now, ends_now, is_word = np.zeros(total, np.int64), np.zeros(total, np.int64), np.zeros(total, np.int64)
    codes_now, chances_now = np.zeros((total, most), np.int64), np.zeros((total, most))
    for group in range(groups):
        first, now, count = starts[group], starts_now[group], starts[group + 1] - starts[group]
        for unit in range(count):
            begins_now[now + unit], ends_now[now + unit] = begins[first + unit], ends[first + unit]
            is_word[now + unit] = 1
            codes_now[now + unit], chances_now[now + unit] = codes[first + unit], chances[first + unit]
        for unit in range(starts_now[group + 1] - now - count):
            begins_now[now + count + unit], ends_now[now + count + unit] = begins[first + unit], ends[first + unit + 1]
            _join(codes, chances, first + unit, codes_now[now + count + unit], chances_now[now + count + unit])
    return starts_now, begins_now, ends_now, codes_now, chances_now, is_word


@njit(cache=True)
def _join(codes: Codes, chances: Floats, unit: int, joined: Codes, joined_chances: Floats) -> None:
    """Codes of a unit and the next as one word, the likeliest first."""
    at = 0
    for rank in range(2 * _JOINED_CODES - 1):
        for mine in range(max(0, rank - _JOINED_CODES + 1), min(rank, _JOINED_CODES - 1) + 1):
            one, other = codes[unit, mine], codes[unit + 1, rank - mine]
            if one and other and at < len(joined):
                joined[at] = joined_code(one, other)
                joined_chances[at] = chances[unit, mine] * chances[unit + 1, rank - mine]
                at += 1


@njit(cache=True)
def _count_keys(starts: Codes, begins: Codes, ends: Codes, is_word: Codes, codes: Codes) -> int:
    """At most how many keys ``_compose`` makes."""
    count = 0
    for group in range(len(starts) - 1):
        for one in range(starts[group], starts[group + 1]):
            mine = (codes[one] > 0).sum()
            count += mine
            for other in range(starts[group], starts[group + 1]):
                if ends[one] <= begins[other]:
                    count += min(mine * (codes[other] > 0).sum(), _MOST_PAIRS)
                    if is_word[one] and is_word[other]:
                        count += 2 * _MOST_CODES_BESIDE * _BEGINNINGS
    return count


@njit(cache=True)
def _compose(  # noqa: PLR0913 - compiled code takes arrays, not objects
    starts: Codes, begins: Codes, ends: Codes, codes: Codes, chances: Floats, is_word: Codes, beginnings: Codes
) -> tuple[Codes, Codes, Codes, Floats]:  # fmt: skip
    """Keys of every form in every reading: row of ``starts``, rule, key, weight."""
    count = _count_keys(starts, begins, ends, is_word, codes)
    rows, rules = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.uint8)
    keys, weights = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.float64)
    at = 0
    for group in range(len(starts) - 1):
        first = at
        for one in range(starts[group], starts[group + 1]):
            for mine in range(codes.shape[1]):
                if codes[one, mine]:
                    rules[at], keys[at], weights[at] = _WORD, codes[one, mine], chances[one, mine]
                    at += 1
            for other in range(starts[group], starts[group + 1]):
                if ends[one] > begins[other]:
                    continue
                at = _pair(codes[one], codes[other], chances[one], chances[other], rules, keys, weights, at)
                if is_word[one] and is_word[other]:
                    at = _beside(codes[one], beginnings[other], chances[one], chances[other], rules, keys, weights, at)
                    at = _beside(codes[other], beginnings[one], chances[other], chances[one], rules, keys, weights, at)
        rows[first:at] = group
    return rows[:at], rules[:at], keys[:at], weights[:at]


@njit(cache=True)
def _pair(  # noqa: PLR0913
    one: Codes, other: Codes, chances: Floats, others: Floats, rules: Codes, keys: Codes, weights: Floats, at: int
) -> int:
    """Keys of two units, the likeliest first: codes are sorted by chance, so that few products need a look."""
    most = len(one)
    chance = np.zeros(most * most)
    for i in range(most):
        for j in range(most):
            chance[i * most + j] = chances[i] * others[j]
    for _ in range(_MOST_PAIRS):
        best = chance.argmax()
        if chance[best] <= 0.0:
            break
        i, j = best // most, best % most
        rules[at], weights[at] = _TWO_WORDS, chance[best]
        keys[at] = _mixed(min(one[i], other[j]), max(one[i], other[j]))
        chance[best] = 0.0
        at += 1
    return at


@njit(cache=True)
def _beside(  # noqa: PLR0913
    one: Codes, beginnings: Codes, chances: Floats, others: Floats, rules: Codes, keys: Codes, weights: Floats, at: int
) -> int:
    """Keys of a word beside the beginning of another."""
    for i in range(_MOST_CODES_BESIDE):
        for j in range(_BEGINNINGS):
            if one[i] == 0 or beginnings[j] == 0 or (j and beginnings[j] == beginnings[0]):
                continue
            rules[at], weights[at] = _WORD_AND_BEGINNING, chances[i] * others[j]
            keys[at] = _mixed(one[i], beginnings[j])
            at += 1
    return at

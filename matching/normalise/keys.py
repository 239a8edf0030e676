"""Blocking keys of name forms: forms of one name, in whatever scripts and spellings, share a key under some rule.

Enters: distinct name forms. Leaves: their keys under each rule of ``NAME_KEY_RULES`` (matching/tables.py), integers that
SQL joins, each with a weight: how likely the key is to be that of the name, 1 for a form in Latin letters, less where a
word of another script may be rendered in several ways. A key is made of sound codes (sounds.py), those of other scripts
by learned renderings (renderings.py). Nothing depends on case, marks or other forms, and no key of one or two words on
their order, which decides only what neighbours are joined.

A key says little when many forms have it. What is too many depends on the data and is left to who joins them; an unlikely
rendering is worth joining on only if hardly anyone else has it, so a key of weight w should be held to cap * sqrt(w).
"""

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from matching.normalise.compiled import compiled
from matching.normalise.key_units import units_of
from matching.normalise.renderings import Floats
from matching.normalise.sounds import ARTICLE, Codes, beginning_of, joined_code
from matching.tables import NAME_KEY_RULES, NAME_KEYS

Weights = npt.NDArray[np.float32]
RuleNumbers = npt.NDArray[np.uint8]

_WORD, _WORD_AND_BEGINNING, _TWO_WORDS = range(3)
_RULE_COUNT = len(NAME_KEY_RULES)

_MOST_WORDS_JOINED = 4  # words of a form whose neighbours are joined
_JOINED_CODES = 3  # codes of a word that are joined with another's
_MOST_PAIRS = 16  # keys of two units under two_words, the likeliest first
_MOST_CODES_BESIDE = 4  # codes of a word beside the beginning of another
_BEGINNINGS = 2  # codes of the other word whose beginnings are taken
_LEAST_WEIGHT = 0.01
_MOST_KEYS = 64  # of a form under a rule, the likeliest
_KEYS, _WEIGHTS = pl.List(pl.Int64), pl.List(pl.Float32)
_LISTED = pl.Schema([("id", pl.UInt32), ("rule", pl.UInt8), ("keys", _KEYS), ("weights", _WEIGHTS)])


def name_keys(forms: pl.Series) -> pl.DataFrame:
    """Return the blocking keys of distinct name forms: columns form, rule (one of NAME_KEY_RULES), key (Int64), weight (0 to 1).

    One row per form, rule and key; sorted by first appearance of the form, rule, key. Forms without letters have none.
    """
    texts = pl.DataFrame({"form": forms.cast(pl.String)}).drop_nulls().unique(maintain_order=True).with_row_index("id")
    made = _keys_by_id(texts).join(texts, on="id", how="left", maintain_order="left").explode("keys", "weights")
    return made.select("form", _rule_name(), key="keys", weight="weights")


def name_keys_of(names: pl.DataFrame) -> pl.DataFrame:
    """Return the NAME_KEYS rows of ``names`` (contract NAMES): the keys of all forms of each record, by script."""
    texts = names.select(form="full").unique(maintain_order=True).with_row_index("id")
    borne = names.select("record_id", "script", form="full").join(texts, on="form").drop("form").unique()
    made = borne.join(_keys_by_id(texts), on="id").drop("id").with_columns(_rule_name())
    row = ("record_id", "rule", "script")
    alone = pl.struct(row).is_unique()  # most: of the others the keys of several forms are brought together
    several = made.filter(~alone).explode("keys", "weights").group_by(*row, "keys").agg(pl.col("weights").max())
    together = several.sort(*row, "keys").group_by(row, maintain_order=True).agg("keys", "weights")
    return NAME_KEYS.conform(pl.concat([made.filter(alone), together.select(made.columns)]))


def _rule_name() -> pl.Expr:
    return pl.col("rule").replace_strict(dict(enumerate(NAME_KEY_RULES)), return_dtype=pl.String)


def _keys_by_id(texts: pl.DataFrame) -> pl.DataFrame:
    """Return id, rule (its place in NAME_KEY_RULES), keys, weights of ``texts`` (id, form): one row per form and rule."""
    units, codes, chances = units_of(texts)
    if units.is_empty():
        return _LISTED.to_frame()
    forms, readings = (units.select(pl.struct(names).rle_id()).to_series() for names in (["id"], ["id", "reading"]))
    starts = _starts(readings)
    begins, ends, is_cut, has_article = (
        units[name].to_numpy().astype(np.int64) for name in ("begin", "end", "is_cut", "has_article")
    )
    joined = _with_joins(starts, begins, ends, is_cut, has_article, codes, chances)
    form_starts = _starts(forms.gather(starts[:-1]))
    rows, rules, keys, weights = _compose(
        form_starts, *joined, beginning_of(joined[3].reshape(-1)).reshape(joined[3].shape)
    )
    ids = units["id"].gather(starts[form_starts[:-1]])
    ends_of_lists = np.flatnonzero(np.diff(rows * _RULE_COUNT + rules, append=-1)) + 1
    last = ends_of_lists - 1
    made = {"id": ids.gather(rows[last]), "rule": rules[last]}
    made |= {"keys": _lists(keys, ends_of_lists), "weights": _lists(weights, ends_of_lists)}
    return pl.DataFrame(made, schema=_LISTED)


def _lists(values: npt.NDArray[np.generic], ends: Codes) -> pl.Series:
    """Values as lists, of which each ends at a row of ``ends`` and the next begins."""
    offsets = np.concatenate([[0], ends]).astype(np.int64)
    return pl.Series(pl.from_arrow(pa.LargeListArray.from_arrays(_as_arrow(offsets), _as_arrow(values))))


def _as_arrow(numbers: npt.NDArray[np.generic]) -> pa.Array:
    """The same numbers in place. Arrow's own way from an array imports pandas first, which takes most of a second."""
    held = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(pa.from_numpy_dtype(held.dtype), len(held), [None, pa.py_buffer(held)])


def _starts(groups: pl.Series) -> Codes:
    """First row of each run of equal numbers, and the end."""
    values = groups.to_numpy()
    return np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]]).astype(np.int64)


@compiled
def _mixed(first: int, second: int) -> int:
    """One number of 63 bits for two, in which a chance collision is rare (the finaliser of SplitMix64)."""
    mixed = np.uint64(first) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(second)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return int((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1))


@compiled
def _with_joins(
    starts: Codes, begins: Codes, ends: Codes, is_cut: Codes, has_article: Codes, codes: Codes, chances: Floats
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
            _join(
                codes,
                chances,
                first + unit,
                has_article[first + unit + 1],
                codes_now[now + count + unit],
                chances_now[now + count + unit],
            )
    return starts_now, begins_now, ends_now, codes_now, chances_now, is_word


@compiled
def _join(codes: Codes, chances: Floats, unit: int, article: int, joined: Codes, joined_chances: Floats) -> None:
    """Codes of a unit and the next as one word, the likeliest first; with an article between them, with and without."""
    at = 0
    for rank in range(2 * _JOINED_CODES - 1):
        for mine in range(max(0, rank - _JOINED_CODES + 1), min(rank, _JOINED_CODES - 1) + 1):
            one, other = codes[unit, mine], codes[unit + 1, rank - mine]
            for spelt in range(1 + article):
                if one and other and at < len(joined):
                    joined[at] = joined_code(joined_code(one, ARTICLE) if spelt else one, other)
                    joined_chances[at] = chances[unit, mine] * chances[unit + 1, rank - mine]
                    at += 1


@compiled
def _count_keys(form: int, form_starts: Codes, starts: Codes, begins: Codes, ends: Codes) -> int:
    """At most how many keys ``_compose`` makes of a form under one rule, before it drops any."""
    count = 0
    for group in range(form_starts[form], form_starts[form + 1]):
        for one in range(starts[group], starts[group + 1]):
            count += 2 * _MOST_PAIRS
            for other in range(starts[group], starts[group + 1]):
                count += _MOST_PAIRS if ends[one] <= begins[other] else 0
    return count


@compiled
def _compose(
    form_starts: Codes, starts: Codes, begins: Codes, ends: Codes, codes: Codes, chances: Floats, is_word: Codes,
    beginnings: Codes,
) -> tuple[Codes, RuleNumbers, Codes, Weights]:  # fmt: skip
    """Keys of every form, from its units in every reading: number of the form, rule, key, weight."""
    forms, room, total = len(form_starts) - 1, 0, 0
    for form in range(forms):
        count = _count_keys(form, form_starts, starts, begins, ends)
        room, total = max(room, count), total + _RULE_COUNT * min(count, _MOST_KEYS)
    rows, rules = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.uint8)
    keys, weights = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.float32)
    found, found_chances = np.empty((_RULE_COUNT, room), dtype=np.int64), np.empty((_RULE_COUNT, room))
    counts, at = np.zeros(_RULE_COUNT, dtype=np.int64), 0
    for form in range(forms):
        counts[:] = 0
        for group in range(form_starts[form], form_starts[form + 1]):
            _find(starts[group], starts[group + 1], begins, ends, codes, chances, is_word, beginnings,
                  found, found_chances, counts)  # fmt: skip
        for rule in range(_RULE_COUNT):
            kept = _settle(found[rule, : counts[rule]], found_chances[rule, : counts[rule]], keys[at:], weights[at:])
            rows[at : at + kept], rules[at : at + kept] = form, rule
            at += kept
    return rows[:at], rules[:at], keys[:at], weights[:at]


@compiled
def _find(
    start: int, end: int, begins: Codes, ends: Codes, codes: Codes, chances: Floats, is_word: Codes, beginnings: Codes,
    found: Codes, found_chances: Floats, counts: Codes,
) -> None:  # fmt: skip
    """Add the keys of a form in one reading to those found."""
    for one in range(start, end):
        for mine in range(codes.shape[1]):
            if codes[one, mine]:
                found[_WORD, counts[_WORD]], found_chances[_WORD, counts[_WORD]] = codes[one, mine], chances[one, mine]
                counts[_WORD] += 1
        for other in range(start, end):
            if ends[one] > begins[other]:
                continue
            _pair(codes[one], codes[other], chances[one], chances[other], found, found_chances, counts)
            if is_word[one] and is_word[other]:
                _beside(codes[one], beginnings[other], chances[one], chances[other], found, found_chances, counts)
                _beside(codes[other], beginnings[one], chances[other], chances[one], found, found_chances, counts)


@compiled
def _settle(found: Codes, chances: Floats, keys: Codes, weights: Weights) -> int:
    """Write the distinct keys found, each with its best chance, sorted; of many the likeliest. Returns how many."""
    order, kept, least, ties = np.argsort(found), 0, _LEAST_WEIGHT, _MOST_KEYS
    if len(found) > _MOST_KEYS:
        least = max(least, np.sort(chances)[-_MOST_KEYS])
        ties = _MOST_KEYS - np.sum(chances > least)
    for row in order:
        if chances[row] < least or (chances[row] == least and ties <= 0):
            continue
        ties -= chances[row] == least
        if kept and keys[kept - 1] == found[row]:
            weights[kept - 1] = max(weights[kept - 1], chances[row])
        elif kept < _MOST_KEYS:
            keys[kept], weights[kept] = found[row], chances[row]
            kept += 1
    return kept


@compiled
def _pair(
    one: Codes, other: Codes, chances: Floats, others: Floats, found: Codes, found_chances: Floats, counts: Codes
) -> None:  # fmt: skip
    """Add the keys of two units, the likeliest first."""
    at = counts[_TWO_WORDS]
    if one[1] == 0 and other[1] == 0:
        found[_TWO_WORDS, at], found_chances[_TWO_WORDS, at] = _both(one[0], other[0]), chances[0] * others[0]
        counts[_TWO_WORDS] = at + (one[0] != 0 and other[0] != 0)
        return
    mine, width = np.count_nonzero(chances), np.count_nonzero(others)
    if mine == 0 or width == 0:
        return
    chance = np.outer(chances[:mine], others[:width]).reshape(-1)
    for _ in range(_MOST_PAIRS):
        best = chance.argmax()
        if chance[best] < _LEAST_WEIGHT:
            break
        found[_TWO_WORDS, at], found_chances[_TWO_WORDS, at] = (
            _both(one[best // width], other[best % width]),
            chance[best],
        )
        chance[best] = 0.0
        at += 1
    counts[_TWO_WORDS] = at


@compiled
def _both(one: int, other: int) -> int:
    return _mixed(min(one, other), max(one, other))


@compiled
def _beside(
    one: Codes, beginnings: Codes, chances: Floats, others: Floats, found: Codes, found_chances: Floats, counts: Codes
) -> None:  # fmt: skip
    """Add the keys of a word beside the beginning of another."""
    for i in range(_MOST_CODES_BESIDE):
        for j in range(_BEGINNINGS):
            if one[i] == 0 or beginnings[j] == 0 or (j and beginnings[j] == beginnings[0]):
                continue
            at = counts[_WORD_AND_BEGINNING]
            found[_WORD_AND_BEGINNING, at] = _mixed(one[i], beginnings[j])
            found_chances[_WORD_AND_BEGINNING, at] = chances[i] * others[j]
            counts[_WORD_AND_BEGINNING] = at + 1

"""Blocking keys of name forms: forms of one name, in whatever scripts, share a key under some rule."""

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import njit

from matching.normalise.names import _APOSTROPHE, _NOT_LETTERS
from matching.normalise.renderings import render
from matching.normalise.sounds import Codes, sound_codes
from matching.normalise.symbols import LATIN, READINGS, ROMANISED, fold_latin, symbols
from matching.normalise.text import cleaned, script_of
from matching.normalise.words import AMBIGUOUS, PARTICLES, PLACEHOLDER_WORDS, TITLES

RULES = ("word", "word_and_sound", "two_words")
MOST_WORDS = 8
_JOINED = 4
_CODES = 4
_PAIRS = 6
_LIGHT = PARTICLES | AMBIGUOUS | TITLES | PLACEHOLDER_WORDS
_UNSPACED = ("Hani", "Hang", "Kana", "Hira", "Jpan")


def name_keys(forms: pl.Series, most=_CODES, pairs=_PAIRS) -> pl.DataFrame:
    texts = pl.DataFrame({"form": forms.cast(pl.String)}).drop_nulls().unique(maintain_order=True).with_row_index("id")
    units = _units(_words(texts))
    units = units.join(_read(units.select("script", "text", "reading").unique(maintain_order=True), most), on=["text", "reading"], how="inner")
    units = units.sort("id", "reading", "begin", "end")
    group = units.select(pl.struct("id", "reading").rle_id()).to_series().to_numpy()
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1], True]) if len(group) else np.zeros(1, dtype=np.int64)
    rows, rules, keys, weights = _composed(
        starts.astype(np.int64), units["begin"].to_numpy().astype(np.int64), units["end"].to_numpy().astype(np.int64),
        np.array(units["codes"].to_list(), dtype=np.int64).reshape(len(units), -1), np.array(units["shares"].to_list()).reshape(len(units), -1), pairs,
    )
    ids = units["id"].to_numpy()[starts[rows]]
    made = pl.DataFrame({"id": ids, "rule": rules, "key": keys, "weight": weights}).group_by("id","rule","key").agg(pl.col("weight").max())
    return made.join(texts, on="id").select("form", "rule", "key","weight")


def _words(texts: pl.DataFrame) -> pl.DataFrame:
    plain = cleaned(pl.col("form")).str.replace_all(_APOSTROPHE, "").str.replace_all(_NOT_LETTERS, " ")
    words = texts.select("id", word=plain.str.strip_chars(" ").str.split(" ")).explode("word").filter(pl.col("word") != "")
    distinct = words["word"].unique(maintain_order=True).to_list()
    scripts = [script_of(w) for w in distinct]
    folded = [fold_latin(w) if s == LATIN else w for w, s in zip(distinct, scripts, strict=True)]
    if True:
        folded = [w[2:] if s == "Arab" and len(w) > 4 and w.startswith("ال") else w for w, s in zip(folded, scripts)]
    light = [(w in _LIGHT) if s == LATIN else (len(w) <= 2 and s not in _UNSPACED) for w, s in zip(folded, scripts, strict=True)]
    facts = pl.DataFrame({"word": distinct, "text": folded, "script": scripts, "light": light})
    words = words.join(facts, on="word", how="left", maintain_order="left").filter(pl.col("text") != "")
    words = words.with_columns(light=pl.col("light") & ~pl.col("light").all().over("id"))
    return words


def _units(words: pl.DataFrame) -> pl.DataFrame:
    kept = words.filter(~pl.col("light")).with_columns(place=pl.int_range(pl.len()).over("id")).filter(pl.col("place") < MOST_WORDS)
    kept = kept.with_columns(count=pl.len().over("id"), begin=pl.col("place") * 100, end=pl.col("place") * 100 + 100)
    single = kept.select("id", "script", "text", "begin", "end")
    joined = kept.filter((pl.col("count") <= _JOINED)).select(
        "id", "script", text=pl.col("text") + pl.col("text").shift(-1).over("id"), begin="begin", end=pl.col("begin") + 200, s2=pl.col("script").shift(-1).over("id"), c="count"
    ).filter((pl.col("s2") == pl.col("script"))).select("id", "script", "text", "begin", "end")
    alone = kept.filter((pl.col("count") == 1) & pl.col("script").is_in(_UNSPACED)).with_columns(n=pl.col("text").str.len_chars())
    alone = alone.filter(pl.col("n").is_between(2, 12))
    cuts = alone.with_columns(cut=pl.int_ranges(1, pl.col("n"))).explode("cut")
    ish = pl.col("script").is_in(["Hani", "Hang"])
    cuts = cuts.filter(~ish | (pl.col("n") <= 6) & (pl.col("cut") <= 3)).filter(ish | (pl.col("cut") >= 2) & (pl.col("n") - pl.col("cut") >= 2))
    heads = cuts.select("id", "script", text=pl.col("text").str.head("cut") if False else pl.col("text").str.slice(0, pl.col("cut")), begin="begin", end=pl.col("begin") + pl.col("cut"))
    tails = cuts.select("id", "script", text=pl.col("text").str.slice(pl.col("cut")), begin=pl.col("begin") + pl.col("cut"), end="end")
    units = pl.concat([f.select("id", "script", "text", pl.col("begin").cast(pl.Int64), pl.col("end").cast(pl.Int64)) for f in (single, joined, heads, tails)])
    readings = pl.DataFrame([{"script": s, "reading": list(r)} for s, r in READINGS.items()])
    return units.join(readings, on="script", how="left").with_columns(pl.col("reading").fill_null([ROMANISED])).explode("reading")


def _read(units: pl.DataFrame, most: int) -> pl.DataFrame:
    parts = []
    for (reading,), part in units.group_by("reading", maintain_order=True):
        texts = part["text"].unique(maintain_order=True).to_list()
        if reading == LATIN:
            codes = np.zeros((len(texts), most), dtype=np.int64)
            codes[:, 0] = sound_codes(texts)
            shares = (codes > 0).astype(float)
        else:
            made = render([symbols(t, reading) for t in texts], reading, most=most)
            codes, shares = made.codes, made.probabilities
        parts.append(pl.DataFrame({"text": texts, "reading": [reading] * len(texts), "codes": codes, "shares": shares},schema_overrides={"codes":pl.Array(pl.Int64,most),"shares":pl.Array(pl.Float64,most)}))
    return pl.concat(parts)


@njit(cache=True)
def _mixed(a: int, b: int, rule: int) -> int:
    x = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x += np.uint64(rule)
    x ^= x >> np.uint64(31)
    return np.int64(x >> np.uint64(1))


@njit(cache=True)
def _first_sound(code: int) -> int:
    while code >= 256:
        code >>= 4
    if code >= 16 and 8 <= (code >> 4) :
        return code  # vowel first: with what follows
    return code if code < 16 else code >> 4


@njit(cache=True)
def _composed(starts, begins, ends, codes, shares, pairs):
    most = codes.shape[1]
    total = 0
    for form in range(len(starts) - 1):
        n = starts[form + 1] - starts[form]
        total += n * most + n * n * (pairs + most * 2)
    rows, rules, keys, weights = np.empty(total, np.int64), np.empty(total, np.uint8), np.empty(total, np.int64), np.empty(total,np.float32)
    at = 0
    p = np.zeros(most * most)
    for form in range(len(starts) - 1):
        for i in range(starts[form], starts[form + 1]):
            for a in range(most):
                if codes[i, a]:
                    rows[at], rules[at], keys[at] = form, 0, codes[i, a]
                    weights[at] = shares[i, a]
                    at += 1
            for j in range(starts[form], starts[form + 1]):
                if ends[i] > begins[j]:
                    continue
                p[:] = 0
                for a in range(most):
                    for b in range(most):
                        if codes[i, a] and codes[j, b]:
                            p[a * most + b] = shares[i, a] * shares[j, b]
                for _ in range(pairs):
                    best = p.argmax()
                    if p[best] <= 0:
                        break
                    weights[at] = p[best]
                    p[best] = 0
                    x, y = codes[i, best // most], codes[j, best % most]
                    rows[at], rules[at], keys[at] = form, 2, _mixed(min(x, y), max(x, y), 2)
                    at += 1
                for a in range(most):
                    for one, other in ((i, j), (j, i)):
                        if codes[one, a]:
                            rows[at], rules[at] = form, 1
                            weights[at] = shares[one, a]
                            keys[at] = _mixed(codes[one, a], _first_sound(codes[other, 0]), 1)
                            at += 1
    return rows[:at], rules[:at], keys[:at], weights[:at]

"""Units of a name form that blocking keys are made of: its words, two neighbours as one, parts of a name without spaces.

Enters: distinct name forms. Leaves: their units and, in every reading of its script, each unit's sound codes. Particles,
titles and initials are left out where a form has anything else. Two neighbouring words may be one word elsewhere (Abd
al-Rahman, Abdulrahman), and a name in Han characters, Hangul or kana without a space hides where the family name ends:
it is cut at every place, the usual ones weighing most.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import polars as pl

from matching.normalise.names import words_of
from matching.normalise.renderings import Floats, Rendered, render
from matching.normalise.sounds import Codes, sound_codes
from matching.normalise.symbols import LATIN, READINGS, ROMANISED, fold_latin, symbols
from matching.normalise.text import script_of
from matching.normalise.words import AMBIGUOUS, PARTICLES, PLACEHOLDER_WORDS, TITLES

MOST_CODES = 12  # sound codes of a unit in a reading
_MOST_WORDS = 6  # words of a form that are read
_BATCH = 20_000  # units that a thread reads at a time
_WORD = 64  # length of a word on the scale of places
_LIGHT = PARTICLES | AMBIGUOUS | TITLES | PLACEHOLDER_WORDS
_UNSPACED = ("Hani", "Hang", "Jpan", "Kana", "Hira")
_SYLLABLE_EACH = ("Hani", "Hang")  # a character is a syllable or more: one is enough for a part of a name
_ARABIC_ARTICLE = "ال"
_ARTICLES = ("al", "el", "ul", "ol")  # the same in Latin letters, as a word of its own
_LONGEST_CUT = 12
# Weight of a cut where names are seldom cut: family names have one character in Chinese and Korean, two in the few that
# have four or more; in Japanese mostly two, one or three in longer names.
_UNUSUAL_CUT = 0.25
# How likely a reading is of a form in Han characters that says nothing else, beside Mandarin and Japanese.
_OF_READING = {"Kore": 0.3, "Yuee": 0.3}


def units_of(texts: pl.DataFrame) -> tuple[pl.DataFrame, Codes, Floats]:
    """Return the units of ``texts`` (columns id, form), sorted by id and reading, with their codes and probabilities.

    The frame has id, reading, begin, end (places in the form; units that do not overlap can stand side by
    side), is_cut (part of a word), has_article (stood after the Arabic article). Codes and probabilities are (units, MOST_CODES), best first, 0 where there are fewer.
    """
    words = _words(texts)
    units = pl.concat([_single(words), _cut(words)])
    units = units.join(_readings(), on="script", how="left").with_columns(pl.col("reading").fill_null(ROMANISED))
    codes, probabilities, rows = _read(units)
    weight = pl.when(pl.col("reading") == "Jpan").then("weight_japanese").otherwise("weight")
    units = units.with_columns(_row=rows, weight=weight).sort("id", "reading", "begin", "end", "_row")
    order, weights = units["_row"].to_numpy(), units["weight"].to_numpy()
    return (
        units.select("id", "reading", "begin", "end", "is_cut", "has_article"),
        codes[order],
        probabilities[order] * weights[:, None],
    )


@cache
def _readings() -> pl.DataFrame:
    rows = [(script, reading) for script, readings in READINGS.items() for reading in readings]
    return pl.DataFrame(rows, schema=["script", "reading"], orient="row")


def _words(texts: pl.DataFrame) -> pl.DataFrame:
    """Words that are read: id, text (folded if Latin), script, place, whether an article stood before it, count."""
    words = texts.select("id", word=words_of(pl.col("form"))).explode("word").filter(pl.col("word") != "")
    words = words.join(_facts(words["word"]), on="word", how="left", maintain_order="left")
    words = words.filter(pl.col("text") != "")
    follows = pl.col("text").shift(1).over("id").is_in(_ARTICLES).fill_null(value=False)
    stripped = (pl.col("script") == "Arab") & (pl.col("text") != pl.col("word"))
    words = words.with_columns(has_article=follows | stripped)
    words = words.filter(~pl.col("is_light") | pl.col("is_light").all().over("id"))
    words = words.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64).over("id"))
    words = _longest(words)
    return words.select("id", "text", "script", "place", "has_article", count=pl.len().over("id"))


def _longest(words: pl.DataFrame) -> pl.DataFrame:
    """The words that are read: all, or the longest of a very long name, wherever they stand."""
    is_long = pl.len().over("id") > _MOST_WORDS
    chosen = words.filter(is_long).sort("id", pl.col("text").str.len_chars(), "text", descending=[False, True, False])
    chosen = chosen.filter(pl.int_range(pl.len()).over("id") < _MOST_WORDS).sort("id", "place")
    return pl.concat([words.filter(~is_long), chosen])


def _facts(words: pl.Series) -> pl.DataFrame:
    """Text, script and lightness of each distinct word; the only Python per word."""
    distinct = words.unique(maintain_order=True).to_list()
    scripts = [LATIN if word.isascii() else script_of(word) for word in distinct]
    texts = [_text(word, script) for word, script in zip(distinct, scripts, strict=True)]
    light = [_is_light(text, script) for text, script in zip(texts, scripts, strict=True)]
    schema = {"word": pl.String, "text": pl.String, "script": pl.String, "is_light": pl.Boolean}
    return pl.DataFrame([distinct, texts, scripts, light], schema=schema)


def _text(word: str, script: str) -> str:
    if script == LATIN:
        return word.lower() if word.isascii() else fold_latin(word)
    return word[2:] if script == "Arab" and len(word) > 4 and word.startswith(_ARABIC_ARTICLE) else word


def _is_light(text: str, script: str) -> bool:
    return text in _LIGHT if script == LATIN else len(text) == 1 and script not in _UNSPACED


_UNIT = ("id", "script", "text", "begin", "end", "is_cut", "has_article", "weight", "weight_japanese")


_SURE = {"weight": pl.lit(1.0), "weight_japanese": pl.lit(1.0)}


def _single(words: pl.DataFrame) -> pl.DataFrame:
    begin = pl.col("place") * _WORD
    return words.with_columns(begin=begin, end=begin + _WORD, is_cut=False, **_SURE).select(_UNIT)


def _cut(words: pl.DataFrame) -> pl.DataFrame:
    """Both parts of a name without spaces, for every place it may be cut at."""
    length, at, each = pl.col("length"), pl.col("at"), pl.col("script").is_in(_SYLLABLE_EACH)
    alone = words.filter((pl.col("count") == 1) & pl.col("script").is_in(_UNSPACED))
    alone = alone.with_columns(length=pl.col("text").str.len_chars().cast(pl.Int64)).filter(length <= _LONGEST_CUT)
    cuts = alone.with_columns(at=pl.int_ranges(1, length)).explode("at").drop_nulls("at")
    cuts = cuts.filter(pl.when(each).then(at <= 3).otherwise((at >= 2) & (length - at >= 2)))
    usual = pl.when(length <= 3).then(at == 1).otherwise(at == 2)
    usual_japanese = pl.when(length <= 4).then(at <= 2).otherwise(at >= 2)
    cuts = cuts.with_columns(
        weight=pl.when(usual | ~each).then(1.0).otherwise(_UNUSUAL_CUT),
        weight_japanese=pl.when(usual_japanese | ~each).then(1.0).otherwise(_UNUSUAL_CUT),
        is_cut=True,
    )
    heads = cuts.with_columns(text=pl.col("text").str.slice(0, at), begin=pl.lit(0, pl.Int64), end=at)
    tails = cuts.with_columns(text=pl.col("text").str.slice(at), begin=at, end=pl.lit(_WORD, pl.Int64))
    return pl.concat([heads.select(_UNIT), tails.select(_UNIT)])


def _read(units: pl.DataFrame) -> tuple[Codes, Floats, pl.Series]:
    """Codes of the distinct units in each reading, and the row of each unit among them."""
    distinct = units.select("reading", "text").unique(maintain_order=True).sort("reading", maintain_order=True)
    distinct = distinct.with_row_index("_row")
    asked = [
        (part["text"][start : start + _BATCH].to_list(), str(reading))
        for (reading,), part in distinct.group_by("reading", maintain_order=True)
        for start in range(0, part.height, _BATCH)
    ]
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # compiled code lets go of the interpreter
        parts = list(threads.map(_rendered, *zip(*asked, strict=True))) if asked else []
    rows = units.join(distinct, on=["reading", "text"], how="left", maintain_order="left")["_row"]
    empty = np.zeros((0, MOST_CODES))
    codes = np.concatenate([empty.astype(np.int64), *(part.codes for part in parts)])
    return codes, np.concatenate([empty, *(part.probabilities for part in parts)]), rows


def _rendered(texts: Sequence[str], reading: str) -> Rendered:
    if reading == LATIN:
        codes = np.zeros((len(texts), MOST_CODES), dtype=np.int64)
        codes[:, 0] = sound_codes(texts)
        return Rendered(codes, (codes > 0).astype(np.float64))
    made = render([symbols(text, reading) for text in texts], reading, most=MOST_CODES)
    weight = _OF_READING.get(reading, 1.0)
    return Rendered(made.codes, made.probabilities * weight)

"""Places of birth: words that can be compared across scripts and languages.

Enters: places as published. Leaves: for each the words that tell it from others of its country, romanised and folded, a
consonant skeleton beside each that is long enough to mean something. The country is compared by itself and is left out;
so are kinds of settlement and division ("province", "район"; data/place_words.toml). Cities of the world with names of
their own in other languages (Moscow, Moskva, Москва; Cairo, القاهرة) are one word: the cities that Unicode CLDR names in
its time zones, through Babel (Unicode licence).
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache

import polars as pl

from matching.normalise.countries import LANGUAGES, countries_in, own_data
from matching.normalise.text import cleaned, fold_each, script_of
from matching.normalise.tokens import fold, skeleton
from matching.normalise.words import DATA

_PARTS = r"[,;:/|()\[\]،؛、]| - "
_BETWEEN_WORDS = re.compile(r"[\s\d!-/:-@\[-`{-~\u00a0-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u3020]+")
_JOINED = re.compile(r"['’‘ʼʻ`´ʿʾʹ]")
_ARABIC_ARTICLE = re.compile(r"^ال(?=..)")
# Chinese, Japanese and Korean write the kind of division behind the name, without a space.
_KINDS_BEHIND = {"Hani": "省市县縣区區州村镇鎮乡鄉都府", "Jpan": "県市区町村都府", "Hang": "시도군구읍면리"}
_SHORTEST = 3  # letters of a word, and consonants of a skeleton: shorter ones are shared by chance


@cache
def _passed_over() -> frozenset[str]:
    groups = tomllib.loads((DATA / "place_words.toml").read_text(encoding="utf-8"))
    return frozenset(word for group in groups.values() for words in group.values() for word in words.split())


@cache
def _cities() -> dict[str, str]:
    """Folded names of cities in the lists' languages, with the English one, written together."""
    named = [
        (str(names["city"]), city)
        for language in ("root", *LANGUAGES)
        for zone, names in own_data(language)["time_zones"].items()
        for area, _, city in [str(zone).rpartition("/")]
        if area and area != "Etc" and "city" in names
    ]
    english = fold_each([city for _, city in named], fold)
    found: dict[str, str] = {}
    for name, city in zip(fold_each([name for name, _ in named], fold), english, strict=True):
        found.setdefault(name, city)
    for city in list(found.values()):
        found.setdefault(city, city)
    found.pop("", None)
    return found


def place_words(texts: pl.Series) -> pl.DataFrame:
    """Return columns text, words: one row per distinct place; ``words`` is empty where none tells it apart.

    Lists repeat provinces and countries: what a part of a place says is worked out once per distinct part.
    """
    distinct = pl.DataFrame({"text": texts.cast(pl.String).drop_nulls().unique().sort()})
    split = cleaned(pl.col("text")).str.replace_all(_PARTS, "\n").str.split("\n")
    parts = distinct.select("text", part=split).explode("part").with_columns(pl.col("part").str.strip_chars())
    known = parts.select(pl.col("part").unique())
    words = pl.Series(
        [[] if countries_in(part) else list(_of_part(part)) for part in known["part"]], dtype=pl.List(pl.String)
    )
    found = parts.join(known.with_columns(words=words), on="part").select("text", "words").explode("words").drop_nulls()
    per_place = found.group_by("text").agg(pl.col("words").unique().sort())
    return distinct.join(per_place, on="text", how="left").with_columns(pl.col("words").fill_null([])).sort("text")


def _of_part(part: str) -> Iterator[str]:
    kept = [
        word for word in map(_bare, _BETWEEN_WORDS.split(_JOINED.sub("", part))) if word and word not in _passed_over()
    ]
    city = _cities().get("".join(kept))
    if city is not None:
        yield city
        return
    for word in kept:
        if len(word) >= _SHORTEST:
            yield _cities().get(word, word)
            consonants = skeleton(word)
            if len(consonants) >= _SHORTEST and word not in _cities():
                yield consonants


def _bare(word: str) -> str:
    """Return a word romanised and folded, without article and without the kind of division behind it."""
    script = script_of(word)
    behind = _KINDS_BEHIND.get(script)
    if behind and len(word) > 2 and word[-1] in behind:
        word = word[:-1]
    if script == "Arab":
        word = _ARABIC_ARTICLE.sub("", word)
    return fold(word)

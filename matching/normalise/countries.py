"""Countries: from names, codes and nationalities in the lists' languages to ISO 3166-1 alpha-2.

Names come from Unicode CLDR through Babel (BSD-3; CLDR data: Unicode licence), in the languages below; alpha-3 and
numeric codes from CLDR's territory aliases (INTERPOL's notices use alpha-2). What CLDR lacks is in data/: long official
names, former states and the codes of travel documents (ICAO 9303 part 3) in country_names.csv, nationalities in English,
French, Spanish, Russian and Arabic in country_adjectives.csv, which former state became which in country_kin.csv.
"""

import csv
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from anyascii import anyascii
from babel import localedata
from babel.core import get_global

from matching.normalise.text import fold_each
from matching.normalise.words import DATA
from matching.tables import COUNTRIES

# Where two languages give one word to two countries, the language that comes first decides.
LANGUAGES = (
    "en", "fr", "es", "ru", "ar", "de", "it", "pt", "nl", "zh", "zh_Hant", "ja", "ko", "fa", "tr", "uk", "be",
    "bg", "sr", "mk", "hr", "bs", "sl", "cs", "sk", "pl", "hu", "ro", "el", "sq", "he", "hy", "ka", "az",
    "kk", "ky", "uz", "tk", "tg", "ps", "ur", "ku", "hi", "bn", "ta", "si", "ne", "my", "th", "lo", "km",
    "vi", "id", "ms", "mn", "am", "so", "sw", "sv", "da", "no", "fi", "et", "lv", "lt", "ca",
)  # fmt: skip

# In CLDR's list of territories but no countries: groups of countries and unknown ones.
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"})

# Former states that fell apart keep their code of ISO 3166-3 (CS is Czechoslovakia; Serbia and Montenegro, also CS, is
# the renamed YU). A state that was only renamed has its present code, by data/country_names.csv.
_FORMER = ("SU", "YU", "CS", "DD", "YD", "AN")

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_PAREN = re.compile(r"[(（\[].*?[)）\]]")
# Words before and behind a country that do not change which one it is.
_BEFORE = re.compile(
    r"^(?:(?:the|former|formerly|ex|possibly|probably|reportedly|republic of|kingdom of|state of|sultanate of|emirate of|union of|"
    r"commonwealth of|principality of|islamic republic of|federal republic of|federal democratic republic of|people s republic of|"
    r"democratic republic of|region|citizen of|national of|republique d[eu]|republica de|respublika|grazhdanin|grazhdanka) )+"
)
_BEHIND = re.compile(
    r"(?: (?:passport|national|nationality|citizen|citizenship|origin|by birth|by origin|republic|islands?|ssr|soviet socialist "
    r"republic|special administrative region|respublikasi|republikasy))+$"
)
# Between the countries of a text that names several: "a) German b) Moroccan", "Russian; German", "Sudan/South Sudan".
_BETWEEN = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"(?:^|\s)[a-z0-9]{1,2}\)\s",
        r"[;؛|\n]",
        r"\s*/\s*",
        r"(?:\s+(?:and|or|y|et|und|и|و)\s+|\s*[&،、]\s*)",
    )
)


def folded_country(text: str) -> str:
    """Return country text for look-up: accents, case and punctuation folded, words parted by single spaces."""
    return " ".join(_letters(text).split())


def _letters(text: str) -> str:
    """Lower-case letters and digits, spaces for all else."""
    return _NOT_LETTERS.sub(" ", anyascii(text.replace("ь", "").replace("ъ", "")).lower())


def _folded_each(texts: Sequence[str]) -> list[str]:
    """``folded_country`` of each of many texts."""
    return [" ".join(letters.split()) for letters in fold_each(texts, _letters)]


@cache
def _lookup() -> dict[str, tuple[str, ...]]:
    """Every folded name, code and nationality, with its country (or countries: Congolese, Korean).

    What this project says comes before CLDR, names and codes before nationalities.
    """
    found: dict[str, tuple[str, ...]] = {
        folded_country(row["name"]): (row["country_code"],) for row in _rows("country_names.csv")
    }
    territories = [_territories(language) for language in LANGUAGES]
    codes = [code for code in territories[0] if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES]
    found.update({code.lower(): (code,) for code in (*_FORMER, *codes)})
    for alias, targets in get_global("territory_aliases").items():
        if len(targets) == 1 and targets[0] in codes:
            found.setdefault(alias.lower(), (targets[0],))
    named: list[tuple[str, tuple[str, ...]]] = [
        (names[code], (code,)) for names in territories for code in codes if code in names
    ]
    named += _nationalities()
    for folded, (_, countries) in zip(_folded_each([text for text, _ in named]), named, strict=True):
        found.setdefault(folded, countries)
    found.pop("", None)
    return found


def _rows(file_name: str) -> list[dict[str, str]]:
    with (DATA / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _territories(language: str) -> dict[str, str]:
    return {str(code): str(name) for code, name in own_data(language)["territories"].items()}


@cache
def own_data(language: str) -> Mapping[str, Mapping[str, Any]]:
    """The ``territories`` and ``time_zones`` that CLDR has of ``language`` itself, by code.

    Read from Babel's file: its Locale merges what a language inherits, which takes three times as long and adds to those of
    LANGUAGES no country, and cities of "root" alone; and what it is told to load unmerged, it gives everyone after.
    """
    with Path(localedata.resolve_locale_filename(language)).open("rb") as file:
        data: dict[str, Mapping[str, Any]] = pickle.load(file)  # noqa: S301 (a file of an installed package)
    return {part: data.get(part, {}) for part in ("territories", "time_zones")}


# From the masculine form of a nationality, as data/country_adjectives.csv has it, to the forms that lists use. Some of
# what these rules give is no word, and is never looked up.
_INFLECTED: dict[str, Callable[[str], Iterable[str]]] = {
    "en": lambda word: (word, f"{word}s"),
    "fr": lambda word: (word, f"{word}e", f"{word}s", f"{word}es", *((f"{word}ne", f"{word}nes") if word.endswith("n") else ())),
    "es": lambda word: (word, f"{word}a", f"{word}s", f"{word}es", *((f"{word[:-1]}a", f"{word[:-1]}as") if word.endswith("o") else ())),
    "ru": lambda word: (word, *(word[:-2] + ending for ending in ("ая", "ое", "ие"))),
    "ar": lambda word: (word, f"{word}ة", f"ال{word}", f"ال{word}ة"),
}  # fmt: skip


def _nationalities() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every form of every nationality with its countries; English first."""
    rows = _rows("country_adjectives.csv")
    for language, inflected in _INFLECTED.items():
        for row in rows:
            for word in row[language].split():
                yield from ((form, tuple(row["country_codes"].split())) for form in inflected(word))


def countries_in(text: str) -> tuple[str, ...]:
    """Return the ISO 3166-1 alpha-2 codes that ``text`` names (ISO 3166-3 for former states), () if not understood.

    >>> countries_in("a) German b) Moroccan"), countries_in("Korean"), countries_in("Trinidad and Tobago")
    (('DE', 'MA'), ('KP', 'KR'), ('TT',))
    """
    whole = _one(text)
    if whole:
        return whole
    for between in _BETWEEN:
        parts = [part for part in between.split(text) if part.strip()]
        if len(parts) > 1:
            return tuple(dict.fromkeys(code for part in parts for code in countries_in(part)))
    return ()


def country_code(text: str) -> str | None:
    """Return the code of the one country that ``text`` names, None where it names none or several.

    >>> country_code("Iran (Islamic Republic of)"), country_code("Россия"), country_code("USSR"), country_code("Narnia")
    ('IR', 'RU', 'SU', None)
    """
    codes = countries_in(text)
    return codes[0] if len(codes) == 1 else None


def _one(text: str) -> tuple[str, ...]:
    """Return what ``text`` names as a whole, with or without what stands in brackets, around it or behind a comma."""
    lookup = _lookup()
    candidates = (text, _PAREN.sub(" ", text), *_PAREN.findall(text), text.rsplit(",", 1)[0])
    for folded in dict.fromkeys(map(folded_country, candidates)):
        bare = _BEFORE.sub("", folded)
        for form in (folded, bare, _BEHIND.sub("", folded), _BEHIND.sub("", bare)):
            if form in lookup:
                return lookup[form]
    return ()


def country_codes(texts: pl.Series) -> pl.DataFrame:
    """Return columns text, country_code: one row per distinct text."""
    distinct = texts.drop_nulls().unique().sort()
    codes = [country_code(text) for text in distinct]
    return pl.DataFrame(
        {"text": distinct, "country_code": codes}, schema={"text": pl.String, "country_code": pl.String}
    )


def country_kin() -> pl.DataFrame:
    """Return columns country_code, kin_code: every former state or whole with what it became or holds, both ways round."""
    pairs = [(row["country_code"], row["kin_code"]) for row in _rows("country_kin.csv")]
    both = sorted({*pairs, *((kin, country) for country, kin in pairs)})
    return pl.DataFrame(both, schema={"country_code": pl.String, "kin_code": pl.String}, orient="row")


def countries_of(records: pl.DataFrame) -> pl.DataFrame:
    """Return the COUNTRIES rows of ``records``: each distinct country text by role, once per country it names.

    A place without a country counts where the last part of its text names one ("Kabul, Afghanistan").
    """
    named = pl.concat(
        [
            _texts(records, "nationality", column="nationalities"),
            _texts(records, "birth", column="birth_places", field="country"),
            _texts(records, "address", column="addresses", field="country"),
            _texts(records, "warrant", column="offences", field="country"),
        ]
    )
    guessed = pl.concat([_last_parts(records, "birth", "birth_places"), _last_parts(records, "address", "addresses")])
    codes = _every_code(pl.concat([named["text"], guessed["text"]]))
    rows = pl.concat(
        [
            named.join(codes, on="text", how="left"),
            guessed.join(codes, on="text", how="left").drop_nulls("country_code"),
        ]
    )
    return COUNTRIES.conform(rows.unique().select(COUNTRIES.columns.keys()))


def _every_code(texts: pl.Series) -> pl.DataFrame:
    """Columns text, country_code: a row per country that a distinct text names."""
    distinct = texts.drop_nulls().unique().sort()
    named = [list(countries_in(text)) for text in distinct]
    frame = pl.DataFrame(
        {"text": distinct, "country_code": named}, schema={"text": pl.String, "country_code": pl.List(pl.String)}
    )
    return frame.explode("country_code")


def _texts(records: pl.DataFrame, role: str, *, column: str, field: str | None = None) -> pl.DataFrame:
    listed = records.select("record_id", value=pl.col(column)).explode("value")
    text = pl.col("value").struct.field(field) if field else pl.col("value")
    rows = listed.select("record_id", role=pl.lit(role), text=text.str.strip_chars())
    return rows.filter(pl.col("text").fill_null("") != "")


def _last_parts(records: pl.DataFrame, role: str, column: str) -> pl.DataFrame:
    """Last comma-separated part of each place that has no country of its own."""
    listed = records.select("record_id", value=pl.col(column)).explode("value").unnest("value")
    bare = listed.filter(pl.col("country").is_null() & pl.col("text").is_not_null())
    last = pl.col("text").str.split(",").list.last().str.strip_chars()
    return bare.select("record_id", role=pl.lit(role), text=last).filter(pl.col("text") != "")

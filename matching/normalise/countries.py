"""Countries: from names and codes in the lists' languages to ISO 3166-1 alpha-2.

Names come from Unicode CLDR through Babel (BSD-3; CLDR data: Unicode licence), in the languages below; alpha-3 and
numeric codes from CLDR's territory aliases. What CLDR lacks (long official
names, former states) is in data/country_names.csv.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache

import polars as pl
from anyascii import anyascii
from babel import Locale
from babel.core import get_global

from matching.normalise.words import DATA
from matching.tables import COUNTRIES

# Where two languages give one word to two countries, the language that comes first decides.
_LANGUAGES = (
    "en", "fr", "es", "ru", "ar", "de", "it", "pt", "nl", "zh", "zh_Hant", "ja", "ko", "fa", "tr", "uk", "be",
    "bg", "sr", "mk", "hr", "bs", "sl", "cs", "sk", "pl", "hu", "ro", "el", "sq", "he", "hy", "ka", "az",
    "kk", "ky", "uz", "tk", "tg", "ps", "ur", "ku", "hi", "bn", "ta", "si", "ne", "my", "th", "lo", "km",
    "vi", "id", "ms", "mn", "am", "so", "sw", "sv", "da", "nb", "fi", "et", "lv", "lt", "ca",
)  # fmt: skip

# In CLDR's list of territories but no countries: groups of countries and unknown ones.
_NOT_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"})

# Former states that fell apart keep their code of ISO 3166-3 (CS is Czechoslovakia; Serbia and Montenegro, also CS, is
# the renamed YU). A state that was only renamed has its present code, by data/country_names.csv.
_FORMER = ("SU", "YU", "CS", "DD", "YD")

_PREFIXES = ("", "the ", "republic of ", "former ")
_PAREN = re.compile(r"[(（\[].*?[)）\]]")


def folded_country(text: str) -> str:
    """Return country text for look-up: accents, case and punctuation folded, words parted by single spaces."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", anyascii(text.replace("ь", "").replace("ъ", "")).lower()).split())


@cache
def _lookup() -> dict[str, str]:
    """Every folded name and code of a country, with its code; what this project says comes before CLDR."""
    with (DATA / "country_names.csv").open(encoding="utf-8", newline="") as file:
        found = {folded_country(row["name"]): row["country_code"] for row in csv.DictReader(file)}
    territories = [_territories(language) for language in _LANGUAGES]
    codes = [code for code in territories[0] if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES]
    found.update({code.lower(): code for code in (*_FORMER, *codes)})
    for alias, targets in get_global("territory_aliases").items():
        if len(targets) == 1 and targets[0] in codes:
            found.setdefault(alias.lower(), targets[0])
    for names in territories:
        for code in codes:
            found.setdefault(folded_country(names.get(code, "")), code)
    found.pop("", None)
    return found


def _territories(language: str) -> dict[str, str]:
    return {str(code): str(name) for code, name in Locale.parse(language).territories.items()}


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code that ``text`` names (ISO 3166-3 for former states), None if not understood.

    >>> country_code("Iran (Islamic Republic of)"), country_code("Россия"), country_code("USSR"), country_code("Narnia")
    ('IR', 'RU', 'SU', None)
    """
    lookup = _lookup()
    candidates: Iterable[str] = (text, _PAREN.sub(" ", text), *_PAREN.findall(text), text.rsplit(",", 1)[0])
    for candidate in candidates:
        folded = folded_country(candidate)
        for prefix in _PREFIXES:
            if (bare := folded.removeprefix(prefix)) in lookup:
                return lookup[bare]
    return None


def country_codes(texts: pl.Series) -> pl.DataFrame:
    """Return columns text, country_code: one row per distinct text."""
    distinct = texts.drop_nulls().unique().sort()
    codes = [country_code(text) for text in distinct]
    return pl.DataFrame(
        {"text": distinct, "country_code": codes}, schema={"text": pl.String, "country_code": pl.String}
    )


def countries_of(records: pl.DataFrame) -> pl.DataFrame:
    """Return the COUNTRIES rows of ``records``: each distinct country text by role.

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
    codes = country_codes(pl.concat([named["text"], guessed["text"]]))
    rows = pl.concat(
        [
            named.join(codes, on="text", how="left"),
            guessed.join(codes, on="text", how="left").drop_nulls("country_code"),
        ]
    )
    return COUNTRIES.conform(rows.unique().select(COUNTRIES.columns.keys()))


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

"""Documents: numbers in one spelling and as compared, checked, the issuing country as a code, one row each."""

import unicodedata

import polars as pl

from matching.normalise.births import births_of
from matching.normalise.countries import country_codes
from matching.normalise.mrz import read_machine_readable
from matching.normalise.national_ids import UNCHECKED, judge
from matching.normalise.text import cleaned
from matching.normalise.words import PLACEHOLDERS
from matching.tables import IDENTIFIERS

_NOT_ALPHANUMERIC = r"[^\p{L}\p{N}]+"

# Capital letters of other alphabets that are typed for the Latin ones they look like, as on Soviet and Greek documents.
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTYXIJSABEZHIKMNOPTYX")
# Letters that readers of documents take for digits, and the other way round. ICAO 9303 part 3 names both pairs.
_CONFUSABLE = str.maketrans("OI", "01")
_ABOUT_YEARS = 2  # how far from a year "about" it may be meant, as in sql/macros/years_apart_grade.sql
_NEAR_YEARS = 1  # a number of one year earlier or later is a slip or a late registration, no contradiction

_CHECKED = {
    "number_text": pl.String, "number": pl.String, "comparable": pl.String, "validity": pl.String, "century": pl.Int32,
    "year": pl.Int32, "born_sex": pl.String,
}  # fmt: skip
_ASKED = ("kind", "country_code", "number_text")


def identifiers_of(records: pl.DataFrame) -> pl.DataFrame:
    """Return the IDENTIFIERS rows of ``records``. ``identifier_no`` is the document's place in the record's list.

    ``number`` keeps letters and digits of any script (NFKC, upper case); it is null for placeholders and for numbers of
    one repeated character. Of machine-readable lines it is the document's number. Checks are made once per distinct
    number; an invalid one is kept and marked.
    """
    listed = records.select("record_id", "sex", "identifiers").explode("identifiers").drop_nulls("identifiers")
    listed = listed.with_columns(identifier_no=pl.int_range(pl.len(), dtype=pl.Int32).over("record_id")).unnest(
        "identifiers"
    )
    codes = country_codes(listed["country"])
    rows = listed.join(codes, left_on="country", right_on="text", how="left").with_columns(
        number_text=pl.col("number").fill_null("")
    )
    rows = rows.drop("number").join(check_numbers(rows.select(_ASKED)), on=_ASKED, how="left", nulls_equal=True)
    rows = rows.join(_contradicted(rows, births_of(records)), on=["record_id", "identifier_no"], how="left")
    return IDENTIFIERS.conform(rows.select(IDENTIFIERS.columns.keys()))


def check_numbers(asked: pl.DataFrame) -> pl.DataFrame:
    """Check numbers as published: one row per distinct kind, country_code and number_text of ``asked``.

    Returns these three and number, comparable, validity, and what the number says: century, year, born_sex.
    """
    distinct = asked.unique().with_columns(number=_number(pl.col("number_text")))
    checked = [_check(*row) for row in distinct.select(*_ASKED, "number").iter_rows()]
    return distinct.select("kind", "country_code").hstack(pl.DataFrame(checked, schema=_CHECKED, orient="row"))


def _number(text: pl.Expr) -> pl.Expr:
    number = cleaned(text).str.replace_all(_NOT_ALPHANUMERIC, "").str.to_uppercase()
    repeated = number.str.strip_chars_start("0") == ""
    return (
        pl.when((number == "") | number.str.to_lowercase().is_in(list(PLACEHOLDERS)) | repeated)
        .then(None)
        .otherwise(number)
    )


def _check(kind: str, country_code: str | None, text: str, number: str | None) -> tuple[object, ...]:
    """Return the row of ``_CHECKED``."""
    lines = read_machine_readable(text)
    if lines is not None and lines.number:
        validity = "valid" if lines.is_valid else "invalid"
        return text, lines.number, lines.number.translate(_CONFUSABLE), validity, None, None, None
    if number is None:
        return text, None, None, UNCHECKED.validity, None, None, None
    plain = in_ascii(number)
    verdict = judge(kind, country_code, plain) if plain.isascii() else UNCHECKED
    return text, number, plain.translate(_CONFUSABLE), verdict.validity, verdict.century, verdict.year, verdict.sex


def in_ascii(number: str) -> str:
    """Return ``number`` with the digits of any script as ASCII, and letters that look like Latin ones as those.

    >>> in_ascii("МР۱۲۳"), in_ascii("AB12")
    ('MP123', 'AB12')
    """
    if number.isascii():
        return number
    digits = (str(unicodedata.digit(character, character)) for character in number.translate(_LOOKALIKES))
    return "".join(digits)


def _contradicted(rows: pl.DataFrame, births: pl.DataFrame) -> pl.DataFrame:
    """Return record_id, identifier_no, contradicts: numbers that tell another birth or sex than their record."""
    margin = pl.when(pl.col("precision") == "circa").then(_ABOUT_YEARS).otherwise(_NEAR_YEARS)
    years = births.select(
        "record_id", first=pl.col("earliest").dt.year() - margin, last=pl.col("latest").dt.year() + margin
    )
    told = rows.filter(pl.col("year").is_not_null()).join(years, on="record_id", how="inner")
    full = pl.col("century") * 100 + pl.col("year")
    # where the century is not known any will do: does the span of years hold one that ends so?
    open_ended = (pl.col("year") - pl.col("first")).mod(100) <= pl.col("last") - pl.col("first")
    fits = pl.when(pl.col("century").is_null()).then(open_ended).otherwise(full.is_between("first", "last"))
    born = told.group_by("record_id", "identifier_no").agg(contradicts=fits.any()).filter(~pl.col("contradicts"))
    other_sex = rows.filter(pl.col("sex").is_in(["female", "male"]) & (pl.col("born_sex") != pl.col("sex")))
    both = pl.concat(
        [
            born.select("record_id", "identifier_no", contradicts=pl.lit("birth")),
            other_sex.select("record_id", "identifier_no", contradicts=pl.lit("sex")),
        ]
    )
    return both.group_by("record_id", "identifier_no").agg(pl.col("contradicts").sort().str.join(", "))

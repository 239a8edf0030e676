"""Documents: numbers in one spelling, the issuing country as a code, one row each."""

import polars as pl

from matching.normalise.countries import country_codes
from matching.normalise.text import cleaned
from matching.tables import IDENTIFIERS

_NOT_ALPHANUMERIC = r"[^\p{L}\p{N}]+"
_PLACEHOLDERS = ("", "NA", "NONE", "UNKNOWN", "NIL", "NULL", "NOTAVAILABLE", "NOTKNOWN", "XXX")


def identifiers_of(records: pl.DataFrame) -> pl.DataFrame:
    """Return the IDENTIFIERS rows of ``records``. ``identifier_no`` is the document's place in the record's list.

    ``number`` keeps letters and digits of any script (NFKC, upper case); it is null for placeholders and for numbers of
    one repeated character. No check digits are tested yet: ``validity`` is ``unchecked``.
    """
    listed = records.select("record_id", "identifiers").explode("identifiers").drop_nulls("identifiers")
    listed = listed.with_columns(identifier_no=pl.int_range(pl.len(), dtype=pl.Int32).over("record_id")).unnest(
        "identifiers"
    )
    codes = country_codes(listed["country"])
    rows = listed.join(codes, left_on="country", right_on="text", how="left").with_columns(
        number_text=pl.col("number").fill_null(""),
        number=_number(pl.col("number").fill_null("")),
        validity=pl.lit("unchecked"),
    )
    return IDENTIFIERS.conform(rows.select(IDENTIFIERS.columns.keys()))


def _number(text: pl.Expr) -> pl.Expr:
    number = cleaned(text).str.replace_all(_NOT_ALPHANUMERIC, "").str.to_uppercase()
    repeated = number.str.strip_chars_start("0") == ""
    return pl.when(number.is_in(_PLACEHOLDERS) | repeated).then(None).otherwise(number)

"""Conflicts: evidence of a pair that contradicts other evidence of the same pair.

Enters: scored pairs and the documents of their records. Leaves: the kinds of conflict of each pair (CONFLICT_KINDS).
A low weight says only that two records are alike in little; a conflict says that one of two statements is wrong, or that
someone uses another's document. So it is shown whatever the probability, which it does not change.

    one_document_two_names    a document is shared, and the names share no word or not the first name
    one_document_two_births   a document is shared, and the births are two years apart or more
    one_document_two_sexes    a document is shared, and the sexes differ
    two_national_numbers      each holds a checked national number of one country, and none of these is the same
    births_years_apart        a match although the births are four years apart or more
    two_sexes                 a match although the sexes differ

The last two are asked of matches only: among other pairs they tell namesakes apart, as they should.
"""

import polars as pl

from matching.tables import CONFLICT_KINDS

SHARED_DOCUMENT = ("same_checked_document", "same_document", "same_number")
# A year apart is what a calendar or a guess makes; from two on (levels of matching/link/model.py) someone is wrong.
CONTRADICTING_BIRTHS = ("different_by_few_years", "different")
FEWEST_CHARACTERS = 5  # of a number: shorter ones are shared by chance, as in sql/40_link/identifier_evidence.sql
_SIDES = ("record_id_l", "record_id_r")


def with_conflicts(pairs: pl.DataFrame, identifiers: pl.DataFrame, *, threshold: float) -> pl.DataFrame:
    """Return the rows of ``pairs`` (contract PAIRS) that are matches or have a conflict, with ``is_match`` and ``conflicts``.

    ``threshold`` is the match probability from which a pair is a match; ``identifiers`` as the contract IDENTIFIERS.
    """
    is_match = pl.col("match_probability") >= threshold
    worth_a_look = pairs.lazy().filter(is_match | _shares_document() | _other_national_number_alone()).collect()
    numbers = _national_numbers(worth_a_look, identifiers)
    marked = worth_a_look.join(numbers, on=_SIDES, how="left").with_columns(is_match=is_match)
    found = marked.with_columns(conflicts=_kinds()).drop("two_national_numbers")
    return found.filter(pl.col("is_match") | (pl.col("conflicts").list.len() > 0))


def _kinds() -> pl.Expr:
    shares, is_match = _shares_document(), pl.col("is_match")
    births, other_sex = pl.col("level_birth"), pl.col("level_sex") == "different"
    asked = {
        "one_document_two_names": shares & pl.col("level_name").str.starts_with("different"),
        "one_document_two_births": shares & births.is_in(CONTRADICTING_BIRTHS),
        "one_document_two_sexes": shares & other_sex,
        "two_national_numbers": pl.col("two_national_numbers").fill_null(value=False),
        "births_years_apart": is_match & ~shares & (births == "different"),
        "two_sexes": is_match & ~shares & other_sex,
    }
    return pl.concat_list(pl.when(asked[kind]).then(pl.lit(kind)) for kind in CONFLICT_KINDS).list.drop_nulls()


def _shares_document() -> pl.Expr:
    return pl.col("level_identifier").is_in(SHARED_DOCUMENT)


def _other_national_number_alone() -> pl.Expr:
    """Pairs that differ in nothing but a national number; the namesakes among them are no one's conflict."""
    names_agree = pl.col("level_name").is_in(["same", "same_spelled_differently"])
    births_agree = pl.col("level_birth").is_in(["same_day", "same_first_of_january"])
    return (pl.col("level_identifier") == "different_national_number") & names_agree & births_agree


def _national_numbers(pairs: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Pairs of which both records hold checked national numbers of one country, none of which is the same.

    Asked of the documents, not of the level: a pair that shares a passport as well has the level of the passport.
    """
    checked = identifiers.filter(
        (pl.col("kind") == "national_id")
        & (pl.col("validity") == "valid")
        & (pl.col("comparable").str.len_chars() >= FEWEST_CHARACTERS)
    ).select("record_id", "country_code", "comparable", characters=pl.col("comparable").str.len_chars())
    left, right = (pairs.select(_SIDES).join(checked, left_on=side, right_on="record_id") for side in _SIDES)
    # Of one length: a country that changed its numbers gave each person one of each kind.
    held = left.join(right, on=[*_SIDES, "country_code", "characters"], suffix="_r")
    same = (pl.col("comparable") == pl.col("comparable_r")).any()
    return held.group_by(_SIDES).agg(two_national_numbers=~same)

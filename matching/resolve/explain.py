"""Explanations: for each match what was compared, what that weighs, and which words of the names agree.

Enters: the matches and samples, NAMES of the run. Leaves: EXPLANATIONS. Made for what people read only: of a million pairs a
few thousand. Words are compared as the score compares them: two forms in Latin letters as sql/macros/token_similarity.sql
has it, all others in their own script or by sound (matching/normalise/compare.py), which tells what it aligned.
"""

import duckdb
import polars as pl

from matching import database
from matching.link.compare import rarity_of_tokens
from matching.normalise.compare import compare_names
from matching.tables import COMPARED, EXPLANATIONS

SIDES = ("record_id_l", "record_id_r")
LATIN = "Latn"
AGREE, DISAGREE, UNKNOWN = "agree", "disagree", "unknown"
_FORM = ("full", "script", "tokens", "skeletons")


def explain(matches: pl.DataFrame, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the explanation of each of ``matches`` (they have the columns of PAIRS).

    ``connection`` is a database with the macros of sql/ and the table ``names`` of the run.
    """
    if matches.is_empty():
        return EXPLANATIONS.empty()
    forms = _with_forms(matches, connection)
    is_latin = (pl.col("script_l") == LATIN) & (pl.col("script_r") == LATIN)
    words = pl.concat([_in_latin(forms.filter(is_latin), connection), _by_sound(forms.filter(~is_latin))])
    told = forms.join(words, on=SIDES, how="left").with_columns(pl.col("words").fill_null([]))
    return EXPLANATIONS.conform(
        told.select(
            *SIDES,
            "words",
            steps=_steps(),
            form_l="full_l",
            form_r="full_r",
            supports=_fields(AGREE),
            against=_fields(DISAGREE),
            unknown=_fields(UNKNOWN),
        )
    )


def verdict(field: str) -> pl.Expr:
    """What the level of ``field`` says, by the convention of matching/link/model.py for names of levels."""
    level = pl.col(f"level_{field}")
    return (
        pl.when(level == "unknown")
        .then(pl.lit(UNKNOWN))
        .when(level.str.starts_with("different"))
        .then(pl.lit(DISAGREE))
        .otherwise(pl.lit(AGREE))
    )


def _fields(wanted: str) -> pl.Expr:
    return pl.concat_list(pl.when(verdict(field) == wanted).then(pl.lit(field)) for field in COMPARED).list.drop_nulls()


def _steps() -> pl.Expr:
    """The waterfall: the prior, then each field, then rivals on the same list, with the total so far."""
    prior = pl.struct(
        field=pl.lit("prior"),
        verdict=pl.lit(None, pl.String),
        level=pl.lit(None, pl.String),
        weight="weight_prior",
        total="weight_prior",
    )
    weights = ["weight_prior", *(f"weight_{field}" for field in COMPARED)]
    steps = [
        pl.struct(
            field=pl.lit(field),
            verdict=verdict(field),
            level=f"level_{field}",
            weight=f"weight_{field}",
            total=pl.sum_horizontal(weights[: place + 2]).round(6),
        )
        for place, field in enumerate(COMPARED)
    ]
    rivals = pl.struct(
        field=pl.lit("rivals"),
        verdict=pl.when(pl.col("weight_rivals") < 0).then(pl.lit(DISAGREE)),
        level=pl.lit(None, pl.String),
        weight="weight_rivals",
        total="match_weight",
    )
    return pl.concat_list(prior, *steps, rivals)


def _with_forms(matches: pl.DataFrame, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The matches with the two forms of their best pairing; nulls where no form agrees at all."""
    connection.register("matched", matches.select(*SIDES, "name_l", "name_r"))
    named: pl.DataFrame = connection.sql(
        "SELECT names.* FROM names"
        " WHERE record_id IN (SELECT record_id_l FROM matched UNION SELECT record_id_r FROM matched)"
    ).pl()
    connection.unregister("matched")
    for side in ("l", "r"):
        renamed = named.select("record_id", "name_no", *_FORM).rename({name: f"{name}_{side}" for name in _FORM})
        keys = {f"record_id_{side}": "record_id", f"name_{side}": "name_no"}
        matches = matches.join(renamed, left_on=list(keys), right_on=list(keys.values()), how="left")
    return matches


def _in_latin(forms: pl.DataFrame, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The words of forms in Latin letters: record_id_l, record_id_r, words."""
    spread = pl.concat(_spread(forms, side) for side in ("l", "r"))
    rarity_of_tokens(connection)
    connection.register("matched_words", spread)
    database.run_file(connection, "50_resolve/word_agreements")
    connection.unregister("matched_words")
    agreed: pl.DataFrame = connection.sql(
        "SELECT * FROM word_agreements ORDER BY record_id_l, record_id_r, position_l, position_r"
    ).pl()
    shown = agreed.select(
        *SIDES,
        words=pl.format(
            "{} {} {} ({})",
            "word_l",
            pl.when(pl.col("word_l") == pl.col("word_r")).then(pl.lit("=")).otherwise(pl.lit("≈")),
            "word_r",
            pl.col("bits").round(1),
        ),
    )
    rest = [
        spread.filter(side=side)
        .join(agreed, left_on=[*SIDES, "position"], right_on=[*SIDES, f"position_{side}"], how="anti")
        .group_by(SIDES, maintain_order=True)
        .agg(pl.col("word").str.join(" "))
        .select(*SIDES, words=pl.format("only on the {}: {}", pl.lit(name), "word"))
        for side, name in (("l", "left"), ("r", "right"))
    ]
    return pl.concat([shown, *rest]).group_by(SIDES, maintain_order=True).agg("words")


def _spread(forms: pl.DataFrame, side: str) -> pl.DataFrame:
    """One row per word of the forms of one side: record_id_l, record_id_r, side, position, word, skeleton."""
    words = forms.select(*SIDES, side=pl.lit(side), word=f"tokens_{side}", skeleton=f"skeletons_{side}")
    numbered = words.with_columns(position=pl.int_ranges(pl.col("word").list.len()))
    return numbered.explode("word", "skeleton", "position")


def _by_sound(forms: pl.DataFrame) -> pl.DataFrame:
    """The words of forms that are not both in Latin letters, as their comparison aligned them."""
    compared = compare_names(forms["full_l"].to_list(), forms["full_r"].to_list())
    return forms.select(*SIDES).with_columns(words=compared["explanation"].str.split("; "))

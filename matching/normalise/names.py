"""Name forms: from the text as published to script, romanisation, tokens, particles and skeletons.

Everything is computed once per distinct form, and Python runs only over distinct words.
"""

import numpy as np
import polars as pl

from matching.normalise.listing import Listing, listing
from matching.normalise.text import UNKNOWN_SCRIPT, cleaned, script_of
from matching.normalise.tokens import read_word, skeletons
from matching.normalise.words import AMBIGUOUS, PARTICLES, PLACEHOLDER_WORDS, PLACEHOLDERS, TITLES
from matching.tables import NAMES

# Of a record's forms that fold to the same tokens the strongest kind stands for all, in this order.
KIND_STRENGTH = ("primary", "original_script", "alias", "former", "weak_alias")

_APOSTROPHE = r"['’‘ʼʻ`´ʿʾʹ＇׳״\"“”]"
_NOT_WORD = r"[^\p{L}\p{M}\p{N}]+"
_NOT_LETTERS = r"[^\p{L}\p{M}]+"
_LATIN_ONLY = r"^[\p{Latin}\P{L}]*\p{Latin}[\p{Latin}\P{L}]*$"
_ARTICLE = "al"

_READ = ("script", "romanised", "tokens", "particles", "skeletons")
_FORM = pl.Schema([("form", pl.String), *((name, NAMES.schema[name]) for name in _READ)])


def read_forms(forms: pl.Series) -> pl.DataFrame:
    """Read distinct name forms: one row per form that names someone, with the columns of ``NAMES`` that follow from it.

    Returns columns form (as given), script, romanised, tokens, particles, skeletons. Placeholders ("unknown", "-",
    "fnu") give no row. Row order is that of ``forms``.
    """
    texts = pl.DataFrame({"form": forms.cast(pl.String)}).drop_nulls().unique(maintain_order=True)
    texts = texts.with_columns(clean=cleaned(pl.col("form"))).with_row_index("position")
    words = _words(texts)
    if words.is_empty():
        return _FORM.to_frame()
    words = words.join(_read_words(words["word"]), on="word", how="left", maintain_order="left")
    tokens = _tokens(words)
    read = texts.join(_scripts(texts["clean"]), on="clean", how="left").join(tokens, on="position", how="inner")
    read = read.with_columns(romanised=pl.when(pl.col("script") == "Latn").then("clean").otherwise("shown"))
    return read.filter(~_is_placeholder()).sort("position").select(_FORM.names())


def split_words(forms: pl.Series) -> Listing:
    """Return the words of each form, cleaned: letters and marks only, apostrophes closed up, parted at all else."""
    rows = pl.DataFrame({"form": forms.cast(pl.String)}).select(word=words_of(pl.col("form"))).with_row_index("row")
    places = rows.explode("word").filter(pl.col("word") != "")
    vocabulary = places["word"].unique(maintain_order=True)
    known = pl.DataFrame({"word": vocabulary, "number": np.arange(len(vocabulary), dtype=np.int64)})
    places = places.join(known, on="word", how="left", maintain_order="left")
    owner = places["row"].cast(pl.Int64).to_numpy()
    return listing(vocabulary.to_list(), places["number"].to_numpy(), owner, len(rows))


def words_of(form: pl.Expr) -> pl.Expr:
    """Give the list of words of a form, as ``split_words`` does; a form without letters has one empty word."""
    plain = cleaned(form).str.replace_all(_APOSTROPHE, "").str.replace_all(_NOT_LETTERS, " ")
    return plain.str.strip_chars(" ").str.split(" ")


def _words(texts: pl.DataFrame) -> pl.DataFrame:
    """One row per word of each text, in order: position of the text, place of the word."""
    plain = pl.col("clean").str.replace_all(_APOSTROPHE, "").str.replace_all(_NOT_WORD, " ").str.strip_chars(" ")
    split = texts.select("position", word=plain.str.split(" ")).explode("word").filter(pl.col("word") != "")
    return split.with_columns(place=pl.int_range(pl.len()).over("position"), words=pl.len().over("position"))


def _read_words(words: pl.Series) -> pl.DataFrame:
    """Romanised text, tokens and article of each distinct word."""
    distinct = words.unique(maintain_order=True).to_list()
    read = [read_word(word) for word in distinct]
    return pl.DataFrame(
        {
            "word": distinct,
            "shown": [word.romanised for word in read],
            "token": [" ".join(word.tokens) for word in read],
            "has_article": [word.has_article for word in read],
        },
        schema={"word": pl.String, "shown": pl.String, "token": pl.String, "has_article": pl.Boolean},
    ).with_columns(pl.col("token").str.split(" "))


def _role(token: pl.Expr) -> pl.Expr:
    """Whether a token is set aside: an article, a title, or a particle by its place."""
    last = pl.col("place") == pl.col("words") - 1
    small = token.is_in(list(AMBIGUOUS)) & ~last & (pl.col("words") > 2)
    return (token.is_in(list(PARTICLES)) & ~last) | token.is_in(list(TITLES)) | small


def _tokens(words: pl.DataFrame) -> pl.DataFrame:
    """Tokens, particles, skeletons and romanised words of each text; a text of nothing but particles keeps them."""
    apart = words.explode("token").filter(pl.col("token").is_not_null() & (pl.col("token") != ""))
    apart = apart.filter(~(pl.col("token").is_in(list(PLACEHOLDER_WORDS)) & (pl.col("words") > 1)))
    apart = apart.with_columns(aside=_role(pl.col("token")))
    apart = apart.with_columns(aside=pl.col("aside") & ~pl.col("aside").all().over("position"))
    distinct = apart["token"].unique(maintain_order=True)
    found = pl.DataFrame({"token": distinct, "skeleton": pl.Series(skeletons(distinct.to_list()), dtype=pl.String)})
    apart = apart.join(found, on="token", how="left", maintain_order="left")
    per_text = apart.group_by("position", maintain_order=True).agg(
        tokens=pl.col("token").filter(~pl.col("aside")),
        particles=pl.col("token").filter(pl.col("aside")),
        articles=pl.lit(_ARTICLE).repeat_by(pl.col("has_article").sum()).first(),
        skeletons=pl.col("skeleton").filter(~pl.col("aside")),
    )
    shown = words.group_by("position", maintain_order=True).agg(shown=pl.col("shown").str.join(" "))
    return per_text.join(shown, on="position").with_columns(
        particles=pl.col("particles").list.concat("articles").list.sort()
    )


def _scripts(texts: pl.Series) -> pl.DataFrame:
    """Script of each distinct text; most are Latin, which one expression finds."""
    distinct = pl.DataFrame({"clean": texts.unique(maintain_order=True)})
    is_latin = distinct["clean"].str.contains(_LATIN_ONLY)
    others = distinct.filter(~is_latin)
    scripts = others.with_columns(script=pl.Series([script_of(text) for text in others["clean"]], dtype=pl.String))
    return pl.concat([distinct.filter(is_latin).with_columns(script=pl.lit("Latn")), scripts])


def _is_placeholder() -> pl.Expr:
    nothing = pl.col("tokens").list.join("").is_in(list(PLACEHOLDERS | PLACEHOLDER_WORDS))
    return nothing | (pl.col("script") == UNKNOWN_SCRIPT) | (pl.col("tokens").list.len() == 0)


def names_of(records: pl.DataFrame) -> pl.DataFrame:
    """Return the NAMES rows of ``records``: one per distinct form; ``name_no`` is its place in the record's list.

    Forms of a record that fold to the same script, tokens and particles are one: the strongest kind stands for them.
    """
    listed = (
        records.select("record_id", pl.col("names"))
        .explode("names")
        .drop_nulls("names")
        .unnest("names")
        .select("record_id", "kind", full=_full(), name_no=pl.int_range(pl.len(), dtype=pl.Int32).over("record_id"))
    )
    read = read_forms(listed["full"])
    strength = pl.col("kind").replace_strict({kind: rank for rank, kind in enumerate(KIND_STRENGTH)})
    rows = listed.join(read, left_on="full", right_on="form", how="inner")
    rows = rows.sort("record_id", strength, "name_no")
    rows = rows.unique(["record_id", "script", "tokens", "particles"], keep="first", maintain_order=True)
    return NAMES.conform(rows.select(NAMES.columns.keys()))


def _full() -> pl.Expr:
    """The form as published; where a publisher gives only parts, the parts in reading order."""
    parts = pl.concat_str("given", "patronymic", "family", "other", separator=" ", ignore_nulls=True)
    return pl.when(pl.col("full").fill_null("").str.strip_chars() != "").then("full").otherwise(parts)

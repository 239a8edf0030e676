"""The comparison vector of each candidate pair: a grade per field, and how rare the shared name is."""

import math
from typing import NamedTuple

import duckdb
import numpy as np
import polars as pl

from matching import database
from matching.link import blocking, pairings
from matching.link.align import TokenForms, aligned, token_forms
from matching.link.model import Model
from matching.link.pairings import Borne, Numbers
from matching.normalise.compare import TOLD, compare_forms
from matching.normalise.forms import parse_forms


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what both blocking and comparing need: token rarity and distinct name forms."""
    rarity_of_tokens(connection)
    make_forms(connection)


def make_forms(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the distinct name forms of the table ``names``, and which each record bears; reads ``token_rarity``."""
    _run(connection, ("forms", "record_forms"))


def rarity_of_tokens(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``token_rarity`` of the table ``names``."""
    _run(connection, ("token_rarity",))


class Forms(NamedTuple):
    """The names of all records as arrays: which forms each bears, and the tokens of each form."""

    borne: Borne
    tokens: TokenForms


def read_forms(connection: duckdb.DuckDBPyConnection) -> Forms:
    """Read the forms that ``prepare`` made."""
    forms = connection.sql("SELECT tokens, skeletons, total_bits, joined FROM forms ORDER BY form_id").pl()
    rarity = connection.sql("SELECT token, bits, skeleton_bits FROM token_rarity").pl()
    return Forms(pairings.read_borne(connection), token_forms(forms, rarity))


def gather_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the names and documents of all candidate pairs: what no model changes."""
    compare_names(connection, read_forms(connection))
    compare_documents(connection)


def compare_names(connection: duckdb.DuckDBPyConnection, forms: Forms) -> None:
    """Register ``name_comparisons``, how all forms that meet in ``candidate_pairs`` compare: form_l, form_r, grade,
    similarity and rarity_bits of those that agree in something.

    Forms in Latin letters are compared by their tokens (align.py), all others by matching/normalise/compare.py.
    """
    met = pairings.form_pairs(connection, forms.borne)
    others = pl.DataFrame({"form_l": met.left, "form_r": met.right}).filter(~met.is_latin)
    connection.register("form_pairs", others)
    _run(connection, ("forms_across_scripts",))
    across = _compared(connection.sql("SELECT * FROM forms_across_scripts ORDER BY form_l, form_r").pl())
    connection.register("compared_across_scripts", across)
    _run(connection, ("names_across_scripts",))
    connection.unregister("compared_across_scripts")
    connection.unregister("form_pairs")
    latin = _aligned(forms.tokens, met.left[met.is_latin], met.right[met.is_latin])
    heard = connection.sql(_HEARD).pl()
    connection.register("name_comparisons", pl.concat([latin, heard.cast(latin.schema)]))


_HEARD = "SELECT form_l, form_r, grade, similarity, rarity_bits FROM names_across_scripts ORDER BY form_l, form_r"


def compare_documents(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``identifier_evidence`` of ``candidate_pairs``."""
    _run(connection, ("identifier_evidence",))


def compare(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Make ``comparison_vectors`` (one row per candidate pair) of the evidence and return ``vectors``, the distinct ones."""
    compare_pairs(connection, model, pairings.read_borne(connection))
    return distinct_vectors(connection)


def compare_pairs(connection: duckdb.DuckDBPyConnection, model: Model, borne: Borne) -> None:
    """Make ``comparison_vectors`` of the evidence.

    The model decides which of several name pairings is the best, by what its levels tell.
    """
    register_levels(connection, model)
    pairings.find_best_pairings(connection, borne)
    put_together(connection)


def register_levels(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Register ``name_level_bits``: what the levels of names tell under ``model``."""
    connection.register("name_level_bits", pl.DataFrame(model.name_levels(count_persons(connection))))


def put_together(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``comparison_vectors`` of ``candidate_pairs`` and the evidence of their names and documents."""
    _run(connection, ("comparison_vectors",))


def distinct_vectors(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Make ``vectors`` of ``comparison_vectors`` and return them: each distinct one, with how many pairs have it."""
    _run(connection, ("vectors",))
    vectors: pl.DataFrame = connection.sql("SELECT * FROM vectors ORDER BY vector_id").pl()
    return vectors


def _aligned(forms: TokenForms, left: Numbers, right: Numbers) -> pl.DataFrame:
    """Compare forms in Latin letters, by number, by their tokens: a row per pair that agrees in something."""
    kept, bits, similarity, grades = aligned(forms, left.astype(np.int64) - 1, right.astype(np.int64) - 1)
    return pl.DataFrame({
        "form_l": left[kept], "form_r": right[kept], "grade": grades.astype(np.int32), "similarity": similarity,
        "rarity_bits": bits,
    })  # fmt: skip


def _compared(pairs: pl.DataFrame) -> pl.DataFrame:
    """Compare forms that are not both in Latin letters: one row per pair, see sql/40_link/names_across_scripts.sql."""
    forms = np.concatenate([pairs[side].to_numpy() for side in ("form_l", "form_r")])
    _, first, places = np.unique(forms, return_index=True, return_inverse=True)
    texts = pl.concat([pairs["text_l"], pairs["text_r"]]).gather(first)
    left, right = places[: len(pairs)], places[len(pairs) :]
    found = compare_forms(parse_forms(texts.to_list()), left, right)
    told = {name: found.told[:, place] for place, name in enumerate(TOLD)}
    everything = told["shared_rarity"] + told["left_out_rarity"]
    is_whole = told["whole"] > told["matched"]
    tells = np.where(is_whole, everything * np.clip(told["whole_quality"], 0, 1), told["shared_rarity"])
    return pairs.select("form_l", "form_r").with_columns(
        score=found.score,
        is_same=found.are_same(),
        tells=tells,
        share=tells / np.maximum(everything, 1e-9),
        latin_is_l=found.latin == left,
    )


def count_persons(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many records are linked, in steps of a quarter of a doubling (see ``incremental.py``)."""
    return in_steps(blocking.count_persons(connection))


def in_steps(count: int) -> int:
    """Return ``count`` to the nearest quarter of a doubling, as sql/macros/bits_of_count.sql has it.

    >>> [in_steps(count) for count in (0, 1, 2, 3, 1000, 12307, 12700)]
    [0, 1, 2, 3, 1024, 11585, 13777]
    """
    return round(2 ** (round(4 * math.log2(count)) / 4)) if count else 0


def _run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    for name in names:
        database.run_file(connection, f"40_link/{name}")

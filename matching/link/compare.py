"""The comparison vector of each candidate pair: a grade per field, and how rare the shared name is."""

import math

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from matching import database
from matching.link import blocking, pairings
from matching.link.align import aligned, token_forms
from matching.link.model import Model
from matching.normalise.compare import TOLD, compare_forms
from matching.normalise.forms import parse_forms

BEFORE_BLOCKING = ("forms", "record_forms")
_TO_ALIGN = """
SELECT tokens, skeletons, total_bits, joined
FROM forms
JOIN used_forms USING (form_id)
ORDER BY form_id
"""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what both blocking and comparing need: token rarity and distinct name forms."""
    rarity_of_tokens(connection)
    _run(connection, BEFORE_BLOCKING)


def rarity_of_tokens(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``token_rarity`` of the table ``names``."""
    _run(connection, ("token_rarity",))


def gather_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the names and documents of all candidate pairs: what no model changes."""
    compare_names(connection)
    compare_documents(connection)


def compare_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``name_comparisons`` of all forms that meet in ``candidate_pairs``."""
    pairings.find_form_pairs(connection)
    _run(connection, ("forms_across_scripts",))
    across = _compared(connection.sql("SELECT * FROM forms_across_scripts ORDER BY form_l, form_r").pl())
    connection.register("compared_across_scripts", across)
    connection.register("aligned_forms", _aligned(connection))
    _run(connection, ("names_across_scripts", "name_comparisons"))
    connection.unregister("compared_across_scripts")
    connection.unregister("aligned_forms")


def compare_documents(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``identifier_evidence`` of ``candidate_pairs``."""
    _run(connection, ("identifier_evidence",))


def compare(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Make ``comparison_vectors`` (one row per candidate pair) of the evidence and return ``vectors``, the distinct ones."""
    compare_pairs(connection, model)
    return distinct_vectors(connection)


def compare_pairs(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Make ``comparison_vectors`` of the evidence.

    The model decides which of several name pairings is the best, by what its levels tell.
    """
    register_levels(connection, model)
    pairings.find_best_pairings(connection)
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


def _aligned(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Compare forms in Latin letters by their tokens: one row per pair that agrees in something."""
    pairs = connection.sql("SELECT form_l, form_r FROM form_pairs WHERE is_latin").pl()
    left, right = (pairs[side].to_numpy().astype(np.int64) for side in ("form_l", "form_r"))
    used, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    connection.register("used_forms", pl.DataFrame({"form_id": used}))
    forms = connection.sql(_TO_ALIGN).pl()
    connection.unregister("used_forms")
    left_rows, right_rows = places[: len(left)], places[len(left) :]
    kept, bits, similarity, grades = aligned(token_forms(_with_bits(connection, forms)), left_rows, right_rows)
    return pl.DataFrame(
        {
            "form_l": left[kept].astype(np.uint32),
            "form_r": right[kept].astype(np.uint32),
            "rarity_bits": bits,
            "similarity": similarity,
            "grade": grades.astype(np.int32),
        }
    )


def _with_bits(connection: duckdb.DuckDBPyConnection, forms: pl.DataFrame) -> pl.DataFrame:
    """``forms`` with bits and skeleton_bits, a number for each of their tokens."""
    rarity = connection.sql("SELECT token, bits, skeleton_bits FROM token_rarity").pl()
    tokens = forms.select(token=pl.col("tokens").explode(empty_as_null=False)).join(
        rarity, on="token", how="left", maintain_order="left"
    )
    ends = forms.select(pl.lit(0).append(pl.col("tokens").list.len().cum_sum()).cast(pl.Int64)).to_series().to_arrow()
    return forms.with_columns(
        pl.Series(name, pa.LargeListArray.from_arrays(ends, tokens[name].to_arrow()))
        for name in ("bits", "skeleton_bits")
    )


def _compared(pairs: pl.DataFrame) -> pl.DataFrame:
    """Compare forms that are not both in Latin letters: one row per pair, see sql/40_link/names_across_scripts.sql."""
    texts = pl.concat([pairs["text_l"], pairs["text_r"]]).unique(maintain_order=True)
    number = pl.DataFrame({"text": texts, "number": np.arange(len(texts), dtype=np.int64)})
    left, right = (
        pairs.join(number, left_on=side, right_on="text", how="left", maintain_order="left")["number"].to_numpy()
        for side in ("text_l", "text_r")
    )
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

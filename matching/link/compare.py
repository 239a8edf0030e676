"""The comparison vector of each candidate pair: a grade per field, and how rare the shared name is."""

import duckdb
import numpy as np
import polars as pl

from matching import database
from matching.link.model import Model
from matching.normalise.compare import TOLD, compare_forms
from matching.normalise.forms import parse_forms

BEFORE_BLOCKING = ("token_rarity", "forms", "record_forms")
FORMS_TO_COMPARE = ("form_pairs", "forms_across_scripts")
EVIDENCE = (
    "names_across_scripts",
    "name_comparisons",
    "birth_evidence",
    "country_evidence",
    "birth_place_evidence",
    "identifier_evidence",
)
UNDER_A_MODEL = ("name_evidence", "comparison_vectors", "vectors")


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what both blocking and comparing need: token rarity and distinct name forms."""
    _run(connection, BEFORE_BLOCKING)


def gather_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the names, births, countries, places and documents of all candidate pairs: what no model changes."""
    _run(connection, FORMS_TO_COMPARE)
    across = _compared(connection.sql("SELECT * FROM forms_across_scripts ORDER BY form_l, form_r").pl())
    connection.register("compared_across_scripts", across)
    _run(connection, EVIDENCE)
    connection.unregister("compared_across_scripts")


def compare(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Make ``comparison_vectors`` (one row per candidate pair) of the evidence and return ``vectors``, the distinct ones.

    The model decides which of several name pairings is the best, by what its levels tell.
    """
    connection.register("name_level_bits", pl.DataFrame(model.name_levels(count_persons(connection))))
    _run(connection, UNDER_A_MODEL)
    connection.unregister("name_level_bits")
    vectors: pl.DataFrame = connection.sql("SELECT * FROM vectors ORDER BY vector_id").pl()
    return vectors


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
    """Return how many records are linked."""
    return int(connection.sql("SELECT count(*) FROM persons").fetchall()[0][0])


def _run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    for name in names:
        database.run_file(connection, f"40_link/{name}")

"""The comparison vector of each candidate pair: a grade per field, and how rare the shared name is."""

import duckdb
import polars as pl

from matching import database
from matching.link.model import Model

BEFORE_BLOCKING = ("token_rarity", "forms", "record_forms")
EVIDENCE = (
    "name_comparisons",
    "name_evidence",
    "birth_evidence",
    "country_evidence",
    "birth_place_evidence",
    "identifier_evidence",
    "comparison_vectors",
    "vectors",
)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what both blocking and comparing need: token rarity and distinct name forms."""
    _run(connection, BEFORE_BLOCKING)


def compare(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Make ``comparison_vectors`` (one row per candidate pair) and return ``vectors``, the distinct ones.

    The model decides which of several name pairings is the best, by what its levels tell.
    """
    connection.register("name_level_bits", pl.DataFrame(model.name_levels(count_persons(connection))))
    _run(connection, EVIDENCE)
    connection.unregister("name_level_bits")
    vectors: pl.DataFrame = connection.sql("SELECT * FROM vectors ORDER BY vector_id").pl()
    return vectors


def count_persons(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many records are linked."""
    return int(connection.sql("SELECT count(*) FROM persons").fetchall()[0][0])


def _run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    for name in names:
        database.run_file(connection, f"40_link/{name}")

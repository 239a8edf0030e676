"""Scored pairs of gathered evidence: each by itself under the model, then as part of its two lists.

Enters: a database with evidence gathered, and a model. Leaves: ``pairs``.
"""

import duckdb
import polars as pl

from matching import database
from matching.link import compare, overlap, predict
from matching.link.model import Model
from matching.tables import PAIRS


def score(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Weigh the evidence of the candidate pairs of ``connection`` (from ``normalised``) under ``model``."""
    vectors = compare.compare(connection, model)
    if vectors.is_empty():
        return PAIRS.empty()
    records = compare.count_persons(connection)
    weights = predict.weigh(vectors, model, records=records)
    connection.register("vector_weights", weights)
    connection.register("level_names", pl.DataFrame({"levels": [model.level_names()]}))
    database.run_file(connection, "40_link/scored_pairs")
    persons = dict(connection.sql("SELECT source, count(*) FROM persons GROUP BY source").fetchall())
    pairs = connection.sql("SELECT * FROM scored_pairs ORDER BY record_id_l, record_id_r").pl()
    return PAIRS.conform(overlap.weigh_lists(pairs, persons, prior=model.prior(records)))

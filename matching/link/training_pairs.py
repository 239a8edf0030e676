"""The candidate pairs that training reads, and what they weigh under a model.

Enters: a database with gathered evidence. Leaves: one row per pair whose names share two tokens, or sound alike.
"""

import duckdb
import polars as pl

from matching import database
from matching.link import compare, predict
from matching.link.judgements import SIDES
from matching.link.model import Model
from matching.link.splink_model import VECTOR_ID


def training_pairs(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Return vector_id, the ids, grades and rarity of each pair, and whether one list holds both, under ``model``."""
    compare.compare(connection, model)
    database.run_file(connection, "40_link/training_pairs")
    pairs: pl.DataFrame = connection.sql("SELECT * FROM training_pairs ORDER BY vector_id").pl()
    return pairs


def scored_pairs(pairs: pl.DataFrame, model: Model, *, records: int) -> pl.DataFrame:
    """Return ``pairs`` (as ``training_pairs`` gives them) with the columns of ``predict.weigh``."""
    weights = predict.weigh(pairs.drop(SIDES), model, records=records)
    return pairs.join(weights, on=VECTOR_ID, how="left", maintain_order="left")

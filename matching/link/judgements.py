"""Judgements: pairs whose answer a person has given.

Enters: a CSV or Parquet file with id_l, id_r, verdict. Leaves: one row per pair, the ids in the order that ``pairs`` has
them, or the comparison vectors of those that are candidate pairs.
"""

import hashlib
from pathlib import Path

import duckdb
import polars as pl

from matching.errors import UsageError

SAME, DIFFERENT, CANNOT_TELL = "same", "different", "cannot_tell"
VERDICTS = (SAME, DIFFERENT, CANNOT_TELL)
COLUMNS = ("id_l", "id_r", "verdict")
SIDES = ("record_id_l", "record_id_r")
KEPT_BACK = 5
"""Of so many judgements no model is trained on one, so that every model can be held against some from its first day on. A
fifth is usual; of the 500 judgements that a unit has within months it leaves the hundred that an error is told from."""
SCHEMA = pl.Schema({"record_id_l": pl.String, "record_id_r": pl.String, "verdict": pl.String})


def read_judgements(path: Path) -> pl.DataFrame:
    """Return record_id_l, record_id_r, verdict of the file ``path``; of a pair that was judged twice, the last.

    Raises UsageError where the file cannot be read, lacks a column, or has another verdict than VERDICTS.
    """
    try:
        rows = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(
            f"cannot read judgements {path} ({type(error).__name__}): give a CSV file with {', '.join(COLUMNS)}"
        ) from error
    missing = [column for column in COLUMNS if column not in rows.columns]
    if missing:
        raise UsageError(f"judgements {path} lack {', '.join(missing)}: the columns are {', '.join(COLUMNS)}")
    known = rows.select(pl.col(column).cast(pl.String).str.strip_chars() for column in COLUMNS)
    unknown = known.filter(~pl.col("verdict").is_in(VERDICTS) | pl.any_horizontal(pl.all().is_null()))
    if unknown.height:
        raise UsageError(
            f"{unknown.height} judgements of {path} have no verdict of {', '.join(VERDICTS)} or lack an id: write one"
        )
    return in_order(known.rename({"id_l": SIDES[0], "id_r": SIDES[1]})).unique(SIDES, keep="last", maintain_order=True)


def in_order(judged: pl.DataFrame) -> pl.DataFrame:
    """Return ``judged`` with the smaller id on the left, as ``pairs`` has it."""
    return judged.with_columns(
        pl.min_horizontal(*SIDES).alias(SIDES[0]), pl.max_horizontal(*SIDES).alias(SIDES[1])
    ).sort(SIDES, maintain_order=True)


def to_train_on(judged: pl.DataFrame) -> pl.DataFrame:
    """Return the judgements that models are trained on: all but those kept back."""
    return judged.filter(~_is_kept_back(judged))


def kept_back(judged: pl.DataFrame) -> pl.DataFrame:
    """Return the judgements that no model is trained on: one in KEPT_BACK, by a hash of the pair.

    A pair that is kept back once is so for every model, or a later model would have seen what an earlier one was tested on.
    """
    return judged.filter(_is_kept_back(judged))


def _is_kept_back(judged: pl.DataFrame) -> pl.Series:
    hashes = [hashlib.sha256("\n".join(pair).encode()).digest() for pair in judged.select(SIDES).rows()]
    return pl.Series([int.from_bytes(one[:8]) % KEPT_BACK == 0 for one in hashes], dtype=pl.Boolean)


def judged_vectors(connection: duckdb.DuckDBPyConnection, judgements: pl.DataFrame) -> pl.DataFrame:
    """Return vector_id, verdict and the grades of the judged pairs that are candidate pairs of ``connection``."""
    connection.register("judgements", judgements)
    found: pl.DataFrame = connection.sql(
        "SELECT row_number() OVER (ORDER BY pairs.record_id_l, pairs.record_id_r) AS vector_id, judgements.verdict,"
        " pairs.* EXCLUDE (blocking_rule, name_l, name_r, name_similarity, rarity_bits, token_bits)"
        " REPLACE (l.record_id AS record_id_l, r.record_id AS record_id_r) FROM comparison_vectors AS pairs"
        " JOIN record_numbers AS l ON l.number = pairs.record_id_l"
        " JOIN record_numbers AS r ON r.number = pairs.record_id_r"
        " JOIN judgements ON judgements.record_id_l = l.record_id AND judgements.record_id_r = r.record_id"
        " ORDER BY vector_id"
    ).pl()
    connection.unregister("judgements")
    return found

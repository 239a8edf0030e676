"""Linking only what changed: pairs of the run before that cannot have changed are taken over, the others are scored.

What a pair weighs by itself follows from four things and no other:

    what its two records say         names, births, countries, documents, birth places, sex
    how rare the tokens of both are  counted over all lists (sql/40_link/token_rarity.sql)
    how many records there are       the prior and kin; counted in steps, see ``compare.count_persons``
    the model and the code           and the libraries, see ``code_id``

and whether it is kept from how large the lists are, in steps (likely.py).

Blocking is done afresh in every run, so which pairs there are, and by which rule, never comes from the run before. A pair
that was scored then is taken over where both its records say what they said and none of their tokens has become rarer or
commoner; where the steps of the count, the model or the code differ, nothing is. So the pairs are those of a full run, to
the byte (tests/link/test_incremental.py).

What the lists as wholes tell (overlap.py) is worked out afresh over all pairs.

Rarities and the count move in steps of a quarter of a doubling: a record more among thousands would otherwise move every
weight by some billionth, and nothing could be taken over.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from matching import database, ledger, project
from matching.errors import WorkspaceError
from matching.link.compare import count_persons
from matching.link.keys import Keyed, are_in, pair_keys, table_of
from matching.link.likely import Floors
from matching.link.model import Model
from matching.log import event
from matching.tables import PAIRS
from matching.workspace import read_json, write_json, write_parquet

STATE = Path("40_pairs") / "state"
"""Where a run keeps what its pairs were made of."""
_PARTS = ("token_rarity", "record_contents", "unlikely_pairs")
_PAIRS, _UNLIKELY = "scored_pairs", "unlikely_pairs"
NOT_SCORED = pl.Schema({"record_id_l": pl.UInt32(), "record_id_r": pl.UInt32()})
"""Pairs that were not likely enough to keep (likely.py), by the numbers of their records."""
EACH = pl.Schema({name: dtype for name, dtype in PAIRS.schema.items() if name != "weight_rivals"})
"""A pair weighed by itself, before the lists as wholes are (overlap.py)."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """The run whose pairs may be taken over, by its folder."""

    folder: Path

    def part(self, name: str) -> Path:
        """Where a part of its state stands."""
        return self.folder / STATE / f"{name}.parquet"

    def is_of(self, made_of: dict[str, object]) -> bool:
        """Whether its pairs were made under the same model, code and count of records, and are all there."""
        if not all(self.part(part).exists() for part in (*_PARTS, _PAIRS)):
            return False
        try:
            found = read_json(self.folder / STATE / "made_of.json")
        except WorkspaceError:
            return False
        return bool(found == made_of)


def find_touched(
    connection: duckdb.DuckDBPyConnection, model: Model, floors: Floors, *, before: Before | None
) -> Keyed:
    """Make ``scored_pairs_before`` and ``touched_records``: what ``before`` scored, and whose pairs may score otherwise now.

    Reads the tables of ``stage.loaded`` and ``compare.prepare``. Returns the pairs that were not likely enough before and
    that nothing touched (see ``keys.table_of``). Without a run before, or one of another making, nothing was scored.
    """
    database.run_file(connection, "40_link/record_contents")
    if before is None or not before.is_of(made_of(connection, model, floors)):
        nothing = pl.DataFrame(schema={**EACH, "number_l": pl.UInt32(), "number_r": pl.UInt32()})
        connection.register("nothing_scored", nothing)
        connection.sql("CREATE TABLE scored_pairs_before AS FROM nothing_scored")
        connection.sql("CREATE TABLE touched_records AS SELECT record_id FROM persons")
        return table_of(np.empty(0, np.uint64))
    connection.read_parquet(str(before.part("token_rarity"))).create_view("token_rarity_before")
    for part in ("record_contents", _PAIRS):
        connection.read_parquet(str(before.part(part))).create_view(f"stored_{part}_before")
        database.run_file(connection, f"40_link/{part}_before")
    database.run_file(connection, "40_link/touched_records")
    return table_of(_untouched(connection, pl.read_parquet(before.part(_UNLIKELY))))


def _untouched(connection: duckdb.DuckDBPyConnection, pairs: pl.DataFrame) -> Keyed:
    """Of pairs of the run before those of untouched records that there still are, by today's numbers."""
    numbers = connection.sql(_NUMBERS).pl()
    today = np.zeros(int(numbers["before"].max() or 0) + 1, dtype=np.uint32)
    today[numbers["before"].to_numpy()] = numbers["today"].to_numpy()
    left, right = (np.append(today, 0)[np.minimum(pairs[side].to_numpy(), len(today))] for side in NOT_SCORED)
    found: Keyed = pair_keys(left, right)[(left > 0) & (right > 0)]
    return found


_NUMBERS = """
SELECT stored_record_contents_before.number AS before, record_numbers.number AS today
FROM stored_record_contents_before
JOIN record_numbers USING (record_id)
ANTI JOIN touched_records ON touched_records.record_id = record_numbers.number
"""


def set_known_aside(connection: duckdb.DuckDBPyConnection, unlikely: Keyed) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take from ``candidate_pairs`` those of the run before that nothing touched: returns them as it scored them (EACH), and
    those that are not likely enough (NOT_SCORED), by ``unlikely`` of ``find_touched``."""
    if not _count(connection, "scored_pairs_before") and not unlikely.any():
        return pl.DataFrame(schema=EACH), pl.DataFrame(schema=NOT_SCORED)
    for query in ("known_pairs", "pairs_to_score"):
        database.run_file(connection, f"40_link/{query}")
    database.replace(connection, "candidate_pairs", by="pairs_to_score")
    known: pl.DataFrame = connection.sql("SELECT * FROM known_pairs").pl()
    pairs: pl.DataFrame = connection.sql("FROM candidate_pairs").pl()
    is_unlikely = pl.Series(are_in(pair_keys(*(pairs[side].to_numpy() for side in NOT_SCORED)), unlikely))
    if is_unlikely.any():
        connection.register("still_to_score", pairs.filter(~is_unlikely))
        connection.sql("CREATE OR REPLACE TABLE candidate_pairs AS FROM still_to_score")
        connection.unregister("still_to_score")
    return (
        known.select(pl.col(name).cast(dtype) for name, dtype in EACH.items()),
        pairs.filter(is_unlikely).select(pl.col(name).cast(dtype) for name, dtype in NOT_SCORED.items()),
    )


def report(connection: duckdb.DuckDBPyConnection, known: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return all that ``set_known_aside`` took over, and log how many pairs that are."""
    taken_over = pl.concat(known)
    event("pairs_taken_over", pairs=taken_over.height, records_touched=_count(connection, "touched_records"))
    return taken_over


def keep_state(
    connection: duckdb.DuckDBPyConnection, scored: pl.DataFrame, unlikely: pl.DataFrame, folder: Path,
    of: Mapping[str, object],
) -> None:  # fmt: skip
    """Keep in ``folder`` what the next run needs to know what changed: ``scored``, its pairs weighed each by itself (EACH),
    those that are not likely enough (NOT_SCORED), and what they were made of (``made_of``)."""
    write_parquet(folder / STATE / f"{_PAIRS}.parquet", scored)
    write_parquet(folder / STATE / f"{_UNLIKELY}.parquet", unlikely)
    write_parquet(folder / STATE / "token_rarity.parquet", connection.sql("FROM token_rarity ORDER BY token").pl())
    write_parquet(folder / STATE / "record_contents.parquet", connection.sql(_CONTENTS).pl())
    write_json(folder / STATE / "made_of.json", of)


_CONTENTS = """
SELECT record_numbers.record_id, record_numbers.number, record_contents.content
FROM record_contents
JOIN record_numbers ON record_numbers.number = record_contents.record_id
ORDER BY record_numbers.record_id
"""


@cache
def code_id() -> str:
    """Hash of all that decides a score beside the records and the model: the code, its data, SQL and libraries."""
    package = project.PACKAGE
    files = [path for part in ("link", "normalise") for path in (package / part).rglob("*") if path.is_file()]
    files += project.folder("sql").rglob("*.sql")
    digest = hashlib.sha256(ledger.versions().encode())
    for path in sorted(path for path in files if "__pycache__" not in path.parts):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def made_of(connection: duckdb.DuckDBPyConnection, model: Model, floors: Floors) -> dict[str, object]:
    """What must be the same for the pairs of a run to be taken over."""
    return {
        "model_id": model.model_id, "code_id": code_id(), "records": count_persons(connection), "floors": floors.told(),
    }  # fmt: skip


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0])

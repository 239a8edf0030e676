"""Linking only what changed: pairs of the run before that cannot have changed are taken over, the others are scored.

What a pair weighs by itself follows from four things and no other:

    what its two records say         names, births, countries, documents, birth places, sex
    how rare the tokens of both are  counted over all lists (sql/40_link/token_rarity.sql)
    how many records there are       the prior and kin; counted in steps, see ``compare.count_persons``
    the model and the code           and the libraries, see ``code_id``

Blocking is done afresh in every run, so which pairs there are, and by which rule, never comes from the run before. A pair
that was scored then is taken over where both its records say what they said and none of their tokens has become rarer or
commoner; where the steps of the count, the model or the code differ, nothing is. So the pairs are those of a full run, to
the byte (tests/link/test_incremental.py).

What the lists as wholes tell (overlap.py) is worked out afresh over all pairs.

Rarities and the count move in steps of a quarter of a doubling: a record more among thousands would otherwise move every
weight by some billionth, and nothing could be taken over.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from matching import database, ledger, project
from matching.errors import WorkspaceError
from matching.link.compare import count_persons
from matching.link.model import Model
from matching.log import event
from matching.tables import PAIRS
from matching.workspace import read_json, write_json, write_parquet

STATE = Path("40_pairs") / "state"
"""Where a run keeps what its pairs were made of."""
_PARTS = ("token_rarity", "record_contents")
_PAIRS = "scored_pairs"
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


def set_known_aside(connection: duckdb.DuckDBPyConnection, model: Model, *, before: Before | None) -> None:
    """Make ``known_pairs``, those that ``before`` scored and nothing touched, and take them from ``candidate_pairs``.

    Reads the tables that ``stage.normalised`` makes. Without a run before, or one of another making, none is known.
    """
    database.run_file(connection, "40_link/record_contents")
    if before is None or not before.is_of(_made_of(connection, model)):
        connection.register("nothing_known", pl.DataFrame(schema=EACH))
        connection.sql("SELECT * FROM nothing_known").create("known_pairs")
        event("pairs_taken_over", pairs=0, records_touched=count_persons(connection))
        return
    for part in (*_PARTS, _PAIRS):
        connection.read_parquet(str(before.part(part))).create_view(f"{part}_before")
    for query in ("touched_records", "known_pairs", "pairs_to_score"):
        database.run_file(connection, f"40_link/{query}")
    database.replace(connection, "candidate_pairs", by="pairs_to_score")
    event(
        "pairs_taken_over",
        pairs=_count(connection, "known_pairs"),
        records_touched=_count(connection, "touched_records"),
    )


def known_pairs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the pairs that ``set_known_aside`` found (EACH)."""
    known: pl.DataFrame = connection.sql("SELECT * FROM known_pairs").pl()
    return known.select(pl.col(name).cast(dtype) for name, dtype in EACH.items())


def keep_state(connection: duckdb.DuckDBPyConnection, scored: pl.DataFrame, folder: Path, model: Model) -> None:
    """Keep in ``folder`` what the next run needs to know what changed, and ``scored``, its pairs weighed each by itself."""
    write_parquet(folder / STATE / f"{_PAIRS}.parquet", scored)
    for part in _PARTS:
        write_parquet(folder / STATE / f"{part}.parquet", connection.sql(f"SELECT * FROM {part} ORDER BY ALL").pl())
    write_json(folder / STATE / "made_of.json", _made_of(connection, model))


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


def _made_of(connection: duckdb.DuckDBPyConnection, model: Model) -> dict[str, object]:
    return {"model_id": model.model_id, "code_id": code_id(), "records": count_persons(connection)}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0])

"""Linking only what changed: what the run before found out about records that say what they said is taken over.

Which pairs there are follows from what the records say and from the blocks these stand in (reblock.py). What a pair weighs by
itself follows from four things and no other:

    what its two records say         names, births, countries, documents, birth places, sex
    how rare the tokens of both are  counted over all lists (sql/40_link/token_rarity.sql)
    how many records there are       the prior and kin; counted in steps, see ``compare.count_persons``
    the model and the code           and the libraries, see ``code_id``

and whether it is kept from how large the lists are, in steps (likely.py).

A pair that was scored, or found not likely enough, in the run before is taken over where both its records say what they said,
still meet, and bear no token that has become rarer or commoner; where the steps of the count, the model, the code, the limit of
large lists or which lists are large differ, nothing is. So the pairs are those of a full run, to the byte
(tests/link/test_incremental.py). Where more than MOST_CHANGED of the records say something else, all is done anew: with a
fifth of 60,000 records changed that took 5.5 s, and looking for what changed 7.7.

What the lists as wholes tell (overlap.py) is worked out afresh over all pairs.

Rarities and the count move in steps of a quarter of a doubling: a record more among thousands would otherwise move every
weight by some billionth, and nothing could be taken over.
"""

import hashlib
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from matching import database, ledger, project
from matching.errors import WorkspaceError
from matching.link import stored
from matching.link.compare import count_persons, rarity_of_tokens
from matching.link.keys import Records
from matching.link.likely import Floors
from matching.link.meetings import Flags, Pairs, untold
from matching.link.model import Model
from matching.log import event
from matching.settings import Settings
from matching.tables import PAIRS
from matching.workspace import read_json, table_path, write_json, write_parquet

STATE = Path("40_pairs") / "state"
"""Where a run keeps what its pairs were made of."""
_PARTS = ("token_rarity", "record_contents", "unlikely_pairs", "scored_pairs")
EACH = pl.Schema({name: dtype for name, dtype in PAIRS.schema.items() if name != "weight_rivals"})
"""A pair weighed by itself, before the lists as wholes are (overlap.py)."""
NUMBERS = pl.Schema({"number_l": pl.UInt32(), "number_r": pl.UInt32()})
"""The numbers of a pair's records."""
SCORED = pl.Schema({**EACH, **NUMBERS})
UNLIKELY = pl.Schema({**NUMBERS, "position": pl.UInt8()})
"""A pair that was not likely enough to keep (likely.py), and the position of the rule that brought it together."""
MOST_CHANGED = 0.1
"""Share of the records, of today and the run before, up to which what did not change is taken over."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """The run whose pairs may be taken over, by its folder."""

    folder: Path

    def part(self, name: str) -> Path:
        """Where a part of its state stands."""
        return self.folder / STATE / f"{name}.parquet"

    def is_of(self, made_of: Mapping[str, object]) -> bool:
        """Whether its pairs were made under the same model, code and count of records, and all can be read that tells of them."""
        try:
            if read_json(self.folder / STATE / "made_of.json") != made_of:
                return False
        except WorkspaceError:
            return False
        files = [*(self.part(part) for part in _PARTS), *(table_path(self.folder, table) for table in stored.TABLES)]
        for file in files:
            try:
                pl.read_parquet_schema(file)
            except (OSError, pl.exceptions.PolarsError) as error:
                event("run_before_not_read", level=logging.WARNING, file=str(file), error=type(error).__name__)
                return False
        return True


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is otherwise than in the run before. Records by their numbers of today; see ``find_changes`` for tables.

    ``asked``: records that are new or say something else; others are brought to them. ``gone``: those that are no more or said
    something else, as they were; the former have numbers behind all others. ``touched``, by number: whether pairs of the
    record may score otherwise. ``scored`` (SCORED) and ``unlikely``: the pairs of the run before whose records both say
    what they said.
    """

    asked: Records
    gone: Records
    touched: Flags
    scored: pl.DataFrame
    unlikely: Pairs


def find_changes(connection: duckdb.DuckDBPyConnection, before: Before) -> Changes | None:
    """Find what changed since the run ``before``; None where it is so much that all had better be done anew.

    Reads ``record_contents``, and ``names`` of all records. Makes ``token_rarity``, gone_records (record_id, number), and views
    of the tables of the run before as before_<name>.
    """
    stored.see(connection, before.part("record_contents"), "record_contents_before")
    stored.see(connection, before.part("token_rarity"), "token_rarity_before")
    for table in stored.TABLES:
        stored.see(connection, table_path(before.folder, table), f"before_{table.name}")
    database.run_file(connection, "40_link/changed_records")
    records: pl.DataFrame = connection.sql("SELECT number, number_before, is_same FROM changed_records").pl()
    asked = records.filter(pl.col("number").is_not_null() & ~pl.col("is_same"))["number"]
    if records.height == 0 or (~records["is_same"]).sum() > MOST_CHANGED * records.height:
        return None
    rarity_of_tokens(connection)
    for query in ("gone_records", "touched_records"):
        database.run_file(connection, f"40_link/{query}")
    gone = connection.sql("SELECT number FROM gone_records").pl()["number"]
    moved = connection.sql("SELECT record_id FROM touched_records").pl()["record_id"]
    touched: Flags = np.zeros(_above(records["number"]), dtype=np.bool_)
    for numbers in (asked, moved):
        touched[numbers.to_numpy()] = True
    same = records.filter("is_same")
    today = np.zeros(_above(records["number_before"]), dtype=np.uint32)  # 0: says something else, or is no more
    today[same["number_before"].to_numpy()] = same["number"].to_numpy()
    scored, unlikely = (
        _by_todays_numbers(pl.read_parquet(before.part(part)), today) for part in ("scored_pairs", "unlikely_pairs")
    )
    return Changes(
        asked=asked.sort().to_numpy(), gone=gone.sort().to_numpy(), touched=touched, scored=scored,
        unlikely=untold(*(unlikely[name].to_numpy() for name in UNLIKELY)),
    )  # fmt: skip


def _above(numbers: pl.Series) -> int:
    return int(numbers.max() or 0) + 1  # type: ignore[arg-type]


def _by_todays_numbers(pairs: pl.DataFrame, today: Records) -> pl.DataFrame:
    """The pairs of records that have a number ``today``, by the number of the run before, with these."""
    numbered = pairs.with_columns(pl.Series(name, today[pairs[name].to_numpy()]) for name in NUMBERS)
    return numbered.filter(pl.all_horizontal(pl.col(name) > 0 for name in NUMBERS))


def forget_state(folder: Path) -> None:
    """Remove what an earlier linking of the run in ``folder`` kept, before anything else of it changes."""
    shutil.rmtree(folder / STATE, ignore_errors=True)


def keep_state(
    connection: duckdb.DuckDBPyConnection, scored: pl.DataFrame, unlikely: Pairs, folder: Path, of: Mapping[str, object]
) -> None:
    """Keep in ``folder`` what the next run needs to know what changed: ``scored``, its pairs weighed each by itself (SCORED),
    those that are not likely enough, and what they were made of (``made_of``)."""
    columns = dict(zip(UNLIKELY, (unlikely.left, unlikely.right, unlikely.position), strict=True))
    write_parquet(folder / STATE / "scored_pairs.parquet", scored)
    write_parquet(folder / STATE / "unlikely_pairs.parquet", pl.DataFrame(columns, schema=UNLIKELY))
    write_parquet(folder / STATE / "token_rarity.parquet", connection.sql("FROM token_rarity ORDER BY token").pl())
    write_parquet(
        folder / STATE / "record_contents.parquet", connection.sql("FROM record_contents ORDER BY number").pl()
    )
    write_json(folder / STATE / "made_of.json", of)  # last: what stands beside it is whole


@cache
def code_id() -> str:
    """Hash of all that decides a score beside the records and the model: the code, its data, SQL, gates and libraries."""
    package = project.PACKAGE
    files = [path for part in ("link", "normalise") for path in (package / part).rglob("*") if path.is_file()]
    files += [*project.folder("sql").rglob("*.sql"), *project.folder("expectations").rglob("*.yml")]
    digest = hashlib.sha256(ledger.versions().encode())
    for path in sorted(path for path in files if "__pycache__" not in path.parts):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def made_of(
    connection: duckdb.DuckDBPyConnection, model: Model, floors: Floors, settings: Settings
) -> dict[str, object]:
    """What must be the same for the pairs of a run to be taken over. Reads ``persons``, and ``lists`` of blocking."""
    large = connection.sql("SELECT source FROM lists WHERE position IS NOT NULL ORDER BY position").fetchall()
    return {
        "model_id": model.model_id, "code_id": code_id(), "records": count_persons(connection), "floors": floors.told(),
        "most_within_list": settings.most_within_list, "large_lists": [source for source, in large],
    }  # fmt: skip

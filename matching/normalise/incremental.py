"""Normalising only what changed: rows of a record that says what it said are taken over from the run before.

What a record gives follows from the record, the code and its data, and from nothing else: not from other records, nor from
the clock. So where the run before was made by the same code (``code_id``), the rows of every record that stands in it with
the same content are those of a full run. Content is compared value by value, not by a hash; only when a list was
retrieved and which snapshot it stands in do not count.

Rows that a gate set aside are not in the tables of the run before. A record of which any stands in its quarantine is
normalised again.
"""

import hashlib
import importlib.metadata
import logging
import sys
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from matching import ledger, project
from matching.contract import Table
from matching.errors import MatchingError, WorkspaceError
from matching.log import event
from matching.normalise.stage import TABLES, Normalised, linkable, normalise, together
from matching.tables import QUARANTINE, RECORDS
from matching.workspace import read_json, read_table, scan_table, table_path, write_json

Flags = npt.NDArray[np.bool_]

_MADE_OF = Path("30_normalised") / "made_of.json"
_LIBRARIES = ("anyascii", "babel", "numba", "numpy", "pyarrow")  # beside those of ledger.versions
_WHEN_AND_WHERE = ("snapshot_id", "retrieved_at", "first_seen", "last_seen")
_CONTENT = [name for name in RECORDS.columns if name not in ("record_id", *_WHEN_AND_WHERE)]


def normalise_changed(records: pl.DataFrame, *, before: Path | None) -> Normalised:
    """Normalise ``records`` as ``stage.normalise`` does, with the rows of unchanged records from the run folder ``before``.

    Without such a folder, or with one that other code wrote or that cannot be read, all are normalised. Raises what ``stage.normalise`` raises.
    """
    kept = records.filter(linkable())
    if before is None or not _is_of_this_code(before):
        return normalise(kept)
    try:
        same = _unchanged(kept, before)
        taken_over = {table.name: _rows_of(same, table, before) for table in TABLES}
    except (pl.exceptions.PolarsError, OSError, MatchingError) as error:
        event("published_tables_not_read", level=logging.WARNING, run=before.name, error=type(error).__name__)
        return normalise(kept)
    fresh = normalise(kept.join(same, on="record_id", how="anti"))
    event("records_taken_over", records=same.height, normalised=kept.height - same.height)
    return together([fresh, Normalised(**taken_over, quarantine=QUARANTINE.empty())])


def keep_state(folder: Path) -> None:
    """Note in the run ``folder``, once its normalised tables are written, what made them and how many rows they have."""
    write_json(folder / _MADE_OF, {"code_id": code_id(), "rows": _rows(folder)})


def _rows(folder: Path) -> dict[str, int]:
    return {table.name: scan_table(folder, table).select(pl.len()).collect().item() for table in TABLES}


@cache
def code_id() -> str:
    """Hash of all that decides what a record gives: the code, its data, its libraries."""
    digest = hashlib.sha256(ledger.versions().encode())
    digest.update(" ".join([sys.version, *map(importlib.metadata.version, _LIBRARIES)]).encode())
    for path in sorted((project.PACKAGE / "normalise" / "data").rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _is_of_this_code(before: Path) -> bool:
    """Whether ``before`` has every table, with the rows that were written, and this code made them."""
    if not all(table_path(before, table).is_file() for table in (RECORDS, QUARANTINE, *TABLES)):
        return False
    try:
        return bool(read_json(before / _MADE_OF) == {"code_id": code_id(), "rows": _rows(before)})
    except (WorkspaceError, pl.exceptions.PolarsError, OSError):
        return False


def _unchanged(kept: pl.DataFrame, before: Path) -> pl.DataFrame:
    """Ids of the linkable records that stood in ``before`` with the same content, and of which nothing was set aside."""
    aside = read_table(before, QUARANTINE).filter(pl.col("table").is_in([table.name for table in TABLES]))
    then = scan_table(before, RECORDS).filter(linkable()).select("record_id", *_CONTENT).collect()
    in_both = kept.select("record_id").join(then.select("record_id"), on="record_id", how="semi")
    known = in_both.join(aside, on="record_id", how="anti")["record_id"]
    now, then = (_sorted(frame, known) for frame in (kept.select("record_id", *_CONTENT), then))
    differs = np.zeros(now.height, dtype=np.bool_)
    for name in _CONTENT:
        differs |= _differing(now[name], then[name])
    return now.filter(~pl.Series(differs)).select("record_id")


def _sorted(records: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Those of ``records`` whose ids are ``known``, by id: as a table of records stands, which is not sorted again."""
    is_known = records["record_id"].is_in(known.implode())
    found = records if is_known.all() else records.filter(is_known)
    return found if found["record_id"].is_sorted() else found.sort("record_id")


def _differing(now: pl.Series, then: pl.Series) -> Flags:
    """Where two columns differ, unknown being equal to unknown. Lists and structs are compared as the flat columns that
    they are made of: ten times as fast as Polars compares them nested.
    """
    differs: Flags = now.is_null().ne_missing(then.is_null()).to_numpy()
    if isinstance(now.dtype, pl.Struct):
        for field in now.dtype.fields:
            differs = differs | _differing(now.struct.field(field.name), then.struct.field(field.name))
        return differs
    if not isinstance(now.dtype, pl.List):
        return now.ne_missing(then).to_numpy()
    lengths = now.list.len()
    differs = differs | lengths.ne_missing(then.list.len()).to_numpy()
    alike = ~pl.Series(differs) & (lengths.fill_null(0) > 0)
    entries = _differing(now.filter(alike).explode(), then.filter(alike).explode())
    row_of = np.repeat(np.flatnonzero(alike.to_numpy()), lengths.filter(alike).to_numpy())
    differs = differs.copy()
    differs[row_of[entries]] = True
    return differs


def _rows_of(same: pl.DataFrame, table: Table, before: Path) -> pl.DataFrame:
    return read_table(before, table).join(same, on="record_id", how="semi", maintain_order="left")

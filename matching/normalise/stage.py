"""The normalise stage: records in; names, their blocking keys, births, countries and identifiers of linkable records out.

What a record gives depends on no other record. So many records are normalised in pieces, by processes beside this one: the
work is half Python over distinct words, which threads would do one after another. And of a record that says what it said
when the run before was made, the rows of that run are taken over (incremental.py).
"""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from matching.apart import Answer, several
from matching.contract import Table
from matching.normalise.births import births_of, unreadable_births
from matching.normalise.countries import countries_of
from matching.normalise.identifiers import identifiers_of
from matching.normalise.keys import name_keys_of
from matching.normalise.names import names_of
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, QUARANTINE

PIECE = 400_000  # name forms whose keys are made at a time: their units and codes take about 1 GB
RECORDS_APART = 60_000  # records that a process normalises at a time: of fewer in all this one does the work itself
_MOST_PROCESSES = 4  # each takes up to 1.5 GB
_PIECE_OF = "matching.normalise.stage:normalise_piece"
TABLES: tuple[Table, ...] = (NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS)
"""What the stage writes besides quarantine."""


@dataclass(frozen=True, kw_only=True)
class Normalised:
    """What the stage writes: one frame per boundary table, each conforming to its contract in matching/tables.py."""

    names: pl.DataFrame
    name_keys: pl.DataFrame
    births: pl.DataFrame
    countries: pl.DataFrame
    identifiers: pl.DataFrame
    quarantine: pl.DataFrame


def linkable() -> pl.Expr:
    """Whether a record is linked: an active listing of a person who is not a missing person or a victim."""
    return (pl.col("entity_kind") == "person") & (pl.col("status") == "active") & (pl.col("listing_kind") != "missing")


def normalise(records: pl.DataFrame) -> Normalised:
    """Normalise ``records`` (contract RECORDS). Rows that are not linkable give nothing.

    The result depends on the set of records only, not on their order, nor on how many processors share the work. Births
    that were published and could not be read are in ``quarantine`` under the rule ``birth_is_readable``. Raises
    MatchingError where a process that shares the work is killed.
    """
    kept = records.filter(linkable())
    processes = min(_processors(), kept.height // RECORDS_APART, _MOST_PROCESSES)
    if processes < 2:
        return normalise_piece(kept)
    return together(list(_by_processes(kept.sort("record_id"), processes)))


def normalise_piece(kept: pl.DataFrame) -> Normalised:
    """Normalise linkable records in this process."""
    names = names_of(kept)
    return Normalised(
        names=names,
        name_keys=_keys_in_pieces(names),
        births=births_of(kept),
        countries=countries_of(kept),
        identifiers=identifiers_of(kept),
        quarantine=unreadable_births(kept),
    )


def together(pieces: list[Normalised]) -> Normalised:
    """What several sets of records give, as one; takes ``pieces`` apart as it goes, so that memory holds each row once."""
    frames = {
        table.name: [getattr(piece, table.name) for piece in pieces if not getattr(piece, table.name).is_empty()]
        for table in (*TABLES, QUARANTINE)
    }
    pieces.clear()
    return Normalised(**{table.name: _one(table, frames.pop(table.name)) for table in (*TABLES, QUARANTINE)})


def _one(table: Table, frames: list[pl.DataFrame]) -> pl.DataFrame:
    return table.conform(pl.concat(frames)) if frames else table.empty()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _by_processes(kept: pl.DataFrame, processes: int) -> Iterator[Normalised]:
    """What the pieces of ``kept`` give, in order; two pieces per process are on their way at a time."""
    waiting: deque[Answer] = deque()
    with several("normalises records", processes) as apart:
        for number, start in enumerate(range(0, kept.height, RECORDS_APART)):
            if len(waiting) == 2 * processes:
                yield waiting.popleft().result()
            waiting.append(apart[number % processes].ask(_PIECE_OF, kept[start : start + RECORDS_APART]))
        while waiting:
            yield waiting.popleft().result()


def _keys_in_pieces(names: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of all records, made for PIECE name forms or so at a time: bounds memory, changes no key."""
    if names.height <= PIECE:
        return name_keys_of(names)
    record = names["record_id"].rle_id()  # rows of one record stand together, and stay so
    cuts = [0, *(int(record.search_sorted(record[at])) for at in range(PIECE, names.height, PIECE)), names.height]
    return NAME_KEYS.conform(pl.concat([name_keys_of(names[start:end]) for start, end in pairwise(cuts)]))

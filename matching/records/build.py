"""Entries of a payload to the ``records`` and ``quarantine`` tables. No entry is dropped: each is a row of one."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from matching import log
from matching.errors import PayloadError
from matching.records.columns import arrow_schema
from matching.records.compile import RecordReader, compile_record
from matching.records.derive import compile_derive
from matching.records.identity import Entry, identify
from matching.records.values import UnreadableError
from matching.sources.paths import Tree
from matching.sources.places import Places
from matching.sources.readers import read_entries
from matching.sources.spec import Source
from matching.tables import QUARANTINE, RECORDS

# Entries read at once: enough that a column costs little per entry, few enough that their trees need little memory.
_BATCH = 1024
_RETRY = 64  # entries read at once where one of a batch cannot be read; then one by one


_Columns = dict[str, pa.Array]


@dataclass(frozen=True)
class Parsed:
    """What a payload held.

    ``records`` and ``quarantine`` follow matching/tables.py; ``entries`` counts what was read, repeats combined;
    ``unread`` are places that source.yml neither reads nor ignores, with the number of values that stood there;
    ``unseen`` are paths that source.yml reads and at which no entry had anything.
    """

    records: pl.DataFrame
    quarantine: pl.DataFrame
    entries: int
    unread: Mapping[str, int]
    unseen: Sequence[str]

    @property
    def persons(self) -> int:
        """Number of records that are persons."""
        return self.records.filter(pl.col("entity_kind") == "person").height


def parse(
    source: Source,
    files: Mapping[str, Path | Sequence[Path]],
    *,
    snapshot_id: str,
    retrieved_at: datetime,
) -> Parsed:
    """Read the payload ``files`` (role to path or paths) of one snapshot into records.

    ``retrieved_at`` is when the snapshot was retrieved, with a time zone. Raises PayloadError where a file cannot be
    read, is not what source.yml declares, or holds no entry at all.
    """
    try:
        with _uncollected():
            return _parse(source, files, snapshot_id=snapshot_id, retrieved_at=retrieved_at)
    except RecursionError as error:
        raise PayloadError(
            source.id, f"{_names(files)}: nested too deep, as no list is: look at the file, then retrieve it again"
        ) from error


def _parse(
    source: Source, files: Mapping[str, Path | Sequence[Path]], *, snapshot_id: str, retrieved_at: datetime
) -> Parsed:
    places = Places(source)
    reader = compile_record(source)
    read: list[Entry] = []
    tables: list[_Columns] = []
    for batch in _batches(_derived(source, files)):
        places.audit(batch)
        known = [Entry(position) for position, _ in enumerate(batch, len(read) + 1)]
        tables += _read(reader, batch, known)
        read += known
    _check_any(source, files, len(read), places)
    could_be_read = [entry for entry in read if entry.error is None]
    identify(source.id, read)
    records = _records(source, could_be_read, tables, snapshot_id=snapshot_id, retrieved_at=retrieved_at)
    quarantined = [_quarantined(entry, source.id, snapshot_id) for entry in read if entry.error is not None]
    parsed = Parsed(
        records,
        QUARANTINE.conform(pl.DataFrame(quarantined, schema=QUARANTINE.schema, orient="row")),
        len(read),
        places.unread(),
        places.unseen(),
    )
    log.event(
        "payload_parsed", source=source.id, entries=parsed.entries, records=parsed.records.height,
        persons=parsed.persons, quarantined=parsed.quarantine.height, unread=len(parsed.unread),
    )  # fmt: skip
    return parsed


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the cycle collector: entries hold no cycles, and looking for them among so many costs a quarter.

    Around everything, so that the look-up tables are freed, too, before it looks again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _derived(source: Source, files: Mapping[str, Path | Sequence[Path]]) -> Iterator[Tree]:
    """Yield the entries with their free texts taken apart."""
    paths = {role: [given] if isinstance(given, Path) else list(given) for role, given in files.items()}
    derive = compile_derive(source.derive, source.reader.nulls)
    for entry in read_entries(source, paths):
        derive(entry)
        yield entry


def _batches(entries: Iterator[Tree]) -> Iterator[list[Tree]]:
    while batch := list(islice(entries, _BATCH)):
        yield batch


def _read(reader: RecordReader, batch: Sequence[Tree], known: Sequence[Entry]) -> Iterator[_Columns]:
    """Yield the columns of the entries that can be read; what is wrong with an entry is kept with it in ``known``."""
    try:
        for entry, ids in zip(known, reader.publisher_ids(batch), strict=True):
            entry.ids = ids
        yield reader.columns(batch)
    except UnreadableError as error:
        if len(batch) == 1:
            known[0].error = error
            return
        size = _RETRY if len(batch) > _RETRY else 1
        for start in range(0, len(batch), size):
            yield from _read(reader, batch[start : start + size], known[start : start + size])


def _records(
    source: Source, entries: Sequence[Entry], tables: Sequence[_Columns], *, snapshot_id: str, retrieved_at: datetime
) -> pl.DataFrame:
    """Bring the columns of ``entries`` together, without the entries that have no id of their own."""
    if not entries:
        return RECORDS.empty()
    constants: dict[str, Any] = {
        "source": source.id, "snapshot_id": snapshot_id, "retrieved_at": retrieved_at, "licence": source.licence,
        "handling_code": source.handling_code,
        # What one snapshot cannot tell; a run knows when it brings the snapshots together.
        "first_seen": None, "last_seen": None,
    }  # fmt: skip
    own = {
        "record_id": [entry.record_id for entry in entries],
        "publisher_id": [entry.publisher_id for entry in entries],
    }

    def column(field: pa.Field) -> pa.Array | pa.ChunkedArray:
        if field.name in constants:
            return pa.repeat(pa.scalar(constants[field.name], type=field.type), len(entries))
        if field.name in own:
            return pa.array(own[field.name], type=field.type)
        return pa.chunked_array([table[field.name] for table in tables], type=field.type)

    made = pa.Table.from_arrays([column(field) for field in arrow_schema()], schema=arrow_schema())
    if any(entry.error for entry in entries):
        made = made.filter(pa.array([entry.error is None for entry in entries]))
    return RECORDS.conform(pl.DataFrame(made))


def _quarantined(entry: Entry, source_id: str, snapshot_id: str) -> dict[str, Any]:
    error = entry.error
    return {
        "table": "records", "source": source_id, "snapshot_id": snapshot_id, "record_id": entry.record_id,
        "rule": error.rule if error else "", "column": error.column if error else "",
        "value": error.value if error else None, "reason": error.reason if error else "",
    }  # fmt: skip


def _names(files: Mapping[str, Path | Sequence[Path]]) -> str:
    return ", ".join(path.name for given in files.values() for path in ([given] if isinstance(given, Path) else given))


def _check_any(source: Source, files: Mapping[str, Path | Sequence[Path]], entries: int, places: Places) -> None:
    names = _names(files)
    if not entries:
        raise PayloadError(
            source.id, f"{names}: no entry at all; a list is never empty: look at the file, then retrieve it again"
        )
    missing = sorted(set(source.reader.required) & set(places.unseen()))
    if missing:
        raise PayloadError(
            source.id,
            f"{names}: no entry has {', '.join(missing)}, which source.yml requires: the publisher changed the layout",
        )

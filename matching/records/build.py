"""Entries of a payload to the ``records`` and ``quarantine`` tables. No entry is dropped: each is a row of one."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow as pa

from matching import log
from matching.errors import PayloadError
from matching.records.compile import RecordReader, Row, compile_record
from matching.records.derive import compile_derive
from matching.records.identity import Entry, identify
from matching.records.values import UnreadableError
from matching.sources.paths import Tree
from matching.sources.places import Places
from matching.sources.readers import read_entries
from matching.sources.spec import Source
from matching.tables import QUARANTINE, RECORDS


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
    places = Places(source)
    reader = compile_record(source)
    read = []
    with _uncollected():
        for position, entry in enumerate(_derived(source, files), 1):
            places.audit(entry)
            read.append(_read(reader, entry, position))
        _check_any(source, files, len(read), places)
        identify(source.id, read)
        records = _records(source, [entry for entry in read if entry.error is None], snapshot_id, retrieved_at)
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
    """Pause the cycle collector: entries hold no cycles, and looking for them among so many costs a quarter."""
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


def _records(source: Source, entries: Sequence[Entry], snapshot_id: str, retrieved_at: datetime) -> pl.DataFrame:
    """Make ``records`` column by column, by way of Arrow: it takes nested Python values ten times as fast as Polars."""
    if not entries:
        return RECORDS.empty()
    schema = RECORDS.empty().to_arrow().schema
    constants = {
        "source": source.id, "snapshot_id": snapshot_id, "retrieved_at": retrieved_at, "licence": source.licence,
        "handling_code": source.handling_code,
        # What one snapshot cannot tell; a run knows when it brings the snapshots together.
        "first_seen": None, "last_seen": None,
    }  # fmt: skip
    values = dict(zip(entries[0].row, zip(*[entry.row.values() for entry in entries], strict=True), strict=True))
    values["record_id"] = tuple([entry.record_id for entry in entries])
    values["publisher_id"] = tuple([entry.publisher_id for entry in entries])
    arrays = [
        pa.repeat(pa.scalar(constants[field.name], type=field.type), len(entries))
        if field.name in constants
        else pa.array(values[field.name], type=field.type)
        for field in schema
    ]
    return RECORDS.conform(pl.DataFrame(pa.Table.from_arrays(arrays, schema=schema)))


def _read(reader: RecordReader, entry: Tree, position: int) -> Entry:
    """Read one entry; what is wrong with it is kept with it."""
    made = Entry(position)
    try:
        made.ids = reader.publisher_ids(entry)
        made.row = reader.row(entry)
        for column in ("entity_kind", "listing_kind", "status"):
            if made.row[column] is None:
                raise UnreadableError(rule="known_category", column=column, value="", reason=f"{column} has a value")
    except UnreadableError as error:
        made.error = error
    return made


def _quarantined(entry: Entry, source_id: str, snapshot_id: str) -> Row:
    error = entry.error
    return {
        "table": "records", "source": source_id, "snapshot_id": snapshot_id, "record_id": entry.record_id,
        "rule": error.rule if error else "", "column": error.column if error else "",
        "value": error.value if error else None, "reason": error.reason if error else "",
    }  # fmt: skip


def _check_any(source: Source, files: Mapping[str, Path | Sequence[Path]], entries: int, places: Places) -> None:
    names = ", ".join(path.name for given in files.values() for path in ([given] if isinstance(given, Path) else given))
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

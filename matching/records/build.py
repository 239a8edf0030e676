"""Entries of a payload to the ``records`` and ``quarantine`` tables. No entry is dropped: each is a row of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from matching import log
from matching.errors import PayloadError
from matching.records.compile import RecordReader, Row, compile_record
from matching.records.derive import compile_derive
from matching.records.values import UnreadableError
from matching.sources.paths import Tree
from matching.sources.places import Places
from matching.sources.readers import read_entries
from matching.sources.spec import Source
from matching.tables import QUARANTINE, RECORDS, Table


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


@dataclass
class _Rows:
    """Rows as they come."""

    source: Source
    records: list[Row] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def quarantine_entry(self, snapshot_id: str, record_id: str, error: UnreadableError) -> None:
        """Add a quarantine row for an entry that could not be read."""
        self.quarantine.append(
            {
                "table": "records", "source": self.source.id, "snapshot_id": snapshot_id, "record_id": record_id,
                "rule": error.rule, "column": error.column, "value": error.value, "reason": error.reason,
            }
        )  # fmt: skip


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
    rows = _Rows(source)
    entries = 0
    constant = {
        "source": source.id, "snapshot_id": snapshot_id, "retrieved_at": retrieved_at, "licence": source.licence,
        "handling_code": source.handling_code,
    }  # fmt: skip
    reader = compile_record(source)
    for entries, entry in enumerate(_derived(source, files), 1):
        places.audit(entry)
        _add(rows, reader, entry, position=entries, constant=constant)
    _check_any(source, files, entries, places)
    parsed = Parsed(
        _frame(RECORDS, rows.records),
        _frame(QUARANTINE, rows.quarantine),
        entries,
        places.unread(),
        places.unseen(),
    )
    log.event(
        "payload_parsed", source=source.id, entries=entries, records=parsed.records.height, persons=parsed.persons,
        quarantined=parsed.quarantine.height, unread=len(parsed.unread),
    )  # fmt: skip
    return parsed


def _derived(source: Source, files: Mapping[str, Path | Sequence[Path]]) -> Iterator[Tree]:
    """Yield the entries with their free texts taken apart."""
    paths = {role: [given] if isinstance(given, Path) else list(given) for role, given in files.items()}
    derive = compile_derive(source.derive, source.reader.nulls)
    for entry in read_entries(source, paths):
        derive(entry)
        yield entry


def _frame(table: Table, rows: Sequence[Row]) -> pl.DataFrame:
    """Make a frame of ``table``; by way of Arrow, which takes nested Python values ten times as fast as Polars."""
    schema = table.empty().to_arrow().schema
    columns = [pa.array([row[name] for row in rows], type=schema.field(name).type) for name in table.columns]
    return table.conform(pl.DataFrame(pa.Table.from_arrays(columns, schema=schema)))


def _add(rows: _Rows, reader: RecordReader, entry: Tree, *, position: int, constant: Row) -> None:
    record_id = f"{rows.source.id}:entry {position}"
    snapshot_id = constant["snapshot_id"]
    try:
        publisher_id = reader.publisher_id(entry)
        if publisher_id is None:
            raise UnreadableError(
                rule="publisher_id_present", column="publisher_id", value="", reason="an entry has the publisher's id"
            )
        record_id = f"{rows.source.id}:{publisher_id}"
        if record_id in rows.ids:
            raise UnreadableError(
                rule="publisher_id_unique",
                column="publisher_id",
                value=publisher_id,
                reason="an id stands once in a list",
            )
        row = reader.row(entry)
        for column in ("entity_kind", "listing_kind", "status"):
            if row[column] is None:
                raise UnreadableError(rule="known_category", column=column, value="", reason=f"{column} has a value")
    except UnreadableError as error:
        rows.quarantine_entry(snapshot_id, record_id, error)
        return
    rows.ids.add(record_id)
    rows.records.append({"record_id": record_id, "publisher_id": publisher_id, **constant, **row})


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

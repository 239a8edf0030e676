"""Take in one source: bytes from its publisher or a drop folder → snapshot → records, accepted only if the gates hold.

Reads a publisher's payload. Writes 10_raw/ and 20_records/. Grain: one source. What is refused is kept apart with the
reason; the snapshot and records that were current stay current. Nothing here opens a database file, so any number of
sources can be taken in at once.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from matching import __version__, drift, quality
from matching.contract import Table
from matching.errors import GateError, MatchingError, SourceError, UsageError
from matching.log import event
from matching.records.build import Parsed, parse
from matching.settings import Settings
from matching.sources import drop, snapshots
from matching.sources.snapshots import Retrieval, Snapshot
from matching.sources.spec import Source
from matching.tables import GATES, QUARANTINE, RECORDS
from matching.workspace import Workspace, write_parquet


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What taking in a source gave. ``is_unchanged``: the same bytes as before, retrieved again."""

    source_id: str
    snapshot_id: str
    retrieved_at: datetime
    is_unchanged: bool
    entries: int
    persons: int
    quarantined: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SnapshotTables:
    """The records of one snapshot under one mapping, what was quarantined, and what its gates found."""

    records: pl.DataFrame
    quarantine: pl.DataFrame
    gates: pl.DataFrame
    failures: tuple[str, ...] = ()

    def counts(self, entries: int) -> dict[str, int]:
        """Counts for a manifest."""
        return {
            "entries": entries,
            "records": self.records.height,
            "persons": self.records.filter(entity_kind="person").height,
            "quarantined": self.quarantine.select("record_id").n_unique(),
        }

    def warnings(self) -> tuple[str, ...]:
        """Gates that did not hold and do not stop, as ``expectation: observed (expected …)``."""
        failed = self.gates.filter(~pl.col("success"), severity="warning")
        return tuple(f"{row['expectation']}: {row['observed']} ({row['expected']})" for row in failed.to_dicts())


_NOT_MAPPING = {
    "homepage",
    "terms",
    "cadence",
    "schedule",
    "stale_after_days",
    "enabled",
    "hosts",
    "purpose",
    "retention",
}
"""What a source.yml says that no record depends on: snapshots are not read again when it changes."""

_OF_THE_PAYLOAD = (UsageError, SourceError, GateError)
"""Errors for which a payload is refused. A full disk, or a checker that hangs, says nothing of what was published."""

_TABLES: Mapping[str, Table] = {"records": RECORDS, "quarantine": QUARANTINE, "gates": GATES}


@dataclass(frozen=True, kw_only=True)
class Ingestion:
    """Where and how to take in sources.

    ``accept_drop`` takes a list that lost more persons than is allowed; ``full_refresh`` asks the publisher for all of
    it even where it says that nothing changed.
    """

    workspace: Workspace
    settings: Settings
    accept_drop: bool = False
    full_refresh: bool = False

    def from_files(self, source: Source, paths: Sequence[Path], *, retrieved_at: datetime) -> Ingested:
        """Take in payload files that came by another way than HTTP.

        Raises UsageError where they are not the files the source takes, PayloadError where they cannot be read,
        GateError where a gate fails.
        """
        files = drop.match_files(source, paths)
        retrieval = Retrieval(retrieved_at=retrieved_at, origin="drop folder", validators={})
        with self.workspace.used():
            return self._take_in(source, files, retrieval)

    def from_publisher(self, source: Source, *, retrieved_at: datetime) -> Ingested:
        """Fetch the payloads of ``source`` and take them in. Raises FetchError besides what ``from_files`` raises."""
        from matching.sources.fetch import fetch  # here, since a run fetches nothing

        before = snapshots.current(self.workspace, source.id)
        with self.workspace.used(), self.workspace.scratch() as scratch:
            known = before.last_retrieval.validators if before and not self.full_refresh else None
            fetched = fetch(source, self.settings, scratch, known=known)
            retrieval = Retrieval(retrieved_at=retrieved_at, origin=fetched.origin, validators=fetched.validators)
            if fetched.is_unchanged and before:
                snapshot = snapshots.record_retrieval(self.workspace, before, retrieval)
                return _ingested(snapshot, self.tables(source, snapshot), is_unchanged=True)
            return self._take_in(source, fetched.files, retrieval)

    def from_anywhere(self, source: Source, *, now: datetime) -> Ingested:
        """Take in ``source`` from its folder in the drop folder where it has one, else from its publisher.

        Of payloads stored there by date (see drop.stored), the latest, as retrieved at that date.
        """
        if folder := self.settings.drop_folder(source.id):
            if stored := drop.stored(folder):
                return self.from_files(source, stored[max(stored)], retrieved_at=max(stored))
            return self.from_files(source, sorted(folder.iterdir()), retrieved_at=now)
        return self.from_publisher(source, retrieved_at=now)

    def tables(self, source: Source, snapshot: Snapshot) -> SnapshotTables:
        """Return the tables of an accepted ``snapshot``, read again if the mapping has changed since.

        Where the snapshot cannot be read under the changed mapping, those of the last mapping that could stay in use,
        with a gate that says so; MatchingError where there are none.
        """
        folder = self._tables_folder(source, snapshot.snapshot_id)
        if snapshot.is_erased:  # cannot be read again; what was read of it before stands
            folder = next(reversed(self._read_before(source, snapshot)), folder)
        if folder.is_dir():
            return _read(folder, snapshot)
        try:
            parsed = self._parse(source, snapshot.files, snapshot.snapshot_id, snapshot.retrieved_at)
            tables = self._gated(source, parsed, now=snapshot.retrieved_at, previous=None)
            _raise_if_failed(source, tables)
        except _OF_THE_PAYLOAD as error:
            earlier = self._read_before(source, snapshot)
            if not earlier:
                raise
            event("mapping_refused", source=source.id, kept=earlier[-1].name, level=logging.WARNING)
            last = _read(earlier[-1], snapshot)
            gate = _warning(source, "source_yml_reads_the_snapshot", rows=last.records.height, observed=str(error))
            return replace(last, gates=pl.concat([last.gates, gate]))
        self._keep(source, snapshot.snapshot_id, tables)
        return _read(folder, snapshot)

    def past_records(self, source: Source, snapshot: Snapshot) -> pl.LazyFrame:
        """Return the records of a past ``snapshot`` under whichever mapping it was last read: not read again."""
        folders = self._read_before(source, snapshot)
        return (
            pl.scan_parquet(folders[-1] / "records.parquet")
            if folders
            else self.tables(source, snapshot).records.lazy()
        )

    def _read_before(self, source: Source, snapshot: Snapshot) -> list[Path]:
        """Folders of the snapshot's tables under every mapping it was read with, the latest last."""
        found = (self.workspace.records / source.id).glob(f"{snapshot.snapshot_id}-*")
        return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))

    def _take_in(self, source: Source, files: Mapping[str, Sequence[Path]], retrieval: Retrieval) -> Ingested:
        staged, tables = snapshots.stage(source.layout_for(files), files), None
        try:
            previous = _before(snapshots.history(self.workspace, source.id), staged.snapshot_id, retrieval.retrieved_at)
            parsed = self._parse(source, staged.files, staged.snapshot_id, retrieval.retrieved_at)
            tables = self._gated(source, parsed, now=retrieval.retrieved_at, previous=previous)
            _raise_if_failed(source, tables)
        except _OF_THE_PAYLOAD as error:
            kept = snapshots.refuse(
                self.workspace, source, staged,
                retrieval=retrieval, reason=str(error), refused_by=type(error).__name__,
            )  # fmt: skip
            if tables:
                write_parquet(kept / "gates.parquet", GATES.conform(tables.gates))
            event("source_refused", source=source.id, kept=str(kept))
            raise
        is_known = (self.workspace.raw / source.id / staged.snapshot_id).is_dir()
        self._keep(source, staged.snapshot_id, tables)
        snapshot = snapshots.accept(
            self.workspace, source, staged, retrieval=retrieval, counts=tables.counts(parsed.entries)
        )
        return _ingested(snapshot, tables, is_unchanged=is_known)

    def _parse(self, source: Source, files: drop.Files, snapshot_id: str, retrieved_at: datetime) -> Parsed:
        """Read ``files`` as the publisher gave them: in the layout they have, unpacked where they are packed."""
        with self.workspace.scratch() as scratch:
            layout, ready = drop.opened(source, files, scratch, limit_mb=self.settings.max_payload_mb)
            return parse(layout, ready, snapshot_id=snapshot_id, retrieved_at=retrieved_at)

    def _gated(self, source: Source, parsed: Parsed, *, now: datetime, previous: Snapshot | None) -> SnapshotTables:
        rows = quality.gate(RECORDS, parsed.records, source=source.id, now=now)
        counts = quality.gate_counts(
            source.id,
            rows.frame.filter(entity_kind="person").height,
            previous_persons=previous.counts["persons"] if previous else None,
            now=now,
            count_drop=self.settings.count_drop,
            accept_drop=self.accept_drop,
            **(source.expected.persons.model_dump() if self.settings.count_bands else {}),
        )
        drifted = drift.drift_gates(source.id, parsed, now=now, before=self._side(source, previous))
        return SnapshotTables(
            records=rows.frame,
            quarantine=pl.concat([parsed.quarantine, rows.quarantine]),
            gates=pl.concat([rows.gates, counts.gates, _unread_gate(source, parsed), drifted]),
            failures=(*rows.failures, *counts.failures),
        )

    def _side(self, source: Source, previous: Snapshot | None) -> drift.Side | None:
        """What a new snapshot is held against; None where the one before cannot be read under the present mapping."""
        try:
            tables = self.tables(source, previous) if previous else None
        except MatchingError:
            return None
        return drift.side_of(tables.records, tables.quarantine, tables.gates) if tables else None

    def _tables_folder(self, source: Source, snapshot_id: str) -> Path:
        return self.workspace.records / source.id / f"{snapshot_id}-{_mapping_hash(source)}"

    def _keep(self, source: Source, snapshot_id: str, tables: SnapshotTables) -> None:
        with self.workspace.replacing(self._tables_folder(source, snapshot_id)) as fresh:
            for name, table in _TABLES.items():
                write_parquet(fresh / f"{name}.parquet", table.conform(getattr(tables, name)))


def _before(history: Sequence[Snapshot], snapshot_id: str, retrieved_at: datetime) -> Snapshot | None:
    """The snapshot that was current just before ``retrieved_at``: what a new one is compared with."""
    earlier = [
        (retrieval.retrieved_at, snapshot.snapshot_id, snapshot)
        for snapshot in history
        for retrieval in snapshot.retrievals
        if retrieval.retrieved_at < retrieved_at and snapshot.snapshot_id != snapshot_id
    ]
    return max(earlier, key=lambda found: found[:2])[2] if earlier else None


def _raise_if_failed(source: Source, tables: SnapshotTables) -> None:
    if tables.failures:
        raise GateError(
            "records", f"source {source.id}: {'; '.join(tables.failures)}. What was accepted before stays in use"
        )


def _read(folder: Path, snapshot: Snapshot) -> SnapshotTables:
    """Read the tables in ``folder``; records carry when their bytes were last retrieved, which may be later."""
    records, quarantine, gates = (pl.read_parquet(folder / f"{name}.parquet") for name in _TABLES)
    last_retrieved = pl.lit(snapshot.retrieved_at).cast(RECORDS.schema["retrieved_at"])
    return SnapshotTables(records=records.with_columns(retrieved_at=last_retrieved), quarantine=quarantine, gates=gates)


def _unread_gate(source: Source, parsed: Parsed) -> pl.DataFrame:
    """A warning where the payload has fields that source.yml neither reads nor ignores: the publisher added some."""
    unread = ", ".join(f"{path} ({count})" for path, count in sorted(parsed.unread.items()))
    return _warning(source, "every_field_is_read_or_ignored", rows=parsed.entries, observed=unread)


def _warning(source: Source, expectation: str, *, rows: int, observed: str) -> pl.DataFrame:
    """One row of gates; it held if nothing was ``observed``."""
    row = {
        "table": "records",
        "source": source.id,
        "expectation": expectation,
        "column": "*",
        "severity": "warning",
        "success": not observed,
        "observed": observed or "none",
        "expected": "none",
        "rows": rows,
        "quarantined": 0,
    }
    return GATES.conform(pl.DataFrame([row], schema=GATES.schema))


def _mapping_hash(source: Source) -> str:
    """What the records depend on besides the bytes: what source.yml says, and the version of the code that reads it."""
    content = source.model_dump_json(exclude=_NOT_MAPPING).encode() + __version__.encode()
    return hashlib.sha256(content).hexdigest()[:12]


def _ingested(snapshot: Snapshot, tables: SnapshotTables, *, is_unchanged: bool) -> Ingested:
    counts = snapshot.counts
    return Ingested(
        source_id=snapshot.source_id,
        snapshot_id=snapshot.snapshot_id,
        retrieved_at=snapshot.retrieved_at,
        is_unchanged=is_unchanged,
        entries=counts["entries"],
        persons=counts["persons"],
        quarantined=counts["quarantined"],
        warnings=tables.warnings(),
    )

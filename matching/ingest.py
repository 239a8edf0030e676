"""Take in one source: bytes from its publisher or a drop folder → snapshot → records, accepted only if the gate holds.

Reads a publisher's payload. Writes 10_raw/ and 20_records/. Grain: one source. What is refused is kept apart with the
reason; the snapshot and records that were current stay current. Nothing here opens a database file, so any number of
sources can be taken in at once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from matching import quality
from matching.errors import GateError, PayloadError, SourceError
from matching.log import event
from matching.records.build import Parsed, parse
from matching.settings import Settings
from matching.sources import drop, fetch, snapshots
from matching.sources.spec import Source
from matching.tables import GATES, QUARANTINE, RECORDS, Table
from matching.workspace import Workspace, write_parquet

KEPT = (RECORDS, QUARANTINE, GATES)
"""The tables kept per snapshot."""


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What taking in a source gave. ``persons`` are the records that can be linked; ``is_new`` if the bytes are new."""

    source_id: str
    snapshot_id: str
    retrieved_at: datetime
    is_new: bool
    entries: int
    records: int
    persons: int
    quarantined: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SnapshotTables:
    """The tables of one snapshot under one mapping."""

    records: pl.DataFrame
    quarantine: pl.DataFrame
    gates: pl.DataFrame

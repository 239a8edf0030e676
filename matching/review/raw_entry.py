"""The raw entry of a listing: what stands in the publisher's payload, cut out of the snapshot the record was read from.

Reads the snapshot in the workspace, and its source.yml as it is now. Leaves: excerpts by role. Nothing is written; at the
first look the whole payload is walked, for what an entry goes by is told only beside the others
(matching/records/identity.py), and what was found is kept in memory for the next looks (raw_index.py).
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from matching.errors import MatchingError
from matching.log import event
from matching.records.compile import compile_record
from matching.records.derive import compile_derive
from matching.records.identity import Entry, identify
from matching.records.values import UnreadableError
from matching.review.raw_index import Indexes, RawIndex
from matching.review.refusals import UnfitError
from matching.settings import Settings
from matching.sources import drop, snapshots
from matching.sources.excerpts import Excerpt, Excerpts, Files, excerpts
from matching.sources.packed import is_packed
from matching.sources.paths import Tree
from matching.sources.readers import read_entries, read_uncombined
from matching.sources.readers.repeats import key_reader
from matching.sources.registry import load_sources
from matching.sources.spec import Source
from matching.workspace import Workspace

MOST_LETTERS = 100_000
"""Of one excerpt: a page of more is no help, and the longest entries of the lists here have some 60,000."""
_BATCH = 512
MOST_AT_ONCE, PATIENCE_S = 2, 2.0
"""Payloads walked at the same moment in one process, and how long a request waits for its turn: each walk costs seconds of
processor time and the memory of a whole list, and the other pages shall answer meanwhile."""
_indexes = Indexes()
_turns = threading.BoundedSemaphore(MOST_AT_ONCE)

NO_LIST = "The list of this entry is not known here: its source.yml or its snapshot is missing."
ERASED = "The publisher’s file was erased: the time for which it may be kept is over."
UNREADABLE = "The publisher’s file cannot be shown. Ask whoever operates this server."
NOT_FOUND = "The entry was not found in the publisher’s file: the list is read otherwise now than it was then."
BUSY = "Others are looking at raw entries just now. Try again in a moment."
WHYS = (NO_LIST, ERASED, UNREADABLE, NOT_FOUND, BUSY)
"""Why there is no raw entry, as the page says it."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Where raw entries lie: the workspace with its snapshots, and what describes their sources."""

    workspace: Path
    source_folders: tuple[Path, ...] = ()
    max_payload_mb: int = 4096

    @classmethod
    def of(cls, settings: Settings) -> "Archive":
        """Return the archive that ``settings`` describe."""
        return cls(
            workspace=settings.workspace,
            source_folders=tuple(settings.sources_dir),
            max_payload_mb=settings.max_payload_mb,
        )


def raw_entry(archive: Archive, record_id: str, snapshot_id: str) -> Excerpts:
    """Return what the publisher's payload has of a record, role by role.

    Raises UnfitError, in a sentence for the page, where the payload is not kept any more, cannot be cut, or where too many
    are being walked already.
    """
    source_id = record_id.partition(":")[0]
    workspace = Workspace(archive.workspace)
    is_plain = re.fullmatch(r"\w+", source_id) and re.fullmatch(r"[0-9a-f]{64}", snapshot_id)
    if not is_plain or not (workspace.raw / source_id / snapshot_id).is_dir():
        raise UnfitError(NO_LIST)
    try:
        found = _read(archive, workspace, record_id, snapshot_id)
    except UnfitError:
        raise
    except (MatchingError, OSError, RecursionError) as error:
        event("raw_entry_not_shown", level=logging.WARNING, source=source_id, reason=type(error).__name__)
        raise UnfitError(UNREADABLE) from error
    if not found:
        raise UnfitError(NOT_FOUND)
    return tuple(_clipped(one) for one in found)


@contextmanager
def _a_turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE_S):
        raise UnfitError(BUSY)
    try:
        yield
    finally:
        _turns.release()


def _read(archive: Archive, workspace: Workspace, record_id: str, snapshot_id: str) -> Excerpts:
    source_id = record_id.partition(":")[0]
    source = load_sources(archive.source_folders).get(source_id)
    if source is None:
        raise UnfitError(NO_LIST)
    snapshot = snapshots.load(workspace, source_id, snapshot_id)
    if snapshot.is_erased:
        _indexes.forget(snapshot_id)
        raise UnfitError(ERASED)

    def walked() -> RawIndex:
        with _scratch(workspace, snapshot.files) as scratch:
            return _index(*drop.opened(source, snapshot.files, scratch, limit_mb=archive.max_payload_mb))

    key = (str(workspace.root), snapshot_id, repr(source))
    if _indexes.has(key):
        return _indexes.of(key, walked).entry(record_id)
    with _a_turn():
        return _indexes.of(key, walked).entry(record_id)


def _scratch(workspace: Workspace, files: Files) -> AbstractContextManager[Path]:
    """Give a folder to unpack into: the workspace's, where retention removes what a killed server left behind.

    None is made where nothing is packed: this server need not be allowed to write there.
    """
    packed = any(is_packed(path) for paths in files.values() for path in paths)
    return workspace.scratch() if packed else nullcontext(workspace.tmp)


def _index(source: Source, files: Files) -> RawIndex:
    """Walk a payload once: what goes by which record id, and what stands there of it."""
    places = _repeats(source, files)
    positions = {
        entry.record_id: tuple(sorted(places[number])) if places is not None else (number,)
        for number, entry in enumerate(_entries(source, files))
        if entry.error is None and entry.record_id
    }
    return RawIndex.of(positions, excerpts(source, files))


def _entries(source: Source, files: Files) -> list[Entry]:
    """Return what each entry of the list goes by, repeats combined: told only beside the others."""
    publisher_ids = compile_record(source).publisher_ids
    derive = compile_derive(source.derive, source.reader.nulls)
    read: list[Entry] = []
    entries = read_entries(source, files)
    while batch := list(islice(entries, _BATCH)):
        for tree in batch:
            derive(tree)
        read += [Entry(len(read) + number, ids) for number, ids in enumerate(_ids(publisher_ids, batch), 1)]
    identify(source.id, read)
    return read


def _ids(publisher_ids: Callable[[Sequence[Tree]], list[list[str]]], batch: Sequence[Tree]) -> Iterator[list[str]]:
    """Yield the ids of each entry; none of one that cannot be read, which is no record either."""
    try:
        yield from publisher_ids(batch)
    except UnreadableError:
        for tree in batch:
            try:
                yield from publisher_ids([tree])
            except UnreadableError:
                yield []


def _repeats(source: Source, files: Files) -> list[set[int]] | None:
    """Return, for each entry of the list, the positions in ``files`` of what is combined into it; None: its own alone."""
    repeats = source.reader.repeats
    if repeats is None or repeats.how == "refuse":
        return None
    keys: dict[str, set[int]] = {}
    key_of = key_reader(repeats)
    for position, tree in enumerate(read_uncombined(source, files)):
        keys.setdefault(key_of(tree) or f"\x00{position}", set()).add(position)
    return list(keys.values())


def _clipped(excerpt: Excerpt) -> Excerpt:
    if len(excerpt.text) <= MOST_LETTERS:
        return excerpt
    return Excerpt(role=excerpt.role, file=excerpt.file, text=f"{excerpt.text[:MOST_LETTERS]}…", is_verbatim=False)

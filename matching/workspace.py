"""The workspace: every file the pipeline keeps, and the only code that knows where.

    <workspace>/
      10_raw/<source>/<snapshot_id>/        the publisher's bytes, content-addressed and immutable
          manifest.json                     source, files with SHA-256 and size, counts, licence, handling code
          retrievals.jsonl                  one line each time these bytes were retrieved
          files/<name>
      10_raw/<source>/refused/<snapshot_id>/  bytes that a gate refused, with the reason: kept to look at, never read
      20_records/<source>/<snapshot_id>-<mapping hash>/  records, quarantine and gates of one snapshot under one mapping
      models/<model_id>/                    models trained here, each with its card; models/promotions/: which one is in use
      runs/<run_id>/<zone>/<table>.parquet  everything one run read and wrote
      runs/<run_id>/70_report/report.html, run.duckdb
      runs/<run_id>/sampled.json            round and seed of its below-the-line sample
      published.json                        the run a reader sees; replaced in one atomic step
      sampling.json                         which round of the below-the-line sample is on
      status/                               status.json and metrics.prom, written by the DAG `quality`; calibration.*
      audit.jsonl                           what was published, released, rolled back and erased, when and why
      erasing.json                          only while persons are erased: whom it is about, for whoever must go on with it
      erasure_asked.json                    whom a person was last asked to have erased, without those erased since
      .lock                                 held while something is written
      tmp/                                  being written; safe to delete while nothing runs

Decision: the zones 20 to 70 of a run stand under its run id, not the other way round, so that a run is published,
kept and removed as one folder. The current snapshot of a source is not stored: it is the accepted one retrieved last.
Every file and folder is written under tmp/ and moved into place, so that a kill at any moment leaves nothing half done.
"""

import errno
import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import polars as pl

from matching.contract import Table
from matching.errors import WorkspaceError

MOST_MOVES = 20
"""How often a folder that other processes replace at the same moment is tried again."""
MOST_ASKED, PAUSE_S = 5, 0.05
"""How often the lock is asked for: whoever looks whether it is held (``is_used``) has it for an instant."""


@dataclass(frozen=True)
class Workspace:
    """A workspace folder. Nothing is created before the first write."""

    root: Path

    @property
    def raw(self) -> Path:
        """Zone of raw snapshots."""
        return self.root / "10_raw"

    @property
    def records(self) -> Path:
        """Zone of per-snapshot records."""
        return self.root / "20_records"

    @property
    def models(self) -> Path:
        """Models trained here; see matching/link/registry.py."""
        return self.root / "models"

    @property
    def tmp(self) -> Path:
        """Where things are written before they are moved into place."""
        return self.root / "tmp"

    def run_folder(self, run_id: str) -> Path:
        """Folder of one run."""
        return self.root / "runs" / run_id

    def run_folders(self) -> list[Path]:
        """Folders of every run, finished or not, by name."""
        runs = self.root / "runs"
        return sorted(path for path in runs.iterdir() if path.is_dir()) if runs.is_dir() else []

    @contextmanager
    def used(self, *, alone: bool = False) -> Iterator[None]:
        """Hold the workspace while something is written; ``alone`` where nothing else may write meanwhile.

        The kernel lets go of it when the process ends, however it ends. Raises WorkspaceError where the workspace cannot
        be written, or where somebody else holds it and that does not go together.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            file = (self.root / ".lock").open("a")
        except OSError as error:
            raise WorkspaceError(
                f"cannot write to workspace {self.root}: {error.strerror}. Give a writable folder (--workspace)"
            ) from error
        with file:
            self._hold(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            try:
                yield
            except Exception as error:
                if isinstance(error, WorkspaceError) or not _is_full_or_read_only(error):
                    raise
                raise WorkspaceError(
                    f"workspace {self.root} cannot be written: {os.strerror(_errno_of(error))}. What was there stays as"
                    " it was. Free space, or make it writable; then `matching run resume`, or take the list in again"
                ) from error

    def _hold(self, file: IO[str], kind: int) -> None:
        for attempt in range(MOST_ASKED):
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
                return
            except OSError as error:
                if attempt == MOST_ASKED - 1:
                    raise WorkspaceError(
                        f"workspace {self.root} is in use by another command that does not go together with this one"
                        " (a run or an ingestion beside `matching retention apply`): try again when it has ended"
                    ) from error
            time.sleep(PAUSE_S)

    def is_used(self) -> bool:
        """Return whether anybody writes in the workspace just now; False where that cannot be told (no right to look)."""
        try:
            with (self.root / ".lock").open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return False
        except BlockingIOError:
            return True
        except OSError:
            return False

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder under tmp/ that is removed at the end, whatever happened."""
        folder = self.tmp / uuid.uuid4().hex
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise WorkspaceError(
                f"cannot write to workspace {self.root}: {error.strerror}. Give a writable folder (--workspace)"
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def replacing(self, folder: Path) -> Iterator[Path]:
        """Give an empty folder to fill; it takes the place of ``folder`` in one step, and only if all went well."""
        with self.scratch() as scratch:
            fresh = scratch / "fresh" / folder.name
            fresh.mkdir(parents=True)
            yield fresh
            folder.parent.mkdir(parents=True, exist_ok=True)
            for attempt in range(MOST_MOVES):
                try:
                    if folder.exists():
                        folder.rename(scratch / f"old{attempt}")
                    fresh.rename(folder)
                    return
                except OSError as error:  # another process came between
                    if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
                        raise
            raise WorkspaceError(f"{folder} is being replaced by others all the time: run one command at a time")

    def published_run(self) -> str | None:
        """Return the id of the last published run, None before the first."""
        pointer = self.root / "published.json"
        if not pointer.exists():
            return None
        try:
            return str(read_json(pointer)["run_id"])
        except (KeyError, TypeError) as error:
            raise WorkspaceError(
                f"{pointer} names no run: restore it from a backup, or publish with `matching run`"
            ) from error

    def published_folder(self) -> Path:
        """Return the folder of the last published run. Raises WorkspaceError before the first."""
        run_id = self.published_run()
        if run_id is None:
            raise WorkspaceError(f"nothing is published in workspace {self.root}: run `matching run` first")
        return self.run_folder(run_id)

    def publish(self, run_id: str) -> None:
        """Make ``run_id`` the run that readers see."""
        write_json(self.root / "published.json", {"run_id": run_id})


_NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def _errno_of(error: BaseException) -> int:
    """The system's number of ``error``: Polars keeps it, DuckDB only writes its text."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    return next((number for number in _NOT_WRITABLE if os.strerror(number) in str(error)), 0)


def _is_full_or_read_only(error: BaseException) -> bool:
    return _errno_of(error) in _NOT_WRITABLE


def table_path(folder: Path, table: Table) -> Path:
    """Return where ``table`` stands in the run folder ``folder``."""
    return folder / table.zone / f"{table.name}.parquet"


def write_table(folder: Path, table: Table, frame: pl.DataFrame) -> Path:
    """Write ``frame`` as ``table`` of the run in ``folder``, conformed to its contract, in one atomic step."""
    path = table_path(folder, table)
    write_parquet(path, table.conform(frame))
    return path


def read_table(folder: Path, table: Table) -> pl.DataFrame:
    """Read ``table`` of the run in ``folder``. Raises WorkspaceError where it is missing."""
    return scan_table(folder, table).collect()


def scan_table(folder: Path, table: Table) -> pl.LazyFrame:
    """Like ``read_table``, lazily: for a table of which only some rows or a count are wanted."""
    path = table_path(folder, table)
    if not path.exists():
        raise WorkspaceError(f"{path} is missing: the stage that writes it has not run. Run the stages before it")
    return pl.scan_parquet(path)


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Write ``frame`` to ``path`` in one atomic step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        frame.write_parquet(partial, compression="zstd")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` to ``path`` as JSON in one atomic step, durable before it is seen."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in one atomic step, durable before it is seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def append_line(path: Path, value: Any) -> None:
    """Add ``value`` as one line of JSON to ``path`` in a single write: a kill leaves a whole line or none."""
    line = json.dumps(value, ensure_ascii=False, sort_keys=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_lines(path: Path) -> list[Any]:
    """Read every line of JSON in ``path``. Raises WorkspaceError where it is missing or one is not JSON."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path} cannot be read: restore it from a backup") from error


def read_json(path: Path) -> Any:
    """Read JSON from ``path``. Raises WorkspaceError where it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path} cannot be read ({error}): restore it from a backup or remove it") from error

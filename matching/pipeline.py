"""The walk, top to bottom. ``cli.py`` and ``dags/`` call this and add only words and schedules.

    ingest    one source: fetch or import → raw snapshot → records, accepted only if the gates hold (ingest.py)
    run       the current records of every list → normalise → link → resolve → report → publish

A run writes under its own id and is published last, in one step: whatever fails before leaves the published run as it
was. Stages meet only in tables on disk, so each can be a process of its own (an Airflow task) and be run again.
"""

import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from matching import apart, ledger, quality
from matching.errors import GateError, SourceError, UsageError, WorkspaceError
from matching.ingest import Ingested, Ingestion
from matching.link.registry import Registry
from matching.log import event
from matching.run_tables import Clock, RunTables
from matching.settings import Settings
from matching.sources import drop, freshness, snapshots
from matching.sources.registry import known_source, load_sources
from matching.sources.spec import Source
from matching.stages import READS_GATES, REPORT_FILE, STAGES
from matching.tables import LEDGER
from matching.workspace import Workspace, read_json, write_json

__all__ = ["REPORT_FILE", "STAGES", "Clock", "Pipeline", "Run", "now", "run_id_for"]


def now() -> datetime:
    """The clock used where none is passed in."""
    return datetime.now(UTC)


def run_id_for(key: str, *, at: datetime) -> str:
    """The run id that always belongs to ``key``, such as a scheduler's own id of the run; safe as a folder's name."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The pipeline over one workspace. ``sources`` are the shipped ones and the user's own."""

    settings: Settings
    workspace: Workspace
    sources: Mapping[str, Source]
    clock: Clock = now

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock = now) -> "Pipeline":
        """The pipeline that ``settings`` describe. Raises UsageError listing every problem in a source.yml.

        From then on this process waits for those beside it as long as ``settings`` allow.
        """
        apart.allow(settings.answer_timeout_s)
        return cls(
            settings=settings,
            workspace=Workspace(settings.workspace),
            sources=load_sources(settings.sources_dir),
            clock=clock,
        )

    def source(self, source_id: str) -> Source:
        """The source with this id. Raises UsageError that names those there are."""
        return known_source(self.sources, source_id)

    def ingest(
        self,
        source_id: str,
        *,
        files: Sequence[Path] | None = None,
        retrieved_at: datetime | None = None,
        accept_drop: bool = False,
        full_refresh: bool = False,
        from_publisher: bool = False,
    ) -> Ingested:
        """Take in one source: from ``files``, from its publisher, or from the drop folder if that has it.

        Raises UsageError, FetchError, PayloadError or GateError; the last good snapshot then stays current.
        """
        source = self.source(source_id)
        quality.start_checker()
        ingestion = Ingestion(
            workspace=self.workspace, settings=self.settings, accept_drop=accept_drop, full_refresh=full_refresh
        )
        when = retrieved_at or self.clock()
        try:
            if files is not None:
                taken_in = ingestion.from_files(source, files, retrieved_at=when)
            elif from_publisher:
                taken_in = ingestion.from_publisher(source, retrieved_at=when)
            else:
                taken_in = ingestion.from_anywhere(source, now=when)
        except (SourceError, GateError) as error:
            freshness.note_attempt(self.workspace, source_id, at=self.clock(), error=error)
            raise
        freshness.note_attempt(self.workspace, source_id, at=self.clock())
        return taken_in

    def ingest_stored(
        self,
        source_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        accept_drop: bool = False,
    ) -> list[Ingested]:
        """Take in, in order of time, what the drop folder stores of a source by date (see drop.stored): after ``since``,
        up to ``until``. What was taken in before is passed over.

        Raises UsageError where nothing is stored, and what ``ingest`` raises at the first that cannot be taken in.
        """
        source = self.source(source_id)
        folder = self.settings.drop_folder(source.id)
        payloads = drop.stored(folder) if folder else {}
        if not payloads:
            raise UsageError(
                f"nothing is stored of {source_id}: put payloads into <drop folder>/{source_id}/<date>/ (setting"
                " drop_dir), the date as in 2026-02-27"
            )
        known = {
            retrieval.retrieved_at
            for snapshot in snapshots.history(self.workspace, source_id)
            for retrieval in snapshot.retrievals
        }
        wanted = [
            at
            for at in sorted(payloads)
            if at not in known and (since is None or at > since) and (until is None or at <= until)
        ]
        return [self.ingest(source_id, files=payloads[at], retrieved_at=at, accept_drop=accept_drop) for at in wanted]

    def run(self, source_ids: Sequence[str] | None = None) -> "Run":
        """Run every stage over the current records of ``source_ids`` (default: every source with a snapshot)."""
        run = self.start(source_ids)
        run.go_on()
        return run

    def start(self, source_ids: Sequence[str] | None = None, *, run_id: str | None = None) -> "Run":
        """Begin a run: fix which snapshots it reads, so that lists taken in meanwhile wait for the next run.

        A ``run_id`` that was begun before is begun afresh. Raises UsageError for an unknown source or the published
        run, WorkspaceError where a wanted source has no snapshot or none has.
        """
        wanted = [self.source(source_id).id for source_id in source_ids or ()]
        found = {
            source_id: snapshot.snapshot_id
            for source_id in (wanted or self.sources)
            if (snapshot := snapshots.current(self.workspace, source_id))
        }
        missing = [source_id for source_id in wanted if source_id not in found]
        if missing or not found:
            raise WorkspaceError(
                f"no snapshot of {', '.join(missing) or 'any source'} in {self.workspace.root}:"
                " take one in with `matching source import` or `matching source fetch`"
            )
        run_id = run_id or f"{self.clock():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"
        self.refuse_if_published(run_id)
        plan = {
            "snapshots": found,
            "model": Registry(self.workspace).resolve(self.settings.model),
            "begun_at": self.clock().isoformat(timespec="seconds"),
            "sequence": 1 + max(map(ledger.sequence, self.workspace.run_folders()), default=0),
        }
        with self.workspace.replacing(self.workspace.run_folder(run_id)) as fresh:
            write_json(fresh / "plan.json", plan)
        event("run_started", run=run_id, sources=len(found))
        return self.resume(run_id)

    def refuse_if_published(self, run_id: str) -> None:
        """Raise UsageError where ``run_id`` is the published run: readers would see its tables change."""
        if run_id == self.workspace.published_run():
            raise UsageError(
                f"run {run_id} is published, and readers use its tables: begin a new run (in Airflow: trigger `match`,"
                " or clear the whole run)"
            )

    def resume(self, run_id: str) -> "Run":
        """The run that was begun under ``run_id``. Raises WorkspaceError where there is none."""
        plan = read_json(self.workspace.run_folder(run_id) / "plan.json")
        return Run(
            pipeline=self,
            workspace=self.workspace,
            settings=self.settings,
            sources=self.sources,
            clock=self.clock,
            run_id=run_id,
            snapshots=plan["snapshots"],
            model=Registry(self.workspace).load(plan["model"]),
        )


@dataclass(frozen=True)
class _Worked:
    """A stage that wrote its tables; of its gates so many are not heard yet."""

    stage: str
    started_at: datetime
    seconds: float
    rows: tuple[int, int]
    gates: int


@dataclass(frozen=True, kw_only=True)
class Run(RunTables):
    """One run over fixed snapshots with one model, stage by stage."""

    pipeline: Pipeline
    worked: list[_Worked] = field(default_factory=list)
    """Stages that wait for their gates, in order: done, and in the ledger, once these hold."""

    def do(self, stage: str) -> None:
        """Do one of STAGES; it reads what those before it wrote. Doing it again replaces what it wrote.

        Raises UsageError where the run is published by now, unless to publish it again, which changes nothing.
        """
        self._work(stage)
        self._finish()

    def go_on(self, stage: str | None = None) -> None:
        """Do every stage from ``stage`` on, or all of them. Raises what a stage raises.

        A stage begins before the gates of the one before were heard. Where one then does not hold, the run ends there.
        """
        quality.start_checker()
        names = list(STAGES)
        with self.workspace.used():  # between stages too: whoever looks sees that the run goes on
            for name in names[names.index(stage) if stage else 0 :]:
                self._finish(wait=names.index(name) >= names.index(READS_GATES))
                self._work(name)
            self._finish()

    def _work(self, stage: str) -> None:
        """Do the work of a stage; it is done once ``_finish`` has heard its gates."""
        if stage != "publish":
            self.pipeline.refuse_if_published(self.run_id)
        work, started_at, start, pending = STAGES[stage], self.clock(), time.perf_counter(), len(self.pending)
        try:
            with self.workspace.used():
                rows = work(self)
        except BaseException as error:
            try:
                if isinstance(error, Exception):
                    self._finish()  # a gate that fails on what this stage read says more than what came of it
                    self._settle()
            finally:
                self._note(stage, started_at, seconds=time.perf_counter() - start, status="failed")
            raise
        seconds = time.perf_counter() - start
        self.worked.append(_Worked(stage, started_at, seconds, rows, len(self.pending) - pending))

    def _finish(self, *, wait: bool = True) -> None:
        """Hear the gates of the stages that wait for them, or without ``wait`` those that were answered."""
        while self.worked and (wait or all(gate.is_answered for gate in self.pending[: self.worked[0].gates])):
            worked, start, status, rows = self.worked.pop(0), time.perf_counter(), "failed", (0, 0)
            try:
                self._settle(worked.gates)
                status, rows = "done", worked.rows
            finally:
                seconds = worked.seconds + time.perf_counter() - start
                self._note(worked.stage, worked.started_at, seconds=seconds, rows=rows, status=status)
                if status == "failed":
                    self.worked.clear()

    def _settle(self, gates: int | None = None) -> None:
        with self.workspace.used():
            self.settle(gates)

    def _note(
        self, stage: str, started_at: datetime, *, seconds: float, status: str, rows: tuple[int, int] = (0, 0)
    ) -> None:
        row = ledger.stage_row(
            self.run_id,
            list(STAGES).index(stage),
            stage=stage,
            started_at=started_at,
            seconds=seconds,
            rows=rows,
            status=status,
            snapshot_ids=[f"{source}:{snapshot}" for source, snapshot in sorted(self.snapshots.items())],
            model_id=self.model.model_id,
        )
        with self.workspace.used():
            ledger.keep(self.folder, LEDGER, row, instead_of=pl.col("stage") == stage)
        event(
            "stage_ended",
            run=self.run_id,
            stage=stage,
            rows_in=rows[0],
            rows_out=rows[1],
            seconds=seconds,
            status=status,
        )

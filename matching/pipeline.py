"""The walk, top to bottom. ``cli.py`` and ``dags/`` call this and add only words and schedules.

    ingest    one source: fetch or import → raw snapshot → records, accepted only if the gates hold (ingest.py)
    run       the current records of every list → normalise → link → resolve → report → publish

A run writes under its own id and is published last, in one step: whatever fails before leaves the published run as it
was. Stages meet only in tables on disk, so each can be a process of its own (an Airflow task) and be run again.
"""

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from matching import database, ledger, publishing, quality
from matching.contract import Table
from matching.errors import GateError, SourceError, UsageError, WorkspaceError
from matching.gather import gather
from matching.ingest import Ingested, Ingestion
from matching.link import sampling_rounds
from matching.link.incremental import Before
from matching.link.model import Model
from matching.link.registry import Registry
from matching.link.sampling import sample_below
from matching.link.stage import link
from matching.log import event
from matching.monitor import calibration, drift_of_runs, holds, measures, validations
from matching.normalise.stage import linkable, normalise
from matching.report.html import STALE_FILE, write_report
from matching.report.validation_site import write_site
from matching.resolve.explain import explain
from matching.resolve.stage import resolve
from matching.settings import Settings
from matching.sources import drop, freshness, snapshots
from matching.sources.registry import load_sources
from matching.sources.spec import Source
from matching.tables import (
    BIRTHS,
    CHANGES,
    CLUSTERS,
    CONFLICTS,
    COUNTRIES,
    EXPLANATIONS,
    GATES,
    IDENTIFIERS,
    LEDGER,
    MATCHES,
    MEASURES,
    NAME_KEYS,
    NAMES,
    PAIRS,
    QUARANTINE,
    RECORDS,
    SAMPLES,
    VALIDATIONS,
)
from matching.workspace import Workspace, read_json, read_table, table_path, write_json, write_table

Clock = Callable[[], datetime]
REPORT_FILE = Path("70_report") / "report.html"
"""Where the report stands in a run's folder."""


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
        """The pipeline that ``settings`` describe. Raises UsageError listing every problem in a source.yml."""
        return cls(
            settings=settings,
            workspace=Workspace(settings.workspace),
            sources=load_sources(settings.sources_dir),
            clock=clock,
        )

    def source(self, source_id: str) -> Source:
        """The source with this id. Raises UsageError that names those there are."""
        if source_id not in self.sources:
            raise UsageError(
                f"no source {source_id}: known are {', '.join(self.sources)} (add yours with --sources-dir)"
            )
        return self.sources[source_id]

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
            run_id=run_id,
            snapshots=plan["snapshots"],
            model=Registry(self.workspace).load(plan["model"]),
        )


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run over fixed snapshots with one model."""

    pipeline: Pipeline
    run_id: str
    snapshots: Mapping[str, str]
    model: Model

    @property
    def folder(self) -> Path:
        """Where the run writes."""
        return self.pipeline.workspace.run_folder(self.run_id)

    def do(self, stage: str) -> None:
        """Do one of STAGES; it reads what those before it wrote. Doing it again replaces what it wrote.

        Raises UsageError where the run is published by now, unless to publish it again, which changes nothing.
        """
        if stage != "publish":
            self.pipeline.refuse_if_published(self.run_id)
        work, started_at, start = STAGES[stage], self.pipeline.clock(), time.perf_counter()
        rows, status = (0, 0), "failed"
        with self.pipeline.workspace.used():
            try:
                rows, status = work(self), "done"
            finally:
                self._note(stage, started_at, seconds=time.perf_counter() - start, rows=rows, status=status)

    def go_on(self, stage: str | None = None) -> None:
        """Do every stage from ``stage`` on, or all of them. Raises what a stage raises."""
        names = list(STAGES)
        with self.pipeline.workspace.used():  # between stages too: whoever looks sees that the run goes on
            for name in names[names.index(stage) if stage else 0 :]:
                self.do(name)

    def read(self, table: Table) -> pl.DataFrame:
        """Read a table of this run."""
        return read_table(self.folder, table)

    def write(self, table: Table, frame: pl.DataFrame, **gate_with: Any) -> int:
        """Gate ``frame``, write what passed as ``table``, keep the rest in quarantine; returns rows written.

        Raises GateError where a critical rule fails; gates and quarantine are kept even then.
        """
        gated = quality.gate(table, frame, now=self.pipeline.clock(), snapshot_ids=self.snapshots, **gate_with)
        ledger.keep(self.folder, GATES, gated.gates, instead_of=pl.col("table") == table.name)
        ledger.keep(self.folder, QUARANTINE, gated.quarantine, instead_of=pl.col("table") == table.name)
        gated.raise_if_failed()
        write_table(self.folder, table, gated.frame)
        return gated.frame.height

    def _note(self, stage: str, started_at: datetime, *, seconds: float, rows: tuple[int, int], status: str) -> None:
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


def _gather(run: Run) -> tuple[int, int]:
    """Bring together the records of the run's snapshots, and what was quarantined and gated with them."""
    pipeline = run.pipeline
    ingestion = Ingestion(workspace=pipeline.workspace, settings=pipeline.settings)
    held = [
        gather(ingestion, pipeline.source(source_id), snapshot_id)
        for source_id, snapshot_id in sorted(run.snapshots.items())
    ]
    for table, frames in (
        (RECORDS, [tables.records for tables, _ in held]),
        (QUARANTINE, [tables.quarantine for tables, _ in held]),
        (GATES, [tables.gates for tables, _ in held]),
        (CHANGES, [changes for _, changes in held]),
    ):
        write_table(run.folder, table, pl.concat(frames))
    records, set_aside = run.read(RECORDS).height, run.read(QUARANTINE)["record_id"].n_unique()
    return records + set_aside, records


def _normalise(run: Run) -> tuple[int, int]:
    """Names, births, countries and identifiers of the records that can be linked."""
    records = run.read(RECORDS)
    made = normalise(records)
    tables = ((NAMES, made.names), (BIRTHS, made.births), (COUNTRIES, made.countries), (IDENTIFIERS, made.identifiers))
    written = sum(run.write(table, frame) for table, frame in tables)
    run.write(NAME_KEYS, made.name_keys)  # made of names: not counted as rows of its own
    unread = pl.struct("table", "rule").is_in(
        made.quarantine.select(pl.struct("table", "rule").unique()).to_series().implode()
    )
    ledger.keep(run.folder, QUARANTINE, made.quarantine, instead_of=unread)
    return records.filter(linkable()).height, written


def _link(run: Run) -> tuple[int, int]:
    """Score the candidate pairs, those that nothing touched since the published run apart."""
    with run.pipeline.workspace.scratch() as spill:
        pairs = link(run.folder, run.pipeline.settings, run.model, spill=spill, before=_before(run))
    return run.read(RECORDS).filter(linkable()).height, run.write(PAIRS, pairs)


def _before(run: Run) -> Before | None:
    """The published run, of which pairs that nothing touched are taken over; None before the first."""
    workspace = run.pipeline.workspace
    return Before(folder=workspace.published_folder()) if workspace.published_run() else None


def _resolve(run: Run) -> tuple[int, int]:
    """Matches and clusters from the scored pairs."""
    pairs, records = run.read(PAIRS), run.read(RECORDS)
    threshold = run.pipeline.settings.review_threshold
    with run.pipeline.workspace.scratch() as spill:
        with database.in_memory(run.pipeline.settings, spill) as connection:
            births, documents = run.read(BIRTHS), run.read(IDENTIFIERS)
            made = resolve(pairs, records, births, documents, connection, threshold=threshold)
        samples = sample_below(pairs, records, sampling_rounds.of(run.pipeline.settings), spill=spill)
    run.write(CLUSTERS, made.clusters)
    run.write(SAMPLES, samples, parameters={"review_threshold": threshold})
    run.write(CONFLICTS, made.conflicts, parameters={"review_threshold": threshold})
    written = run.write(
        MATCHES, made.matches, parameters={"review_threshold": threshold}, beside={"clusters": made.clusters}
    )
    to_read = pl.concat([frame.select(*PAIRS.columns) for frame in (made.matches, samples)])
    run.write(EXPLANATIONS, _explained(run, to_read), beside={"matches": made.matches})
    return pairs.height, written


def _explained(run: Run, to_read: pl.DataFrame) -> pl.DataFrame:
    with (
        run.pipeline.workspace.scratch() as spill,
        database.in_memory(run.pipeline.settings, spill) as connection,
    ):
        connection.read_parquet(str(table_path(run.folder, NAMES))).create_view(NAMES.name)
        return explain(to_read, connection)


def _measure(run: Run) -> tuple[int, int]:
    """Measure the run, hold it against the runs before, and gather what was ever validated.

    A measure outside its band is a gate that failed; where the band says so, the run is held back at `publish`.
    """
    workspace, settings = run.pipeline.workspace, run.pipeline.settings
    judged = drift_of_runs.judge(
        measures.measure(run.folder, calibration.judged_pairs(settings)),
        drift_of_runs.measured_before(workspace, run.folder, most=settings.drift_runs),
        settings.drift,
    )
    write_table(run.folder, MEASURES, judged.measures)
    ledger.keep(run.folder, GATES, judged.gates, instead_of=pl.col("table") == MEASURES.name)
    holds.put(run.folder, judged.reasons)
    write_table(run.folder, VALIDATIONS, validations.history(workspace, until=run.folder))
    return judged.measures.height, judged.gates.height


def _report(run: Run) -> tuple[int, int]:
    """The HTML report, and the pages of what was validated."""
    matches, now = run.read(MATCHES).height, run.pipeline.clock()
    stale = _stale(run, now=now)
    write_json(run.folder / STALE_FILE, stale)
    write_report(run.folder, now=now, stale=stale)
    write_site(run.folder, now=now)
    return matches, matches


def _stale(run: Run, *, now: datetime) -> dict[str, str]:
    """Those lists of the run that are older than their cadence allows, each with what is wrong."""
    pipeline = run.pipeline
    standing = {
        source_id: freshness.of_source(
            pipeline.workspace,
            pipeline.source(source_id),
            snapshots.load(pipeline.workspace, source_id, snapshot_id),
            now=now,
        )
        for source_id, snapshot_id in run.snapshots.items()
    }
    return {source_id: found.detail for source_id, found in standing.items() if found.is_stale}


def _publish(run: Run) -> tuple[int, int]:
    """Make this the run that readers see, with the database that `matching sql` opens.

    Raises HeldError where something holds it back, such as a run that was begun later and is published by now.
    """
    workspace, matches = run.pipeline.workspace, run.read(MATCHES).height
    publishing.write_database(workspace, run.folder)
    published = workspace.published_run()
    if (
        published
        and holds.of(run.folder) is None
        and ledger.sequence(workspace.run_folder(published)) > ledger.sequence(run.folder)
    ):
        holds.put(run.folder, [f"run {published}, begun later, is published already"])
    holds.refuse_if_held(run.folder)
    workspace.publish(run.run_id)
    ledger.note(workspace, "published", at=run.pipeline.clock(), run=run.run_id, instead_of=published)
    event("run_published", run=run.run_id, matches=matches)
    return matches, matches


STAGES: Mapping[str, Callable[[Run], tuple[int, int]]] = {
    "records": _gather,
    "normalise": _normalise,
    "link": _link,
    "resolve": _resolve,
    "measure": _measure,
    "report": _report,
    "publish": _publish,
}
"""The stages of a run in order; each returns rows read and rows written."""

"""The stages of a run: each reads tables and writes tables, through their gates.

    records → normalise → link → resolve → measure → report → publish

Enters: a run over fixed snapshots (run_tables.py). Leaves: its tables on disk, and rows read and written, for the ledger.
Stages meet only in tables, so each can be a process of its own (an Airflow task) and be done again; pipeline.py walks them.

Each stage imports what it needs when it works: compiled loops, Splink and templates take a second to import, and
`matching status`, which only asks what the stages are called, does without.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from matching import database, ledger, publishing
from matching.log import event
from matching.monitor import holds
from matching.run_tables import RunTables
from matching.sources import freshness, snapshots
from matching.sources.registry import known_source
from matching.tables import (
    BIRTHS,
    CHANGES,
    CLUSTERS,
    CONFLICTS,
    COUNTRIES,
    EXPLANATIONS,
    GATES,
    IDENTIFIERS,
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
from matching.workspace import table_path, write_json, write_table

REPORT_FILE = Path("70_report") / "report.html"
"""Where the report stands in a run's folder."""


def _gather(run: RunTables) -> tuple[int, int]:
    """Bring together the records of the run's snapshots, and what was quarantined and gated with them."""
    from matching.gather import gather
    from matching.ingest import Ingestion

    ingestion = Ingestion(workspace=run.workspace, settings=run.settings)
    held = [
        gather(ingestion, known_source(run.sources, source_id), snapshot_id)
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


def _normalise(run: RunTables) -> tuple[int, int]:
    """Names, births, countries and identifiers of the records that can be linked."""
    from matching.normalise.incremental import keep_state, normalise_changed
    from matching.normalise.stage import linkable

    records = run.read(RECORDS)
    made = normalise_changed(records, before=_published(run))
    tables = ((NAMES, made.names), (BIRTHS, made.births), (COUNTRIES, made.countries), (IDENTIFIERS, made.identifiers))
    written = sum(run.write(table, frame) for table, frame in tables)
    run.write(NAME_KEYS, made.name_keys)  # made of names: not counted as rows of its own
    keep_state(run.folder)
    unread = pl.struct("table", "rule").is_in(
        made.quarantine.select(pl.struct("table", "rule").unique()).to_series().implode()
    )
    ledger.keep(run.folder, QUARANTINE, made.quarantine, instead_of=unread)
    return records.filter(linkable()).height, written


def _link(run: RunTables) -> tuple[int, int]:
    """Score the candidate pairs, those that nothing touched since the published run apart."""
    from matching.link.incremental import Before
    from matching.link.stage import link
    from matching.normalise.stage import linkable

    published = _published(run)
    before = Before(folder=published) if published else None
    with run.workspace.scratch() as spill:
        pairs = link(run.folder, run.settings, run.model, spill=spill, before=before)
    return run.read(RECORDS).filter(linkable()).height, run.write(PAIRS, pairs)


def _published(run: RunTables) -> Path | None:
    return run.workspace.published_folder() if run.workspace.published_run() else None


def _resolve(run: RunTables) -> tuple[int, int]:
    """Matches and clusters from the scored pairs."""
    from matching.link import sampling_rounds
    from matching.link.sampling import sample_below
    from matching.resolve.stage import resolve

    pairs, records = run.read(PAIRS), run.read(RECORDS)
    threshold = run.settings.review_threshold
    with run.workspace.scratch() as spill:
        with database.in_memory(run.settings, spill) as connection:
            births, documents = run.read(BIRTHS), run.read(IDENTIFIERS)
            made = resolve(pairs, records, births, documents, connection, threshold=threshold)
        samples = sample_below(pairs, records, sampling_rounds.drawn_for(run.folder, run.settings), spill=spill)
    run.write(CLUSTERS, made.clusters)
    run.write(SAMPLES, samples, parameters={"review_threshold": threshold})
    run.write(CONFLICTS, made.conflicts, parameters={"review_threshold": threshold})
    written = run.write(
        MATCHES, made.matches, parameters={"review_threshold": threshold}, beside={"clusters": made.clusters}
    )
    to_read = pl.concat([frame.select(*PAIRS.columns) for frame in (made.matches, samples)])
    run.write(EXPLANATIONS, _explained(run, to_read), beside={"matches": made.matches})
    return pairs.height, written


def _explained(run: RunTables, to_read: pl.DataFrame) -> pl.DataFrame:
    from matching.resolve.explain import explain

    with (
        run.workspace.scratch() as spill,
        database.in_memory(run.settings, spill) as connection,
    ):
        connection.read_parquet(str(table_path(run.folder, NAMES))).create_view(NAMES.name)
        return explain(to_read, connection)


def _measure(run: RunTables) -> tuple[int, int]:
    """Measure the run, hold it against the runs before, and gather what was ever validated.

    A measure outside its band is a gate that failed; where the band says so, the run is held back at `publish`.
    """
    from matching.monitor import calibration, drift_of_runs, measures, validations

    workspace, settings = run.workspace, run.settings
    decided = calibration.not_trained_on(calibration.judged_pairs(settings), workspace, [run.model.model_id])
    judged = drift_of_runs.judge(
        measures.measure(run.folder, decided),
        drift_of_runs.measured_before(workspace, run.folder, most=settings.drift_runs),
        settings.drift,
    )
    write_table(run.folder, MEASURES, judged.measures)
    ledger.keep(run.folder, GATES, judged.gates, instead_of=pl.col("table") == MEASURES.name)
    holds.put(run.folder, judged.reasons)
    write_table(run.folder, VALIDATIONS, validations.history(workspace, until=run.folder))
    return judged.measures.height, judged.gates.height


def _report(run: RunTables) -> tuple[int, int]:
    """The HTML report, and the pages of what was validated."""
    from matching.report.html import STALE_FILE, write_report
    from matching.report.validation_site import write_site

    matches, now = run.read(MATCHES).height, run.clock()
    stale = _stale(run, now=now)
    write_json(run.folder / STALE_FILE, stale)
    write_report(run.folder, now=now, stale=stale)
    write_site(run.folder, now=now)
    return matches, matches


def _stale(run: RunTables, *, now: datetime) -> dict[str, str]:
    """Those lists of the run that are older than their cadence allows, each with what is wrong."""
    standing = {
        source_id: freshness.of_source(
            run.workspace,
            known_source(run.sources, source_id),
            snapshots.load(run.workspace, source_id, snapshot_id),
            now=now,
        )
        for source_id, snapshot_id in run.snapshots.items()
    }
    return {source_id: found.detail for source_id, found in standing.items() if found.is_stale}


def _publish(run: RunTables) -> tuple[int, int]:
    """Make this the run that readers see, with the database that `matching sql` opens.

    Raises HeldError where something holds it back, such as a run that was begun later and is published by now.
    """
    workspace, matches = run.workspace, run.read(MATCHES).height
    publishing.write_database(workspace, run.folder)
    published = workspace.published_run()
    publishing.hold_if_overtaken(workspace, run.folder)
    holds.refuse_if_held(run.folder)
    workspace.publish(run.run_id)
    ledger.note(workspace, "published", at=run.clock(), run=run.run_id, instead_of=published)
    event("run_published", run=run.run_id, matches=matches)
    return matches, matches


Stage = Callable[[RunTables], tuple[int, int]]
STAGES: Mapping[str, Stage] = {
    "records": _gather,
    "normalise": _normalise,
    "link": _link,
    "resolve": _resolve,
    "measure": _measure,
    "report": _report,
    "publish": _publish,
}
"""The stages of a run in order; each returns rows read and rows written."""

READS_GATES = "measure"
"""The first stage that reads what gates found: before it, every gate is waited for."""

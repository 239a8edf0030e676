"""What the DAGs do, in plain functions: a scheduler hands in settings and ids, and gets back what it may keep.

Reads and writes what the commands of the same name do. What is returned goes into Airflow's database and pages: counts,
ids, rules and reasons, nothing personal.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import polars as pl
from croniter import croniter

from matching import ledger, publishing
from matching.alerts import Alert, send
from matching.compare_snapshots import last_changes
from matching.errors import UsageError
from matching.ingest import Ingested, Ingestion
from matching.link.registry import Registry
from matching.modelling import compare_models, train_model
from matching.monitor import calibration, holds
from matching.operations import calibration_report, erasure_asked, metrics, refused_lists, retention, runs
from matching.operations import status as standing
from matching.pipeline import Pipeline
from matching.settings import Settings
from matching.tables import GATES
from matching.workspace import read_table, write_json, write_text


def decided_by(settings: Settings, decision: dict[str, Any]) -> str:
    """Who answered a question, as the audit trail names them: the id that Airflow knows them by, and the name it shows.

    Raises UsageError where that is nobody of setting `deciders`: the setting of now counts, and so does this check where
    Airflow's own lets more people answer.
    """
    user = decision.get("responded_by_user") or {}
    found = str(user.get("id") or "")
    if settings.deciders and found not in settings.deciders:
        raise UsageError(
            f"nothing is done: Airflow user {found or 'unknown'} answered, expected one of setting deciders"
            f" ({', '.join(settings.deciders)}). Have one of them answer: clear the task `decide`"
        )
    return f"Airflow user {found} ({user.get('name')})" if found else "somebody in Airflow"


def taken_in(
    settings: Settings, source_id: str, *, stored_until: datetime | None, full_refresh: bool, accept_drop: bool
) -> dict[str, Any] | None:
    """Take in a list and return what its asset's event says: rows, changes, and gates that did not hold.

    ``stored_until`` asks for what the drop folder stores by date, from the schedule's hour before until that time; None
    where nothing is.
    """
    pipeline = Pipeline.open(settings)
    if stored_until is None:
        return _told(pipeline, pipeline.ingest(source_id, full_refresh=full_refresh, accept_drop=accept_drop))
    schedule = pipeline.source(source_id).schedule or "@daily"
    since = croniter(schedule, stored_until).get_prev(datetime)
    found = pipeline.ingest_stored(source_id, since=since, until=stored_until, accept_drop=accept_drop)
    return _told(pipeline, found[-1]) if found else None


def _told(pipeline: Pipeline, ingested: Ingested) -> dict[str, Any]:
    ingestion = Ingestion(workspace=pipeline.workspace, settings=pipeline.settings)
    return {
        "snapshot_id": ingested.snapshot_id,
        "entries": ingested.entries,
        "persons": ingested.persons,
        "quarantined": ingested.quarantined,
        "is_unchanged": ingested.is_unchanged,
        "changes": last_changes(ingestion, pipeline.source(ingested.source_id)),
        "warnings": sorted(warning.partition(":")[0] for warning in ingested.warnings),
    }


def held_for(settings: Settings, run_id: str) -> tuple[str, ...]:
    """Why a run is held back; nothing where it is not."""
    hold = holds.of(Pipeline.open(settings).workspace.run_folder(run_id))
    return () if hold is None or hold.released else hold.reasons


def alert_of_hold(settings: Settings, run_id: str) -> dict[str, str]:
    """Tell that a run is held back, and return which, why and where its report is."""
    reasons = "; ".join(held_for(settings, run_id))
    send(
        Alert(
            what="run_held", where=run_id, detail=reasons, to_do=f"look at its report; matching run release {run_id}"
        ),
        settings,
    )
    folder = Pipeline.open(settings).workspace.run_folder(run_id)
    return {"run": run_id, "reasons": reasons, "report": str(folder / "70_report" / "report.html")}


def published(settings: Settings, run_id: str) -> dict[str, Any]:
    """Publish a run, and return what its asset's event says."""
    pipeline = Pipeline.open(settings)
    pipeline.resume(run_id).do("publish")
    return _told_of_run(pipeline, run_id)


def released(settings: Settings, run_id: str, *, by: str) -> dict[str, Any]:
    """Release and publish a run that a person approved in Airflow; done again, it changes nothing.

    Raises HeldError where a run begun later is published by now: the question was asked before that, and did not say so.
    """
    pipeline = Pipeline.open(settings)
    if held_for(settings, run_id):
        folder = pipeline.workspace.run_folder(run_id)
        if publishing.overtaken(pipeline.workspace, folder):
            publishing.hold_if_overtaken(pipeline.workspace, folder)
            holds.refuse_if_held(folder)
        runs.release(pipeline, run_id, by=by, why="approved in Airflow")
    return _told_of_run(pipeline, run_id)


def _told_of_run(pipeline: Pipeline, run_id: str) -> dict[str, Any]:
    state = runs.find_run(pipeline.workspace, run_id)
    gates = read_table(state.folder, GATES)
    return {
        "run": run_id,
        "matches": state.matches,
        "lists": len(state.plan["snapshots"]),
        "gates": gates.height,
        "gates_failed": gates.filter(~pl.col("success")).height,
    }


def look(settings: Settings) -> dict[str, int]:
    """Write status/status.json and status/metrics.prom in the workspace, alert where something is red, and count."""
    pipeline, now = Pipeline.open(settings), datetime.now(UTC)
    lines = standing.status(pipeline, now=now)
    folder = pipeline.workspace.root / "status"
    write_json(folder / "status.json", standing.frame(lines).to_dicts())
    write_text(folder / "metrics.prom", metrics.openmetrics(pipeline, lines, now=now))
    for line in lines:
        if line.level == "red":
            where = f"{line.area} {line.name}"
            send(
                Alert(what="status_red", where=where, detail=f"{line.state}: {line.detail}", to_do=line.to_do), settings
            )
    return dict(Counter(line.level for line in lines))


def due_for_erasure(settings: Settings) -> dict[str, Any] | None:
    """How many ``persons`` may be kept no longer, and the token of the question about them; None where nobody is."""
    pipeline, now = Pipeline.open(settings), datetime.now(UTC)
    ids = retention.plan(pipeline, now=now)["record_id"].to_list()
    return {"persons": len(ids), "asked": erasure_asked.note(pipeline.workspace, ids, at=now)} if ids else None


def erased(settings: Settings, asked: str, *, by: str) -> dict[str, int]:
    """Erase those whom the question ``asked`` was about and who are due still, and count; ``later`` came due since.

    Raises UsageError where that question is not the last.
    """
    pipeline, now = Pipeline.open(settings), datetime.now(UTC)
    done = retention.apply(pipeline, retention.approved(pipeline, asked, now=now), now=now, by=by)
    return {
        "persons": done.persons, "snapshots": done.snapshots, "runs": done.runs, "review_rows": done.rows,
        "later": retention.plan(pipeline, now=now).height,
    }  # fmt: skip


def calibrated(settings: Settings) -> dict[str, Any] | None:
    """Hold the model against judgements, write the report, and alert where it is farther off than setting drift allows.

    Returns the report's figures, None before the first published run: there is nothing to hold then.
    """
    pipeline = Pipeline.open(settings)
    if pipeline.workspace.published_run() is None:
        return None
    found, band = calibration_report.report(pipeline, now=datetime.now(UTC)), settings.drift["calibration"]
    if found.error is not None and band.warn is not None and found.error > band.warn:
        detail = f"probabilities are {found.error:.1%} from {found.judged} judgements, expected {band.warn:.0%} at most"
        to_do = f"read {pipeline.workspace.root / calibration_report.PAGE}; trigger the DAG promote_model to train anew"
        send(Alert(what="calibration_off", where=found.run_id, detail=detail, to_do=to_do), settings)
    return found.figures()


def sample_refreshed(settings: Settings) -> int | None:
    """Begin another round of the sample where the last is judged; returns its number, None where it goes on."""
    return calibration_report.refresh_sample(Pipeline.open(settings), now=datetime.now(UTC))


def candidate(settings: Settings, named: str, *, by: str) -> dict[str, Any] | None:
    """The model ``named``, or one trained now on the published run and its judgements, beside the promoted one.

    Returns ids, how many matches would appear and vanish, and where its card is; None where it is promoted already.
    """
    pipeline, now = Pipeline.open(settings), datetime.now(UTC)
    registry, judged = Registry(pipeline.workspace), calibration.judged_pairs(settings)
    model = named or train_model(pipeline.workspace, settings, now=now, by=by, judgements=judged).model_id
    model, promoted = registry.resolve(model), registry.promoted()
    if model == promoted:
        return None
    changed = compare_models(pipeline.workspace, settings, promoted, model)
    counted = Counter(changed["change"])
    card = registry.folder(model) / "card.html"
    return {
        "model": model, "instead_of": promoted, "appears": counted["appears"], "vanishes": counted["vanishes"],
        "stays": counted["stays"], "card": str(card) if card.exists() else "none: it ships with this package",
    }  # fmt: skip


def promoted(settings: Settings, model: str, *, by: str) -> dict[str, str]:
    """Promote a model that a person approved in Airflow; done again, it changes nothing."""
    registry = Registry(Pipeline.open(settings).workspace)
    if registry.promoted() != model:
        registry.promote(model, by=by, at=datetime.now(UTC), note="approved in Airflow")
    return {"model": model, "by": by}


def refused(settings: Settings) -> list[dict[str, str]]:
    """The refused payloads about which nobody was asked yet: ids, why, and what to do first; each a question."""
    return [
        {
            "source": one.source_id,
            "snapshot": one.snapshot_id,
            "cause": one.cause,
            "reason": one.reason,
            "to_do": one.to_do,
        }
        for one in refused_lists.waiting(Pipeline.open(settings), unasked=True)
    ]


def asked(settings: Settings, lists: list[dict[str, str]]) -> None:
    """Note that a person is asked about these refused payloads."""
    workspace, now = Pipeline.open(settings).workspace, datetime.now(UTC)
    for one in lists:
        refused_lists.note_asked(workspace, one["source"], one["snapshot"], cause=one["cause"], at=now)


def accepted(settings: Settings, one: dict[str, str], *, by: str) -> dict[str, Any] | None:
    """Take in the payload of a question of ``refused`` that a person accepted; None where it is superseded.

    Returns what its asset's event says. Raises UsageError where it was refused for another cause since.
    """
    pipeline = Pipeline.open(settings)
    found = refused_lists.accept(pipeline, one["source"], one["snapshot"], cause=one["cause"])
    if found is None:
        return None
    ledger.note(
        pipeline.workspace, "accepted", at=datetime.now(UTC), source=one["source"], snapshot=one["snapshot"],
        by=by, why=f"accepted in Airflow: {one['cause']}",
    )  # fmt: skip
    return _told(pipeline, found)

"""The runs of a workspace: in which state each is, what made its matches, and how to go on or back.

Reads runs/. Writes the stages of a run that is resumed, the published run and the audit trail. Grain: one run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from matching import ledger, publishing
from matching.errors import UsageError, WorkspaceError
from matching.link import sampling_rounds
from matching.log import event
from matching.monitor import holds
from matching.pipeline import STAGES, Pipeline, Run
from matching.publishing import DATABASE
from matching.tables import LEDGER, MATCHES
from matching.workspace import Workspace, read_json, read_table, scan_table, table_path

ROWS = pl.Schema(
    {
        "run": pl.String,
        "state": pl.String,
        "begun_at": pl.String,
        "stages": pl.String,
        "matches": pl.Int64,
        "seconds": pl.Float64,
        "lists": pl.Int64,
        "model": pl.String,
        "to_do": pl.String,
    }
)


RUN_STATES = ("published", "complete", "held", "failed", "running", "unfinished", "erased")


@dataclass(frozen=True, kw_only=True)
class RunState:
    """One run. ``state`` is one of RUN_STATES; ``stages`` are those done, in order."""

    folder: Path
    plan: Mapping[str, Any]
    ledger: pl.DataFrame
    state: str
    stages: tuple[str, ...]

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.folder.name

    @property
    def next_stage(self) -> str | None:
        """The first stage that was not done, None where all were."""
        return next((stage for stage in STAGES if stage not in self.stages), None)

    @property
    def matches(self) -> int | None:
        """How many matches it found, None before it resolved any."""
        if not table_path(self.folder, MATCHES).exists():
            return None
        return int(scan_table(self.folder, MATCHES).select(pl.len()).collect().item())

    @property
    def to_do(self) -> str:
        """What a person does about it, empty where nothing is to be done."""
        if self.state in ("failed", "unfinished"):
            return f"matching run resume {self.run_id}"
        return f"matching run release {self.run_id}" if self.state == "held" else ""


def all_runs(workspace: Workspace) -> list[RunState]:
    """Every run of the workspace, the one begun last first."""
    published = workspace.published_run()
    found = [_state(folder, published) for folder in workspace.run_folders() if (folder / "plan.json").is_file()]
    found = sorted(found, key=lambda run: (run.plan.get("sequence", 0), run.run_id), reverse=True)
    # Of earlier ones nobody is at work any more: a run goes on in the process that began it, or is resumed at once.
    if found and found[0].state == "unfinished" and workspace.is_used():
        found[0] = replace(found[0], state="running")
    return found


def find_run(workspace: Workspace, named: str | None) -> RunState:
    """The run whose id is ``named`` or begins so; the published one where none is named.

    Raises UsageError where no run or more than one is meant, WorkspaceError where nothing is published.
    """
    runs = all_runs(workspace)
    wanted = named or workspace.published_folder().name
    found = [run for run in runs if run.run_id == wanted] or [run for run in runs if run.run_id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(run.run_id for run in found or runs) or "none"
    problem = "no run" if not found else f"{len(found)} runs"
    raise UsageError(f"{problem} named {wanted}: give the id, or how it begins, of one of {known}")


def run_rows(workspace: Workspace) -> pl.DataFrame:
    """One row per run (see ROWS), the one begun last first."""
    rows = [
        {
            "run": run.run_id,
            "state": run.state,
            "begun_at": str(run.plan.get("begun_at", "")),
            "stages": f"{len(run.stages)} of {len(STAGES)}",
            "matches": run.matches,
            "seconds": round(run.ledger["seconds"].sum(), 1),
            "lists": len(run.plan["snapshots"]),
            "model": next(iter(run.ledger["model_id"].tail(1)), None),
            "to_do": run.to_do,
        }
        for run in all_runs(workspace)
    ]
    return pl.DataFrame(rows, schema=ROWS)


def lineage(run: RunState) -> dict[str, Any]:
    """What made the run: snapshots, model, versions of the code; its stages; and what held or released it.

    ``sampled`` is the round, seed and size of the sample below the review threshold; None before it is drawn.
    """
    hold = holds.of(run.folder)
    return {
        "run": run.run_id,
        "state": run.state,
        "begun_at": run.plan.get("begun_at"),
        "snapshots": dict(run.plan["snapshots"]),
        "model": sorted(set(run.ledger["model_id"])),
        "versions": sorted(set(run.ledger["versions"])),
        "sampled": sampling_rounds.of_run(run.folder),
        "stages": run.ledger.select("stage", "status", "started_at", "seconds", "rows_in", "rows_out").to_dicts(),
        "held_for": list(hold.reasons) if hold else [],
        "released": hold.released if hold else None,
        "report": str(run.folder / "70_report" / "report.html"),
        "to_do": run.to_do,
    }


def resume(pipeline: Pipeline, named: str) -> Run:
    """Do the stages of a run that were not done, from the first of them on, over the snapshots it began with.

    Raises UsageError where all were done, and what the stages raise.
    """
    state = find_run(pipeline.workspace, named)
    if state.next_stage is None or state.state == "erased":
        raise UsageError(f"run {state.run_id} is {state.state}: nothing is left to do. Begin a new one: `matching run`")
    run = pipeline.resume(state.run_id)
    event("run_resumed", run=run.run_id, stage=state.next_stage)
    run.go_on(state.next_stage)
    return run


def release(pipeline: Pipeline, named: str, *, by: str, why: str) -> Run:
    """Publish a run that is held back.

    Raises HeldError where it is not, or where a run begun later was published since it was held: that is one more reason
    then, and who releases it once more has seen it. Raises UsageError where a stage before failed.
    """
    state = find_run(pipeline.workspace, named)
    if state.next_stage not in ("publish", None):
        raise UsageError(f"run {state.run_id} is not complete ({state.state}): {state.to_do or 'begin a new one'}")
    if publishing.hold_if_overtaken(pipeline.workspace, state.folder):
        holds.refuse_if_held(state.folder)
    hold = holds.release(state.folder, at=pipeline.clock(), by=by, why=why)
    ledger.note(
        pipeline.workspace, "released", at=pipeline.clock(), run=state.run_id, by=by, why=why, held_for=hold.reasons
    )
    run = pipeline.resume(state.run_id)
    run.do("publish")
    return run


def rollback(workspace: Workspace, named: str | None, *, at: datetime, by: str, why: str) -> str:
    """Make an earlier complete run the published one again, in one step, and return its id.

    Without ``named``, the complete run begun last before the published one. Raises UsageError where it is not complete
    or is published already, WorkspaceError where nothing is published or there is nothing to go back to.
    """
    published = find_run(workspace, None)
    target = find_run(workspace, named) if named else _before(workspace, published)
    if target.state != "complete":
        raise UsageError(
            f"run {target.run_id} is {target.state}: only a complete run can be published again. `matching run list`"
            " shows the state of each"
        )
    _refuse_if_incomplete(target)
    workspace.publish(target.run_id)
    ledger.note(workspace, "rolled_back", at=at, run=target.run_id, instead_of=published.run_id, by=by, why=why)
    event("run_rolled_back", run=target.run_id, instead_of=published.run_id)
    return target.run_id


def _before(workspace: Workspace, published: RunState) -> RunState:
    runs = all_runs(workspace)
    later = [run.run_id for run in runs].index(published.run_id)
    found = next((run for run in runs[later + 1 :] if run.state == "complete"), None)
    if found is None:
        raise WorkspaceError(f"no complete run was begun before {published.run_id}: nothing to go back to")
    return found


def _refuse_if_incomplete(run: RunState) -> None:
    wanted = [table_path(run.folder, MATCHES), run.folder / DATABASE, run.folder / "70_report" / "report.html"]
    if missing := [path.name for path in wanted if not path.is_file()]:
        raise WorkspaceError(
            f"run {run.run_id} lacks {', '.join(missing)}: restore it from a backup, or choose another"
        )


def _state(folder: Path, published: str | None) -> RunState:
    plan = read_json(folder / "plan.json")
    rows = read_table(folder, LEDGER) if table_path(folder, LEDGER).exists() else LEDGER.empty()
    done = dict(rows.select("stage", "status").rows())
    stages = tuple(stage for stage in STAGES if done.get(stage) == "done")
    return RunState(
        folder=folder, plan=plan, ledger=rows, stages=stages, state=_word(folder, plan, done, published == folder.name)
    )


def _word(folder: Path, plan: Mapping[str, Any], done: Mapping[str, str], is_published: bool) -> str:
    hold = holds.of(folder)
    if is_published:
        return "published"
    if plan.get("erased"):
        return "erased"
    if hold and not hold.released and all(done.get(stage) == "done" for stage in list(STAGES)[:-1]):
        return "held"
    if all(done.get(stage) == "done" for stage in STAGES):
        return "complete"
    return "failed" if "failed" in done.values() else "unfinished"

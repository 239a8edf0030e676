"""One glance at a workspace: lists, runs, gates, quarantine, queue, model; each red thing says what to do.

Reads 10_raw/, runs/, models/ and the review store. Writes nothing. Grain: one thing watched. A failure to read a thing is a red line, not an error,
so that a damaged workspace can still be looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import polars as pl

from matching.errors import MatchingError
from matching.link.registry import Registry
from matching.operations.retention import begun
from matching.operations.runs import RunState, all_runs
from matching.pipeline import Pipeline
from matching.review.waiting import Waiting, waiting_at
from matching.sources import freshness, snapshots
from matching.tables import GATES, QUARANTINE
from matching.workspace import read_table

Level = Literal["ok", "warn", "red"]
LEVELS: tuple[Level, ...] = ("red", "warn", "ok")
"""The worst first."""
# What a source's state means to who is on duty; absent lists are lists nobody asked for.
_LEVELS: dict[str, Level] = {"late": "red", "failing": "red", "held": "red"}
# Rows set aside in a list's run from which a person should look: as `few_rows_are_quarantined` of the suites.
MOST_QUARANTINED = 0.05
LAST_RUNS = 5
OLDEST_DAYS = 30
"""From this age of the oldest case on a person should look: the last of the age groups on the page of figures."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing watched: its ``area`` and ``name``, its ``state`` in a word, how bad that is, and what to do."""

    area: str
    name: str
    level: Level
    state: str
    detail: str
    to_do: str = ""


def status(pipeline: Pipeline, *, now: datetime, queue: Callable[[], Waiting | None] | None = None) -> list[Line]:
    """Return every line of the page, area by area, the red ones of an area first.

    ``queue`` tells how the queue stands, where a store is open already; else the one of the settings is opened.
    """
    areas: Mapping[str, Callable[[], Iterator[Line]]] = {
        "sources": lambda: _sources(pipeline, now),
        "runs": lambda: _runs(pipeline),
        "stages": lambda: _stages(pipeline),
        "quality": lambda: _quality(pipeline),
        "queue": lambda: _queue(pipeline, queue() if queue else waiting_at(pipeline.settings)),
        "model": lambda: _model(pipeline),
        "retention": lambda: _erasure(pipeline),
    }
    lines: list[Line] = []
    for name, area in areas.items():
        try:
            found = sorted(area(), key=lambda line: LEVELS.index(line.level))
        except MatchingError as error:
            found = [Line(area=name, name="*", level="red", state="unreadable", detail=str(error), to_do=str(error))]
        lines += found
    return lines


def frame(lines: list[Line]) -> pl.DataFrame:
    """The lines as a frame of text."""
    schema = dict.fromkeys(Line.__dataclass_fields__, pl.String)
    return pl.DataFrame([asdict(line) for line in lines], schema=schema)


def _sources(pipeline: Pipeline, now: datetime) -> Iterator[Line]:
    for source in pipeline.sources.values():
        found = freshness.of_source(
            pipeline.workspace, source, snapshots.current(pipeline.workspace, source.id), now=now
        )
        if found.state == "absent" and not source.enabled:
            continue
        yield Line(
            area="source",
            name=source.id,
            level=_LEVELS.get(found.state, "ok"),
            state=found.state,
            detail=found.detail,
            to_do=found.to_do,
        )


def _runs(pipeline: Pipeline) -> Iterator[Line]:
    runs = all_runs(pipeline.workspace)
    if not any(run.state == "published" for run in runs):
        yield Line(
            area="run", name="published", level="red", state="none", detail="no run is published", to_do="matching run"
        )
    for position, run in enumerate(runs[:LAST_RUNS]):
        yield _run(run, is_last=position == 0)


def _run(run: RunState, *, is_last: bool) -> Line:
    """A run that stopped is red only while no later one was begun: what came after it made it good."""
    stopped = run.state in ("failed", "unfinished")
    level: Level = "red" if run.state == "held" or (stopped and is_last) else "ok"
    matches = "no matches yet" if run.matches is None else f"{run.matches} matches"
    models = ", ".join(sorted(set(run.ledger["model_id"]))) or "none"
    return Line(
        area="run",
        name=run.run_id,
        level=level,
        state=run.state,
        detail=f"begun {run.plan.get('begun_at', 'at an unknown time')}; {len(run.plan['snapshots'])} lists; {matches};"
        f" model {models}",
        to_do=run.to_do if level == "red" else "",
    )


def _stages(pipeline: Pipeline) -> Iterator[Line]:
    for run in all_runs(pipeline.workspace)[:1]:
        for row in run.ledger.to_dicts():
            yield Line(
                area="stage",
                name=row["stage"],
                level="ok" if row["status"] == "done" else "red",
                state=row["status"],
                detail=f"{row['seconds']:.1f} s; {row['rows_in']} rows in, {row['rows_out']} out",
                to_do="" if row["status"] == "done" else f"matching run resume {run.run_id}",
            )


def _quality(pipeline: Pipeline) -> Iterator[Line]:
    published = pipeline.workspace.published_run()
    if published is None:
        return
    folder = pipeline.workspace.published_folder()
    gates = read_table(folder, GATES)
    site = folder / "70_report" / "validations" / "index.html"
    for severity, failed in sorted(gates.filter(~pl.col("success")).group_by("severity").len().rows()):
        rules = gates.filter(~pl.col("success"), severity=severity)["expectation"].unique().sort()
        yield Line(
            area="gate", name=severity, level="red" if severity == "critical" else "warn", state=f"{failed} failed",
            detail=", ".join(rules), to_do=f"open {site}",
        )  # fmt: skip
    held = int(gates["success"].sum())
    yield Line(
        area="gate", name="passed", level="ok", state=f"{held} passed", detail=f"of {gates.height} in run {published}"
    )
    set_aside = read_table(folder, QUARANTINE).group_by("source").agg(pl.col("record_id").n_unique(), rows=pl.len())
    sizes = {row["source"]: row["rows"] for row in gates.filter(table="records").to_dicts()}
    for source_id, records, rows in sorted(set_aside.rows()):
        many = records > MOST_QUARANTINED * max(sizes.get(source_id, 0), 1)
        yield Line(
            area="quarantine", name=source_id, level="warn" if many else "ok", state=f"{rows} rows",
            detail=f"of {records} records", to_do=f"matching quality quarantine list --source {source_id}",
        )  # fmt: skip


def _queue(pipeline: Pipeline, found: Waiting | None) -> Iterator[Line]:
    if found is None:
        return
    waits = sum(found.cases.values())
    is_old = found.oldest_days is not None and found.oldest_days >= OLDEST_DAYS
    yield Line(
        area="queue", name="waiting", level="warn" if is_old else "ok", state=f"{waits} cases",
        detail=", ".join(f"{count} {state}" for state, count in found.cases.items())
        + ("" if found.oldest_days is None else f"; the oldest waits for {found.oldest_days} days"),
        to_do="have more people review, or raise review_threshold (matching model thresholds)" if is_old else "",
    )  # fmt: skip
    published = pipeline.workspace.published_run()
    if found.is_taking_in:
        yield Line(area="queue", name="intake", level="ok", state="running", detail=f"run {found.run_id}")
    elif published is not None and found.run_id != published:
        yield Line(
            area="queue", name="intake", level="warn", state="behind", detail=f"run {published} is not taken in",
            to_do="matching review sync, or start matching review serve",
        )  # fmt: skip


def _model(pipeline: Pipeline) -> Iterator[Line]:
    """The model that the next run uses; red where it cannot be loaded, which ends every run."""
    registry = Registry(pipeline.workspace)
    name = registry.resolve(pipeline.settings.model)
    model_id = registry.load(name).model_id
    done = [made for made in registry.promotions() if made.model == name]
    since = f"promoted {done[-1].promoted_at:%Y-%m-%d} by {done[-1].promoted_by}" if done else "never promoted"
    yield Line(area="model", name=name, level="ok", state="in use", detail=f"{model_id}; {since}")


def _erasure(pipeline: Pipeline) -> Iterator[Line]:
    left = begun(pipeline.workspace).height
    if left and not pipeline.workspace.is_used():
        yield Line(
            area="retention", name="erasure", level="red", state="unfinished",
            detail=f"stopped half way: {left} persons may still be kept somewhere", to_do="matching retention apply --yes",
        )  # fmt: skip

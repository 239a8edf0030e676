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
from matching.said import Said, say, together
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
WATCHED = ("published", "critical", "warning", "passed", "waiting", "intake", "erasure")
"""Names of lines that are words of ours, rather than ids of lists, runs, stages and models."""
OLDEST_DAYS = 30
"""From this age of the oldest case on a person should look: the last of the age groups on the page of figures."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing watched: its ``area`` and ``name``, its ``state`` in a word, how bad that is, and what to do.

    ``detail`` and ``to_do`` are English; those that are ``Said`` a page can say in another language.
    """

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
            found = [unreadable(name, error)]
        lines += found
    return lines


def unreadable(area: str, error: MatchingError) -> Line:
    """The line of an area that could not be looked at."""
    detail, to_do = say("it cannot be read"), say("do what the message says: {message}", message=error)
    return Line(area=area, name="*", level="red", state="unreadable", detail=detail, to_do=to_do)


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
            area="run",
            name="published",
            level="red",
            state="none",
            detail=say("no run is published"),
            to_do="matching run",
        )
    for position, run in enumerate(runs[:LAST_RUNS]):
        yield _run(run, is_last=position == 0)


def _run(run: RunState, *, is_last: bool) -> Line:
    """A run that stopped is red only while no later one was begun: what came after it made it good."""
    stopped = run.state in ("failed", "unfinished")
    level: Level = "red" if run.state == "held" or (stopped and is_last) else "ok"
    begun_at = str(run.plan.get("begun_at") or "").replace("T", " ").replace("+00:00", " UTC")
    return Line(
        area="run",
        name=run.run_id,
        level=level,
        state=run.state,
        detail=together(
            say("begun {time}", time=begun_at) if begun_at else say("begun at an unknown time"),
            say("{count} lists", count=len(run.plan["snapshots"])),
            say("no matches yet") if run.matches is None else say("{count} matches", count=run.matches),
            *(say("model {model}", model=model) for model in sorted(set(run.ledger["model_id"]))),
        ),
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
                detail=together(
                    f"{row['seconds']:.1f} s",
                    say("{rows_in} rows in, {rows_out} out", rows_in=row["rows_in"], rows_out=row["rows_out"]),
                ),
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
            detail=", ".join(rules), to_do=say("open {path}", path=site),
        )  # fmt: skip
    held = int(gates["success"].sum())
    yield Line(
        area="gate", name="passed", level="ok", state=f"{held} passed",
        detail=say("of {count} in run {run}", count=gates.height, run=published),
    )  # fmt: skip
    set_aside = read_table(folder, QUARANTINE).group_by("source").agg(pl.col("record_id").n_unique(), rows=pl.len())
    sizes = {row["source"]: row["rows"] for row in gates.filter(table="records").to_dicts()}
    for source_id, records, rows in sorted(set_aside.rows()):
        many = records > MOST_QUARANTINED * max(sizes.get(source_id, 0), 1)
        yield Line(
            area="quarantine", name=source_id, level="warn" if many else "ok", state=f"{rows} rows",
            detail=say("of {count} records", count=records), to_do=f"matching quality quarantine list --source {source_id}",
        )  # fmt: skip


def _queue(pipeline: Pipeline, found: Waiting | None) -> Iterator[Line]:
    if found is None:
        return
    waits = sum(found.cases.values())
    is_old = found.oldest_days is not None and found.oldest_days >= OLDEST_DAYS
    yield Line(
        area="queue", name="waiting", level="warn" if is_old else "ok", state=f"{waits} cases",
        detail=_waits(found),
        to_do=say(
            "have more people review, or raise review_threshold ({command})", command="matching model thresholds"
        ) if is_old else "",
    )  # fmt: skip
    published = pipeline.workspace.published_run()
    if found.is_taking_in:
        yield Line(area="queue", name="intake", level="ok", state="running", detail=say("run {run}", run=found.run_id))
    elif published is not None and found.run_id != published:
        yield Line(
            area="queue", name="intake", level="warn", state="behind",
            detail=say("run {run} is not taken in", run=published),
            to_do=say("{command}, or start {other}", command="matching review sync", other="matching review serve"),
        )  # fmt: skip


def _waits(found: Waiting) -> Said:
    """What waits, by state, and for how long."""
    phrases = {"open": "{count} open", "second": "{count} for a second look", "senior": "{count} for a senior"}
    cases = [say(phrases[state], count=count) for state, count in found.cases.items()]
    oldest = [] if found.oldest_days is None else [say("the oldest waits for {days} days", days=found.oldest_days)]
    return together(*cases, *oldest)


def _model(pipeline: Pipeline) -> Iterator[Line]:
    """The model that the next run uses; red where it cannot be loaded, which ends every run."""
    registry = Registry(pipeline.workspace)
    name = registry.resolve(pipeline.settings.model)
    model_id = registry.load(name).model_id
    done = [made for made in registry.promotions() if made.model == name]
    since = say("never promoted")
    if done:
        since = say("promoted {day} by {who}", day=done[-1].promoted_at.date(), who=done[-1].promoted_by)
    detail = together(say("model {model}", model=model_id), since)
    yield Line(area="model", name=name, level="ok", state="in use", detail=detail)


def _erasure(pipeline: Pipeline) -> Iterator[Line]:
    left = begun(pipeline.workspace).height
    if left and not pipeline.workspace.is_used():
        yield Line(
            area="retention", name="erasure", level="red", state="unfinished",
            detail=say("stopped half way: {count} persons may still be kept somewhere", count=left), to_do="matching retention apply --yes",
        )  # fmt: skip

"""For operators and seniors: how everything stands at one glance, what to do about what is red, and the runs over time.

Enters: the workspace of the site. Leaves: the page of what `matching status` says, beside plots of the published runs. It
names lists, runs, stages and rules; no case and nobody. What the status says stands in the reader's language; commands and
what errors said stand in English, as they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from matching.errors import MatchingError
from matching.operations.over_time import OverTime, Plot, over_time
from matching.operations.runs import RunState, all_runs
from matching.operations.status import LAST_RUNS, LEVELS, WATCHED, Line, status, unreadable
from matching.pipeline import STAGES, Pipeline
from matching.review.people import User
from matching.review.waiting import waiting
from matching.settings import Settings
from matching.web.asking import Asking
from matching.web.drawings import bars
from matching.web.language import Language
from matching.web.pages import language_of, render
from matching.web.site import Site, site_of
from matching.workspace import Workspace

router = APIRouter()
AREAS = ("source", "run", "gate", "quarantine", "queue", "model", "retention")
"""Areas of the status that are a table each, in this order; stages stand beside their runs."""
HEADINGS: Mapping[str, str] = {
    "source": "Lists", "run": "Runs", "gate": "Quality gates", "quarantine": "Set aside", "queue": "Review queue",
    "model": "Model", "retention": "Retention", "stage": "Stages",
}  # fmt: skip
PLOTS: Mapping[str, str] = {
    "persons": "Persons on each list", "match_rate": "Matches per person of the shorter list",
    "gates_failed": "Expectations that failed", "drift": "Farthest from what is usual",
}  # fmt: skip
LEVEL_WORDS = {"red": "Act", "warn": "Look", "ok": "In order"}
_UNREADABLE = {"sources": "source", "runs": "run", "stages": "run", "quality": "gate"}
_COUNTED = re.compile(r"(\d+) (\w+)")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One series to draw: its last value in words, and the height of each run's column in per cent, None for none."""

    subject: str
    last: str
    columns: tuple[float | None, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Staged:
    """One run: its state, and of each of STAGES how it ended and how long it took (seconds), None where it did not."""

    run_id: str
    state: str
    stages: tuple[tuple[str, float] | None, ...]


@router.get("/operation")
def operator_page(request: Request, session: Asking) -> Response:
    """How lists, runs, gates, quarantine, queue and model stand, and the runs over time."""
    session.user.must("operate")
    site, language = site_of(request), language_of(request)
    lines = _lines(site, session.user)
    runs, history = _runs(site)
    return render(
        request, "operation.html.j2", session, now=site.store.now(), stages=list(STAGES), runs=runs, history=history,
        red=[line for line in lines if line.level == "red"], areas=_by_area(lines), headings=HEADINGS,
        counted={level: sum(line.level == level for line in lines) for level in LEVELS}, levels=LEVEL_WORDS,
        plots=[(PLOTS[plot.name], plot, _drawn(plot, language)) for plot in history.plots],
        state=lambda text: in_words(text, language), told=language.told,
        named=lambda line: language.term(line.name) if line.name in WATCHED else line.name,
    )  # fmt: skip


def _lines(site: Site, user: User) -> list[Line]:
    settings = site.settings or Settings(workspace=site.workspace)
    try:
        pipeline = Pipeline.open(settings)
    except MatchingError as error:  # a source.yml that cannot be read
        return [unreadable("sources", error)]
    return status(pipeline, now=site.store.clock(), queue=lambda: waiting(site.store, user))


def _runs(site: Site) -> tuple[Sequence[Staged], OverTime]:
    """The last runs, and the published ones over time; nothing where a run is damaged, which the status tells."""
    workspace = Workspace(site.workspace)
    try:
        return [_staged(run) for run in all_runs(workspace)[:LAST_RUNS]], over_time(workspace)
    except MatchingError:
        return (), OverTime(runs=(), plots=())


def _staged(run: RunState) -> Staged:
    known = {row["stage"]: (row["status"], row["seconds"]) for row in run.ledger.to_dicts()}
    return Staged(run_id=run.run_id, state=run.state, stages=tuple(known.get(stage) for stage in STAGES))


def _by_area(lines: Sequence[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {area: [] for area in AREAS}
    for line in lines:
        area = _UNREADABLE.get(line.area, line.area)
        if area in found:
            found[area].append(line)
    return {area: held for area, held in found.items() if held}


def in_words(state: str, language: Language) -> str:
    """Return a state of the status in words of ``language``; a count before it stays one.

    >>> in_words("3 failed", Language(code="fr", phrases={"Failed": "En échec"}))
    '3 · En échec'
    """
    found = _COUNTED.fullmatch(state)
    return f"{found[1]} · {language.term(found[2])}" if found else language.term(state)


def _drawn(plot: Plot, language: Language) -> list[Drawn]:
    """Return the series of a plot: each to its own largest value where they are counts, else all to one."""
    largest = max((value for one in plot.series for value in one.values if value is not None), default=0.0)
    drawn = []
    for one in plot.series:
        known = [value or 0.0 for value in one.values]
        heights = bars([*known, largest])[:-1] if plot.is_share else bars(known)
        told = tuple("–" if value is None else _number(value, is_share=plot.is_share) for value in one.values)
        columns = tuple(None if value is None else h for value, h in zip(one.values, heights, strict=True))
        subject = (
            " · ".join(one.subject.split("|")) if plot.name in ("persons", "match_rate") else language.term(one.subject)
        )
        drawn.append(Drawn(subject=subject, last=told[-1], columns=columns, told=told))
    return drawn


def _number(value: float, *, is_share: bool) -> str:
    return f"{value * 100:.1f} %" if is_share else f"{value:,.0f}"

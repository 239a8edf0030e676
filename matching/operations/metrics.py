"""The state of a workspace as OpenMetrics text, for a scraper: a page it fetches, or a file it collects.

Enters: the lines of ``status`` and what they are made of. Leaves: text by the OpenMetrics specification 1.0. Labels are ids
of lists, runs, stages, rules: never a person's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from matching.operations.runs import RunState, all_runs
from matching.operations.status import Line
from matching.pipeline import Pipeline
from matching.review.waiting import waiting_at
from matching.sources import snapshots
from matching.tables import GATES, MEASURES, QUARANTINE
from matching.workspace import read_table, table_path

SOURCE_STATES = ("fresh", "late", "failing", "held", "absent", "unscheduled")


@dataclass(frozen=True, kw_only=True)
class Family:
    """One metric: a gauge with its ``help`` and, by labels, its values."""

    name: str
    help: str
    unit: str = ""
    values: list[tuple[Mapping[str, str], float]] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield its text, metadata first."""
        yield f"# TYPE {self.name} gauge"
        if self.unit:
            yield f"# UNIT {self.name} {self.unit}"
        yield f"# HELP {self.name} {self.help}"
        for labels, value in self.values:
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"{self.name}{{{told}}} {value:g}" if told else f"{self.name} {value:g}"


def openmetrics(pipeline: Pipeline, lines: list[Line], *, now: datetime) -> str:
    """Return the state of the workspace of ``pipeline``, of which ``lines`` is the status, as OpenMetrics text."""
    families = [_levels(lines), *_of_sources(pipeline, lines, now), *_of_runs(pipeline, now), *_of_queue(pipeline)]
    text = [line for family in families if family.values for line in family.lines()]
    return "\n".join([*text, "# EOF", ""])


def _levels(lines: list[Line]) -> Family:
    counted: list[tuple[Mapping[str, str], float]] = [({"area": a, "level": level}, float(sum(x.area == a and x.level == level for x in lines)))
               for a in sorted({line.area for line in lines}) for level in ("ok", "warn", "red")]  # fmt: skip
    return Family(name="matching_status_lines", help="Things watched, by area and by how they stand.", values=counted)


def _of_sources(pipeline: Pipeline, lines: list[Line], now: datetime) -> list[Family]:
    state = Family(name="matching_source_state", help="1 for the state a list is in, 0 for the others.")
    age = Family(name="matching_source_age_seconds", help="Since the list in use was retrieved.", unit="seconds")
    persons = Family(name="matching_source_persons", help="Persons in the list in use.")
    for line in (line for line in lines if line.area == "source" and line.name != "*"):
        state.values.extend(({"source": line.name, "state": one}, float(one == line.state)) for one in SOURCE_STATES)
        current = snapshots.current(pipeline.workspace, line.name)
        if current:
            age.values.append(({"source": line.name}, (now - current.retrieved_at).total_seconds()))
            persons.values.append(({"source": line.name}, float(current.counts["persons"])))
    return [state, age, persons]


def _of_runs(pipeline: Pipeline, now: datetime) -> list[Family]:
    runs = all_runs(pipeline.workspace)
    states = Family(name="matching_runs", help="Runs in the workspace, by state.")
    counted = sorted({run.state for run in runs})
    states.values.extend(({"state": one}, float(sum(run.state == one for run in runs))) for one in counted)
    published = next((run for run in runs if run.state == "published"), None)
    return [states, *(_of_published(published, now) if published else [])]


def _of_queue(pipeline: Pipeline) -> list[Family]:
    found = waiting_at(pipeline.settings)
    if found is None:
        return []
    cases = Family(name="matching_queue_cases", help="Cases that wait for a person, by state.")
    cases.values.extend(({"state": state}, float(count)) for state, count in found.cases.items())
    age = Family(name="matching_queue_oldest_age_seconds", help="Of the case that waits longest.", unit="seconds")
    if found.oldest_days is not None:
        age.values.append(({}, found.oldest_days * 86400.0))
    return [cases, age]


def _of_published(run: RunState, now: datetime) -> list[Family]:
    age = Family(name="matching_published_run_age_seconds", help="Since the published run began.", unit="seconds")
    if begun_at := run.plan.get("begun_at"):
        age.values.append(({}, (now - datetime.fromisoformat(begun_at)).total_seconds()))
    matches = Family(
        name="matching_matches", help="Matches of the published run.", values=[({}, float(run.matches or 0))]
    )
    seconds = Family(name="matching_stage_duration_seconds", help="Of each stage of the published run.", unit="seconds")
    seconds.values.extend(({"stage": stage}, value) for stage, value in run.ledger.select("stage", "seconds").rows())
    gates = Family(name="matching_gates", help="Expectations of the published run, by severity and result.")
    counted = read_table(run.folder, GATES).group_by("severity", "success").len().sort("severity", "success")
    gates.values.extend(
        ({"severity": s, "result": "held" if held else "failed"}, float(n)) for s, held, n in counted.rows()
    )
    quarantine = Family(
        name="matching_quarantined_rows", help="Rows set aside in the published run, by list and table."
    )
    rows = read_table(run.folder, QUARANTINE).group_by("source", "table").len().sort("source", "table")
    quarantine.values.extend(({"source": source, "table": table}, float(n)) for source, table, n in rows.rows())
    return [age, matches, seconds, gates, quarantine, *_measured(run)]


def _measured(run: RunState) -> list[Family]:
    """The measures of the run that are one number per list or pair of lists."""
    if not table_path(run.folder, MEASURES).exists():
        return []
    rates = Family(
        name="matching_match_rate_ratio", help="Matches of two lists over the shorter's persons.", unit="ratio"
    )
    found = read_table(run.folder, MEASURES).filter(pl.col("measure") == "match_rate")
    for subject, value in found.select("subject", "value").rows():
        one, other = subject.split("|")
        rates.values.append(({"list": one, "other": other}, value))
    return [rates]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""The published runs of a workspace beside each other: counts, match rates, gates that failed, drift.

Reads measures, gates and plans under runs/. Writes nothing. Grain: one number of one run. What is erased from a run is
not in its measures' history either: they are shares and counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from matching.monitor.drift_of_runs import distances, published_runs
from matching.tables import GATES, MEASURES
from matching.workspace import Workspace, read_json, read_table, table_path

MOST_RUNS = 30
MOST_SERIES = 12
"""Of each plot: the largest ones; more cannot be read at a glance."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One number over the runs, None where a run did not have it."""

    subject: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Series of one kind: ``name`` is persons, match_rate, gates_failed or drift; shares are of one, not per cent."""

    name: str
    is_share: bool
    series: tuple[Series, ...]


@dataclass(frozen=True, kw_only=True)
class OverTime:
    """``runs`` are (run id, when it was begun in ISO 8601), the first one first; every series has a value for each."""

    runs: tuple[tuple[str, str], ...]
    plots: tuple[Plot, ...]


def over_time(workspace: Workspace, *, most: int = MOST_RUNS) -> OverTime:
    """Return the last ``most`` published runs of ``workspace`` in numbers."""
    folders = published_runs(workspace)[-most:]
    rows = [row for number, folder in enumerate(folders) for row in _numbers(number, folder)]
    found = pl.DataFrame(
        rows, schema={"plot": pl.String, "subject": pl.String, "run": pl.Int64, "value": pl.Float64}, orient="row"
    )
    return OverTime(
        runs=tuple((folder.name, str(read_json(folder / "plan.json").get("begun_at", ""))) for folder in folders),
        plots=tuple(
            Plot(name=name, is_share=is_share, series=_series(found.filter(plot=name), len(folders)))
            for name, is_share in (("persons", False), ("match_rate", True), ("gates_failed", False), ("drift", True))
        ),
    )


Number = tuple[str, str, int, float]


def _numbers(number: int, folder: Path) -> Iterator[Number]:
    measures = read_table(folder, MEASURES)
    wanted = measures.filter(pl.col("measure").is_in(["persons", "match_rate"]) & (pl.col("value") > 0))
    for measure, subject, value in wanted.select("measure", "subject", "value").rows():
        yield measure, subject, number, value
    moved = distances(measures).group_by("measure").agg(pl.col("distance").max())
    for measure, distance in moved.select("measure", "distance").rows():
        yield "drift", measure, number, distance
    gates = read_table(folder, GATES) if table_path(folder, GATES).exists() else GATES.empty()
    for severity in ("critical", "warning"):
        yield "gates_failed", severity, number, float(gates.filter(~pl.col("success"), severity=severity).height)


def _series(found: pl.DataFrame, runs: int) -> tuple[Series, ...]:
    sizes = found.group_by("subject").agg(pl.col("value").last()).sort("value", "subject", descending=[True, False])
    kept: Sequence[str] = sizes["subject"].head(MOST_SERIES).to_list()
    return tuple(Series(subject=one, values=_values(found.filter(subject=one), runs)) for one in sorted(kept))


def _values(of_one: pl.DataFrame, runs: int) -> tuple[float | None, ...]:
    by_run = dict(of_one.select("run", "value").rows())
    return tuple(by_run.get(number) for number in range(runs))

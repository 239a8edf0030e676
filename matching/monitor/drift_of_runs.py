"""A run held against the published runs before it: what moved further than an operator's bands allow.

Reads measures of runs. Writes measures with what is usual, rows of gates, and the reasons to hold the run back.
Grain: one measure of one list or pair of lists. Usual is the median, so that one odd run does not change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from matching import ledger
from matching.monitor import holds
from matching.settings import Band, Measure
from matching.tables import GATES, LEDGER, MEASURES
from matching.workspace import Workspace, read_table, table_path

_KEY = ["measure", "subject", "part"]
# A match rate is judged where this many matches are usual; below, chance alone moves it by half.
LEAST_MATCHES = 20
_AS_PARTS: tuple[Measure, ...] = ("category", "script", "weight")
_WORDS: Mapping[Measure, str] = {
    "persons": "the number of persons",
    "fill_rate": "the share of records with each field",
    "category": "the shares of kinds and categories",
    "script": "the shares of scripts among names",
    "weight": "the shares of match weights among pairs",
    "match_rate": "the share of persons with a match on the other list",
    "calibration": "the gap between the model's probabilities and judgements",
}
_FROM_NOUGHT = "calibration"
"""A measure that is itself a distance: held against none, from the first run on."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """``measures`` with what is usual, ``gates`` of them, and the ``reasons`` to hold the run back."""

    measures: pl.DataFrame
    gates: pl.DataFrame
    reasons: tuple[str, ...]


def published_runs(workspace: Workspace) -> list[Path]:
    """Return the folders of every run that was published and measured, in the order in which they were begun."""
    return sorted((one for one in workspace.run_folders() if _was_published(one)), key=ledger.sequence)


def measured_before(workspace: Workspace, folder: Path, *, most: int) -> pl.DataFrame:
    """Return the measures of the last ``most`` runs that were published and begun before the one in ``folder``."""
    sequence = ledger.sequence(folder)
    chosen = [other for other in published_runs(workspace) if ledger.sequence(other) < sequence][-most:]
    frames = [read_table(other, MEASURES).select(*_KEY, "value", run=pl.lit(other.name)) for other in chosen]
    return pl.concat(frames) if frames else MEASURES.empty().select(*_KEY, "value", run=pl.lit(""))


def judge(found: pl.DataFrame, before: pl.DataFrame, bands: Mapping[Measure, Band]) -> Judged:
    """Hold the measures ``found`` against those ``before``, within ``bands``. A list or pair that is new is not judged."""
    # A part that a run did not have was zero there, once the subject was there at all.
    runs = before.select("measure", "subject", "run").unique()
    parts = pl.concat([before.select(_KEY), found.select(_KEY)]).unique()
    every = runs.join(parts, on=["measure", "subject"]).join(before, on=[*_KEY, "run"], how="left")
    usual = every.group_by(_KEY).agg(usual=pl.col("value").fill_null(0.0).median())
    judged_by = found.drop("usual").join(usual, on=_KEY, how="full", coalesce=True)
    of_gap = pl.col("measure") == _FROM_NOUGHT
    judged_by = judged_by.with_columns(usual=pl.when(of_gap).then(0.0).otherwise("usual"))
    known = found.select("measure", "subject").unique()
    held_against = judged_by.join(known, on=["measure", "subject"], how="semi").with_columns(
        pl.col("value").fill_null(0.0)
    )
    moved = distances(held_against).sort("measure", "subject")
    rows = [_gate(row, bands[row["measure"]]) for row in moved.to_dicts()]
    reasons = tuple(
        f"{row['expectation']} of {row['source']}: {row['observed']}"
        for row in rows
        if row["severity"] == "critical" and not row["success"]
    )
    return Judged(
        measures=held_against.select(*_KEY, "value", "usual"),
        gates=GATES.conform(pl.DataFrame(rows, schema=GATES.schema)),
        reasons=reasons,
    )


def distances(held_against: pl.DataFrame) -> pl.DataFrame:
    """Return how far MEASURES with what is usual moved: one row per measure and subject with a past.

    Its columns are those of the part that moved most, and ``distance``: a share of what is usual (persons, match_rate), of
    the rows that would have to move to another part (category, script, weight), or the difference of shares.
    """
    gap = (pl.col("value") - pl.col("usual")).abs()
    moved = held_against.drop_nulls("usual").with_columns(gap=gap)
    by_subject = moved.group_by("measure", "subject")
    largest = by_subject.agg(
        pl.all().sort_by("gap", "part", descending=[True, False]).first(), total=pl.col("gap").sum() / 2
    )
    columns = pl.col("part").str.split("=").list.first()  # categories: the column with the largest distance counts
    of_column = (
        moved.filter(measure="category").group_by("measure", "subject", columns).agg(total=pl.col("gap").sum() / 2)
    )
    widest = of_column.group_by("measure", "subject").agg(widest=pl.col("total").max())
    relative = pl.col("gap") / pl.col("usual").clip(lower_bound=1e-9)
    distance = (
        pl.when(pl.col("measure").is_in(["persons", "match_rate"]))
        .then(relative)
        .when(pl.col("measure") == "category")
        .then("widest")
        .when(pl.col("measure").is_in(list(_AS_PARTS)))
        .then("total")
        .otherwise("gap")
    )
    return (
        largest.join(widest, on=["measure", "subject"], how="left")
        .with_columns(distance=distance)
        .join(_judgeable(largest, _persons(held_against)), on=["measure", "subject"], how="semi")
    )


def _judgeable(largest: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Leave out match rates of so few usual matches that chance alone moves them."""
    sizes = dict(persons.rows())
    few = [
        row["subject"]
        for row in largest.filter(measure="match_rate").to_dicts()
        if row["usual"] * min(sizes.get(side, 0.0) for side in row["subject"].split("|")) < LEAST_MATCHES
    ]
    return largest.filter(~((pl.col("measure") == "match_rate") & pl.col("subject").is_in(few)))


def _persons(found: pl.DataFrame) -> pl.DataFrame:
    return found.filter(measure="persons").select("subject", "value")


def _gate(row: Mapping[str, object], band: Band) -> dict[str, object]:
    distance, measure = float(str(row["distance"])), str(row["measure"])
    holds_back = band.hold is not None and distance > band.hold
    limit = band.hold if holds_back else band.warn
    success = limit is None or distance <= limit
    part = f" {row['part']}" if row["part"] else ""
    against = "the judgements" if measure == _FROM_NOUGHT else "the runs before"
    return {
        "table": MEASURES.name,
        "source": row["subject"],
        "expectation": f"{measure}_is_as_usual",
        "column": "*",
        "severity": "critical" if holds_back else "warning",
        "success": success,
        "observed": f"{distance:.1%} from usual;{part} {_number(row['value'])}, usually {_number(row['usual'])}",
        "expected": f"{_WORDS[measure]} within {_percent(band.warn)} of {against} (setting drift.{measure};"  # type: ignore[index]
        f" held back from {_percent(band.hold)})",
        "rows": 1,
        "quarantined": 0,
    }


def _number(value: object) -> str:
    number = float(str(value))
    return f"{number:.0f}" if number > 1 else f"{number:.1%}"


def _percent(value: float | None) -> str:
    return "any distance" if value is None else f"{value:.0%}"


def _was_published(folder: Path) -> bool:
    if not table_path(folder, MEASURES).exists() or not table_path(folder, LEDGER).exists():
        return False
    hold = holds.of(folder)
    done = read_table(folder, LEDGER).filter(stage="publish", status="done").height > 0
    return done and (hold is None or hold.released is not None)

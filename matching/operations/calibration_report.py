"""What judgements say of the model in use: a report to read, and a line of history each time it is made.

Reads pairs, matches and samples of the published run, and the outcomes of the review store. Writes calibration.html (for a
person), calibration.json (for a program) and calibration.jsonl (each report's figures) under status/ of the workspace.
Grain: one report. Shares and counts only, no pair and nobody.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from matching.errors import UsageError
from matching.link import sampling_rounds
from matching.link.card import Section, page
from matching.link.judgements import KEPT_BACK, SIDES
from matching.modelling import production_recall
from matching.monitor import calibration
from matching.pipeline import Pipeline
from matching.tables import LEDGER, MATCHES, PAIRS, SAMPLES
from matching.workspace import append_line, read_table, write_json, write_text

PAGE = Path("status") / "calibration.html"
HISTORY = Path("status") / "calibration.jsonl"


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """One report. ``bands`` as calibration.COLUMNS; ``error`` None while too few pairs are judged, ``recall`` while none is.

    Left out of both are the ``trained_on`` judged pairs on which the run's model was trained, of which ``error_of_trained_on``
    tells, and ``not_shown``, of which the run asks nobody: below the threshold and not sampled, or gone.

    ``sample_judged`` of ``sample`` pairs below the review threshold are judged, those of one list left out: they do not wait in
    the queue. ``fresh`` more are below it, neither drawn nor judged. ``round`` is that of the run.
    """

    run_id: str
    model_id: str
    made_at: datetime
    bands: pl.DataFrame
    error: float | None
    trained_on: int
    error_of_trained_on: float | None
    not_shown: int
    recall: dict[str, Any] | None
    sample: int
    sample_judged: int
    fresh: int
    round: int

    @property
    def judged(self) -> int:
        """How many pairs of the run were judged that its model was not trained on."""
        return int(self.bands["judged"].sum())

    def figures(self) -> dict[str, Any]:
        """The report without its bands, as JSON takes it."""
        return {
            "made_at": self.made_at.isoformat(timespec="seconds"), "run": self.run_id, "model": self.model_id,
            "judged": self.judged, "error": self.error, "trained_on": self.trained_on, "error_of_trained_on": self.error_of_trained_on,
            "not_shown": self.not_shown, "recall": self.recall, "sample": self.sample, "sample_judged": self.sample_judged, "fresh": self.fresh, "round": self.round,
        }  # fmt: skip


def report(pipeline: Pipeline, *, now: datetime) -> Calibrated:
    """Make the report on the published run and write it. Raises WorkspaceError before the first run."""
    made = calibrated(pipeline, now=now)
    root = pipeline.workspace.root
    write_json(root / PAGE.with_suffix(".json"), made.figures() | {"bands": made.bands.to_dicts()})
    write_text(root / PAGE, page("Calibration against judgements", _sections(made)))
    append_line(root / HISTORY, made.figures())
    return made


def calibrated(pipeline: Pipeline, *, now: datetime) -> Calibrated:
    """Hold the published run against the judgements there are. Changes nothing. Raises WorkspaceError before the first run."""
    folder, settings = pipeline.workspace.published_folder(), pipeline.settings
    judged = calibration.judged_pairs(settings)
    models, pairs = sorted(set(read_table(folder, LEDGER)["model_id"])), calibration.looked_at(folder)
    independent = calibration.not_trained_on(judged, pipeline.workspace, models)
    bands = calibration.reliability(pairs, independent)
    seen = calibration.reliability(pairs, judged.join(independent, on=SIDES, how="anti"))
    samples = read_table(folder, SAMPLES).filter(~pl.col("is_same_list"))
    drawn = sampling_rounds.of_run(folder)
    return Calibrated(
        run_id=folder.name,
        model_id=", ".join(models),
        made_at=now,
        bands=bands,
        error=calibration.error(bands),
        trained_on=int(seen["judged"].sum()),
        error_of_trained_on=calibration.error(seen),
        not_shown=judged.join(pairs, on=SIDES, how="anti").height,
        recall=_recall(pipeline, judged),
        sample=samples.height,
        sample_judged=samples.join(judged, on=SIDES, how="semi").height,
        fresh=_fresh(folder, samples, judged),
        round=drawn["round"] if drawn else sampling_rounds.current(settings),
    )


def refresh_sample(pipeline: Pipeline, *, now: datetime) -> int | None:
    """Begin the next round of the sample where enough of the published run's is judged, and enough is left to draw.

    Returns its number; None where the round goes on, or the next one is begun and not drawn yet.
    """
    found = calibrated(pipeline, now=now)
    before = sampling_rounds.current(pipeline.settings)
    is_judged = bool(found.sample) and found.sample_judged >= sampling_rounds.ENOUGH * found.sample
    if not is_judged or found.fresh < sampling_rounds.FRESH * found.sample or found.round != before:
        return None
    number = sampling_rounds.begin_next(pipeline.settings, run_id=found.run_id, at=now)
    return number if number != before else None


def _fresh(folder: Path, samples: pl.DataFrame, judged: pl.DataFrame) -> int:
    """How many pairs of two lists below the review threshold were neither drawn nor judged."""
    below = read_table(folder, PAIRS).filter(pl.col("source_l") != pl.col("source_r")).select(SIDES)
    for known in (read_table(folder, MATCHES), samples, judged):
        below = below.join(known, on=SIDES, how="anti")
    return below.height


def _recall(pipeline: Pipeline, judged: pl.DataFrame) -> dict[str, Any] | None:
    settings = pipeline.settings
    try:
        found = production_recall(
            pipeline.workspace, judged, threshold=settings.review_threshold, seed=settings.sample_seed
        )
    except UsageError:  # made at another threshold, or without a match: then there is no recall to tell
        return None
    if found is None:
        return None
    told = {name: round(getattr(found, name), 4) for name in ("estimate", "low", "high")}
    return {**told, "judged": found.judged, "too_few": found.too_few}


def _sections(made: Calibrated) -> list[Section]:
    gap = (
        f"Too few to tell: {made.judged} judged pairs, expected {calibration.FEWEST_JUDGED} or more."
        if made.error is None
        else f"Mean gap over {made.judged} judged pairs: {made.error:.1%}."
    )
    counted = (
        "Counted are judgements from before this model as well as after, with the probabilities that it gives, where it was"
        f" not trained on them: one in {KEPT_BACK} is never trained on."
    )
    left_out = (
        f"Left out: {made.trained_on} judged pairs that this model was trained on, and {made.not_shown} of which this run"
        " asks nobody (below the review threshold and not sampled, or gone)."
    )
    fitted = (
        ""
        if made.error_of_trained_on is None
        else f"Over those it was trained on, the mean gap is {made.error_of_trained_on:.1%}: what it was fitted to, and so as a"
        " rule less than the true one."
    )
    what = (
        f"Run {made.run_id}, model {made.model_id}, {made.made_at:%Y-%m-%d %H:%M} UTC.",
        "Of the pairs that were said to be one person with such a probability, what share was judged to be.",
        gap,
        counted,
        left_out,
        *([fitted] if fitted else []),
    )
    recall = "No sample below the review threshold is judged yet."
    if made.recall:
        recall = (
            f"{made.recall['estimate']:.1%} ({made.recall['low']:.1%} to {made.recall['high']:.1%}) of the pairs that are"
            f" one person are above the review threshold, by {made.recall['judged']} judged samples"
            f"{', too few for the interval to be relied on' if made.recall['too_few'] else ''}."
        )
    sample = f"Round {made.round}: {made.sample_judged} of {made.sample} sampled pairs are judged."
    shown = made.bands.with_columns(pl.col("said", "found", "low", "high").round(3))
    return [
        Section(heading="Probability and judgements", paragraphs=what, table=shown),
        Section(heading="Recall", paragraphs=(recall, sample)),
    ]

"""The model's probabilities held against judgements: of pairs said to be one person with 0.9, are nine in ten?

Reads matches and samples of a run, the outcomes of the review store, and which of these the run's model was trained on.
Writes nothing. Grain: one band of probability.

Judged pairs are no random sample: above the review threshold all wait in the queue, below it only the sample does, hence
pairs below count only where the run sampled them. Within a band of probability that leaves nothing selected. A pair that the
model was trained on counts for nothing: with what it was fitted to a model agrees whether it is right or not.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from matching.errors import WorkspaceError
from matching.link import trained_on
from matching.link.judgements import SAME, SCHEMA, SIDES, in_order
from matching.link.registry import Registry
from matching.link.sampling import BANDS as BELOW
from matching.log import event
from matching.review.interval import wilson
from matching.review.location import is_there
from matching.settings import Settings
from matching.tables import MATCHES, SAMPLES
from matching.workspace import Workspace, read_table

BANDS = (*BELOW, 0.99, 0.999)
"""Where bands begin: those of the sample, and above, where most matches are, two finer ones."""
FEWEST_JUDGED = 100
"""Judged pairs from which the error is told. Simulated 2,000 times with a model that is right, half of the pairs from a
queue (Beta(8, 0.5)) and half spread evenly: by chance alone the error is .10 at the most in 95 of 100 with 100 judged, .14
with 50, .18 with 30. The band that warns (settings.USUAL_BANDS) is .1."""
COLUMNS = pl.Schema(
    {
        "band_from": pl.Float64,
        "judged": pl.Int64,
        "same": pl.Int64,
        "said": pl.Float64,
        "found": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)


def judged_pairs(settings: Settings) -> pl.DataFrame:
    """Return record_id_l, record_id_r, verdict of every decided pair of the review store, empty where it cannot be read.

    A run does not fail for it: what it measures is then without calibration, and the log says so.
    """
    try:
        rows = _outcomes(settings) if is_there(settings) else []
    except WorkspaceError as error:
        event("judgements_not_read", level=logging.WARNING, error=type(error).__name__)
        rows = []
    return in_order(pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def _outcomes(settings: Settings) -> list[tuple[str, str, str]]:
    from matching.review.judged import outcomes_at  # brings SQLAlchemy

    return outcomes_at(settings)


def looked_at(folder: Path) -> pl.DataFrame:
    """Return record_id_l, record_id_r, match_probability of the pairs of a run that people are asked about."""
    wanted = (*SIDES, "match_probability")
    return pl.concat([read_table(folder, table).select(wanted) for table in (MATCHES, SAMPLES)])


def not_trained_on(judged: pl.DataFrame, workspace: Workspace, models: Iterable[str]) -> pl.DataFrame:
    """Return ``judged`` without what any of ``models`` (ids) was trained on."""
    return trained_on.without(judged, Registry(workspace), models)


def reliability(pairs: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Return COLUMNS: for each band of probability with judged pairs, what the model said and what judgements found.

    ``pairs`` has record_id_l, record_id_r, match_probability; ``judged`` a verdict for some of them. ``said`` is the mean
    probability, ``found`` the share judged one person, ``low`` to ``high`` its 95 % interval (Wilson).
    """
    known = pairs.select(*SIDES, "match_probability").join(judged, on=SIDES)
    band = pl.max_horizontal(pl.when(pl.col("match_probability") >= start).then(start) for start in BANDS)
    counted = (
        known.group_by(band_from=band)
        .agg(judged=pl.len(), same=(pl.col("verdict") == SAME).sum(), said=pl.col("match_probability").mean())
        .sort("band_from")
    )
    bounds = [wilson(same, of) for same, of in counted.select("same", "judged").rows()]
    return counted.with_columns(
        found=pl.col("same") / pl.col("judged"),
        low=pl.Series([one[0] for one in bounds], dtype=pl.Float64),
        high=pl.Series([one[1] for one in bounds], dtype=pl.Float64),
    ).cast(dict(COLUMNS))  # type: ignore[arg-type]


def error(bands: pl.DataFrame) -> float | None:
    """Return the expected calibration error of ``reliability``: the mean gap of ``said`` and ``found`` over judged pairs.

    None where fewer than FEWEST_JUDGED were judged. Naeini, Cooper, Hauskrecht (2015).
    """
    judged = int(bands["judged"].sum())
    if judged < FEWEST_JUDGED:
        return None
    gaps = bands.select(((pl.col("said") - pl.col("found")).abs() * pl.col("judged")).sum()).item()
    return float(gaps) / judged

"""Below-the-line sampling: which pairs under the review threshold are looked at all the same, and what they tell.

Enters: scored pairs and the review threshold. Leaves: ``samples``, a seeded random sample stratified by bands of
probability; and, once judged, an estimate of recall in production: which share of the true matches that blocking brought
together is above the threshold.

Of large lists the least likely pairs are not among them (likely.py): none of these could come to one in a thousand.

Of two lists only: pairs of one list are reported apart and do not wait in the queue, so that nobody would judge them.

A pair is drawn by the rank of a hash of the seed and its two record ids, so that the same run gives the same sample on
any machine, and a pair that was drawn stays drawn while its band does not change much.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from matching import database
from matching.link.judgements import DIFFERENT, SAME, SIDES
from matching.settings import Settings
from matching.tables import SAMPLES

BANDS = (0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
"""Where bands begin. Wide at the bottom, where there are many pairs and hardly a match, narrow where matches are."""
FEWEST_PER_BAND = 2  # so that no band is unseen: what is not where the model expects it is what sampling is for
DRAWS = 10_000  # of the posterior: the ends of its interval are then known to a hundredth of its width
MODEL_COUNTS = 1.0  # the model's own expectation weighs as much as one judged pair of the band
COVERAGE = 0.95
FEWEST_JUDGED = 30
"""Judged samples below which an estimate says little. Simulated with one band of 300 pairs, a tenth of them matches and
100 found: the interval of 95 % held the truth in 70 % of 300 draws with 10 judged, in 88 % with 20, in 93 % with 30 and
in 96 % with 50. Where matches are rarer, more are needed: one in 50 of 2000 pairs, 84 % with 100 judged."""


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Recall at the review threshold: the median of what is believed, and the middle part that holds COVERAGE of it.

    ``judged`` samples were counted; fewer than FEWEST_JUDGED are ``too_few`` for the interval to keep its word.
    """

    estimate: float
    low: float
    high: float
    judged: int

    @property
    def too_few(self) -> bool:
        """Whether too few samples were judged to rely on the interval."""
        return self.judged < FEWEST_JUDGED


def sample_below(pairs: pl.DataFrame, records: pl.DataFrame, settings: Settings, *, spill: Path) -> pl.DataFrame:
    """Return ``samples``: up to ``settings.sample_size`` of ``pairs`` of two lists below the review threshold.

    ``records`` has record_id and authority_country. The sample is shared out by the root of the matches expected in
    each band.
    """
    threshold = settings.review_threshold
    is_drawn_from = (pl.col("match_probability") < threshold) & (pl.col("source_l") != pl.col("source_r"))
    below = pairs.filter(is_drawn_from).with_columns(band_from=_band(threshold))
    bands = allocate(below, settings.sample_size, threshold=threshold)
    countries = records.select("record_id", "authority_country")
    with database.in_memory(settings, spill) as connection:
        for name, frame in (
            ("below", below),
            ("sample_bands", bands.with_columns(seed=settings.sample_seed)),
            ("authorities", countries),
        ):
            connection.register(name, frame)
        database.run_file(connection, "50_matches/samples")
        return SAMPLES.conform(connection.sql("SELECT * FROM samples").pl())


def _band(threshold: float) -> pl.Expr:
    starts = [start for start in BANDS if start < threshold]
    return pl.max_horizontal(pl.when(pl.col("match_probability") >= start).then(start) for start in starts)


def allocate(below: pl.DataFrame, size: int, *, threshold: float) -> pl.DataFrame:
    """Return band_from, band_to, band_pairs, band_sample: how many pairs of each band are drawn, in sum ``size`` at the most.

    ``below`` has band_from and match_probability.
    """
    bands = (
        below.group_by("band_from")
        .agg(band_pairs=pl.len(), expected=pl.col("match_probability").sum())
        .sort("band_from", descending=True)
    )
    ends = [start for start in BANDS if start < threshold] + [threshold]
    drawn = _shared_out(bands["band_pairs"].to_list(), np.sqrt(bands["expected"].to_numpy()).tolist(), size)
    return bands.select(
        "band_from",
        pl.col("band_from").replace_strict(dict(pairwise(ends)), return_dtype=pl.Float64).alias("band_to"),
        pl.col("band_pairs").cast(pl.Int64),
        pl.Series("band_sample", drawn, dtype=pl.Int64),
    )


def _shared_out(pairs: list[int], shares: list[float], size: int) -> list[int]:
    """Share ``size`` out over bands of so many ``pairs``: first FEWEST_PER_BAND each, then by ``shares``, then what is left."""
    drawn = [0] * len(pairs)
    for quota in ([float(FEWEST_PER_BAND)] * len(pairs), shares, [math.inf] * len(pairs)):
        left, of = size - sum(drawn), sum(quota)
        for place, most in enumerate(pairs):
            fair = quota[place] if quota is not shares else round(quota[place] / of * left) if of else 0
            drawn[place] += int(min(fair, most - drawn[place], size - sum(drawn)))
    return drawn


def estimate_recall(samples: pl.DataFrame, judged: pl.DataFrame, *, found: float, seed: int = 1) -> Recall | None:
    """Estimate recall at the review threshold from judged ``samples``; None where none of them was judged.

    ``samples`` as in its contract, ``judged`` with record_id_l, record_id_r and verdict, ``found`` the number of true
    matches of two lists at or above the threshold (as judged, or expected by the model), which is taken as known. Raises ValueError
    where it is not above 0: recall of nothing is not defined.

    Estimate and interval are of one posterior. In each band the share of matches is a Beta whose prior is the model's
    probability, which counts as MODEL_COUNTS judged pairs; judged pairs are what they were judged, and of the others of
    the band as many are matches as are drawn with that share.
    """
    if not found > 0:
        raise ValueError(f"found is {found}, expected more than 0 matches: without any, recall is not defined")
    known = samples.join(judged.filter(pl.col("verdict").is_in([SAME, DIFFERENT])), on=SIDES)
    if known.is_empty():
        return None
    missed = _missed(_by_bands(samples, known), np.random.default_rng(seed))
    low, estimate, high = np.quantile(found / (found + missed), [(1 - COVERAGE) / 2, 0.5, (1 + COVERAGE) / 2]).tolist()
    return Recall(estimate=estimate, low=low, high=high, judged=known.height)


def _by_bands(samples: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """A row per band: band_pairs, expected (mean probability of its samples), judged, same."""
    counted = known.group_by("band_from").agg(judged=pl.len(), same=(pl.col("verdict") == SAME).sum())
    return (
        samples.group_by("band_from")
        .agg(pl.col("band_pairs").first(), expected=pl.col("match_probability").mean())
        .join(counted, on="band_from", how="left")
        .with_columns(pl.col("judged", "same").fill_null(0).cast(pl.Int64))
        .sort("band_from")
    )


def _missed(bands: pl.DataFrame, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw DRAWS times how many matches there are under the threshold."""
    same, judged, pairs, expected = (bands[name].to_numpy() for name in ("same", "judged", "band_pairs", "expected"))
    certain = np.clip(expected, 1e-9, 1 - 1e-9) * MODEL_COUNTS
    shares = random.beta(certain + same, MODEL_COUNTS - certain + judged - same, (DRAWS, len(pairs)))
    drawn: npt.NDArray[np.int64] = same.sum() + random.binomial(pairs - judged, shares).sum(axis=1)
    return drawn

"""The sample under the threshold: stratified, seeded, and what its judgements say of recall."""

import numpy as np
import polars as pl
import pytest

from matching.link.sampling import allocate, estimate_recall, sample_below
from matching.settings import Settings
from matching.tables import PAIRS, SAMPLES

RECORDS = pl.DataFrame({"record_id": [f"{s}:{n}" for s in "ab" for n in range(400)]}).with_columns(
    authority_country=pl.col("record_id").str.head(1)
)


def pairs(probabilities):
    rows = [
        {name: 0 if dtype.is_integer() else 0.0 if dtype.is_float() else "x" for name, dtype in PAIRS.schema.items()}
        | {
            "source_l": "a",
            "record_id_l": f"a:{n}",
            "source_r": "b",
            "record_id_r": f"b:{n}",
            "match_probability": probability,
        }
        for n, probability in enumerate(probabilities)
    ]
    return pl.DataFrame(rows, schema=PAIRS.schema)


SPREAD = pairs([*np.linspace(0.0001, 0.0009, 200), *np.linspace(0.01, 0.49, 80), *np.linspace(0.5, 0.99, 20)])


def drawn(tmp_path, given=SPREAD, **settings):
    return sample_below(given, RECORDS, Settings(**settings), spill=tmp_path / "spill")


def test_samples_are_under_the_threshold_and_as_many_as_set(tmp_path):
    samples = drawn(tmp_path, sample_size=30)
    assert samples.equals(SAMPLES.conform(samples))
    assert samples.height == 30
    assert samples["match_probability"].max() < 0.5
    assert samples["is_cross_border"].all()


def test_the_same_seed_draws_the_same_pairs_in_any_order(tmp_path):
    shuffled = SPREAD.sample(fraction=1, shuffle=True, seed=2)
    assert drawn(tmp_path).equals(drawn(tmp_path, shuffled))


def test_another_seed_draws_others(tmp_path):
    assert not drawn(tmp_path).equals(drawn(tmp_path, sample_seed=2))


def test_every_band_is_seen_and_the_likely_ones_most(tmp_path):
    bands = (
        drawn(tmp_path, sample_size=40)
        .group_by("band_from")
        .agg(pl.len(), pl.col("band_pairs").first())
        .sort("band_from")
    )
    assert bands["len"].min() >= 2
    share = bands["len"] / bands["band_pairs"]
    assert share[0] < share[-1], "200 pairs of no promise are not what reviewers' time is for"


def test_fewer_pairs_than_are_to_be_drawn_are_all_drawn(tmp_path):
    assert drawn(tmp_path, pairs([0.1, 0.2, 0.9])).height == 2


def test_pairs_of_one_list_are_not_drawn_since_nobody_is_shown_them(tmp_path):
    of_one = pairs([0.3] * 40).with_columns(
        source_r=pl.lit("a"), record_id_r=pl.col("record_id_r").str.replace("b", "a")
    )
    samples = drawn(tmp_path, pl.concat([of_one, pairs([0.3] * 10)]), sample_size=30)
    assert (samples.height, samples["is_same_list"].any()) == (10, False)
    assert samples["band_pairs"].unique().to_list() == [10], "nor counted in the band that they would be drawn from"


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_small_sample_is_no_larger_than_set(tmp_path, size):
    assert drawn(tmp_path, sample_size=size).height == size


def test_no_pair_at_all_gives_an_empty_sample(tmp_path):
    assert drawn(tmp_path, PAIRS.empty()).equals(SAMPLES.empty())


def test_a_threshold_below_the_lowest_band_leaves_one(tmp_path):
    bands = drawn(tmp_path, review_threshold=0.0005, dismiss_threshold=0.0)["band_to"].unique().to_list()
    assert bands == [0.0005]


def test_shares_of_bands_are_whole_pairs_of_the_band():
    below = pl.DataFrame({"band_from": [0.0] * 5 + [0.2], "match_probability": [0.0] * 5 + [0.3]})
    assert allocate(below, 50, threshold=0.5).select("band_from", "band_to", "band_pairs", "band_sample").rows() == [
        (0.2, 0.35, 1, 1),
        (0.0, 0.001, 5, 5),
    ]


def judged(samples, is_same):
    return samples.select(
        "record_id_l", "record_id_r", verdict=pl.when(is_same).then(pl.lit("same")).otherwise(pl.lit("different"))
    )


def test_recall_scales_what_the_sample_missed_up_to_its_band(tmp_path):
    samples = drawn(tmp_path, pairs([0.1] * 100), sample_size=20)
    is_same = pl.int_range(pl.len()) < 5  # a quarter: 25 of the 100
    recall = estimate_recall(samples, judged(samples, is_same), found=75.0)
    assert recall.estimate == pytest.approx(0.75, abs=0.02), "the model's word, a tenth, counts as one judged pair"
    assert recall.low < 0.75 < recall.high
    assert recall.high - recall.low < 0.3
    assert recall.judged == 20


def test_more_judged_pairs_narrow_the_interval(tmp_path):
    widths = []
    for size in (10, 80):
        samples = drawn(tmp_path, pairs([0.1] * 100), sample_size=size)
        recall = estimate_recall(samples, judged(samples, pl.int_range(pl.len()) % 5 == 0), found=75.0)
        widths.append(recall.high - recall.low)
    assert widths[1] < widths[0] / 1.5


def test_the_interval_holds_the_truth_about_as_often_as_it_says(tmp_path):
    """20 populations of 300 pairs under the threshold, a tenth of them matches, 50 of them judged."""
    held = 0
    for seed in range(20):
        is_match = np.random.default_rng(seed).random(300) < 0.1
        samples = drawn(tmp_path, pairs([0.1] * 300), sample_size=50, sample_seed=seed)
        numbers = samples["record_id_l"].str.strip_prefix("a:").cast(pl.Int64)
        verdicts = judged(samples, pl.Series(is_match[numbers.to_numpy()]))
        recall = estimate_recall(samples, verdicts, found=100.0)
        held += recall.low <= 100 / (100 + is_match.sum()) <= recall.high
    assert held >= 16, "of 20 at 95 %, 15 or fewer are held once in 400 times"


@pytest.mark.parametrize("verdicts", ["one_same", "all_different", "all_same"])
def test_the_estimate_stands_within_its_interval(tmp_path, verdicts):
    samples = drawn(tmp_path)
    given = {
        "one_same": judged(samples.tail(1), pl.lit(True)),
        "all_different": judged(samples, pl.lit(False)),
        "all_same": judged(samples, pl.lit(True)),
    }[verdicts]
    recall = estimate_recall(samples, given, found=92.0)
    assert recall.low <= recall.estimate <= recall.high
    assert recall.low < recall.high


def test_one_judged_pair_of_a_large_band_does_not_make_matches_of_all_of_it(tmp_path):
    """A rare surprise in a band of 2000 widens the interval; taken at face value it would make recall 100 / 2100."""
    samples = drawn(tmp_path, pairs([0.0005] * 2000), sample_size=20)
    found = judged(samples.head(1), pl.lit(True))
    recall = estimate_recall(samples, found, found=100.0)
    assert 1.5 * 100 / 2100 < recall.estimate < recall.high
    assert recall.too_few


def test_where_every_pair_was_judged_recall_is_known(tmp_path):
    samples = drawn(tmp_path, pairs([0.1] * 40), sample_size=40)
    recall = estimate_recall(samples, judged(samples, pl.int_range(pl.len()) < 10), found=30.0)
    assert (recall.low, recall.estimate, recall.high) == (0.75, 0.75, 0.75)
    assert not recall.too_few


@pytest.mark.parametrize("found", [0.0, float("nan")])
def test_recall_of_nothing_is_not_defined(tmp_path, found):
    samples = drawn(tmp_path)
    with pytest.raises(ValueError, match="recall is not defined"):
        estimate_recall(samples, judged(samples, pl.lit(False)), found=found)


def test_nothing_judged_is_no_estimate(tmp_path):
    samples = drawn(tmp_path)
    unsure = judged(samples, pl.lit(True)).with_columns(verdict=pl.lit("cannot_tell"))
    assert estimate_recall(samples, unsure, found=10.0) is None

"""What a threshold would give, and which matches another model makes."""

import polars as pl
import pytest

from matching.link.differences import changes, counts
from matching.link.thresholds import threshold_table

SIDES = ("record_id_l", "record_id_r")


def scored(**probabilities):
    """Pairs such as ``a1_b1=0.9``: the letter is the list."""
    rows = [
        {
            "record_id_l": (left := name.split("_")[0]),
            "record_id_r": (right := name.split("_")[1]),
            "source_l": left[0],
            "source_r": right[0],
            "match_probability": probability,
        }
        for name, probability in probabilities.items()
    ]
    return pl.DataFrame(rows)


def judged(**verdicts):
    rows = [(*name.split("_"), verdict) for name, verdict in verdicts.items()]
    return pl.DataFrame(rows, schema=[*SIDES, "verdict"], orient="row")


PAIRS = scored(a1_b1=0.9, a1_b2=0.5, a2_b1=0.1, a1_a2=0.7)


def test_queue_precision_and_recall_are_of_what_reaches_the_threshold():
    table = threshold_table(PAIRS, [0.6])
    assert table.rows() == [
        ("all", 0.6, 2, 0.8, round(1.6 / 2.2, 4)),
        ("a – a", 0.6, 1, 0.7, 1.0),
        ("a – b", 0.6, 1, 0.9, 0.6),
    ]


def test_a_pair_at_the_threshold_is_in_the_queue():
    assert threshold_table(PAIRS, [0.5]).row(0, named=True)["queue"] == 3


def test_a_higher_threshold_gives_a_shorter_queue_and_less_recall():
    table = threshold_table(PAIRS, [0.8, 0.2, 0.5]).filter(lists="all")
    assert table["threshold"].to_list() == [0.2, 0.5, 0.8]
    for column in ("queue", "expected_recall"):
        assert table[column].is_sorted(descending=True)
    assert table["expected_precision"].is_sorted()


def test_an_empty_queue_has_no_precision():
    row = threshold_table(PAIRS, [0.99]).row(0, named=True)
    assert (row["queue"], row["expected_precision"], row["expected_recall"]) == (0, None, 0)


def test_no_pairs_give_no_rows():
    assert threshold_table(PAIRS.clear(), [0.5]).is_empty()


def test_judgements_stand_beside_what_is_expected():
    verdicts = judged(a1_b1="same", a1_a2="different", a2_b1="same", a1_b2="cannot_tell", a9_b9="same")
    row = threshold_table(PAIRS, [0.5], judged=verdicts).row(0, named=True)
    assert (row["judged"], row["observed_precision"], row["observed_recall"]) == (2, 0.5, 0.5)


def test_only_matches_that_one_model_makes_appear_or_vanish():
    before, after = PAIRS, scored(a1_b1=0.95, a1_b2=0.4, a2_b1=0.8, a1_a2=0.7)
    changed = changes(before, after, threshold=0.5)
    assert changed.select("change", *SIDES).rows() == [
        ("appears", "a2", "b1"),
        ("vanishes", "a1", "b2"),
        ("stays", "a1", "b1"),
        ("stays", "a1", "a2"),
    ]
    assert counts(changed).select("lists", "before", "after", "appears", "vanishes", "stays").rows() == [
        ("all", 3, 3, 1, 1, 2),
        ("a – a", 1, 1, 0, 0, 1),
        ("a – b", 2, 2, 1, 1, 1),
    ]


def test_a_model_compared_with_itself_changes_nothing():
    assert set(changes(PAIRS, PAIRS, threshold=0.5)["change"]) == {"stays"}


def test_models_that_make_no_match_give_no_rows():
    assert counts(changes(PAIRS, PAIRS, threshold=0.99)).is_empty()


@pytest.mark.parametrize("threshold", [0.05, 0.5, 0.85])
def test_counts_are_those_of_the_queues(threshold):
    after = scored(a1_b1=0.95, a1_b2=0.4, a2_b1=0.8, a1_a2=0.7)
    row = counts(changes(PAIRS, after, threshold=threshold)).row(0, named=True)
    queues = [threshold_table(one, [threshold]).row(0, named=True)["queue"] for one in (PAIRS, after)]
    assert [row["before"], row["after"]] == queues

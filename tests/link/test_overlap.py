"""What two lists as wholes tell: the prior of a pair of lists, and rivals on one list."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.link.overlap import SECOND_LISTING, weigh_lists

PRIOR = 2.0**-14
PERSONS = {"a": 100, "b": 100, "c": 100}


def pairs_of(*rows: tuple[str, str, float]) -> pl.DataFrame:
    """Pairs of `source:id` with the match weight each has by itself, in the order of a run."""
    made = [
        {
            "source_l": left.split(":")[0],
            "record_id_l": left,
            "source_r": right.split(":")[0],
            "record_id_r": right,
            "match_weight": weight,
            "match_probability": 1 / (1 + 2.0**-weight),
            "weight_prior": math.log2(PRIOR / (1 - PRIOR)),
        }
        for left, right, weight in rows
    ]
    return pl.DataFrame(made).sort("record_id_l", "record_id_r")


def weighed(
    *rows: tuple[str, str, float], persons: dict[str, int] = PERSONS
) -> dict[tuple[str, str], dict[str, float]]:
    """Rows of the result by their two record_ids."""
    found = weigh_lists(pairs_of(*rows), persons, prior=PRIOR)
    return {(row["record_id_l"], row["record_id_r"]): row for row in found.iter_rows(named=True)}


def test_a_pair_without_rivals_keeps_its_weight_but_for_the_prior():
    row = weighed(("a:1", "b:1", 10.0))["a:1", "b:1"]
    assert row["weight_rivals"] == 0
    assert row["match_weight"] == pytest.approx(10 + row["weight_prior"] - math.log2(PRIOR / (1 - PRIOR)), abs=1e-5)
    assert row["match_probability"] == pytest.approx(1 / (1 + 2 ** -row["match_weight"]), abs=1e-6)


def test_of_four_that_fit_equally_none_is_probable():
    found = weighed(*(("a:1", f"b:{n}", 3.0) for n in range(4)))
    assert all(row["match_probability"] < 0.3 for row in found.values())
    assert len({row["match_weight"] for row in found.values()}) == 1


def test_the_better_of_two_keeps_nearly_all_and_the_worse_nothing():
    found = weighed(("a:1", "b:1", 20.0), ("a:1", "b:2", 3.0))
    assert found["a:1", "b:1"]["weight_rivals"] > -6
    assert found["a:1", "b:1"]["match_probability"] > 0.999
    assert found["a:1", "b:2"]["match_probability"] < SECOND_LISTING


def test_rivals_count_from_either_side():
    found = weighed(("a:1", "b:1", 3.0), ("a:2", "b:1", 3.0))
    assert all(row["weight_rivals"] < -2 for row in found.values())


def test_records_of_another_list_are_no_rivals():
    found = weighed(("a:1", "b:1", 8.0), ("a:1", "c:1", 8.0))
    assert all(row["weight_rivals"] == 0 for row in found.values())


def test_two_listings_of_one_person_are_hardly_rivals():
    alone = weighed(("a:1", "b:1", 8.0), ("a:1", "b:2", 8.0))
    together = weighed(("a:1", "b:1", 8.0), ("a:1", "b:2", 8.0), ("b:1", "b:2", 12.0))
    assert alone["a:1", "b:1"]["match_probability"] == pytest.approx(0.5, abs=SECOND_LISTING)
    assert together["a:1", "b:1"]["match_probability"] > 0.98
    assert together["b:1", "b:2"]["match_weight"] == 12.0, "a pair within a list stays as it was"


def test_a_second_listing_stands_however_much_better_the_first_fits():
    found = weighed(("a:1", "b:1", 30.0), ("a:1", "b:2", 12.0), ("b:1", "b:2", 12.0))
    assert found["a:1", "b:2"]["match_probability"] > 0.99


def test_lists_that_share_many_persons_expect_more():
    few = weighed(("a:1", "b:1", 0.0))["a:1", "b:1"]
    many = weighed(*((f"a:{n}", f"b:{n}", 12.0) for n in range(2, 40)), ("a:1", "b:1", 0.0))["a:1", "b:1"]
    assert many["weight_prior"] > few["weight_prior"] + 2
    assert many["match_probability"] > few["match_probability"] + 0.2


def test_lists_that_share_nobody_expect_less():
    row = weighed(("a:1", "b:1", 1.0), persons={"a": 10_000, "b": 10_000})["a:1", "b:1"]
    assert row["match_probability"] < 0.01


def test_nothing_to_weigh_is_no_error():
    assert weigh_lists(pairs_of(("a:1", "a:2", 3.0)), PERSONS, prior=PRIOR)["match_weight"].to_list() == [3.0]


ends = st.tuples(st.sampled_from("abc"), st.integers(1, 4)).map(lambda end: f"{end[0]}:{end[1]}")
drawn = st.lists(
    st.tuples(ends, ends, st.floats(-900, 900)).filter(lambda row: row[0] < row[1]),
    min_size=1,
    unique_by=lambda row: row[:2],
)


@settings(deadline=None)
@given(drawn)
def test_weights_are_finite_add_up_and_rivals_never_help(rows):
    found = weigh_lists(pairs_of(*rows), PERSONS, prior=PRIOR)
    own = pairs_of(*rows)
    gap = (found["match_weight"] - own["match_weight"]) - (
        found["weight_prior"] - own["weight_prior"] + found["weight_rivals"]
    )
    assert gap.abs().max() < 1e-4
    assert found["weight_rivals"].max() <= 0
    assert found["match_probability"].is_between(0, 1).all()
    assert found["record_id_l"].to_list() == own["record_id_l"].to_list()


@settings(deadline=None)
@given(drawn, st.floats(0, 5))
def test_another_list_alone_with_its_pairs_changes_nothing_elsewhere(rows, weight):
    without = weighed(*rows)
    beside = weighed(*rows, ("x:1", "y:1", weight), persons={**PERSONS, "x": 5, "y": 5})
    for key, row in without.items():
        weights = {
            name: pytest.approx(row[name], abs=2e-6) for name in ("match_weight", "weight_prior", "weight_rivals")
        }
        assert {name: beside[key][name] for name in weights} == weights

"""Clusters grow from the strongest match down, and chain no two people through a weak bridge or one that contradicts."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.resolve.clusters import cluster
from matching.tables import CLUSTERS

COLUMNS = {
    "source_l": pl.String, "record_id_l": pl.String, "source_r": pl.String, "record_id_r": pl.String,
    "match_weight": pl.Float64, "conflicts": pl.List(pl.String),
}  # fmt: skip
OTHERS = {"record_id_l": pl.String, "record_id_r": pl.String, "match_weight": pl.Float64, "contradicts": pl.Boolean}


def matches(*pairs):
    """Matches from ``left right weight`` texts, weight 9 if not given; the source is what stands before the colon."""
    rows = []
    for left, right, *weight in (pair.split() for pair in pairs):
        rows.append([left.split(":")[0], left, right.split(":")[0], right, float(*weight or "9"), []])
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def others(*pairs):
    """Pairs below the threshold from ``left right weight`` texts; ``left ! right`` contradict."""
    rows = []
    for left, right, *weight in (pair.replace(" ! ", " ").split() + ["-9"] * ("!" in pair) for pair in pairs):
        rows.append([left, right, float(weight[0])])
    marks = [" ! " in pair for pair in pairs]
    return pl.DataFrame(
        [[*row, mark] for row, mark in zip(rows, marks, strict=True)], schema=OTHERS, orient="row"
    )  # fmt: skip


def clusters(*pairs, beside=()):
    """Members by cluster."""
    found = cluster(matches(*pairs), others(*beside)).clusters
    return {name: group["record_id"].to_list() for (name,), group in found.group_by("cluster_id", maintain_order=True)}


def test_a_match_is_a_cluster_of_two():
    assert cluster(matches("a:1 b:1"), others()).clusters.rows() == [
        ("a:1", "a:1", "a", [], []),
        ("a:1", "b:1", "b", [], []),
    ]


def test_a_chain_of_strong_matches_is_one_cluster():
    assert clusters("a:1 b:1", "b:1 c:1", "c:1 d:1") == {"a:1": ["a:1", "b:1", "c:1", "d:1"]}


def test_records_that_no_match_connects_are_two_clusters():
    assert clusters("a:1 b:1", "a:2 b:2", "b:2 c:2") == {"a:1": ["a:1", "b:1"], "a:2": ["a:2", "b:2", "c:2"]}


def test_a_ring_of_matches_is_one_cluster_without_repeats():
    assert clusters("a:1 b:1", "b:1 c:1", "a:1 c:1") == {"a:1": ["a:1", "b:1", "c:1"]}


def test_a_cluster_is_named_for_its_smallest_record_even_if_that_is_matched_last():
    assert list(clusters("b:1 c:1", "b:1 d:1", "a:1 d:1 6")) == ["a:1"]


def test_a_weak_bridge_joins_no_two_clusters_and_says_so():
    pairs = ("a:1 b:1", "c:1 d:1", "b:1 c:1 2")
    assert clusters(*pairs) == {"a:1": ["a:1", "b:1"], "c:1": ["c:1", "d:1"]}
    made = cluster(matches(*pairs), others())
    assert made.matches.filter(record_id_l="b:1").row(0) == ("b:1", "c:1", None, "weak_bridge")
    kept = made.clusters.filter(pl.col("kept_apart").list.len() > 0).select("record_id", "kept_apart")
    assert kept.rows() == [("b:1", ["c:1"]), ("c:1", ["b:1"])]


def test_a_bridge_holds_where_the_other_pairs_speak_for_it():
    beside = ("a:1 c:1 -1", "a:1 d:1 -1", "b:1 d:1 -1")
    assert clusters("a:1 b:1", "c:1 d:1", "b:1 c:1 2", beside=beside) == {"a:1": ["a:1", "b:1", "c:1", "d:1"]}


def test_a_long_chain_of_strong_matches_whose_ends_have_nothing_in_common_is_cut_and_says_so():
    pairs = [f"a{n}:1 a{n + 1}:1 {30 - n}" for n in range(8)]
    assert clusters(*pairs) == {"a0:1": [f"a{n}:1" for n in range(4)], "a4:1": [f"a{n}:1" for n in range(4, 8)]}
    made = cluster(matches(*pairs), others())
    assert made.matches.filter(pl.col("kept_apart").is_not_null())["kept_apart"].to_list() == ["weak_bridge"] * 2


def test_one_strong_match_with_a_cluster_whose_members_all_match_each_other_is_enough():
    full = [f"a{n}:1 a{m}:1 20" for n in range(5) for m in range(n + 1, 5)]
    assert clusters(*full, "a4:1 b:1 12") == {"a0:1": [*(f"a{n}:1" for n in range(5)), "b:1"]}


def test_members_that_contradict_are_not_joined_however_strong_the_match_between_them():
    assert clusters("a:1 b:1 30", "b:1 c:1 29", beside=["a:1 ! c:1"]) == {"a:1": ["a:1", "b:1"]}


def test_two_persons_of_one_list_are_not_joined_through_another_list():
    assert clusters("a:1 b:1 30", "a:2 b:1 20") == {"a:1": ["a:1", "b:1"]}


def test_duplicates_that_one_list_has_are_joined_as_they_match():
    assert clusters("a:1 b:1 30", "a:2 b:1 20", "a:1 a:2 10") == {"a:1": ["a:1", "a:2", "b:1"]}


def test_a_match_refused_at_first_is_not_kept_apart_if_a_later_one_joins_its_records():
    made = cluster(
        matches("a:1 b:1 9", "c:1 d:1 9", "b:1 c:1 4", "a:1 c:1 3.9", "a:1 d:1 3.8", "b:1 d:1 3.7"), others()
    )
    assert made.matches["kept_apart"].null_count() == 6


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_matches_does_not_matter(seed):
    """Forty chains of four records, in any order."""
    pairs = [f"a{n}:{chain:02} a{n + 1}:{chain:02}" for chain in range(40) for n in range(3)]
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    found = cluster(matches(*shuffled), others()).clusters
    assert found.equals(cluster(matches(*pairs), others()).clusters)
    assert found.group_by("cluster_id").len()["len"].to_list() == [4] * 40


RECORDS = [f"{source}:{number}" for source in "abc" for number in range(4)]
LINKS = st.dictionaries(
    st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(-12, 12),
    max_size=20,
)


def texts(links):
    """The links as matches, from weight 0 on, and other pairs."""
    given_matches = [f"{left} {right} {weight}" for (left, right), weight in links.items() if weight >= 0]
    return given_matches, [f"{left} {right} {weight}" for (left, right), weight in links.items() if weight < 0]


@settings(max_examples=60, deadline=None)
@given(links=LINKS, seed=st.integers(0, 9))
def test_clusters_depend_on_no_order_and_on_no_record_that_nothing_connects(links, seed):
    given_matches, beside = texts(links)
    made = cluster(matches(*given_matches), others(*beside))
    shuffled = [random.Random(seed).sample(pairs, len(pairs)) for pairs in (given_matches, beside)]
    again = cluster(matches(*shuffled[0], "x:1 y:1 7"), others(*shuffled[1]))
    assert again.clusters.filter(pl.col("cluster_id") != "x:1").equals(made.clusters)
    assert CLUSTERS.conform(made.clusters).equals(made.clusters)


@settings(max_examples=60, deadline=None)
@given(links=LINKS)
def test_every_match_is_in_one_cluster_or_says_why_not_and_no_cluster_holds_what_contradicts(links):
    given_matches, beside = texts(links)
    made = cluster(matches(*given_matches), others(*beside))
    assert (made.matches["cluster_id"].is_null() == made.matches["kept_apart"].is_not_null()).all()
    linked = {(left, right) for (left, right), weight in links.items() if weight >= 0}
    for _, group in made.clusters.group_by("cluster_id"):
        members = sorted(group["record_id"])
        apart = [(a, b) for a in members for b in members if a < b and a[0] == b[0] and (a, b) not in linked]
        assert not apart


def test_a_long_chain_is_no_deeper_than_a_short_one():
    """A thousand links: no recursion to run out of."""
    pairs = [f"a{n:05}:1 a{n + 1:05}:1 1" for n in range(0, 2_000, 2)]
    assert len(clusters(*pairs)) == 1_000


def test_no_match_is_no_cluster():
    assert cluster(matches(), others()).clusters.equals(CLUSTERS.empty())

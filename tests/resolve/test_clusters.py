"""Clusters are what matches connect, named for the smallest record, whatever the order of the matches."""

import random

import polars as pl
import pytest

from matching.resolve.clusters import cluster
from matching.tables import CLUSTERS


def matches(*pairs):
    """Matches from ``left right`` pairs of record ids; the source is what stands before the colon."""
    sides = [pair.split() for pair in pairs]
    rows = [[left.split(":")[0], left, right.split(":")[0], right] for left, right in sides]
    columns = ["source_l", "record_id_l", "source_r", "record_id_r"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def clusters(*pairs):
    """Members by cluster."""
    found = cluster(matches(*pairs))
    return {name: group["record_id"].to_list() for (name,), group in found.group_by("cluster_id", maintain_order=True)}


def test_a_match_is_a_cluster_of_two():
    assert cluster(matches("a:1 b:1")).rows() == [("a:1", "a:1", "a"), ("a:1", "b:1", "b")]


def test_a_chain_of_matches_is_one_cluster():
    assert clusters("a:1 b:1", "b:1 c:1", "c:1 d:1") == {"a:1": ["a:1", "b:1", "c:1", "d:1"]}


def test_records_that_no_match_connects_are_two_clusters():
    assert clusters("a:1 b:1", "a:2 b:2", "a:2 c:2") == {"a:1": ["a:1", "b:1"], "a:2": ["a:2", "b:2", "c:2"]}


def test_a_ring_of_matches_is_one_cluster_without_repeats():
    assert clusters("a:1 b:1", "b:1 c:1", "a:1 c:1") == {"a:1": ["a:1", "b:1", "c:1"]}


def test_a_match_that_comes_last_joins_two_clusters_under_the_smaller_name():
    assert clusters("b:1 c:1", "d:1 e:1", "c:1 d:1", "a:9 e:1") == {"a:9": ["a:9", "b:1", "c:1", "d:1", "e:1"]}


def test_a_cluster_is_named_for_its_smallest_record_even_if_that_is_matched_last():
    assert list(clusters("b:1 c:1", "b:1 d:1", "a:1 d:1")) == ["a:1"]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_matches_does_not_matter(seed):
    """Forty chains of five records, in any order."""
    pairs = [f"a:{chain:02}{n} a:{chain:02}{n + 1}" for chain in range(40) for n in range(4)]
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    found = cluster(matches(*shuffled))
    assert found.equals(cluster(matches(*pairs)))
    assert found.group_by("cluster_id").len()["len"].to_list() == [5] * 40


def test_a_long_chain_in_reverse_is_no_deeper_than_a_short_one():
    """Ten thousand links from the far end: no recursion to run out of."""
    pairs = [f"a:{n:05} a:{n + 1:05}" for n in range(10_000)]
    assert cluster(matches(*reversed(pairs)))["cluster_id"].unique().to_list() == ["a:00000"]


def test_no_match_is_no_cluster():
    assert cluster(matches()).equals(CLUSTERS.empty())

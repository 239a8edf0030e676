"""Which pairs are matches, which cross a border, and what speaks against them."""

import polars as pl
import pytest

from matching.resolve.stage import resolve
from matching.tables import CLUSTERS, COMPARED, MATCHES, PAIRS

COUNTRIES = {"pt_wanted": "PT", "pt_watch": "PT", "es_wanted": "ES", "un_list": "UN"}


def pair(left, right, probability=0.9, **levels):
    """A pair of which all fields are unknown but those given."""
    unknown = {f"level_{field}": "unknown" for field in COMPARED} | {"level_name": "same"}
    weights = {f"weight_{field}": 0.0 for field in (*COMPARED, "prior", "rivals")}
    return unknown | weights | {
        "source_l": left.split(":")[0], "record_id_l": left, "source_r": right.split(":")[0], "record_id_r": right,
        "match_weight": 3.0, "match_probability": probability, "blocking_rule": "same_name", "name_l": 0, "name_r": 0,
        "name_similarity": 1.0, "name_rarity": 20.0,
    } | {f"level_{field}": level for field, level in levels.items()}  # fmt: skip


def resolved(*pairs, threshold=0.5):
    ids = sorted({p[side] for p in pairs for side in ("record_id_l", "record_id_r")})
    countries = [COUNTRIES[record_id.split(":")[0]] for record_id in ids]
    records = pl.DataFrame(
        {"record_id": ids, "authority_country": countries},
        schema=dict.fromkeys(("record_id", "authority_country"), pl.String),
    )
    return resolve(PAIRS.conform(pl.DataFrame(list(pairs), schema=PAIRS.schema)), records, threshold=threshold)


def only(*pairs):
    return resolved(*pairs).matches.row(0, named=True)


@pytest.mark.parametrize(
    ("probability", "is_match"), [(0.49999, False), (0.5, True), (0.50001, True)], ids=["below", "at", "above"]
)
def test_a_pair_from_the_threshold_on_is_a_match(probability, is_match):
    assert resolved(pair("es_wanted:1", "un_list:1", probability)).matches.height == is_match


def test_a_higher_threshold_keeps_fewer_and_clusters_only_what_it_keeps():
    made = resolved(
        pair("es_wanted:1", "un_list:1", 0.95), pair("pt_wanted:1", "un_list:1", 0.6), threshold=0.9
    )  # fmt: skip
    assert made.matches["record_id_l"].to_list() == ["es_wanted:1"]
    assert made.clusters["record_id"].to_list() == ["es_wanted:1", "un_list:1"]


@pytest.mark.parametrize(
    ("left", "right", "crosses", "same_list"),
    [
        ("es_wanted:1", "pt_wanted:1", True, False),
        ("es_wanted:1", "un_list:1", True, False),
        ("pt_wanted:1", "pt_watch:1", False, False),
        ("pt_wanted:1", "pt_wanted:2", False, True),
    ],
    ids=["two countries", "a country and an organisation", "two lists of one country", "one list"],
)
def test_a_match_crosses_a_border_where_the_countries_of_the_authorities_differ(left, right, crosses, same_list):
    found = only(pair(left, right))
    assert (found["is_cross_border"], found["is_same_list"]) == (crosses, same_list)


def test_both_records_of_a_match_stand_in_its_cluster():
    made = resolved(
        pair("es_wanted:1", "pt_wanted:1"), pair("pt_wanted:1", "un_list:1"), pair("es_wanted:2", "un_list:2")
    )
    assert made.matches.select("record_id_r", "cluster_id").rows() == [
        ("pt_wanted:1", "es_wanted:1"),
        ("un_list:2", "es_wanted:2"),
        ("un_list:1", "es_wanted:1"),
    ]
    assert made.clusters.filter(cluster_id="es_wanted:1")["record_id"].to_list() == [
        "es_wanted:1",
        "pt_wanted:1",
        "un_list:1",
    ]


def test_levels_that_speak_against_are_conflicts_and_what_is_unknown_is_none():
    against = pair("es_wanted:1", "un_list:1", birth="different_by_a_year", country="different", sex="same")
    assert only(against)["conflicts"] == ["birth: different_by_a_year", "country: different"]


def test_a_match_without_contradiction_has_no_conflicts():
    assert only(pair("es_wanted:1", "un_list:1", birth="same_day"))["conflicts"] == []


@pytest.mark.parametrize("field", COMPARED)
def test_every_compared_field_can_be_a_conflict(field):
    assert only(pair("es_wanted:1", "un_list:1", **{field: "different"}))["conflicts"] == [f"{field}: different"]


def test_a_match_keeps_the_scores_of_its_pair():
    given = pair("es_wanted:1", "un_list:1", 0.75, birth="same_day")
    found = only(given)
    assert {column: found[column] for column in PAIRS.columns} == given


def test_the_order_of_the_pairs_does_not_matter():
    pairs = [pair(f"es_wanted:{n}", f"{source}:{n}") for n in range(5) for source in ("pt_wanted", "un_list")]
    straight, backwards = resolved(*pairs), resolved(*reversed(pairs))
    assert straight.matches.equals(backwards.matches)
    assert straight.clusters.equals(backwards.clusters)


def test_no_pairs_are_no_matches_and_no_clusters():
    made = resolved()
    assert made.matches.equals(MATCHES.empty())
    assert made.clusters.equals(CLUSTERS.empty())

"""Which pairs are matches, which cross a border, and what speaks against them."""

from datetime import date
from types import MappingProxyType

import polars as pl
import pytest

from matching import database
from matching.resolve.stage import resolve
from matching.settings import Settings
from matching.tables import BIRTHS, CLUSTERS, COMPARED, CONFLICTS, IDENTIFIERS, MATCHES, PAIRS

COUNTRIES = {"pt_wanted": "PT", "pt_watch": "PT", "es_wanted": "ES", "un_list": "UN"}


def pair(left, right, probability=0.9, **levels):
    """A pair of which all fields are unknown but those given."""
    unknown = {f"level_{field}": "unknown" for field in COMPARED} | {"level_name": "same"}
    weights = {f"weight_{field}": 0.0 for field in (*COMPARED, "prior", "rivals")}
    return unknown | weights | {
        "source_l": left.split(":")[0], "record_id_l": left, "source_r": right.split(":")[0], "record_id_r": right,
        "match_weight": 3.0, "match_probability": probability, "blocking_rule": "same_name", "name_l": 0, "name_r": 0,
        "name_similarity": 1.0, "name_rarity": 20.0,
    } | {f"level_{field}" if field in COMPARED else field: level for field, level in levels.items()}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _database(tmp_path_factory):
    """The database in which ``resolved`` asks about births."""
    with database.in_memory(Settings(), tmp_path_factory.mktemp("spill")) as connection:
        OPENED["connection"] = connection
        yield


OPENED = {}


def resolved(*pairs, threshold=0.5, identifiers=(), births=(), sexes=MappingProxyType({})):
    ids = sorted({p[side] for p in pairs for side in ("record_id_l", "record_id_r")})
    countries = [COUNTRIES[record_id.split(":")[0]] for record_id in ids]
    records = pl.DataFrame(
        {"record_id": ids, "authority_country": countries, "sex": [sexes.get(record_id) for record_id in ids]},
        schema=dict.fromkeys(("record_id", "authority_country", "sex"), pl.String),
    )
    scored = PAIRS.conform(pl.DataFrame(list(pairs), schema=PAIRS.schema))
    held = pl.DataFrame(list(identifiers), schema=IDENTIFIERS.schema)
    born = pl.DataFrame(
        [{"record_id": record_id, "earliest": day, "latest": day} for record_id, day in births], schema=BIRTHS.schema
    )
    return resolve(scored, records, born, held, OPENED["connection"], threshold=threshold)


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
        pair("es_wanted:1", "pt_wanted:1", match_weight=9.0),
        pair("pt_wanted:1", "un_list:1", match_weight=9.0),
        pair("es_wanted:2", "un_list:2"),
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


def test_levels_that_speak_against_are_listed_and_what_is_unknown_is_not():
    against = pair("es_wanted:1", "un_list:1", birth="different_by_a_year", country="different", sex="same")
    assert only(against)["against"] == ["birth: different_by_a_year", "country: different"]


def test_a_match_without_contradiction_has_no_conflicts():
    found = only(pair("es_wanted:1", "un_list:1", birth="same_day"))
    assert (found["conflicts"], found["against"]) == ([], [])


@pytest.mark.parametrize("field", COMPARED)
def test_every_compared_field_can_speak_against(field):
    assert only(pair("es_wanted:1", "un_list:1", **{field: "different"}))["against"] == [f"{field}: different"]


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
    assert made.conflicts.equals(CONFLICTS.empty())


SHARED = "same_document"
NUMBERS = {"kind": "national_id", "country_code": "PT", "validity": "valid"}


def national_number(record_id, number, **given):
    row = {"record_id": record_id, "identifier_no": 0, "number_text": number, "number": number, "comparable": number}
    return row | {"contradicts": None, "note": None} | NUMBERS | given


@pytest.mark.parametrize(
    ("levels", "kinds"),
    [
        ({"identifier": SHARED, "name": "same", "birth": "same_day"}, []),
        ({"identifier": SHARED, "name": "mostly_agrees", "birth": "different_by_a_year"}, []),
        ({"identifier": SHARED, "name": "different", "birth": "unknown"}, ["one_document_two_names"]),
        ({"identifier": "same_number", "name": "different_first_name"}, ["one_document_two_names"]),
        ({"identifier": "same_checked_document", "birth": "different"}, ["one_document_two_births"]),
        ({"identifier": SHARED, "birth": "different_by_few_years"}, ["one_document_two_births"]),
        ({"identifier": SHARED, "sex": "different"}, ["one_document_two_sexes"]),
        (
            {"identifier": SHARED, "name": "different", "birth": "different", "sex": "different"},
            ["one_document_two_names", "one_document_two_births", "one_document_two_sexes"],
        ),
        ({"birth": "different"}, ["births_years_apart"]),
        ({"sex": "different"}, ["two_sexes"]),
        ({"country": "different", "birth_place": "different", "name": "different_first_name"}, []),
    ],
)
def test_a_match_has_the_conflicts_of_its_evidence(levels, kinds):
    assert only(pair("es_wanted:1", "un_list:1", **levels))["conflicts"] == kinds


def test_one_document_under_two_names_is_a_conflict_whatever_the_probability():
    made = resolved(pair("es_wanted:1", "un_list:1", 0.01, identifier=SHARED, name="different"))
    assert made.matches.is_empty()
    assert made.conflicts.select("record_id_l", "is_match", "conflicts").rows() == [
        ("es_wanted:1", False, ["one_document_two_names"])
    ]


def test_namesakes_of_different_births_are_no_conflict_below_the_threshold():
    assert resolved(pair("es_wanted:1", "un_list:1", 0.01, birth="different", sex="different")).conflicts.is_empty()


@pytest.mark.parametrize(
    ("left", "right", "kinds"),
    [
        ([national_number("es_wanted:1", "11111")], [national_number("un_list:1", "22222")], ["two_national_numbers"]),
        ([national_number("es_wanted:1", "11111")], [national_number("un_list:1", "11111")], []),
        ([national_number("es_wanted:1", "11111")], [national_number("un_list:1", "22222", country_code="ES")], []),
        ([national_number("es_wanted:1", "11111")], [national_number("un_list:1", "22222", validity="unchecked")], []),
        ([national_number("es_wanted:1", "11111")], [national_number("un_list:1", "222222")], []),
        ([national_number("es_wanted:1", "11111")], [], []),
    ],
    ids=["two numbers", "one number", "two countries", "not checked", "an old and a new kind", "one side"],
)
def test_two_checked_national_numbers_conflict_even_beside_a_shared_passport(left, right, kinds):
    match = pair("es_wanted:1", "un_list:1", identifier=SHARED)
    assert resolved(match, identifiers=[*left, *right]).matches["conflicts"].to_list() == [kinds]


def test_a_cluster_tells_the_conflicts_of_its_matches():
    made = resolved(
        pair("es_wanted:1", "un_list:1", identifier=SHARED, name="different"), pair("es_wanted:2", "un_list:2")
    )
    assert made.clusters.filter(cluster_id="es_wanted:1")["conflicts"].to_list() == [["one_document_two_names"]] * 2
    assert made.clusters.filter(cluster_id="es_wanted:2")["conflicts"].to_list() == [[]] * 2


def test_a_pair_below_the_threshold_whose_births_contradict_keeps_clusters_apart():
    made = resolved(
        pair("es_wanted:1", "un_list:1", match_weight=9.0),
        pair("pt_wanted:1", "un_list:1", match_weight=4.0),
        pair("es_wanted:1", "pt_wanted:1", 0.01, match_weight=-6.0, birth="different"),
    )
    assert made.clusters["record_id"].to_list() == ["es_wanted:1", "un_list:1"]
    apart = made.matches.filter(pl.col("kept_apart").is_not_null())
    assert apart.select("record_id_l", "record_id_r", "cluster_id", "kept_apart").rows() == [
        ("pt_wanted:1", "un_list:1", None, "members_contradict")
    ]
    assert made.clusters.filter(record_id="un_list:1")["kept_apart"].to_list() == [["pt_wanted:1"]]


BORN = {"es_wanted:1": date(1970, 5, 4), "pt_wanted:1": date(1984, 9, 12)}


@pytest.mark.parametrize(
    "known",
    [{"births": tuple(BORN.items())}, {"sexes": {"es_wanted:1": "male", "pt_wanted:1": "female"}}],
    ids=["births", "sexes"],
)
def test_records_that_never_met_are_kept_apart_if_they_cannot_be_one_person(known):
    pairs = [
        pair("es_wanted:1", "un_list:1", match_weight=19.0),
        pair("pt_wanted:1", "un_list:1", match_weight=14.0),
    ]
    assert resolved(*pairs).clusters.height == 3
    made = resolved(*pairs, **known)
    assert made.clusters["record_id"].to_list() == ["es_wanted:1", "un_list:1"]
    assert made.matches.filter(record_id_l="pt_wanted:1")["kept_apart"].to_list() == ["members_contradict"]

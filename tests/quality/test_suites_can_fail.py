"""No rule is vacuous: for each there is an input that it, and it alone, turns down.

``ROWS`` holds one bad row per rule that quarantines, ``TABLES`` one bad table per other rule. A case names the rules
that cannot but fail with it, such as a count below the failing bound, which is also below the warning one.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from matching.quality import Gated, load_suite
from matching.quality.loading import GATED

Row = dict[str, Any]
Rows = list[Row]
Edit = Row | Callable[[Rows], Rows]


def named(full: str, kind: str = "primary") -> Row:
    return {"full": full, "kind": kind}


BIRTH = {"text": "1970", "earliest": date(1970, 1, 1), "latest": date(1970, 12, 31), "precision": "year"}
GREGORIAN = {**BIRTH, "calendar": "gregorian"}

ROWS: dict[tuple[str, str], Row] = {
    ("records", "record_id_is_given"): {"record_id": None},
    ("records", "record_id_starts_with_a_source_id"): {
        "record_id": "X list:7", "source": "X list", "publisher_id": "7",
    },
    ("records", "record_id_is_source_and_publisher_id"): {"record_id": "x_list:another"},
    ("records", "record_id_is_unique"): {"record_id": "x_list:0", "publisher_id": "0"},
    ("records", "entity_kind_is_known"): {"entity_kind": "ghost"},
    ("records", "listing_kind_is_known"): {"listing_kind": "blue_notice"},
    ("records", "status_is_known"): {"status": "paused"},
    ("records", "sex_is_known"): {"sex": "F"},
    ("records", "person_has_a_name_with_a_letter"): {"names": [named("007"), named("-")]},
    ("records", "name_kinds_are_known"): {"names": [named("Tamsin"), named("Tam", "nickname")]},
    ("records", "birth_precisions_are_known"): {"births": [{**GREGORIAN, "precision": "decade"}]},
    ("records", "birth_calendars_are_known"): {"births": [{**GREGORIAN, "calendar": "mayan"}]},
    ("records", "identifier_kinds_are_known"): {"identifiers": [{"kind": "library_card", "number": "1"}]},
    ("names", "name_has_text"): {"full": " "},
    ("names", "name_is_romanised"): {"romanised": "Тамсин"},
    ("names", "name_has_tokens"): {"tokens": [], "skeletons": []},
    ("births", "birth_is_not_before_1850"): {"earliest": date(1849, 5, 4), "latest": date(1849, 5, 4)},
    ("births", "birth_is_not_in_the_future"): {"earliest": date(2027, 5, 4), "latest": date(2027, 5, 4)},
    ("births", "birth_ends_after_it_starts"): {"latest": date(1970, 5, 3)},
    ("births", "precision_is_known"): {"precision": "decade"},
    ("births", "precision_fits_the_interval"): {"latest": date(1970, 5, 5)},
    ("births", "calendar_is_known"): {"calendar": "mayan"},
    ("countries", "country_has_text"): {"text": " "},
    ("identifiers", "number_is_given"): {"number": None},
    ("identifiers", "kind_is_known"): {"kind": "library_card"},
}  # fmt: skip


def none_left(_rows: Rows) -> Rows:
    return []


def first_twice(rows: Rows) -> Rows:
    return [*rows, rows[0]]


def one_in_ten(**bad: Any) -> Callable[[Rows], Rows]:
    return lambda rows: (
        [rows[0] | bad] + [rows[1] | {"record_id": f"x_list:{n}", "publisher_id": str(n)} for n in range(2, 11)]
    )


def first_two_invalid(rows: Rows) -> Rows:
    return [row | {"validity": "invalid"} for row in rows[:2]] + rows[2:]


def all_but_one(**bad: Any) -> Callable[[Rows], Rows]:
    return lambda rows: [rows[0], *(row | bad for row in rows[1:])]


def with_cluster_of(size: int) -> Callable[[Rows], Rows]:
    members = [{"cluster_id": "c_list:100", "record_id": f"c_list:{100 + n}", "source": "c_list"} for n in range(size)]
    return lambda rows: [*rows, *members]


def record_in_second_cluster(rows: Rows) -> Rows:
    return [*rows, rows[1] | {"cluster_id": rows[2]["cluster_id"]}]


def cluster_named_otherwise(rows: Rows) -> Rows:
    return [rows[0] | {"cluster_id": rows[1]["record_id"]}, rows[1] | {"cluster_id": rows[1]["record_id"]}, *rows[2:]]


NAN, INFINITY = float("nan"), float("inf")
SWAPPED = {"source_l": "b_list", "record_id_l": "b_list:0", "source_r": "a_list", "record_id_r": "a_list:0"}
SCORES: list[tuple[str, Edit]] = [
    ("pair_stands_once", first_twice),
    ("sides_are_in_order", SWAPPED),
    ("sides_are_of_their_source", {"source_l": "c_list"}),
    ("probability_is_between_0_and_1", {"match_probability": 1.5}),
    ("probability_is_between_0_and_1", {"match_probability": NAN}),
    ("no_pair_is_certain", {"match_probability": 1.0}),
    ("weights_are_finite", {"weight_name": NAN}),
    ("weights_are_finite", {"match_weight": INFINITY}),
    ("weights_add_up", {"weight_name": 8.5}),
    ("similarity_is_between_0_and_1", {"name_similarity": 1.2}),
    ("rarity_is_not_negative", {"name_rarity": -1.0}),
    ("rarity_is_not_negative", {"name_rarity": NAN}),
]
PROBABILITIES = ("probability_is_between_0_and_1", "no_pair_is_certain")
ID_WITHOUT_SOURCE = ("record_id_starts_with_a_source_id", {"record_id": "0"})
FEW, MOST = "few_rows_are_quarantined", "most_rows_are_left"

TABLES: list[tuple[str, str, Edit]] = [
    ("snapshot", "list_is_not_empty", {"persons": 0, "previous_persons": None}),
    ("snapshot", "count_fell_no_further_than_allowed", {"persons": 60, "previous_persons": 130}),
    ("snapshot", "count_is_not_below_failing_bound", {"persons": 9, "previous_persons": 9}),
    ("snapshot", "count_is_not_above_failing_bound", {"persons": 1000, "previous_persons": None}),
    ("snapshot", "count_is_not_below_warning_bound", {"persons": 49, "previous_persons": 49}),
    ("snapshot", "count_is_not_above_warning_bound", {"persons": 201}),
    ("drift", "no_field_is_new", {"new_fields": 1}),
    ("drift", "no_field_vanished", {"vanished_fields": 1}),
    ("drift", "no_category_is_new", {"new_categories": 1}),
    ("drift", "no_word_is_newly_unknown", {"unknown_words": 1}),
    ("drift", "fields_are_filled_as_before", {"largest_fill_change": 0.26}),
    ("drift", "few_identities_changed", {"identity_changed_share": 0.11}),
    ("drift", "ids_mean_the_same_persons", {"identity_replaced_share": 0.03}),
    ("records", "authority_country_is_a_code", {"authority_country": "Utopia"}),
    ("records", "height_is_plausible", {"height_cm": 1.7}),
    ("records", "listed_year_is_plausible", {"listed_date": date(1070, 1, 1)}),
    ("records", "url_is_a_web_address", {"url": "list.example/1"}),
    ("records", "snapshot_is_not_from_the_future", {"retrieved_at": datetime(2026, 3, 2, tzinfo=UTC)}),
    ("records", "births_are_read", {"births": [{"text": "long ago"}]}),
    ("records", "births_are_plausible", {"births": [{**GREGORIAN, "latest": date(1969, 1, 1)}]}),
    ("records", "births_are_plausible", {"births": [{**GREGORIAN, "earliest": date(1670, 1, 1)}]}),
    ("records", "births_are_plausible", {"births": [{**GREGORIAN, "latest": date(2027, 1, 1)}]}),
    ("records", "documents_have_numbers", {"identifiers": [{"kind": "passport", "number": " "}]}),
    ("records", "there_are_records", none_left),
    ("records", FEW, one_in_ten(status="paused")),
    ("records", MOST, all_but_one(status="paused")),
    ("names", "skeletons_follow_tokens", {"skeletons": ["tmsn"]}),
    ("names", *ID_WITHOUT_SOURCE),
    ("names", "kind_is_known", {"kind": "nickname"}),
    ("names", "script_is_iso_15924", {"script": "Latin"}),
    ("names", "name_no_counts_from_0", {"name_no": -1}),
    ("names", "name_is_numbered_once", first_twice),
    ("names", "there_are_names", none_left),
    ("names", FEW, one_in_ten(full="")),
    ("names", MOST, all_but_one(full="")),
    ("name_keys", *ID_WITHOUT_SOURCE),
    ("name_keys", "rule_is_known", {"rule": "letter"}),
    ("name_keys", "script_is_iso_15924", {"script": "latin"}),
    ("name_keys", "there_is_a_key", {"keys": [], "weights": []}),
    ("name_keys", "each_key_has_a_weight", {"weights": [1.0]}),
    ("name_keys", "weights_are_above_0", {"weights": [1.0, 0.0]}),
    ("name_keys", "weights_are_above_0", {"weights": [1.0, NAN]}),
    ("name_keys", "weights_are_at_most_1", {"weights": [1.0, 1.5]}),
    ("name_keys", "keys_of_a_script_stand_once", first_twice),
    ("name_keys", "there_are_name_keys", none_left),
    ("births", *ID_WITHOUT_SOURCE),
    ("births", "birth_no_counts_from_0", {"birth_no": -1}),
    ("births", "birth_is_numbered_once", first_twice),
    ("births", "there_are_births", none_left),
    ("births", FEW, one_in_ten(precision="decade")),
    ("births", MOST, all_but_one(precision="decade")),
    ("countries", "role_is_known", {"role": "fan"}),
    ("countries", "country_code_is_a_code", {"country_code": "CHE"}),
    ("countries", "most_countries_are_understood", {"country_code": None}),
    ("countries", *ID_WITHOUT_SOURCE),
    ("countries", "country_is_named_once", first_twice),
    ("countries", "there_are_countries", none_left),
    ("countries", FEW, one_in_ten(text="")),
    ("countries", MOST, all_but_one(text="")),
    ("identifiers", "number_is_normalised", {"number": "ZZ-123"}),
    ("identifiers", "number_is_normalised", {"number": "zz123"}),
    ("identifiers", "number_is_long_enough", {"number": "12"}),
    ("identifiers", "validity_is_known", {"validity": "perhaps"}),
    ("identifiers", "few_numbers_are_invalid", first_two_invalid),
    ("identifiers", "country_code_is_a_code", {"country_code": "CHE"}),
    ("identifiers", *ID_WITHOUT_SOURCE),
    ("identifiers", "identifier_no_counts_from_0", {"identifier_no": -1}),
    ("identifiers", "identifier_is_numbered_once", first_twice),
    ("identifiers", FEW, one_in_ten(number=None)),
    ("identifiers", MOST, all_but_one(number=None)),
    *(("pairs", rule, edit) for rule, edit in SCORES),
    ("pairs", "there_are_pairs", none_left),
    *(("matches", rule, edit) for rule, edit in SCORES),
    ("matches", "probability_reaches_the_threshold", {"match_probability": 0.49}),
    ("matches", "same_list_means_same_source", {"is_same_list": True}),
    ("matches", "cluster_holds_both_records", {"cluster_id": "a_list:1"}),
    *(("samples", rule, edit) for rule, edit in SCORES if rule not in PROBABILITIES),
    ("samples", "probability_is_between_0_and_1", {"match_probability": -0.5}),
    ("samples", "no_pair_is_certain", {"match_probability": 1.0}),
    ("samples", "probability_is_under_the_threshold", {"match_probability": 0.5}),
    ("samples", "pair_is_of_its_band", {"match_probability": 0.05}),
    ("samples", "pair_is_of_its_band", lambda rows: [row | {"band_to": 0.6} for row in rows]),
    ("samples", "bands_are_drawn_as_stated", lambda rows: rows[:-1]),
    ("samples", "bands_are_drawn_as_stated", lambda rows: [row | {"band_pairs": 3} for row in rows]),
    ("samples", "same_list_means_same_source", {"is_same_list": True}),
    ("clusters", "record_is_in_one_cluster", record_in_second_cluster),
    ("clusters", "cluster_has_two_records", lambda rows: rows[:-1]),
    ("clusters", "cluster_is_named_for_its_smallest_record", cluster_named_otherwise),
    ("clusters", "record_is_of_its_source", {"source": "c_list"}),
    ("clusters", "clusters_are_small", with_cluster_of(51)),
]  # fmt: skip

IMPLIED = {
    "list_is_not_empty": {"count_is_not_below_failing_bound", "count_is_not_below_warning_bound"},
    "count_is_not_below_failing_bound": {"count_is_not_below_warning_bound"},
    "count_is_not_above_failing_bound": {"count_is_not_above_warning_bound"},
    MOST: {FEW},
    # of samples; a pair twice is one more than its band has, and what is certain is no sample
    "pair_stands_once": {"bands_are_drawn_as_stated"},
    "probability_is_between_0_and_1": {"pair_is_of_its_band"},
    "no_pair_is_certain": {"probability_is_under_the_threshold", "pair_is_of_its_band"},
    "probability_is_under_the_threshold": {"pair_is_of_its_band"},
}


def failed(gated: Gated) -> set[str]:
    return set(gated.gates.filter(~pl.col("success"))["expectation"])


@pytest.mark.parametrize("table", GATED)
def test_good_rows_pass_every_rule(table: str, check: Callable[..., Gated], good_rows: Callable[..., Rows]) -> None:
    gated = check(table, good_rows(table))

    assert failed(gated) == set()
    assert gated.failures == ()
    assert gated.quarantine.is_empty()
    assert gated.frame.height == len(good_rows(table))


@pytest.mark.parametrize("table", sorted({table for table, _ in ROWS}))
def test_each_row_rule_sets_aside_exactly_its_bad_row(
    table: str, check: Callable[..., Gated], good_rows: Callable[..., Rows]
) -> None:
    edits = [(rule, edit) for (of, rule), edit in ROWS.items() if of == table]
    good, bad = good_rows(table, 2 * len(edits) + 2)[: len(edits) + 2], good_rows(table, 2 * len(edits) + 2)
    bad_rows = [row | edit for row, (_, edit) in zip(bad[len(edits) + 2 :], edits, strict=True)]
    expected = {
        (row["record_id"] or f"x_list:entry {position}", rule)
        for position, (row, (rule, _)) in enumerate(zip(bad_rows, edits, strict=True), start=len(good))
    }

    gated = check(table, good + bad_rows)

    assert set(gated.quarantine.select("record_id", "rule").rows()) == expected
    assert failed(gated) <= {FEW}
    assert gated.frame.height == len(good)


@pytest.mark.parametrize(("table", "rule", "edit"), TABLES)
def test_each_table_rule_fails_alone_on_its_bad_table(
    table: str, rule: str, edit: Edit, check: Callable[..., Gated], good_rows: Callable[..., Rows]
) -> None:
    rows = good_rows(table)
    bad = edit(rows) if callable(edit) else [rows[0] | edit, *rows[1:]]
    severities = {r.rule: r.severity for r in load_suite(table).expectations}

    gated = check(table, bad)

    assert rule in failed(gated)
    assert failed(gated) - {rule} <= IMPLIED.get(rule, set())
    assert len(gated.failures) == sum(severities[name] == "critical" for name in failed(gated))


def test_every_rule_of_every_suite_has_a_case() -> None:
    rules = {(table, rule.rule, bool(rule.rows)) for table in GATED for rule in load_suite(table).expectations}
    cases = {(table, rule, True) for table, rule in ROWS} | {(table, rule, False) for table, rule, _ in TABLES}

    assert cases == rules

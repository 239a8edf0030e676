"""A predicate in SQL and the expectation on pandas turn down the same values, nulls included."""

from typing import Any

import polars as pl
import pytest

from matching.errors import GateError
from matching.quality.checks import Checks, opened
from matching.quality.predicates import PREDICATES
from matching.quality.suite import Rule, Suite
from matching.quality.validation import validate

FRAME = pl.DataFrame(
    {
        "word": ["ab", "abc", "xabc", "", None, "ÅB", "ab\n"],
        "number": [0, 1, 2, 3, None, -5, 2],
        "other": [0, 2, 1, None, None, -5, 3],
        "flag": [True, False, True, None, True, True, False],
    }
)

CASES: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "word"}),
    ("expect_column_values_to_be_in_set", {"column": "word", "value_set": ["ab", "ÅB"]}),
    ("expect_column_values_to_be_in_set", {"column": "flag", "value_set": [True]}),
    ("expect_column_values_to_not_be_in_set", {"column": "word", "value_set": ["ab", ""]}),
    ("expect_column_values_to_match_regex", {"column": "word", "regex": "ab"}),
    ("expect_column_values_to_match_regex", {"column": "word", "regex": r"^\S"}),
    ("expect_column_values_to_not_match_regex", {"column": "word", "regex": "^x"}),
    ("expect_column_values_to_be_between", {"column": "number", "min_value": 0, "max_value": 2}),
    ("expect_column_values_to_be_between", {"column": "number", "min_value": 0, "strict_min": True}),
    ("expect_column_values_to_be_between", {"column": "number", "max_value": 2, "strict_max": True}),
    ("expect_column_value_lengths_to_be_between", {"column": "word", "min_value": 2, "max_value": 3}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "number", "column_B": "other"}),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "number", "column_B": "other", "or_equal": True},
    ),
    ("expect_column_pair_values_to_be_equal", {"column_A": "number", "column_B": "other"}),
]
UNIQUE = {
    "expect_column_values_to_be_unique": {"column": "number"},
    "expect_compound_columns_to_be_unique": {"column_list": ["number", "flag"]},
}


def a_rule(expectation_type: str, kwargs: dict[str, Any]) -> Rule:
    return Rule(
        rule="asked", type=expectation_type, kwargs=kwargs, severity="critical", reason="because", rows="quarantine"
    )


def turned_down(rule: Rule, frame: pl.DataFrame) -> list[int]:
    suite = Suite(table="words", about="words", expectations=[rule])
    with opened(frame, {}) as connection:
        checks = Checks(connection, suite, {})
        checks.prepare([rule])
        return checks.set_aside([rule])["_position"].to_list()


@pytest.mark.parametrize(("expectation_type", "kwargs"), CASES)
def test_predicate_and_expectation_turn_down_the_same_values(expectation_type: str, kwargs: dict[str, Any]) -> None:
    rule = a_rule(expectation_type, kwargs)
    positions = turned_down(rule, FRAME)

    assert 0 < len(positions) < FRAME.height
    for position in range(FRAME.height):
        alone = validate("words", [rule], FRAME[position])["asked"]
        assert alone.success is (position not in positions), FRAME.row(position)


@pytest.mark.parametrize("expectation_type", UNIQUE)
def test_uniqueness_keeps_the_first_so_that_the_rest_is_unique(expectation_type: str) -> None:
    frame = pl.DataFrame({"number": [1, 2, 1, 1, None], "flag": [True, True, True, True, None]})
    rule = a_rule(expectation_type, UNIQUE[expectation_type])

    assert turned_down(rule, frame) == [2, 3]
    assert not validate("words", [rule], frame)["asked"].success
    assert validate("words", [rule], frame[[0, 1, 4]])["asked"].success


def test_every_predicate_is_compared() -> None:
    assert {name for name, _ in CASES} | UNIQUE.keys() == PREDICATES.keys()


def test_expectation_that_cannot_be_evaluated_is_an_error_and_not_a_failure() -> None:
    rules = [a_rule("expect_column_values_to_not_be_null", {"column": "absent"})]

    with pytest.raises(GateError, match=r"rules that could not be checked: asked \(.*absent"):
        validate("words", rules, FRAME)


@pytest.mark.parametrize(
    ("expectation_type", "kwargs"),
    [
        ("expect_miracles", {"column": "word"}),
        ("expect_column_values_to_be_between", {"column": "number", "min_value": "many"}),
        ("expect_column_values_to_match_regex", {"column": "word", "regex": "a", "flavour": "sweet"}),
    ],
)
def test_what_great_expectations_does_not_know_is_an_error(expectation_type: str, kwargs: dict[str, Any]) -> None:
    with pytest.raises(GateError, match="rule asked is no expectation"):
        validate("words", [a_rule(expectation_type, kwargs)], FRAME)

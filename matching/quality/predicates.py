"""What a row-level rule asks of one row, as a DuckDB predicate.

One entry per Great Expectations type that may stand in a rule with ``rows: quarantine``. A predicate means what the
expectation means on pandas, nulls included: a missing value is no failure unless the rule is about missing values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Kwargs = Mapping[str, Any]
Bind = Callable[[str], str]  # name of a keyword argument -> placeholder its value is bound to


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """How one expectation type reads in SQL; ``required`` and ``optional`` are the arguments that it understands."""

    sql: Callable[[Kwargs, Bind], str]
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


def quoted(column: str) -> str:
    """Return ``column`` as a DuckDB identifier."""
    return '"' + column.replace('"', '""') + '"'


def _not_null(kwargs: Kwargs, _bind: Bind) -> str:
    return f"{quoted(kwargs['column'])} IS NOT NULL"


def _in_set(kwargs: Kwargs, bind: Bind) -> str:
    return f"list_contains({bind('value_set')}, {quoted(kwargs['column'])})"


def _not_in_set(kwargs: Kwargs, bind: Bind) -> str:
    return f"NOT list_contains({bind('value_set')}, {quoted(kwargs['column'])})"


def _match(kwargs: Kwargs, bind: Bind) -> str:
    return f"regexp_matches({quoted(kwargs['column'])}, {bind('regex')})"


def _not_match(kwargs: Kwargs, bind: Bind) -> str:
    return f"NOT regexp_matches({quoted(kwargs['column'])}, {bind('regex')})"


def _bounds(value: str, kwargs: Kwargs, bind: Bind) -> str:
    lower = ">" if kwargs.get("strict_min") else ">="
    upper = "<" if kwargs.get("strict_max") else "<="
    sides = [(lower, "min_value"), (upper, "max_value")]
    return " AND ".join(f"{value} {sign} {bind(side)}" for sign, side in sides if kwargs.get(side) is not None)


def _between(kwargs: Kwargs, bind: Bind) -> str:
    return _bounds(quoted(kwargs["column"]), kwargs, bind)


def _lengths_between(kwargs: Kwargs, bind: Bind) -> str:
    return _bounds(f"length({quoted(kwargs['column'])})", kwargs, bind)


def _pair(kwargs: Kwargs, sign: str) -> str:
    left, right = quoted(kwargs["column_A"]), quoted(kwargs["column_B"])
    return f"({left} IS NULL AND {right} IS NULL) OR coalesce({left} {sign} {right}, FALSE)"


def _greater(kwargs: Kwargs, _bind: Bind) -> str:
    return _pair(kwargs, ">=" if kwargs.get("or_equal") else ">")


def _equal(kwargs: Kwargs, _bind: Bind) -> str:
    return _pair(kwargs, "=")


def _unique(kwargs: Kwargs, _bind: Bind) -> str:
    # The first of several equal rows stays: setting all of them aside would lose the entry.
    column = quoted(kwargs["column"])
    return f"{column} IS NULL OR row_number() OVER (PARTITION BY {column} ORDER BY _position) = 1"


def _compound_unique(kwargs: Kwargs, _bind: Bind) -> str:
    columns = ", ".join(map(quoted, kwargs["column_list"]))
    return f"row_number() OVER (PARTITION BY {columns} ORDER BY _position) = 1"


_COLUMN = frozenset({"column"})
_PAIR = frozenset({"column_A", "column_B"})
_BOUNDS = frozenset({"min_value", "max_value", "strict_min", "strict_max"})

PREDICATES: Mapping[str, Predicate] = {
    "expect_column_values_to_not_be_null": Predicate(sql=_not_null, required=_COLUMN),
    "expect_column_values_to_be_in_set": Predicate(sql=_in_set, required=_COLUMN | {"value_set"}),
    "expect_column_values_to_not_be_in_set": Predicate(sql=_not_in_set, required=_COLUMN | {"value_set"}),
    "expect_column_values_to_match_regex": Predicate(sql=_match, required=_COLUMN | {"regex"}),
    "expect_column_values_to_not_match_regex": Predicate(sql=_not_match, required=_COLUMN | {"regex"}),
    "expect_column_values_to_be_between": Predicate(sql=_between, required=_COLUMN, optional=_BOUNDS),
    "expect_column_value_lengths_to_be_between": Predicate(sql=_lengths_between, required=_COLUMN, optional=_BOUNDS),
    "expect_column_pair_values_a_to_be_greater_than_b": Predicate(
        sql=_greater, required=_PAIR, optional=frozenset({"or_equal"})
    ),
    "expect_column_pair_values_to_be_equal": Predicate(sql=_equal, required=_PAIR),
    "expect_column_values_to_be_unique": Predicate(sql=_unique, required=_COLUMN),
    "expect_compound_columns_to_be_unique": Predicate(sql=_compound_unique, required=frozenset({"column_list"})),
}


def argument_problems(expectation_type: str, kwargs: Kwargs) -> list[str]:
    """Return which arguments a rule of this type lacks; Great Expectations would let every value pass without some."""
    predicate = PREDICATES.get(expectation_type)
    if predicate is None:
        return []
    missing = sorted(predicate.required - kwargs.keys())
    found = [f"arguments missing: {', '.join(missing)}"] if missing else []
    if predicate.optional >= _BOUNDS and not {"min_value", "max_value"} & kwargs.keys():
        found.append("neither min_value nor max_value is given")
    return found


def row_problems(expectation_type: str, kwargs: Kwargs) -> list[str]:
    """Return why a rule of this type and these arguments cannot be asked of single rows; empty if it can."""
    predicate = PREDICATES.get(expectation_type)
    if predicate is None:
        return [f"type {expectation_type} cannot quarantine rows; those that can: {', '.join(sorted(PREDICATES))}"]
    unknown = sorted(kwargs.keys() - predicate.required - predicate.optional)
    return [f"arguments that a rule on rows does not understand: {', '.join(unknown)}"] if unknown else []

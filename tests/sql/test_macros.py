"""Every macro of sql/macros/ returns what its cases expect, and does not care which record is left or right."""

import pytest
from sql_cases import calls_of, macros, rounded

MACROS = macros()
CALLS = [(macro, call) for macro in MACROS for call in calls_of(macro)]
NAMES = [f"{macro}: {call['case']}" for macro, call in CALLS]
TWO_SIDED = [(macro, call) for macro, call in CALLS if any(argument.endswith("_l") for argument in call)]


def returned(connection, macro, arguments):
    values = {name: value for name, value in arguments.items() if name not in ("case", "returns")}
    placeholders = ", ".join("?" * len(values))
    return connection.sql(f"SELECT {macro}({placeholders})", params=list(values.values())).fetchall()[0][0]


def other_side(argument):
    return {"_l": argument[:-2] + "_r", "_r": argument[:-2] + "_l"}.get(argument[-2:], argument)


@pytest.mark.parametrize(("macro", "call"), CALLS, ids=NAMES)
def test_macro_returns_what_is_expected(connection, macro, call):
    assert rounded(float(returned(connection, macro, call))) == rounded(float(call["returns"]))


def test_exchanging_left_and_right_changes_nothing(connection):
    for macro, call in TWO_SIDED:
        exchanged = {name: call[other_side(name)] for name in call}
        assert returned(connection, macro, exchanged) == returned(connection, macro, call), f"{macro}: {call['case']}"


@pytest.mark.parametrize("macro", MACROS)
def test_every_macro_has_cases(macro):
    assert calls_of(macro), f"sql/macros/{macro}.sql has no case: write tests/sql/macros/{macro}.yml"

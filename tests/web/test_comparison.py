"""The comparison of two listings: marks of values never contradict the verdict of their field."""

import json
from pathlib import Path

import pytest
from invented_cases import add_people, case_of, run_of, take_in
from sqlalchemy import update

from matching.review import schema
from matching.review.case import case_for
from matching.review.people import User
from matching.review.store import Store
from matching.web.comparison import FieldRow, rows_of
from matching.web.language import language

ADA = User(name="ada", role="reviewer", codes=frozenset(["TLP:GREEN"]))


def countries(store: Store, level: str) -> FieldRow:
    """The row of countries, both sides with the same two, where the model found ``level``."""
    with store.writing() as connection:
        wanted = schema.cases.c.id == case_of(0)
        connection.execute(update(schema.cases).where(wanted).values(scores=json.dumps({"level_country": level})))
        rows = rows_of(case_for(connection, ADA, case_of(0)), language("en"))
    return next(row for row in rows if row.label == "Countries")


@pytest.mark.parametrize(
    ("level", "verdict", "are_marked"),
    [("unknown", "unknown", False), ("different_countries", "disagree", False), ("one_in_common", "agree", True)],
)
def test_equal_values_are_marked_only_where_their_field_agrees(
    sqlite_store: Store, tmp_path: Path, level: str, verdict: str, are_marked: bool
) -> None:
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run_of(range(1)), "run-1")
    row = countries(sqlite_store, level)
    assert row.verdict == verdict
    assert {value.is_shared for value in (*row.left, *row.right)} == {are_marked}

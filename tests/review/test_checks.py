"""What the store says of cases and listings is what judgements and evidence make of it, or is found."""

from pathlib import Path

import pytest
from invented_cases import add_people, case_of, name_of, run_of, take_in
from sqlalchemy import text, update
from test_decide import ADA, BEN, CASE, CLEO, judge
from typer.testing import CliRunner

from matching.cli import app
from matching.errors import ReviewError
from matching.review import decide, schema
from matching.review.case_file import case_file
from matching.review.checks import verify_store
from matching.review.known import show_again
from matching.review.refusals import NotAllowedError
from matching.review.store import Store

ALIAS = {1: {"names": [name_of("Anselm Gradusson 1"), name_of("A. Gradus", "alias")], "marks": "scar"}}


@pytest.fixture
def lived(store: Store, tmp_path: Path) -> Store:
    """A store with decided, undone, returned, closed, reopened and known cases."""
    add_people(store)
    take_in(store, tmp_path, run_of(range(5)), "run-1")
    for number in (0, 1, 3):
        judge(store, ADA, "different", case_id=case_of(number), token=f"a-token-{number}")
    judge(store, ADA, "same", case_id=case_of(2))
    judge(store, BEN, "same", case_id=case_of(2))
    decide.undo(store, ADA, case_of(3))
    show_again(store, 1, seed=5, by="test")
    take_in(store, tmp_path, run_of(range(4), left={**ALIAS, 3: {"status": "removed"}}), "run-2")
    take_in(store, tmp_path, run_of(range(4)), "run-3")
    return store


def problems(store: Store) -> tuple[str, ...]:
    with store.reading() as connection:
        return verify_store(connection).problems


def test_a_store_that_was_used_holds_together(lived: Store) -> None:
    assert problems(lived) == ()


@pytest.mark.parametrize(
    "altered",
    [
        {"state": "decided", "outcome": "same", "colour": "white"},
        {"colour": "red"},
        {"outcome": "same"},
        {"state": "closed"},
        {"evidence_hash": "0" * 64},
    ],
)
def test_a_case_that_does_not_stand_where_its_judgements_put_it_is_found(lived: Store, altered: dict[str, str]) -> None:
    with lived.writing() as connection:
        connection.execute(update(schema.cases).where(schema.cases.c.id == CASE).values(altered))
    assert any(problem.startswith(f"case {CASE} was altered") for problem in problems(lived))


@pytest.mark.parametrize(
    "changed",
    ["replace(document, 'Anselm', 'Albert')", "replace(document, '\"record\"', '\"nothing\"')", "'['"],
)
def test_a_listing_that_is_not_what_was_judged_on_is_found(lived: Store, changed: str) -> None:
    with lived.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE listings DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER listings_no_update"))
        connection.execute(text(f"UPDATE listings SET document = {changed} WHERE record_id = 'aa_wanted:1'"))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE listings ENABLE TRIGGER USER"))
    assert any("of listing aa_wanted:1 was altered" in problem for problem in problems(lived))


def test_there_is_no_case_file_of_a_match_that_no_two_people_made(lived: Store) -> None:
    assert case_file(lived, CLEO, case_of(2))["outcome"]["verdict"] == "same"
    with lived.writing() as connection:
        forged = {"state": "decided", "outcome": "same", "colour": "white"}
        connection.execute(update(schema.cases).where(schema.cases.c.id == case_of(0)).values(forged))
    with pytest.raises(NotAllowedError):
        case_file(lived, CLEO, case_of(0))


def test_the_command_ends_with_9_and_says_which_case(sqlite_store: Store, tmp_path: Path) -> None:
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run_of(range(2)), "run-1")
    given = ["review", "verify"]
    settings = {"MATCHING_REVIEW_DATABASE": sqlite_store.engine.url.render_as_string(hide_password=False)}
    assert CliRunner().invoke(app, given, env=settings).exit_code == 0
    with sqlite_store.writing() as connection:
        connection.execute(update(schema.cases).where(schema.cases.c.id == CASE).values(state="decided"))
    assert problems(sqlite_store)[0].startswith(f"case {CASE} was altered")
    told = CliRunner().invoke(app, given, env=settings)
    assert isinstance(told.exception, ReviewError)
    assert told.exception.exit_code == 9
    assert CASE in told.stdout

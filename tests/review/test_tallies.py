"""Tallies are what the cases are, whatever changes them; the queue's counts are those of the cases one by one."""

from itertools import product
from pathlib import Path

import pytest
from invented_cases import run_of, take_in
from sqlalchemy import select, text, update
from test_checks import lived  # noqa: F401
from test_decide import ADA, BEN, CLEO, RITA

from matching.review import decide, queue, schema, tallies
from matching.review.checks import verify_store
from matching.review.erase import erase
from matching.review.people import User
from matching.review.queue import Filters
from matching.review.store import Store
from matching.review.tallies import BANDS
from matching.review.verdicts import STATES

DORA = User(name="dora", role="reviewer", codes=frozenset(["TLP:AMBER"]))
WORKED_ON = [Filters(whose=whose, list=source) for whose, source in product(("", "mine", "free"), ("", "bb_watch"))]


@pytest.fixture
def worked(lived: Store) -> Store:  # noqa: F811
    """A store with cases of every kind, of which some are taken, and one erased."""
    queue.claim_next(lived, ADA, Filters())
    queue.claim_next(lived, BEN, Filters())
    erase(lived, ["aa_wanted:1"])
    return lived


def test_tallies_are_what_the_cases_are(worked: Store) -> None:
    with worked.reading() as connection:
        assert tallies.wrong(connection) == 0
        assert connection.execute(select(schema.tallies.c.cases).where(schema.tallies.c.cases < 0)).all() == []


@pytest.mark.parametrize("user", [ADA, BEN, CLEO, RITA, DORA], ids=lambda user: user.name)
def test_counts_are_those_of_the_cases_one_by_one(worked: Store, user: User) -> None:
    with worked.reading() as connection:
        for filters in WORKED_ON:
            conditions = [*queue._conditions(user, filters), queue._needs(user)]
            one_by_one = connection.execute(select(schema.cases.c.state).where(*conditions)).scalars().all()
            counted = queue.counts(connection, user, filters)
            assert counted == {state: one_by_one.count(state) for state in STATES}, filters


def test_a_band_counts_the_cases_whose_probability_it_holds(store: Store, tmp_path: Path) -> None:
    take_in(store, tmp_path, run_of(range(len(BANDS) * 2)), "run-1")
    edges = [edge for low, high in BANDS for edge in (low, (low + high) / 2)]
    with store.writing() as connection:
        for row, edge in zip(connection.execute(select(schema.cases.c.id)).all(), edges, strict=True):
            connection.execute(update(schema.cases).where(schema.cases.c.id == row.id).values(probability=edge))
    with store.reading() as connection:
        assert tallies.wrong(connection) == 0
        for band in range(len(BANDS)):
            assert queue.counts(connection, CLEO, Filters(band=str(band)))["open"] == 2


def test_tallies_that_are_wrong_are_told_and_counted_anew_by_the_next_intake(
    lived: Store,  # noqa: F811
    tmp_path: Path,
) -> None:
    with lived.writing() as connection:
        connection.execute(text("DELETE FROM tallies"))
    with lived.reading() as connection:
        assert any("tallies" in problem for problem in verify_store(connection).problems)
    take_in(lived, tmp_path, run_of(range(4)), "run-4")
    with lived.reading() as connection:
        assert verify_store(connection).problems == ()


def test_a_decision_moves_its_case_from_one_tally_to_another(worked: Store) -> None:
    before = _decided(worked)
    case = queue.claim_next(worked, ADA, Filters())
    with worked.reading() as connection:
        evidence = decide.case_row(connection, ADA, case or "").evidence_hash
    form = decide.Form(
        verdict="different", reason="birth_differs", comment="", evidence_hash=evidence, token="a-token-of-mine"
    )
    decide.judge(worked, ADA, case or "", form)
    assert _decided(worked) == before + 1


def _decided(store: Store) -> int:
    with store.reading() as connection:
        return queue.counts(connection, RITA, Filters())["decided"]

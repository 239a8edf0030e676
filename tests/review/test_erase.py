"""Whoever may be kept no longer is in no table of the store, which holds together and goes on."""

from pathlib import Path
from typing import Any

import pytest
from invented_cases import LEFT, add_people, case_of, name_of, run_of, take_in
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from test_decide import ADA, BEN, judge

from matching.review import decide, queue, schema
from matching.review.checks import verify_store
from matching.review.erase import erase
from matching.review.known import show_again
from matching.review.people import User
from matching.review.queue import Filters
from matching.review.refusals import NoSuchCaseError
from matching.review.store import Store
from matching.review.sync import Taken, _goes_on

OTTO = User(name="otto", role="operator", codes=frozenset("*"))
PERSON = f"{LEFT}:1"
OF_PERSON = (PERSON, "Gradusson 1")


@pytest.fixture
def judged(store: Store, tmp_path: Path) -> Store:
    """Three pairs of listings; the second was judged and undone, the first with a comment on the second."""
    add_people(store)
    take_in(store, tmp_path, run_of(range(3)), "run-0")
    read_otherwise = {1: {"names": [name_of("Anselm Gradusson 1", "former")]}}  # kept beside the listing as it was read
    take_in(store, tmp_path, run_of(range(3), left=read_otherwise), "run-1")
    form = decide.Form(verdict="different", reason="birth_differs", comment="not Anselm GRADUSSON 1", token="form-0001",
                       evidence_hash=_case(store, case_of(0)).evidence_hash)  # fmt: skip
    decide.judge(store, ADA, case_of(0), form)
    judge(store, ADA, "different", case_id=case_of(1))
    decide.undo(store, ADA, case_of(1))
    judge(store, BEN, "different", case_id=case_of(1), token="another-form")
    judge(store, ADA, "different", case_id=case_of(2), token="a-third-form")
    show_again(store, 1, seed=3, by="test")
    return store


def _case(store: Store, case_id: str) -> Any:
    with store.reading() as connection:
        return connection.execute(select(schema.cases).where(schema.cases.c.id == case_id)).one()


def everything(store: Store) -> str:
    with store.reading() as connection:
        return repr([connection.execute(select(table)).all() for table in schema.metadata.sorted_tables])


def problems(store: Store) -> tuple[str, ...]:
    with store.reading() as connection:
        return verify_store(connection).problems


def test_no_row_names_an_erased_person_and_the_chain_holds(judged: Store) -> None:
    assert all(text in everything(judged) for text in OF_PERSON)
    entries = everything(judged).count("'case_seen'")
    assert erase(judged, [PERSON, "bb_watch:1"]) > 0
    assert [text for text in OF_PERSON if text in everything(judged)] == []
    assert problems(judged) == ()
    assert everything(judged).count("'case_seen'") == entries
    with judged.reading() as connection:
        left = connection.execute(select(schema.judgements.c.case_id, schema.judgements.c.comment)).all()
    assert [row.comment for row in left] == [""] * len(left)
    assert len([row for row in left if row.case_id == case_of(1)]) == 3, "who judged, and how, stays"


def test_erasing_again_changes_nothing(judged: Store) -> None:
    erase(judged, [PERSON])
    before = everything(judged)
    assert erase(judged, [PERSON]) == 0
    assert everything(judged) == before


def test_a_judgement_from_which_a_comment_was_erased_cannot_be_altered_unseen(judged: Store) -> None:
    erase(judged, [PERSON])
    with judged.reading() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("UPDATE judgements SET verdict = 'same'"))
    with judged.writing() as connection:
        number = connection.execute(select(schema.judgements.c.id).order_by(schema.judgements.c.id)).scalars().first()
        with _without_triggers(connection):
            connection.execute(text(f"UPDATE judgements SET verdict = 'same' WHERE id = {number}"))
    assert f"judgement {number} was altered" in problems(judged)


def _without_triggers(connection: Any) -> Any:
    from matching.review.erase import _lifted

    return _lifted(connection)


def test_nobody_sees_an_erased_case(judged: Store) -> None:
    erase(judged, [PERSON])
    with judged.reading() as connection:
        with pytest.raises(NoSuchCaseError):
            decide.case_row(connection, OTTO, case_of(1))
        for state in ("", "open", "decided", "closed"):
            assert case_of(1) not in [row.id for row in queue.page(connection, OTTO, Filters(state=state)).rows]


def test_a_person_who_is_listed_again_begins_anew(judged: Store, tmp_path: Path) -> None:
    erase(judged, [PERSON, "bb_watch:1"])
    taken = take_in(judged, tmp_path, run_of(range(3)), "run-2")
    assert taken.counts["new"] == 1
    assert _case(judged, case_of(1)).state == "erased"
    with judged.reading() as connection:
        cases = schema.cases.c
        fresh = connection.execute(select(cases.id, cases.state).where(cases.record_id_l == PERSON)).all()
    assert [row.state for row in fresh] == ["open"]
    assert fresh[0].id != case_of(1)
    assert problems(judged) == ()
    assert take_in(judged, tmp_path, run_of(range(3)), "run-3").counts["new"] == 0


def test_whoever_is_taking_in_a_run_that_names_the_erased_stops(judged: Store) -> None:
    with judged.reading() as connection:
        number = connection.execute(select(func.max(schema.runs.c.number))).scalar_one()
    erase(judged, [PERSON])
    with judged.writing() as connection:
        assert not _goes_on(connection, judged, number, Taken(run_id="run-1"))

"""The audit chain shows every tampering: altered, removed, put between, cut off."""

import pytest
from invented_cases import add_people, run_of, take_in
from sqlalchemy import text
from test_decide import ADA, BEN, judge

from matching.review import audit
from matching.review.store import Store

TAMPERINGS = {
    "UPDATE audit SET actor = 'someone else' WHERE seq = 4": "entry 4 was altered",
    "DELETE FROM audit WHERE seq = 4": "entry 4 is missing",
    "UPDATE judgements SET verdict = 'different' WHERE id = 1": "judgement 1 was altered",
    "UPDATE judgements SET reviewer = 'cleo' WHERE id = 2": "judgement 2 was altered",
    "DELETE FROM judgements WHERE id = 2": "judgement 2 was removed",
}


@pytest.fixture
def judged(store: Store, tmp_path) -> Store:
    add_people(store)
    take_in(store, tmp_path, run_of(range(3)), "run-1")
    judge(store, ADA, "same")
    judge(store, BEN, "same")
    return store


def test_a_chain_nobody_touched_holds(judged: Store) -> None:
    with judged.reading() as connection:
        found = audit.verify(connection)
        assert found.problems == ()
        assert audit.verify(connection, head=found.head).problems == ()


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_tampering_past_the_triggers_is_found(judged: Store, statement: str) -> None:
    _tamper(judged, statement)
    with judged.reading() as connection:
        problems = audit.verify(connection).problems
    assert any(problem.startswith(TAMPERINGS[statement]) for problem in problems), problems


def test_a_chain_cut_off_at_its_end_is_found_by_the_head_noted_before(judged: Store) -> None:
    with judged.reading() as connection:
        head = audit.verify(connection).head
    _tamper(judged, "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    with judged.reading() as connection:
        assert any("is not in the chain" in problem for problem in audit.verify(connection, head=head).problems)


def _tamper(store: Store, statement: str) -> None:
    table = "judgements" if "judgements" in statement else "audit"
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            for change in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_no_{change}"))
        connection.execute(text(statement))

"""The audit chain shows every tampering: altered, removed, put between, cut off."""

import pytest
from invented_cases import add_people, case_of, run_of, take_in
from sqlalchemy import insert, select, text
from test_decide import ADA, BEN, judge

from matching.errors import UsageError
from matching.review import audit, schema
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


def test_damage_of_what_an_entry_says_is_told_and_no_more(judged: Store) -> None:
    for detail in ("[", "{}", "null", '{"judgement": "x", "digest": 1}'):
        _tamper(judged, f"UPDATE audit SET detail = '{detail}' WHERE seq = (SELECT max(seq) FROM audit)")
        with judged.reading() as connection:
            found = audit.verify(connection)
        assert f"entry {found.entries} was altered" in found.problems


def test_the_first_digits_of_a_head_are_enough_and_fewer_are_refused(judged: Store) -> None:
    with judged.reading() as connection:
        head = audit.verify(connection).head
        assert audit.verify(connection, head=head[:8].upper()).problems == ()
        other = ("0" if head[0] != "0" else "1") + head[1:8]
        assert any("is not in the chain" in problem for problem in audit.verify(connection, head=other).problems)
        for wrong in (head[:7], "", "no hash", head + "0"):
            with pytest.raises(UsageError, match="hexadecimal"):
                audit.verify(connection, head=wrong)


def test_a_second_entry_for_one_judgement_is_found(judged: Store) -> None:
    """Whoever can write the database appends a proper entry with the digest of the row as they altered it."""
    _tamper(judged, "UPDATE judgements SET verdict = 'different' WHERE id = 1")
    with judged.writing() as connection:
        row = connection.execute(select(schema.judgements).where(schema.judgements.c.id == 1)).mappings().one()
        audit.append(
            connection, "judged", at=judged.now(), actor="ada", case_id=row["case_id"],
            judgement=1, digest=audit.digest_of(row),
        )  # fmt: skip
        problems = audit.verify(connection).problems
    assert any("tells of judgement 1, of which" in problem for problem in problems)
    assert "judgement 1 was altered" in problems


@pytest.mark.parametrize(("actor", "case_id"), [("cleo", ""), ("ada", case_of(2))])
def test_a_judgement_that_is_not_by_whom_or_on_what_its_entry_says_is_found(
    judged: Store, actor: str, case_id: str
) -> None:
    with judged.writing() as connection:
        row = connection.execute(select(schema.judgements).where(schema.judgements.c.id == 1)).mappings().one()
        values = {**row, "id": 3, "token": "of-somebody-else"}
        connection.execute(insert(schema.judgements).values(values))
        audit.append(
            connection, "judged", at=judged.now(), actor=actor, case_id=case_id or row["case_id"],
            judgement=3, digest=audit.digest_of(values),
        )  # fmt: skip
        assert any(p.startswith("judgement 3 is not by whom") for p in audit.verify(connection).problems)


def _tamper(store: Store, statement: str) -> None:
    table = "judgements" if "judgements" in statement else "audit"
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            for change in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{change}"))
        connection.execute(text(statement))

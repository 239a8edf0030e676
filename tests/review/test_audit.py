"""The audit chain shows every tampering: altered, removed, put between, cut off."""

from pathlib import Path
from typing import Any

import pytest
from invented_cases import add_people, case_of, run_of, take_in
from sqlalchemy import func, insert, select, text
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
def judged(store: Store, tmp_path: Path) -> Store:
    return agreed(store, tmp_path)


@pytest.fixture
def judged_once(sqlite_store: Store, tmp_path: Path) -> Store:
    """The same on one database, for what the chain alone tells."""
    return agreed(sqlite_store, tmp_path)


def agreed(store: Store, folder: Path) -> Store:
    add_people(store)
    take_in(store, folder, run_of(range(3)), "run-1")
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


def _claim_erasure(store: Store, *, until: str = "persons_erased", judgements: int = 1, **claimed: Any) -> None:
    """Alter judgement 1, and append the entries that an erasure would: what whoever can write the database can do."""
    changes = ", ".join(f"{name} = '{value}'" for name, value in claimed.items())
    _tamper(store, f"UPDATE judgements SET {changes} WHERE id = 1")
    with store.writing() as connection:
        row = connection.execute(select(schema.judgements).where(schema.judgements.c.id == 1)).mappings().one()
        told = {"judgement": 1, "digest": audit.digest_of(row), "kept": audit.kept_digest_of(row)}
        audit.append(connection, audit.ERASED_FROM, at=store.now(), actor="-", case_id=row["case_id"], **told)
        audit.append(
            connection, until, at=store.now(), actor="-", persons=1, cases=0, judgements=judgements, problems=0
        )


EMPTIED: dict[str, Any] = {"comment": "", "token": "erased-0123456789abcdef"}


@pytest.mark.parametrize(
    "claimed",
    [
        {"verdict": "cannot_tell", "reason": "too_little_known", **EMPTIED},
        {"reviewer": "ben", **EMPTIED},
        {"evidence_l": "1" * 64, **EMPTIED},
        {**EMPTIED, "comment": "forged"},
        {**EMPTIED, "token": "of-a-form"},
    ],
)
def test_an_entry_of_an_erasure_covers_no_other_change(judged_once: Store, claimed: dict[str, Any]) -> None:
    with judged_once.reading() as connection:
        head = audit.verify(connection).head
    _claim_erasure(judged_once, **claimed)
    with judged_once.reading() as connection:
        assert "judgement 1 was altered" in audit.verify(connection, head=head).problems


@pytest.mark.parametrize(("until", "judgements"), [("case_seen", 1), ("persons_erased", 2)])
def test_something_erased_from_a_judgement_without_an_erasure_of_persons_is_found(
    judged_once: Store, until: str, judgements: int
) -> None:
    _claim_erasure(judged_once, until=until, judgements=judgements, **EMPTIED)
    with judged_once.reading() as connection:
        (problem,) = audit.verify(connection).problems
    assert problem.startswith("entry ")
    assert "erase" in problem


def test_of_a_judgement_of_an_earlier_version_an_erasure_leaves_no_comment(
    judged_once: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "kept_digest_of", lambda _: None)  # which its entry does not carry
    judge(judged_once, ADA, "different", case_id=case_of(2), token="by-an-earlier-one")
    with judged_once.writing() as connection:
        number = connection.execute(select(func.max(schema.judgements.c.id))).scalar_one()
    monkeypatch.undo()
    for comment, token, is_sound in (("", "erased-3", True), ("forged", "erased-3", False)):
        _tamper(judged_once, f"UPDATE judgements SET comment = '{comment}', token = '{token}' WHERE id = {number}")
        with judged_once.writing() as connection:
            row = connection.execute(select(schema.judgements).where(schema.judgements.c.id == number)).mappings().one()
            audit.append(
                connection, audit.ERASED_FROM, at=judged_once.now(), actor="-", case_id=row["case_id"],
                judgement=number, digest=audit.digest_of(row),
            )  # fmt: skip
            audit.append(connection, audit.ERASURE, at=judged_once.now(), actor="-", persons=1, cases=0, problems=0)
            assert (f"judgement {number} was altered" not in audit.verify(connection).problems) is is_sound


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

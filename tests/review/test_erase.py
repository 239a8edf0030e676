"""Whoever may be kept no longer is in no table of the store, which holds together and goes on."""

import hashlib
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from invented_cases import KEY, LEFT, add_people, case_of, name_of, run_of, take_in
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from test_decide import ADA, BEN, judge

from matching.errors import WorkspaceError
from matching.review import audit, decide, queue, schema
from matching.review.case_ids import CASES
from matching.review.checks import verify_store
from matching.review.erase import _lifted, erase, mentions_of
from matching.review.evidence import case_id
from matching.review.known import show_again
from matching.review.people import User
from matching.review.published import Published
from matching.review.queue import Filters
from matching.review.refusals import NoSuchCaseError, UnfitError
from matching.review.store import Store, open_store
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


def everything(store: Store, *, without: tuple[str, ...] = ()) -> str:
    with store.reading() as connection:
        tables = [table for table in schema.metadata.sorted_tables if table.name not in without]
        return repr([connection.execute(select(table)).all() for table in tables])


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
    before = everything(judged, without=("runs",))
    assert erase(judged, [PERSON]) == 0
    assert everything(judged, without=("runs",)) == before


def test_erasing_nobody_stops_nobody(sqlite_store: Store) -> None:
    before = everything(sqlite_store)
    assert erase(sqlite_store, []) == 0
    assert everything(sqlite_store) == before


def test_a_judgement_from_which_a_comment_was_erased_cannot_be_altered_unseen(judged: Store) -> None:
    erase(judged, [PERSON])
    with judged.reading() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("UPDATE judgements SET verdict = 'same'"))
    with judged.writing() as connection:
        number = connection.execute(select(schema.judgements.c.id).order_by(schema.judgements.c.id)).scalars().first()
        with _lifted(connection, ("judgements",)):
            connection.execute(text(f"UPDATE judgements SET verdict = 'same' WHERE id = {number}"))
    assert f"judgement {number} was altered" in problems(judged)


def test_what_is_left_of_a_case_cannot_be_told_from_its_records_and_the_chain_is_as_it_was(judged: Store) -> None:
    with judged.reading() as connection:
        head = audit.verify(connection).head
    erase(judged, [PERSON])
    with judged.reading() as connection:
        assert audit.verify(connection, head=head).problems == ()
        key = connection.execute(select(schema.keys.c.value)).scalar_one()
    assert key != KEY
    assert _digests_of_person() & set(re.findall("[0-9a-f]{16,64}", everything(judged))) == set()


def _digests_of_person() -> set[str]:
    """What whoever tries out all ids would find the person by."""
    pair = (PERSON, "bb_watch:1")
    found = {case_id(*pair, key="", control=control) for control in (0, 1)}
    whole = {hashlib.sha256(told.encode()).hexdigest() for told in (PERSON, " ".join(pair))}
    return found | whole | {one[:16] for one in whole}


@pytest.fixture
def old(store: Store, tmp_path: Path) -> Store:
    """A store as earlier versions left it: ids of cases without a key, entries that name the record that was shown."""
    with store.writing() as connection:
        connection.execute(insert(schema.keys).values(name=CASES, value=""))
    add_people(store)
    take_in(store, tmp_path, run_of(range(3)), "run-0")
    for number, token in ((0, "a-form-1"), (1, "a-form-2")):
        judge(store, ADA, "different", case_id=_old_case(number), token=token)
    decide.record_look(store, BEN, _old_case(2), impression=None)
    show_again(store, 2, seed=3, by="test")
    with store.writing() as connection:
        for record in (PERSON, f"{LEFT}:2"):
            audit.append(connection, "entry_seen", at=store.now(), actor="ada", case_id=_old_case(2), record=record)
    return store


def _old_case(number: int) -> str:
    return case_id(f"{LEFT}:{number}", f"bb_watch:{number}", key="")


def test_what_earlier_versions_wrote_of_a_person_goes_and_the_chain_is_proved_from_there_on(old: Store) -> None:
    with old.reading() as connection:
        before = audit.verify(connection)
    assert _digests_of_person() & set(re.findall("[0-9a-f]{16}", everything(old)))
    erase(old, [PERSON, "bb_watch:1"])
    assert [text for text in OF_PERSON if text in everything(old)] == []
    assert _digests_of_person() & set(re.findall("[0-9a-f]{16,64}", everything(old))) == set()
    assert problems(old) == ()
    with old.reading() as connection:
        after = audit.verify(connection, head=before.head)
        judged = connection.execute(select(schema.judgements.c.case_id, schema.judgements.c.verdict)).all()
        chain = connection.execute(select(schema.audit.c.detail).where(schema.audit.c.action == "entry_seen")).scalars()
        told = [json.loads(detail)["record"] for detail in chain]
    assert told == ["erased", f"{LEFT}:2"], "of others nothing goes"
    assert after.entries > before.entries
    assert len(after.problems) == 1
    assert "noted before the erasure" in after.problems[0]
    assert [row.verdict for row in judged] == ["different", "different"]
    assert _old_case(0) in [row.case_id for row in judged]
    assert erase(old, [PERSON, "bb_watch:1"]) == 0


def test_a_chain_that_was_written_anew_still_tells_what_is_altered(old: Store) -> None:
    erase(old, [PERSON])
    with old.writing() as connection, _lifted(connection, ("judgements", "audit")):
        connection.execute(text("UPDATE judgements SET verdict = 'same'"))
        connection.execute(text("UPDATE audit SET actor = 'nobody' WHERE seq = 3"))
    found = problems(old)
    assert "entry 3 was altered" in found
    assert len([one for one in found if one.startswith("judgement")]) == 2


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


def test_an_intake_that_has_not_written_the_person_yet_does_not_write_them_after_they_were_erased(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(sqlite_store)
    read = Published.documents

    def erased_meanwhile(published: Published, wanted: set[str]) -> Iterator[Any]:
        erase(sqlite_store, [PERSON])
        yield from read(published, wanted)

    monkeypatch.setattr(Published, "documents", erased_meanwhile)
    assert take_in(sqlite_store, tmp_path, run_of(range(3)), "run-0").is_superseded
    assert [text for text in OF_PERSON if text in everything(sqlite_store)] == []


def test_no_token_of_a_form_keeps_a_person_from_being_erased(judged: Store, tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="token"):
        judge(judged, BEN, "different", case_id=case_of(2), token="erased-1")
    with judged.writing() as connection:  # as one was taken by an earlier version
        row = connection.execute(select(schema.judgements)).mappings().first()
        assert row
        numbers = connection.execute(select(schema.judgements.c.id)).scalars().all()
        for number in numbers:
            values = {**row, "id": max(numbers) + number, "token": f"erased-{number}", "case_id": case_of(2)}
            connection.execute(insert(schema.judgements).values(values))
    assert erase(judged, [PERSON]) > 0


def test_a_comment_with_the_letters_of_a_name_within_other_words_stays(sqlite_store: Store, tmp_path: Path) -> None:
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run_of(range(3), left={1: {"names": [name_of("Al Li")]}}), "run-0")
    comment_on(sqlite_store, 0, "the special licence is another")
    comment_on(sqlite_store, 2, "no relation of Al  Li")
    erase(sqlite_store, [PERSON])
    assert comments(sqlite_store) == ["the special licence is another", ""]
    assert problems(sqlite_store) == ()


def comment_on(store: Store, number: int, comment: str) -> None:
    form = decide.Form(verdict="different", reason="birth_differs", comment=comment, token=f"a-comment-{number}",
                       evidence_hash=_case(store, case_of(number)).evidence_hash)  # fmt: skip
    decide.judge(store, ADA, case_of(number), form)


def comments(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(schema.judgements.c.comment).order_by(schema.judgements.c.id)).scalars())


def test_others_judge_while_comments_are_searched_and_what_they_write_is_found(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(store)
    take_in(store, tmp_path, run_of(range(3)), "run-0")
    comment_on(store, 0, "nobody's namesake")
    meanwhile(monkeypatch, store, lambda: comment_on(store, 2, "no relation of Anselm Gradusson 1"))
    erase(store, [PERSON])
    assert comments(store) == ["nobody's namesake", ""]
    assert problems(store) == ()


def test_what_an_intake_that_was_begun_meanwhile_says_of_the_person_is_sought_too(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run_of(range(3)), "run-0")
    comment_on(sqlite_store, 0, "no relation of Ermentrude Quillfeather")
    renamed = run_of(range(3), left={1: {"names": [name_of("Ermentrude Quillfeather")]}})
    meanwhile(monkeypatch, sqlite_store, lambda: take_in(sqlite_store, tmp_path, renamed, "run-1"))
    erase(sqlite_store, [PERSON])
    assert "Quillfeather" not in everything(sqlite_store)


def meanwhile(monkeypatch: pytest.MonkeyPatch, store: Store, act: Callable[[], object]) -> None:
    """Have ``act`` done once while comments are searched, which must not be within a turn of a writer."""
    acts = [act]

    def searched(connection: Any, ids: Any) -> Any:
        found = mentions_of(connection, ids)
        if acts:
            assert not store.turns._is_taken, "others wait"
            acts.pop()()
        return found

    monkeypatch.setattr("matching.review.erase.mentions_of", searched)


def test_beside_a_writer_the_store_says_what_to_do(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.copy(migrated, tmp_path / "review.sqlite")
    monkeypatch.setattr("matching.review.store.WAIT_S", 0)
    store, other = open_store(f"sqlite:///{path}"), sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(WorkspaceError, match=r"Stop whatever else uses it .*retention apply --yes"):
        erase(store, [])
    other.rollback()
    erase(store, [])
    other.close()
    store.close()


def test_whoever_is_taking_in_a_run_that_names_the_erased_stops(judged: Store) -> None:
    with judged.reading() as connection:
        number = connection.execute(select(func.max(schema.runs.c.number))).scalar_one()
    erase(judged, [PERSON])
    with judged.writing() as connection:
        assert not _goes_on(connection, judged, number, Taken(run_id="run-1"))

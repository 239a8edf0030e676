"""Clearance follows a record as it is handled now, and each of its versions as that one was handled."""

from pathlib import Path

import pytest
from invented_cases import RIGHT, add_people, case_of, name_of, run_of, take_in
from sqlalchemy import insert
from test_decide import ADA, BEN, CASE, GREEN, case, judge

from matching.review import decide, queue, schema
from matching.review.case import case_for
from matching.review.people import User
from matching.review.queue import Filters
from matching.review.refusals import NoSuchCaseError
from matching.review.store import Store

SECRET = {1: {"handling_code": "SECRET"}}
ALIAS = {"names": [name_of("Anselm Gradusson 1"), name_of("A. Gradus", "alias")]}
OMAR = User(name="omar", role="senior", codes=GREEN | {"SECRET"})


@pytest.fixture
def people(store: Store) -> Store:
    add_people(store)
    with store.writing() as connection:
        connection.execute(
            insert(schema.users).values(name="omar", role="senior", is_active=True, created_at=store.now())
        )
    return store


def is_shown(store: Store, user: User = ADA) -> bool:
    """Whether the case can be opened; what the queue lists is the same."""
    with store.reading() as connection:
        listed = any(
            row.id == CASE
            for state in ("open", "decided", "closed")
            for row in queue.page(connection, user, Filters(state=state)).rows
        )
        try:
            decide.case_row(connection, user, CASE)
        except NoSuchCaseError:
            assert not listed
            return False
    assert listed
    return True


@pytest.mark.parametrize("how", ["no longer proposed", "the other listing is gone"])
def test_a_closed_case_follows_a_code_that_was_tightened(people: Store, tmp_path: Path, how: str) -> None:
    take_in(people, tmp_path, run_of([0, 1]), "run-1")
    assert is_shown(people)
    gone = run_of([0, 1], left=SECRET, matches=[]) if how.startswith("no") else run_of([0, 1], left=SECRET, without=[f"{RIGHT}:1"])  # fmt: skip
    take_in(people, tmp_path, gone, "run-2")
    assert not is_shown(people)
    assert is_shown(people, OMAR)


def test_a_case_closed_before_its_record_is_tightened_follows_too(people: Store, tmp_path: Path) -> None:
    take_in(people, tmp_path, run_of([0, 1]), "run-1")
    take_in(people, tmp_path, run_of([0, 1], without=[f"{RIGHT}:1"]), "run-2")
    assert is_shown(people)
    take_in(people, tmp_path, run_of([0, 1], left=SECRET, without=[f"{RIGHT}:1"]), "run-3")
    assert not is_shown(people)


def test_a_code_counts_before_the_case_is_brought_up_to_date(
    people: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    take_in(people, tmp_path, run_of([0, 1]), "run-1")
    monkeypatch.setattr("matching.review.sync._take_chunk", killed)
    with pytest.raises(KeyboardInterrupt):
        take_in(people, tmp_path, run_of([0, 1], left=SECRET), "run-2")
    assert case(people).handling_l == "TLP:GREEN"
    assert not is_shown(people)
    assert is_shown(people, OMAR)


def test_versions_from_before_a_release_stay_unseen(people: Store, tmp_path: Path) -> None:
    take_in(people, tmp_path, run_of([1], left=SECRET), "run-1")
    judge(people, OMAR, "different")
    take_in(people, tmp_path, run_of([1], left={1: ALIAS}), "run-2")
    with people.reading() as connection:
        seen, whole = (case_for(connection, user, CASE) for user in (ADA, OMAR))
    assert (len(seen.left.versions), seen.changes, seen.judgements) == (1, (), ())
    assert (len(whole.left.versions), len(whole.changes), len(whole.judgements)) == (2, 1, 1)


def test_a_version_that_was_withdrawn_into_secrecy_stays_unseen_after_the_next(people: Store, tmp_path: Path) -> None:
    for number, changes in enumerate([{}, SECRET, {1: ALIAS}]):
        take_in(people, tmp_path, run_of([1], left=changes), f"run-{number}")
    with people.reading() as connection:
        assert len(case_for(connection, ADA, CASE).left.versions) == 1
        assert len(case_for(connection, OMAR, CASE).left.versions) == 2


def test_a_case_closed_while_its_evidence_changed_comes_back_as_changed(people: Store, tmp_path: Path) -> None:
    take_in(people, tmp_path, run_of([0, 1]), "run-1")
    judge(people, BEN, "different")
    take_in(people, tmp_path, run_of([0, 1], left={1: ALIAS}, without=[f"{RIGHT}:1"]), "run-2")
    assert take_in(people, tmp_path, run_of([0, 1], left={1: ALIAS}), "run-3").counts["returned"] == 1
    with people.reading() as connection:
        assert [change.field for change in case_for(connection, ADA, case_of(1)).changes] == ["names"]

"""Deciding: two people for "same person", a senior where they differ, undo as a new entry, nothing twice."""

from pathlib import Path

import pytest
from invented_cases import add_people, case_of, listing, run_of, take_in
from sqlalchemy import func, select

from matching.review import audit, decide, schema
from matching.review.case import case_for
from matching.review.decide import Form
from matching.review.people import User, add_user
from matching.review.refusals import ChangedError, NoSuchCaseError, NotAllowedError, UnfitError
from matching.review.store import Store

GREEN = frozenset(["TLP:GREEN"])
ADA, BEN = (User(name=name, role="reviewer", codes=GREEN) for name in ("ada", "ben"))
CLEO = User(name="cleo", role="senior", codes=GREEN)
RITA = User(name="rita", role="read-only", codes=GREEN)
CASE = case_of(1)
REASON = {"same": "names_and_birth_agree", "different": "birth_differs", "cannot_tell": "too_little_known"}


@pytest.fixture
def cases(store: Store, tmp_path: Path) -> Store:
    add_people(store)
    take_in(store, tmp_path, run_of(range(3)), "run-1")
    return store


def case(store: Store, case_id: str = CASE):
    with store.reading() as connection:
        return connection.execute(select(schema.cases).where(schema.cases.c.id == case_id)).one()


def judge(store: Store, user: User, verdict: str, *, token: str = "", reason: str = "", case_id: str = CASE) -> str:
    form = Form(
        verdict=verdict, reason=reason or REASON[verdict], comment="", evidence_hash=case(store, case_id).evidence_hash,
        token=token or f"{user.name}-{verdict}-token",
    )  # fmt: skip
    return decide.judge(store, user, case_id, form)


def test_different_is_decided_by_one_person(cases: Store) -> None:
    assert judge(cases, ADA, "different") == "decided"
    assert (case(cases).outcome, case(cases).colour) == ("different", "green")


def test_same_person_needs_a_second_who_is_another(cases: Store) -> None:
    assert judge(cases, ADA, "same") == "second"
    assert case(cases).outcome is None
    with pytest.raises(NotAllowedError, match="another person"):
        judge(cases, ADA, "same", token="another-form")
    assert judge(cases, BEN, "same") == "decided"
    assert (case(cases).outcome, case(cases).colour) == ("same", "white")


def test_disagreement_goes_to_a_senior_who_is_a_third(cases: Store) -> None:
    judge(cases, ADA, "same")
    assert judge(cases, BEN, "different") == "senior"
    with pytest.raises(NotAllowedError):
        judge(cases, User(name="dora", role="reviewer", codes=GREEN), "different")
    assert judge(cases, CLEO, "different") == "decided"
    assert case(cases).colour == "green"


def test_a_red_link_needs_two_people_as_well(cases: Store) -> None:
    assert judge(cases, ADA, "different", reason="identity_of_another") == "second"
    assert judge(cases, BEN, "different", reason="identity_of_another") == "decided"
    assert case(cases).colour == "red"


def test_a_form_sent_twice_decides_once(cases: Store) -> None:
    assert judge(cases, ADA, "same", token="one-and-the-same") == "second"
    assert judge(cases, ADA, "same", token="one-and-the-same") == "second"
    with cases.reading() as connection:
        assert connection.execute(select(func.count()).select_from(schema.judgements)).scalar_one() == 1


def test_undo_is_a_new_entry_and_gives_the_case_back(cases: Store) -> None:
    judge(cases, ADA, "different")
    assert decide.undo(cases, ADA, CASE) == "open"
    with cases.reading() as connection:
        rows = connection.execute(select(schema.judgements).order_by(schema.judgements.c.id)).all()
        assert [row.undoes for row in rows] == [None, rows[0].id]
        assert audit.verify(connection).problems == ()
    assert judge(cases, ADA, "same", token="a second thought") == "second"


def test_only_ones_own_last_judgement_can_be_undone(cases: Store) -> None:
    judge(cases, ADA, "same")
    judge(cases, BEN, "same")
    with pytest.raises(NotAllowedError):
        decide.undo(cases, ADA, CASE)
    assert decide.undo(cases, BEN, CASE) == "second"
    assert decide.undo(cases, ADA, CASE) == "open"
    with pytest.raises(NotAllowedError):
        decide.undo(cases, ADA, CASE)


@pytest.mark.parametrize(
    ("verdict", "reason"), [("same", ""), ("same", "birth_differs"), ("perhaps", "birth_differs"), ("", "")]
)
def test_a_judgement_without_a_verdict_and_its_reason_is_refused(cases: Store, verdict: str, reason: str) -> None:
    form = Form(verdict=verdict, reason=reason, comment="", evidence_hash=case(cases).evidence_hash, token="12345678")
    with pytest.raises(UnfitError):
        decide.judge(cases, ADA, CASE, form)


def test_a_judgement_on_evidence_that_changed_meanwhile_is_refused(cases: Store, tmp_path: Path) -> None:
    form = Form(
        verdict="different",
        reason="birth_differs",
        comment="",
        evidence_hash=case(cases).evidence_hash,
        token="12345678",
    )
    take_in(cases, tmp_path, run_of(range(3), left={1: {"marks": "scar"}}), "run-2")
    with pytest.raises(ChangedError, match="open the case again"):
        decide.judge(cases, ADA, CASE, form)


def test_a_case_that_was_decided_meanwhile_is_not_decided_again(cases: Store) -> None:
    judge(cases, ADA, "different")
    with pytest.raises(ChangedError):
        judge(cases, BEN, "same")


def test_who_only_reads_does_not_judge(cases: Store) -> None:
    with pytest.raises(NotAllowedError):
        judge(cases, RITA, "different")


@pytest.mark.parametrize("act", [decide.record_view, decide.assign, decide.release, decide.undo])
def test_a_case_beyond_ones_clearance_is_one_that_does_not_exist(store: Store, tmp_path: Path, act) -> None:
    add_people(store)
    add_user(store, "eve", role="senior", codes=["TLP:GREEN"], password=None, by="test")
    take_in(store, tmp_path, run_of([1], left={1: {"handling_code": "SECRET"}}), "run-1")
    eve = User(name="eve", role="senior", codes=GREEN)
    for case_id in (CASE, case_of(7)):
        with pytest.raises(NoSuchCaseError) as caught:
            act(store, eve, case_id)
        assert str(caught.value) == "there is no such case"
        assert case_id not in str(caught.value)


def test_an_assigned_case_is_its_holders_until_a_senior_takes_it(cases: Store) -> None:
    decide.assign(cases, ADA, CASE)
    with pytest.raises(NotAllowedError, match="another person"):
        judge(cases, BEN, "different")
    for act in (decide.assign, decide.release):
        with pytest.raises(NotAllowedError):
            act(cases, BEN, CASE)
    decide.assign(cases, CLEO, CASE)
    assert case(cases).assigned_to == "cleo"
    decide.release(cases, CLEO, CASE)
    assert judge(cases, BEN, "different") == "decided"


def test_the_score_is_seen_after_an_impression_or_a_logged_look(cases: Store) -> None:
    with cases.reading() as connection:
        assert not decide.has_looked(connection, ADA, case(cases))
    decide.record_look(cases, ADA, CASE, impression="same")
    decide.record_look(cases, BEN, CASE, impression=None)
    judge(cases, ADA, "same")
    with cases.reading() as connection:
        assert decide.has_looked(connection, ADA, case(cases))
        actions = list(
            connection.execute(select(schema.audit.c.action).where(schema.audit.c.case_id == CASE)).scalars()
        )
        assert connection.execute(select(schema.judgements.c.saw_score)).scalars().all() == [True]
    assert actions == ["impression", "peeked", "judged"]


def test_a_double_review_draw_sends_every_verdict_to_a_second_person(store: Store, tmp_path: Path) -> None:
    add_people(store)
    take_in(store, tmp_path, run_of([1]), "run-1", double_share=1)
    assert judge(store, ADA, "different") == "second"
    assert judge(store, BEN, "different") == "decided"


def test_listing_invents_nothing_but_what_it_says() -> None:
    assert listing("aa_wanted", 3)["record_id"] == "aa_wanted:3"


def test_a_second_look_is_not_taken_back_by_who_was_shown_the_first(cases: Store) -> None:
    judge(cases, ADA, "same")
    judge(cases, BEN, "different")
    decide.record_view(cases, BEN, CASE)
    with cases.reading() as connection:
        assert not case_for(connection, BEN, CASE).may_undo
        assert decide.last_judged(connection, BEN) is None
    with pytest.raises(NotAllowedError, match="before you were shown"):
        decide.undo(cases, BEN, CASE)


def test_a_second_look_that_was_taken_back_is_given_by_another(cases: Store) -> None:
    judge(cases, ADA, "same")
    judge(cases, BEN, "different")
    assert decide.undo(cases, BEN, CASE) == "second"
    for act in (lambda: judge(cases, BEN, "same"), lambda: decide.assign(cases, BEN, CASE)):
        with pytest.raises(NotAllowedError, match="another person"):
            act()
    assert judge(cases, CLEO, "same") == "decided"


def test_a_senior_who_was_shown_the_others_verdicts_does_not_take_ones_own_back(cases: Store) -> None:
    judge(cases, ADA, "same")
    judge(cases, BEN, "different")
    decide.record_look(cases, CLEO, CASE, impression="same")
    judge(cases, CLEO, "same")
    with pytest.raises(NotAllowedError, match="before you were shown"):
        decide.undo(cases, CLEO, CASE)


def test_a_case_is_taken_only_by_who_may_judge_it_next(cases: Store) -> None:
    judge(cases, ADA, "same")
    with pytest.raises(NotAllowedError, match="another person"):
        decide.assign(cases, ADA, CASE)
    judge(cases, BEN, "different")
    with pytest.raises(NotAllowedError, match="senior"):
        decide.assign(cases, User(name="dora", role="reviewer", codes=GREEN), CASE)
    decide.assign(cases, CLEO, CASE)


def test_nothing_is_undone_on_a_closed_case(cases: Store, tmp_path: Path) -> None:
    judge(cases, ADA, "different")
    take_in(cases, tmp_path, run_of(range(3), left={1: {"status": "removed"}}), "run-2")
    with pytest.raises(NotAllowedError, match="closed"):
        decide.undo(cases, ADA, CASE)
    assert case(cases).state == "closed"


@pytest.mark.parametrize("token", ["undo-0001", "erased-1"])
def test_a_form_may_not_take_the_token_of_an_undo_or_of_an_erasure(cases: Store, token: str) -> None:
    with pytest.raises(UnfitError, match="token"):
        judge(cases, ADA, "different", token=token)


def test_a_form_sent_again_after_its_undo_is_not_acknowledged(cases: Store) -> None:
    judge(cases, ADA, "different", token="one-and-the-same")
    decide.undo(cases, ADA, CASE)
    with pytest.raises(ChangedError, match="undone"):
        judge(cases, ADA, "different", token="one-and-the-same")
    assert case(cases).state == "open"

"""Known cases are blind: nobody is given one whose answer they know, can look up, or cannot know any more."""

from pathlib import Path

import pytest
from invented_cases import KEY, LEFT, RIGHT, add_people, case_of, name_of, run_of, take_in
from test_decide import ADA, BEN, CLEO, case, judge

from matching.review import decide, queue
from matching.review.evidence import case_id
from matching.review.known import show_again
from matching.review.people import User
from matching.review.queue import Filters
from matching.review.refusals import NoSuchCaseError
from matching.review.store import Store
from matching.review.verdicts import WAITING
from matching.review.waiting import waiting

ORIGINAL, KNOWN = case_of(0), case_id(f"{LEFT}:0", f"{RIGHT}:0", key=KEY, control=1)
CHANGED = {0: {"names": [name_of("Anselm Gradusson 0"), name_of("A. Gradus", "alias")]}}


@pytest.fixture
def shown(store: Store, tmp_path: Path) -> Store:
    """Ada decided person 0, who is shown again."""
    add_people(store)
    take_in(store, tmp_path, run_of(range(2)), "run-1")
    judge(store, ADA, "different", case_id=ORIGINAL)
    assert show_again(store, 1, seed=1, by="test") == 1
    return store


def listed(store: Store, user: User, state: str) -> set[str]:
    with store.reading() as connection:
        return {row.id for row in queue.page(connection, user, Filters(state=state)).rows}


def test_who_decided_a_case_is_given_the_next_free_one_instead_of_its_known_case(shown: Store) -> None:
    assert KNOWN not in listed(shown, ADA, "open")
    assert queue.claim_next(shown, ADA, Filters()) == case_of(1)
    assert queue.claim_next(shown, BEN, Filters()) == KNOWN


def test_the_original_is_hidden_while_its_known_case_waits(shown: Store) -> None:
    assert ORIGINAL in listed(shown, ADA, "decided")
    for user in (BEN, CLEO):
        assert ORIGINAL not in listed(shown, user, "decided")
        with pytest.raises(NoSuchCaseError):
            decide.record_view(shown, user, ORIGINAL)
    judge(shown, BEN, "same", case_id=KNOWN)
    assert ORIGINAL in listed(shown, CLEO, "decided")


def test_what_waits_is_counted_as_each_ones_own_queue_has_it(shown: Store) -> None:
    judge(shown, CLEO, "same", case_id=case_of(1))  # waits for a second look, which is not hers
    for user in (ADA, BEN, CLEO):
        with shown.reading() as connection:
            counts = queue.counts(connection, user, Filters())
        assert waiting(shown, user).cases == {state: counts[state] for state in WAITING}
    assert waiting(shown, CLEO).cases == {"open": 1, "second": 0, "senior": 0}
    assert waiting(shown, ADA).cases == {"open": 0, "second": 1, "senior": 0}
    assert waiting(shown).cases == {"open": 1, "second": 1, "senior": 0}


def test_taking_a_judgement_back_does_not_make_one_forget_it(shown: Store) -> None:
    decide.undo(shown, ADA, ORIGINAL)
    assert KNOWN not in listed(shown, ADA, "open")
    with pytest.raises(NoSuchCaseError):
        decide.record_view(shown, ADA, KNOWN)


def test_a_known_case_is_closed_when_its_evidence_changes_and_keeps_what_it_asked(shown: Store, tmp_path: Path) -> None:
    before = case(shown, KNOWN)
    take_in(shown, tmp_path, run_of(range(2), left=CHANGED), "run-2")
    after = case(shown, KNOWN)
    assert (after.state, after.evidence_hash) == ("closed", before.evidence_hash)
    assert case(shown, ORIGINAL).arrival == "returned"


def test_a_known_case_that_was_answered_is_not_asked_again_on_other_evidence(shown: Store, tmp_path: Path) -> None:
    judge(shown, BEN, "same", case_id=KNOWN)
    take_in(shown, tmp_path, run_of(range(2), left=CHANGED), "run-2")
    assert case(shown, KNOWN).state == "decided"

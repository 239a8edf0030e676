"""The queue: each filter lets through what it says, pages neither repeat nor skip, the next case is nobody else's."""

from pathlib import Path

import pytest
from invented_cases import add_people, case_of, run_of, take_in
from sqlalchemy import select
from test_decide import ADA, BEN, CLEO, RITA, judge

from matching.review import queue, schema
from matching.review.queue import Filters
from matching.review.refusals import NotAllowedError, UnfitError
from matching.review.store import Store

OTHERS = {
    1: {"listing_kind": "red_notice", "authority_country": "DD"},
    2: {"handling_code": "TLP:AMBER"},
}


@pytest.fixture
def cases(store: Store, tmp_path: Path) -> Store:
    add_people(store)
    take_in(store, tmp_path, run_of(range(7), left=OTHERS), "run-1")
    return store


def found(store: Store, filters: Filters, user=ADA) -> set[str]:
    with store.reading() as connection:
        return {row.id for row in queue.page(connection, user, filters).rows}


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, {0, 1, 3, 4, 5, 6}),  # 2 is beyond Ada's clearance
        ({"code": "TLP:AMBER"}, set()),
        ({"kind": "red_notice"}, {1}),
        ({"country": "DD"}, {1}),
        ({"list": "aa_wanted"}, {0, 1, 3, 4, 5, 6}),
        ({"list": "un_list"}, set()),
        ({"band": "4"}, {0, 1, 3, 4, 5, 6}),
        ({"band": "1"}, set()),
        ({"scripts": "Latn-Latn"}, {0, 1, 3, 4, 5, 6}),
        ({"pair": "same_list"}, set()),
        ({"arrival": "returned"}, set()),
        ({"mark": "conflict"}, set()),
        ({"whose": "mine"}, set()),
        ({"state": "decided"}, set()),
    ],
)
def test_a_filter_lets_through_what_it_says(cases: Store, filters: dict[str, str], numbers: set[int]) -> None:
    assert found(cases, Filters.of(filters)) == {case_of(number) for number in numbers}


@pytest.mark.parametrize("order", ["probability", "oldest", "newest"])
def test_pages_follow_one_another_without_gap_or_repeat(cases: Store, order: str) -> None:
    seen: list[str] = []
    after: str | None = ""
    with cases.reading() as connection:
        while after is not None:
            page = queue.page(connection, ADA, Filters(order=order), after=after, size=2)
            seen += [row.id for row in page.rows]
            after = page.after
    assert len(seen) == 6
    assert len(set(seen)) == 6


def test_what_others_decide_between_two_pages_skips_nothing(cases: Store) -> None:
    with cases.reading() as connection:
        first = queue.page(connection, ADA, Filters(), size=2)
    judge(cases, BEN, "different", case_id=first.rows[0].id)
    with cases.reading() as connection:
        second = queue.page(connection, ADA, Filters(), after=first.after or "", size=9)
    assert {row.id for row in second.rows} == found(cases, Filters()) - {first.rows[1].id}


def test_a_second_look_is_not_offered_to_who_judged_first(cases: Store) -> None:
    judge(cases, ADA, "same")
    assert case_of(1) not in found(cases, Filters(state="second"))
    assert case_of(1) in found(cases, Filters(state="second"), BEN)


def test_the_next_case_is_nobody_elses(cases: Store) -> None:
    first, second = (queue.claim_next(cases, user, Filters()) for user in (ADA, BEN))
    assert first != second
    assert queue.claim_next(cases, ADA, Filters()) == first
    with cases.reading() as connection:
        wanted = select(schema.cases.c.assigned_to).where(schema.cases.c.id == first)
        assert connection.execute(wanted).scalar_one() == "ada"
    with pytest.raises(NotAllowedError):
        queue.claim_next(cases, RITA, Filters())


def test_only_a_senior_is_given_a_disagreement(cases: Store) -> None:
    judge(cases, ADA, "same")
    judge(cases, BEN, "different")
    assert case_of(1) not in found(cases, Filters())
    assert case_of(1) in found(cases, Filters(), CLEO)


def test_counts_are_those_of_ones_clearance(cases: Store) -> None:
    judge(cases, ADA, "different")
    with cases.reading() as connection:
        counts = queue.counts(connection, ADA, Filters())
    assert counts == {"open": 5, "second": 0, "senior": 0, "decided": 1, "closed": 0}


@pytest.mark.parametrize(
    "given", [{"state": "nowhere"}, {"band": "99"}, {"order": "1; DROP TABLE cases"}, {"whose": "hers"}]
)
def test_a_filter_that_cannot_be_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(UnfitError):
        Filters.of(given)


def test_a_damaged_address_of_a_page_is_refused(sqlite_store: Store) -> None:
    with pytest.raises(UnfitError), sqlite_store.reading() as connection:
        queue.page(connection, ADA, Filters(), after="nonsense~x")

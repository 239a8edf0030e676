"""Taking in runs: what comes back, what does not, what is closed."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from invented_cases import LEFT, RIGHT, add_people, case_of, name_of, publish, run_of, take_in
from sqlalchemy import select
from test_decide import ADA, BEN, case, judge

from matching.review import arrivals, schema
from matching.review.case import case_for
from matching.review.checks import verify_store
from matching.review.evidence import evidence_of
from matching.review.published import SAMPLES
from matching.review.store import Store
from matching.review.sync import is_current, sync

CHANGED = {1: {"names": [name_of("Anselm Gradusson 1"), name_of("A. Gradus", "alias")]}}


@pytest.fixture
def cases(store: Store, tmp_path: Path) -> Store:
    add_people(store)
    take_in(store, tmp_path, run_of(range(3)), "run-1")
    return store


def states(store: Store) -> dict[str, str]:
    with store.reading() as connection:
        return {row.id: row.state for row in connection.execute(select(schema.cases))}


def test_matches_become_open_cases_once(cases: Store, tmp_path: Path) -> None:
    again = take_in(cases, tmp_path, run_of(range(4)), "run-2")
    assert again.counts == {"new": 1, "returned": 0, "reopened": 0, "closed": 0}
    assert set(states(cases).values()) == {"open"}
    assert is_current(cases, "run-2")
    assert not is_current(cases, "run-1")


def test_a_decided_case_stays_decided_when_only_the_snapshot_changed(cases: Store, tmp_path: Path) -> None:
    judge(cases, ADA, "different")
    later = {n: {"snapshot_id": "f" * 64, "retrieved_at": datetime(2026, 4, 1, tzinfo=UTC)} for n in range(3)}
    assert not any(take_in(cases, tmp_path, run_of(range(3), left=later), "run-2").counts.values())
    assert states(cases)[case_of(1)] == "decided"


def test_changed_evidence_brings_back_exactly_its_case_and_says_what_changed(cases: Store, tmp_path: Path) -> None:
    for number in range(3):
        judge(cases, ADA, "different", case_id=case_of(number), token=f"a-token-{number}")
    taken = take_in(cases, tmp_path, run_of(range(3), left=CHANGED), "run-2")
    assert taken.counts["returned"] == 1
    assert states(cases) == {case_of(0): "decided", case_of(1): "open", case_of(2): "decided"}
    assert (case(cases).arrival, case(cases).changed) == ("returned", '["names"]')


REMAPPED = {
    n: {
        "listing_kind": "watchlist",
        "authority_country": "CC",
        "names": [name_of(f"Anselm Gradusson {n}", "former")],
        "births": [
            {"text": "1970-03-09", "earliest": date(1970, 9, 3), "latest": date(1970, 9, 3), "precision": "day",
             "calendar": "hijri"}
        ],
    }
    for n in range(3)
}  # fmt: skip


def test_a_mapping_mended_for_a_whole_list_brings_nothing_back_and_is_shown(cases: Store, tmp_path: Path) -> None:
    judge(cases, ADA, "different")
    assert not any(take_in(cases, tmp_path, run_of(range(3), left=REMAPPED), "run-2").counts.values())
    with cases.reading() as connection:
        shown = case_for(connection, ADA, case_of(1))
        problems = verify_store(connection).problems
    assert (shown.row.state, shown.row.kind_l, problems) == ("decided", "watchlist", ())
    assert [name["kind"] for name in shown.left.document["record"]["names"]] == ["former"]
    assert len(shown.left.versions) == 1
    assert not any(take_in(cases, tmp_path, run_of(range(3)), "run-3").counts.values())  # mended back
    with cases.reading() as connection:
        assert case_for(connection, ADA, case_of(1)).left.document["record"]["names"][0]["kind"] == "primary"


def test_decisions_made_under_an_earlier_rule_of_evidence_stand(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(store)
    with monkeypatch.context() as earlier:
        earlier.setattr(arrivals, "evidence_of", partial(evidence_of, rule=1))
        earlier.setattr(arrivals, "RULE", 1)
        take_in(store, tmp_path, run_of(range(3)), "run-1")
    judge(store, ADA, "different")
    hashed = case(store).evidence_hash
    for run in ("run-2", "run-3"):
        assert not any(take_in(store, tmp_path, run_of(range(3), left=REMAPPED), run).counts.values())
        assert (case(store).state, case(store).evidence_hash) == ("decided", hashed)
    assert take_in(store, tmp_path, run_of(range(3), left=CHANGED), "run-4").counts["returned"] == 1
    assert (case(store).state, case(store).changed) == ("open", '["names"]')
    assert take_in(store, tmp_path, run_of(range(3)), "run-5").counts["returned"] == 0
    with store.reading() as connection:
        assert (case(store).state, verify_store(connection).problems) == ("decided", ())


def test_evidence_that_comes_back_brings_its_decision_with_it(cases: Store, tmp_path: Path) -> None:
    judge(cases, ADA, "different")
    take_in(cases, tmp_path, run_of(range(3), left=CHANGED), "run-2")
    assert case(cases).arrival == "returned"
    take_in(cases, tmp_path, run_of(range(3)), "run-3")
    assert (case(cases).state, case(cases).outcome) == ("decided", "different")
    assert (case(cases).arrival, case(cases).changed) == ("new", "[]")


def test_a_first_look_before_the_change_does_not_count_after_it(cases: Store, tmp_path: Path) -> None:
    judge(cases, ADA, "same")
    take_in(cases, tmp_path, run_of(range(3), left=CHANGED), "run-2")
    assert judge(cases, BEN, "same") == "second"
    assert judge(cases, ADA, "same", token="on the new evidence") == "decided"


@pytest.mark.parametrize("how", ["absent", "removed"])
def test_removal_of_a_listing_closes_its_case_and_its_return_opens_it_as_it_was(
    cases: Store, tmp_path: Path, how: str
) -> None:
    judge(cases, ADA, "different")
    gone = (
        run_of(range(3), without=[f"{LEFT}:1"])
        if how == "absent"
        else run_of(range(3), left={1: {"status": "removed"}})
    )
    assert take_in(cases, tmp_path, gone, "run-2").counts["closed"] == 1
    assert (case(cases).state, case(cases).closed_because) == ("closed", "listing_removed")
    take_in(cases, tmp_path, run_of(range(3)), "run-3")
    assert (case(cases).state, case(cases).outcome) == ("decided", "different")


def test_a_run_without_a_list_says_nothing_of_its_cases(cases: Store, tmp_path: Path) -> None:
    alone = run_of(range(3), without=[f"{RIGHT}:{n}" for n in range(3)])
    assert not any(take_in(cases, tmp_path, alone, "run-2").counts.values())


def test_a_pair_no_longer_proposed_is_closed_unless_someone_judged_it(cases: Store, tmp_path: Path) -> None:
    judge(cases, ADA, "same")
    take_in(cases, tmp_path, run_of(range(3), matches=[]), "run-2")
    assert states(cases) == {case_of(0): "closed", case_of(1): "second", case_of(2): "closed"}


def test_a_decided_pair_that_is_no_longer_proposed_comes_back_if_its_evidence_changed(
    cases: Store, tmp_path: Path
) -> None:
    judge(cases, ADA, "same")
    judge(cases, BEN, "same")
    take_in(cases, tmp_path, run_of(range(3), left=CHANGED, matches=[]), "run-2")
    assert (case(cases).state, case(cases).arrival) == ("open", "returned")


def test_an_older_run_gives_way_to_one_that_was_begun_meanwhile(cases: Store, tmp_path: Path) -> None:
    older = publish(tmp_path, run_of(range(5)), "run-2")
    newer = publish(tmp_path, run_of(range(4)), "run-3")

    class Interrupted(type(older)):  # type: ignore[misc]
        def clusters(self) -> dict[str, str]:
            sync(cases, newer, double_share=0)
            return super().clusters()

    assert sync(cases, Interrupted(older.folder), double_share=0).is_superseded
    assert case_of(4) not in states(cases)
    assert is_current(cases, "run-3")


def test_a_run_that_someone_is_taking_in_is_left_to_them_until_they_are_dead(cases: Store, tmp_path: Path) -> None:
    published = publish(tmp_path, run_of(range(4)), "run-2")

    class Killed(type(published)):  # type: ignore[misc]
        def clusters(self) -> dict[str, str]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(cases, Killed(published.folder), double_share=0)
    assert is_current(cases, "run-2")
    later = Store(engine=cases.engine, clock=lambda: datetime.now(UTC) + timedelta(minutes=2))
    assert not is_current(later, "run-2")
    assert sync(later, published, double_share=0).counts["new"] == 1


def test_samples_below_the_threshold_are_cases_too(sqlite_store: Store, tmp_path: Path) -> None:
    add_people(sqlite_store)
    published = publish(tmp_path, run_of(range(2)), "run-1")
    samples = pl.DataFrame(
        {
            "record_id_l": [f"{LEFT}:0"],
            "record_id_r": [f"{RIGHT}:1"],
            "match_probability": [0.2],
            "match_weight": [-2.0],
        }
    )
    samples.write_parquet(published.folder / SAMPLES)
    assert sync(sqlite_store, published, double_share=0).counts["new"] == 3
    with sqlite_store.reading() as connection:
        assert [r.probability for r in connection.execute(select(schema.cases).where(schema.cases.c.is_sample))] == [
            0.2
        ]

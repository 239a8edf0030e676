"""Each list against its own cadence, and how the last attempts ended."""

from datetime import UTC, datetime, timedelta

import pytest
from invented_lists import OwnLists

from matching.errors import GateError, UsageError
from matching.sources.freshness import Attempt, attempts, due_at, freshness
from matching.sources.snapshots import Retrieval, Snapshot
from matching.sources.spec import Source

RETRIEVED = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)  # a Monday


def source(own: OwnLists, **given: object) -> Source:
    return own.pipeline().source("fr_wanted").model_copy(update=given)


def snapshot() -> Snapshot:
    return Snapshot(
        source_id="fr_wanted", snapshot_id="x", folder="x", files={}, counts={"persons": 1}, licence="", handling_code="",
        retrievals=[Retrieval(retrieved_at=RETRIEVED, origin="", validators={})],
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "stale_after_days", "due"),
    [
        ("23 5 * * *", None, RETRIEVED.replace(day=7, hour=5, minute=23)),  # the next morning's, and a day of grace
        ("0 4 * * 1", None, RETRIEVED.replace(day=13, hour=4)),
        ("@daily", None, RETRIEVED.replace(day=7, hour=0)),
        ("@daily", 30, RETRIEVED + timedelta(days=30)),
        (None, None, None),
    ],
)
def test_a_list_is_due_by_its_schedule_or_its_age(
    schedule: str | None, stale_after_days: float | None, due: datetime | None, own_lists: OwnLists
) -> None:
    assert due_at(source(own_lists, schedule=schedule, stale_after_days=stale_after_days), RETRIEVED) == due


@pytest.mark.parametrize(
    ("hours", "last", "state", "is_stale"),
    [
        (1, None, "fresh", False),
        (70, None, "late", True),
        (1, "FetchError", "failing", False),
        (70, "PayloadError", "failing", True),
        (1, "GateError", "held", False),
    ],
)
def test_a_list_is_fresh_late_failing_or_held(
    hours: int, last: str | None, state: str, is_stale: bool, own_lists: OwnLists
) -> None:
    tried = [Attempt(at=RETRIEVED, error=None, message=None)]
    tried += [Attempt(at=RETRIEVED, error=last, message="found, expected, do")] if last else []
    found = freshness(source(own_lists, schedule="@daily"), snapshot(), tried, now=RETRIEVED + timedelta(hours=hours))
    assert (found.state, found.is_stale) == (state, is_stale)
    assert bool(found.to_do) == (state != "fresh")


def test_a_list_never_taken_in_is_absent_and_one_without_a_cadence_is_not_judged(own_lists: OwnLists) -> None:
    assert freshness(source(own_lists), None, [], now=RETRIEVED).state == "absent"
    late = RETRIEVED + timedelta(days=999)
    assert freshness(source(own_lists), snapshot(), [], now=late).state == "unscheduled"


def test_every_attempt_is_written_down_with_what_it_met(own_lists: OwnLists) -> None:
    with pytest.raises(GateError):
        own_lists.take_in("fr_wanted", range(3), day=2)
    own_lists.take_in("fr_wanted", range(40), day=3)
    told = [one.error for one in attempts(own_lists.workspace, "fr_wanted")]
    assert told == [None, "GateError", None]


def test_a_schedule_that_is_none_is_refused(own_lists: OwnLists) -> None:
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("cadence: never", "cadence: never\nschedule: at noon"))
    with pytest.raises(UsageError, match="no schedule: give five fields"):
        own_lists.pipeline()

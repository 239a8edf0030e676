"""A removal propagates: who leaves a list leaves the matches at the next run, is kept, and may come back."""

from datetime import UTC, datetime

import polars as pl
from invented_lists import OwnLists, person

from matching.tables import CHANGES, MATCHES, NAMES, QUARANTINE, RECORDS

LEFT = "fr_wanted:N-030"
"""On both lists until the second snapshot of fr_wanted."""


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def run(lists: OwnLists) -> None:
    lists.pipeline().run()


def everyone_but(number: int) -> list[int]:
    return [one for one in range(40) if one != number]


def record(lists: OwnLists) -> dict[str, object]:
    (row,) = lists.published(RECORDS).filter(record_id=LEFT).to_dicts()
    return row


def matched(lists: OwnLists) -> bool:
    return (
        not lists.published(MATCHES)
        .filter((pl.col("record_id_l") == LEFT) | (pl.col("record_id_r") == LEFT))
        .is_empty()
    )


def changes(lists: OwnLists) -> list[tuple[str, str]]:
    return lists.published(CHANGES).select("record_id", "change").rows()


def test_a_first_snapshot_changes_nothing(own_lists: OwnLists) -> None:
    assert matched(own_lists)
    assert changes(own_lists) == []
    assert (record(own_lists)["first_seen"], record(own_lists)["last_seen"]) == (day(1), day(1))


def test_a_delisted_person_leaves_the_matches_and_is_kept_as_removed(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", everyone_but(30), day=5)
    own_lists.take_in("fr_wanted", everyone_but(30), day=7)
    run(own_lists)

    assert not matched(own_lists)
    assert own_lists.published(NAMES).filter(record_id=LEFT).is_empty()
    kept = record(own_lists)
    assert (kept["status"], kept["first_seen"], kept["last_seen"]) == ("removed", day(1), day(1))
    assert kept["births"]  # as the last snapshot had it
    assert changes(own_lists) == [(LEFT, "removed")]
    others = own_lists.published(RECORDS).filter(pl.col("source") == "fr_wanted", pl.col("record_id") != LEFT)
    assert others["status"].unique().to_list() == ["active"]
    assert others["last_seen"].unique().to_list() == [day(7)]


def test_a_person_who_comes_back_is_reinstated_and_matches_again(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", everyone_but(30), day=5)
    run(own_lists)
    own_lists.take_in("fr_wanted", [*range(41)], day=9)
    run(own_lists)

    assert matched(own_lists)
    back = record(own_lists)
    assert (back["status"], back["first_seen"], back["last_seen"]) == ("active", day(1), day(9))
    assert changes(own_lists) == [(LEFT, "reinstated"), ("fr_wanted:N-040", "added")]


def test_the_same_bytes_again_bring_a_person_back(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", everyone_but(30), day=5)
    own_lists.take_in("fr_wanted", range(40), day=9)
    run(own_lists)

    assert matched(own_lists)
    assert changes(own_lists) == [(LEFT, "reinstated")]


def test_an_older_snapshot_taken_in_later_changes_only_since_when_a_person_is_seen(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", everyone_but(30), day=5)
    december = datetime(2025, 12, 1, tzinfo=UTC)
    files = [own_lists.list_of("fr_wanted", [30, *range(50, 79)])]
    own_lists.pipeline().ingest("fr_wanted", files=files, retrieved_at=december)
    run(own_lists)

    kept = record(own_lists)
    assert (kept["status"], kept["first_seen"], kept["last_seen"]) == ("removed", december, day(1))
    assert changes(own_lists) == [(LEFT, "removed")]
    statuses = own_lists.published(RECORDS).filter(source="fr_wanted")["status"].value_counts().sort("status").rows()
    assert statuses == [("active", 39), ("removed", 30)]


def test_who_left_two_snapshots_ago_stays_removed_and_is_no_change_any_more(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", everyone_but(30), day=5)
    own_lists.take_in("fr_wanted", [one for one in everyone_but(30) if one != 31], day=6)
    run(own_lists)

    assert record(own_lists)["status"] == "removed"
    assert changes(own_lists) == [("fr_wanted:N-031", "removed")]


def test_who_falls_into_quarantine_is_not_removed(own_lists: OwnLists) -> None:
    path = own_lists.list_of("fr_wanted", range(40))
    name = person(30)["name"]
    path.write_text(path.read_text().replace(f"N-030,{name},", "N-030,---,"))
    own_lists.pipeline().ingest("fr_wanted", files=[path], retrieved_at=day(5))
    run(own_lists)

    assert own_lists.published(RECORDS).filter(record_id=LEFT).is_empty()
    assert own_lists.published(QUARANTINE).filter(record_id=LEFT)["rule"].to_list() == [
        "person_has_a_name_with_a_letter"
    ]
    assert not matched(own_lists)
    assert changes(own_lists) == []

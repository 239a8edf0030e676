"""What changed between snapshots, and since when an entry is seen: whatever the order they were taken in."""

from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl

from matching.records import history
from matching.sources.snapshots import Retrieval, Snapshot
from matching.tables import RECORDS

A, B, C = "a" * 64, "b" * 64, "c" * 64


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def snapshot(snapshot_id: str, *days: int) -> Snapshot:
    return Snapshot(
        source_id="zz_list", snapshot_id=snapshot_id, folder=Path(), files={}, counts={}, licence="", handling_code="",
        retrievals=[Retrieval(retrieved_at=day(one), origin="", validators={}) for one in days],
    )  # fmt: skip


def records(snapshot_id: str, *rows: dict[str, Any]) -> pl.DataFrame:
    plain = {
        "source": "zz_list", "entity_kind": "person", "listing_kind": "wanted", "status": "active", "authority": "Z",
        "authority_country": "ZZ", "snapshot_id": snapshot_id, "retrieved_at": day(1), "licence": "-",
        "handling_code": "-", **{name: [] for name, dtype in RECORDS.schema.items() if isinstance(dtype, pl.List)},
        **dict.fromkeys(("listed_date", "url", "sex", "height_cm", "marks", "remarks", "first_seen", "last_seen")),
    }  # fmt: skip
    made = [{**plain, "record_id": f"zz_list:{row['id']}", "publisher_id": row["id"], **row} for row in rows]
    return RECORDS.conform(
        pl.DataFrame([{k: v for k, v in row.items() if k != "id"} for row in made], schema=RECORDS.schema)
    )


def told(frame: pl.DataFrame) -> list[tuple[str, str, list[str]]]:
    return [(row["record_id"], row["change"], row["fields"]) for row in frame.to_dicts()]


def test_timeline_joins_retrievals_of_the_same_bytes() -> None:
    states = history.timeline([snapshot(A, 1, 2, 3), snapshot(B, 4)])
    assert [(state.snapshot.snapshot_id, state.since, state.until) for state in states] == [
        (A, day(1), day(3)), (B, day(4), day(4)),
    ]  # fmt: skip


def test_bytes_that_come_back_are_a_state_of_their_own() -> None:
    states = history.timeline([snapshot(A, 1, 5), snapshot(B, 3)])
    assert [state.snapshot.snapshot_id for state in states] == [A, B, A]


def test_timeline_does_not_depend_on_the_order_of_snapshots() -> None:
    given = [snapshot(A, 1, 4), snapshot(B, 2), snapshot(C, 3)]
    made = [history.timeline(order) for order in permutations(given)]
    assert all(states == made[0] for states in made)


def test_an_entry_is_seen_from_its_first_to_its_last_state() -> None:
    states = history.timeline([snapshot(A, 1), snapshot(B, 2, 3)])
    ids = {A: pl.Series(["zz:1", "zz:2"]), B: pl.Series(["zz:2", "zz:3"])}
    assert history.seen(states, ids).rows() == [
        ("zz:1", day(1), day(1), A), ("zz:2", day(1), day(3), B), ("zz:3", day(2), day(3), B),
    ]  # fmt: skip


def test_added_changed_and_removed_entries_are_told_with_their_fields() -> None:
    before = records(A, {"id": "1"}, {"id": "2"}, {"id": "3", "sex": "male"})
    after = records(B, {"id": "2"}, {"id": "3", "sex": "female", "remarks": "x"}, {"id": "4"})
    changes = history.changes(before, after)
    assert told(changes) == [
        ("zz_list:1", "removed", []), ("zz_list:3", "changed", ["sex", "remarks"]), ("zz_list:4", "added", []),
    ]  # fmt: skip
    assert changes["from_snapshot"].unique().to_list() == [A]
    assert changes["to_snapshot"].unique().to_list() == [B]


def test_an_entry_that_was_there_earlier_is_reinstated() -> None:
    earlier = pl.Series("record_id", ["zz_list:2"])
    assert told(history.changes(records(A, {"id": "1"}), records(B, {"id": "1"}, {"id": "2"}), earlier=earlier)) == [
        ("zz_list:2", "reinstated", [])
    ]


def test_where_a_record_came_from_is_no_change() -> None:
    after = records(B, {"id": "1", "licence": "other", "retrieved_at": day(9), "last_seen": day(9)})
    assert history.changes(records(A, {"id": "1"}), after).is_empty()


def test_a_value_that_appears_or_vanishes_is_a_change() -> None:
    with_sex, without = {"id": "1", "sex": "male"}, {"id": "1"}
    assert told(history.changes(records(A, without), records(B, with_sex))) == [("zz_list:1", "changed", ["sex"])]
    assert told(history.changes(records(A, with_sex), records(B, without))) == [("zz_list:1", "changed", ["sex"])]


def test_falling_into_quarantine_is_no_removal_and_leaving_it_no_addition() -> None:
    one, both = records(A, {"id": "1"}), records(B, {"id": "1"}, {"id": "2"})
    aside = pl.Series("record_id", ["zz_list:2"])
    assert history.changes(both, one, set_aside_after=aside).is_empty()
    assert history.changes(one, both, set_aside_before=aside).is_empty()


def test_an_entry_that_was_set_aside_and_is_gone_is_removed() -> None:
    one = records(A, {"id": "1"})
    aside = pl.Series("record_id", ["zz_list:2"])
    gone = history.changes(one, one, set_aside_before=aside)
    assert told(gone) == [("zz_list:2", "removed", [])]
    assert gone["entity_kind"].to_list() == ["person"]  # as all others of the list
    mixed = history.changes(one, records(B, {"id": "1"}, {"id": "3", "entity_kind": "vessel"}), set_aside_before=aside)
    assert mixed.filter(change="removed")["entity_kind"].to_list() == ["other"]


def test_entries_without_an_id_are_not_followed() -> None:
    quarantine = pl.DataFrame({"table": ["records"] * 3, "record_id": ["zz_list:2", "zz_list:entry 7", "zz_list:2"]})
    assert history.set_aside(quarantine).to_list() == ["zz_list:2"]


def test_changes_there_and_back_mirror_each_other() -> None:
    one = records(A, {"id": "1"}, {"id": "2", "sex": "male"})
    two = records(B, {"id": "2"}, {"id": "3"})
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    there = {(key, mirrored[change], tuple(fields)) for key, change, fields in told(history.changes(one, two))}
    assert there == {(key, change, tuple(fields)) for key, change, fields in told(history.changes(two, one))}

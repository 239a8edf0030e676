import pytest
from invented_run import frame_of, gate, quarantined

from matching import tables
from matching.report import quality


def groups_of(*rows):
    return quality.quarantine_groups(frame_of(tables.QUARANTINE, rows))


def test_rows_are_grouped_by_table_source_and_rule_largest_group_first():
    groups = groups_of(
        quarantined("aa_wanted:1"),
        quarantined("bb_watch:2"),
        quarantined("bb_watch:1"),
        quarantined("bb_watch:1", table="names"),
    )
    assert [(g.table, g.source, g.count) for g in groups] == [
        ("records", "bb_watch", 2),
        ("names", "bb_watch", 1),
        ("records", "aa_wanted", 1),
    ]
    assert [row["record_id"] for row in groups[0].rows] == ["bb_watch:1", "bb_watch:2"]
    assert set(groups[0].rows[0]) == {"record_id", "column", "value", "reason"}


def test_a_group_is_capped_and_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quality, "MOST_ROWS_OF_A_GROUP", 2)
    large, small = groups_of(*(quarantined(f"bb_watch:{n}") for n in range(5)), quarantined("aa_wanted:1"))
    assert (large.count, len(large.rows), large.left_out) == (5, 2, 3)
    assert (small.count, len(small.rows), small.left_out) == (1, 1, 0)


def test_all_groups_together_are_capped_and_a_group_without_rows_is_still_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quality, "MOST_ROWS", 3)
    groups = groups_of(*(quarantined(f"bb_watch:{n}") for n in range(3)), quarantined("aa_wanted:1"))
    assert [(g.count, g.left_out) for g in groups] == [(3, 0), (1, 1)]


def test_nothing_quarantined_is_no_group():
    assert groups_of() == []


def test_failed_gates_come_first_and_critical_ones_before_warnings():
    gates = [
        gate("held"),
        gate("b_warning", severity="warning", success=False),
        gate("z_critical", success=False),
        gate("a_held", severity="warning"),
    ]
    ordered = quality.gates_in_order(frame_of(tables.GATES, gates))
    assert ordered["expectation"].to_list() == ["z_critical", "b_warning", "held", "a_held"]

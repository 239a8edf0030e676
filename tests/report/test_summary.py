import polars as pl
import pytest
from invented_run import frame_of, gate, match, name, quarantined, record, stage

from matching import tables
from matching.report import summary


def frame(*rows):
    return frame_of(tables.MATCHES, rows)


def ids(matches):
    return matches.select("record_id_l", "record_id_r").rows()


def test_matches_are_ordered_by_group_then_probability_then_weight_then_ids():
    expected = [
        match("aa_wanted:3", "bb_watch:3", match_probability=0.99, match_weight=7.0),
        match("aa_wanted:1", "bb_watch:1", match_probability=0.99, match_weight=6.0),
        match("aa_wanted:1", "bb_watch:2", match_probability=0.99, match_weight=6.0),
        match("aa_wanted:2", "bb_watch:1", match_probability=0.99, match_weight=6.0),
        match("aa_wanted:1", "bb_watch:9", match_probability=0.6, match_weight=20.0),
        match("aa_police:1", "aa_wanted:1", match_probability=0.999),
        match("aa_wanted:1", "aa_wanted:2", match_probability=0.9999),
    ]
    for seed in range(5):
        shuffled = frame(*expected).sample(fraction=1, shuffle=True, seed=seed)
        ordered = summary.in_order(shuffled)
        assert ids(ordered) == [(row["record_id_l"], row["record_id_r"]) for row in expected]
        assert ordered["rank"].to_list() == [1, 2, 3, 4, 5, 6, 7]


def test_two_warrants_on_one_list_are_a_duplicate_even_if_their_countries_differ():
    ordered = summary.in_order(frame(match("bb_watch:1", "bb_watch:2", is_cross_border=True, is_same_list=True)))
    assert ordered["group"].to_list() == ["same_list"]
    assert summary.list_pair_counts(ordered)["cross_border"].to_list() == [0]


def test_list_pairs_are_counted_whichever_side_a_list_is_on():
    counts = summary.list_pair_counts(
        frame(
            match("aa_wanted:1", "bb_watch:1", match_probability=0.7),
            match("bb_watch:2", "aa_wanted:2", match_probability=0.9, conflicts=["birth: different_year"]),
            match("aa_police:1", "aa_wanted:1"),
            match("bb_watch:1", "bb_watch:2"),
        )
    )
    assert counts.rows() == [
        ("aa_wanted", "bb_watch", 2, 2, 1, 0.9, 0.7),
        ("aa_police", "aa_wanted", 1, 0, 0, 0.9, 0.9),
        ("bb_watch", "bb_watch", 1, 0, 0, 0.9, 0.9),
    ]


def test_a_list_row_counts_persons_and_keeps_every_licence_and_handling_code():
    rows = [
        record("aa_wanted:1"),
        record("aa_wanted:2", status="removed", handling_code="TLP:RED"),
        record("aa_wanted:3", entity_kind="vessel", status="removed"),
        record("bb_watch:1", authority_country="CC"),
    ]
    lists = summary.list_rows(frame_of(tables.RECORDS, rows)).to_dicts()
    assert [row["source"] for row in lists] == ["aa_wanted", "bb_watch"]
    first = lists[0]
    assert (first["persons"], first["other_entities"], first["not_active"]) == (2, 1, 1)
    assert first["handling_codes"] == ["TLP:GREEN", "TLP:RED"]
    assert lists[1]["countries"] == ["CC"]


@pytest.mark.parametrize(
    ("best", "title", "original"),
    [(0, "Old Form", None), (2, "Stepan", "Степан"), (None, "Main Form", None), (9, "Main Form", None)],
)
def test_a_match_is_named_by_its_best_form_or_else_by_a_primary_name(best, title, original):
    names = [
        name("aa_wanted:1", 0, "Old Form", kind="former"),
        name("aa_wanted:1", 1, "Main Form"),
        name("aa_wanted:1", 2, "Степан", script="Cyrl", romanised="Stepan", kind="alias"),
    ]
    named = summary.with_names(frame(match("aa_wanted:1", "bb_watch:1", name_l=best)), frame_of(tables.NAMES, names))
    assert named.select("title_l", "original_l", "title_r").row(0) == (title, original, "bb_watch:1")


def test_naming_matches_keeps_their_number_and_order():
    rows = [match(f"aa_wanted:{n}", "bb_watch:1") for n in (3, 1, 2)]
    names = [name("bb_watch:1", n, f"Form {n}") for n in range(5)]
    assert ids(summary.with_names(frame(*rows), frame_of(tables.NAMES, names))) == ids(frame(*rows))


def test_the_headline_counts_a_row_that_broke_two_rules_once():
    broken = [quarantined("aa_wanted:9"), quarantined("aa_wanted:9", rule="sex_known"), quarantined("aa_wanted:8")]
    matches = [match("aa_wanted:1", "bb_watch:1"), match("aa_wanted:1", "aa_wanted:2")]
    clusters = [{"cluster_id": "c", "record_id": r, "source": "s"} for r in ("1", "2", "3")]
    headline = summary.headline(
        frame_of(tables.RECORDS, [record("aa_wanted:1"), record("bb_watch:1", entity_kind="vessel")]),
        summary.in_order(frame(*matches)),
        pairs=12,
        clusters=frame_of(tables.CLUSTERS, clusters),
        quarantine=frame_of(tables.QUARANTINE, broken),
        gates=frame_of(tables.GATES, [gate("a"), gate("b", success=False)]),
    )
    assert headline == summary.Headline(
        lists=2, persons=1, pairs=12, cross_border=1, same_country=0, same_list=1, clusters=1, quarantined=2, gates=2,
        gates_failed=1,
    )  # fmt: skip
    assert headline.matches == 2


def test_stages_are_told_in_the_order_they_ran():
    ledger = frame_of(tables.LEDGER, [stage(1, "resolve", status="failed"), stage(0, "read")])
    assert summary.stage_rows(ledger).rows() == [("read", 10, 9, 1.25, "done"), ("resolve", 10, 9, 1.25, "failed")]


def test_a_run_without_rows_has_summaries_without_rows():
    empty = tables.MATCHES.empty()
    assert summary.in_order(empty).is_empty()
    assert summary.list_pair_counts(empty).is_empty()
    assert summary.with_names(empty, tables.NAMES.empty()).is_empty()
    assert summary.list_rows(tables.RECORDS.empty()).is_empty()
    assert isinstance(summary.stage_rows(tables.LEDGER.empty()), pl.DataFrame)

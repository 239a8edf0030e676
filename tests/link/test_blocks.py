"""Blocks of records that share a key: who counts, who is cut, and which pairs they make."""

from datetime import date

import numpy as np

from matching.link import blocks, meetings
from matching.link.births import Births
from matching.link.keys import NO_SCRIPT, Attributes, Keys

NOBODY = np.zeros(9, dtype=np.uint8)  # of no large list


def keys(*rows):
    """Rows of record, key, and where it matters weight and script."""
    full = sorted((record, key, *(rest or (1.0, NO_SCRIPT))) for record, key, *rest in rows)
    columns = zip(*full, strict=True)
    record, key, weight, script = (np.array(column) for column in columns)
    return Keys(key.astype(np.uint64), record.astype(np.uint32), weight.astype(np.float32), script.astype(np.uint8))


def members(found):
    return sorted(sorted(one.tolist()) for one in np.split(found.record, found.starts[1:-1]) if len(one))


def told(found):
    return dict(zip(("keys", "cut", "largest", "largest_cut", "meetings", "used"), found.told.tolist(), strict=True))


def test_a_key_of_one_record_is_no_block_and_one_over_the_cap_is_cut_and_told():
    found = blocks.find(keys((1, 7), (2, 7), (2, 8), (3, 9), (4, 9), (5, 9)), NOBODY, cap=2)
    assert members(found) == [[1, 2]]
    assert told(found) == {"keys": 2, "cut": 1, "largest": 2, "largest_cut": 3, "meetings": 2 + 6, "used": 2}


def test_a_key_counts_in_a_block_the_smaller_the_less_likely_it_is():
    found = blocks.find(keys((1, 7, 0.25, 0), (2, 7, 1, 0), (1, 8, 0.25, 0), (3, 8, 1, 0), (4, 8, 1, 0)), NOBODY, cap=4)
    assert members(found) == [[1, 2], [3, 4]]


def test_a_key_of_a_record_in_two_scripts_is_one_as_likely_as_the_likelier():
    found = blocks.find(keys((1, 7, 0.01, 0), (1, 7, 1, 1), (2, 7, 1, 0)), NOBODY, cap=2)
    assert members(found) == [[1, 2]]
    assert told(found)["largest"] == 2


def test_across_scripts_those_of_the_own_script_do_not_count():
    found = blocks.find(keys((1, 7, 1, 0), (2, 7, 1, 1), (3, 7, 1, 1), (4, 7, 1, 1)), NOBODY, cap=2, by_script=True)
    assert members(found) == [], "each of three meets one, but record 1 would meet three: nobody is left to meet"
    assert told(found)["meetings"] == 6


def test_of_a_large_list_those_of_the_same_list_do_not_count_and_keys_no_one_else_can_use_are_left_out():
    lists = np.array([0, 0, 1, 1, 1, 2, 0, 0, 0], dtype=np.uint8)
    found = blocks.find(keys((1, 7), (2, 7), (2, 8), (3, 8), (3, 9), (4, 9), (5, 9)), lists, cap=3)
    assert members(found) == [[1, 2], [3, 4, 5]]
    cut_from_one_side = blocks.find(keys((1, 7), (2, 7), (3, 7)), lists, cap=2)
    assert members(cut_from_one_side) == [], "record 1 meets two, each of them one"


def test_shared_keys_go_on_with_what_a_record_has_besides():
    born = Attributes(np.array([0, 0, 2, 3, 4, 4, 4, 4, 4, 4]), np.array([1970, 1971, 1971, 1980]))
    found, shared = blocks.find_and_share(keys((1, 7), (2, 7), (3, 7), (3, 8)), NOBODY, cap=1)
    assert members(found) == []
    assert shared.keys.record.tolist() == [1, 2, 3], "the key that one record has is gone"
    assert members(blocks.find_among(blocks.with_attribute(shared, born), NOBODY, cap=2)) == [[1, 2]]


def test_many_keys_are_grouped_as_few_are(monkeypatch):
    monkeypatch.setattr(blocks, "PART", 4)
    chance = np.random.default_rng(1)
    drawn = np.unique(np.stack([chance.integers(1, 200, 900), chance.integers(0, 60, 900)]), axis=1).T.tolist()
    nobody = np.zeros(200, dtype=np.uint8)
    wanted = sorted(found for key in range(60) if 2 <= len(found := sorted(r for r, k in drawn if k == key)) <= 14)
    assert members(blocks.find(keys(*drawn), nobody, cap=14)) == wanted
    _, shared = blocks.find_and_share(keys(*drawn), nobody, cap=14)
    assert members(blocks.find_among(shared, nobody, cap=14)) == wanted


def pairs(*rules, lists=NOBODY, asked=range(1, 9), by_script=False, births=(), **more):
    """Pairs of records, and the rule that made each, from the keys of each rule."""
    found = [(place, blocks.find(keys(*rows), lists, cap=9, by_script=by_script)) for place, rows in enumerate(rules)]
    starts = np.concatenate([[0], np.cumsum(np.bincount([record for record, _ in births], minlength=9))])
    born = Births(starts, *(np.array(column) for column in born_on([day for _, day in births])))
    whatever = np.zeros(len(rules), dtype=bool)
    made = meetings.pairs_of(
        meetings.meetings_of(found, 9), np.array(asked, np.uint32), lists, born, **{"whatever_births": whatever, **more}
    )
    return sorted(zip(made.left.tolist(), made.right.tolist(), made.position.tolist(), strict=True)), made.told.tolist()


def born_on(days):
    """Births on ``days``, a column each of ``Births``."""
    numbers = [(day - date(1970, 1, 1)).days for day in days]
    years = [day.year for day in days]
    return (
        np.array(numbers, np.int32), np.array(numbers, np.int32), np.array(years, np.int32), np.array(years, np.int32),
        np.array([day.month * 100 + day.day for day in days], np.int32), np.ones(len(days), bool), np.zeros(len(days), bool),
    )  # fmt: skip


def test_records_that_share_keys_are_a_pair_once_under_the_first_rule():
    found, counted = pairs(((3, 9), (1, 9)), ((3, 7), (1, 7), (2, 7), (1, 8), (3, 8)))
    assert found == [(1, 2, 1), (1, 3, 0), (2, 3, 1)]
    assert counted == [[1, 0], [2, 0]]


def test_across_scripts_none_of_one_script_meet():
    found, _ = pairs(((1, 7, 1, 0), (2, 7, 1, 1), (3, 7, 1, 1)), by_script=True)
    assert found == [(1, 2, 0), (1, 3, 0)]


def test_records_of_one_large_list_do_not_meet_those_of_two_do_and_each_asked_for_is_left_or_of_no_large_list():
    lists = np.array([0, 0, 1, 1, 2, 0, 0, 0, 0], dtype=np.uint8)
    rows = ((1, 7), (2, 7), (3, 7), (4, 7), (5, 7))
    found, _ = pairs(rows, lists=lists)
    assert [pair[:2] for pair in found] == [(1, 2), (1, 3), (1, 4), (1, 5), (2, 4), (2, 5), (3, 4), (3, 5), (4, 5)]
    found, _ = pairs(rows, lists=lists, asked=[5])
    assert [pair[:2] for pair in found] == [(1, 5), (2, 5), (3, 5), (4, 5)]
    found, _ = pairs(rows, lists=lists, asked=[5], all_asked=np.array([1, 5], np.uint32))
    assert [pair[:2] for pair in found] == [(2, 5), (3, 5), (4, 5)], "of two that are asked the lower asks the higher"
    found, _ = pairs(rows, lists=lists, asked=[1], all_asked=np.array([1, 5], np.uint32))
    assert [pair[:2] for pair in found] == [(1, 2), (1, 3), (1, 4), (1, 5)]


def test_pairs_whose_births_contradict_each_other_are_told_and_left_out_but_for_a_rule_for_which_that_is_no_matter():
    rows, born = ((1, 7), (2, 7), (3, 7)), ((1, date(1950, 3, 4)), (2, date(1970, 5, 4)))
    assert pairs(rows, births=born) == ([(1, 3, 0), (2, 3, 0)], [[3, 1]])
    assert pairs(rows, births=born, keep_contradicted=True)[1] == [[3, 1]]
    assert len(pairs(rows, births=born, keep_contradicted=True)[0]) == 3
    assert len(pairs(rows, births=born, whatever_births=np.array([True]))[0]) == 3

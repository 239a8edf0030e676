"""Blocks of records that share a key: who counts, who is cut, and which pairs they make."""

import numpy as np
import pytest

from matching import database
from matching.link import blocks, meetings
from matching.link.keys import NO_SCRIPT, Attributes, Keys
from matching.settings import Settings

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
    days = np.array([[record, year, year, day] for record, year, day in births] or np.empty((0, 4)), dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(np.bincount(days[:, 0], minlength=9))])
    born = meetings.Births(starts, *(days[:, place].astype(np.int32) for place in (1, 2, 3)))
    whatever = np.zeros(len(rules), dtype=bool)
    made = meetings.pairs_of(
        meetings.meetings_of(found, 9), np.array(asked, np.uint32), lists, born, **{"whatever_births": whatever, **more}
    )
    return sorted(zip(made.left.tolist(), made.right.tolist(), made.position.tolist(), strict=True)), made.told.tolist()


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
    assert [pair[:2] for pair in found] == [(2, 5), (3, 5), (4, 5)]


def test_pairs_whose_births_contradict_each_other_are_told_and_left_out_but_for_a_rule_for_which_that_is_no_matter():
    rows, born = ((1, 7), (2, 7), (3, 7)), ((1, 1950, 304), (2, 1970, 504))
    assert pairs(rows, births=born) == ([(1, 3, 0), (2, 3, 0)], [[3, 1]])
    assert pairs(rows, births=born, keep_contradicted=True)[1] == [[3, 1]]
    assert len(pairs(rows, births=born, keep_contradicted=True)[0]) == 3
    assert len(pairs(rows, births=born, whatever_births=np.array([True]))[0]) == 3


BIRTHS = [
    (first, last)
    for year in (1948, 1949, 1951, 1952, 1953, 1958, 1962, 1967, 1984, 2048)
    for first, last in ((f"{year}-01-01", f"{year}-01-01"), (f"{year}-05-04", f"{year}-05-04"), (f"{year}-04-05", f"{year}-04-05"),
                        (f"{year}-01-01", f"{year}-12-31"), (f"{year}-01-01", f"{year + 3}-12-31"), (f"{year}-12-01", f"{year}-12-31"))
]  # fmt: skip


@pytest.fixture
def births(tmp_path):
    """Every birth of BIRTHS borne by a record of its own."""
    with database.in_memory(Settings(), tmp_path / "spill") as connection:
        rows = ", ".join(f"({n}, DATE '{first}', DATE '{last}')" for n, (first, last) in enumerate(BIRTHS, 1))
        connection.sql(f"CREATE TABLE births AS FROM (VALUES {rows}) AS made (record_id, earliest, latest)")
        yield connection


def test_births_contradict_each_other_exactly_where_their_grade_says_so(births):
    graded = births.sql(
        "SELECT l.record_id, r.record_id, birth_grade(l.earliest, l.latest, FALSE, r.earliest, r.latest, FALSE)"
        " FROM births AS l JOIN births AS r ON l.record_id < r.record_id ORDER BY ALL"
    ).fetchall()
    everyone = len(BIRTHS) + 1
    lists = np.zeros(everyone, dtype=np.uint8)
    found = blocks.find(keys(*((record, 7) for record in range(1, everyone))), lists, cap=everyone)
    made = meetings.pairs_of(
        meetings.meetings_of([(0, found)], everyone), np.arange(1, everyone, dtype=np.uint32), lists,
        meetings.read_births(births, everyone), whatever_births=np.array([False]),
    )  # fmt: skip
    kept = set(zip(made.left.tolist(), made.right.tolist(), strict=True))
    assert kept == {(left, right) for left, right, grade in graded if grade != 10}
    assert 0 < len(kept) < len(graded)

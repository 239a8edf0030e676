"""Which records meet: what each rule is for, what its cap cuts, and that a pair is a pair once."""

from dataclasses import replace
from itertools import product

import polars as pl
import pytest
from invented_persons import person, write_persons

from matching.link import blocking, keys
from matching.link.blocking import RULES, block
from matching.link.stage import normalised
from matching.settings import Settings

PAIRS = """
    SELECT l.record_id, r.record_id, blocking_rule
    FROM candidate_pairs
    JOIN record_numbers AS l ON l.number = record_id_l
    JOIN record_numbers AS r ON r.number = record_id_r
    ORDER BY ALL
"""


def pairs(connection):
    return connection.sql(PAIRS).fetchall()


def report(connection, rule):
    return block(connection).row(by_predicate=pl.col("rule") == rule, named=True)


# Two records that the rule, and none before it, brings together. No name part stands in two meetings.
MEETINGS = {
    "same_document": (
        person("a:document", "karim botros", documents=["X1234567"]),
        person("b:document", "wilda fenn", documents=["X1234567"]),
    ),
    "same_name": (person("a:name", "oskar lund"), person("b:name", "lund oskar")),
    "same_joined_name": (person("a:joined", "abd alrahman"), person("b:joined", "abdal rahman")),
    "two_words_and_birth_year": (
        person("a:two_year", "agneska zhelev gupta", births=["1970"]),
        person("b:two_year", "zhelov agnisko", births=["1968/1972"]),
    ),
    "two_words": (
        person("a:two", "tomas rivik hadd", births=["1970"]),
        person("b:two", "rivak tomis", births=["1950"]),
    ),
    "word_and_beginning_and_birth_year": (
        person("a:cut_year", "dorian velasquez", births=["1970"]),
        person("b:cut_year", "dorien velazco", births=["1970"]),
    ),
    "word_and_beginning": (person("a:cut", "ismet kardol"), person("b:cut", "ismat kardan")),
    "word_and_birth_day": (
        person("a:day", "xenidar molk", births=["1970-05-04"]),
        person("b:day", "xanidor purd", births=["1970-05-04"]),
    ),
    "word_and_birth_year": (
        person("a:year", "jaquim stoll", births=["1970-05-04"]),
        person("b:year", "joqaim brandt", births=["1970-09-23"]),
    ),
    "rare_word": (person("a:rare", "tragomir wick"), person("b:rare", "tregumar dunn", births=["1970-05-04"])),
}

# The same across scripts: alone, since few records so far apart meet only there.
MEETINGS_ACROSS_SCRIPTS = {
    "two_words_across_scripts": (person("a:1", "tomas rivik"), person("b:1", "Ривик Томас Петрович")),
    "word_and_beginning_across_scripts": (person("a:1", "tomas rivik"), person("b:1", "Ривов Томас")),
    "word_across_scripts": (person("a:1", "tomas rivik"), person("b:1", "Ривик Ольга")),
    "word_and_country_across_scripts": (
        person("a:1", "tomas rivik", nationality="RU"),
        person("b:1", "Ривик Ольга", nationality="RU"),
    ),
}


@pytest.fixture(scope="session")
def met(tmp_path_factory):
    """Every candidate pair when all of MEETINGS stand on two lists: ids and the rule."""
    folder = write_persons(tmp_path_factory.mktemp("meetings"), [p for pair in MEETINGS.values() for p in pair])
    with normalised(folder, Settings(), spill=folder / "spill") as connection:
        return pairs(connection)


def test_every_rule_has_a_meeting_and_a_reason():
    assert sorted({**MEETINGS, **MEETINGS_ACROSS_SCRIPTS}) == sorted(rule.name for rule in RULES)
    assert all(rule.why and rule.cap > 1 for rule in RULES)


@pytest.mark.parametrize("rule", MEETINGS)
def test_rule_brings_its_pair_together(met, rule):
    left, right = MEETINGS[rule]
    assert (left.record_id, right.record_id, rule) in met


def test_rules_bring_no_others_together(met):
    assert len(met) == len(MEETINGS)


@pytest.mark.parametrize("rule", MEETINGS_ACROSS_SCRIPTS)
def test_rule_across_scripts_brings_its_pair_together_and_none_of_one_script(blocked, monkeypatch, rule):
    monkeypatch.setattr(blocking, "RULES", tuple(r for r in RULES if r.name == rule))
    latin, other = MEETINGS_ACROSS_SCRIPTS[rule]
    with blocked(latin, other, replace(latin, record_id="a:2")) as connection:
        assert pairs(connection) == [("a:1", "b:1", rule), ("a:2", "b:1", rule)]


def test_across_scripts_a_crowd_of_one_script_is_no_crowd(blocked, monkeypatch):
    rule = blocking.BlockingRule(name="two_words_across_scripts", cap=3, why="a test")
    monkeypatch.setattr(blocking, "RULES", (rule,))
    others = [person(f"b:{n}", "Ривик Томас") for n in range(9)]
    with blocked(person("a:1", "tomas rivik"), *others) as connection:
        assert pairs(connection) == []
    with blocked(person("a:1", "tomas rivik"), *others[:2]) as connection:
        assert len(pairs(connection)) == 2


def test_records_of_one_list_meet_too(blocked):
    with blocked(person("a:1", "karim botros"), person("a:2", "karim botros")) as connection:
        assert pairs(connection) == [("a:1", "a:2", "same_name")]


def test_a_pair_that_several_rules_and_keys_bring_together_is_one_pair(blocked):
    with blocked(
        person("b:1", "karim botros", "kerim boutros hadi", births=["1970-05-04", "1971"], documents=["X1234567"]),
        person("a:1", "karim botros", "hadi kerim", births=["1970-05-04", "1971"], documents=["X1234567"]),
    ) as connection:
        assert pairs(connection) == [("a:1", "b:1", "same_document")]


def test_the_smaller_id_stands_left_and_no_record_meets_itself(blocked):
    people = [person(f"{source}:{number}", "karim botros") for number in range(4) for source in "zma"]
    with blocked(*people) as connection:
        found = [(left, right) for left, right, _ in pairs(connection)]
    assert all(left < right for left, right in found)
    assert len(found) == len(set(found)) == 12 * 11 // 2


def test_a_key_as_common_as_the_cap_counts_and_one_more_is_cut_and_reported(blocked, monkeypatch):
    monkeypatch.setattr(blocking, "RULES", (blocking.BlockingRule(name="same_document", cap=2, why="a test"),))
    first, second, third = (person(f"{n}:1", "karim", documents=["X1234567"]) for n in "abc")
    with blocked(first, second) as connection:
        assert pairs(connection) == [("a:1", "b:1", "same_document")]
        assert report(connection, "same_document")["keys_cut"] == 0
    with blocked(first, second, third) as connection:
        assert pairs(connection) == []
        row = report(connection, "same_document")
    assert (row["keys"], row["keys_cut"], row["largest_block_cut"], row["pairs_added"]) == (1, 1, 3, 0)
    assert (row["meetings"], row["meetings_cut"]) == (0, 3)


def test_records_that_a_cap_keeps_apart_may_meet_under_another_rule(blocked):
    """Seven bear the token, one more than may meet for that alone."""
    families = ("botros", "hadid", "wilk", "gupta", "santos", "zhelev")
    crowd = [person(f"a:{n}", f"karim {family}", births=[f"195{n}"]) for n, family in enumerate(families)]
    with blocked(*crowd, person("b:1", "karim fenn", births=["1970-05-04"])) as connection:
        assert pairs(connection) == []
    with blocked(*crowd, person("b:1", "karim fenn", births=["1952-02-03"])) as connection:
        assert pairs(connection) == [("a:2", "b:1", "word_and_birth_year")]


def test_what_each_rule_cut_and_added_is_logged(blocked, monkeypatch):
    events = []
    monkeypatch.setattr(blocking, "event", lambda name, **fields: events.append((name, fields)))
    crowd = [person(f"a:{number:02}", name, documents=["X1234567"]) for number, name in enumerate(DISTINCT)]
    with blocked(*crowd) as connection:
        assert pairs(connection) == []
    assert [name for name, _ in events] == ["blocking_rule_applied"] * len(RULES)
    document = events[0][1]
    assert (document["rule"], document["cap"], document["keys"]) == ("same_document", 50, 1)
    assert (document["keys_cut"], document["largest_block_cut"], document["pairs_added"]) == (1, 51, 0)


DISTINCT = [f"{first}e{second}a{third}o" for first, second, third in product("bdgslm", repeat=3)][:51]


def test_the_report_counts_every_candidate_pair_once(blocked):
    people = [person(f"{n}:{name}", name, births=["1970"]) for n in "abc" for name in ("karim botros", "kerim fenn")]
    with blocked(*people) as connection:
        assert block(connection)["pairs_added"].sum() == len(pairs(connection)) > 0


CROWD = [
    person(f"{source}:{number}", name, births=["1970"])
    for source in "abc"
    for number, name in enumerate(("karim botros", "kerim boutros", "wilda fenn", "Ривик Томас", "tomas rivik"))
]


def test_records_of_a_large_list_meet_those_of_other_lists_and_not_each_other(blocked):
    with blocked(*CROWD, person("c:5", "karim botros")) as connection:
        block(connection, most_within_list=100)
        everyone = pairs(connection)
        block(connection, most_within_list=5)
        with_large = pairs(connection)
    assert {(left, right) for left, right, _ in with_large} == {
        (left, right) for left, right, _ in everyone if not left[0] == right[0] == "c"
    }
    assert len(with_large) < len(everyone)


@pytest.mark.parametrize("most_within_list", [1, 4, 100])
def test_pairs_made_in_batches_of_keys_read_in_batches_are_those_made_at_once(blocked, monkeypatch, most_within_list):
    with blocked(*CROWD) as connection:
        block(connection, most_within_list=most_within_list)
        at_once = pairs(connection)
        monkeypatch.setattr(blocking, "MEETINGS", 7)
        monkeypatch.setattr(keys, "BATCH", 2)
        found = blocking.find_blocks(connection, most_within_list=most_within_list)
        in_batches = []
        for batch in blocking.batches(found):
            blocking.pair_up(connection, found, batch, keep_contradicted=True)
            in_batches.append(pairs(connection))
    assert len(in_batches) > 2
    assert sorted(pair for batch in in_batches for pair in batch) == at_once


def test_a_plan_tells_beforehand_the_pairs_that_are_then_made(blocked):
    with blocked(*CROWD) as connection:
        made = block(connection)
        planned, share = blocking.plan(connection)
    assert share == 1
    assert planned.equals(made)
    assert (planned["meetings"] >= planned["pairs_added"]).all()


def test_a_plan_of_many_meetings_is_estimated_from_a_share_of_them(blocked, monkeypatch):
    monkeypatch.setattr(blocking, "MEETINGS", 7)
    monkeypatch.setattr(blocking, "SAMPLE", 20)
    with blocked(*CROWD) as connection:
        made = block(connection)["pairs_added"].sum()
        planned, share = blocking.plan(connection)
    assert share < 1
    assert made / 3 < planned["pairs_added"].sum() < made * 3

"""Blocking: which records meet at all.

A record has keys under each rule (keys.py); two records that share a key become a candidate pair.
A key under which a record would meet more others than the rule's cap is too common to tell anything, so it is left out
and counted: what was cut is logged with every run, never silent, and `matching link plan` tells it beforehand. Where a
name of another script may sound in several ways (NAME_KEYS), each is a key with a weight w, and such a key is held to
cap * sqrt(w): the less likely it is, the rarer it must be. A person is missed only if cut from, or without a key in,
every rule.

Decision: the records of a large list (setting ``most_within_list``) meet those of other lists and not each other. A
notice has few namesakes on a register of a million, but the register's own records have each other: of 100,000 notices
and 1,000,000 such records nine pairs in ten would be within the register, whose publisher has merged its duplicates, and
none of them crosses a border. No list of a publisher read here is large. Of the keys of the largest of the large lists
only those are kept that a record elsewhere has.

Decision: two words in two scripts bring 100 together at most. With 400 that rule alone made most of all pairs: of 10,000
notices and 100,000 listings 2.93 million were compared and 1,966 of 2,002 true pairs among them, with 200 2.44 million, with 100
2.20 and with 50 2.07, each time with 1,963; where the births agree, other rules bring such a pair together. On the lists of
../shared/yardsticks none of 5,200 true pairs is lost even with 50: not of UN-EU in native scripts (completeness .994),
nor of parliaments across scripts (.954).

Decision: of pairs whose births contradict each other only those are compared that share a document or a whole name
(``whatever_births``). The others are nearly half of all pairs: of 2.1 million among 110,000 invented listings 250 had a
probability above .01, none above .5; on nine lists of publishers, of 268,590, 74 above .01, 6 above .1 and none above .17,
and none of 640 pairs that documents or the lists' own references tell was among them. Births are compared before names,
which cost ten times as much. How many are left out is logged and told by the plan. What is lost: two lists that share most
of their persons, a name in two scripts, and a year of birth with two digits exchanged and no day (sql/macros/birth_grade.sql
counts that as contradicting): such a pair could reach .9. Models are estimated on all candidate pairs: what share of persons
has contradicting births, only those can tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import numpy as np
import polars as pl

from matching import database
from matching.link import blocks, facts, keys
from matching.link.facts import Facts
from matching.link.keys import Bytes, Keyed, Records
from matching.link.meetings import Flags, Meetings, Pairs, meetings_of, pairs_of
from matching.log import event


@dataclass(frozen=True, kw_only=True)
class BlockingRule:
    """A rule, named for its content. ``cap`` is the most records one key may bring together.

    ``whatever_births``: whether its pairs are compared though their births contradict each other.
    """

    name: str
    cap: int
    why: str
    whatever_births: bool = False


MOST_WITHIN_LIST = 200_000
"""Records of a list up to which they are paired with each other too; see the decision above."""

# Those for which births are no matter come first: reblock.py counts on it.
RULES = (
    BlockingRule(name="same_document", cap=50, why="one document, whatever the names", whatever_births=True),
    BlockingRule(name="same_name", cap=500, why="equal tokens in any order", whatever_births=True),
    BlockingRule(name="same_joined_name", cap=500, why="abd al rahman and abdulrahman", whatever_births=True),
    BlockingRule(name="two_words_and_birth_year", cap=100, why="common names meet if the year agrees"),
    BlockingRule(name="two_words", cap=60, why="two words in any script or spelling, births unknown or wrong"),
    BlockingRule(name="word_and_beginning_and_birth_year", cap=40, why="another word cut short or read otherwise"),
    BlockingRule(name="word_and_beginning", cap=8, why="the same without births, for an uncommon word"),
    BlockingRule(name="two_words_across_scripts", cap=100, why="few stand in another script: each may meet more"),
    BlockingRule(name="word_and_beginning_across_scripts", cap=20, why="the same, one word read otherwise"),
    BlockingRule(name="word_across_scripts", cap=10, why="the same, one word only"),
    BlockingRule(name="word_and_country_across_scripts", cap=100, why="one word only, for people of one country"),
    BlockingRule(name="word_and_birth_day", cap=40, why="one word, if the day agrees"),
    BlockingRule(name="word_and_birth_year", cap=12, why="one uncommon word, if the year agrees"),
    BlockingRule(name="rare_word", cap=6, why="a word hardly anyone else bears"),
)


MEETINGS = 24_000_000  # of records, in one batch of pairs: a sixth as many are compared, which takes 2 GB
SAMPLE = 40_000_000  # meetings of which a plan makes the pairs to tell what each rule adds; of more it makes a share
_ADDED = ("pairs_added", "contradicted")
_DOCUMENTS, _NAMES, _JOINED = "document_keys", "same_name_keys", "joined_name_keys"
_YEARS, _DAYS, _COUNTRIES = "birth_years", "birth_days", "own_countries"
_WHOLE = {"same_document": _DOCUMENTS, "same_name": _NAMES, "same_joined_name": _JOINED}  # rule: its keys
# Kind of name key: the rule of the key alone, then of the key in two scripts, and with what a record has besides.
_OF_KIND = {
    "two_words": ("two_words", "two_words_across_scripts", {"two_words_and_birth_year": _YEARS}),
    "word_and_beginning": (
        "word_and_beginning", "word_and_beginning_across_scripts", {"word_and_beginning_and_birth_year": _YEARS},
    ),
    "word": (
        "rare_word", "word_across_scripts",
        {"word_and_birth_year": _YEARS, "word_and_birth_day": _DAYS, "word_and_country_across_scripts": _COUNTRIES},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Records, by number, that others are brought to at one time; and all that are at some time, where these are a part."""

    asked: Records
    all_asked: Records | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """The blocks of all records: ``plan`` tells per rule keys, meetings and what is cut, ``lists`` the large list of each."""

    plan: pl.DataFrame
    met: Meetings
    facts: Facts
    lists: Bytes

    def everyone(self) -> Batch:
        """All records that are in a block."""
        return Batch(np.flatnonzero(np.diff(self.met.of_record)).astype(np.uint32))

    def asked(self) -> Batch:
        """The records that others are brought to: those of no large list, and where two lists are large all."""
        everyone = self.everyone().asked
        return Batch(everyone if self.lists.max(initial=0) > 1 else everyone[self.lists[everyone] == 0])


def block(connection: duckdb.DuckDBPyConnection, *, most_within_list: int = MOST_WITHIN_LIST) -> pl.DataFrame:
    """Make the table ``candidate_pairs`` of all records and return the plan with the pairs that each rule added.

    Those whose births contradict each other are among them. For inputs of any size use ``find_blocks``, and ``pair_up``
    for one batch after another.
    """
    found = find_blocks(connection, most_within_list=most_within_list)
    return reported(found.plan, pair_up(connection, found, found.asked(), keep_contradicted=True))


def block_of(connection: duckdb.DuckDBPyConnection, source: str, *, most_within_list: int = MOST_WITHIN_LIST) -> None:
    """Make ``candidate_pairs`` of which a record of ``source`` is one, as ``block`` would bring them together.

    Blocks are counted over all records; of keys that no record of ``source`` has, no pair is made.
    """
    found = find_blocks(connection, most_within_list=most_within_list)
    theirs = connection.sql("SELECT record_id FROM persons WHERE source = ?", params=[source]).pl()["record_id"]
    made = pairs_in(found, Batch(theirs.sort().to_numpy().astype(np.uint32)))
    keep(connection, made, found.facts)


def leave_out_contradicted(connection: duckdb.DuckDBPyConnection) -> None:
    """Take from ``candidate_pairs`` those whose births contradict each other, but under rules for which that is no matter."""
    rules = [{"rule": rule.name, "whatever_births": rule.whatever_births} for rule in RULES]
    connection.register("rules_of_births", pl.DataFrame(rules))
    _run(connection, "uncontradicted_pairs")
    connection.unregister("rules_of_births")
    database.replace(connection, "candidate_pairs", by="uncontradicted_pairs")


def reported(plan: pl.DataFrame, added: pl.DataFrame) -> pl.DataFrame:
    """Return ``plan`` with the pairs that each rule added, and log every rule."""
    report = with_pairs_added(plan, added)
    for row in report.iter_rows(named=True):
        event("blocking_rule_applied", **row)
    return report


def find_blocks(
    connection: duckdb.DuckDBPyConnection, *, most_within_list: int = MOST_WITHIN_LIST, drops_names: bool = False
) -> Found:
    """Bring records together in blocks under every rule; per rule the plan tells keys, meetings, and what is cut.

    Where ``drops_names``, the table ``names`` is dropped as soon as it is read.
    """
    lists = read_lists(connection, most_within_list=most_within_list)
    made = _blocks_of_whole(whole_keys(connection, lists), lists)
    if drops_names:
        connection.sql("DROP TABLE names")
    keys.number_scripts(connection, "name_keys")
    attributes: dict[str, keys.Attributes] = {}
    for kind in _OF_KIND:  # one after the other: all at once would need three times the room
        made |= _blocks_of_names(connection, kind, lists, _caps(), attributes)
    in_order = _in_order(made)
    met = meetings_of(in_order, len(lists))
    return Found(plan=_plan(in_order), met=met, facts=facts.read_facts(connection, len(lists)), lists=lists)


def read_lists(connection: duckdb.DuckDBPyConnection, *, most_within_list: int) -> Bytes:
    """Make ``lists``, and return the large list of each record, by its number; 0 for one of no large list."""
    connection.register("blocking_limits", pl.DataFrame({"most_within_list": [most_within_list]}))
    _run(connection, "lists")
    return keys.read_lists(connection)


def whole_keys(connection: duckdb.DuckDBPyConnection, lists: Bytes) -> dict[str, keys.Keys]:
    """Keys of documents and of whole names, by rule: of the tables identifiers and names."""
    return {rule: keys.read_keys(connection, query, lists) for rule, query in _WHOLE.items() if rule in _caps()}


def values_besides(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What records have of which a key is part under some rules: record_id, value, by the query that finds it."""
    queries = {query for _, _, besides in _OF_KIND.values() for query in besides.values()}
    return {query: keys.read_values(connection, query) for query in sorted(queries)}


def keys_besides(
    names: Mapping[str, keys.Keys], besides: Mapping[str, keys.Attributes], among: Mapping[str, Keyed] | None = None
) -> dict[str, keys.Keys]:
    """Keys of ``names``, by kind, together with what records have besides, by rule; those ``among`` a table, by rule, or all."""
    return {
        rule: blocks.combined(names[kind], besides[query], None if among is None else among[rule])
        for kind, (_, _, rules) in _OF_KIND.items()
        for rule, query in rules.items()
        if rule in _caps()
    }


def meetings_by(
    whole: Mapping[str, keys.Keys], names: Mapping[str, keys.Keys], besides: Mapping[str, keys.Keys], lists: Bytes
) -> Meetings:
    """The blocks under every rule of some keys: of ``whole`` names and documents, by rule, of ``names``, by kind, and of these
    with what records have ``besides``, by rule. Of each key all records are given that have it."""
    made = _blocks_of_whole(whole, lists)
    for kind, (alone, across, _) in _OF_KIND.items():
        made[alone], shared = blocks.find_and_share(names[kind], lists, cap=_caps().get(alone, 0))
        if across in _caps():
            made[across] = blocks.find_among(shared, lists, cap=_caps()[across], by_script=True)
    for rule, found in besides.items():
        made[rule] = blocks.find(found, lists, cap=_caps()[rule], by_script=_is_across(rule))
    return meetings_of(_in_order(made), len(lists))


def _is_across(rule: str) -> bool:
    return rule.endswith("across_scripts")


def _blocks_of_whole(whole: Mapping[str, keys.Keys], lists: Bytes) -> dict[str, blocks.Blocks]:
    return {rule: blocks.find(found, lists, cap=_caps()[rule]) for rule, found in whole.items()}


def _in_order(made: dict[str, blocks.Blocks]) -> list[tuple[int, blocks.Blocks]]:
    return [(position, made[rule.name]) for position, rule in enumerate(RULES)]


def _caps() -> dict[str, int]:
    return {rule.name: rule.cap for rule in RULES}


def _blocks_of_names(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    lists: Bytes,
    caps: dict[str, int],
    attributes: dict[str, keys.Attributes],
) -> dict[str, blocks.Blocks]:
    """The blocks of all rules that one kind of name key is for, by rule. ``attributes``: those that were read, by query."""
    alone, across, besides = _OF_KIND[kind]
    made = {}
    made[alone], shared = blocks.find_and_share(
        keys.read_name_keys(connection, kind, lists), lists, cap=caps.get(alone, 0)
    )
    if across in caps:
        made[across] = blocks.find_among(shared, lists, cap=caps[across], by_script=True)
    for rule, query in besides.items():
        if rule in caps:
            if query not in attributes:
                attributes[query] = keys.read_attributes(connection, query, lists)
            made[rule] = blocks.find_among(
                blocks.with_attribute(shared, attributes[query]), lists, cap=caps[rule], by_script=_is_across(rule)
            )
    return made


def _plan(made: Sequence[tuple[int, blocks.Blocks]]) -> pl.DataFrame:
    """A row per rule: its cap, keys that are shared, those cut, the largest blocks, meetings and meetings cut.

    ``meetings`` counts a pair once for each key that it shares under the rule; ``meetings_cut`` are those that keys over the
    cap, or too unlikely in a block of their size, would have brought about.
    """
    rows = []
    for position, one in made:
        told = one.told.tolist()
        rows.append({
            "position": position, "rule": RULES[position].name, "cap": RULES[position].cap, "keys": told[blocks.KEYS],
            "keys_cut": told[blocks.CUT], "largest_block": told[blocks.LARGEST],
            "largest_block_cut": told[blocks.LARGEST_CUT], "meetings": told[blocks.USED] // 2,
            "meetings_cut": (told[blocks.MEETINGS] - told[blocks.USED]) // 2,
        })  # fmt: skip
    return pl.DataFrame(rows).with_columns(pl.col("position").cast(pl.UInt8))


def batches(found: Found) -> Iterator[Batch]:
    """Yield batches of records, in order, that look through about MEETINGS each: bounds memory, changes no pair."""
    asked = found.asked().asked
    so_far = np.cumsum(found.met.counts()[asked])
    number = np.maximum(so_far - 1, 0) // MEETINGS
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(asked)]
    for start, end in pairwise(cuts):
        if end > start:
            yield Batch(asked[start:end], asked)


def pair_up(
    connection: duckdb.DuckDBPyConnection, found: Found, batch: Batch, *, keep_contradicted: bool = False
) -> pl.DataFrame:
    """Make ``candidate_pairs`` of the records in ``batch`` with others; returns what each rule added.

    Where ``keep_contradicted``, pairs whose births contradict each other are among them.
    """
    made = pairs_in(found, batch, keep_contradicted=keep_contradicted)
    keep(connection, made, found.facts)
    return added_by_rule(made)


def added_by_rule(made: Pairs) -> pl.DataFrame:
    """How many pairs each rule added, and how many of these have contradicting births and are left out."""
    names = [rule.name for rule in RULES]
    added = pl.DataFrame({"rule": names, **dict(zip(_ADDED, made.told.T, strict=True))})
    return added.with_columns(pl.col(*_ADDED).cast(pl.Int64))


def whatever_births() -> Flags:
    """By position, for which rules it is no matter that births contradict each other."""
    return np.array([rule.whatever_births for rule in RULES])


def pairs_in(found: Found, batch: Batch, *, keep_contradicted: bool = False) -> Pairs:
    """The pairs of the records in ``batch`` with others."""
    return pairs_of(
        found.met, batch.asked, found.lists, found.facts.births, whatever_births=whatever_births(),
        all_asked=batch.all_asked, keep_contradicted=keep_contradicted,
    )  # fmt: skip


def positions_of(rules: pl.Series) -> Bytes:
    """The position of each rule, by its name."""
    found: Bytes = rules.cast(_names()).to_physical().to_numpy().astype(np.uint8)
    return found


def rules_at(positions: Bytes) -> pl.Series:
    """The name of the rule at each position."""
    return pl.Series("blocking_rule", positions).cat.to(_names())


def _names() -> pl.Enum:
    return pl.Enum([rule.name for rule in RULES])


def keep(connection: duckdb.DuckDBPyConnection, made: Pairs, of_records: Facts) -> None:
    """Make the table ``candidate_pairs``: record_id_l, record_id_r, blocking_rule, and the grades of facts.GRADES."""
    pairs = pl.DataFrame({
        "record_id_l": made.left, "record_id_r": made.right, "blocking_rule": rules_at(made.position),
        **dict(zip(facts.GRADES, facts.grades(of_records, made.left, made.right).T, strict=True)),
    })  # fmt: skip
    connection.register("pairs_made", pairs)
    connection.sql("CREATE OR REPLACE TABLE candidate_pairs AS FROM pairs_made")
    connection.unregister("pairs_made")


def with_pairs_added(plan: pl.DataFrame, added: pl.DataFrame, *, share: float = 1.0) -> pl.DataFrame:
    """Return ``plan`` with the pairs that each rule adds to those before it, and how many of these have contradicting
    births: ``added`` over the share they were made of."""
    counted = added.group_by("rule").agg(pl.col(*_ADDED).sum())
    per_rule = plan.join(counted, on="rule", how="left", maintain_order="left")
    return per_rule.with_columns((pl.col(*_ADDED).fill_null(0) / share).round().cast(pl.Int64))


def plan(
    connection: duckdb.DuckDBPyConnection, *, most_within_list: int = MOST_WITHIN_LIST
) -> tuple[pl.DataFrame, float]:
    """Return the plan with the pairs each rule adds, and the share of the meetings that were made to tell them.

    Up to SAMPLE meetings all pairs are made, in batches; beyond, those of batches spread evenly over the records.
    """
    found = find_blocks(connection, most_within_list=most_within_list)
    every = list(batches(found))
    step = max(1, -(-len(every) * MEETINGS // SAMPLE))
    added = [pl.DataFrame(schema={"rule": pl.String(), **dict.fromkeys(_ADDED, pl.Int64())})]
    added += [pair_up(connection, found, batch) for batch in every[::step]]
    share = len(every[::step]) / len(every) if every else 1.0
    return with_pairs_added(found.plan, pl.concat(added), share=share), share


def count_persons(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many records are linked."""
    return int(connection.sql("SELECT count(*) FROM persons").fetchall()[0][0])


def _run(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    database.run_file(connection, f"40_link/{name}")

"""Blocking: which records meet at all.

A record has keys under each rule (sql/40_link/blocking_keys.sql); two records that share a key become a candidate pair.
A key under which a record would meet more others than the rule's cap is too common to tell anything, so it is left out
and counted: what was cut is logged with every run, never silent, and `matching link plan` tells it beforehand. Where a name of another script may sound in several ways (NAME_KEYS), each is
a key with a weight w, and such a key is held to cap * sqrt(w): the less likely it is, the rarer it must be. A person is missed only if cut from, or without a key in, every rule.

Decision: the records of a large list (setting ``most_within_list``) meet those of other lists and not each other. A
notice has few namesakes on a register of a million, but the register's own records have each other: of 100,000 notices
and 1,000,000 such records nine pairs in ten would be within the register, whose publisher has merged its duplicates, and
none of them crosses a border. No list of a publisher read here is large. The largest of the large lists is read in
parts, and of its keys only those are kept that a record elsewhere has.

Decision: of pairs whose births contradict each other only those are compared that share a document or a whole name
(``whatever_births``). The others are nearly half of all pairs: of 2.1 million among 110,000 invented listings 250 had a
probability above .01, none above .5; on nine lists of publishers, of 268,590, 74 above .01, 6 above .1 and none above .17,
and none of 640 pairs that documents or the lists' own references tell was among them. Births are compared before names,
which cost ten times as much. How many are left out is logged and told by the plan. What is lost: two lists that share most
of their persons, a name in two scripts, and a year of birth with two digits exchanged and no day (sql/macros/birth_grade.sql
counts that as contradicting): such a pair could reach .9. Models are estimated on all candidate pairs: what share of persons
has contradicting births, only those can tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import polars as pl

from matching import database
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

RULES = (
    BlockingRule(name="same_document", cap=50, why="one document, whatever the names", whatever_births=True),
    BlockingRule(name="same_name", cap=500, why="equal tokens in any order", whatever_births=True),
    BlockingRule(name="same_joined_name", cap=500, why="abd al rahman and abdulrahman", whatever_births=True),
    BlockingRule(name="two_words_and_birth_year", cap=100, why="common names meet if the year agrees"),
    BlockingRule(name="two_words", cap=60, why="two words in any script or spelling, births unknown or wrong"),
    BlockingRule(name="word_and_beginning_and_birth_year", cap=40, why="another word cut short or read otherwise"),
    BlockingRule(name="word_and_beginning", cap=8, why="the same without births, for an uncommon word"),
    BlockingRule(name="two_words_across_scripts", cap=400, why="few stand in another script: each may meet more"),
    BlockingRule(name="word_and_beginning_across_scripts", cap=20, why="the same, one word read otherwise"),
    BlockingRule(name="word_across_scripts", cap=10, why="the same, one word only"),
    BlockingRule(name="word_and_country_across_scripts", cap=100, why="one word only, for people of one country"),
    BlockingRule(name="word_and_birth_day", cap=40, why="one word, if the day agrees"),
    BlockingRule(name="word_and_birth_year", cap=12, why="one uncommon word, if the year agrees"),
    BlockingRule(name="rare_word", cap=6, why="a word hardly anyone else bears"),
)


PART = 500_000  # records of the largest list whose keys are held at a time
MEETINGS = 6_000_000  # of records, in one batch of pairs: about half as many pairs, whose comparison takes 1 GB
SAMPLE = 20_000_000  # meetings of which a plan makes the pairs to tell what each rule adds; of more it makes a share
_ADDED = ("pairs_added", "contradicted")
_PLAN = ("blocks", "usable_keys", "usable_blocks", "blocking_plan")


@dataclass(frozen=True)
class Batch:
    """Records, by number, that others are brought to at one time: see sql/40_link/candidate_pairs.sql."""

    first: int
    last: int


EVERYTHING = Batch(0, 2**32 - 1)


def block(connection: duckdb.DuckDBPyConnection, *, most_within_list: int = MOST_WITHIN_LIST) -> pl.DataFrame:
    """Make the table ``candidate_pairs`` of all records and return the plan with the pairs that each rule added.

    For inputs of any size use ``find_blocks``, and ``pair_up`` for one batch after another.
    """
    plan = find_blocks(connection, most_within_list=most_within_list)
    pair_up(connection, EVERYTHING)
    return reported(plan, connection.sql("SELECT * FROM pairs_added").pl())


def block_of(connection: duckdb.DuckDBPyConnection, source: str, *, most_within_list: int = MOST_WITHIN_LIST) -> None:
    """Make ``candidate_pairs`` of which a record of ``source`` is one, as ``block`` would bring them together.

    Blocks are counted over all records; of keys that no record of ``source`` has, no pair is made.
    """
    find_blocks(connection, most_within_list=most_within_list)
    connection.register("screened_source", pl.DataFrame({"source": [source]}))
    database.run_file(connection, "60_screen/keys_to_screen")
    database.replace(connection, "usable_keys", by="keys_to_screen")
    pair_up(connection, EVERYTHING)
    database.run_file(connection, "60_screen/pairs_across")
    database.replace(connection, "candidate_pairs", by="pairs_across")
    connection.unregister("screened_source")


def leave_out_contradicted(connection: duckdb.DuckDBPyConnection) -> None:
    """Take from ``candidate_pairs`` those whose births contradict each other, but under rules for which that is no matter."""
    _run(connection, "uncontradicted_pairs")
    database.replace(connection, "candidate_pairs", by="uncontradicted_pairs")


def reported(plan: pl.DataFrame, added: pl.DataFrame) -> pl.DataFrame:
    """Return ``plan`` with the pairs that each rule added, and log every rule."""
    report = with_pairs_added(plan, added)
    for row in report.iter_rows(named=True):
        event("blocking_rule_applied", **row)
    return report


def find_blocks(connection: duckdb.DuckDBPyConnection, *, most_within_list: int = MOST_WITHIN_LIST) -> pl.DataFrame:
    """Make ``usable_keys``, of which pairs are made, and return ``blocking_plan``: per rule keys, meetings, what is cut."""
    rules = [{"position": position, "rule": rule.name, "cap": rule.cap} for position, rule in enumerate(RULES)]
    connection.register("blocking_rules", pl.DataFrame(rules).with_columns(pl.col("position").cast(pl.UInt8)))
    connection.register("blocking_limits", pl.DataFrame({"most_within_list": [most_within_list]}))
    _run(connection, "lists")
    connection.sql("CREATE OR REPLACE TABLE wanted_keys (key UBIGINT)")
    _keys_of(connection, "lists.position IS DISTINCT FROM 1")
    if connection.sql("FROM lists WHERE position = 1").fetchall():
        connection.sql("CREATE OR REPLACE TABLE all_keys AS FROM blocking_keys")
        connection.sql("CREATE OR REPLACE TABLE wanted_keys AS " + _WANTED)
        for batch in _ranges(count_persons(connection), PART):
            _keys_of(connection, f"lists.position = 1 AND record_id BETWEEN {batch.first} AND {batch.last}")
            connection.sql("INSERT INTO all_keys FROM blocking_keys")
        connection.sql("DROP TABLE blocking_keys")
        connection.sql("ALTER TABLE all_keys RENAME TO blocking_keys")
    for name in _PLAN:
        _run(connection, name)
    connection.sql("DROP TABLE blocking_keys")
    plan: pl.DataFrame = connection.sql("SELECT * FROM blocking_plan ORDER BY position").pl()
    return plan


_WANTED = "SELECT DISTINCT key FROM blocking_keys UNION SELECT unnest(keys)::UBIGINT FROM name_keys JOIN part USING (record_id)"


def _keys_of(connection: duckdb.DuckDBPyConnection, which: str) -> None:
    """Make ``blocking_keys`` of the records that the condition names."""
    connection.sql(
        "CREATE OR REPLACE TABLE part AS SELECT record_id, lists.position AS large_list FROM persons"
        f" JOIN lists USING (source) WHERE {which} ORDER BY record_id"
    )
    _run(connection, "blocking_keys")


def batches(connection: duckdb.DuckDBPyConnection) -> Iterator[Batch]:
    """Yield batches of records, in order, that have about MEETINGS each: bounds memory, changes no pair."""
    found = connection.sql("SELECT coalesce(sum(meetings), 0) FROM blocking_plan").fetchall()[0][0]
    asked = connection.sql(_ASKED).pl()
    share = -(-int(found) // MEETINGS)
    cuts = [asked.height * number // share for number in range(share + 1)] if share else [0, asked.height]
    for start, end in pairwise(cuts):
        if end > start:
            yield Batch(asked["record_id"][start], asked["record_id"][end - 1])


# The records that others are brought to: those of no large list, which have about as many meetings each, and where two
# lists are large all.
_ASKED = """
SELECT DISTINCT record_id
FROM usable_keys
WHERE large_list IS NULL OR (SELECT count(position) > 1 FROM lists)
ORDER BY record_id
"""


def pair_up(connection: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    """Make ``candidate_pairs`` of the records in ``batch`` with others, their ``birth_evidence``, and ``pairs_added``."""
    connection.register("asked_records", pl.DataFrame({"first": [batch.first], "last": [batch.last]}))
    rules = [{"rule": rule.name, "whatever_births": rule.whatever_births} for rule in RULES]
    connection.register("rules_of_births", pl.DataFrame(rules))
    for name in ("candidate_pairs", "birth_evidence", "pairs_added"):
        _run(connection, name)
    connection.unregister("asked_records")


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
    made = find_blocks(connection, most_within_list=most_within_list)
    every = list(batches(connection))
    step = max(1, -(-len(every) * MEETINGS // SAMPLE))
    added = [pl.DataFrame(schema={"rule": pl.String(), **dict.fromkeys(_ADDED, pl.Int64())})]
    for batch in every[::step]:
        pair_up(connection, batch)
        added.append(connection.sql("SELECT * FROM pairs_added").pl())
    share = len(every[::step]) / len(every) if every else 1.0
    return with_pairs_added(made, pl.concat(added), share=share), share


def _ranges(count: int, size: int) -> Iterator[Batch]:
    for first in range(1, count + 1, size):
        yield Batch(first, first + size - 1)


def count_persons(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many records are linked."""
    return int(connection.sql("SELECT count(*) FROM persons").fetchall()[0][0])


def _run(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    database.run_file(connection, f"40_link/{name}")

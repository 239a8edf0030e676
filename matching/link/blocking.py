"""Blocking: which records meet at all.

A record has keys under each rule (sql/40_link/blocking_keys.sql); two records that share a key become a candidate pair.
A key held by more records than the rule's cap is too common to tell anything, so it is left out and counted: what was
cut is logged with every run, never silent. Where a name of another script may sound in several ways (NAME_KEYS), each is
a key with a weight w, and such a key is held to cap * sqrt(w): the less likely it is, the rarer it must be. A person is missed only if cut from, or without a key in, every rule.
"""

from dataclasses import dataclass

import duckdb
import polars as pl

from matching import database
from matching.log import event


@dataclass(frozen=True, kw_only=True)
class BlockingRule:
    """A rule, named for its content. ``cap`` is the most records one key may bring together."""

    name: str
    cap: int
    why: str


RULES = (
    BlockingRule(name="same_document", cap=50, why="one document, whatever the names"),
    BlockingRule(name="same_name", cap=500, why="equal tokens in any order"),
    BlockingRule(name="same_joined_name", cap=500, why="abd al rahman and abdulrahman"),
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


def block_of(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Make ``candidate_pairs`` of which a record of ``source`` is one, as ``block`` would bring them together.

    Keys are counted over all records; of those that no record of ``source`` has, no pair is made.
    """
    connection.register("blocking_rules", _rules())
    connection.register("screened_source", pl.DataFrame({"source": [source]}))
    steps = (
        ("40_link/blocking_keys", "60_screen/keys_to_screen"),
        ("40_link/candidate_pairs", "60_screen/pairs_across"),
    )
    for query, kept in steps:
        database.run_file(connection, query)
        database.run_file(connection, kept)
        database.replace(connection, query.partition("/")[2], by=kept.partition("/")[2])
    connection.unregister("blocking_rules")


def block(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Make the table ``candidate_pairs`` and return, per rule, keys, keys cut by the cap, records
    left out of a block because their key is unlikely, and pairs it added."""
    connection.register("blocking_rules", _rules())
    database.run_file(connection, "40_link/blocking_keys")
    database.run_file(connection, "40_link/candidate_pairs")
    database.run_file(connection, "40_link/blocking_report")
    report: pl.DataFrame = connection.sql("SELECT * FROM blocking_report ORDER BY position").pl()
    for row in report.iter_rows(named=True):
        event("blocking_rule_applied", **row)
    connection.unregister("blocking_rules")
    return report


def _rules() -> pl.DataFrame:
    return pl.DataFrame(
        [{"position": position, "rule": rule.name, "cap": rule.cap} for position, rule in enumerate(RULES)]
    )

"""``matching link …`` as a user calls it."""

import io
import json

import polars as pl
from command_line import Demo, matching

from matching.link.blocking import RULES
from matching.tables import PAIRS
from matching.workspace import Workspace, read_table


def test_a_plan_lists_every_rule_and_the_pairs_that_the_run_then_scored(demo: Demo) -> None:
    answer = matching("--workspace", demo.workspace, "link", "plan", "--run", Workspace(demo.workspace).published_run() or "", "--format", "csv")  # fmt: skip
    rules = pl.read_csv(io.StringIO(answer.out))
    scored = read_table(Workspace(demo.workspace).published_folder(), PAIRS)
    by_rule = dict(scored.group_by("blocking_rule").len().iter_rows())
    assert answer.exit_code == 0
    assert rules["rule"].to_list() == [rule.name for rule in RULES]
    assert {rule: pairs for rule, pairs in rules.select("rule", "pairs_added").iter_rows() if pairs} == by_rule
    assert f"{scored.height} pairs (counted)" in answer.err


def test_a_run_that_is_not_there_is_named(demo: Demo) -> None:
    answer = matching("--workspace", demo.workspace, "link", "plan", "--run", "nowhere")
    assert answer.exit_code == 2
    assert "no run nowhere" in answer.err


def test_without_a_snapshot_there_is_nothing_to_plan(demo: Demo) -> None:
    answer = matching("--workspace", demo.workspace, "link", "plan", "--source", "un_sc", "--source", "ch_seco")
    assert answer.exit_code == 2
    assert "no snapshot of ch_seco" in answer.err


def test_a_plan_of_current_records_needs_no_run_and_answers_in_json(demo: Demo) -> None:
    answer = matching("--workspace", demo.workspace, "link", "plan", "--source", "un_sc", "--format", "json")
    rows = json.loads(answer.out)
    assert answer.exit_code == 0
    assert len(rows) == len(RULES)
    assert sum(row["pairs_added"] for row in rows) > 0

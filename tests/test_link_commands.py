"""``matching link …`` as a user calls it."""

import io
import json
import shutil

import polars as pl
from command_line import Demo, matching
from invented_lists import OwnLists

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
    compared = rules.select("rule", pl.col("pairs_added") - pl.col("contradicted"))
    assert {rule: pairs for rule, pairs in compared.iter_rows() if pairs} == by_rule
    assert rules["contradicted"].sum() > 0
    assert f"{scored.height} pairs to compare (counted), {rules['contradicted'].sum()} not compared" in answer.err


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


def test_a_plan_names_lists_that_it_leaves_out_as_their_source_is_not_known(own_lists: OwnLists) -> None:
    whole = own_lists.matching("link", "plan", "--format", "csv")
    shutil.rmtree(own_lists.sources / "de_wanted")
    partly = own_lists.matching("link", "plan", "--format", "csv")
    assert (whole.exit_code, partly.exit_code) == (0, 0)
    assert "left out" not in whole.err
    assert "left out, with a snapshot but no known source.yml: de_wanted (add theirs with --sources-dir)" in partly.err
    assert "left out" not in own_lists.matching("link", "plan", "--source", "fr_wanted").err

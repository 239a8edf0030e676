"""Runs as an operator handles them: listed, compared, gone on with, released, rolled back."""

import json
import shutil

import polars as pl
import pytest
from invented_lists import OwnLists

from matching import pipeline as walk
from matching.errors import HeldError, MatchingError, UsageError, WorkspaceError
from matching.ledger import AUDIT
from matching.monitor import holds
from matching.operations import runs, scheduled
from matching.operations.compare_runs import differences
from matching.pipeline import STAGES, Run
from matching.tables import LEDGER, PAIRS
from matching.workspace import read_lines, read_table, write_table

pytestmark = pytest.mark.usefixtures("quick_gates")


def audit(own: OwnLists) -> list[tuple[str, str]]:
    return [(line["what"], line["run"]) for line in read_lines(own.workspace.root / AUDIT)]


def filled(own: OwnLists, run: Run) -> Run:
    """``run`` with the tables and the report of the published run, as if it had done every stage but to publish."""
    published = own.workspace.published_folder()
    for zone in (path for path in published.iterdir() if path.is_dir()):
        shutil.copytree(zone, run.folder / zone.name)
    rows = read_table(published, LEDGER).filter(pl.col("stage") != "publish")
    write_table(run.folder, LEDGER, rows.with_columns(run_id=pl.lit(run.run_id)))
    return run


def another_run(own: OwnLists) -> str:
    """One more complete run, published: a second of work where a whole run takes several."""
    run = filled(own, own.pipeline().start())
    run.do("publish")
    return run.run_id


def stopped(own: OwnLists, stage: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that was begun and fell over at ``stage``."""
    run = own.pipeline().start()

    def fail(_: Run) -> tuple[int, int]:
        raise MatchingError("the machine fell over")

    with monkeypatch.context() as patch:
        patch.setattr(walk, "STAGES", {**STAGES, stage: fail})
        with pytest.raises(MatchingError):
            run.go_on()
    return run


def test_each_run_is_listed_with_its_state_and_what_to_do(own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = stopped(own_lists, "link", monkeypatch)
    begun = own_lists.pipeline().start()
    listed = pl.read_json(own_lists.matching("run", "list", "--format", "json").output)
    assert listed.select("run", "state", "stages", "to_do").rows() == [
        (begun.run_id, "unfinished", f"0 of {len(STAGES)}", f"matching run resume {begun.run_id}"),
        (failed.run_id, "failed", f"2 of {len(STAGES)}", f"matching run resume {failed.run_id}"),
        (own_lists.workspace.published_run(), "published", f"{len(STAGES)} of {len(STAGES)}", ""),
    ]


def test_a_run_shows_what_made_it(own_lists: OwnLists) -> None:
    shown = json.loads(own_lists.matching("run", "show").out)
    assert set(shown["snapshots"]) == {"fr_wanted", "de_wanted"}
    assert [stage["stage"] for stage in shown["stages"]] == list(STAGES)
    assert len(shown["model"]) == 1
    assert "code=" in shown["versions"][0]
    assert shown["sampled"] == {"round": 0, "seed": 1, "size": 50}


def test_a_run_that_failed_goes_on_from_its_last_complete_stage(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = own_lists.published(PAIRS)
    failed = stopped(own_lists, "link", monkeypatch)
    done: list[str] = []
    original = Run._work
    monkeypatch.setattr(Run, "_work", lambda self, stage: (done.append(stage), original(self, stage))[1])
    own_lists.take_in("fr_wanted", range(45), day=2)  # waits for the next run

    answer = own_lists.matching("run", "resume", failed.run_id[:20])

    assert answer.exit_code == 0, answer.err
    assert done == list(STAGES)[2:]
    assert own_lists.workspace.published_run() == failed.run_id
    assert own_lists.published(PAIRS).equals(whole)


def test_a_complete_run_is_not_resumed(own_lists: OwnLists) -> None:
    with pytest.raises(UsageError, match="nothing is left to do"):
        runs.resume(own_lists.pipeline(), str(own_lists.workspace.published_run()))


def test_an_earlier_run_is_published_again_and_the_next_run_publishes_itself(own_lists: OwnLists) -> None:
    first = own_lists.workspace.published_run()
    second = another_run(own_lists)
    answer = own_lists.matching("run", "rollback", "--why", "wrong births", "--by", "an operator")
    assert answer.exit_code == 0, answer.err
    assert own_lists.workspace.published_run() == first
    third = another_run(own_lists)
    assert own_lists.workspace.published_run() == third
    assert audit(own_lists) == [
        ("published", first), ("published", second), ("rolled_back", first), ("published", third),
    ]  # fmt: skip


def test_there_must_be_a_complete_run_to_go_back_to(own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = stopped(own_lists, "report", monkeypatch)
    before = own_lists.workspace.published_run()
    assert own_lists.matching("run", "rollback").exit_code == WorkspaceError.exit_code
    answer = own_lists.matching("run", "rollback", failed.run_id)
    assert answer.exit_code == UsageError.exit_code
    assert "only a complete run" in answer.err
    assert own_lists.workspace.published_run() == before


def test_a_run_begun_earlier_does_not_replace_one_begun_later_until_released(own_lists: OwnLists) -> None:
    early = filled(own_lists, own_lists.pipeline().start())
    late = another_run(own_lists)
    with pytest.raises(HeldError, match=f"{late}, begun later"):
        early.do("publish")
    assert own_lists.workspace.published_run() == late
    answer = own_lists.matching("run", "release", early.run_id, "--why", "wanted after all", "--by", "an operator")
    assert answer.exit_code == 0, answer.err
    assert own_lists.workspace.published_run() == early.run_id
    assert audit(own_lists)[-2:] == [("released", early.run_id), ("published", early.run_id)]


def test_a_run_held_while_one_begun_later_was_published_is_not_released_by_an_earlier_answer(
    own_lists: OwnLists,
) -> None:
    """Asked about drift, answered after a later run was published: the answer does not turn readers back."""
    early = filled(own_lists, own_lists.pipeline().start())
    holds.put(early.folder, ["persons_is_as_usual of fr_wanted"])
    late = another_run(own_lists)
    settings = own_lists.pipeline().settings
    for _ in range(2):  # the task, cleared, is refused as well
        with pytest.raises(HeldError, match=f"persons_is_as_usual.*{late}, begun later"):
            scheduled.released(settings, early.run_id, by="otto")
    assert (own_lists.workspace.published_run(), ("released", early.run_id) in audit(own_lists)) == (late, False)
    assert own_lists.matching("run", "release", early.run_id).exit_code == 0, "who releases it now was told"
    assert own_lists.workspace.published_run() == early.run_id


def test_releasing_a_run_tells_of_one_begun_later_before_it_replaces_it(own_lists: OwnLists) -> None:
    early = filled(own_lists, own_lists.pipeline().start())
    holds.put(early.folder, ["persons_is_as_usual of fr_wanted"])
    late = another_run(own_lists)
    told = own_lists.matching("run", "release", early.run_id)
    assert (told.exit_code != 0, f"{late}, begun later" in told.err) == (True, True)
    assert own_lists.workspace.published_run() == late
    assert own_lists.matching("run", "release", early.run_id).exit_code == 0
    assert own_lists.workspace.published_run() == early.run_id


def test_a_held_run_says_how_to_release_it_and_stays_held_when_resumed(own_lists: OwnLists) -> None:
    before = own_lists.workspace.published_run()
    run = filled(own_lists, own_lists.pipeline().start())
    holds.put(run.folder, ["the match rate of fr_wanted and de_wanted is half of what it was"])
    answer = own_lists.matching("run", "resume", run.run_id)
    assert answer.exit_code == HeldError.exit_code
    assert f"`matching run release {run.run_id}`" in answer.err
    assert own_lists.workspace.published_run() == before
    assert runs.find_run(own_lists.workspace, run.run_id).state == "held"


def test_a_run_that_is_not_held_cannot_be_released(own_lists: OwnLists) -> None:
    answer = own_lists.matching("run", "release", str(own_lists.workspace.published_run()))
    assert (answer.exit_code, "is not held" in answer.err) == (HeldError.exit_code, True)


def test_two_runs_differ_by_the_matches_of_those_who_came_went_or_changed(own_lists: OwnLists) -> None:
    first = str(own_lists.workspace.published_run())
    file = own_lists.list_of("fr_wanted", range(1, 45))  # 0 is gone; 40 to 44 are new, and stand on the other list
    file.write_text(file.read_text().replace("N-021,", "N-921,"))
    own_lists.pipeline().ingest("fr_wanted", files=[file])
    own_lists.pipeline().run()
    answer = own_lists.matching("run", "compare", first, "--format", "csv")
    rows = pl.read_csv(answer.output)
    pairs = {row["record_id_r"]: (row["change"], row["why"]) for row in rows.to_dicts() if "N-921" not in str(row)}
    assert pairs["fr_wanted:N-042"] == ("appeared", "fr_wanted:N-042 is new")
    assert pairs["fr_wanted:N-021"] == ("vanished", "fr_wanted:N-021 changed")
    assert "-> " in answer.err


def test_a_run_does_not_differ_from_itself(own_lists: OwnLists) -> None:
    run = runs.find_run(own_lists.workspace, None)
    assert differences(run, run).is_empty()


def test_a_beginning_that_two_runs_share_is_refused_with_both_named(own_lists: OwnLists) -> None:
    own_lists.pipeline().start()
    with pytest.raises(UsageError, match="2 runs named 2"):
        runs.find_run(own_lists.workspace, "2")
    with pytest.raises(UsageError, match="no run named never"):
        runs.find_run(own_lists.workspace, "never")

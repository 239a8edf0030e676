"""The walk over a workspace: what a run reads, what it leaves behind when it fails, and what doing it again changes."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import gates_that_hold
import polars as pl
import pytest
from invented_lists import OwnLists, person, write_list, write_source

from matching import pipeline as walk
from matching import quality
from matching.errors import GateError, MatchingError, UsageError, WorkspaceError
from matching.ingest import Ingestion
from matching.normalise import incremental
from matching.operations import runs
from matching.pipeline import REPORT_FILE, STAGES, Pipeline, Run
from matching.quality import asking
from matching.quality.suite import Rule
from matching.quality.validation import Outcome
from matching.settings import Settings
from matching.sources import snapshots
from matching.tables import GATES, LEDGER, MATCHES, MEASURES, NAMES, PAIRS, RECORDS, TABLES, VALIDATIONS
from matching.workspace import Workspace, read_json, read_table, table_path


def failing_stage(stage: str, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_: Run) -> tuple[int, int]:
        raise error

    monkeypatch.setattr(walk, "STAGES", {**STAGES, stage: fail})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# A user's own lists, as any other


def test_a_users_own_lists_are_matched(own_lists: OwnLists) -> None:
    matches = own_lists.published(MATCHES)
    expected = {(f"de_wanted:N-{number:03}", f"fr_wanted:N-{number:03}") for number in range(20, 40)}
    assert set(matches.select("record_id_l", "record_id_r").rows()) >= expected
    assert matches["is_cross_border"].all()


@pytest.mark.usefixtures("quick_gates")
def test_a_run_reads_only_the_sources_asked_for(own_lists: OwnLists) -> None:
    run = own_lists.pipeline().run(["fr_wanted"])
    assert run.read(RECORDS)["source"].unique().to_list() == ["fr_wanted"]
    assert run.read(MATCHES).height == 0
    assert (run.folder / REPORT_FILE).is_file()
    assert own_lists.workspace.published_run() == run.run_id


@pytest.mark.usefixtures("quick_gates")
def test_a_list_of_one_person_runs(tmp_path: Path) -> None:
    own = OwnLists(tmp_path)
    write_source(own.sources, "it_wanted", "IT")
    own.take_in("it_wanted", [1], day=1)
    run = own.pipeline().run()
    assert (run.read(RECORDS).height, run.read(PAIRS).height) == (1, 0)


@pytest.mark.usefixtures("quick_gates")
def test_a_list_taken_in_after_a_run_began_waits_for_the_next(own_lists: OwnLists) -> None:
    run = own_lists.pipeline().start()
    own_lists.take_in("fr_wanted", range(45), day=2)
    run.do("records")
    assert run.read(RECORDS).filter(source="fr_wanted").height == 40


@pytest.mark.usefixtures("quick_gates")
def test_records_carry_when_their_list_was_last_retrieved(own_lists: OwnLists) -> None:
    own_lists.take_in("fr_wanted", range(40), day=9)
    run = own_lists.pipeline().start()
    run.do("records")
    days = run.read(RECORDS).select("source", pl.col("retrieved_at").dt.day()).unique()
    assert dict(days.rows()) == {"fr_wanted": 9, "de_wanted": 1}


def test_a_source_that_was_taken_out_of_the_sources_folder_leaves_the_next_run(own_lists: OwnLists) -> None:
    (own_lists.sources / "fr_wanted" / "source.yml").unlink()
    run = own_lists.pipeline().start()
    assert set(run.snapshots) == {"de_wanted"}


# A changed mapping


@pytest.mark.usefixtures("quick_gates")
def test_a_changed_mapping_is_read_at_the_next_run(own_lists: OwnLists) -> None:
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("  births:", "  remarks: [country]\n  births:"))
    run = own_lists.pipeline().start()
    run.do("records")
    remarks = dict(run.read(RECORDS).group_by("source").agg(pl.col("remarks").first()).rows())
    assert remarks == {"fr_wanted": "France", "de_wanted": None}


@pytest.mark.usefixtures("quick_gates")
def test_a_mapping_that_fails_keeps_the_last_good_records_and_the_run_goes_on(own_lists: OwnLists) -> None:
    before = own_lists.published(MATCHES)
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("full: name", "full: full_name"))

    run = own_lists.pipeline().run()

    assert own_lists.workspace.published_run() == run.run_id
    assert run.read(MATCHES).equals(before)
    failed = run.read(GATES).filter(~pl.col("success"), source="fr_wanted")
    assert failed.select("expectation", "severity").rows() == [("source_yml_reads_the_snapshot", "warning")]


# Failure


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_leaves_the_published_run_as_it_was(
    stage: str, own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = own_lists.workspace.published_folder()
    before = contents(published)
    pipeline = own_lists.pipeline()
    run = pipeline.start()
    failing_stage(stage, monkeypatch, GateError("pairs", "found nothing, expected something. Look at it"))

    with pytest.raises(GateError):
        run.do(stage)

    assert own_lists.workspace.published_folder() == published
    assert contents(published) == before
    row = run.read(LEDGER).row(0, named=True)
    assert (row["stage"], row["status"], row["rows_out"]) == (stage, "failed", 0)


def test_a_run_that_fails_on_the_command_line_says_why_and_publishes_nothing(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own_lists.workspace.published_run()
    failing_stage("normalise", monkeypatch, GateError("names", "found nothing, expected something. Look at it"))
    answer = own_lists.matching("run")
    assert (answer.exit_code, answer.out) == (6, "")
    assert answer.err == "matching: names: found nothing, expected something. Look at it\n"
    assert own_lists.workspace.published_run() == before


def test_a_table_that_fails_its_gate_stops_the_run_and_keeps_what_the_gate_found(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = own_lists.pipeline().start()
    run.do("records")
    spoiled = incremental.normalise_changed

    def nameless(records: pl.DataFrame, *, before: Path | None) -> object:
        made = spoiled(records, before=before)
        object.__setattr__(made, "names", made.names.clear())
        return made

    monkeypatch.setattr(incremental, "normalise_changed", nameless)
    with pytest.raises(GateError, match=r"^names: .*What was accepted before stays in use"):
        run.do("normalise")
    gates = run.read(GATES).filter(table="names", success=False, severity="critical")
    assert gates.height >= 1
    assert own_lists.workspace.published_run() != run.run_id


def gates_heard_late(monkeypatch: pytest.MonkeyPatch, *, failing: str | None = None) -> None:
    """Gates whose answers are only there when they are waited for; the first rule of table ``failing`` fails."""

    class Late(gates_that_hold.Holds):
        def outcomes(self) -> dict[str, Outcome]:
            found = super().outcomes()
            if failing_asked and self is failing_asked[0]:
                rule = next(rule.rule for rule in self.rules if rule.severity == "critical" and not rule.rows)
                found[rule] = Outcome(success=False, checked=None, unexpected=None)
            return found

    failing_asked: list[Late] = []

    def ask(table: str, *questions: tuple[Sequence[Rule], pl.DataFrame]) -> Late:
        asked = Late([rule for rules, _ in questions for rule in rules], is_answered=False)
        if table == failing:
            failing_asked.append(asked)
        return asked

    gates_that_hold.patch(monkeypatch)
    monkeypatch.setattr("matching.quality.gates.ask", ask)


def test_a_gate_that_fails_while_the_next_stage_works_ends_the_run_at_its_own_stage(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = own_lists.workspace.published_run()
    gates_heard_late(monkeypatch, failing="names")
    run = own_lists.pipeline().start()
    with pytest.raises(GateError, match=r"^names: "):
        run.go_on()

    assert own_lists.workspace.published_run() == published
    assert run.read(LEDGER).select("stage", "status").rows() == [("records", "done"), ("normalise", "failed")]
    assert run.read(GATES).filter(table="names", success=False).height == 1
    assert not table_path(run.folder, NAMES).exists()  # as if it had never been written
    monkeypatch.undo()
    answer = own_lists.matching("run", "resume", run.run_id)
    assert (answer.exit_code, own_lists.workspace.published_run()) == (0, run.run_id)


def test_a_gate_that_failed_says_more_than_the_error_that_came_of_it(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates_heard_late(monkeypatch, failing="births")
    failing_stage("link", monkeypatch, MatchingError("births made no sense"))
    run = own_lists.pipeline().start()
    with pytest.raises(GateError, match=r"^births: "):
        run.go_on()
    status = dict(run.read(LEDGER).select("stage", "status").rows())
    assert status == {"records": "done", "normalise": "failed", "link": "failed"}


def test_a_stage_is_not_done_before_its_gates_were_heard(own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch) -> None:
    gates_heard_late(monkeypatch)
    seen: dict[str, list[str]] = {}

    def noting(stage: str) -> Callable[[Run], tuple[int, int]]:
        def work(run: Run) -> tuple[int, int]:
            seen[stage] = run.read(LEDGER)["stage"].to_list()
            return STAGES[stage](run)

        return work

    monkeypatch.setattr(walk, "STAGES", {**STAGES, "link": noting("link"), "measure": noting("measure")})
    run = own_lists.pipeline().run()
    assert seen == {"link": ["records"], "measure": list(STAGES)[:4]}
    assert run.read(LEDGER)["status"].to_list() == ["done"] * len(STAGES)


def test_a_checker_that_is_killed_ends_the_run_with_an_error_and_the_run_can_go_on(own_lists: OwnLists) -> None:
    published = own_lists.workspace.published_run()
    run = own_lists.pipeline().start()
    run.do("records")
    quality.start_checker()
    os.kill(asking._CHECKER.started().pid, signal.SIGSTOP)  # it answers nothing any more
    run._work("normalise")
    os.kill(asking._CHECKER.started().pid, signal.SIGKILL)
    with pytest.raises(MatchingError, match=r"the process that checks tables .* ended before it answered \(signal 9\)"):
        run._finish()
    assert run.read(LEDGER)["status"].to_list() == ["done", "failed"]
    assert own_lists.workspace.published_run() == published
    assert own_lists.matching("run", "resume", run.run_id).exit_code == 0
    assert own_lists.workspace.published_run() == run.run_id


def never_answers(*_: object) -> None:
    """Stands in for the checker of tables."""
    time.sleep(600)


@pytest.mark.parametrize("how", ["sleeps", "stopped"])
def test_a_checker_that_hangs_ends_the_run_with_an_error_and_readers_keep_the_last(
    own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    published = own_lists.workspace.published_run()
    pipeline = own_lists.pipeline(answer_timeout_s=1)
    if how == "sleeps":
        monkeypatch.setattr(asking, "_VALIDATE", "test_pipeline:never_answers")
    else:
        quality.start_checker()
        os.kill(asking._CHECKER.started().pid, signal.SIGSTOP)
    with pytest.raises(MatchingError, match=r"checks tables .* did not answer within 1 s.*matching run resume"):
        pipeline.run()
    [failed, _] = runs.all_runs(own_lists.workspace)
    assert (failed.state, failed.to_do) == ("failed", f"matching run resume {failed.run_id}")
    assert own_lists.workspace.published_run() == published


@pytest.mark.usefixtures("quick_gates")
def test_a_run_goes_on_where_it_stopped(own_lists: OwnLists, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = own_lists.published(PAIRS)
    pipeline = own_lists.pipeline()
    run = pipeline.start()
    run.do("records")
    run.do("normalise")
    failing_stage("link", monkeypatch, MatchingError("the machine fell over"))
    with pytest.raises(MatchingError):
        run.do("link")
    monkeypatch.undo()

    resumed = own_lists.pipeline().resume(run.run_id)
    for stage in list(STAGES)[2:]:
        resumed.do(stage)

    assert own_lists.workspace.published_run() == run.run_id
    assert resumed.read(PAIRS).equals(whole)
    assert resumed.read(LEDGER)["status"].to_list() == ["done"] * len(STAGES)


# Again


@pytest.mark.usefixtures("quick_gates")
def test_a_stage_done_again_replaces_its_rows_and_no_others(own_lists: OwnLists) -> None:
    # One entry that cannot be read and one birth, so that quarantine has rows of both tables.
    file = own_lists.list_of("fr_wanted", range(40))
    file.write_text(file.read_text().replace("N-003,", ",").replace(person(5)["born"], "1873-99-99"))
    own_lists.pipeline().ingest("fr_wanted", files=[file])
    run = own_lists.pipeline().start()
    stages = list(STAGES)[:-1]
    for stage in stages:
        run.do(stage)
    once = unchanging(run)
    assert set(once["quarantine"]["table"]) == {"records", "births"}

    for again in (["resolve"], ["link"], ["normalise"], stages):
        for stage in again:
            run.do(stage)
        assert [name for name, rows in unchanging(run).items() if not rows.equals(once[name])] == [], again
    assert run.read(LEDGER)["stage"].to_list() == stages


def unchanging(run: Run) -> dict[str, pl.DataFrame]:
    """Every table of ``run``, apart from when each stage was done and how long it took."""
    return {name: run.read(table).drop("started_at", "seconds", strict=False) for name, table in TABLES.items()}


@pytest.mark.usefixtures("quick_gates")
def test_two_runs_over_the_same_input_give_the_same_tables(own_lists: OwnLists) -> None:
    first = own_lists.workspace.published_folder()
    second = own_lists.pipeline().run().folder
    for table in TABLES.values():
        if table not in (LEDGER, GATES, MEASURES, VALIDATIONS):  # these say when, and what is usual by now
            assert table_path(first, table).read_bytes() == table_path(second, table).read_bytes(), table.name


def test_a_run_begun_again_begins_afresh(own_lists: OwnLists) -> None:
    pipeline = own_lists.pipeline()
    pipeline.start(run_id="nightly").do("records")
    run = pipeline.start(run_id="nightly")
    assert [path.name for path in run.folder.iterdir()] == ["plan.json"]


def test_a_published_run_is_not_begun_or_changed_again(own_lists: OwnLists) -> None:
    pipeline = own_lists.pipeline()
    run = pipeline.resume(str(own_lists.workspace.published_run()))
    before = contents(run.folder)
    with pytest.raises(UsageError, match="published"):
        pipeline.start(run_id=run.run_id)
    with pytest.raises(UsageError, match="published"):
        run.do("link")
    assert contents(run.folder) == before


# What a run is asked for


def test_a_run_names_the_snapshots_it_reads(own_lists: OwnLists) -> None:
    run = own_lists.pipeline().start()
    plan = read_json(run.folder / "plan.json")
    current = {source: snapshots.current(own_lists.workspace, source) for source in ("fr_wanted", "de_wanted")}
    assert plan["snapshots"] == {source: snapshot.snapshot_id for source, snapshot in current.items() if snapshot}


def test_unknown_sources_and_sources_without_a_snapshot_are_named(own_lists: OwnLists) -> None:
    pipeline = own_lists.pipeline()
    with pytest.raises(UsageError, match=r"no source it_wanted: known are .*fr_wanted"):
        pipeline.start(["it_wanted"])
    with pytest.raises(WorkspaceError, match=r"no snapshot of un_sc .*matching source import"):
        pipeline.start(["fr_wanted", "un_sc"])


def test_a_run_that_was_not_begun_cannot_be_resumed(own_lists: OwnLists) -> None:
    with pytest.raises(WorkspaceError, match=r"plan\.json"):
        own_lists.pipeline().resume("never")


def test_the_clock_is_passed_in(own_lists: OwnLists) -> None:
    when = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
    settings = Settings(workspace=own_lists.workspace.root, sources_dir=[own_lists.sources])
    run = Pipeline.open(settings, clock=lambda: when).start()
    run.do("records")
    assert run.run_id.startswith("20300506T070809Z-")
    assert run.read(LEDGER)["started_at"].to_list() == [when]


# Side by side


def test_sources_are_taken_in_by_processes_side_by_side(
    tmp_path: Path, processes: multiprocessing.context.ForkServerContext
) -> None:
    own = OwnLists(tmp_path)
    countries = {"fr_wanted": "FR", "de_wanted": "DE", "it_wanted": "IT", "pl_wanted": "PL"}
    started = []
    for position, (source_id, country) in enumerate(countries.items()):
        write_source(own.sources, source_id, country)
        file = write_list(tmp_path / f"{source_id}.csv", range(position, position + 30))
        started.append(processes.Process(target=take_in, args=(tmp_path, source_id, file)))
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0] * 4

    pipeline = own.pipeline()
    for source_id in countries:
        current = snapshots.current(own.workspace, source_id)
        assert current
        tables = Ingestion(workspace=own.workspace, settings=pipeline.settings).tables(
            pipeline.source(source_id), current
        )
        assert tables.records.height == 30
    assert list(own.workspace.tmp.iterdir()) == []


def take_in(folder: Path, source_id: str, file: Path) -> None:
    gates_that_hold.install()
    OwnLists(folder).pipeline().ingest(source_id, files=[file])


def test_a_workspace_can_be_moved(own_lists: OwnLists, tmp_path: Path) -> None:
    moved = own_lists.workspace.root.rename(tmp_path / "elsewhere")
    assert read_table(Workspace(moved).published_folder(), MATCHES).height >= 20
    assert str(own_lists.folder) not in json.dumps(read_json(moved / "published.json"))

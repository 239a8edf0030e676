"""A reader sees the last complete run or the next, never half: also while a run is killed or two are published."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import gates_that_hold
import polars as pl
import pytest
from invented_lists import OwnLists

from matching import database, publishing
from matching.errors import WorkspaceError
from matching.pipeline import STAGES
from matching.publishing import DATABASE
from matching.sources import snapshots
from matching.tables import LEDGER, MATCHES, PAIRS, RECORDS, TABLES
from matching.workspace import Workspace, read_table

Processes = multiprocessing.context.ForkServerContext
KILLED = 9

pytestmark = pytest.mark.usefixtures("quick_gates")


# Killed


def die_at_move(number: int) -> None:
    """End this process, as a kill would, just before its ``number``-th move into place."""
    moves = iter(range(1, number))

    def mortal(move: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def once_more(self: Path, target: Path) -> Path:
            if next(moves, None) is None:
                os._exit(KILLED)
            return move(self, target)

        return once_more

    Path.replace, Path.rename = mortal(Path.replace), mortal(Path.rename)  # type: ignore[method-assign]


def do_until_killed(folder: Path, run_id: str, stage: str, move: int) -> None:
    gates_that_hold.install()
    die_at_move(move)
    OwnLists(folder).pipeline().resume(run_id).do(stage)


def take_in_until_killed(folder: Path, people: range, move: int) -> None:
    gates_that_hold.install()
    die_at_move(move)
    OwnLists(folder).take_in("fr_wanted", people, day=9)


def exit_code(processes: Processes, target: Callable[..., None], *given: object) -> int | None:
    process = processes.Process(target=target, args=given)
    process.start()
    process.join(60)
    return process.exitcode


def test_a_run_killed_in_any_stage_leaves_the_published_run_and_goes_on(
    own_lists: OwnLists, processes: Processes
) -> None:
    published, whole = own_lists.workspace.published_folder(), own_lists.published(PAIRS)
    before = state(own_lists.workspace)
    run = own_lists.pipeline().start()
    for stage in STAGES:
        for move in (1, 2):
            assert exit_code(processes, do_until_killed, own_lists.folder, run.run_id, stage, move) == KILLED
            assert own_lists.workspace.published_folder() == published, (stage, move)
            assert state(own_lists.workspace) == before, (stage, move)
        run.do(stage)
    assert own_lists.workspace.published_run() == run.run_id
    assert run.read(PAIRS).equals(whole)
    assert run.read(LEDGER)["stage"].to_list() == list(STAGES)


def test_a_run_killed_just_after_it_was_published_is_complete(own_lists: OwnLists, processes: Processes) -> None:
    run = own_lists.pipeline().start()
    for stage in list(STAGES)[:-1]:
        run.do(stage)
    assert exit_code(processes, do_until_killed, own_lists.folder, run.run_id, "publish", 3) == KILLED
    assert own_lists.workspace.published_run() == run.run_id
    assert state(own_lists.workspace)[0] == run.run_id


@pytest.mark.parametrize("people", [range(45), range(40)], ids=["a new list", "the same list"])
def test_an_ingestion_killed_at_any_move_leaves_a_list_to_run_on(
    people: range, own_lists: OwnLists, processes: Processes
) -> None:
    before = own_lists.published(RECORDS).filter(source="fr_wanted")["record_id"]
    for move in range(1, 20):
        if exit_code(processes, take_in_until_killed, own_lists.folder, people, move) == 0:
            break
        run = own_lists.pipeline().start()
        run.do("records")
        assert run.read(RECORDS).filter(source="fr_wanted")["record_id"].equals(before), move
    current = snapshots.current(own_lists.workspace, "fr_wanted")
    assert current
    assert current.counts["persons"] == len(people)
    assert current.retrieved_at.day == 9
    assert 2 <= move < 19


# Read while it is published


def state(workspace: Workspace) -> tuple[object, ...]:
    """What a reader finds: run, rows of every table, rows of the same tables in the database, and a report."""
    folder = workspace.published_folder()
    tables = {name: read_table(folder, table) for name, table in TABLES.items()}
    assert set(tables["ledger"]["run_id"]) == {folder.name}
    assert set(tables["matches"]["record_id_l"]) <= set(tables["records"]["record_id"])
    assert (folder / "70_report" / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    # The ledger gets its row about publishing just after.
    rows = {name: table.height for name, table in tables.items() if name != "ledger"}
    with database.read_only(folder / DATABASE) as connection:
        asked = {name: connection.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in rows}
    assert asked == rows
    return (folder.name, *sorted(rows.items()))


def test_a_reader_sees_the_run_before_or_the_run_after(own_lists: OwnLists) -> None:
    workspace = own_lists.workspace
    before = state(workspace)
    with reading(workspace) as seen:
        own_lists.take_in("fr_wanted", range(45), day=2)
        run = own_lists.pipeline().run()
        after = state(workspace)
        for _ in range(20):
            workspace.publish(str(before[0]))
            workspace.publish(run.run_id)
    assert before != after
    assert seen == {before, after}


@contextmanager
def reading(workspace: Workspace) -> Iterator[set[object]]:
    """Read what is published over and over, beside what is done meanwhile; gives the states seen, and problems."""
    seen: set[object] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(state(workspace))
            except Exception as problem:
                seen.add(repr(problem))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join()


def test_two_runs_at_once_publish_one_after_the_other(own_lists: OwnLists) -> None:
    pipeline = own_lists.pipeline()
    first, second = pipeline.start(["fr_wanted"]), pipeline.start()
    for stage in STAGES:
        for run in (first, second):
            run.do(stage)
    assert own_lists.workspace.published_run() == second.run_id
    assert first.read(RECORDS).height == 40
    assert second.read(RECORDS).height == 80


# The database for `matching sql`


def test_the_database_holds_every_table_as_it_is(own_lists: OwnLists) -> None:
    folder = own_lists.workspace.published_folder()
    with database.read_only(folder / DATABASE) as connection:
        for name, table in TABLES.items():
            copied = connection.table(name).pl()
            if table is LEDGER:
                assert copied["stage"].to_list() == list(STAGES)[:-1]
            else:
                assert table.conform(copied).equals(read_table(folder, table)), name


def test_a_database_written_again_leaves_readers_on_the_one_before(own_lists: OwnLists) -> None:
    folder = own_lists.workspace.published_folder()
    matches = own_lists.published(MATCHES).height
    with database.read_only(folder / DATABASE) as connection:
        publishing.write_database(own_lists.workspace, folder)
        assert connection.sql("SELECT count(*) FROM matches").fetchall() == [(matches,)]
    assert [path.name for path in (folder / DATABASE).parent.iterdir() if path.suffix == ".wal"] == []


def test_readers_in_one_process_may_open_it_side_by_side(own_lists: OwnLists) -> None:
    path = own_lists.workspace.published_folder() / DATABASE
    with database.read_only(path) as one, database.read_only(path) as other:
        query = "SELECT count(*) FROM records"
        assert one.sql(query).fetchall() == other.sql(query).fetchall() == [(80,)]


@pytest.mark.parametrize("content", [None, b"not a database"])
def test_a_database_that_cannot_be_opened_is_a_workspace_error(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "run.duckdb"
    if content:
        path.write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"run\.duckdb cannot be opened"), database.read_only(path):
        pass


def test_what_reads_a_published_run_cannot_write_to_it(own_lists: OwnLists) -> None:
    path = own_lists.workspace.published_folder() / DATABASE
    with database.read_only(path) as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.sql("DELETE FROM matches")
    assert (
        read_table(path.parents[1], MATCHES).height
        == pl.read_parquet(path.parents[1] / "50_matches" / "matches.parquet").height
    )

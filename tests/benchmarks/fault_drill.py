"""The fault drill: what breaks at night, broken on purpose; what the operator sees; whether the last good result serves.

    python tests/benchmarks/fault_drill.py          needs root, for small file systems of its own; minutes

Each fault is done to a workspace of two invented lists with a published run. After each, a reader must find the same
published run, whole; then the operator does what the message says, and the outcome must be that of an undisturbed run.
Ends with exit code 1 where any of it does not hold. The table goes to standard output.
"""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import gates_that_hold
import polars as pl
from command_line import matching
from invented_lists import OwnLists, write_list, write_source

from matching import pipeline as walk
from matching.errors import MatchingError
from matching.ingest import Ingestion
from matching.operations import runs
from matching.operations.status import status
from matching.pipeline import STAGES, Pipeline, Run
from matching.publishing import DATABASE
from matching.quality import asking
from matching.settings import Settings
from matching.sources import freshness, snapshots
from matching.tables import PAIRS, RECORDS, TABLES
from matching.workspace import read_table

Processes = multiprocessing.get_context("forkserver")
Outcome = list[tuple[str, str, bool]]
WAIT_S = 120


def whole(own: OwnLists) -> tuple[str, int]:
    """What a reader finds: the published run, every table of it, its report and its database, or an error."""
    folder = own.workspace.published_folder()
    for table in TABLES.values():
        read_table(folder, table)
    assert (folder / "70_report" / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        (row,) = connection.sql("SELECT count(*) FROM matches").fetchall()
    return folder.name, int(row[0])


def die() -> None:
    """Kill -9 this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def walk_until_killed(folder: Path, run_id: str, stage: str, moment: str) -> None:
    """In a process of its own: go on with a run, and be killed before, midway through or just after ``stage``."""

    def mortal(run: Run) -> tuple[int, int]:
        if moment == "before":
            die()
        if moment == "midway":
            threading.Timer(0.05, die).start()
        rows = STAGES[stage](run)
        die()
        return rows

    walk.STAGES = {**STAGES, stage: mortal}  # type: ignore[misc]
    run = OwnLists(folder).pipeline().resume(run_id)
    state = runs.find_run(run.pipeline.workspace, run_id)
    run.go_on(state.next_stage)


def killed_at_every_stage(own: OwnLists) -> Outcome:
    """Kill -9 before, midway through and just after each stage, hence between any two; then resume."""
    before, expected = whole(own), own.published(PAIRS)
    run = own.pipeline().start()
    kills, good = 0, True
    for stage in STAGES:
        for moment in ("before", "midway", "after"):
            process = Processes.Process(target=walk_until_killed, args=(own.folder, run.run_id, stage, moment))
            process.start()
            process.join(WAIT_S)
            kills += process.exitcode == -signal.SIGKILL
            good &= whole(own) in (before, (run.run_id, before[1]))
    answer = own.matching("run", "resume", run.run_id)
    same = own.published(PAIRS).equals(expected) and own.workspace.published_run() == run.run_id
    seen = (
        "`matching run list` says unfinished; `matching run resume` goes on"
        if answer.exit_code == 0
        else answer.err.strip()
    )
    return [(f"kill -9, {kills} times in {len(STAGES)} stages", seen, good and same and kills == 3 * len(STAGES))]


STEPS: dict[str, tuple[Any, str]] = {
    "copied": (snapshots, "stage"), "read": (Ingestion, "_parse"), "gated": (Ingestion, "_gated"),
    "records kept": (Ingestion, "_keep"), "accepted": (snapshots, "accept"), "noted": (freshness, "note_attempt"),
}  # fmt: skip


def take_in_until_killed(folder: Path, step: str, moment: str) -> None:
    """In a process of its own: take a list in, and be killed before, midway through or just after ``step``."""
    gates_that_hold.install()
    owner, name = STEPS[step]
    original = getattr(owner, name)

    def mortal(*given: Any, **named: Any) -> Any:
        if moment == "before":
            die()
        if moment == "midway":
            threading.Timer(0.002, die).start()
        found = original(*given, **named)
        die()
        return found

    setattr(owner, name, mortal)
    OwnLists(folder).take_in("fr_wanted", range(45), day=2)


def killed_while_a_list_is_taken_in(own: OwnLists) -> Outcome:
    """Kill -9 around each step of taking a list in: the list in use is the old one or the new one, whole; then again."""
    before, kills, good = whole(own), 0, True
    for step in STEPS:
        for moment in ("before", "midway", "after"):
            process = Processes.Process(target=take_in_until_killed, args=(own.folder, step, moment))
            process.start()
            process.join(WAIT_S)
            kills += process.exitcode == -signal.SIGKILL
            current = snapshots.current(own.workspace, "fr_wanted")
            good &= whole(own) == before and current is not None and current.counts["persons"] in (40, 45)
    answer = own.matching("source", "import", "fr_wanted", own.list_of("fr_wanted", range(45)))
    ran = own.matching("run")
    rows = own.published(RECORDS).filter(source="fr_wanted").height
    seen = answer.err.strip().splitlines()[-1]
    return [(f"kill -9, {kills} times in {len(STEPS)} steps of taking in a list", f"taken in again: {seen}",
             good and kills == 3 * len(STEPS) and (answer.exit_code, ran.exit_code, rows) == (0, 0, 45))]  # fmt: skip


def checker_hangs(own: OwnLists) -> Outcome:
    """The process that checks tables sleeps for ever, or is stopped; then the run is resumed."""
    outcomes = []
    for how in ("stopped", "sleeps"):
        before = whole(own)
        asking.start_checker()
        if how == "stopped":
            os.kill(asking._CHECKER.started().pid, signal.SIGSTOP)
        else:
            asking._CHECKER.started().ask("time:sleep", 600)
        where = ("--workspace", own.workspace.root, "--sources-dir", own.sources)
        answer = matching(*where, "run", MATCHING_ANSWER_TIMEOUT_S="2")
        kept = whole(own) == before
        again = own.matching("run", "resume", runs.all_runs(own.workspace)[0].run_id)
        good = answer.exit_code == 1 and kept and again.exit_code == 0
        outcomes.append((f"checker {how}", answer.err.strip().splitlines()[-1], good))
    return outcomes


def two_runs_at_once(own: OwnLists) -> Outcome:
    """Two commands started together: both end, one complete run is published."""
    command = [sys.executable, "-m", "matching", "--workspace", own.workspace.root, "--sources-dir", own.sources, "run"]
    started = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [one.communicate(timeout=WAIT_S * 3)[1].strip() for one in started]
    states = sorted(run.state for run in runs.all_runs(own.workspace)[:2])
    seen = next((text.splitlines()[-1] for text in said if text), f"both end; {' and '.join(states)}")
    return [
        ("two runs at once", seen, whole(own)[1] > 0 and states in (["complete", "published"], ["held", "published"]))
    ]


def clock_set_back(own: OwnLists) -> Outcome:
    """A run whose clock stands a year earlier is published and is the last in the list all the same."""
    settings = Settings(workspace=own.workspace.root, sources_dir=[own.sources])
    run = Pipeline.open(settings, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC)).run()
    first = runs.all_runs(own.workspace)[0]
    return [("clock set back", f"run {run.run_id} published", first.run_id == run.run_id == whole(own)[0])]


def reader_holds_the_database(own: OwnLists) -> Outcome:
    """Somebody has the published database open while the next run is published."""
    with duckdb.connect(str(own.workspace.published_folder() / DATABASE), read_only=True) as connection:
        answer = own.matching("run")
        (row,) = connection.sql("SELECT count(*) FROM matches").fetchall()
    return [
        (
            "database held open by a reader",
            answer.err or "published; the reader reads on",
            answer.exit_code == 0 and row[0] > 0,
        )
    ]


def source_down(own: OwnLists) -> Outcome:
    """The publisher does not answer."""
    write_source(own.sources, "it_wanted", "IT", url="http://127.0.0.1:9/list.csv")
    answer = own.matching("source", "fetch", "it_wanted")
    [line] = [line for line in status(own.pipeline(), now=datetime.now(UTC)) if line.name == "it_wanted"]
    return [("source down", answer.err.strip(), answer.exit_code == 4 and line.state == "failing")]


def list_halved(own: OwnLists) -> Outcome:
    """A list that lost half of its persons is refused, and the one before is linked."""
    answer = own.matching("source", "import", "fr_wanted", own.list_of("fr_wanted", range(20)))
    [line] = [line for line in status(own.pipeline(), now=datetime.now(UTC)) if line.name == "fr_wanted"]
    ran = own.matching("run")
    return [("list halved", answer.err.strip(), (answer.exit_code, line.state, ran.exit_code) == (6, "held", 0))]


def layout_changed(own: OwnLists) -> Outcome:
    """A column is called otherwise."""
    file = write_list(own.folder / "drop" / "renamed.csv", range(40))
    file.write_text(file.read_text().replace("number,name", "id,full_name"))
    answer = own.matching("source", "import", "de_wanted", file)
    return [("layout changed", answer.err.strip(), answer.exit_code in (5, 6))]


@contextmanager
def small_disk(own: OwnLists, *, free_kb: int) -> Iterator[OwnLists]:
    """A copy of ``own`` on a file system of its own, with so much left."""
    with tempfile.TemporaryDirectory() as folder:
        used = int(
            subprocess.run(["du", "-sk", own.folder], capture_output=True, text=True, check=True).stdout.split()[0]
        )
        mount = Path(folder) / "disk"
        mount.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + 64 + free_kb}k", "tmpfs", mount], check=True)
        try:
            yield OwnLists(Path(shutil.copytree(own.folder, mount / "own")))
        finally:
            subprocess.run(["umount", "-l", mount], check=True)


def full_disk(own: OwnLists) -> Outcome:
    """The disk fills up at several points of a run; with space again, the run goes on."""
    outcomes = []
    for free_kb in (16, 60, 150, 400):
        with small_disk(own, free_kb=free_kb) as small:
            before = whole(small)
            answer = small.matching("run")
            kept = whole(small) == before
            subprocess.run(["mount", "-o", "remount,size=200m", small.folder.parent], check=True)
            again = small.matching("run")
            seen = answer.err.strip().splitlines()[-1] if answer.err else "it fits"
            outcomes.append(
                (f"full disk, {free_kb} KB left", seen, answer.exit_code == 7 and kept and again.exit_code == 0)
            )
    return outcomes


def read_only(own: OwnLists) -> Outcome:
    """The workspace is mounted read-only: readers read on, a run says so."""
    with small_disk(own, free_kb=4000) as small:
        subprocess.run(["mount", "-o", "remount,ro", small.folder.parent], check=True)
        before, answer = whole(small), small.matching("run")
        listed = small.matching("status")
        exported = small.matching("export", "matches", "-o", "/dev/null")
        good = (answer.exit_code, listed.exit_code, exported.exit_code) == (7, 0, 0) and whole(small) == before
        return [("workspace read-only", answer.err.strip(), good)]


FAULTS = (
    killed_at_every_stage, killed_while_a_list_is_taken_in, checker_hangs, two_runs_at_once, clock_set_back, reader_holds_the_database, source_down, list_halved,
    layout_changed, full_disk, read_only,
)  # fmt: skip


def main(*wanted: str) -> int:
    """Do every fault, or those named; print what the operator saw; return 1 where one did not hold."""
    Processes.set_forkserver_preload(["matching.pipeline", "matching.link.stage", "matching.report.html"])
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        fresh = OwnLists(Path(folder) / "own")
        fresh.prepare()
        fresh.pipeline().run()
        for fault in FAULTS:
            if wanted and fault.__name__ not in wanted:
                continue
            own = OwnLists(Path(shutil.copytree(fresh.folder, Path(folder) / fault.__name__)))
            try:
                outcomes = fault(own)
            except (MatchingError, AssertionError, pl.exceptions.PolarsError, duckdb.Error) as error:
                outcomes = [(fault.__name__, f"{type(error).__name__}: {error}", False)]
            for name, seen, held in outcomes:
                failed += not held
                print(
                    f"{'ok  ' if held else 'FAIL'} | {name} | {seen} | published run: {whole(own)[1]} matches",
                    flush=True,
                )
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))

"""A process apart answers in order, carries errors over, and ends with the one that asks it, however that ends."""

import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator

import pytest

from matching.apart import ANSWER_S, ROWS_OF_IT, Apart, allow
from matching.errors import GateError, MatchingError

WAIT_S = 20


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    process = Apart("does sums")
    yield process
    process.close()


@pytest.fixture
def impatient() -> Iterator[None]:
    """Half a second for an answer."""
    allow(0.5)
    yield
    allow(ANSWER_S)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_answers_may_be_had_in_any_order(apart: Apart) -> None:
    first, second = apart.ask("math:sqrt", 4), apart.ask("math:sqrt", 9)
    assert (second.result(), first.result()) == (3.0, 2.0)


def test_an_answer_that_is_there_is_told_from_one_that_is_awaited(apart: Apart) -> None:
    slow = apart.ask("time:sleep", 0.5)
    assert not slow.is_there
    slow.result()
    quick = apart.ask("math:sqrt", 4)
    deadline = time.monotonic() + WAIT_S
    while not quick.is_there and time.monotonic() < deadline:
        time.sleep(0.01)
    assert quick.is_there


def test_more_is_taken_than_a_socket_holds(apart: Apart) -> None:
    answers = [apart.ask("builtins:len", b"x" * 2_000_000) for _ in range(4)]
    assert [answer.result() for answer in answers] == [2_000_000] * 4


def test_an_error_is_raised_where_the_answer_is_asked_for(apart: Apart) -> None:
    answer = apart.ask("math:sqrt", -1)
    with pytest.raises(ValueError, match=r"math domain error|nonnegative") as found:
        answer.result()
    assert "called(*given)" in "".join(found.value.__notes__)  # where it was raised over there
    assert apart.ask("math:sqrt", 4).result() == 2.0


def test_what_cannot_be_carried_over_is_said_to_be(apart: Apart) -> None:
    with pytest.raises(MatchingError, match="cannot be carried over"):
        apart.ask("threading:Lock").result()


def test_the_projects_errors_come_over_as_they_are() -> None:
    process = Apart("raises")
    try:
        with pytest.raises(GateError, match=r"^names: two$") as found:
            process.ask("test_apart:refuse").result()
        assert found.value.table == "names"
    finally:
        process.close()


def refuse() -> None:
    raise GateError("names", "two")


def test_a_killed_process_is_an_error_that_says_so() -> None:
    process = Apart("does sums")
    answer = process.ask("time:sleep", 60)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(MatchingError, match=r"the process that does sums ended before it answered \(signal 9\)"):
        answer.result()
    assert not process.is_usable
    process.close()


HUNG = r"the process that hangs did not answer within 0\.5 s.*matching run resume.*answer_timeout_s"


@pytest.mark.usefixtures("impatient")
def test_a_process_that_does_not_answer_in_time_is_killed_and_the_error_says_what_to_do() -> None:
    process = Apart("hangs")
    answer = process.ask("time:sleep", 600)
    with pytest.raises(MatchingError, match=HUNG):
        answer.result()
    assert not process.is_usable
    assert not is_running(process.pid)
    with pytest.raises(MatchingError, match=HUNG):
        process.ask("math:sqrt", 4)
    process.close()


@pytest.mark.usefixtures("impatient")
def test_a_stopped_process_holds_up_neither_who_waits_nor_who_asks_more_than_a_socket_holds() -> None:
    for asks in (1, 4):
        process = Apart("hangs")
        assert process.ask("math:sqrt", 4).result() == 2.0
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(MatchingError, match=HUNG):
            [process.ask("builtins:len", b"x" * 100_000 * asks**2) for _ in range(asks)][-1].result()
        assert not is_running(process.pid)
        process.close()


@pytest.mark.usefixtures("impatient")
def test_a_larger_table_has_longer_in_proportion() -> None:
    process = Apart("sleeps")
    assert process.ask("time:sleep", 1, rows=10 * ROWS_OF_IT).result() is None
    process.close()


def test_a_process_that_was_closed_is_not_kept_for_forks_to_come() -> None:
    process = Apart("does sums")
    process.close()
    kept = weakref.ref(process)
    del process
    gc.collect()
    assert kept() is None


def test_closing_ends_it_though_it_is_busy() -> None:
    process = Apart("sleeps")
    process.ask("time:sleep", 60)
    process.close()
    assert not is_running(process.pid)


def test_a_process_whose_asker_was_killed_ends_by_itself() -> None:
    code = (
        "import os, signal, sys; from matching.apart import Apart; process = Apart('sleeps');"
        "process.ask('time:sleep', 600); process.ask('math:sqrt', 4); print(process.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    asker = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert asker.returncode == -signal.SIGKILL
    deadline = time.monotonic() + WAIT_S
    while is_running(int(asker.stdout)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(int(asker.stdout))


def test_a_fork_of_the_asker_neither_uses_it_nor_keeps_it() -> None:
    code = """
import os, sys
from matching.apart import Apart
process = Apart("does sums")
child = os.fork()
if child == 0:
    os._exit(process.is_usable)
assert os.waitpid(child, 0)[1] == 0
print(process.ask("math:sqrt", 4).result())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.0\n", "")

"""A process beside this one, for work that would keep this one waiting: it is asked, and answers later.

Enters: the name of a function (``package.module:function``) and what to call it with. Leaves: an ``Answer``, to be had when
it is needed. The process is asked in order and lives until this one closes it or ends, however it ends: it reads what it
is asked over a socket, and ends when nobody holds the other end. One that does not answer in the time it is allowed is
killed, and whoever waits for it is told: no run hangs over it.

Decision: not ``concurrent.futures``. Its processes hold both ends of their queue, so that a kill -9 leaves them waiting
for ever, and they import the script that started them before anything else. A thread instead would share the
interpreter lock, and what is asked here (imports of 4 s, loops over words) never lets go of it.
"""

import atexit
import importlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any
from weakref import WeakSet

from matching import garbage
from matching.errors import MatchingError

_SERVE = "import sys; sys.path[:] = sys.argv[2:]; from matching.apart import serve; serve(int(sys.argv[1]))"
_END_S = 5
_TICK_S = 1.0
ANSWER_S = 600.0
"""Seconds that an answer may take (setting ``answer_timeout_s``). The longest known, a process that compiles every loop and
then normalises its 60,000 records, takes 100 s of processor: ten minutes are for machines that are slow or busy."""
ROWS_OF_IT = 1_000_000
"""Rows up to which a table is answered for in that time; a larger one has more, in proportion."""


class _Process:
    """What holds for this process: how long it waits for those beside it, and which it has. One limit, as a machine's is:
    handed through every gate and every stage, it would be in the signature of all that ever asks."""

    def __init__(self) -> None:
        self.answer_s = ANSWER_S
        self.open: WeakSet[Apart] = WeakSet()

    def forked(self) -> None:
        for apart in self.open:
            apart.let_go()


_THIS = _Process()
# Once and not for each: a function registered here is kept for ever, and all that it holds.
os.register_at_fork(after_in_child=_THIS.forked)


def allow(seconds: float) -> None:
    """Wait no longer than ``seconds`` for an answer from now on (see ROWS_OF_IT for tables that are larger)."""
    _THIS.answer_s = seconds


class Apart:
    """One process. ``what`` says for messages what it does, as in `checks tables`. It starts at once, without waiting."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._owner = os.getpid()
        self._lock = threading.RLock()
        self._answers: dict[int, tuple[bool, Any]] = {}
        self._asked = 0
        self._awaited: dict[int, int] = {}
        self._hung_s: float | None = None
        self._end, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- this interpreter, with this project's code
                [
                    sys.executable,
                    "-P",
                    *(f"-W{option}" for option in sys.warnoptions),
                    "-c",
                    _SERVE,
                    str(theirs.fileno()),
                    *sys.path,
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # this one's standard output is data
            )
        atexit.register(self.close)
        _THIS.open.add(self)

    @property
    def is_usable(self) -> bool:
        """Whether it still runs, and belongs to this process rather than to the one that this was forked from."""
        return (
            self._owner == os.getpid()
            and not self._end.closed
            and self._hung_s is None
            and self._process.poll() is None
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, function: str, *given: object, rows: int = 0) -> "Answer":
        """Ask for ``function`` (``package.module:function``) of ``given``; what is given and answered must pickle.

        ``rows`` is the size of the table it is about, by which the answer may take longer. Raises MatchingError where the
        process has ended, or takes nothing in.
        """
        with self._lock:
            number = self._asked
            self._asked += 1
            try:
                with self._within(rows):
                    self._end.send((number, function, given))
            except (OSError, ValueError) as error:
                raise self._ended() from error
            self._awaited[number] = rows
        return Answer(self, number)

    def answer(self, number: int) -> Any:
        """Wait for the answer with this number; it is had once. Raises MatchingError where it takes longer than is allowed."""
        with self._lock:
            try:
                while number not in self._answers:
                    self._take_in()
            except (OSError, EOFError) as error:
                raise self._ended() from error
            is_good, value = self._answers.pop(number)
        if not is_good:
            raise value
        return value

    def is_answered(self, number: int) -> bool:
        """Whether ``answer`` would not wait."""
        with self._lock:
            try:
                while number not in self._answers and self._end.poll():
                    self._take_in()
            except (OSError, EOFError):
                return True
            return number in self._answers

    def _take_in(self) -> None:
        """Wait for the next answer, whichever it is: what is allowed is for the table that is worked on now."""
        with self._within(next(iter(self._awaited.values()), 0)):
            answered, is_good, value = self._end.recv()
        del self._awaited[answered]
        self._answers[answered] = is_good, value

    @contextmanager
    def _within(self, rows: int) -> Iterator[None]:
        """Kill the process where the block takes longer than is allowed for a table of ``rows``: that ends every wait for it."""
        seconds = _THIS.answer_s * max(1.0, rows / ROWS_OF_IT)
        is_over = threading.Event()
        watch = threading.Thread(target=self._kill_after, args=(seconds, is_over), daemon=True)
        watch.start()
        try:
            yield
        finally:
            is_over.set()
            watch.join()

    def _kill_after(self, seconds: float, is_over: threading.Event) -> None:
        # In ticks, of which a stop of this process (Ctrl+Z) takes one at the most: the other one was stopped as well then.
        left = seconds
        while left > 0:
            tick = min(left, _TICK_S)
            if is_over.wait(tick):
                return
            left -= tick
        self._hung_s = seconds
        self._process.kill()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        atexit.unregister(self.close)
        _THIS.open.discard(self)
        self._end.close()
        if self._owner == os.getpid():
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _ended(self) -> MatchingError:
        try:
            status = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            status = None
        if self._hung_s is not None:
            return MatchingError(
                f"the process that {self.what} did not answer within {self._hung_s:g} s, expected much less, and was killed;"
                " nothing was taken for good, and what was published stays. Try `matching run resume`, or the command"
                " again; where the machine is only slow, set answer_timeout_s higher"
            )
        how = f"signal {-status}" if status is not None and status < 0 else f"exit code {status}"
        # What the system kills, it mostly kills for memory.
        memory = (
            " The machine may have run out of memory: give it more, or fewer lists."
            if status == -signal.SIGKILL
            else ""
        )
        return MatchingError(
            f"the process that {self.what} ended before it answered ({how}); nothing was taken for good.{memory} Try"
            " `matching run resume`, or the command again"
        )

    def let_go(self) -> None:
        """In a process forked from this one: hold it no more, or it would outlive the one that asks it."""
        if not self._end.closed:
            self._end.close()


@contextmanager
def several(what: str, count: int) -> Iterator[list[Apart]]:
    """Give ``count`` processes, which are ended when the block is left, however it is left."""
    processes = [Apart(what) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.close()


@dataclass(frozen=True)
class Answer:
    """What was asked of a process, as it will be answered."""

    _apart: Apart
    _number: int

    def result(self) -> Any:
        """Wait for what the function returned. Raises what it raised; MatchingError where the process ended first."""
        return self._apart.answer(self._number)

    @property
    def is_there(self) -> bool:
        """Whether ``result`` returns or raises at once."""
        return self._apart.is_answered(self._number)


def serve(end: int) -> None:
    """In the process apart: do what is asked over the socket ``end``, in order, until nobody holds its other end."""
    garbage.look_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both; the one that asks ends the other
    connection = Connection(end)
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    while True:
        # Read here and not as it comes: reading imports, and two threads that import wait for each other.
        number, function, given = pickle.loads(asked.get())  # noqa: S301 -- from the process that started this one
        _send(connection, number, *_done(function, given))


def _listen(connection: Connection, asked: "queue.SimpleQueue[bytes]") -> None:
    """Take what is asked as it comes, so that nobody waits to ask; end the process with the one that asks."""
    while True:
        try:
            asked.put(connection.recv_bytes())
        except (EOFError, OSError):
            os._exit(0)


def _done(function: str, given: tuple[object, ...]) -> tuple[bool, object]:
    try:
        module, _, name = function.partition(":")
        called: Callable[..., object] = getattr(importlib.import_module(module), name)
        return True, called(*given)
    except MatchingError as error:
        return False, error
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        return False, error


def _send(connection: Connection, number: int, is_good: bool, value: object) -> None:
    try:
        data = pickle.dumps((number, is_good, value))
        if not is_good:
            pickle.loads(data)  # noqa: S301 -- an error may pickle and not come back
    except Exception:
        told = "".join(getattr(value, "__notes__", [])) or repr(type(value))
        data = pickle.dumps((number, False, MatchingError(f"an answer that cannot be carried over: {told}")))
    try:
        connection.send_bytes(data)
    except OSError:
        os._exit(0)

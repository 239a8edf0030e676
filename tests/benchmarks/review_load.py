"""Twenty reviewers for a minute while runs are published, and a server killed at random: is every decision there?

    python tests/benchmarks/review_load.py [sqlite|postgresql] [seconds]

Prints what the reviewers were answered, the slowest answer, and how many decisions were acknowledged and found.
"""

import random
import socket
import time
from collections.abc import Callable
from pathlib import Path

import review_stores  # first: it says where the helpers of the tests lie
from invented_cases import run_of, take_in
from many_reviewers import Server, assert_nothing_lost, publish_again, work

from matching.review.store import open_store

CASES = 2_000
REVIEWERS = 20
BETWEEN_RUNS_S, BETWEEN_KILLS_S = 8, 6


def publishing(server: Server, seconds: float) -> Callable[[], None]:
    """Publish another run every few seconds."""

    def meanwhile() -> None:
        end, number = time.monotonic() + seconds, 1
        while time.monotonic() < end:
            time.sleep(BETWEEN_RUNS_S)
            publish_again(server.workspace, CASES, number)
            number += 1

    return meanwhile


def killing(server: Server, seconds: float) -> Callable[[], None]:
    """Kill the server at random moments, and start it again."""
    moments = random.Random(6)

    def meanwhile() -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(moments.uniform(0, BETWEEN_KILLS_S))
            server.kill()
            server.start()
        time.sleep(2)

    return meanwhile


def measure(url: str, folder: Path, seconds: float) -> None:
    """Do both, one after the other, on the same store."""
    store = open_store(url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(url=url, workspace=folder / "workspace", port=free.getsockname()[1])
    take_in(store, server.workspace, run_of(range(CASES)), "run-0000")
    server.start()
    try:
        for what in (publishing, killing):
            told = work(server, store, reviewers=REVIEWERS, meanwhile=what(server, seconds))
            assert_nothing_lost(store, told)
            answers = dict(sorted(told.answers.items()))
            print(f"{store.engine.dialect.name}, {what.__name__}: {len(told.tokens)} decisions acknowledged, all there;"
                  f" answers {answers}; slowest {told.slowest_s:.1f} s")  # fmt: skip
    finally:
        server.kill()
        store.close()


if __name__ == "__main__":
    review_stores.on_database(measure, usual=60)

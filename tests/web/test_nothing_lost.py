"""Nothing that was acknowledged is lost: many reviewers at once, runs published meanwhile, the server killed.

Short here; tests/benchmarks/review_load.py does it with 20 reviewers for a minute.
"""

import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from invented_cases import run_of, take_in
from many_reviewers import Server, assert_nothing_lost, publish_again, work

from matching.review.store import Store

CASES = 300


@pytest.fixture
def server(store: Store, store_url: str, tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    take_in(store, tmp_path / "workspace", run_of(range(CASES)), "run-0000")
    running = Server(url=store_url, workspace=tmp_path / "workspace", port=port)
    running.start()
    yield running
    running.kill()


def test_twenty_reviewers_and_a_pipeline_that_publishes(server: Server, store: Store) -> None:
    def meanwhile() -> None:
        for number in range(1, 4):
            time.sleep(1)
            publish_again(server.workspace, CASES, number)
        time.sleep(1)

    assert_nothing_lost(store, work(server, store, reviewers=20, meanwhile=meanwhile))


def test_a_server_killed_at_random_moments_loses_nothing_acknowledged(server: Server, store: Store) -> None:
    moments = random.Random(6)

    def meanwhile() -> None:
        for _ in range(2):
            time.sleep(moments.uniform(0.5, 1.5))
            server.kill()
            server.start()
        time.sleep(1)

    assert_nothing_lost(store, work(server, store, reviewers=6, meanwhile=meanwhile))

"""Many reviewers at once against a server in a process of its own: what was acknowledged, what was answered."""

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
from invented_cases import publish, run_of
from sqlalchemy import func, select

from matching.review import audit, schema, sessions
from matching.review.people import add_user
from matching.review.store import Store

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """`matching review serve` in a process that can be killed."""

    url: str
    workspace: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = os.environ | {
            "MATCHING_REVIEW_DATABASE": self.url, "MATCHING_WORKSPACE": str(self.workspace), "PYTHONPATH": str(ROOT),
            "MATCHING_REVIEW_DOUBLE_SHARE": "0",
        }  # fmt: skip
        command = [sys.executable, "-m", "matching", "review", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(1200):
            try:
                httpx.get(f"{self.address}/sign-in", timeout=5)
            except httpx.TransportError:
                assert self.process.poll() is None, self.process.stderr and self.process.stderr.read()
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()


@dataclass
class Told:
    """What the reviewers were told: tokens of acknowledged decisions, answers by status, slowest answer in seconds."""

    tokens: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0


def cookies(store: Store, count: int) -> list[str]:
    """Sessions of ``count`` reviewers."""
    names = [f"reviewer-{number}" for number in range(count)]
    for name in names:
        add_user(store, name, role="reviewer", codes=["TLP:GREEN"], password=None, by="test")
    return [sessions.begin_vouched(store, name, lasts=timedelta(hours=1)) for name in names]


def review(server: Server, cookie: str, stop: threading.Event, told: Told) -> None:
    """Work the queue until ``stop``; what a killed server did not answer is sent again, as a browser's reload does."""
    with httpx.Client(base_url=server.address, cookies={"matching_review": cookie}, timeout=120) as client:
        csrf = ""
        while not stop.is_set():
            if not csrf:
                csrf = _found(r'name="csrf" value="([^"]+)"', _ask(client, told, "GET", "/").text)
            taken = _ask(client, told, "POST", "/next", {"csrf": csrf})
            path = taken.headers.get("location", "/")
            if not path.startswith("/case/"):
                time.sleep(0.05)
                continue
            page = _ask(client, told, "GET", path).text
            token = _found(r'name="token" value="([^"]+)"', page)
            if not token:
                continue
            form = {
                "csrf": csrf, "verdict": "different", "reason": "birth_differs", "token": token,
                "evidence": _found(r'name="evidence" value="([^"]+)"', page),
            }  # fmt: skip
            if _ask(client, told, "POST", f"{path}/judge", form).status_code == 303:
                told.tokens.append(token)


def _ask(
    client: httpx.Client, told: Told, method: str, path: str, form: dict[str, str] | None = None
) -> httpx.Response:
    while True:
        start = time.perf_counter()
        try:
            answer = client.request(method, path, data=form)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        told.answers[answer.status_code] += 1
        told.slowest_s = max(told.slowest_s, time.perf_counter() - start)
        return answer


def _found(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    return found[1] if found else ""


def work(server: Server, store: Store, *, reviewers: int, meanwhile: Callable[[], None]) -> Told:
    """Let ``reviewers`` work while ``meanwhile`` runs; returns what they were told together."""
    stop, tolds = threading.Event(), [Told() for _ in range(reviewers)]
    threads = [
        threading.Thread(target=review, args=(server, cookie, stop, told))
        for cookie, told in zip(cookies(store, reviewers), tolds, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return Told(
        tokens=[token for told in tolds for token in told.tokens],
        answers=sum((told.answers for told in tolds), Counter()),
        slowest_s=max(told.slowest_s for told in tolds),
    )


def publish_again(root: Path, cases: int, number: int) -> None:
    """Publish another run over ``cases`` persons, in which one record changed."""
    publish(root, run_of(range(cases), left={number % cases: {"marks": f"scar {number}"}}), f"run-{number:04}")


def assert_nothing_lost(store: Store, told: Told) -> None:
    """Every acknowledged decision is there, none is there twice, the chain holds, and nobody saw a failure."""
    with store.reading() as connection:
        tokens = list(connection.execute(select(schema.judgements.c.token)).scalars())
        twice = connection.execute(
            select(schema.judgements.c.case_id)
            .group_by(schema.judgements.c.case_id, schema.judgements.c.evidence_hash)
            .having(func.count() > 1)
        ).all()
        assert audit.verify(connection).problems == ()
    assert told.tokens
    assert set(told.tokens) - set(tokens) == set()
    assert len(tokens) == len(set(tokens))
    assert twice == [], "one verdict per case and evidence: `different` is decided by one person"
    assert {status for status in told.answers if status not in (200, 303, 409)} == set()

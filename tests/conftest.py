"""Fixtures shared by every layer."""

import contextlib
import multiprocessing
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import gates_that_hold
import pytest
from command_line import Demo, matching
from hypothesis import settings
from invented_lists import OwnLists, list_lines
from store_fixtures import (
    database_url,
    migrated,
    migrated_database,
    postgres_port,
    quick_passwords,
    sqlite_store,
    store,
    store_url,
)

__all__ = [
    "database_url",
    "migrated",
    "migrated_database",
    "postgres_port",
    "quick_passwords",
    "sqlite_store",
    "store",
    "store_url",
]

settings.register_profile("untimed", deadline=None)  # how long an example takes, a busy machine decides
settings.load_profile("untimed")

LONGEST = ("install", "dags")  # marks of tests that take minutes: begun last, one would run alone


@pytest.hookimpl(trylast=True)  # after they are shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have the longest tests."""
    first: dict[Path, int] = {}
    for item in items:
        first[item.path] = min(_place(item), first.get(item.path, len(LONGEST)))
    items.sort(key=lambda item: first[item.path])


def _place(item: pytest.Item) -> int:
    marks = [mark for mark in LONGEST if item.get_closest_marker(mark)]
    return LONGEST.index(marks[0]) if marks else len(LONGEST)


SHARED = Path(os.environ.get("MATCHING_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real payloads and yardsticks; the test is skipped, visibly, where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"real payloads are absent: no {SHARED}/data (set MATCHING_SHARED)")
    return SHARED


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """`matching demo`, run once: tests that change its workspace take a copy (``demo_workspace``)."""
    folder = tmp_path_factory.mktemp("demo")
    with contextlib.chdir(folder):
        answer = matching("demo", "--verbose")
    return Demo(answer=answer, workspace=folder / "workspace-demo")


@pytest.fixture
def demo_workspace(demo: Demo, tmp_path: Path) -> Path:
    """A copy of the demo's workspace, to change."""
    return Path(shutil.copytree(demo.workspace, tmp_path / "demo"))


@pytest.fixture(scope="session")
def _published_own_lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = OwnLists(tmp_path_factory.mktemp("own_lists"))
    own.prepare()
    own.pipeline().run()
    return own.folder


@pytest.fixture
def own_lists(_published_own_lists: Path, tmp_path: Path) -> OwnLists:
    """Two lists of a user's own, taken in, run and published: a copy, to change."""
    return OwnLists(Path(shutil.copytree(_published_own_lists, tmp_path / "own")))


@pytest.fixture
def publisher() -> Iterator[str]:
    """The address of a server on this machine: /list.csv is a list, /error.html a page, all else 404."""
    served = {"/list.csv": "\n".join(list_lines(range(10))), "/error.html": "<html><body>Maintenance</body></html>"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def processes() -> multiprocessing.context.ForkServerContext:
    """Processes of their own that find everything imported: they are forked from a server that has done it once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["matching.pipeline", "gates_that_hold"])
    return context


@pytest.fixture
def quick_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gates without Great Expectations; see tests/gates_that_hold.py."""
    gates_that_hold.patch(monkeypatch)

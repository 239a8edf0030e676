"""The application served on this machine for a test, in a thread; and a browser without scripts to ask it."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from matching.review.store import Store
from matching.web.app import create_app
from matching.web.site import Site


def site(store: Store, workspace: Path, **given: Any) -> Site:
    defaults: dict[str, Any] = {"double_share": 0.0, "session_lasts": timedelta(hours=1)}
    return Site(store=store, workspace=workspace, **defaults | given)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI application; gives its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", proxy_headers=False, server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def served_store(store: Store, workspace: Path, **given: Any) -> Iterator[str]:
    """Serve the application over a store."""
    with served(create_app(site(store, workspace, **given))) as address:
        yield address


@dataclass
class Caller:
    """One user's browser, without scripts: keeps cookies and the token of its forms."""

    client: httpx.Client
    csrf: str = ""

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.client.get(path, **given)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf, **fields})

    def sign_in(self, name: str, password: str) -> httpx.Response:
        answer = self.client.post("/sign-in", data={"name": name, "password": password})
        if answer.status_code == 303:
            self.csrf = token_of(self.get("/").text)
        return answer


def token_of(page: str) -> str:
    """The token of a page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return found[1] if found else ""


@contextmanager
def caller(address: str, **given: Any) -> Iterator[Caller]:
    with httpx.Client(base_url=address, timeout=60, **given) as client:
        yield Caller(client)

"""Serving the application on its own, and keeping its queue in step with the published run.

Enters: settings. Leaves: a running server. A thread looks every few seconds whether another run was published and takes it
in; any number of servers may do so over one store.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from matching.errors import UsageError
from matching.log import event
from matching.review.published import Published
from matching.review.store import Store
from matching.review.sync import is_current, is_taken_in, sync
from matching.web.app import create_app
from matching.web.site import Site
from matching.workspace import Workspace

EVERY_S = 5.0


def take_in_if_new(site: Site) -> bool:
    """Take in the published run unless it is the one taken in last; before the first run there is nothing to do.

    Returns whether the queue is in step then: not while another server takes the run in, or died doing so.
    """
    workspace = Workspace(site.workspace)
    run_id = workspace.published_run()
    if run_id is None:
        return True
    if not is_current(site.store, run_id):
        sync(site.store, Published.of(workspace), double_share=site.double_share)
    return is_taken_in(site.store, run_id)


@contextmanager
def in_step(site: Site, *, every_s: float = EVERY_S) -> Iterator[None]:
    """Keep the queue in step with what is published, until the end of the block."""
    stop, thread = keep_in_step(site, every_s=every_s)
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def keep_in_step(site: Site, *, every_s: float = EVERY_S) -> tuple[threading.Event, threading.Thread]:
    """Start to keep the queue in step; returns what ends it, and the thread that does it."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            try:
                if take_in_if_new(site):
                    site.intake.succeeded()
            except Exception as error:
                # The run is being replaced or damaged, the database restarts: the queue stays until the next look.
                event("run_not_reviewed", level=30, reason=type(error).__name__)
                site.intake.failed()
            stop.wait(every_s)

    thread = threading.Thread(target=work, name="review-in-step", daemon=True)
    thread.start()
    return stop, thread


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port``. Raises UsageError where it cannot, as on a port in use."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":  # a server that was just ended leaves its port for a minute
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}, port {port}: {error.strerror}. Give another --port or --host, or end what listens"
            " there"
        ) from error
    return listener


class Below:
    """An application whose pages are below a path, as browsers see them: whether or not the proxy takes the path away."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the path it has before the proxy."""
        if self.root and scope["type"] in ("http", "websocket"):
            path = scope["path"]
            is_whole = path == self.root or path.startswith(f"{self.root}/")
            scope = {**scope, "root_path": self.root, "path": path if is_whole else self.root + path}
        await self.app(scope, receive, send)


def serve(site: Site, store: Store, listener: socket.socket) -> None:
    """Serve on ``listener`` until interrupted."""
    # No proxy headers: whom a header may speak for is decided by address in proxies.py.
    config = uvicorn.Config(
        Below(create_app(site), site.root_path), log_level="warning", proxy_headers=False, server_header=False
    )
    with in_step(site), listener, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    store.close()

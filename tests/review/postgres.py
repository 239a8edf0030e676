"""PostgreSQL for the tests: Debian's server started for the session, a database of its own for each test."""

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pg8000.native
from sqlalchemy import text

from matching.review import schema
from matching.review.store import Store


def binaries() -> Path | None:
    """Folder of PostgreSQL's programs, None where no server is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or [
        Path(p) for p in [shutil.which("postgres")] if p
    ]
    return found[-1].parent if found else None


@contextmanager
def server(folder: Path, *, is_durable: bool = False) -> Iterator[int]:
    """Run a server in ``folder``, as user postgres if this is root; gives its port on 127.0.0.1.

    Not durable: a power cut would lose commits, which most tests do not wait for.
    """
    programs = binaries()
    assert programs is not None
    user = "postgres" if os.geteuid() == 0 else None
    folder.mkdir(parents=True)
    if user:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, options = (
        folder / "data",
        f"-p {port} -k {folder} -h 127.0.0.1 -c fsync={'on' if is_durable else 'off'} -c max_connections=200",
    )
    quiet = {"check": True, "user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--locale=C.UTF-8"], **quiet)
    subprocess.run([programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"], **quiet)
    try:
        yield port
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], **quiet)


def fresh_database(port: int) -> str:
    """Make an empty database and return its URL."""
    name = f"review_{uuid.uuid4().hex[:12]}"
    connection = pg8000.native.Connection("postgres", host="127.0.0.1", port=port, database="postgres")
    try:
        connection.run(f"CREATE DATABASE {name}")
    finally:
        connection.close()
    return f"postgresql://postgres@127.0.0.1:{port}/{name}"


def empty(store: Store) -> None:
    """Empty every table of a store, past the triggers that forbid it: quicker than another database for each test."""
    with store.engine.begin() as connection:
        for table in schema.APPEND_ONLY:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(f"TRUNCATE {', '.join(schema.metadata.tables)} RESTART IDENTITY"))
        for table in schema.APPEND_ONLY:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))

"""The review store: where it is, how it is opened, how it is read and written.

Enters: the settings. Leaves: ``Store``, with its tables made or brought up to date (Alembic, migrations/).

Writers take turns: SQLite by ``BEGIN IMMEDIATE`` with a wait, PostgreSQL by an advisory lock held until the commit. The
audit chain needs an order, and a decision takes milliseconds; whoever reads waits for nobody.
"""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    URL,
    Connection,
    Engine,
    Table,
    Text,
    bindparam,
    cast,
    column,
    create_engine,
    event,
    func,
    insert,
    inspect,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from matching.errors import UsageError, WorkspaceError
from matching.review.location import FILE, is_there, url_of
from matching.review.moment import stamp
from matching.settings import Settings

if TYPE_CHECKING:  # it takes half a second to import, and runs that nobody reviewed yet need none of it
    from alembic.config import Config

WAIT_S = 60
"""How long a writer waits for its turn: a decision takes milliseconds, taking in a chunk of a run some 100."""
MOST_ROWS = 1000
"""Rows of one statement: listings of some kilobytes each, and what a statement may be is a gigabyte."""
TURN = 7_046_203
"""Key of PostgreSQL's advisory lock: any number that nothing else in the database uses."""


def _now() -> datetime:
    return datetime.now(UTC)


class Turns:
    """Turns of the writers of one process, in the order in which they asked.

    SQLite alone lets whoever asks at the right moment in: taking in a run, which asks again at once, would keep people
    waiting for half a minute.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn; it ends with the block."""
        mine = threading.Lock()
        mine.acquire()
        with self._guard:
            if self._is_taken:
                self._waiting.append(mine)
            else:
                self._is_taken = True
                mine.release()
        mine.acquire()
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._is_taken = False


@dataclass(frozen=True, kw_only=True)
class Store:
    """An open review store. ``clock`` gives the time of what is written."""

    engine: Engine
    clock: Callable[[], datetime] = _now
    turns: Turns = field(default_factory=Turns)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read with; what it sees does not change meanwhile (SQLite) or per statement."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are committed together at the end, after everyone whose turn came before."""
        with self.turns.turn(), self.engine.connect() as plain:
            connection = plain.execution_options(takes_turn=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
                yield connection

    def now(self) -> str:
        """Return the time as the store writes it."""
        return stamp(self.clock())

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def insert_many(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``, which name the same columns; nothing where there are none.

    PostgreSQL's driver sends one statement per row and waits for each, and a statement of many rows takes SQLAlchemy far
    longer to write than the database to do: hence all rows as one document, which the database reads by its table's columns.
    SQLite has no way to wait for.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), list(rows))
        return
    names = [table.c[name] for name in rows[0]]
    given = func.json_populate_recordset(
        literal_column(f"NULL::{table.name}"), cast(bindparam("rows", type_=Text), JSON)
    )
    columns: list[Any] = [column(name.name) for name in names]
    read = select(*columns).select_from(given.alias("given"))
    for start in range(0, len(rows), MOST_ROWS):
        document = json.dumps([dict(row) for row in rows[start : start + MOST_ROWS]])
        connection.execute(insert(table).from_select(names, read), {"rows": document})


@contextmanager
def store_there_is(settings: Settings) -> Iterator[Store | None]:
    """Give the store that ``settings`` name, open until the end of the block; None where nobody reviewed anything yet.

    Raises WorkspaceError where it cannot be opened.
    """
    if not is_there(settings):
        yield None
        return
    store = open_store(url_of(settings))
    try:
        yield store
    finally:
        store.close()


def open_store(url: str, *, clock: Callable[[], datetime] = _now, must_exist: bool = False) -> Store:
    """Open the store at ``url`` (SQLAlchemy), making its tables or bringing them up to date.

    Raises UsageError where the URL is none of SQLite's or PostgreSQL's, WorkspaceError where it cannot be opened, or with
    ``must_exist`` where there is none: nothing is made then.
    """
    if must_exist:
        _refuse_none(url)
    engine = _engine(url)
    try:
        if must_exist and not inspect(engine).has_table("alembic_version"):
            raise _none(url)
        with Store(engine=engine).writing() as connection:
            _migrate(connection)
    except WorkspaceError:
        engine.dispose()
        raise
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise WorkspaceError(
            f"the review store {make_url(url).render_as_string()} cannot be opened ({type(error).__name__}): expected a"
            " writable SQLite file or a PostgreSQL database that this user may create tables in. Set review_database"
        ) from error
    return Store(engine=engine, clock=clock)


def _refuse_none(url: str) -> None:
    """Raise WorkspaceError where ``url`` names a file of SQLite's that is not there."""
    path = _file_of(_parsed(url))
    if path is not None and not path.exists():
        raise _none(url)


def _none(url: str) -> WorkspaceError:
    path = _file_of(_parsed(url))
    where = f"workspace {path.parent}" if path is not None and path.name == FILE else _parsed(url).render_as_string()
    return WorkspaceError(
        f"no review store in {where}: run `matching review sync`, `matching review serve` or `matching user add` first,"
        " or give another --workspace"
    )


def _file_of(url: URL) -> Path | None:
    """Return the file of SQLite's that ``url`` names, None for any other database, and one in memory."""
    is_file = url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":", "file:"))
    return Path(str(url.database)) if is_file else None


def migration_config() -> "Config":
    """Return Alembic's configuration: the migrations of this package, nothing read from a file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _migrate(connection: Connection) -> None:
    from alembic import command

    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "review_database is not a database URL: expected one such as postgresql://user@host/name"
        ) from error


_QUIET: dict[str, Any] = {"hide_parameters": True}  # errors reach logs, and values are of persons


def _engine(url: str) -> Engine:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        # pg8000 is the driver under a permissive licence; a pool that outlives a restart of the database.
        return create_engine(
            parsed.set(drivername="postgresql+pg8000"), pool_size=20, max_overflow=20, pool_pre_ping=True, **_QUIET
        )
    if parsed.get_backend_name() != "sqlite":
        raise UsageError(f"review_database is {parsed.get_backend_name()}: expected sqlite or postgresql")
    if (path := _file_of(parsed)) is not None:
        _make_file(path)
    engine = create_engine(
        parsed, pool_size=20, max_overflow=20, connect_args={"timeout": WAIT_S, "check_same_thread": False}, **_QUIET
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_file(path: Path) -> None:
    """Make the file where there is none, for its owner alone; SQLite gives its log and its index the rights of the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise WorkspaceError(f"cannot make {path}: {error.strerror}. Give a file in a writable folder") from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Write-ahead log: readers and the writer do not wait for each other. FULL: a commit survives a power cut."""
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={WAIT_S * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    takes_turn = connection.get_execution_options().get("takes_turn", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if takes_turn else "BEGIN")

"""DuckDB connections, hardened, and the one way to run a file of ``sql/``.

Offline and without surprises: no extension is installed or loaded on demand and the configuration is locked. Queries
go through ``sql()`` relations; a pending ``execute()`` result would own the connection (DuckDB 2.0).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from matching import project
from matching.errors import WorkspaceError
from matching.settings import Settings


@contextmanager
def in_memory(settings: Settings, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a private in-memory database that may spill to the folder ``spill``, with every macro of sql/macros/."""
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        config={
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
    )
    try:
        _make_macros(connection)
        yield connection
    finally:
        connection.close()


def _make_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every macro of sql/macros/; one that uses others is made after them."""
    waiting = [path.read_text(encoding="utf-8") for path in sorted((project.folder("sql") / "macros").glob("*.sql"))]
    while waiting:
        needing = []
        for macro in waiting:
            try:
                connection.sql(macro)
            except duckdb.CatalogException:
                needing.append(macro)
        if len(needing) == len(waiting):
            connection.sql(waiting[0])  # raises what keeps it from being made
        waiting = needing


@contextmanager
def read_only(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database file ``path`` for reading only: no write, no other file, no change of configuration.

    Raises WorkspaceError where it is missing or not a database.
    """
    try:
        connection = duckdb.connect(
            path,
            read_only=True,
            config={
                "enable_external_access": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "lock_configuration": True,
            },
        )
    except duckdb.Error as error:
        raise WorkspaceError(f"{path} cannot be opened: {error}. `matching run` publishes a new one") from error
    try:
        yield connection
    finally:
        connection.close()


def run_file(connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, object] | None = None) -> None:
    """Run ``sql/<name>.sql``: one statement that makes the table of its stem. Values are bound, not formatted."""
    statement = (project.folder("sql") / f"{name}.sql").read_text(encoding="utf-8")
    if parameters:
        connection.execute(statement, dict(parameters)).fetchall()
    else:
        connection.execute(statement).fetchall()


def replace(connection: duckdb.DuckDBPyConnection, table: str, *, by: str) -> None:
    """Put the table ``by`` in the place of ``table``."""
    connection.sql(f"DROP TABLE {table}")
    connection.sql(f"ALTER TABLE {by} RENAME TO {table}")

"""Cases of the files of sql/: small tables in, expected rows out.

A query ``sql/<stage>/<table>.sql`` has its cases in ``tests/sql/<stage>/<table>.yml``: a list of ``case`` (what it
shows), ``given`` (tables) and ``expected`` (rows of the table that the query makes, in its order, or sorted where it has none; columns
left out are not compared). A macro ``sql/macros/<name>.sql`` has one table in ``tests/sql/macros/<name>.yml``: the arguments, then
``returns``. The first row of every table is its header.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from matching import database, project, tables

HERE = Path(__file__).resolve().parent
SQL = project.folder("sql")
READ = (tables.RECORDS, tables.NAMES, tables.NAME_KEYS, tables.BIRTHS, tables.COUNTRIES, tables.IDENTIFIERS)
CONTRACTS = {table.name: table for table in READ}
# Types of columns that a case leaves without a value and no contract names; others hold text.
NUMBERS = {
    "grade",
    "similarity",
    "token_bits",
    "rarity_bits",
    "name_l",
    "name_r",
    "form_l",
    "form_r",
    "position",
    "key",
}
GIVEN = {"key": pl.UInt64}  # types of columns that a value alone does not tell
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case of one query."""

    query: str
    name: str
    given: Mapping[str, Rows]
    expected: Rows

    @property
    def table(self) -> str:
        """The table that the query makes."""
        return self.query.partition("/")[2]

    def backwards(self) -> "Case":
        """The case with the rows of what is given in the other order."""
        return replace(self, given={name: [rows[0], *reversed(rows[1:])] for name, rows in self.given.items()})

    def run(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Load what is given, into an empty database, and run the query."""
        clear(connection)
        for name, rows in self.given.items():
            connection.register(name, frame(name, rows))
        database.run_file(connection, self.query)

    def found(self, connection: duckdb.DuckDBPyConnection) -> list[list[Any]]:
        """The rows made, in the columns expected and in their order: by those columns where the query states none."""
        columns = ", ".join(self.expected[0])
        order = " ORDER BY ALL" if self.is_unordered else ""
        return [list(row) for row in connection.sql(f"SELECT {columns} FROM {self.table}{order}").fetchall()]

    @property
    def is_unordered(self) -> bool:
        """Whether the query says that its rows have no order."""
        return "-- Unordered: " in (SQL / f"{self.query}.sql").read_text(encoding="utf-8")


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop every table and view; macros stay."""
    made = connection.sql("SELECT table_type, table_name FROM information_schema.tables").fetchall()
    for kind, name in made:
        connection.sql(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {name}")


def queries() -> list[str]:
    """Every file of sql/ that makes a table, as ``run_file`` takes it."""
    return [name for name in _files() if not name.startswith("macros/")]


def macros() -> list[str]:
    """Every macro."""
    return [name.partition("/")[2] for name in _files() if name.startswith("macros/")]


def _files() -> list[str]:
    return sorted(path.relative_to(SQL).with_suffix("").as_posix() for path in SQL.rglob("*.sql"))


def cases_of(query: str) -> list[Case]:
    """The cases of ``query``; none where it has no file."""
    path = HERE / f"{query}.yml"
    read = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []
    return [Case(query=query, name=c["case"], given=c["given"], expected=c["expected"]) for c in read]


def calls_of(macro: str) -> list[dict[str, Any]]:
    """The cases of ``macro``: ``case``, its arguments by name, and ``returns``; none where it has no file."""
    path = HERE / "macros" / f"{macro}.yml"
    if not path.exists():
        return []
    header, *rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [dict(zip(header, row, strict=True)) for row in rows]


def frame(name: str, rows: Rows) -> pl.DataFrame:
    """The table ``name`` from a header and rows; columns of its contract that are not given hold nothing."""
    header, *body = rows
    schema = {column: GIVEN.get(column) if _has_value(body, at) else _empty(column) for at, column in enumerate(header)}
    if name in CONTRACTS:
        schema = dict(CONTRACTS[name].schema)
        body = [[dict(zip(header, row, strict=True)).get(column) for column in schema] for row in body]
    return pl.DataFrame(body, schema=schema, orient="row")


def _has_value(body: Rows, at: int) -> bool:
    return any(row[at] is not None for row in body)


def _empty(column: str) -> Any:
    return pl.Float64 if column in NUMBERS else pl.String


def rounded(value: Any) -> Any:
    """``value`` with every float in it rounded to what a case states."""
    if isinstance(value, float):
        return round(value, 4)
    return [rounded(item) for item in value] if isinstance(value, list | tuple) else value

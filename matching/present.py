"""What the command line prints: tables for people, frames for programs."""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import duckdb
import polars as pl
import polars.selectors as cs
import typer
from rich.console import Console
from rich.table import Table as RichTable

from matching import database
from matching.errors import MatchingError, UsageError
from matching.report import summary, words
from matching.tables import LEDGER, MATCHES, NAMES, TABLES
from matching.workspace import Workspace, read_table

if TYPE_CHECKING:  # these take a second to import, and `matching --help` needs none of them
    from matching.ingest import Ingested
    from matching.sources.snapshots import Snapshot
    from matching.sources.spec import Source


class ListFormat(StrEnum):
    """Formats of listings."""

    table = "table"
    json = "json"
    csv = "csv"


SHOWN_MATCHES = 20
"""How many matches a run prints; the report and `matching export matches` have them all."""


def error(problem: MatchingError) -> None:
    """Print a problem to standard error."""
    typer.echo(f"matching: {problem}", err=True)


def ingested(results: "Iterable[Ingested]") -> None:
    """Print what was taken in, and warnings, to standard error."""
    for one in results:
        what = "unchanged" if one.is_unchanged else "taken in"
        typer.echo(
            f"{one.source_id}: {what}, snapshot {one.snapshot_id[:12]} of {one.retrieved_at:%Y-%m-%d %H:%M} UTC,"
            f" {one.entries} entries, {one.persons} persons, {one.quarantined} quarantined",
            err=True,
        )
        for warning in one.warnings:
            typer.echo(f"{one.source_id}: warning: {warning}", err=True)


def sources(found: "Sequence[tuple[Source, Snapshot | None]]") -> pl.DataFrame:
    """One row per source: what it is, and its last snapshot."""
    return pl.DataFrame(
        [
            {
                "source": source.id,
                "title": source.title,
                "country": source.authority_country,
                "kind": source.listing_kind,
                "enabled": source.enabled,
                "snapshot": snapshot.snapshot_id[:12] if snapshot else None,
                "retrieved_at": f"{snapshot.retrieved_at:%Y-%m-%dT%H:%MZ}" if snapshot else None,
                "entries": snapshot.counts["entries"] if snapshot else None,
                "persons": snapshot.counts["persons"] if snapshot else None,
                "quarantined": snapshot.counts["quarantined"] if snapshot else None,
            }
            for source, snapshot in found
        ],
        infer_schema_length=None,
    )


def run(folder: Path) -> None:
    """Print the stages of the run in ``folder`` and its first matches."""
    stages = summary.stage_rows(read_table(folder, LEDGER)).with_columns(pl.col("seconds").round(2))
    _print(stages, "stages")
    matches = summary.with_names(summary.in_order(read_table(folder, MATCHES)), read_table(folder, NAMES))
    rows = matches.head(SHOWN_MATCHES).select(
        pl.col("match_probability").map_elements(words.probability, return_dtype=pl.String).alias("probability"),
        "record_id_l",
        "title_l",
        "record_id_r",
        "title_r",
        kind="group",
    )
    shown = f"the first {SHOWN_MATCHES} of {matches.height} matches" if matches.height > SHOWN_MATCHES else "matches"
    _print(rows, f"{shown}: leads for review, not findings")


def frame(rows: pl.DataFrame, as_: str) -> None:
    """Print ``rows`` as a table, CSV or JSON."""
    if as_ == "csv":
        sys.stdout.write(flat(rows).write_csv())
    elif as_ == "json":
        sys.stdout.write(rows.write_json() + "\n")
    else:
        _print(rows, None)


def flat(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn nested columns into JSON text."""
    nested = [name for name, dtype in rows.schema.items() if dtype.is_nested()]
    if not nested:
        return rows
    columns = ", ".join(f'to_json("{name}")::VARCHAR AS "{name}"' for name in nested)
    with duckdb.connect() as connection:
        flattened: pl.DataFrame = connection.from_arrow(rows.to_arrow()).select(f"* REPLACE ({columns})").pl()
    return flattened


def export(workspace: Workspace, name: str, as_: str, *, output: Path | None) -> None:
    """Write the table ``name`` of the published run to ``output`` or standard output."""
    if name not in TABLES:
        raise UsageError(f"no table {name}: give one of {', '.join(TABLES)}")
    rows = read_table(workspace.published_folder(), TABLES[name])
    if output is None:
        _export(rows, as_, sys.stdout.buffer)
        return
    try:
        with output.open("wb") as target:
            _export(rows, as_, target)
    except OSError as problem:
        raise UsageError(f"cannot write {output}: {problem.strerror}. Give a file in a writable folder") from problem


def _export(rows: pl.DataFrame, as_: str, target: BinaryIO) -> None:
    if as_ == "parquet":
        rows.write_parquet(target)
    elif as_ == "json":
        target.write(rows.write_json().encode())
    else:
        flat(rows).write_csv(target)


def session(path: Path, query: str | None, as_: str) -> None:
    """Answer ``query``, or what standard input asks, over the database at ``path``.

    A person is answered line by line, and goes on after a query that failed; a script's statements end with a
    semicolon, and the first that fails ends it.
    """
    with database.read_only(path) as connection:
        if query is None and sys.stdin.isatty():
            _converse(connection, as_)
        else:
            for statement in _statements(connection, sys.stdin.read() if query is None else query):
                _answer(connection, statement, as_)


def _converse(connection: duckdb.DuckDBPyConnection, as_: str) -> None:
    while True:
        try:
            line = input("matching> ").strip()
        except EOFError:
            return
        if line.rstrip(";") in ("exit", "quit", ".quit", ".exit"):
            return
        try:
            for statement in _statements(connection, line):
                _answer(connection, statement, as_)
        except UsageError as problem:
            error(problem)


def _statements(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    try:
        return [statement.query for statement in connection.extract_statements(text)]
    except duckdb.Error as problem:
        raise UsageError(f"the query failed: {problem}") from problem


def _answer(connection: duckdb.DuckDBPyConnection, query: str, as_: str) -> None:
    try:
        answer = connection.sql(query)
        rows = answer.pl() if answer is not None else pl.DataFrame()
    except duckdb.Error as problem:
        raise UsageError(f"the query failed: {problem}") from problem
    frame(rows.with_columns(cs.datetime(time_zone="*").dt.convert_time_zone("UTC")), as_)


def _print(rows: pl.DataFrame, title: str | None) -> None:
    table = RichTable(title=title, title_justify="left")
    for name, dtype in rows.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in rows.iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False).print(table)

"""``matching names …``: compare names across scripts and spellings, and see why."""

import csv
import gzip
import io
import os
import zlib
from collections import Counter
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from matching.errors import UsageError

_MOST_SHOWN = 8  # keys of a name under a rule

names_app = typer.Typer(no_args_is_help=True, help="Compare names across scripts and spellings, and see why.")


@names_app.command("compare")
def compare(
    pairs: Annotated[Path, typer.Argument(metavar="PAIRS", help="CSV (may be gzipped) with two columns of names.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV to write: score and explanation per row.")],
    left: Annotated[str, typer.Option(help="Column of the one name.")] = "name_a",
    right: Annotated[str, typer.Option(help="Column of the other name.")] = "name_b",
) -> None:
    """Score pairs of names: one row out per row in, in the same order; score in [0, 1] and an explanation.

    Example: matching names compare pairs.csv -o scores.csv --left name_a --right name_b
    """
    from matching.normalise.compare import compare_names  # its learned data take half a second to load

    _check_output(output, pairs)
    names = _read(pairs, (left, right))
    scored = compare_names(*names)
    _write(scored.select("score", "explanation"), output)
    typer.echo(f"{scored.height} pairs scored to {output}", err=True)


@names_app.command("explain")
def explain(
    name: Annotated[str, typer.Argument(help="A name in any script.")],
    other: Annotated[str | None, typer.Argument(help="Another, to compare it with.")] = None,
) -> None:
    """Show how a name is read: script, romanisation, tokens, what is set aside, blocking keys; and how it compares with another.

    Example: matching names explain "Юсуп Абдулаев" "Yousuf Abdullayev"
    """
    from matching.normalise.compare import compare_names
    from matching.normalise.names import read_forms

    name = name.encode(errors="replace").decode()  # a terminal may hand over bytes that are no characters
    other = other.encode(errors="replace").decode() if other else None
    for row in read_forms(pl.Series([name, *([other] if other else [])])).iter_rows(named=True):
        typer.echo(f"{row['form']}: {row['script']}, read as {row['romanised']}")
        typer.echo(f"  tokens {', '.join(row['tokens'])}; skeletons {', '.join(row['skeletons'])}")
        if row["particles"]:
            typer.echo(f"  set aside {', '.join(row['particles'])}")
        for line in _keys(row["form"]):
            typer.echo(f"  {line}")
    if other:
        score, why = compare_names([name], [other]).select("score", "explanation").row(0)
        typer.echo(f"score {score:.4f}: {why}")


def _keys(form: str) -> list[str]:
    """One line per rule of blocking: its keys, the likeliest first, each with how likely it is that of the name."""
    from matching.normalise.keys import name_keys
    from matching.normalise.sounds import show_code

    made = name_keys(pl.Series([form])).sort("weight", "key", descending=[True, False]).rows_by_key("rule", named=True)
    return [
        f"keys {rule}: "
        + ", ".join(
            f"{show_code(row['key']) if rule == 'word' else format(row['key'], 'x')} ({row['weight']:.2f})"
            for row in rows[:_MOST_SHOWN]
        )
        + (f" and {len(rows) - _MOST_SHOWN} more" if len(rows) > _MOST_SHOWN else "")
        for rule, rows in sorted(made.items())
    ]


def _check_output(output: Path, pairs: Path) -> None:
    if not output.absolute().parent.is_dir():
        raise UsageError(
            f"cannot write {output}: there is no folder {output.parent}. Make it, or give another file with -o"
        )
    if output.is_dir():
        raise UsageError(f"cannot write {output}: it is a folder. Give a file with -o")
    if output.exists() and pairs.exists() and output.samefile(pairs):
        raise UsageError(f"{output} is the file of pairs itself, which would be lost: give another file with -o")


def _write(scored: pl.DataFrame, output: Path) -> None:
    """Write ``scored``, or nothing: a file beside it takes its name when it is whole. A pipe is written to as it is."""
    is_file = output.is_file() or not output.exists()
    target = output.with_name(f".{output.name}.{os.getpid()}.part") if is_file else output
    try:
        scored.write_csv(target)
        if is_file:
            target.replace(output)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror or error}. Give another file with -o") from error
    finally:
        if is_file:
            target.unlink(missing_ok=True)


def _read(path: Path, columns: tuple[str, str]) -> list[list[str]]:
    """Return the names in each of ``columns``, by row. Empty lines are no rows."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        places = _places(path, header, columns)
        names: list[list[str]] = [[] for _ in columns]
        for row in reader:
            if row and len(row) != len(header):
                raise UsageError(
                    f"{path} has {len(row)} fields in the row that ends in line {reader.line_num}, where its header has"
                    f" {len(header)}: put names with a comma in double quotes, or give as many fields in every row"
                )
            for place, listed in zip(places, names, strict=True):
                listed += row[place : place + 1]
    except csv.Error as error:
        raise UsageError(
            f"{path} is no CSV in line {reader.line_num}: {error}. Fields are parted by commas; a field with a double quote"
            " in it stands in double quotes, the inner one doubled"
        ) from error
    return names


def _places(path: Path, header: list[str], columns: tuple[str, str]) -> list[int]:
    if not header:
        raise UsageError(f"{path} is empty: give a CSV file with a header and the columns {', '.join(columns)}")
    missing = [column for column in columns if column not in header]
    if missing:
        raise UsageError(
            f"{path} has no column {', '.join(missing)}: it has {', '.join(header)}; name them with --left, --right"
        )
    several = [column for column, count in Counter(header).items() if count > 1 and column in columns]
    if several:
        raise UsageError(f"{path} has more than one column {', '.join(several)}: rename all but one")
    return [header.index(column) for column in columns]


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot read {path}: {reason}. Give a CSV file, as it is or gzipped") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{path} is in UTF-16, UTF-8 was expected: convert it (iconv -f UTF-16 -t UTF-8)")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise UsageError(
            f"{path} has a NUL byte in line {line}, text in UTF-8 was expected: is it in UTF-16, or damaged?"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{path} is not in UTF-8 in line {line} (byte {content[error.start]:#04x}): convert it; if it is in Latin-1, with"
            " iconv -f LATIN1 -t UTF-8"
        ) from error

"""The README's reference, made from the code: every command of the command line, and every table with its columns.

    python -m matching.reference      rewrites what stands between the two markers of README.md

Reads the command line's own declarations and the column contracts; writes README.md. A test holds the two in step.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import polars as pl
import typer
from typer.models import ArgumentInfo, ParameterInfo

from matching import project
from matching.cli import app
from matching.contract import Column, Table
from matching.errors import UsageError
from matching.tables import TABLES

BEGIN, END = "<!-- reference:begin -->", "<!-- reference:end -->"
README = project.PACKAGE.parent / "README.md"
Callback = Callable[..., Any]
_EXAMPLE = "Example: "
_TYPES = {pl.String: "text", pl.Date: "date", pl.Boolean: "true or false", pl.Float64: "number", pl.Float32: "number"}


def in_step(text: str) -> str:
    """Return ``text``, a README, with the reference between its markers as it should be.

    Raises UsageError where it does not have both markers.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise UsageError(f"README.md lacks {BEGIN} and {END}: put both, in this order, where the reference belongs")
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"


def reference() -> str:
    """The reference in Markdown: commands, then tables, in the order in which the code declares them."""
    callback = app.registered_callback.callback if app.registered_callback else None
    parts = [
        "Made from the code by `python -m matching.reference`.",
        "### Commands",
        "Options that may stand before or after every command:",
        _parameters(callback),
        *(_command(name, callback) for name, callback in commands_of(app)),
        "### Tables",
        *(_table(table) for table in TABLES.values()),
    ]
    return "\n\n".join(parts)


def commands_of(group: typer.Typer, *names: str) -> Iterator[tuple[str, Callback]]:
    """Yield every command of ``group`` and below: its full name, such as ``source import``, and its function."""
    for command in group.registered_commands:
        if command.callback:
            yield " ".join([*names, command.name or command.callback.__name__]), command.callback
    for below in group.registered_groups:
        if below.typer_instance:
            own = below.typer_instance.registered_callback
            if own and own.callback:  # a noun that does something without a verb, such as `matching run`
                yield " ".join([*names, str(below.name)]), own.callback
            yield from commands_of(below.typer_instance, *names, str(below.name))


def _command(name: str, callback: Callback) -> str:
    paragraphs = [_one_line(paragraph) for paragraph in (inspect.getdoc(callback) or "").split("\n\n")]
    about = [paragraph for paragraph in paragraphs if not paragraph.startswith(_EXAMPLE)]
    examples = [paragraph.removeprefix(_EXAMPLE) for paragraph in paragraphs if paragraph.startswith(_EXAMPLE)]
    parts = [f"#### `matching {name}`", *about, _parameters(callback), "\n".join(["```sh", *examples, "```"])]
    return "\n\n".join(part for part in parts if part)


def _parameters(callback: Callback | None) -> str:
    hints = get_type_hints(callback, include_extras=True) if callback else {}
    return "\n".join(
        f"- `{_spelling(name, hint.__origin__, declared)}` {_one_line(declared.help or '')}"
        for name, hint in hints.items()
        for declared in getattr(hint, "__metadata__", ())
    )


def _spelling(name: str, type_: Any, declared: ParameterInfo) -> str:
    """How a parameter is written: ``FILES…``, ``-o, --output OUTPUT``, ``--format csv|json``, ``--accept-drop``."""
    if isinstance(declared, ArgumentInfo):
        return f"{name.upper()}…" if get_origin(type_) is list else name.upper()
    # Within Annotated, typer.Option takes the first of its flags for its `default`.
    given = [flag for flag in (declared.default, *(declared.param_decls or ())) if isinstance(flag, str)]
    flags = sorted(given or [f"--{name.replace('_', '-')}"], key=len)
    if type_ is bool:
        return ", ".join(flags)
    is_choice = isinstance(type_, type) and issubclass(type_, Enum)
    value = "|".join(str(one.value) for one in type_) if is_choice else flags[-1].lstrip("-").replace("-", "_").upper()
    return f"{', '.join(flags)} {value}"


def _table(table: Table) -> str:
    rows = "\n".join(
        f"| `{name}` | {_type(column.dtype)}{', or none' if column.nullable else ''} | {_cell(column)} |"
        for name, column in table.columns.items()
    )
    key = ", ".join(f"`{name}`" for name in table.key)
    return (
        f"#### `{table.name}`\n\nOne row: {table.grain}. Unique and sorted by {key}; in `{table.zone}/`.\n\n"
        f"| column | type | meaning |\n|---|---|---|\n{rows}"
    )


def _type(dtype: Any) -> str:
    if isinstance(dtype, pl.List):
        return f"list of {_type(dtype.inner)}"
    if isinstance(dtype, pl.Struct):
        return "{" + ", ".join(field.name for field in dtype.fields) + "}"
    if isinstance(dtype, pl.Datetime):
        return "time, UTC"
    return "whole number" if dtype.is_integer() else _TYPES[dtype]


def _cell(column: Column) -> str:
    return column.meaning.replace("|", "\\|")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def main(readme: Path = README) -> None:
    """Rewrite the reference in ``readme``."""
    readme.write_text(in_step(readme.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stderr.write(f"the reference in {readme} is in step\n")


if __name__ == "__main__":
    main()

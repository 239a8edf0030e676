"""``matching status``: one glance at lists, runs, gates and quarantine, for a person, a program or a scraper."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from matching import present
from matching.source_commands import open_pipeline


class StatusFormat(StrEnum):
    """Formats of `matching status`."""

    table = "table"
    json = "json"
    csv = "csv"
    openmetrics = "openmetrics"


def status(
    context: typer.Context,
    as_: Annotated[StatusFormat, typer.Option("--format", help="How to print.")] = StatusFormat.table,
    check: Annotated[bool, typer.Option("--check", help="End with exit code 1 where anything is red.")] = False,
) -> None:
    """Show how lists, runs, gates and quarantine stand; each red thing says what to do.

    Example: matching status --format openmetrics
    """
    from matching.operations import metrics
    from matching.operations import status as standing

    pipeline, now = open_pipeline(context.obj), datetime.now(UTC)
    lines = standing.status(pipeline, now=now)
    if as_ == StatusFormat.openmetrics:
        typer.echo(metrics.openmetrics(pipeline, lines, now=now), nl=False)
    else:
        present.frame(standing.frame(lines), as_)
    red = sum(line.level == "red" for line in lines)
    if red:
        typer.echo(f"{red} red: see to_do", err=True)
    if check and red:
        raise typer.Exit(1)

"""``matching retention …``: who may be kept no longer, their erasure, and what is held of one person."""

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from matching import present
from matching.errors import UsageError
from matching.present import ListFormat
from matching.source_commands import open_pipeline

retention_app = typer.Typer(no_args_is_help=True, help="Who may be kept no longer, and what is held of one person.")


@retention_app.command("plan")
def plan_retention(
    context: typer.Context,
    as_: Annotated[ListFormat, typer.Option("--format", help="How to print.")] = ListFormat.table,
) -> None:
    """Show whom `retention apply` would erase, by record id, and why. Changes nothing.

    Example: matching retention plan --format csv
    """
    from matching.operations.retention import plan

    planned = plan(open_pipeline(context.obj), now=datetime.now(UTC))
    present.frame(planned, as_)
    typer.echo(f"{planned.height} persons are to be erased", err=True)


@retention_app.command("apply")
def apply_retention(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only count.")] = False,
    by: Annotated[str | None, typer.Option(help="Who approves it; default: the user of this session.")] = None,
) -> None:
    """Erase everybody in the plan: from snapshots, records, runs, reports, databases, quarantine and the review store.

    There is no way back. The audit trails keep how many, when, why and who approved it. One that was killed is done to its end by the next.

    Example: matching retention apply --yes --by ada
    """
    from matching.operations.retention import apply, plan

    pipeline, now = open_pipeline(context.obj), datetime.now(UTC)
    planned = plan(pipeline, now=now)
    if not yes:
        typer.echo(f"{planned.height} persons would be erased: see `matching retention plan`, then add --yes", err=True)
        return
    done = apply(pipeline, planned, now=now, by=by or getpass.getuser())
    typer.echo(
        f"{done.persons} persons erased: {done.snapshots} snapshots lost their bytes, {done.runs} runs were made anew,"
        f" {done.rows} rows of the review store were removed or emptied",
        err=True,
    )


@retention_app.command("subject")
def export_subject(
    context: typer.Context,
    asked: Annotated[str, typer.Argument(metavar="NAME_OR_RECORD", help="A record id, or words of a name.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default: standard output.")] = None,
) -> None:
    """Export everything that is held of a person as JSON, with purpose, handling and how long it is kept.

    Example: matching retention subject un_sc:QDi.901 -o request-17.json
    """
    from matching.operations.subject_access import subject

    found = subject(open_pipeline(context.obj), asked, now=datetime.now(UTC))
    text = json.dumps(found, ensure_ascii=False, indent=2, default=str)
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"cannot write {output}: {problem.strerror}. Give a file in a writable folder") from problem

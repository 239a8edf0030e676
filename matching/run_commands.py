"""``matching run …``: start a run, look at those there are, compare them, go on, release one or go back."""

import getpass
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from matching import present, quality
from matching.present import ListFormat
from matching.settings import Settings
from matching.source_commands import open_pipeline
from matching.workspace import Workspace

if TYPE_CHECKING:  # it takes a second to import, and `matching --help` does without
    from matching.pipeline import Run

run_app = typer.Typer(invoke_without_command=True)

_Named = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run, or how it begins.")]
_Format = Annotated[ListFormat, typer.Option("--format", help="How to print.")]
_By = Annotated[str | None, typer.Option(help="Who decides; default: the user of this session.")]
_Why = Annotated[str, typer.Option(help="Why, for the audit trail. No personal data.")]


@run_app.callback()
def run(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Option(help="Only these sources. May be repeated.")] = None,
) -> None:
    """Link the current records of every list that was taken in, report the matches and publish the run.

    Example: matching run --source un_sc --source us_ofac_sdn
    """
    if context.invoked_subcommand is None:
        quality.start_checker()  # before the imports that follow
        show_run(open_pipeline(context.obj).run(source))


@run_app.command("list")
def list_runs(context: typer.Context, as_: _Format = ListFormat.table) -> None:
    """Show every run, the last one first: its state, stages, matches, model, and what to do about it.

    Example: matching run list --format json
    """
    from matching.operations.runs import run_rows

    present.frame(run_rows(_workspace(context)), as_)


@run_app.command("show")
def show(
    context: typer.Context,
    named: Annotated[
        str | None, typer.Argument(metavar="RUN", help="Id of the run; default: the published one.")
    ] = None,
) -> None:
    """Show as JSON what made a run: snapshots, model, versions, round and seed of the sample, stages, what held or released it.

    Example: matching run show
    """
    from matching.operations.runs import find_run, lineage

    typer.echo(json.dumps(lineage(find_run(_workspace(context), named)), indent=2, default=str))


@run_app.command("compare")
def compare(
    context: typer.Context,
    before: _Named,
    after: Annotated[str | None, typer.Argument(help="The other run; default: the published one.")] = None,
    as_: _Format = ListFormat.table,
) -> None:
    """Show the matches that appeared, vanished, or weigh otherwise from one run to another, and why.

    Example: matching run compare 20260301T061700Z
    """
    from matching.operations.compare_runs import differences
    from matching.operations.runs import find_run

    workspace = _workspace(context)
    one, other = find_run(workspace, before), find_run(workspace, after)
    found = differences(one, other)
    counts = dict(found["change"].cast(pl.String).value_counts().iter_rows())
    told = ", ".join(f"{counts.get(change, 0)} {change}" for change in ("appeared", "vanished", "changed"))
    typer.echo(f"{one.run_id} -> {other.run_id}: {told}", err=True)
    present.frame(found, as_)


@run_app.command("resume")
def resume_run(context: typer.Context, named: _Named) -> None:
    """Go on with a run that failed or was killed, from its last complete stage, over the snapshots it began with.

    Example: matching run resume 20260301T061700Z-3f9a1c
    """
    quality.start_checker()
    from matching.operations.runs import resume

    show_run(resume(open_pipeline(context.obj), named))


@run_app.command("release")
def release_run(context: typer.Context, named: _Named, why: _Why = "", by: _By = None) -> None:
    """Publish a run that is held back, after a person looked at it.

    Example: matching run release 20260301T061700Z-3f9a1c --why "the new list was announced"
    """
    from matching.operations.runs import release

    released = release(open_pipeline(context.obj), named, by=by or getpass.getuser(), why=why)
    typer.echo(f"run {released.run_id} is released and published", err=True)


@run_app.command("rollback")
def rollback_run(
    context: typer.Context,
    named: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A complete run; default: the one before the published one.")
    ] = None,
    why: _Why = "",
    by: _By = None,
) -> None:
    """Publish an earlier complete run again, in one step. The next run that is started publishes itself as ever.

    Example: matching run rollback --why "a list was taken in with births in the wrong order"
    """
    from matching.operations.runs import rollback

    workspace = _workspace(context)
    target = rollback(workspace, named, at=datetime.now(UTC), by=by or getpass.getuser(), why=why)
    typer.echo(f"run {target} is published again", err=True)


def show_run(finished: "Run") -> None:
    """Print what a run did and found, and where its report is."""
    from matching.pipeline import REPORT_FILE

    present.run(finished.folder)
    typer.echo(f"report: {(finished.folder / REPORT_FILE).resolve()}")


def _workspace(context: typer.Context) -> Workspace:
    settings: Settings = context.obj
    return Workspace(settings.workspace)

"""``matching quality …``: what was set aside and why, read again after a correction, and every validation so far."""

from typing import Annotated

import typer

from matching import present
from matching.present import ListFormat
from matching.run_commands import show_run
from matching.settings import Settings
from matching.source_commands import open_pipeline
from matching.workspace import Workspace

quality_app = typer.Typer(no_args_is_help=True, help="What was validated, and what was set aside.")
quarantine_app = typer.Typer(no_args_is_help=True, help="Rows that were set aside: look, correct the mapping, replay.")
quality_app.add_typer(quarantine_app, name="quarantine")

_Format = Annotated[ListFormat, typer.Option("--format", help="How to print.")]
_Source = Annotated[str | None, typer.Option(help="Only of this source.")]
_Rule = Annotated[str | None, typer.Option(help="Only what failed this rule.")]


@quarantine_app.command("list")
def list_quarantine(context: typer.Context, source: _Source = None, as_: _Format = ListFormat.table) -> None:
    """Show how many rows each rule set aside in the published run, by table, list and column.

    Example: matching quality quarantine list --source un_sc
    """
    from matching.operations.quarantine import by_rule, set_aside

    present.frame(by_rule(set_aside(_workspace(context), source=source)), as_)


@quarantine_app.command("show")
def show_quarantine(
    context: typer.Context,
    source: _Source = None,
    rule: _Rule = None,
    record: Annotated[str | None, typer.Option(help="Only of this record id.")] = None,
    as_: _Format = ListFormat.table,
) -> None:
    """Show the rows that were set aside in the published run, with the value that failed: personal data.

    Example: matching quality quarantine show --source un_sc --rule birth_is_readable
    """
    from matching.operations.quarantine import set_aside

    found = set_aside(_workspace(context), source=source, rule=rule, record=record)
    present.frame(found.drop("snapshot_id") if as_ == ListFormat.table else found, as_)


@quarantine_app.command("replay")
def replay_quarantine(
    context: typer.Context,
    sources: Annotated[list[str] | None, typer.Argument(help="Sources; default: all with rows set aside.")] = None,
    start: Annotated[bool, typer.Option("--run", help="Then start a run, which links what passes now.")] = False,
    as_: _Format = ListFormat.table,
) -> None:
    """Read the current snapshots again under the present source.yml, and say which rows set aside pass now.

    Example: matching quality quarantine replay un_sc --run
    """
    from matching.operations.quarantine import replay

    pipeline = open_pipeline(context.obj)
    found = replay(pipeline, sources or ())
    passing = found.filter(outcome="passes now").height
    typer.echo(f"{passing} of {found.height} rows pass now; `matching run` links them", err=True)
    present.frame(found, as_)
    if start:
        show_run(pipeline.run())


@quality_app.command("history")
def show_history(
    context: typer.Context,
    source: _Source = None,
    rule: _Rule = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what did not hold.")] = False,
    as_: _Format = ListFormat.table,
) -> None:
    """Show every validation so far, the last first: of snapshots taken in or refused, and of runs.

    The published run's database has the same table: matching sql "SELECT * FROM validations".

    Example: matching quality history --source un_sc --failed
    """
    from matching.monitor.validations import history

    wanted = {"source": source, "expectation": rule, "success": False if failed else None}
    rows = history(_workspace(context)).filter(**{name: value for name, value in wanted.items() if value is not None})
    columns = ["checked_at", "run_id", "source", "snapshot_id", "table", "expectation", "column", "severity", "success"]
    shown = rows.select(*columns, "observed") if as_ == ListFormat.table else rows
    present.frame(shown.sort("checked_at", descending=True, maintain_order=True), as_)


def _workspace(context: typer.Context) -> Workspace:
    settings: Settings = context.obj
    return Workspace(settings.workspace)

"""The command line: arguments, messages and exit codes. Data goes to standard output, messages to standard error."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from matching import garbage, log, present
from matching.errors import MatchingError, UsageError
from matching.exercise import bundled
from matching.exercise_commands import exercise_app
from matching.link_commands import link_app
from matching.model_commands import model_app
from matching.names_commands import names_app
from matching.present import ListFormat
from matching.publishing import DATABASE
from matching.quality_commands import quality_app
from matching.retention_commands import retention_app
from matching.review_commands import review_app, user_app
from matching.run_commands import run_app, show_run
from matching.settings import Settings, load
from matching.source_commands import open_pipeline, source_app
from matching.status_commands import status
from matching.workspace import Workspace

app = typer.Typer(
    name="matching",
    help="Pull wanted-person notices and watchlists, link them across scripts and borders, and report the matches for"
    " a person to review. A match is a lead, never a finding.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(run_app, name="run")
app.add_typer(source_app, name="source")
app.command()(status)
app.add_typer(quality_app, name="quality")
app.add_typer(retention_app, name="retention")
app.add_typer(model_app, name="model")
app.add_typer(names_app, name="names")
app.add_typer(exercise_app, name="exercise")
app.add_typer(link_app, name="link")
app.add_typer(review_app, name="review")
app.add_typer(user_app, name="user")

DEMO_WORKSPACE = Path("workspace-demo")
GLOBAL_OPTIONS = ("--workspace", "--sources-dir", "--config")


class ExportFormat(StrEnum):
    """Formats of `matching export`."""

    csv = "csv"
    json = "json"
    parquet = "parquet"


@app.callback()
def _global_options(
    context: typer.Context,
    workspace: Annotated[Path | None, typer.Option(help="Folder of snapshots, records, runs and reports.")] = None,
    sources_dir: Annotated[
        list[Path] | None, typer.Option(help="Folder of <id>/source.yml: your own lists. May be repeated.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file (TOML).", envvar="MATCHING_CONFIG")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every event.")] = False,
) -> None:
    log.to_stderr(verbose=verbose)
    context.obj = load(config, workspace=workspace, sources_dir=sources_dir)


@app.command()
def demo(context: typer.Context) -> None:
    """Run the whole pipeline over bundled lists of invented people.

    Example: matching demo
    """
    given: Settings = context.obj
    settings = given.model_copy(
        update={
            "workspace": given.workspace if "workspace" in given.model_fields_set else DEMO_WORKSPACE,
            "sources_dir": [*given.sources_dir, bundled.sources_dir()],
            "drop_dir": bundled.drop_dir(),
            "count_bands": False,
        }
    )
    pipeline = open_pipeline(settings)
    ingested = [pipeline.ingest(source_id) for source_id in bundled.source_ids()]
    present.ingested(ingested)
    show_run(pipeline.run(bundled.source_ids()))


@app.command()
def screen(
    context: typer.Context,
    people: Annotated[Path, typer.Argument(help="File of people: CSV, XLSX, JSON or XML.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the hits go: .csv, .json or .xlsx.")],
    mapping: Annotated[
        Path | None, typer.Option(help="A source.yml that says which column is which; default: by the columns' names.")
    ] = None,
) -> None:
    """Hold a file of people against the published lists, once. Nothing is stored but the hits.

    Columns are recognised by their names: name, given_name, family_name, alias, birth_date, nationality, sex, passport,
    national_id, id and many more, in several languages. What was recognised is said; `matching source new` drafts a
    source.yml to correct it.

    Example: matching screen people.csv -o hits.xlsx
    """
    from matching.screening.command import screen_file

    for line in screen_file(context.obj, people, output=output, mapping=mapping):
        typer.echo(line, err=True)


@app.command()
def export(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="records, pairs, matches, quarantine or another table.")],
    as_: Annotated[ExportFormat, typer.Option("--format", help="File format.")] = ExportFormat.csv,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default: standard output.")] = None,
) -> None:
    """Export a table of the last published run. Nested columns become JSON text in CSV.

    Example: matching export matches --format csv -o matches.csv
    """
    present.export(_workspace(context), table, as_, output=output)


@app.command()
def sql(
    context: typer.Context,
    query: Annotated[
        str | None, typer.Argument(help="A query; without it, queries are read from standard input.")
    ] = None,
    as_: Annotated[ListFormat, typer.Option("--format", help="How to print.")] = ListFormat.table,
) -> None:
    """Query the last published run, read-only.

    Example: matching sql "SELECT source, count(*) FROM records GROUP BY source ORDER BY source"
    """
    present.session(_workspace(context).published_folder() / DATABASE, query, as_)


def _workspace(context: typer.Context) -> Workspace:
    settings: Settings = context.obj
    return Workspace(settings.workspace)


def _options_first(arguments: Sequence[str]) -> list[str]:
    """Move the options that hold for every command before the command, so that they may stand anywhere."""
    first: list[str] = []
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        if argument == "--":
            rest += [argument, *given]
        elif argument in GLOBAL_OPTIONS:
            value = next(given, None)
            if value is None:
                raise UsageError(f"{argument} needs a value: see `matching --help`")
            first += [argument, value]
        elif argument.partition("=")[0] in GLOBAL_OPTIONS or argument in ("--verbose", "-v"):
            first.append(argument)
        else:
            rest.append(argument)
    return [*first, *rest]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an error of this project ends it with its own exit code and message."""
    garbage.look_seldom()
    try:
        app(_options_first(sys.argv[1:] if arguments is None else arguments))
    except MatchingError as error:
        present.error(error)
        raise SystemExit(error.exit_code) from error

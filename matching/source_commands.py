"""``matching source …``: arguments and messages of the commands that take in lists, describe new ones and compare."""

import getpass
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matching import ledger, present, present_source
from matching.errors import MatchingError, PayloadError, UsageError
from matching.present import ListFormat
from matching.settings import Settings

if TYPE_CHECKING:  # these take a second to import, and `matching --help` needs none of them
    from matching.ingest import Ingested, Ingestion
    from matching.pipeline import Pipeline

source_app = typer.Typer(no_args_is_help=True, help="Take in lists, describe new ones, and see what is there.")


class CheckFormat(StrEnum):
    """Formats of `matching source check`, which prints more than one table."""

    table = "table"
    json = "json"


_Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the source.")]
_Format = Annotated[ListFormat, typer.Option("--format", help="How to print.")]
_AcceptDrop = Annotated[
    bool, typer.Option("--accept-drop", help="Accept a list that lost more persons than is allowed.")
]


@source_app.command("import")
def import_source(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Id of the source.")],
    files: Annotated[list[Path], typer.Argument(help="The payload's files.")],
    retrieved_at: Annotated[
        str | None, typer.Option(help="When the files were retrieved (ISO 8601; UTC if no zone); default: now.")
    ] = None,
    accept_drop: _AcceptDrop = False,
) -> None:
    """Take in payload files that came by another way than HTTP.

    Example: matching source import us_ofac_sdn drop/sdn.csv drop/alt.csv drop/add.csv --retrieved-at 2022-01-31
    """
    when = _time(retrieved_at, "--retrieved-at") if retrieved_at else None
    pipeline = open_pipeline(context.obj)
    taken_in = pipeline.ingest(source, files=files, retrieved_at=when, accept_drop=accept_drop)
    _note_accepted(pipeline, [taken_in], accept_drop=accept_drop)
    present.ingested([taken_in])


@source_app.command("fetch")
def fetch_source(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(help="Ids of the sources.")],
    accept_drop: _AcceptDrop = False,
) -> None:
    """Fetch lists from their publishers. One that fails does not stop the others; the exit code is the first failure's.

    Example: matching source fetch un_sc us_ofac_sdn
    """
    pipeline = open_pipeline(context.obj)
    for source in sources:
        pipeline.source(source)
    failures: list[MatchingError] = []
    for source in sources:
        try:
            taken_in = pipeline.ingest(source, from_publisher=True, accept_drop=accept_drop)
            _note_accepted(pipeline, [taken_in], accept_drop=accept_drop)
            present.ingested([taken_in])
        except MatchingError as error:
            failures.append(error)
            present.error(error)
    if failures:
        raise typer.Exit(failures[0].exit_code)


@source_app.command("backfill")
def backfill_source(
    context: typer.Context,
    source: _Id,
    since: Annotated[str | None, typer.Option(help="Only what was retrieved after this time (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Only what was retrieved up to this time (ISO 8601).")] = None,
    accept_drop: _AcceptDrop = False,
) -> None:
    """Take in, in order of time, what the drop folder stores of a list: DROP_DIR/<id>/<date>/<files>.

    Example: matching source backfill un_sc --since 2025-01-01
    """
    pipeline = open_pipeline(context.obj)
    after, up_to = (_time(text, option) if text else None for text, option in ((since, "--since"), (until, "--until")))
    taken_in = pipeline.ingest_stored(source, since=after, until=up_to, accept_drop=accept_drop)
    _note_accepted(pipeline, taken_in, accept_drop=accept_drop)
    present.ingested(taken_in)
    typer.echo(f"{source}: {len(taken_in)} taken in; what was there before is passed over", err=True)


@source_app.command("pools")
def show_pools(context: typer.Context) -> None:
    """Show as JSON a pool of one slot per publisher's host, for `airflow pools import` (setting host_pools).

    Example: matching source pools
    """
    from matching.sources.registry import load_sources, pool_of

    settings: Settings = context.obj
    pools = sorted({pool for source in load_sources(settings.sources_dir).values() if (pool := pool_of(source))})
    about = "one request at a time to this publisher"
    shown = {pool: {"slots": 1, "description": about, "include_deferred": False} for pool in pools}
    typer.echo(json.dumps(shown, indent=2))


@source_app.command("list")
def list_sources(context: typer.Context, as_: _Format = ListFormat.table) -> None:
    """Show every source with its last snapshot and counts.

    Example: matching source list --format json
    """
    from matching.sources import snapshots

    pipeline = open_pipeline(context.obj)
    found = [(source, snapshots.current(pipeline.workspace, source.id)) for source in pipeline.sources.values()]
    present.frame(present.sources(found), as_)


@source_app.command("new")
def new_source(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="ID", help="Id of the new source, such as xy_police_wanted.")],
    files: Annotated[
        list[Path], typer.Option("--from", help="A payload's file. May be repeated: files of one layout.")
    ],
    into: Annotated[
        Path | None, typer.Option(help="Folder of sources; default: the first --sources-dir, else ./sources.")
    ] = None,
) -> None:
    """Look at a payload and write a first source.yml, a README.md and a fixture of invented values.

    Example: matching source new xy_police_wanted --from wanted.csv --into my_sources
    """
    from matching.drafting import draft_source

    settings: Settings = context.obj
    folder = into or next(iter(settings.sources_dir), Path("sources"))
    drafted = draft_source(source, files, into=folder, limit_mb=settings.max_payload_mb)
    for note in drafted.notes:
        typer.echo(f"{source}: {note}", err=True)
    typer.echo(f"{drafted.folder / 'source.yml'}")
    typer.echo(
        f"{source}: {drafted.entries} entries, {drafted.persons} persons, {drafted.quarantined} quarantined. Fill in"
        f" what source.yml marks, then: matching source check {source} {files[0]} --sources-dir {folder}",
        err=True,
    )


@source_app.command("check")
def check_source(
    context: typer.Context,
    source: _Id,
    files: Annotated[list[Path], typer.Argument(help="The payload's files.")],
    records: Annotated[int, typer.Option(min=0, help="How many records to show.")] = 5,
    strict: Annotated[
        bool, typer.Option("--strict", help="Paths that no entry has, and fields not mapped yet, are errors too.")
    ] = False,
    as_: Annotated[CheckFormat, typer.Option("--format", help="How to print.")] = CheckFormat.table,
) -> None:
    """Show the records that a source.yml makes of a payload, and what it ignores or cannot read. Nothing is stored.

    Ends with exit code 5 where the payload has fields that source.yml neither reads nor ignores.

    Example: matching source check xy_police_wanted wanted.csv --sources-dir my_sources
    """
    from matching.drafting import check_payload

    pipeline = open_pipeline(context.obj)
    checked = check_payload(pipeline.source(source), files, limit_mb=pipeline.settings.max_payload_mb)
    present_source.checked(checked, as_, shown=records)
    if problems := checked.problems(strict=strict):
        raise PayloadError(source, "; ".join(problems))


@source_app.command("diff")
def diff_source(
    context: typer.Context,
    source: _Id,
    earlier: Annotated[
        str | None, typer.Option("--from", help="Snapshot (its first characters) or date; default: the one before.")
    ] = None,
    later: Annotated[
        str | None, typer.Option("--to", help="Snapshot (its first characters) or date; default: the last one.")
    ] = None,
    as_: _Format = ListFormat.table,
) -> None:
    """Show what was added, changed, removed and reinstated between two snapshots; by default the last two.

    Example: matching source diff un_sc --from 2025-04-19 --to 2025-11-20 --format csv
    """
    from matching.compare_snapshots import difference

    pipeline = open_pipeline(context.obj)
    present_source.difference(difference(_ingestion(pipeline), pipeline.source(source), earlier, later), as_)


@source_app.command("history")
def show_history(context: typer.Context, source: _Id, as_: _Format = ListFormat.table) -> None:
    """Show the states of a list: when each was retrieved, its counts, and what it gained and lost.

    Example: matching source history un_sc --format json
    """
    from matching.compare_snapshots import state_rows

    pipeline = open_pipeline(context.obj)
    present.frame(state_rows(_ingestion(pipeline), pipeline.source(source)), as_)


def open_pipeline(settings: Settings) -> "Pipeline":
    """Open the pipeline. Imported here where it is used: it takes a second that `--help` and `sql` do without."""
    from matching.pipeline import Pipeline

    return Pipeline.open(settings)


def _note_accepted(pipeline: "Pipeline", taken_in: "Sequence[Ingested]", *, accept_drop: bool) -> None:
    """Who takes lists in though they lost more persons than is allowed stands in the audit trail."""
    for one in taken_in if accept_drop else ():
        ledger.note(
            pipeline.workspace, "accepted", at=datetime.now(UTC), source=one.source_id, snapshot=one.snapshot_id,
            by=getpass.getuser(), why="--accept-drop",
        )  # fmt: skip


def _ingestion(pipeline: "Pipeline") -> "Ingestion":
    from matching.ingest import Ingestion

    return Ingestion(workspace=pipeline.workspace, settings=pipeline.settings)


def _time(text: str, option: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text} is not ISO 8601: give such as 2026-02-27 or 2026-02-27T06:00Z") from error
    return given if given.tzinfo else given.replace(tzinfo=UTC)

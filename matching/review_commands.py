"""``matching review …`` and ``matching user …``: arguments and messages of review."""

import getpass
import json
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matching import present
from matching.errors import ReviewError, UsageError
from matching.present import ListFormat
from matching.settings import Settings
from matching.workspace import Workspace

if TYPE_CHECKING:  # these take a second to import, and `matching --help` needs none of them
    from matching.review.people import User
    from matching.review.store import Store
    from matching.web.site import Site

review_app = typer.Typer(no_args_is_help=True, help="Decide on matches: the review application and its store.")
user_app = typer.Typer(no_args_is_help=True, help="People who review.")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
OPERATOR = "command line"


class What(StrEnum):
    """What `matching review export` writes."""

    decisions = "decisions"
    labels = "labels"
    judgements = "judgements"


@review_app.command()
def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on; only this machine unless you say otherwise.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8400,
) -> None:
    """Serve the review application, and keep its queue in step with the last published run.

    Ends with 2 where it cannot listen there, as on a port that another program has.

    Example: matching review serve --port 8400
    """
    from matching.web.serving import listen
    from matching.web.serving import serve as run_server
    from matching.web.site import Site

    settings: Settings = context.obj
    listener = listen(host, port)
    store = _store(context, must_exist=False)
    if host not in LOOPBACK:
        typer.echo("warning: others can reach this address: put a proxy with TLS before it", err=True)
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"review: http://{shown}:{port} (Ctrl+C ends it)", err=True)
    run_server(_with_exercise(Site.of(settings, store)), store, listener)


def _with_exercise(site: "Site") -> "Site":
    """Return ``site``, showing the raw entries of the demo's own list where that was taken in: no setting names its folder."""
    from matching.exercise import bundled

    folder = bundled.sources_dir()
    is_demo = any((Workspace(site.workspace).raw / one.name).is_dir() for one in folder.iterdir())
    if site.archive is None or not is_demo or folder in site.archive.source_folders:
        return site
    folders = (*site.archive.source_folders, folder)
    return replace(site, archive=replace(site.archive, source_folders=folders))


@review_app.command("sync")
def sync_run(context: typer.Context) -> None:
    """Take the last published run into the queue. The server does it by itself; doing it again changes nothing.

    Example: matching review sync
    """
    from matching.review.published import Published
    from matching.review.sync import sync

    settings: Settings = context.obj
    published = Published.of(Workspace(settings.workspace))
    store = _store(context, must_exist=False)
    taken = sync(store, published, double_share=settings.review_double_share, by=OPERATOR)
    told = ", ".join(f"{count} {what}" for what, count in taken.counts.items())
    typer.echo(f"run {taken.run_id}: {told}{'; a newer run came between' if taken.is_superseded else ''}", err=True)


@review_app.command()
def verify(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(
            help="Head noted at an earlier time, or its first 8 digits or more: it must still be in the chain."
        ),
    ] = None,
) -> None:
    """Prove that the audit chain, judgements, cases and listings are as they were written; ends with 9 where they are not.

    Note the head that is printed outside this database: only with it can a chain be found that was cut off at its end.

    Example: matching review verify --head 3f6c0e5d
    """
    from matching.review.checks import verify_store

    store = _store(context)
    with store.reading() as connection:
        found = verify_store(connection, head=head)
    typer.echo(json.dumps({"entries": found.entries, "head": found.head, "problems": found.problems}))
    if found.problems:
        raise ReviewError(f"the review store does not hold: {found.problems[0]}. Restore the store from a backup")


@review_app.command("export")
def export_judgements(
    context: typer.Context,
    what: Annotated[
        What, typer.Argument(help="decisions; labels as Splink reads them; judgements as `matching model` does.")
    ] = What.decisions,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default: standard output.")] = None,
) -> None:
    """Export what was decided, as CSV that a spreadsheet may open. Noted in the audit chain.

    Example: matching review export labels -o labels.csv
    """
    from matching.review import export

    _write(export.take(_store(context), _operator(), what.value), output)


@review_app.command("file")
def write_case_file(
    context: typer.Context,
    case: Annotated[str, typer.Argument(help="Id of a case that was decided to be the same person.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; default: standard output.")] = None,
) -> None:
    """Write the case file of an agreed match as JSON (its schema: matching/review/case_file.schema.json).

    Example: matching review file 3f6c0e5d1a2b3c4d -o case.json
    """
    from matching.review.case_file import case_file

    document = case_file(_store(context), _operator(), case)
    _write(json.dumps(document, ensure_ascii=False, indent=2) + "\n", output)


@review_app.command("known")
def show_known_cases(
    context: typer.Context,
    count: Annotated[int, typer.Argument(help="How many.", min=1)] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
) -> None:
    """Put decided cases into the queue again, blind, for reviewers who did not decide them: a measure of how well we review.

    Example: matching review known 20 --seed 7
    """
    from matching.review.known import show_again

    shown = show_again(_store(context), count, seed=seed, by=OPERATOR)
    typer.echo(f"{shown} known cases are in the queue again", err=True)


@user_app.command("add")
def add_user(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name to sign in with, or as the proxy or Airflow gives it.")],
    role: Annotated[str, typer.Option(help="reviewer, senior, operator or read-only.")] = "reviewer",
    clearance: Annotated[
        list[str] | None, typer.Option(help="Handling code the user may see; `*`: all. May be repeated.")
    ] = None,
    without_password: Annotated[
        bool, typer.Option("--without-password", help="Signs in through the proxy or Airflow only.")
    ] = False,
) -> None:
    """Add a user, or change one there is. The password is asked for, or read from standard input.

    Without --clearance the user sees no case.

    Example: matching user add ada --role senior --clearance PUBLIC --clearance TLP:GREEN
    """
    from matching.review import people

    password = None if without_password else _password()
    people.add_user(
        _store(context, must_exist=False),
        name,
        role=role,
        codes=[code.strip() for code in clearance or ()],
        password=password,
        by=OPERATOR,
    )
    typer.echo(f"user {name}: {role}, cleared for {', '.join(clearance or ()) or 'nothing'}", err=True)


@user_app.command("close")
def close_user(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of the user.")]) -> None:
    """Close a user's account. What the user decided stays.

    Example: matching user close ada
    """
    from matching.review import people

    people.remove_user(_store(context), name, by=OPERATOR)
    typer.echo(f"user {name}: closed", err=True)


@user_app.command("list")
def list_users(
    context: typer.Context,
    as_: Annotated[ListFormat, typer.Option("--format", help="How to print.")] = ListFormat.table,
) -> None:
    """List the users.

    Example: matching user list --format json
    """
    import polars as pl

    from matching.review import people

    schema = {
        "name": pl.String,
        "role": pl.String,
        "is_active": pl.Boolean,
        "codes": pl.String,
        "signs_in_by": pl.String,
    }
    present.frame(pl.DataFrame(people.users_of(_store(context)), schema=schema), as_)


def _store(context: typer.Context, *, must_exist: bool = True) -> "Store":
    """Open the store. Only what begins a review makes one: a mistyped workspace is not left with an empty store."""
    from matching.review.location import url_of
    from matching.review.store import open_store

    return open_store(url_of(context.obj), must_exist=must_exist)


def _operator() -> "User":
    """Whoever may run commands on this machine may read its files: cleared for all, and named as such in the chain."""
    from matching.review.people import ALL_CODES, User

    return User(name=OPERATOR, role="operator", codes=frozenset([ALL_CODES]))


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise UsageError("the two passwords differ: nothing was changed")
    return password


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as problem:
        raise UsageError(f"cannot write {output}: {problem.strerror}. Give a file in a writable folder") from problem

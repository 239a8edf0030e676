"""``matching exercise …``: invented lists of any size, with known truth, to try scale on."""

from pathlib import Path
from typing import Annotated

import typer

from matching.errors import UsageError

exercise_app = typer.Typer(no_args_is_help=True, help="Invented lists of any size, with known truth.")


@exercise_app.command("make")
def make_lists(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write to; must be new or empty.")],
    records: Annotated[int, typer.Option(min=1, help="Listings of the watchlist.")] = 100_000,
    notices: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Listings of the notices, a fifth of them of people on the watchlist;"
            " default: a tenth of the watchlist.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives other people.")] = 20260301,
) -> None:
    """Invent a watchlist and a list of notices: 23 cultures in 13 scripts, names as frequent as names are.

    Writes `20_records/records.parquet` (contract `records`) and `truth.csv`, the pairs that are one person, on two lists
    or twice on one. The same numbers and seed give the same lists.

    Example: matching exercise make -o invented --records 1000000 --notices 100000
    """
    from matching.exercise.population.make import two_lists, write  # its names take seconds to compose

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} is there and not an empty folder: give a new one with -o")
    lists = two_lists(records, notices=notices)
    pairs = write(output, lists, seed=seed)
    sizes = ", ".join(f"{one.source} {one.size}" for one in lists)
    typer.echo(f"{sizes} listings, {pairs} pairs of one person written to {output}", err=True)

"""``matching names …``: compare names across scripts and spellings, and see why."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from matching.errors import UsageError

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

    rows = _read(pairs, left, right)
    scored = compare_names(rows[left].to_list(), rows[right].to_list())
    try:
        scored.select("score", "explanation").write_csv(output)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}. Give another file with -o") from error
    typer.echo(f"{scored.height} pairs scored to {output}", err=True)


@names_app.command("explain")
def explain(
    name: Annotated[str, typer.Argument(help="A name in any script.")],
    other: Annotated[str | None, typer.Argument(help="Another, to compare it with.")] = None,
) -> None:
    """Show how a name is read: script, romanisation, tokens, what is set aside; and how it compares with another.

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
    if other:
        score, why = compare_names([name], [other]).select("score", "explanation").row(0)
        typer.echo(f"score {score:.4f}: {why}")


def _read(path: Path, left: str, right: str) -> pl.DataFrame:
    try:
        rows = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"cannot read {path} as CSV ({type(error).__name__}): give a CSV file in UTF-8") from error
    missing = [column for column in (left, right) if column not in rows.columns]
    if missing:
        raise UsageError(
            f"{path} has no column {', '.join(missing)}: it has {', '.join(rows.columns)}; name them with --left, --right"
        )
    return rows.select(pl.col(left, right).fill_null(""))

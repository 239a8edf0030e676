"""``matching model …``: train, look at, compare and promote linkage models, and choose a threshold."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from matching import present
from matching.errors import ModelError, UsageError, WorkspaceError
from matching.present import ListFormat
from matching.settings import Settings
from matching.workspace import Workspace

if TYPE_CHECKING:  # these take seconds to import, and `matching --help` needs none of them
    from matching.link.registry import Registry
    from matching.modelling import Kept

model_app = typer.Typer(no_args_is_help=True, help="Linkage models: train, look at, compare, promote; thresholds.")

SHOWN_CHANGES = 20
"""How many matches that change `compare` prints as a table; CSV and JSON have them all."""

_Format = Annotated[ListFormat, typer.Option("--format", help="How to print.")]
_Labels = Annotated[
    Path | None,
    typer.Option("--labels", help="Judged pairs: CSV with id_l, id_r, verdict (same, different, cannot_tell)."),
]
_By = Annotated[str | None, typer.Option("--by", help="Who does this; default: the user of this computer.")]


@model_app.command("train")
def train_model(
    context: typer.Context,
    labels: _Labels = None,
    made_of: Annotated[str, typer.Option(help="What it was trained on; default: the lists of the run.")] = "",
    by: _By = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the model's file here as well.")] = None,
) -> None:
    """Estimate a linkage model on the last published run, and keep it with its card. Runs go on with the promoted one.

    Needs no labels; with them, judged pairs move what it estimates, and the card reports figures against them apart. One in
    five is kept back: no model is trained on it, and each is held against it.

    Example: matching model train --labels judgements.csv --made-of "UN, OFAC and our list of May"
    """
    from matching.link import card
    from matching.modelling import train_model

    judgements = _judgements(labels)
    kept = train_model(
        _registry(context).workspace,
        context.obj,
        now=datetime.now(UTC),
        by=_user(by),
        made_of=made_of,
        judgements=judgements,
    )
    if output:
        kept.trained.model.save(output)
    typer.echo(kept.model_id)
    typer.echo(_what_became_of(kept, _registry(context)), err=True)
    if judgements is not None:
        counted = ", ".join(f"{count} {verdict}" for verdict, count in kept.trained.judged.items()) or "none"
        typer.echo(
            f"judged pairs among the candidate pairs: {counted} of {judgements.height}, without those kept back. They moved:",
            err=True,
        )
        for row in card.moved(kept.trained).iter_rows(named=True):
            typer.echo(
                f"  {row['field']} {row['level']}: m {row['m_before']} to {row['m_after']}, {row['moved_bits']:+.2f} bits",
                err=True,
            )


def _what_became_of(kept: "Kept", registry: "Registry") -> str:
    folder = registry.folder(kept.model_id)
    if not kept.was_there:
        return f"kept in {folder} with its card; not promoted"
    facts = registry.facts(kept.model_id)
    made = f"made by {facts.get('trained_by', 'unknown')} at {facts.get('trained_at', 'an unknown time')}"
    return f"there already in {folder}, {made}; its card stays as it was"


@model_app.command("list")
def list_models(context: typer.Context, as_: _Format = ListFormat.table) -> None:
    """Show every model: those that ship and those trained here, and which one is promoted.

    One that cannot be loaded has state `damaged`; why is said on stderr.

    Example: matching model list --format json
    """
    registry = _registry(context)
    promoted = {one.model: one for one in registry.promotions()}
    current = registry.promoted()
    rows = [
        {
            "model": name,
            "promoted": name == current,
            **_of_the_model(registry, name),
            "last_promoted_at": promoted[name].promoted_at.isoformat() if name in promoted else None,
            "last_promoted_by": promoted[name].promoted_by if name in promoted else None,
        }
        for name in registry.names()
    ]
    schema = pl.Schema(
        {
            "model": pl.String, "promoted": pl.Boolean, "state": pl.String, "trained_at": pl.String, "trained_by": pl.String, "matches": pl.Int64,
            "judged": pl.Int64, "last_promoted_at": pl.String, "last_promoted_by": pl.String, "made_of": pl.String,
        }
    )  # fmt: skip
    present.frame(pl.DataFrame(rows, schema=schema), as_)


def _of_the_model(registry: "Registry", name: str) -> dict[str, Any]:
    """What a model says of itself, or that it is damaged: one such hides no other."""
    try:
        facts, made_of = registry.facts(name), registry.load(name).made_of
    except (ModelError, WorkspaceError) as error:
        typer.echo(f"warning: model {name} cannot be used: {error}", err=True)
        return {"state": "damaged"}
    return {
        "state": "whole",
        **{key: facts.get(key) for key in ("trained_at", "trained_by", "matches", "judged")},
        "made_of": made_of,
    }


@model_app.command("show")
def show_model(
    context: typer.Context,
    model: Annotated[str | None, typer.Argument(help="Name, id or path; default: the promoted one.")] = None,
    as_: _Format = ListFormat.table,
    with_card: Annotated[bool, typer.Option("--card", help="Print its card (Markdown) instead.")] = False,
) -> None:
    """Show a model's levels: the question of each, m, u, weight, and what is pinned.

    Example: matching model show default --format csv
    """
    from matching.link import card

    registry = _registry(context)
    name = registry.resolve(model)
    if with_card:
        typer.echo(registry.card(name))
        return
    shown = registry.load(name)
    typer.echo(f"{name}: {shown.made_of}", err=True)
    for field, one in shown.calibration.items():
        typer.echo(f"{field}: weight counts {one.slope:.3f} times and {one.shift:+.2f} bits", err=True)
    present.frame(card.levels(shown), as_)


@model_app.command("compare")
def compare_models(
    context: typer.Context,
    before: Annotated[str, typer.Argument(help="Name, id or path of the one model.")],
    after: Annotated[str, typer.Argument(help="Of the other.")],
    counts: Annotated[bool, typer.Option("--counts", help="Print the counts by lists only, in any format.")] = False,
    as_: _Format = ListFormat.table,
) -> None:
    """Score the last published run under two models: which matches would appear, and which vanish.

    The evidence is gathered once. A table shows counts by lists, then the likeliest changes; CSV and JSON all of them.

    Example: matching model compare default 3f2a9c --format csv
    """
    from matching.link import differences
    from matching.modelling import compare_models

    found = compare_models(_registry(context).workspace, context.obj, before, after)
    if counts or as_ is ListFormat.table:
        present.frame(differences.counts(found), as_)
    changed = found.filter(pl.col("change") != differences.STAYS)
    if not counts:
        present.frame(changed.head(SHOWN_CHANGES) if as_ is ListFormat.table else changed, as_)


@model_app.command("promote")
def promote_model(
    context: typer.Context,
    model: Annotated[str | None, typer.Argument(help="Name or id of a model of `matching model list`.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Promote the one that the last promotion replaced.")] = False,
    note: Annotated[str, typer.Option(help="Why; kept with the promotion.")] = "",
    by: _By = None,
) -> None:
    """Make a model the one that runs use from now on. Published runs stay as they are.

    --back undoes the last promotion and is one itself: given twice, it returns to where you were. To go back further,
    name a model of `matching model promotions`.

    Example: matching model promote 3f2a9c --note "judgements of May"
    """
    registry = _registry(context)
    if (model is None) == (not back):
        raise UsageError("give a model to promote, or --back to return to the one before: one of them, not both")
    name = registry.before_promoted() if back else str(model)
    made = registry.promote(name, by=_user(by), at=datetime.now(UTC), note=note)
    typer.echo(f"{made.model} is promoted, instead of {made.instead_of}; `matching model promote --back` undoes that")


@model_app.command("promotions")
def list_promotions(context: typer.Context, as_: _Format = ListFormat.table) -> None:
    """Show every promotion: which model took the place of which, when, by whom and why.

    Example: matching model promotions --format csv
    """
    rows = [{**vars(one), "promoted_at": one.promoted_at.isoformat()} for one in _registry(context).promotions()]
    columns = ("number", "model", "instead_of", "promoted_at", "promoted_by", "note")
    schema = pl.Schema({name: pl.Int64 if name == "number" else pl.String for name in columns})
    present.frame(pl.DataFrame(rows, schema=schema), as_)


@model_app.command("thresholds")
def show_thresholds(
    context: typer.Context,
    threshold: Annotated[list[float] | None, typer.Option(help="A threshold to show. May be repeated.")] = None,
    labels: _Labels = None,
    as_: _Format = ListFormat.table,
) -> None:
    """Show what each review threshold would give on the last published run: queue, precision and recall, by lists.

    Expected figures are of calibrated probabilities, and recall of pairs that blocking brought together. With --labels,
    observed ones of the judged pairs stand beside them.

    Example: matching model thresholds --threshold 0.3 --threshold 0.5 --labels judgements.csv
    """
    from matching.link.thresholds import THRESHOLDS, threshold_table
    from matching.modelling import published_pairs

    settings: Settings = context.obj
    wanted = threshold or [*THRESHOLDS, settings.review_threshold, settings.dismiss_threshold]
    if not all(0 < one < 1 for one in wanted):
        raise UsageError(f"--threshold {', '.join(map(str, wanted))}: give probabilities between 0 and 1")
    table = threshold_table(published_pairs(_registry(context).workspace), wanted, judged=_judgements(labels))
    chosen = pl.col("threshold")
    is_set = pl.when(chosen == settings.review_threshold).then(pl.lit("review")).when(
        chosen == settings.dismiss_threshold
    ).then(pl.lit("dismiss"))  # fmt: skip
    present.frame(table.with_columns(setting=is_set), as_)


@model_app.command("calibration")
def show_calibration(context: typer.Context, as_: _Format = ListFormat.table) -> None:
    """Show, by bands of probability, what the model said of the published run and what reviewers decided.

    `said` is the mean probability, `found` the share judged one person, from `low` to `high` in 95 of 100, without what the
    model was trained on. The weekly DAG `calibration` keeps the same as a report.

    Example: matching model calibration --format csv
    """
    from matching.monitor.calibration import FEWEST_JUDGED
    from matching.operations.calibration_report import calibrated
    from matching.pipeline import Pipeline

    found = calibrated(Pipeline.open(context.obj), now=datetime.now(UTC))
    present.frame(found.bands, as_)
    told = (
        f"too few to tell, expected {FEWEST_JUDGED} or more" if found.error is None else f"mean gap {found.error:.1%}"
    )
    typer.echo(
        f"{found.judged} judged pairs: {told}. Left out: {found.trained_on} that the model was trained on, {found.not_shown} of"
        " which the run asks nobody",
        err=True,
    )


@model_app.command("recall")
def show_recall(
    context: typer.Context,
    labels: Annotated[Path, typer.Argument(help="Judged pairs: CSV with id_l, id_r, verdict.")],
    as_: _Format = ListFormat.table,
) -> None:
    """Estimate recall at the review threshold from judged samples below it (table `samples` of the last published run).

    True matches above the threshold are those judged the same, and of the others as many as the model expects. The run
    must have been made at the threshold that is set now. Below 30 judged samples the interval is not to be relied on.

    Example: matching model recall judgements.csv
    """
    from matching.link.sampling import FEWEST_JUDGED
    from matching.modelling import production_recall

    settings: Settings = context.obj
    found = production_recall(
        _registry(context).workspace,
        _required(labels),
        threshold=settings.review_threshold,
        seed=settings.sample_seed,
    )
    if found is None:
        raise UsageError(
            f"{labels} judges no pair of table `samples`: have the samples of the published run judged first"
        )
    if found.too_few:
        typer.echo(
            f"warning: too few judged: {found.judged} samples of {FEWEST_JUDGED} or more; judge more of table `samples`"
            " before relying on the interval",
            err=True,
        )
    row = {"threshold": settings.review_threshold, **vars(found), "too_few": found.too_few}
    present.frame(pl.DataFrame([row]), as_)


def _registry(context: typer.Context) -> "Registry":
    from matching.link.registry import Registry

    settings: Settings = context.obj
    return Registry(Workspace(settings.workspace))


def _judgements(path: Path | None) -> pl.DataFrame | None:
    return None if path is None else _required(path)


def _required(path: Path) -> pl.DataFrame:
    from matching.link.judgements import read_judgements

    return read_judgements(path)


def _user(given: str | None) -> str:
    try:
        return given or getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return "unknown"

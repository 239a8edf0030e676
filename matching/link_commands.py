"""``matching link …``: what linking costs before it is done."""

from typing import Annotated

import typer

from matching import present
from matching.present import ListFormat
from matching.source_commands import open_pipeline

link_app = typer.Typer(no_args_is_help=True, help="What linking costs, before it is done.")


@link_app.command("plan")
def plan(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Option(help="Only these sources. May be repeated.")] = None,
    run: Annotated[str | None, typer.Option(help="A run, in place of the current records.")] = None,
    as_: Annotated[ListFormat, typer.Option("--format", help="How to print.")] = ListFormat.table,
) -> None:
    """Show for each blocking rule the pairs it adds to those of the rules before it, and its largest blocks.

    A key under which a record would meet more others than `cap` is cut: `keys_cut` of `keys`, the largest with
    `largest_block_cut` records; `largest_block` is the largest kept. `meetings` counts a pair once for every key it shares,
    `meetings_cut` those that the cut keys would have brought about. Of `pairs_added`, `contradicted` are not compared,
    since their births contradict each other. Of very large lists the pairs are estimated from an even share of the
    records, which is said. Nothing is scored or written.
    Lists with a snapshot but no known source.yml are left out, and named.

    Example: matching link plan --format csv
    """
    from matching.planning import left_out, plan_blocking

    pipeline = open_pipeline(context.obj)
    rules, share = plan_blocking(pipeline, source, run_id=run)
    present.frame(rules.drop("position"), as_)
    how = "counted" if share == 1 else f"estimated from {share:.0%} of the meetings"
    made, contradicted, cut = (int(rules[name].sum()) for name in ("pairs_added", "contradicted", "meetings_cut"))
    typer.echo(
        f"{made - contradicted} pairs to compare ({how}), {contradicted} not compared as births contradict each other; caps"
        f" cut {cut} meetings",
        err=True,
    )
    unknown = [] if source or run else left_out(pipeline)
    if unknown:
        typer.echo(
            f"warning: left out, with a snapshot but no known source.yml: {', '.join(unknown)} (add theirs with"
            " --sources-dir)",
            err=True,
        )

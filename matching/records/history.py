"""What changed from one snapshot of a list to the next, and since when each entry has been seen.

Everything is derived from the accepted snapshots, so it does not matter in which order they were taken in: filling in
an older one later gives what taking it in at the time would have given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from matching.sources.snapshots import Snapshot
from matching.tables import CHANGES, RECORDS

NOT_CONTENT = ("snapshot_id", "retrieved_at", "first_seen", "last_seen", "licence", "handling_code")
"""Columns that say where a record came from: they change with every snapshot, and the entry does not."""

NO_IDS = pl.Series("record_id", [], dtype=pl.String)

SHOWN_ALWAYS = ("record_id", "source", "entity_kind")


@dataclass(frozen=True, kw_only=True)
class State:
    """A list as it stood: the snapshot first retrieved at ``since`` and last at ``until``, none other between."""

    since: datetime
    until: datetime
    snapshot: Snapshot


def timeline(snapshots: Iterable[Snapshot]) -> list[State]:
    """Return the states of a list in order of time; bytes that come again after others are a state again."""
    retrieved = sorted(
        (
            (retrieval.retrieved_at, snapshot.snapshot_id, snapshot)
            for snapshot in snapshots
            for retrieval in snapshot.retrievals
        ),
        key=lambda found: found[:2],
    )
    states: list[State] = []
    for at, snapshot_id, snapshot in retrieved:
        if states and states[-1].snapshot.snapshot_id == snapshot_id:
            states[-1] = State(since=states[-1].since, until=at, snapshot=snapshot)
        else:
            states.append(State(since=at, until=at, snapshot=snapshot))
    return states


def seen(states: Sequence[State], ids: Mapping[str, pl.Series]) -> pl.DataFrame:
    """Return record_id, first_seen, last_seen and snapshot_id (the last that has it), one row per record ever seen.

    ``ids`` are the record_ids of each snapshot by snapshot_id.
    """
    when = RECORDS.schema["retrieved_at"]
    frames = [
        pl.DataFrame({"record_id": ids[state.snapshot.snapshot_id]}).with_columns(
            position=pl.lit(position),
            since=pl.lit(state.since).cast(when),
            until=pl.lit(state.until).cast(when),
            snapshot_id=pl.lit(state.snapshot.snapshot_id),
        )
        for position, state in enumerate(states)
    ]
    last = pl.col("position").arg_max()
    return (
        pl.concat(frames)
        .group_by("record_id")
        .agg(
            first_seen=pl.col("since").min(),
            last_seen=pl.col("until").max(),
            snapshot_id=pl.col("snapshot_id").get(last),
        )
        .sort("record_id")
    )


def set_aside(quarantine: pl.DataFrame) -> pl.Series:
    """Return the record_ids of the entries in ``quarantine`` that have one: they stand on the list, unread."""
    rows = quarantine.filter(pl.col("table") == "records", ~pl.col("record_id").str.contains(r":entry \d+$"))
    return rows["record_id"].unique().sort()


def changes(
    before: pl.DataFrame,
    after: pl.DataFrame,
    *,
    earlier: pl.Series = NO_IDS,
    set_aside_before: pl.Series = NO_IDS,
    set_aside_after: pl.Series = NO_IDS,
) -> pl.DataFrame:
    """Return ``changes`` from the records ``before`` to the records ``after``, of one list.

    ``earlier`` are record_ids seen in any older snapshot: an entry among them that comes back is reinstated, not added.
    An entry that was set aside stands on the list, too: falling into quarantine is no removal, leaving it no addition.
    """
    there, here = _standing(before, set_aside_before, like=after), _standing(after, set_aside_after, like=before)
    added = here.join(there, on="record_id", how="anti").select(
        *SHOWN_ALWAYS,
        change=pl.when(pl.col("record_id").is_in(earlier.implode()))
        .then(pl.lit("reinstated"))
        .otherwise(pl.lit("added")),
        fields=pl.lit([], dtype=pl.List(pl.String)),
    )
    removed = there.join(here, on="record_id", how="anti").select(
        *SHOWN_ALWAYS, change=pl.lit("removed"), fields=pl.lit([], dtype=pl.List(pl.String))
    )
    return CHANGES.conform(
        pl.concat([added, removed, _changed(before, after)]).with_columns(
            from_snapshot=pl.lit(_only(before["snapshot_id"])), to_snapshot=pl.lit(_only(after["snapshot_id"]))
        )
    )


def _standing(records: pl.DataFrame, aside: pl.Series, *, like: pl.DataFrame) -> pl.DataFrame:
    """Return SHOWN_ALWAYS of every entry that stands on the list, those set aside among them.

    What kind these are is not known: where all others, here and in ``like``, are of one kind, they are taken as that.
    """
    kinds = pl.concat([records["entity_kind"], like["entity_kind"]]).unique()
    unread = pl.DataFrame({"record_id": aside}, schema={"record_id": pl.String}).select(
        "record_id",
        source=pl.col("record_id").str.split(":").list.first(),
        entity_kind=pl.lit(kinds[0] if kinds.len() == 1 else "other"),
    )
    known = records.select(SHOWN_ALWAYS)
    return pl.concat([known, unread.join(known, on="record_id", how="anti")])


def _changed(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    fields = [name for name in RECORDS.columns if name not in (*NOT_CONTENT, *SHOWN_ALWAYS)]
    both = after.join(before, on="record_id", how="inner", suffix="_before")
    differs = [
        pl.when(pl.col(name).ne_missing(pl.col(f"{name}_before"))).then(pl.lit(name)).alias(name) for name in fields
    ]
    return (
        both.with_columns(fields=pl.concat_list(differs).list.drop_nulls())
        .filter(pl.col("fields").list.len() > 0)
        .select(*SHOWN_ALWAYS, pl.lit("changed").alias("change"), "fields")
    )


def _only(values: pl.Series) -> str:
    return str(values[0]) if values.len() else ""

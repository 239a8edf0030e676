"""Bring the lists of a run together, with what time tells: since when an entry is seen, and which are gone.

Reads 10_raw/ and 20_records/. Writes records, changes, quarantine and gates of a run. Grain: one entry ever seen
on a list. An entry that has left its list stays, as its last snapshot had it, with status removed: it is linked no
more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from matching.ingest import Ingestion, SnapshotTables
from matching.records import history
from matching.records.history import State
from matching.sources import snapshots
from matching.sources.spec import Source
from matching.tables import CHANGES, RECORDS


def gather(ingestion: Ingestion, source: Source, snapshot_id: str) -> tuple[SnapshotTables, pl.DataFrame]:
    """Return the tables of ``source`` as of the snapshot ``snapshot_id``, and its changes against the one before.

    Raises what ``Ingestion.tables`` raises.
    """
    states = _until(history.timeline(snapshots.history(ingestion.workspace, source.id)), snapshot_id)
    now = ingestion.tables(source, states[-1].snapshot)
    past = {
        state.snapshot.snapshot_id: ingestion.past_records(source, state.snapshot)
        for state in states
        if state.snapshot.snapshot_id != snapshot_id
    }
    ids = {key: records.select("record_id").collect()["record_id"] for key, records in past.items()}
    # It may have been the list's state before, too. Entries set aside stand on the list: they are not gone.
    ids[snapshot_id] = pl.concat([now.records["record_id"], history.set_aside(now.quarantine)]).unique()
    seen = history.seen(states, ids)
    records = pl.concat([now.records, *_removed(past, seen)]).drop("first_seen", "last_seen")
    dated = records.join(seen.select("record_id", "first_seen", "last_seen"), on="record_id", how="left")
    return replace(now, records=RECORDS.conform(dated)), _latest_changes(ingestion, source, states, ids)


def _removed(past: Mapping[str, pl.LazyFrame], seen: pl.DataFrame) -> list[pl.DataFrame]:
    """Entries that are gone, each as the last snapshot that had it."""
    last_in = {key: seen.filter(snapshot_id=key)["record_id"] for key in past}
    return [
        records.filter(pl.col("record_id").is_in(last_in[key].implode()))
        .with_columns(status=pl.lit("removed"))
        .select(RECORDS.schema.names())
        .collect()
        for key, records in past.items()
    ]


def _latest_changes(
    ingestion: Ingestion, source: Source, states: Sequence[State], ids: Mapping[str, pl.Series]
) -> pl.DataFrame:
    """Changes that the last of ``states`` brought; none for a first snapshot, of which all would be new."""
    if len(states) < 2:
        return CHANGES.empty()
    before, after = (ingestion.tables(source, state.snapshot) for state in states[-2:])
    return history.changes(
        before.records,
        after.records,
        earlier=pl.concat([ids[state.snapshot.snapshot_id] for state in states[:-1]]).unique(),
        set_aside_before=history.set_aside(before.quarantine),
        set_aside_after=history.set_aside(after.quarantine),
    )


def _until(states: Sequence[State], snapshot_id: str) -> list[State]:
    """The states up to the last in which the list was this snapshot."""
    last = max(position for position, state in enumerate(states) if state.snapshot.snapshot_id == snapshot_id)
    return list(states[: last + 1])

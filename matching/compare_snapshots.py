"""The states of one list over time, and what differs between two of them.

Reads 10_raw/ and 20_records/. Writes nothing, but for the records of a snapshot that is read under a changed mapping
for the first time. Grain: one state of a list; one entry that differs between two.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

import polars as pl

from matching.errors import UsageError
from matching.ingest import Ingestion
from matching.records import history
from matching.records.history import State
from matching.sources import snapshots
from matching.sources.spec import Source

_SHORTEST_PREFIX = 4


@dataclass(frozen=True, kw_only=True)
class Difference:
    """``changes`` (see matching/tables.py) that lead from one state of a list to another."""

    source_id: str
    before: State
    after: State
    changes: pl.DataFrame

    def counts(self) -> pl.DataFrame:
        """Return change, entries and persons: one row per kind of change."""
        kinds = pl.DataFrame({"change": ["added", "changed", "removed", "reinstated"]})
        found = self.changes.group_by("change").agg(entries=pl.len(), persons=(pl.col("entity_kind") == "person").sum())
        return kinds.join(found, on="change", how="left", maintain_order="left").fill_null(0)


def states_of(ingestion: Ingestion, source: Source) -> list[State]:
    """Return the states of the list in order of time. Raises UsageError where nothing was taken in yet."""
    states = history.timeline(snapshots.history(ingestion.workspace, source.id))
    if not states:
        raise UsageError(
            f"no snapshot of {source.id} in {ingestion.workspace.root}: take one in with `matching source import` or"
            " `matching source fetch`"
        )
    return states


def last_changes(ingestion: Ingestion, source: Source) -> dict[str, int]:
    """How many entries the last state of the list added, changed, removed and reinstated; empty for a first one."""
    if len(states_of(ingestion, source)) < 2:
        return {}
    return dict(difference(ingestion, source).counts().select("change", "entries").rows())


def difference(
    ingestion: Ingestion, source: Source, earlier: str | None = None, later: str | None = None
) -> Difference:
    """Compare two states of a list, read under its present mapping; by default the last two.

    ``earlier`` and ``later`` are the first characters of a snapshot's id, or a date (ISO 8601): the list as it stood at
    the end of that day. Raises UsageError where they name no state or two, or the wrong way round.
    """
    states = states_of(ingestion, source)
    end = find_state(states, later) if later else len(states) - 1
    start = find_state(states, earlier) if earlier else end - 1
    if start < 0:
        raise UsageError(
            f"{source.id} has no state before {_told(states[end])}: nothing to compare. Its states:"
            f"\n{_all_told(states)}"
        )
    if start >= end:
        raise UsageError(
            f"{_told(states[start])} is not before {_told(states[end])}: give the earlier one with --from. The states"
            f" of {source.id}:\n{_all_told(states)}"
        )
    before, after = (ingestion.tables(source, states[at].snapshot) for at in (start, end))
    ids = [_ids(ingestion, source, state) for state in states[:start]]
    return Difference(
        source_id=source.id,
        before=states[start],
        after=states[end],
        changes=history.changes(
            before.records,
            after.records,
            earlier=pl.concat(ids).unique() if ids else history.NO_IDS,
            set_aside_before=history.set_aside(before.quarantine),
            set_aside_after=history.set_aside(after.quarantine),
        ),
    )


def find_state(states: Sequence[State], text: str) -> int:
    """Return the position of the state that ``text`` (a snapshot's first characters, or a date) names.

    Of a snapshot that was a state more than once, the last. Raises UsageError where there is none, or several.
    """
    if (end_of_day := _end_of_day(text)) is not None:
        stood = [position for position, state in enumerate(states) if state.since <= end_of_day]
        if not stood:
            raise UsageError(f"no state on {text} or before. The first ones:\n{_all_told(states[:5])}")
        return stood[-1]
    if len(text) < _SHORTEST_PREFIX:
        raise UsageError(
            f"{text!r} is too short for a snapshot: give {_SHORTEST_PREFIX} or more characters, or a date. The states:"
            f"\n{_all_told(states)}"
        )
    found = [position for position, state in enumerate(states) if state.snapshot.snapshot_id.startswith(text.lower())]
    if len({states[position].snapshot.snapshot_id for position in found}) != 1:
        what = "several snapshots begin" if found else "no snapshot begins"
        raise UsageError(
            f"{what} with {text!r}: give the first characters of one, or a date such as 2026-02-27. The states:"
            f"\n{_all_told([states[position] for position in found] or states)}"
        )
    return found[-1]


def state_rows(ingestion: Ingestion, source: Source) -> pl.DataFrame:
    """Return one row per state: when it was first and last retrieved, its counts, and what it gained and lost.

    Columns: snapshot, first_retrieved, last_retrieved, retrievals, entries, persons, quarantined; added, removed
    (records) and persons_added, persons_removed against the state before, null for the first.
    """
    rows = []
    before: tuple[set[str], set[str]] | None = None
    for state in states_of(ingestion, source):
        now = _ids_and_persons(ingestion, source, state)
        rows.append({**_state_row(state), **_gains(before, now)})
        before = now
    return pl.DataFrame(rows, infer_schema_length=None)


def _state_row(state: State) -> dict[str, object]:
    counts = state.snapshot.counts
    retrievals = [one for one in state.snapshot.retrievals if state.since <= one.retrieved_at <= state.until]
    return {
        "snapshot": state.snapshot.snapshot_id[:12],
        "first_retrieved": f"{state.since:%Y-%m-%dT%H:%MZ}",
        "last_retrieved": f"{state.until:%Y-%m-%dT%H:%MZ}",
        "retrievals": len(retrievals),
        "entries": counts["entries"],
        "persons": counts["persons"],
        "quarantined": counts["quarantined"],
    }


def _gains(before: tuple[set[str], set[str]] | None, now: tuple[set[str], set[str]]) -> dict[str, int | None]:
    if before is None:
        return dict.fromkeys(("added", "removed", "persons_added", "persons_removed"))
    (all_before, persons_before), (all_now, persons_now) = before, now
    return {
        "added": len(all_now - all_before),
        "removed": len(all_before - all_now),
        "persons_added": len(persons_now - all_before),
        "persons_removed": len(persons_before - all_now),
    }


def _ids(ingestion: Ingestion, source: Source, state: State) -> pl.Series:
    return ingestion.past_records(source, state.snapshot).select("record_id").collect()["record_id"]


def _ids_and_persons(ingestion: Ingestion, source: Source, state: State) -> tuple[set[str], set[str]]:
    rows = ingestion.past_records(source, state.snapshot).select("record_id", "entity_kind").collect()
    return set(rows["record_id"]), set(rows.filter(entity_kind="person")["record_id"])


def _end_of_day(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{4}-?\d\d-?\d\d([T ].*)?", text):
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = given if len(text) > len("2026-02-27") else datetime.combine(given, time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _told(state: State) -> str:
    return f"{state.snapshot.snapshot_id[:12]} of {state.since:%Y-%m-%d}"


def _all_told(states: Sequence[State]) -> str:
    return "\n".join(f"  {_told(state)}" for state in states)

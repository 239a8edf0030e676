"""Who may be kept no longer, and their erasure from everywhere the workspace keeps them.

Reads source.yml, 10_raw/, 20_records/, runs/. Writes the same without the persons erased, and a line of the audit trail
that counts them and holds nothing of them: a hash of a record id is found by trying all ids of its list. Grain: one record of one source.

    withdrawn   left its list longer ago than the list's `removed_days` (or the setting retain_removed_days)
    expired     its list was to be kept until a day that is over

Decision: bytes of a publisher are not edited. A past snapshot that names an erased person loses its bytes as a whole and
keeps its manifest, hashes and the records of the others; the snapshot in use names none who was withdrawn. The published
run is replaced by a copy without the erased under an id of its own, so that readers never see half of either.

Decision: whom an erasure is about is written down (``erasing.json``) before anything goes and removed when all is done. An
erasure that was killed has lost some of what its plan was made of; what is written down is in the next plan, and done
again from the beginning. The review store is last: until then its servers may take in a run that still names the erased.
"""

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import polars as pl

from matching import ledger
from matching.contract import Type
from matching.log import event
from matching.operations import erasure_asked, redaction
from matching.pipeline import Pipeline
from matching.records.history import State, timeline
from matching.review.erase import erase as erase_from_review
from matching.review.store import store_there_is
from matching.sources import snapshots
from matching.sources.spec import Source
from matching.workspace import Workspace, read_json, write_json

_COLUMNS: dict[str, Type] = {
    "source": pl.String,
    "record_id": pl.String,
    "why": pl.String,
    "since": pl.Datetime("us", "UTC"),
    "handling_code": pl.String,
    "purpose": pl.String,
}
PLAN = pl.Schema(_COLUMNS)

BEGUN = "erasing.json"
"""In the workspace while an erasure goes on, or after one that was killed: whom it is about, as rows of PLAN."""


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What an erasure removed: how many ``persons``, from how many ``snapshots`` and ``runs``, and ``rows`` of the review store."""

    persons: int
    snapshots: int
    runs: int
    rows: int


def plan(pipeline: Pipeline, *, now: datetime) -> pl.DataFrame:
    """Return who is to be erased ``now`` (see PLAN): one row per record, by source and record id. Changes nothing.

    Among them everybody whom an erasure that did not come to its end was about.
    """
    rows = [row for source in pipeline.sources.values() for row in _due(pipeline, source, now)]
    due = pl.concat([pl.DataFrame(rows, schema=PLAN), begun(pipeline.workspace)])
    return due.unique("record_id", keep="first", maintain_order=True).sort("source", "record_id")


def approved(pipeline: Pipeline, asked: str, *, now: datetime) -> pl.DataFrame:
    """Return whom a person who answered the question ``asked`` approved to erase, and who is due ``now`` still (see PLAN).

    Who came due since is in the next question. Whom an erasure was about that did not come to its end stays in the plan.
    Raises UsageError where that question is not the last.
    """
    ids = erasure_asked.of(pipeline.workspace, asked) | set(begun(pipeline.workspace)["record_id"])
    return plan(pipeline, now=now).filter(pl.col("record_id").is_in(ids))


def begun(workspace: Workspace) -> pl.DataFrame:
    """Return whom an erasure is about that was begun and not ended (see PLAN); no row where there is none."""
    path = workspace.root / BEGUN
    rows = read_json(path) if path.exists() else []
    return pl.DataFrame([row | {"since": datetime.fromisoformat(row["since"])} for row in rows], schema=PLAN)


def apply(pipeline: Pipeline, planned: pl.DataFrame, *, now: datetime, by: str = "") -> Erased:
    """Erase everybody in ``planned`` everywhere, and return what was removed. Doing it again removes nothing more.

    ``by`` says who approved it, for the audit trail.

    Raises WorkspaceError where a run or an ingestion is writing meanwhile, or the review store cannot be opened.
    """
    workspace = pipeline.workspace
    with workspace.used(alone=True), store_there_is(pipeline.settings) as store:
        ids = set(planned["record_id"])
        if ids:
            write_json(
                workspace.root / BEGUN, [row | {"since": row["since"].isoformat()} for row in planned.to_dicts()]
            )
        touched = sum(
            _erase_from_lists(workspace, source_id, set(of_source["record_id"]), now=now)
            for (source_id,), of_source in planned.group_by("source", maintain_order=True)
        )
        lists = {str(source_id) for source_id in planned["source"].unique()}
        runs = redaction.redact_runs(workspace, ids, gone=_erased_snapshots(workspace, lists)) if ids else []
        shutil.rmtree(workspace.tmp, ignore_errors=True)  # what killed processes left; nobody else is writing
        rows = erase_from_review(store, ids) if store and ids else 0
        ledger.leave_out(workspace, "subjects")  # hashes of ids, which earlier versions noted
        _note(workspace, planned, runs, now=now, by=by)
        erasure_asked.forget(workspace, ids)
        (workspace.root / BEGUN).unlink(missing_ok=True)
    event("persons_erased", persons=len(ids), snapshots=touched, runs=len(runs), review_rows=rows)
    return Erased(persons=len(ids), snapshots=touched, runs=len(runs), rows=rows)


def _due(pipeline: Pipeline, source: Source, now: datetime) -> list[dict[str, object]]:
    """Rows of PLAN for one source."""
    states = timeline(snapshots.history(pipeline.workspace, source.id))
    if not states:
        return []
    until, days = source.retention.until, source.retention.removed_days
    days = pipeline.settings.retain_removed_days if days is None else days
    ids = {
        state.snapshot.snapshot_id: _ids_in(pipeline.workspace, source.id, state.snapshot.snapshot_id)
        for state in states
    }
    common = {"source": source.id, "handling_code": source.handling_code, "purpose": source.purpose}
    if until and now.date() > until:
        since = datetime.combine(until, time(), UTC) + timedelta(days=1)
        return [{**common, "record_id": one, "why": f"expired: the list is kept until {until}", "since": since}
                for one in sorted(set().union(*ids.values()))]  # fmt: skip
    if days is None:
        return []
    left = _left(states, ids)
    return [
        {**common, "record_id": one, "why": f"withdrawn: kept {days} days after leaving the list", "since": since}
        for one, since in sorted(left.items())
        if now - since > timedelta(days=days)
    ]


def _left(states: Sequence[State], ids: Mapping[str, set[str]]) -> dict[str, datetime]:
    """Who is not on the list any more, and since which state."""
    left: dict[str, datetime] = {}
    for before, after in pairwise(states):
        was, now = ids[before.snapshot.snapshot_id], ids[after.snapshot.snapshot_id]
        left |= dict.fromkeys(was - now, after.since)
    return {one: since for one, since in left.items() if one not in ids[states[-1].snapshot.snapshot_id]}


def _ids_in(workspace: Workspace, source_id: str, snapshot_id: str) -> set[str]:
    """The record ids in a snapshot, those set aside too, under every mapping it was read with."""
    found: set[str] = set()
    for folder in workspace.records.glob(f"{source_id}/{snapshot_id}-*"):
        for name in ("records", "quarantine"):
            found |= set(pl.read_parquet(folder / f"{name}.parquet", columns=["record_id"])["record_id"])
    return found


def _erase_from_lists(workspace: Workspace, source_id: str, ids: set[str], *, now: datetime) -> int:
    """Erase ``ids`` from the snapshots and records of one source; returns how many snapshots lost their bytes."""
    touched = 0
    why = f"{len(ids)} persons may not be kept"
    current = snapshots.current(workspace, source_id)
    for snapshot in snapshots.history(workspace, source_id):
        was_read = any(workspace.records.glob(f"{source_id}/{snapshot.snapshot_id}-*"))
        is_past = current is not None and snapshot.snapshot_id != current.snapshot_id
        # Of a past snapshot that was never read nobody knows whom it names.
        if _ids_in(workspace, source_id, snapshot.snapshot_id) & ids or (is_past and not was_read):
            snapshots.erase_bytes(snapshot.folder, at=now, why=why)
            touched += 1
    for folder in workspace.records.glob(f"{source_id}/*"):
        is_gone = not (workspace.raw / source_id / folder.name.rpartition("-")[0] / "files").is_dir()
        redaction.redact_records(folder, ids, unreadable_too=is_gone)
    # Nobody knows whom a refused payload names: it was not read to the end.
    for refused in (workspace.raw / source_id).glob("refused/*/manifest.json"):
        if (refused.parent / "files").is_dir():
            snapshots.erase_bytes(refused.parent, at=now, why=why)
    _remove_if_all_gone(workspace, source_id)
    return touched


def _remove_if_all_gone(workspace: Workspace, source_id: str) -> None:
    """A list of which nobody is left is no list that a run may read: what is known about its snapshots stays."""
    found = snapshots.history(workspace, source_id)
    if any(not one.is_erased or _ids_in(workspace, source_id, one.snapshot_id) for one in found):
        return
    for snapshot in found:
        (snapshot.folder / "manifest.json").rename(snapshot.folder / "erased.json")
    shutil.rmtree(workspace.records / source_id, ignore_errors=True)


def _erased_snapshots(workspace: Workspace, source_ids: Collection[str]) -> set[str]:
    """Snapshots of these sources whose bytes are gone: entries of theirs without an id are gone too."""
    return {
        path.parent.name
        for source_id in source_ids
        for path in [
            *(workspace.raw / source_id).glob("*/manifest.json"),
            *(workspace.raw / source_id).glob("*/erased.json"),
        ]
        if not (path.parent / "files").is_dir()
    }


def _note(workspace: Workspace, planned: pl.DataFrame, runs: Sequence[str], *, now: datetime, by: str) -> None:
    for (source_id, why), rows in planned.group_by("source", "why", maintain_order=True):
        ledger.note(
            workspace,
            "erased",
            at=now,
            source=source_id,
            why=why,
            persons=rows.height,
            runs=list(runs),
            **({"by": by} if by else {}),
        )

"""Lists that were refused and wait for a person: which, why, and taking one in after that person decided.

Reads 10_raw/<source>/refused/. Writes what taking a list in writes, and asked.json of the list: what was asked about last.
Grain: one refused payload, the last of its list.

A refusal has one of two causes. Its layout changed: then ``source.yml`` must be made to read it before it is accepted, and
accepting reads the kept bytes again. Or a gate did not hold, such as too many persons gone: then accepting takes them.
An answer is to the cause that was asked about: who said that the layout is read now did not say that half may be gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from matching.errors import FetchError, GateError, UsageError
from matching.ingest import Ingested
from matching.pipeline import Pipeline
from matching.sources import freshness, snapshots
from matching.sources.spec import Source
from matching.workspace import Workspace, read_json, read_lines, write_json

_ASKED = "asked.json"


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A payload that was refused: ``reason`` says what was found and expected, ``by_gate`` whether a gate refused it."""

    source_id: str
    snapshot_id: str
    retrieved_at: datetime
    reason: str
    by_gate: bool

    @property
    def cause(self) -> str:
        """What an answer is about: of a gate, that it found just this; of a layout, that it is not read, whatever the first error."""
        return f"gate: {self.reason}" if self.by_gate else "layout"

    @property
    def to_do(self) -> str:
        """What a person does before accepting it."""
        if self.by_gate:
            return "Look whether the publisher really changed so much: accepting takes the list as it is."
        return (
            f"Correct source.yml of {self.source_id} first (`matching source check {self.source_id} FILE…` shows what it"
            " reads): accepting reads the kept bytes again under it."
        )


def waiting(pipeline: Pipeline, *, unasked: bool = False) -> list[Refused]:
    """Return the refused payload of every list whose last attempt was refused.

    ``unasked``: those about which, for the cause that they have now, nobody was asked.
    """
    found = [one for source in pipeline.sources.values() for one in _of(pipeline.workspace, source)]
    return [one for one in found if not (unasked and _was_asked(pipeline.workspace, one))]


def note_asked(workspace: Workspace, source_id: str, snapshot_id: str, *, cause: str, at: datetime) -> None:
    """Note that a person is asked about a refused payload and why it was refused: nobody is asked the same twice."""
    asked = {"snapshot": snapshot_id, "cause": cause, "asked_at": at.isoformat(timespec="seconds")}
    write_json(workspace.raw / source_id / _ASKED, asked)


def accept(pipeline: Pipeline, source_id: str, snapshot_id: str, *, cause: str) -> Ingested | None:
    """Take in a refused payload that a person accepted; None where a later one was taken in meanwhile, or it itself.

    ``cause`` is that of the question. Raises UsageError where the payload was refused for another since or its bytes are
    not kept any more, PayloadError or GateError where it still cannot be taken in.
    """
    workspace, source = pipeline.workspace, pipeline.source(source_id)
    one = next((one for one in _of(workspace, source) if one.snapshot_id == snapshot_id), None)
    if one is None:
        return None
    if one.cause != cause:
        raise UsageError(
            f"{source_id} was not taken in: the answer is about `{cause}`, but it was refused for `{one.cause}` since. The"
            " DAG `quality` asks about that; or `matching source import`"
        )
    files = sorted(path for path in (_folder(workspace, one) / "files").glob("*") if path.is_file())
    if not files:
        raise UsageError(f"the refused bytes of {source_id} are not kept any more: fetch the list again")
    return pipeline.ingest(source_id, files=files, retrieved_at=one.retrieved_at, accept_drop=one.by_gate)


def _of(workspace: Workspace, source: Source) -> Iterator[Refused]:
    """The payload that the last attempt was refused for, where it was, and no snapshot is newer."""
    # A publisher that did not answer since says nothing of what it published before.
    tried = [one for one in freshness.attempts(workspace, source.id) if one.error != FetchError.__name__]
    if not tried or tried[-1].error is None:
        return
    kept = [path for path in (workspace.raw / source.id / "refused").glob("*") if (path / "retrievals.jsonl").is_file()]
    if not kept:
        return
    at, folder = max((_retrieved_at(path), path) for path in kept)
    current = snapshots.current(workspace, source.id)
    if current is None or current.retrieved_at <= at:
        manifest = read_json(folder / "manifest.json")
        yield Refused(
            source_id=source.id, snapshot_id=folder.name, retrieved_at=at, reason=str(manifest["refused"]),
            by_gate=manifest.get("refused_by", tried[-1].error) == GateError.__name__,  # kept before it was written down
        )  # fmt: skip


def _was_asked(workspace: Workspace, one: Refused) -> bool:
    path = workspace.raw / one.source_id / _ASKED
    asked = read_json(path) if path.exists() else {}
    return (asked.get("snapshot"), asked.get("cause")) == (one.snapshot_id, one.cause)


def _retrieved_at(folder: Path) -> datetime:
    return max(datetime.fromisoformat(line["retrieved_at"]) for line in read_lines(folder / "retrievals.jsonl"))


def _folder(workspace: Workspace, one: Refused) -> Path:
    return workspace.raw / one.source_id / "refused" / one.snapshot_id

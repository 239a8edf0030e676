"""How fresh a list is against its own cadence, and how the last attempts to take it in ended.

Enters: a source, its current snapshot, its attempts. Leaves: one word, since when, and what to do. Pure, but for the
file of attempts: one line each time somebody tried to take the list in.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from croniter import croniter

from matching.errors import GateError, MatchingError
from matching.said import Said, say, together
from matching.sources.snapshots import Snapshot
from matching.sources.spec import Source
from matching.workspace import Workspace, append_line, read_lines

_FILE = "attempts.jsonl"
# A publisher may be a day late without anybody having to look: most lists change on working days.
GRACE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to take a list in: ``error`` names what it met and ``message`` tells it; None where it went well."""

    at: datetime
    error: str | None
    message: str | None


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How a list stands.

    ``state`` is fresh, late, failing (the last attempts met an error), held (its last payload was refused by a gate and
    a person must decide), absent (never taken in) or unscheduled (no cadence to hold it to). ``due_at`` is when it had
    to be taken in again at the latest, and ``is_stale`` whether that is past, in whatever state; ``to_do`` is empty
    where nothing is.
    """

    state: str
    retrieved_at: datetime | None
    due_at: datetime | None
    is_stale: bool
    detail: Said
    to_do: str


def note_attempt(workspace: Workspace, source_id: str, *, at: datetime, error: MatchingError | None = None) -> None:
    """Write down that taking in a list was tried ``at`` a time, and what it met; silently not, where that cannot be."""
    folder = workspace.raw / source_id
    line = {
        "at": at.isoformat(timespec="seconds"),
        "error": type(error).__name__ if error else None,
        "message": str(error) if error else None,
    }
    with contextlib.suppress(OSError):  # a full disk or a read-only workspace is told by what was tried
        folder.mkdir(parents=True, exist_ok=True)
        append_line(folder / _FILE, line)


def attempts(workspace: Workspace, source_id: str) -> list[Attempt]:
    """Every attempt to take a list in, the earliest first."""
    path: Path = workspace.raw / source_id / _FILE
    lines = read_lines(path) if path.is_file() else []
    return [
        Attempt(at=datetime.fromisoformat(line["at"]), error=line["error"], message=line["message"]) for line in lines
    ]


def due_at(source: Source, retrieved_at: datetime) -> datetime | None:
    """When a list retrieved at a time is late: its next hour by schedule was missed, and a day of grace is over.

    None where ``source`` has neither ``stale_after_days`` nor a schedule.
    """
    if source.stale_after_days is not None:
        return retrieved_at + timedelta(days=source.stale_after_days)
    if source.schedule is None:
        return None
    due: datetime = croniter(source.schedule, retrieved_at).get_next(datetime)
    return due + GRACE


def freshness(source: Source, current: Snapshot | None, tried: list[Attempt], *, now: datetime) -> Freshness:
    """Say how ``source`` stands ``now``, with its ``current`` snapshot and what was ``tried``."""
    retrieved_at = current.retrieved_at if current else None
    due = due_at(source, retrieved_at) if retrieved_at else None
    is_late = due is not None and now > due
    age = say("taken in {days} days ago", days=(now - retrieved_at).days) if retrieved_at else say("never taken in")
    detail = together(age, say("late since {day}", day=due.date()) if due and is_late else "")
    last = tried[-1] if tried else None
    if last and last.error:
        state = "held" if last.error == GateError.__name__ else "failing"
        detail = together(detail, _stopped(state, _failed_since(tried)[0].at, last.message))
    elif retrieved_at is None:
        state = "absent"
    elif due is None:
        state = "unscheduled"
    else:
        state = "late" if is_late else "fresh"
    return Freshness(
        state=state,
        retrieved_at=retrieved_at,
        due_at=due,
        is_stale=is_late,
        detail=detail,
        to_do=_to_do(source.id, state),
    )


def of_source(workspace: Workspace, source: Source, current: Snapshot | None, *, now: datetime) -> Freshness:
    """Say how ``source`` stands in ``workspace``; see ``freshness``."""
    return freshness(source, current, attempts(workspace, source.id), now=now)


def _failed_since(tried: list[Attempt]) -> list[Attempt]:
    """The attempts since the last that went well."""
    good = max((position for position, one in enumerate(tried) if one.error is None), default=-1)
    return tried[good + 1 :]


def _stopped(state: str, since: datetime, message: str | None) -> Said:
    phrase = "held since {time}: {message}" if state == "held" else "failing since {time}: {message}"
    return say(phrase, time=f"{since:%Y-%m-%d %H:%M} UTC", message=message)


def _to_do(source_id: str, state: str) -> str:
    fetch, refused = f"matching source fetch {source_id}", f"10_raw/{source_id}/refused"
    return {
        "late": say("{command} (or import it); see why it was not taken in on schedule", command=fetch),
        "failing": say("read the message; when the publisher answers: {command}", command=fetch),
        "held": say(
            "look at {folder}; then correct source.yml, or take it in with {option}",
            folder=refused,
            option="--accept-drop",
        ),
    }.get(state, "")

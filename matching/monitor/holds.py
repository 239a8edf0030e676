"""What keeps a run that is complete from being published until a person releases it.

``hold.json`` in the run's folder lists the reasons, and once it was released who did so, when and why. Reasons name
rules, lists and shares, never a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from matching.errors import HeldError
from matching.workspace import read_json, write_json

_FILE = "hold.json"


@dataclass(frozen=True, kw_only=True)
class Hold:
    """``reasons`` that hold a run back; ``released`` says when, by whom and why, None while it is held."""

    reasons: tuple[str, ...]
    released: str | None = None


def of(folder: Path) -> Hold | None:
    """Return the hold of the run in ``folder``, released or not; None where nothing ever held it."""
    path = folder / _FILE
    if not path.is_file():
        return None
    content = read_json(path)
    return Hold(reasons=tuple(content["reasons"]), released=content["released"])


def put(folder: Path, reasons: Sequence[str]) -> None:
    """Hold the run in ``folder`` for ``reasons``; without any, it is held no more."""
    if reasons:
        write_json(folder / _FILE, {"reasons": list(reasons), "released": None})
    else:
        (folder / _FILE).unlink(missing_ok=True)


def release(folder: Path, *, at: datetime, by: str, why: str) -> Hold:
    """Release the run in ``folder`` and return its hold. Raises HeldError where nothing holds it."""
    hold = of(folder)
    if hold is None or hold.released:
        raise HeldError(f"run {folder.name} is not held: nothing to release. `matching run list` shows the runs")
    told = f"{at.isoformat(timespec='seconds')} by {by}: {why}"
    write_json(folder / _FILE, {"reasons": list(hold.reasons), "released": told})
    return Hold(reasons=hold.reasons, released=told)


def refuse_if_held(folder: Path) -> None:
    """Raise HeldError with every reason where the run in ``folder`` is held and was not released."""
    hold = of(folder)
    if hold and not hold.released:
        raise HeldError(
            f"run {folder.name} is held and not published: {'; '.join(hold.reasons)}. Readers keep the run before it."
            f" Look at {folder}/70_report/report.html, then `matching run release {folder.name}`, or correct the cause"
            " and run again"
        )

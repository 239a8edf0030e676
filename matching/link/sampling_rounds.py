"""Rounds of the below-the-line sample: once a sample is judged, the next run draws another.

Reads and writes ``sampling.json`` of the workspace, the round that is on, and ``sampled.json`` of a run, the round and the
seed that its sample was drawn with. The seed of a round is the setting's and the number of the round, so that a workspace
without rounds draws what it always drew, and a run that resolves again draws what it drew. Pairs that were judged stay
judged; a fresh sample says what the threshold misses now.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from matching.settings import Settings
from matching.workspace import read_json, write_json

ENOUGH = 0.8
"""Share of a sample that is judged from which another is drawn: what is left are cases that nobody can tell, or will."""
FRESH = 0.2
"""Share of a sample that must be left below the threshold, neither drawn nor judged, for another to tell anything new."""
_OF_RUN = "sampled.json"


def drawn_for(folder: Path, settings: Settings) -> Settings:
    """Return ``settings`` with the seed that the run in ``folder`` draws with, which is written down there.

    Raises WorkspaceError where the file of rounds is damaged.
    """
    path = folder / _OF_RUN
    if not path.exists():
        number = current(settings)
        write_json(path, {"round": number, "seed": settings.sample_seed + number, "size": settings.sample_size})
    return settings.model_copy(update={"sample_seed": int(read_json(path)["seed"])})


def of_run(folder: Path) -> dict[str, int] | None:
    """Return round, seed and size that the run in ``folder`` drew with; None where it was made before that was kept."""
    path = folder / _OF_RUN
    return dict(read_json(path)) if path.exists() else None


def current(settings: Settings) -> int:
    """Return the number of the round that is on, 0 for the first."""
    return int(_state(settings)["round"])


def begin_next(settings: Settings, *, run_id: str, at: datetime) -> int:
    """Begin the next round after the sample of run ``run_id`` was judged; again for the same run, nothing changes.

    Returns the number of the round that is on.
    """
    state = _state(settings)
    if state["judged_of"] != run_id:
        state = {"round": state["round"] + 1, "judged_of": run_id, "begun_at": at.isoformat(timespec="seconds")}
        write_json(_path(settings), state)
    return int(state["round"])


def _state(settings: Settings) -> dict[str, Any]:
    path = _path(settings)
    state: dict[str, Any] = read_json(path) if path.exists() else {"round": 0, "judged_of": None}
    return state


def _path(settings: Settings) -> Path:
    return settings.workspace / "sampling.json"

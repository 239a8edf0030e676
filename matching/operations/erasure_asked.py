"""Whom a person was asked to have erased: an answer that comes days later is about them, and nobody who came due since.

Reads and writes ``erasure_asked.json`` of the workspace: the last question, its token and record ids. A scheduler keeps the
token only: what it keeps, no erasure reaches. Grain: one question.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from matching.errors import UsageError
from matching.workspace import Workspace, read_json, write_json

FILE = "erasure_asked.json"


def note(workspace: Workspace, ids: Collection[str], *, at: datetime) -> str:
    """Write down that a person is asked about ``ids``, in place of the question before; returns the question's token."""
    token = secrets.token_hex(8)
    found = {"asked": token, "asked_at": at.isoformat(timespec="seconds"), "record_ids": sorted(ids)}
    write_json(workspace.root / FILE, found)
    return token


def of(workspace: Workspace, token: str) -> set[str]:
    """Return the record ids that the question ``token`` was about, without those erased since.

    Raises UsageError where another question took its place, or none is written down.
    """
    found = _last(workspace)
    if found.get("asked") != token:
        raise UsageError(
            f"nobody is erased: the question {token} is not the last that was asked (that is {found.get('asked')})."
            " Trigger the DAG `retention` for a new one, or see `matching retention plan`"
        )
    return set(found["record_ids"])


def forget(workspace: Workspace, ids: Collection[str]) -> None:
    """Take ``ids``, who are erased, out of what is written down."""
    found = _last(workspace)
    if found and not set(ids).isdisjoint(found["record_ids"]):
        left = sorted(set(found["record_ids"]) - set(ids))
        write_json(workspace.root / FILE, found | {"record_ids": left})


def _last(workspace: Workspace) -> dict[str, Any]:
    path = workspace.root / FILE
    return dict(read_json(path)) if path.exists() else {}

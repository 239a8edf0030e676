"""Times and documents as the store keeps them: text that is the same wherever it is written."""

import json
from datetime import UTC, datetime
from typing import Any


def stamp(at: datetime) -> str:
    """Return an aware time as text that sorts as time does.

    >>> stamp(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
    '2026-03-01T09:30:00.000000Z'
    """
    if at.tzinfo is None:
        raise ValueError(f"the time {at.isoformat()} has no time zone: pass an aware one, e.g. in UTC")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(text: str) -> datetime:
    """Return the aware time that ``stamp`` wrote as ``text``."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def canonical(value: Any) -> str:
    """Return ``value`` as JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

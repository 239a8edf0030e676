"""Whether a listing on a page is older than its list's cadence allows.

Enters: the sources that the site's settings name, and when a listing was retrieved. Leaves: since which day it is stale. What
describes the sources is read once a minute at the most.
"""

import time
from collections.abc import Mapping
from datetime import datetime

from matching.errors import MatchingError
from matching.settings import Settings
from matching.sources.freshness import due_at
from matching.sources.registry import load_sources
from matching.sources.spec import Source

KEPT_S = 60.0


class Cadences:
    """The cadence of every list that ``settings`` name; of none where a source.yml cannot be read, which the status tells."""

    def __init__(self, settings: Settings | None) -> None:
        self._folders = settings.sources_dir if settings else []
        self._kept: tuple[float, Mapping[str, Source]] | None = None

    def stale_since(self, record_id: str, retrieved_at: str, *, now: datetime) -> str | None:
        """Return the day since which a record that was retrieved at a time should have been so anew; None where it is fresh."""
        source = self._sources().get(record_id.partition(":")[0])
        due = due_at(source, datetime.fromisoformat(retrieved_at)) if source else None
        return due.date().isoformat() if due and now > due else None

    def _sources(self) -> Mapping[str, Source]:
        if self._kept is None or time.monotonic() - self._kept[0] > KEPT_S:
            try:
                found = load_sources(self._folders)
            except MatchingError:
                found = {}
            self._kept = time.monotonic(), found
        return self._kept[1]

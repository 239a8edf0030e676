"""What the filters can be set to, kept for a minute: finding it reads every case, and it changes with a run.

Enters: a user. Leaves: the lists, countries, kinds, codes and scripts of the cases within that user's clearance.
"""

import time
from collections.abc import Mapping

from matching.review import queue
from matching.review.people import User
from matching.review.store import Store

KEPT_S = 60.0
Choices = Mapping[str, list[str]]


class ChoicesOfClearance:
    """Choices by clearance: two users who may see the same share them, and nobody else."""

    def __init__(self) -> None:
        self._kept: dict[frozenset[str], tuple[float, Choices]] = {}

    def of(self, store: Store, user: User) -> Choices:
        """Return the choices for ``user``."""
        kept = self._kept.get(user.codes)
        if kept is None or time.monotonic() - kept[0] > KEPT_S:
            with store.reading() as connection:
                kept = (time.monotonic(), queue.choices(connection, user))
            self._kept[user.codes] = kept
        return kept[1]

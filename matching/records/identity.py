"""Which id each entry of a payload goes by.

An entry may have several: the publisher's own, else a key of identifying fields. It goes by the best one that no other
entry of the payload shares; so the order of entries never decides. Two entries with every id in common cannot be told
apart: the first stands, the later ones go to quarantine.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from matching.records.values import UnreadableError


@dataclass(slots=True)
class Entry:
    """One entry on its way to a record or to quarantine; ``position`` counts from 1 within the payload."""

    position: int
    ids: Sequence[str] = ()
    error: UnreadableError | None = None
    publisher_id: str = ""
    record_id: str = ""


def identify(source_id: str, entries: Sequence[Entry]) -> None:
    """Give each of ``entries`` its ``publisher_id`` and ``record_id``, or an error where it has none of its own."""
    shared = Counter(found for entry in entries for found in set(entry.ids))
    taken: set[str] = set()
    for entry in entries:
        own = next((found for found in entry.ids if shared[found] == 1), None)
        if own is None:
            own = next((found for found in reversed(entry.ids) if found not in taken), None)
        if own is None:
            entry.error = _no_id(entry)
        entry.publisher_id = own or ""
        entry.record_id = f"{source_id}:{own or next(iter(entry.ids), f'entry {entry.position}')}"
        taken.add(entry.publisher_id)


def _no_id(entry: Entry) -> UnreadableError:
    if not entry.ids:
        return UnreadableError(
            rule="publisher_id_present", column="publisher_id", value="", reason="an entry has the publisher's id"
        )
    return UnreadableError(
        rule="publisher_id_unique", column="publisher_id", value=entry.ids[0], reason="an id stands once in a list"
    )

"""The raw entries of a list by record, kept in memory after the first look: to walk a list of 100 MB takes some 15 s.

Enters: what goes by which record id, and the excerpts of a list in their order. Leaves: ``RawIndex``, compressed, and
``Indexes`` that keep those used last, MOST_BYTES in all and for KEPT_S at the most. Whether a snapshot may still be shown
is asked before each look (raw_entry.py); what was erased is dropped here as well.
"""

import json
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from matching.sources.excerpts import Excerpt, Excerpts

MOST_BYTES = 256 * 1024 * 1024
KEPT_S = 1800.0
Key = tuple[str, str, str]
"""Source, snapshot, and what describes the source."""


@dataclass(frozen=True)
class RawIndex:
    """Excerpts by position in the payload, compressed, and the positions of each record."""

    positions: Mapping[str, tuple[int, ...]]
    packed: Mapping[int, bytes]

    @classmethod
    def of(cls, positions: Mapping[str, tuple[int, ...]], found: Iterable[Excerpts]) -> "RawIndex":
        """Return the index of a list whose excerpts come in the order of ``positions``."""
        return cls(positions=positions, packed={number: _pack(pieces) for number, pieces in enumerate(found)})

    def entry(self, record_id: str) -> Excerpts:
        """Return what the payload has of a record; nothing where it has none."""
        wanted = self.positions.get(record_id, ())
        return tuple(piece for number in wanted if number in self.packed for piece in _unpack(self.packed[number]))

    def size(self) -> int:
        """Return the bytes of its excerpts."""
        return sum(len(one) for one in self.packed.values())


class Indexes:
    """The indexes used last. Threads may ask at once; what none has is made outside of the lock."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[Key, tuple[float, int, RawIndex]] = OrderedDict()

    def of(self, key: Key, make: Callable[[], RawIndex]) -> RawIndex:
        """Return the index of ``key``, made by ``make`` where it is not kept."""
        with self._guard:
            self._drop_old()
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][2]
        made = make()
        with self._guard:
            self._kept[key] = (time.monotonic(), made.size(), made)
            while sum(size for _, size, _ in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return made

    def has(self, key: Key) -> bool:
        """Return whether the index of ``key`` is kept."""
        with self._guard:
            self._drop_old()
            return key in self._kept

    def forget(self, snapshot_id: str) -> None:
        """Drop what was kept of a snapshot."""
        with self._guard:
            for key in [key for key in self._kept if key[1] == snapshot_id]:
                del self._kept[key]

    def _drop_old(self) -> None:
        oldest = time.monotonic() - KEPT_S
        for key in [key for key, (at, _, _) in self._kept.items() if at < oldest]:
            del self._kept[key]


def _pack(pieces: Excerpts) -> bytes:
    return zlib.compress(json.dumps([asdict(one) for one in pieces]).encode(), level=1)


def _unpack(packed: bytes) -> Excerpts:
    return tuple(Excerpt(**one) for one in json.loads(zlib.decompress(packed)))

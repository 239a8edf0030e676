"""Pairs of records that meet in a block, once each, under the first rule that brings them together.

Enters: the blocks of every rule (blocks.py) and births. Leaves: pairs of records whose births do not contradict each other,
or that a rule made for which that is no matter; and how many pairs each rule added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.link.births import CONTRADICT, Births, best_grade
from matching.link.blocks import Blocks
from matching.link.keys import NO_SCRIPT, Bytes, Integers, Records, in_threads, longer, pair_keys
from matching.normalise.compiled import compiled

Flags = npt.NDArray[np.bool_]

ADDED, CONTRADICTED = range(2)
ANY_SCRIPT = 254  # no record has a key in it


@dataclass(frozen=True)
class Meetings:
    """Blocks of all rules, each with its rule's position, and for each record in which blocks, and in which script, it is."""

    starts: Integers
    record: Records
    script: Bytes
    position: Bytes
    of_record: Integers
    block: Records
    block_script: Bytes

    def columns(self) -> tuple[Integers, Records, Bytes, Bytes]:
        """The blocks: starts, record, script, position."""
        return self.starts, self.record, self.script, self.position

    def of_records(self) -> tuple[Integers, Records, Bytes]:
        """The blocks of each record: of record r those from ``of_record[r]`` on, in order, and in which script."""
        return self.of_record, self.block, self.block_script

    def counts(self) -> Integers:
        """How many members the blocks of each record have, all together: what it costs to look for those it meets."""
        found: Integers = _costs(self.of_record, self.block, self.starts)
        return found


@dataclass(frozen=True)
class Pairs:
    """Pairs by the numbers of their records, the smaller left, and the position of the rule that brought them together.

    ``told``: by position, how many pairs a rule added, and how many of these are contradicted and left out.
    """

    left: Records
    right: Records
    position: Bytes
    told: Integers

    def chosen(self, which: Flags | slice) -> "Pairs":
        """Some of these."""
        return Pairs(self.left[which], self.right[which], self.position[which], self.told)


def untold(left: Records, right: Records, position: Bytes) -> Pairs:
    """Pairs of which is not told how many each rule added."""
    return Pairs(left, right, position, told=np.zeros((0, 2), np.int64))


def together(pairs: list[Pairs]) -> Pairs:
    """All ``pairs``, in the order of their records."""
    left, right, position = (
        np.concatenate([np.empty(0, dtype), *(getattr(one, name) for one in pairs)])
        for name, dtype in (("left", np.uint32), ("right", np.uint32), ("position", np.uint8))
    )
    order = np.argsort(pair_keys(left, right))
    return untold(left[order], right[order], position[order])


def meetings_of(blocks: Sequence[tuple[int, Blocks]], records: int) -> Meetings:
    """Blocks of rules, given with their positions in order, looked up by record."""
    sizes = np.concatenate([[0], *(np.diff(one.starts) for _, one in blocks)])
    starts = np.cumsum(sizes).astype(np.int64)
    record = np.concatenate([np.empty(0, np.uint32), *(one.record for _, one in blocks)])
    script = np.concatenate([np.empty(0, np.uint8), *(one.script for _, one in blocks)])
    position = np.concatenate(
        [np.empty(0, np.uint8), *(np.full(len(one.starts) - 1, place, np.uint8) for place, one in blocks)]
    )
    return looked_up(starts, record, script, position, records)


def looked_up(starts: Integers, record: Records, script: Bytes, position: Bytes, records: int) -> Meetings:
    """Blocks, in the order of the positions of their rules, with those of each of ``records``."""
    return Meetings(starts, record, script, position, *_by_record(starts, record, script, records))


def pairs_of(
    met: Meetings,
    asked: Records,
    lists: Bytes,
    births: Births,
    *,
    whatever_births: Flags,
    all_asked: Records | None = None,
    keep_contradicted: bool = False,
) -> Pairs:
    """Pairs of the records ``asked`` with all that they meet but those of their own large list, each once.

    ``lists``: the large list of each record, 0 for none. ``all_asked``: those that are asked at some time, where ``asked``
    are a part of them. ``whatever_births``, by position: rules whose pairs stay though their births contradict each
    other. The others of these are told, and left out but for ``keep_contradicted``.
    """
    is_asked = np.zeros(len(lists), dtype=bool)
    is_asked[asked if all_asked is None else all_asked] = True

    def pair(start: int, end: int) -> tuple[Records, Records, Bytes, Integers]:
        return _pairs(
            asked[start:end], met.starts, met.record, met.script, met.position, met.of_record, met.block,
            met.block_script, lists, is_asked, births, whatever_births, keep_contradicted,
        )  # fmt: skip

    left, right, position, told = zip(*in_threads(pair, len(asked)), strict=True)
    return Pairs(np.concatenate(left), np.concatenate(right), np.concatenate(position), sum(told))


@compiled
def _by_record(starts: Integers, record: Records, script: Bytes, records: int) -> tuple[Integers, Records, Bytes]:
    of_record = np.zeros(records + 1, np.int64)
    for member in record:
        of_record[member + 1] += 1
    of_record = np.cumsum(of_record)
    at = of_record.copy()
    block, block_script = np.empty(len(record), np.uint32), np.empty(len(record), np.uint8)
    for one in range(len(starts) - 1):
        for member in range(starts[one], starts[one + 1]):
            to = at[record[member]]
            at[record[member]] += 1
            block[to], block_script[to] = one, script[member]
    return of_record, block, block_script


@compiled
def _costs(of_record: Integers, block: Records, starts: Integers) -> Integers:
    costs = np.zeros(len(of_record) - 1, np.int64)
    for record in range(len(costs)):
        for at in range(of_record[record], of_record[record + 1]):
            costs[record] += starts[block[at] + 1] - starts[block[at]] - 1
    return costs


@compiled
def _pairs(
    asked: Records, starts: Integers, record: Records, script: Bytes, position: Bytes, of_record: Integers, block: Records,
    block_script: Bytes, lists: Bytes, is_asked: Flags, births: Births, whatever_births: Flags, keep_contradicted: bool,
) -> tuple[Records, Records, Bytes, Integers]:  # fmt: skip
    room = 1024
    left, right, rule = np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(room, np.uint8)
    told, met_by = np.zeros((len(whatever_births), 2), np.int64), np.zeros(len(lists), np.uint32)
    count = 0
    for one in asked:
        for at in range(of_record[one], of_record[one + 1]):
            inside, place = block[at], position[block[at]]
            own = block_script[at] if block_script[at] != NO_SCRIPT else ANY_SCRIPT
            for member in range(starts[inside], starts[inside + 1]):
                # Most members of a large block are of the record's own script: its bytes stand side by side.
                if script[member] == own:
                    continue
                other = record[member]
                if met_by[other] == one or (is_asked[other] and other <= one):
                    continue
                if lists[one] > 0 and lists[other] == lists[one]:
                    continue
                met_by[other] = one
                told[place, ADDED] += 1
                if not whatever_births[place] and best_grade(one, other, births) == CONTRADICT:
                    told[place, CONTRADICTED] += 1
                    if not keep_contradicted:
                        continue
                if count == room:
                    room *= 2
                    left, right, rule = longer(left, room), longer(right, room), longer(rule, room)
                left[count], right[count], rule[count] = min(one, other), max(one, other), place
                count += 1
    return left[:count].copy(), right[:count].copy(), rule[:count].copy(), told

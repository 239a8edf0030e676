"""Blocks: the records that share a key under one rule, counted, and those that a cap lets meet.

Enters: keys of records (keys.py) and a rule's cap. Leaves: blocks of the records that may meet, and what the cap cuts. A
key that is unlikely to be the name's counts only in a block that is the smaller for it (blocking.py). Of a large list
only those keys are left that a record elsewhere can use: a block may be small seen from there and cut seen from here.

Keys are cut into parts by their hash, a part's keys are counted in a table that fits the processor's cache, and each
block is judged at once.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.link.keys import (
    NO_SCRIPT,
    THREADS,
    Attributes,
    Bytes,
    Integers,
    Keyed,
    Keys,
    Records,
    Weights,
    in_threads,
    longer,
    mixed,
    slots_for,
    table_of,
)
from matching.normalise.compiled import compiled, kernel, plain, unsigned

PART = 16_384  # keys in a part, about: their table takes half a megabyte
KEYS, CUT, LARGEST, LARGEST_CUT, MEETINGS, USED = range(6)  # places of what is told of a rule
_LISTS = 256
Numbers = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Blocks:
    """Blocks of one rule: block b is ``record[starts[b]:starts[b + 1]]``, with the scripts in which each has the key.

    ``told``: keys that two records or more have, those over the cap, the largest block within it and the largest cut, and
    how many pairs of records all keys bring together, and those that are used. A pair counts once for each key it shares.
    """

    starts: Integers
    record: Records
    script: Bytes
    told: Integers


@dataclass(frozen=True)
class Shared:
    """Keys that records which may meet share, numbered: rows by key, those of one key by record. ``key`` is the number."""

    keys: Keys
    starts: Integers = field(repr=False)  # of parts, each of whole keys


def find(keys: Keys, lists: Bytes, *, cap: int, by_script: bool = False) -> Blocks:
    """Blocks of ``keys`` within ``cap``. ``by_script``: records meet those that have the key in another script."""
    return _found(*_partitioned(keys), lists, cap=cap, by_script=by_script, share=False)[0]


def find_and_share(keys: Keys, lists: Bytes, *, cap: int) -> tuple[Blocks, Shared]:
    """As ``find``; also the keys that are shared, however many have them."""
    parted, starts = _partitioned(keys)
    del keys  # unless the caller keeps them, there is room for what is found among them
    blocks, shared = _found(parted, starts, lists, cap=cap, by_script=False, share=True)
    del parted, starts
    return blocks, _in_parts(shared)


def find_among(shared: Shared, lists: Bytes, *, cap: int, by_script: bool = False) -> Blocks:
    """As ``find``, of keys that are known to be shared."""
    return _found(shared.keys, shared.starts, lists, cap=cap, by_script=by_script, share=False)[0]


def with_attribute(shared: Shared, attributes: Attributes) -> Shared:
    """Each key together with each of its record's attributes: a key of its own."""
    keys, middle = shared.keys, len(shared.keys.key) // 2
    halves = [keys.chosen(slice(middle)), keys.chosen(slice(middle, None))]
    first, rest = (_count(half.record, attributes.starts) for half in halves)
    to = Keys(*(np.empty(first + rest, column.dtype) for column in keys.columns()))

    def combine(half: int) -> None:
        part = to.chosen(slice(first) if half == 0 else slice(first, None))
        _combine(*halves[half].columns(), attributes.starts, attributes.values, *part.columns())

    with ThreadPoolExecutor(THREADS) as pool:  # compiled code lets go of the interpreter
        list(pool.map(combine, (0, 1)))
    return _in_parts(to)


def combined(keys: Keys, attributes: Attributes, among: Keyed | None = None) -> Keys:
    """Each key together with each of its record's attributes, as one number; where ``among`` is a table (keys.table_of), of
    those alone that are in it."""
    everything = among is None
    table = table_of(np.empty(0, np.uint64)) if among is None else among
    return Keys(*_combined_among(*keys.columns(), attributes.starts, attributes.values, table, everything))


def _in_parts(keys: Keys) -> Shared:
    return Shared(keys, _part_starts(keys.key, PART))


def _partitioned(keys: Keys) -> tuple[Keys, Integers]:
    bits = max((len(keys.key) // PART).bit_length(), 1)
    shift = unsigned(64 - bits)
    key, record, weight, script, starts = _partition(keys.key, keys.record, keys.weight, keys.script, shift)
    return Keys(key, record, weight, script), starts


def _found(
    keys: Keys, starts: Integers, lists: Bytes, *, cap: int, by_script: bool, share: bool
) -> tuple[Blocks, Keys]:
    """Judge parts in threads, each an equal share of them, and put what they find together."""

    def judge(start: int, end: int) -> tuple[Numbers, Records, Bytes, Integers, Keyed, Records, Weights, Bytes]:
        return _find(
            keys.key, keys.record, keys.weight, keys.script, lists, starts[start : end + 1], float(cap), by_script, share,
            bool(lists.any()),
        )  # fmt: skip

    columns: Any = [list(column) for column in zip(*in_threads(judge, len(starts) - 1), strict=True)]
    sizes, record, script, told, *shared = columns
    both = np.stack(told)
    most = both.max(axis=0)
    told_of_all = np.where(np.isin(np.arange(both.shape[1]), (LARGEST, LARGEST_CUT)), most, both.sum(axis=0))
    starts_of_blocks = np.concatenate([np.zeros(1, np.int64), np.cumsum(_one(sizes), dtype=np.int64)])
    _number_on(shared[0])
    return Blocks(starts_of_blocks, _one(record), _one(script), told_of_all), Keys(*map(_one, shared))


def _one(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """The ``parts`` as one array; they are let go, for there is not room for all twice."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def _number_on(keys: list[Keyed]) -> None:
    """Shared keys of all threads: each numbers its own from 0, so one goes on where the other ends."""
    before = 0
    for part in keys:
        part += np.uint64(before)
        before = int(part[-1]) + 1 if len(part) else before


@compiled
def _partition(
    key: Keyed, record: Records, weight: Weights, script: Bytes, shift: int
) -> tuple[Keyed, Records, Weights, Bytes, Integers]:
    """The rows by the first bits of their key's hash, those of one part in their order, and where each part starts."""
    starts = np.zeros((1 << (64 - np.int64(shift))) + 1, np.int64)
    for row in range(len(key)):
        starts[np.int64(mixed(key[row]) >> shift) + 1] += 1
    starts = np.cumsum(starts)
    at = starts.copy()
    to_key, to_record = np.empty_like(key), np.empty_like(record)
    to_weight, to_script = np.empty_like(weight), np.empty_like(script)
    for row in range(len(key)):
        part = np.int64(mixed(key[row]) >> shift)
        to = at[part]
        at[part] += 1
        to_key[to], to_record[to], to_weight[to], to_script[to] = key[row], record[row], weight[row], script[row]
    return to_key, to_record, to_weight, to_script, starts


@compiled
def _part_starts(key: Keyed, size: int) -> Integers:
    """Cut rows that are in the order of a key's number into parts of about ``size`` that hold all rows of a number."""
    starts = np.empty(len(key) // size + 2, np.int64)
    starts[0], parts = 0, 1
    for row in range(1, len(key)):
        if row - starts[parts - 1] >= size and key[row] & unsigned(2**32 - 1) != key[row - 1] & unsigned(2**32 - 1):
            starts[parts] = row
            parts += 1
    starts[parts] = len(key)
    return starts[: parts + 1].copy()


@compiled
def _count(record: Records, starts: Integers) -> int:
    """How many attributes the records of some rows have."""
    count = 0
    for row in range(len(record)):
        count += starts[record[row] + 1] - starts[record[row]]
    return count


@compiled
def _combine(
    key: Keyed, record: Records, weight: Weights, script: Bytes, starts: Integers, values: Integers, to_key: Keyed,
    to_record: Records, to_weight: Weights, to_script: Bytes,
) -> None:  # fmt: skip
    to = 0
    for row in range(len(key)):
        for at in range(starts[record[row]], starts[record[row] + 1]):
            to_key[to] = key[row] | (unsigned(values[at]) << unsigned(32))
            to_record[to], to_weight[to], to_script[to] = record[row], weight[row], script[row]
            to += 1


@compiled
def _combined_among(
    key: Keyed, record: Records, weight: Weights, script: Bytes, starts: Integers, values: Integers, among: Keyed,
    everything: bool,
) -> tuple[Keyed, Records, Weights, Bytes]:  # fmt: skip
    last, count, room = unsigned(len(among) - 1), 0, 1024
    to_key, to_record = np.empty(room, np.uint64), np.empty(room, np.uint32)
    to_weight, to_script = np.empty(room, np.float32), np.empty(room, np.uint8)
    for row in range(len(key)):
        for at in range(starts[record[row]], starts[record[row] + 1]):
            both = mixed(mixed(key[row]) + unsigned(values[at])) | unsigned(1)
            if not everything:
                slot = mixed(both) & last
                while among[slot] != 0 and among[slot] != both:
                    slot = (slot + unsigned(1)) & last
                if among[slot] == 0:
                    continue
            if count == room:
                room *= 2
                to_key, to_record = longer(to_key, room), longer(to_record, room)
                to_weight, to_script = longer(to_weight, room), longer(to_script, room)
            to_key[count], to_record[count], to_weight[count], to_script[count] = (
                both, record[row], weight[row], script[row],
            )  # fmt: skip
            count += 1
    return to_key[:count].copy(), to_record[:count].copy(), to_weight[:count].copy(), to_script[:count].copy()


@compiled
def _find(
    key: Keyed, record: Records, weight: Weights, script: Bytes, lists: Bytes, starts: Integers, cap: float,
    by_script: bool, share: bool, any_large: bool,
) -> tuple[Numbers, Records, Bytes, Integers, Keyed, Records, Weights, Bytes]:  # fmt: skip
    """Sizes of blocks, their records and scripts, what is told; and the rows of shared keys where ``share``."""
    rows = starts[-1] - starts[0]
    most = np.max(starts[1:] - starts[:-1]) if len(starts) > 1 else 0
    sizes, told = np.empty(rows // 2 + 1, np.uint32), np.zeros(6, np.int64)
    to_record, to_script = np.empty(rows, np.uint32), np.empty(rows, np.uint8)
    shared = rows if share else 0
    shared_key, shared_record = np.empty(shared, np.uint64), np.empty(shared, np.uint32)
    shared_weight, shared_script = np.empty(shared, np.float32), np.empty(shared, np.uint8)
    table = np.empty(slots_for(most), np.int32)
    first_row, counts = np.empty(most, np.int64), np.empty(most + 1, np.int64)
    group, order = np.empty(most, np.int32), np.empty(most, np.int64)
    kept, best, met = np.empty(most, np.int64), np.empty(most), np.empty(most, np.int64)
    of_script, of_list = np.zeros(_LISTS, np.int64), np.zeros(_LISTS, np.int64)
    of_both = np.zeros(_LISTS * _LISTS, np.int64)
    blocks, members, shares, number = 0, 0, 0, 0
    for part in range(len(starts) - 1):
        start, end = starts[part], starts[part + 1]
        last = unsigned(slots_for(end - start) - 1)
        groups = _group(key, start, end, table, last, first_row, counts, group)
        _order(start, end, groups, counts, group, order)
        at = plain(0)
        for one in range(groups):
            begin, at = at, counts[one]
            if at - begin < 2:
                continue
            found, used = _judge(
                order, begin, at, record, weight, script, lists, cap, by_script, any_large, kept, best, met, of_script,
                of_list, of_both, told, to_record, to_script, members,
            )  # fmt: skip
            if used:
                sizes[blocks] = used
                blocks += 1
                members += used
            if found and share:
                for place in range(begin, at):
                    row, to = order[place], shares + place - begin
                    shared_key[to], shared_record[to] = number, record[row]
                    shared_weight[to], shared_script[to] = weight[row], script[row]
                shares += at - begin
                number += 1
    return (  # what was never written to takes no memory
        sizes[:blocks], to_record[:members], to_script[:members], told, shared_key[:shares], shared_record[:shares],
        shared_weight[:shares], shared_script[:shares],
    )  # fmt: skip


@kernel
def _order(start: int, end: int, groups: int, counts: Integers, group: Places, order: Integers) -> None:
    """Put the rows of a part in the order of their groups; ``counts`` becomes where each group ends."""
    at = 0
    for one in range(groups):
        at, counts[one] = at + counts[one], at
    for row in range(start, end):
        order[counts[group[row - start]]] = row
        counts[group[row - start]] += 1


@kernel
def _group(
    key: Keyed, start: int, end: int, table: Places, last: int, first_row: Integers, counts: Integers, group: Places
) -> int:
    """Number the distinct keys of a part in the order in which they are met; how many there are."""
    groups = 0
    for slot in range(np.int64(last) + 1):
        table[slot] = -1
    for row in range(start, end):
        slot = mixed(key[row]) & last
        while table[slot] >= 0 and key[first_row[table[slot]]] != key[row]:
            slot = (slot + unsigned(1)) & last
        if table[slot] < 0:
            table[slot], first_row[groups], counts[groups] = groups, row, 0
            groups += 1
        group[row - start] = table[slot]
        counts[table[slot]] += 1
    return groups


@kernel
def _judge(
    order: Integers, begin: int, end: int, record: Records, weight: Weights, script: Bytes, lists: Bytes, cap: float,
    by_script: bool, any_large: bool, kept: Integers, best: Weights, met: Integers, of_script: Integers,
    of_list: Integers, of_both: Integers, told: Integers, to_record: Records, to_script: Bytes, to: int,
) -> tuple[bool, int]:  # fmt: skip
    """Write the members of one block that may meet from ``to`` on; whether anyone meets at all, and how many are used."""
    everyone = _members(order, begin, end, record, weight, by_script, kept, best)
    if everyone < 2:
        return False, 0
    plain = not by_script and not any_large
    _meet(kept, everyone, record, script, lists, by_script, plain, of_script, of_list, of_both, met)
    largest, meetings = 0, 0
    for one in range(everyone):
        largest, meetings = max(largest, met[one] + 1), meetings + met[one]
    if largest < 2:
        return False, 0
    told[KEYS] += 1
    told[MEETINGS] += meetings
    place = LARGEST
    if largest > cap:
        told[CUT] += 1
        place = LARGEST_CUT
    told[place] = max(told[place], largest)
    used, first, last = 0, _LISTS, -1
    for one in range(everyone):
        if met[one] >= 1 and met[one] + 1 <= cap * np.sqrt(best[one]):
            kept[used] = kept[one]
            used += 1
            first, last = min(first, lists[record[kept[one]]]), max(last, lists[record[kept[one]]])
    if used < 2 or (first == last and first > 0):
        return True, 0
    _meet(kept, used, record, script, lists, by_script, plain, of_script, of_list, of_both, met)
    told[USED] += _total(met, used)
    written = 0
    for one in range(used):
        if met[one] > 0:  # of a large list nearly all may meet only such as are cut
            to_record[to + written] = record[kept[one]]
            to_script[to + written] = script[kept[one]] if by_script else NO_SCRIPT
            written += 1
    return True, written


@kernel
def _total(met: Integers, count: int) -> int:
    total = 0
    for one in range(count):
        total += met[one]
    return total


@kernel
def _members(
    order: Integers,
    begin: int,
    end: int,
    record: Records,
    weight: Weights,
    by_script: bool,
    kept: Integers,
    best: Weights,
) -> int:
    """The rows of a key, once for each record where scripts do not matter, and the highest weight of each."""
    everyone = 0
    for place in range(begin, end):
        row = order[place]
        if not by_script and everyone and record[kept[everyone - 1]] == record[row]:
            best[everyone - 1] = max(best[everyone - 1], weight[row])
        else:
            kept[everyone], best[everyone] = row, weight[row]
            everyone += 1
    return everyone


@kernel
def _meet(
    rows: Integers, count: int, record: Records, script: Bytes, lists: Bytes, by_script: bool, plain: bool,
    of_script: Integers, of_list: Integers, of_both: Integers, met: Integers,
) -> None:  # fmt: skip
    """How many of the others does each meet? None of its own script where scripts matter, none of its own large list."""
    if plain:
        for one in range(count):
            met[one] = count - 1
        return
    for one in range(count):
        in_script = script[rows[one]] if by_script else 0
        in_list = lists[record[rows[one]]]
        of_script[in_script] += 1
        of_list[in_list] += 1
        of_both[in_script * _LISTS + in_list] += 1
    for one in range(count):
        in_script = script[rows[one]] if by_script else 0
        in_list = lists[record[rows[one]]]
        met[one] = count
        if by_script:
            met[one] -= of_script[in_script]
        if in_list:
            met[one] -= of_list[in_list]
        if by_script and in_list:
            met[one] += of_both[in_script * _LISTS + in_list]
        if not by_script and not in_list:
            met[one] -= 1
    for one in range(count):
        in_script = script[rows[one]] if by_script else 0
        in_list = lists[record[rows[one]]]
        of_script[in_script], of_list[in_list], of_both[in_script * _LISTS + in_list] = 0, 0, 0

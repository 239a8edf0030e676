"""Keys of records: what each blocking rule looks records up by, as arrays.

Enters: the tables of ``stored.load`` and ``compare.prepare``. Leaves: for each kind of name key, and for documents and whole
names, which record has which key, in which script, and how likely it is the name's; years and days of birth and countries
by record, of which a key is part under some rules (blocking.py).

Decision: arrays and compiled loops, not SQL. A million records have 45 million keys of names. Grouped, counted and joined
as tables they took 140 seconds of processor and five gigabytes; as arrays a tenth of it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from matching import database
from matching.normalise.compiled import compiled, kernel, unsigned
from matching.tables import NAME_KEY_RULES

Keyed = npt.NDArray[np.uint64]
Records = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

NO_SCRIPT = 255
THREADS = 2
_Found = TypeVar("_Found")
BATCH = 200_000  # rows of name_keys, of a dozen keys each, that are read at a time
BITS_PER_KEY = 32  # of the filter of wanted keys: one key in thirty that nobody wants passes, which costs a little time
BITS_PER_KEY_OF_FEW = 512  # the same where few are wanted, and each that passes brings the keys of others with it
FEW = 1_000_000
_WORD = 64  # bits


def in_threads(part: Callable[[int, int], _Found], count: int) -> list[_Found]:
    """Do ``count`` things in THREADS equal shares at once, each from a start to an end, and return what they give in order."""
    cuts = [count * thread // THREADS for thread in range(THREADS + 1)]
    with ThreadPoolExecutor(THREADS) as pool:  # compiled code lets go of the interpreter
        return list(pool.map(part, cuts[:-1], cuts[1:]))


@dataclass(frozen=True)
class Keys:
    """Keys of records, a row each, by record. ``script`` is NO_SCRIPT where it does not matter."""

    key: Keyed
    record: Records
    weight: Weights
    script: Bytes

    def columns(self) -> tuple[Keyed, Records, Weights, Bytes]:
        """What the kernels take, in their order."""
        return self.key, self.record, self.weight, self.script

    def chosen(self, which: npt.NDArray[np.bool_] | slice) -> "Keys":
        """Some of these."""
        return Keys(self.key[which], self.record[which], self.weight[which], self.script[which])


@dataclass(frozen=True)
class Attributes:
    """What records have, by record: of record r ``values[starts[r]:starts[r + 1]]``."""

    starts: Integers
    values: Integers


def read_lists(connection: duckdb.DuckDBPyConnection) -> Bytes:
    """Number of the large list of each record, by its number; 0 for one of no large list."""
    found = connection.sql(
        "SELECT record_id, coalesce(lists.position, 0) AS list FROM persons JOIN lists USING (source)"
    ).pl()
    lists = np.zeros(int(found["record_id"].max() or 0) + 1, dtype=np.uint8)
    lists[found["record_id"].to_numpy()] = found["list"].to_numpy()
    return lists


def read_keys(connection: duckdb.DuckDBPyConnection, query: str, lists: Bytes) -> Keys:
    """Keys that ``sql/40_link/<query>.sql`` finds: record_id, key."""
    database.run_file(connection, f"40_link/{query}")
    found = connection.sql(f"SELECT record_id, key FROM {query}").pl()
    connection.sql(f"DROP TABLE {query}")
    count = found.height
    keys = Keys(
        found["key"].to_numpy(writable=True),  # as all other keys are: code is compiled once
        found["record_id"].to_numpy().astype(np.uint32),
        np.ones(count, dtype=np.float32),
        np.full(count, NO_SCRIPT, dtype=np.uint8),
    )
    return by_record(keys, len(lists))


def read_attributes(connection: duckdb.DuckDBPyConnection, query: str, lists: Bytes) -> Attributes:
    """What ``sql/40_link/<query>.sql`` finds; by record."""
    return attributes_of(read_values(connection, query), len(lists))


def read_values(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """What ``sql/40_link/<query>.sql`` finds: record_id, value, in that order."""
    database.run_file(connection, f"40_link/{query}")
    found: pl.DataFrame = connection.sql(f"SELECT record_id, value FROM {query} ORDER BY record_id, value").pl()
    connection.sql(f"DROP TABLE {query}")
    return found


def attributes_of(found: pl.DataFrame, records: int) -> Attributes:
    """What ``found`` says of records, by record: record_id, value, in the order of the records, which are numbered below that."""
    return Attributes(starts_of(found["record_id"], records), found["value"].to_numpy().astype(np.int64))


def starts_of(record_ids: pl.Series, records: int) -> Integers:
    """Where the rows of each record begin among rows that are in the order of ``record_ids``, and where the last end."""
    counts = np.bincount(record_ids.to_numpy().astype(np.int64), minlength=records)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def read_name_keys(connection: duckdb.DuckDBPyConnection, kind: str, lists: Bytes) -> Keys:
    """Keys of names of one kind (NAME_KEY_RULES); see ``number_scripts``. Of the largest large list only those that, for all
    one can tell before they are counted, a record elsewhere has too."""
    others, largest = (np.flatnonzero(chosen).astype(np.uint32) for chosen in (lists != 1, lists == 1))
    parts = [part[kind] for part in _taken(connection, "name_keys", others, {kind: _EVERYTHING})]
    if len(largest):
        wanted = {kind: _filter([part.key for part in parts])}
        parts += [part[kind] for part in _taken(connection, "name_keys", largest, wanted)]
    return _joined(parts, len(lists))


def name_keys_of(connection: duckdb.DuckDBPyConnection, table: str, records: Records, lists: Bytes) -> dict[str, Keys]:
    """All keys of names of ``records`` in ``table`` (record_id, rule, script, keys, weights), by kind; see ``number_scripts``."""
    return _of_all_kinds(_taken(connection, table, records, dict.fromkeys(NAME_KEY_RULES, _EVERYTHING)), lists)


def name_keys_like(
    connection: duckdb.DuckDBPyConnection, wanted: Sequence[Mapping[str, Keys]], lists: Bytes
) -> dict[str, Keys]:
    """The keys of names that are among ``wanted``, of all records, by kind; a few others are among them, they too of all."""
    filters = {}
    for kind in NAME_KEY_RULES:
        distinct = np.unique(np.concatenate([one[kind].key for one in wanted]))
        filters[kind] = _filter([distinct], BITS_PER_KEY_OF_FEW if len(distinct) < FEW else BITS_PER_KEY)
    return _of_all_kinds(_taken(connection, "name_keys", None, filters), lists)


def number_scripts(connection: duckdb.DuckDBPyConnection, *tables: str) -> None:
    """Make the tables by which scripts and kinds of the keys of names in ``tables`` are read as numbers."""
    scripts = " UNION ".join(f"SELECT script FROM {table}" for table in tables)
    connection.sql(
        "CREATE OR REPLACE TABLE script_numbers AS"
        f" SELECT script, row_number() OVER (ORDER BY script) - 1 AS script_no FROM ({scripts} GROUP BY script)"
    )
    connection.register("name_key_kinds", pl.DataFrame({"rule": NAME_KEY_RULES}).with_row_index("kind"))


_Part = dict[str, Keys]  # of one batch, by kind


def _of_all_kinds(taken: Iterator[_Part], lists: Bytes) -> dict[str, Keys]:
    parts = list(taken)
    return {kind: _joined([part.pop(kind) for part in parts], len(lists)) for kind in NAME_KEY_RULES}


def _joined(parts: list[Keys], records: int) -> Keys:
    """All keys of ``parts``, by record. Each part is let go as soon as it is copied: beside all of them there is room for one."""
    starts = np.zeros(records + 1, dtype=np.int64)
    for part in parts:
        _count_by_record(part.record, starts)
    starts = np.cumsum(starts)
    found = Keys(*(np.empty(starts[-1], dtype) for dtype in (np.uint64, np.uint32, np.float32, np.uint8)))
    parts.reverse()
    while parts:
        _place_by_record(*parts.pop().columns(), starts, *found.columns())
    return found


def by_record(keys: Keys, records: int) -> Keys:
    """The same keys by record, of records that are numbered below ``records``."""
    return _joined([keys], records)


def _taken(
    connection: duckdb.DuckDBPyConnection, table: str, of: Records | None, wanted: Mapping[str, Keyed]
) -> Iterator[_Part]:
    """Read the keys of the records ``of``, or of all, of the kinds of ``wanted``, as far as the filter of each lets them through."""
    if of is not None:
        connection.register("part", pl.DataFrame({"record_id": of.astype(np.uint32)}))
    part = "" if of is None else "SEMI JOIN part USING (record_id)"
    kinds = ", ".join(f"'{kind}'" for kind in wanted)
    found = connection.sql(_NAME_KEYS.format(table=table, part=part, kinds=kinds))
    waiting: deque[Future[_Part]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:  # compiled code lets go of the interpreter, the database reads on
        for batch in found.to_arrow_reader(BATCH):
            waiting.append(pool.submit(_part, batch, wanted))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        yield from (one.result() for one in waiting)
    if of is not None:
        connection.unregister("part")


def _part(batch: Any, wanted: Mapping[str, Keyed]) -> _Part:
    """The keys of a batch of Arrow that the filters let through."""
    records, numbers, scripts = (_array(batch.column(place)) for place in range(3))
    keys, weights = batch.column(3), batch.column(4)
    columns = (
        numbers, _array(keys.offsets).astype(np.int64), records, scripts, _array(keys.values).view(np.uint64),
        _array(weights.values),
    )  # fmt: skip
    return {
        kind: Keys(*_take(*columns, NAME_KEY_RULES.index(kind), wanted_keys)) for kind, wanted_keys in wanted.items()
    }


def _array(column: Any) -> npt.NDArray[Any]:
    """The values of a column of Arrow. By DLPack, since pyarrow's own to_numpy imports pandas."""
    return np.from_dlpack(column)


_NAME_KEYS = """
SELECT keyed.record_id::UINTEGER, name_key_kinds.kind::UTINYINT, script_numbers.script_no::UTINYINT, keyed.keys, keyed.weights
FROM {table} AS keyed
{part}
JOIN name_key_kinds USING (rule)
JOIN script_numbers USING (script)
WHERE keyed.rule IN ({kinds})
"""
_EVERYTHING = np.full(1, 2**_WORD - 1, dtype=np.uint64)  # a filter that lets all keys through


def _filter(keys: list[Keyed], bits: int = BITS_PER_KEY) -> Keyed:
    """Return a filter of so many ``bits`` per key that lets through ``keys``, and few others: a bit of each key's hash is set."""
    count = sum(len(one) for one in keys)
    words = 1 << max((count * bits // _WORD).bit_length(), 1)
    found = np.zeros(words, dtype=np.uint64)
    for one in keys:
        _set_bits(found, one)
    return found


@kernel
def slots_for(keys: int) -> int:
    """How many places a table of so many keys has: a power of two, and half of them empty."""
    slots = 16
    while slots < 2 * keys:
        slots *= 2
    return slots


@kernel
def mixed(key: int) -> int:
    """Every bit of the result hangs on every bit of ``key`` (Stafford 2011, variant 13)."""
    key = (key ^ (key >> unsigned(30))) * unsigned(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> unsigned(27))) * unsigned(0x94D049BB133111EB)
    return key ^ (key >> unsigned(31))


def pair_keys(left: Records, right: Records) -> Keyed:
    """Each pair of records as one number, the left above the right."""
    found: Keyed = left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)
    return found


@compiled
def table_of(keys: Keyed) -> Keyed:
    """A table in which ``are_in`` looks keys up, none of which is 0."""
    size = slots_for(len(keys))
    table, last = np.zeros(size, np.uint64), unsigned(size - 1)
    for key in keys:
        slot = mixed(key) & last
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + unsigned(1)) & last
        table[slot] = key
    return table


@compiled
def are_in(keys: Keyed, table: Keyed) -> npt.NDArray[np.bool_]:
    """Which keys are in a table of ``table_of``."""
    found, last = np.zeros(len(keys), np.bool_), unsigned(len(table) - 1)
    for place in range(len(keys)):
        slot = mixed(keys[place]) & last
        while table[slot] != 0 and table[slot] != keys[place]:
            slot = (slot + unsigned(1)) & last
        found[place] = table[slot] != 0
    return found


@compiled
def _set_bits(words: Keyed, keys: Keyed) -> None:
    last = unsigned(len(words) - 1)
    for key in keys:
        bits = mixed(key)
        words[(bits >> unsigned(6)) & last] |= unsigned(1) << (bits & unsigned(63))


@compiled
def _take(
    kinds: Bytes, offsets: Integers, records: Records, scripts: Bytes, keys: Keyed, weights: Weights, kind: int, wanted: Keyed
) -> tuple[Keyed, Records, Weights, Bytes]:  # fmt: skip
    """The keys of one kind that the filter lets through, in their order."""
    last, count = unsigned(len(wanted) - 1), 0
    for row in range(len(kinds)):
        if kinds[row] == kind:
            count += offsets[row + 1] - offsets[row]
    key, record = np.empty(count, np.uint64), np.empty(count, np.uint32)
    weight, script = np.empty(count, np.float32), np.empty(count, np.uint8)
    count = 0
    for row in range(len(kinds)):
        if kinds[row] != kind:
            continue
        for at in range(offsets[row], offsets[row + 1]):
            bits = mixed(keys[at])
            if (wanted[(bits >> unsigned(6)) & last] >> (bits & unsigned(63))) & unsigned(1):
                key[count], record[count], weight[count], script[count] = (
                    keys[at],
                    records[row],
                    weights[at],
                    scripts[row],
                )
                count += 1
    return key[:count].copy(), record[:count].copy(), weight[:count].copy(), script[:count].copy()


@compiled
def _count_by_record(record: Records, starts: Integers) -> None:
    for row in range(len(record)):
        starts[record[row] + 1] += 1


@compiled
def _place_by_record(
    key: Keyed, record: Records, weight: Weights, script: Bytes, at: Integers, to_key: Keyed, to_record: Records,
    to_weight: Weights, to_script: Bytes,
) -> None:  # fmt: skip
    """Write each row to the next place of its record, which ``at`` tells."""
    for row in range(len(record)):
        to = at[record[row]]
        at[record[row]] += 1
        to_key[to], to_record[to], to_weight[to], to_script[to] = key[row], record[row], weight[row], script[row]


@compiled
def longer(values: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    """``values`` at the beginning of an array of ``room``."""
    found = np.empty(room, values.dtype)
    found[: len(values)] = values
    return found

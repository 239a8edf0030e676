"""Blocking what changed: which pairs of the run before still meet, and which meet that did not.

Enters: what changed since the run before (incremental.py), and the tables of both runs. Leaves: the pairs that are to be
scored, and those of the run before that stand, under the rule that brings them together today: as blocking all records
would have it.

A record that says something else is in other blocks than before, and by leaving or joining a block it can bring it under its
cap or over it, for two records that say what they said. Whatever changed has its cause in a key of a record that changed:

    1  the keys of all records that changed, as they were and as they are; every record that has one of them
    2  blocks of these keys, as they are and as they were
    3  pairs of the records that changed: from the blocks as they are
    4  pairs of two others: from the blocks that have not the same members as before. Of a pair the first rule counts, and
       the run before tells which that was. It does not tell which would be next: of a pair that met in a block that is no
       more, all keys are looked at

A pair that met before and was left out for its births, being of a rule for which these matter, is not known any more. It
counts again only under a rule for which they do not, and these come first (blocking.RULES): so no later one can be its first.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb
import numpy as np
import polars as pl

from matching.link import blocking, keys, stored
from matching.link.births import CONTRADICT, Births, best_grade, read_births
from matching.link.incremental import Changes
from matching.link.keys import (
    NO_SCRIPT,
    THREADS,
    Bytes,
    Integers,
    Keyed,
    Keys,
    Records,
    are_in,
    mixed,
    pair_keys,
    table_of,
)
from matching.link.meetings import Flags, Meetings, Pairs, looked_up, pairs_of, together, untold
from matching.log import event
from matching.normalise.compiled import compiled, kernel, unsigned
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES

NEVER = 255
"""The position of the rule of a pair that does not meet."""


class Reblocked(NamedTuple):
    """``to_score``: pairs to compare. ``scored`` (as Changes.scored) and ``unlikely``: those of the run before that stand."""

    to_score: Pairs
    scored: pl.DataFrame
    unlikely: Pairs


def reblock(connection: duckdb.DuckDBPyConnection, changes: Changes, lists: Bytes) -> Reblocked:
    """Find the pairs of today, from ``changes``, the tables of today and, as before_<name>, those of the run before.

    Reads ``names``, ``identifiers``, ``births`` and ``countries`` of all records. ``lists``: the large list of each record,
    0 for none.
    """
    blocks = _Blocks(connection, changes, _with_gone(connection, lists))
    now, then = blocks.of_changed()
    of_changed = pairs_of(now, changes.asked, blocks.lists, blocks.births, whatever_births=blocking.whatever_births())
    scored, unlikely = blocking.positions_of(changes.scored["blocking_rule"]), changes.unlikely
    known = _Positions(
        np.concatenate([pair_keys(*_numbers_of(changes.scored)), pair_keys(unlikely.left, unlikely.right)]),
        np.concatenate([scored, unlikely.position]),
    )
    pairs, before, today = _of_others(blocks, now, then, known)
    is_new = (before == NEVER) & (today != NEVER)
    is_otherwise = (before != NEVER) & (today != before)
    new, otherwise = (_Positions(pairs[chosen], today[chosen]) for chosen in (is_new, is_otherwise))
    event(
        "reblocked", records_changed=len(changes.asked), records_gone=len(changes.gone), pairs_of_changed=len(of_changed.left),
        pairs_new=len(new.pair), pairs_gone=int((otherwise.position == NEVER).sum()),
        pairs_of_another_rule=int((otherwise.position != NEVER).sum()),
    )  # fmt: skip
    return _told_apart(changes, scored, otherwise, [of_changed, new.as_pairs()])


class _Positions(NamedTuple):
    """Pairs, each once, as one number, and the position of the rule that brings each together."""

    pair: Keyed
    position: Bytes

    def of(self, pairs: Keyed) -> Bytes:
        """The position of each of ``pairs``, which are sorted; NEVER for those that are not here."""
        is_asked = are_in(self.pair, table_of(pairs))
        found = np.full(len(pairs), NEVER, dtype=np.uint8)
        found[np.searchsorted(pairs, self.pair[is_asked])] = self.position[is_asked]
        return found

    def as_pairs(self) -> Pairs:
        """The same by their records."""
        return untold(*_sides(self.pair), self.position)


def _sides(pairs: Keyed) -> tuple[Records, Records]:
    return (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)


def _numbers_of(scored: pl.DataFrame) -> tuple[Records, Records]:
    return scored["number_l"].to_numpy(), scored["number_r"].to_numpy()


def _with_gone(connection: duckdb.DuckDBPyConnection, lists: Bytes) -> Bytes:
    """``lists``, of the records too that there are no more. The others stand on the list they stood on, which their ids name."""
    found = connection.sql(_LISTS_OF_GONE).pl()
    with_gone = np.zeros(max(len(lists), int(found["number"].max() or 0) + 1), dtype=np.uint8)
    with_gone[: len(lists)] = lists
    behind = found.filter(pl.col("number") >= len(lists))
    with_gone[behind["number"].to_numpy()] = behind["position"].to_numpy()
    return with_gone


_LISTS_OF_GONE = """
SELECT gone_records.number, coalesce(lists.position, 0)::UTINYINT AS position
FROM gone_records
LEFT JOIN before_records USING (record_id)
LEFT JOIN lists USING (source)
ORDER BY gone_records.number
"""


class _Blocks:
    """Blocks of the keys of some records, with every record that has one of them; ``births`` of all records as they are.

    ``counts``: which records say what they said; ``lists``: the large list of each.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, changes: Changes, lists: Bytes) -> None:
        self.connection, self.changes, self.lists = connection, changes, lists
        self.whole = blocking.whole_keys(connection, lists)
        self.values = blocking.values_besides(connection)
        self.besides = self._by_record(self.values)
        self.births = read_births(connection, len(lists))
        self.counts = np.ones(len(lists), dtype=np.bool_)
        self.counts[0] = self.counts[changes.asked] = self.counts[changes.gone] = False
        _take_gone(connection)
        keys.number_scripts(connection, "name_keys", "name_keys_before")

    def of_changed(self) -> tuple[Meetings, Meetings]:
        """Blocks of the keys that changed records have or had: as they are, and as they were."""
        asked = keys.name_keys_of(self.connection, "name_keys", self.changes.asked, self.lists)
        gone = keys.name_keys_of(self.connection, "name_keys_before", self.changes.gone, self.lists)
        names = keys.name_keys_like(self.connection, [asked, gone], self.lists)
        with _as_before(self.connection):
            whole_gone = blocking.whole_keys(self.connection, self.lists)
            besides_then = self._by_record(self._values_then(blocking.values_besides(self.connection)))
        whole_asked = {rule: _of(found, self.changes.asked) for rule, found in self.whole.items()}
        whole = {rule: _like(found, [whole_asked[rule], whole_gone[rule]]) for rule, found in self.whole.items()}
        names_then = {kind: self._then(found, gone[kind]) for kind, found in names.items()}
        whole_then = {rule: self._then(found, whole_gone[rule]) for rule, found in whole.items()}
        wanted = _tables(blocking.keys_besides(asked, self.besides), blocking.keys_besides(gone, besides_then))

        def meetings(
            of_whole: Mapping[str, Keys], of_names: Mapping[str, Keys], besides: Mapping[str, keys.Attributes]
        ) -> Meetings:
            return blocking.meetings_by(
                of_whole, of_names, blocking.keys_besides(of_names, besides, wanted), self.lists
            )

        with ThreadPoolExecutor(THREADS) as pool:  # compiled code lets go of the interpreter
            now, then = pool.map(meetings, (whole, whole_then), (names, names_then), (self.besides, besides_then))
        return now, then

    def of_pairs(self, left: Records, right: Records) -> Meetings:
        """Blocks of the keys that both records of a pair have, as they are."""
        records = np.unique(np.concatenate([left, right]))
        theirs = keys.name_keys_of(self.connection, "name_keys", records, self.lists)
        both = {kind: _shared(left, right, found, len(self.lists)) for kind, found in theirs.items()}
        names = keys.name_keys_like(self.connection, [both], self.lists)
        whole = {rule: _like(found, [_of(found, records)]) for rule, found in self.whole.items()}
        wanted = _tables(blocking.keys_besides(both, self.besides))
        return blocking.meetings_by(whole, names, blocking.keys_besides(names, self.besides, wanted), self.lists)

    def _then(self, now: Keys, gone: Keys) -> Keys:
        """The keys of the run before: of records that say what they said those of today."""
        is_same = self.counts[now.record]
        both: Iterator[Any] = zip(now.chosen(is_same).columns(), gone.columns(), strict=True)
        return keys.by_record(Keys(*(np.concatenate(columns) for columns in both)), len(self.lists))

    def _values_then(self, gone: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """What the records of the run before had besides names: ``gone`` of those that said something else."""
        found = {}
        for query, now in self.values.items():
            same = now.filter(pl.Series(self.counts[now["record_id"].to_numpy()], dtype=pl.Boolean))
            found[query] = pl.concat([same, gone[query].cast(same.schema)]).sort("record_id", "value")
        return found

    def _by_record(self, values: Mapping[str, pl.DataFrame]) -> dict[str, keys.Attributes]:
        return {query: keys.attributes_of(found, len(self.lists)) for query, found in values.items()}


def _of(found: Keys, records: Records) -> Keys:
    """The rows of ``records``."""
    return found.chosen(np.isin(found.record, records))


def _like(found: Keys, wanted: list[Keys]) -> Keys:
    """The rows with a key that is among those ``wanted``."""
    return found.chosen(np.isin(found.key, np.concatenate([one.key for one in wanted])))


def _shared(left: Records, right: Records, found: Keys, records: int) -> Keys:
    """The rows of records whose key the other record of a pair has too."""
    starts = keys.starts_of(pl.Series(found.record), records)
    order = np.lexsort((found.key, found.record))  # they are by record
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order] = _are_shared(left, right, starts, found.key[order])
    return found.chosen(chosen)


def _tables(*found: Mapping[str, Keys]) -> dict[str, Keyed]:
    """By rule the table (keys.table_of) of the keys."""
    return {rule: table_of(np.unique(np.concatenate([one[rule].key for one in found]))) for rule in found[0]}


_AS_BEFORE = "as_before"  # the schema in which tables have what the records that changed said before


def _take_gone(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what the records that changed said before: name_keys_before, and the other tables as before."""
    connection.sql(f"CREATE SCHEMA IF NOT EXISTS {_AS_BEFORE}")
    for table in (NAMES, IDENTIFIERS, BIRTHS, COUNTRIES):
        before = stored.numbered(table, stored="before", numbers="gone_records")
        connection.sql(f"CREATE OR REPLACE TABLE {_AS_BEFORE}.{table.name} AS {before}")
    before = stored.numbered(NAME_KEYS, stored="before", numbers="gone_records")
    connection.sql(f"CREATE OR REPLACE TABLE name_keys_before AS {before}")


@contextmanager
def _as_before(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Within, tables have what the records that changed said before, and what is made is made beside them."""
    connection.sql(f"SET search_path = '{_AS_BEFORE},main'")
    try:
        yield
    finally:
        connection.sql("SET search_path = 'main'")


def _of_others(blocks: _Blocks, now: Meetings, then: Meetings, known: _Positions) -> tuple[Keyed, Bytes, Bytes]:
    """Pairs of records that say what they said which a block brought or brings together that has other members than before:
    all of them, sorted, with the positions of before and of today, NEVER for those that do not meet, or are left out because
    their births contradict each other."""
    signed = [_signatures(*met.columns(), blocks.counts) for met in (now, then)]
    tables = [table_of(np.unique(signs[signs > 0])) for signs in signed]
    brings, brought = (
        _brought(blocks, met, (signs > 0) & ~are_in(signs, of_other))
        for met, signs, of_other in ((now, signed[0], tables[1]), (then, signed[1], tables[0]))
    )
    pairs = np.unique(np.concatenate([brings.pair, brought.pair]))
    before, joined, left = known.of(pairs), brings.of(pairs), brought.of(pairs)
    today = np.where(before == NEVER, joined, np.minimum(before, joined))
    is_open = (before != NEVER) & (before == left) & (joined > left)  # its first rule may bring it together no more
    if is_open.any():
        one, other = _sides(pairs[is_open])
        met = blocks.of_pairs(one, other)
        today[is_open] = _first(one, other, *met.of_records(), met.position, blocks.lists)
    never_mind = np.append(blocking.whatever_births(), np.ones(NEVER + 1 - len(blocking.RULES), dtype=bool))
    contradict = _contradict(*_sides(pairs), blocks.births)
    return pairs, before, np.where(contradict & ~never_mind[today], NEVER, today).astype(np.uint8)


def _brought(blocks: _Blocks, met: Meetings, chosen: Flags) -> _Positions:
    """The pairs of unchanged records in the blocks ``chosen``, and the position of the first that brings each together."""
    part = looked_up(*_restricted(*met.columns(), chosen, blocks.counts), len(blocks.lists))
    members = np.unique(part.record)
    whatever = np.ones(len(blocking.RULES), dtype=bool)
    made = pairs_of(part, members, blocks.lists, blocks.births, whatever_births=whatever)
    return _Positions(pair_keys(made.left, made.right), made.position)


def _told_apart(changes: Changes, rules: Bytes, otherwise: _Positions, more: list[Pairs]) -> Reblocked:
    """What of the run before stands, under the rules of today, and what is to be scored: ``more``, and what was touched.

    ``rules``: the positions of those of Changes.scored. ``otherwise``, sorted: pairs that meet under another rule, or no more.
    """

    def today(left: Records, right: Records, position: Bytes) -> tuple[Bytes, Flags, Flags]:
        """The positions, which pairs still meet, and which of these are to be scored again."""
        keyed, found = pair_keys(left, right), position.copy()
        is_otherwise = are_in(keyed, table_of(otherwise.pair))
        found[is_otherwise] = otherwise.position[np.searchsorted(otherwise.pair, keyed[is_otherwise])]
        return found, found != NEVER, changes.touched[left] | changes.touched[right]

    numbers = _numbers_of(changes.scored)
    position, meets, again = today(*numbers, rules)
    stands = meets & ~again
    rules_now = blocking.rules_at(position[stands]).cast(pl.String)
    scored = changes.scored.filter(pl.Series(stands)).with_columns(rules_now)
    touched = untold(*numbers, position).chosen(meets & again)
    left, right = changes.unlikely.left, changes.unlikely.right
    position, meets, again = today(left, right, changes.unlikely.position)
    unlikely = untold(left, right, position)
    to_score = together([*more, touched, unlikely.chosen(meets & again)])
    return Reblocked(to_score, scored, unlikely.chosen(meets & ~again))


@compiled
def _signatures(starts: Integers, record: Records, script: Bytes, position: Bytes, counts: Flags) -> Keyed:
    """A number for each block that tells its rule and which of its members count; 0 where fewer than two do."""
    signs = np.zeros(len(position), np.uint64)
    for block in range(len(position)):
        members, total = 0, unsigned(0)
        for at in range(starts[block], starts[block + 1]):
            if counts[record[at]]:
                members += 1
                total += mixed((unsigned(record[at]) << unsigned(8)) | unsigned(script[at]))
        if members > 1:
            signs[block] = mixed(total + unsigned(position[block])) | unsigned(1)
    return signs


@compiled
def _restricted(
    starts: Integers, record: Records, script: Bytes, position: Bytes, chosen: Flags, counts: Flags
) -> tuple[Integers, Records, Bytes, Bytes]:
    """The blocks that are chosen, with those of their members that count."""
    to_starts, to_record, to_script = (
        np.zeros(np.sum(chosen) + 1, np.int64),
        np.empty_like(record),
        np.empty_like(script),
    )
    blocks, members = 0, 0
    for block in range(len(position)):
        if not chosen[block]:
            continue
        for at in range(starts[block], starts[block + 1]):
            if counts[record[at]]:
                to_record[members], to_script[members] = record[at], script[at]
                members += 1
        blocks += 1
        to_starts[blocks] = members
    return to_starts, to_record[:members].copy(), to_script[:members].copy(), position[chosen]


@compiled
def _are_shared(left: Records, right: Records, starts: Integers, key: Keyed) -> Flags:
    """Which rows, sorted by record and key, have a key that the other record of a pair has too."""
    found = np.zeros(len(key), np.bool_)
    for pair in range(len(left)):
        l, r = starts[left[pair]], starts[right[pair]]  # noqa: E741
        end_l, end_r = starts[left[pair] + 1], starts[right[pair] + 1]
        while l < end_l and r < end_r:
            if key[l] < key[r]:
                l += 1  # noqa: E741
            elif key[l] > key[r]:
                r += 1
            else:
                shared = key[l]
                while l < end_l and key[l] == shared:
                    found[l] = True
                    l += 1  # noqa: E741
                while r < end_r and key[r] == shared:
                    found[r] = True
                    r += 1
    return found


@compiled
def _first(
    left: Records, right: Records, of_record: Integers, block: Records, script: Bytes, position: Bytes, lists: Bytes
) -> Bytes:
    """The position of the first block in which the records of each pair meet, NEVER where they do not."""
    found = np.full(len(left), NEVER, np.uint8)
    for pair in range(len(left)):
        one, other = left[pair], right[pair]
        if lists[one] > 0 and lists[one] == lists[other]:
            continue
        l, r = of_record[one], of_record[other]  # noqa: E741
        while l < of_record[one + 1] and r < of_record[other + 1] and found[pair] == NEVER:
            if block[l] < block[r]:
                l += 1  # noqa: E741
            elif block[l] > block[r]:
                r += 1
            elif _meet(l, r, of_record[one + 1], of_record[other + 1], block, script):
                found[pair] = position[block[l]]
            else:
                inside = block[l]
                while l < of_record[one + 1] and block[l] == inside:
                    l += 1  # noqa: E741
    return found


@kernel
def _meet(l: int, r: int, end_l: int, end_r: int, block: Records, script: Bytes) -> bool:  # noqa: E741
    """Whether two records meet in a block in which both have keys from ``l`` and ``r`` on: where scripts matter, in two."""
    inside = block[l]
    for at_l in range(l, end_l):
        if block[at_l] != inside:
            break
        for at_r in range(r, end_r):
            if block[at_r] != inside:
                break
            if script[at_l] == NO_SCRIPT or script[at_l] != script[at_r]:
                return True
    return False


@compiled
def _contradict(left: Records, right: Records, births: Births) -> Flags:
    found = np.zeros(len(left), np.bool_)
    for pair in range(len(left)):
        found[pair] = best_grade(left[pair], right[pair], births) == CONTRADICT
    return found

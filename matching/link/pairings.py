"""Which name forms of two records meet, and which pairing of them tells most.

Enters: candidate pairs, the forms of records, and how forms compare. Leaves: the distinct pairs of forms to compare, each once
however many records bear it, and for every candidate pair its best pairing.

Forms of two scripts meet unless both records give their full names (no mere aliases) in one script: names that both
publish in one script are compared better, and cheaper, in that script.

The best pairing is the one with the most evidence: how surprising its agreement is, and what its grade tells, calibrated. With
n × m pairings to choose from a chance agreement is n × m times likelier, so log2(n × m) / 2 bits are taken off the
rarity of its tokens (halved: forms of one record overlap). A pairing with a weak alias may confirm and may not alone
raise a match: it counts half, and never more than 8 bits, what a common name tells. However rare the tokens, kin bear
them too: the probability of kin is a floor under that of chance. The floor sinks by a thousandth of a bit for each bit of
rarity: the rarer of two names ranks higher however rare both are, and hardly more changes (a hundredth cost UN-EU best F1
.0015, a twentieth .003).

Decision: compiled, as every candidate pair has several pairings: joined and ranked in SQL they took six microseconds of
processor for a candidate pair, here half of one.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from matching.link.blocks import THREADS
from matching.link.keys import mixed, slots_for, starts_of
from matching.normalise.compiled import compiled, kernel, unsigned

Unsigned = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

MOST_OF_WEAK_ALIAS = 8.0  # bits
PER_BIT = 1000.0  # the floor of kin sinks by one bit for so many bits of rarity
PAIRINGS = 20_000_000  # of forms, that are made at a time: 8 bytes each, and twice as much to tell them apart
_NOTHING = np.uint64(2**64 - 1)  # no pair of forms: their numbers are of 32 bits, and none is the highest


@dataclass(frozen=True)
class Borne:
    """Forms of records, by record: of record r those from ``starts[r]`` to ``starts[r + 1]``."""

    starts: Integers
    form: Numbers
    name_no: Integers
    script: Bytes
    full_scripts: Unsigned
    is_weak: npt.NDArray[np.bool_]
    of_record: Integers  # how many forms the record has
    is_latin: npt.NDArray[np.bool_]  # by form: whether it is in Latin letters

    def columns(self) -> tuple[Any, ...]:
        """What the kernels take, in their order."""
        return self.starts, self.form, self.name_no, self.script, self.full_scripts, self.is_weak, self.of_record


class FormPairs(NamedTuple):
    """Distinct pairs of forms, and whether both are in Latin letters."""

    left: Numbers
    right: Numbers
    is_latin: npt.NDArray[np.bool_]


def form_pairs(connection: duckdb.DuckDBPyConnection, borne: Borne) -> FormPairs:
    """The distinct pairs of forms that meet in ``candidate_pairs``, each once however many records bear it."""
    keys = _distinct_form_pairs(*_candidates(connection), borne)
    left, right = (keys >> np.uint64(32)).astype(np.uint32), keys.astype(np.uint32)
    return FormPairs(left, right, borne.is_latin[left] & borne.is_latin[right])


def find_best_pairings(connection: duckdb.DuckDBPyConnection, borne: Borne) -> None:
    """Make ``name_evidence`` of ``candidate_pairs``, ``name_comparisons`` and ``name_level_bits``: a row for each candidate
    pair of which a pairing agrees in something: record_id_l, record_id_r, name_l, name_r, grade, similarity, token_bits,
    rarity_bits, name_weight."""
    keep_evidence(connection, best_pairings(connection, borne))


def keep_evidence(connection: duckdb.DuckDBPyConnection, best: pl.DataFrame) -> None:
    """Make ``name_evidence`` of rows of ``best_pairings``."""
    _made(
        connection,
        "best_pairings",
        best.filter(pl.col("grade") > 0),
        "CREATE OR REPLACE TABLE name_evidence AS FROM best_pairings",
    )


def best_pairings(connection: duckdb.DuckDBPyConnection, borne: Borne) -> pl.DataFrame:
    """The best pairing of each candidate pair, in their order: a row as of ``find_best_pairings``, of grade 0 where none agrees.

    name_weight is what the pairing weighs under the model that ``name_level_bits`` are of.
    """
    left, right = _candidates(connection)
    compared = connection.sql("SELECT form_l, form_r, grade, similarity, rarity_bits FROM name_comparisons").pl()
    keys = (compared["form_l"].cast(pl.UInt64).to_numpy() << np.uint64(32)) | compared["form_r"].cast(
        pl.UInt64
    ).to_numpy()
    slots = _slots(keys)
    arrays: tuple[Any, ...] = (
        keys, slots, compared["grade"].to_numpy().astype(np.int64), compared["similarity"].to_numpy(),
        compared["rarity_bits"].to_numpy(), _levels(connection.sql("FROM name_level_bits").pl()),
    )  # fmt: skip

    def best(start: int, end: int) -> tuple[Integers, Integers, Floats]:
        return _best(left[start:end], right[start:end], *borne.columns(), *arrays)

    names, grades, told = _in_threads(best, len(left))
    found = pl.DataFrame({
        "record_id_l": left, "record_id_r": right, "name_l": names[:, 0], "name_r": names[:, 1], "grade": grades,
        "similarity": told[:, 0], "token_bits": told[:, 1], "rarity_bits": told[:, 2], "name_weight": told[:, 3],
    })  # fmt: skip
    return found.with_columns(pl.col("name_l", "name_r", "grade").cast(pl.Int32))


def _made(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, statement: str) -> None:
    connection.register(name, frame)
    connection.sql(statement)
    connection.unregister(name)


def _in_threads(best: Any, count: int) -> tuple[npt.NDArray[Any], ...]:
    cuts = [count * thread // THREADS for thread in range(THREADS + 1)]
    with ThreadPoolExecutor(THREADS) as pool:  # compiled code lets go of the interpreter
        parts: Sequence[tuple[npt.NDArray[Any], ...]] = list(pool.map(best, cuts[:-1], cuts[1:]))
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _candidates(connection: duckdb.DuckDBPyConnection) -> tuple[Numbers, Numbers]:
    found = connection.sql("SELECT record_id_l, record_id_r FROM candidate_pairs").pl()
    return found["record_id_l"].to_numpy().astype(np.uint32), found["record_id_r"].to_numpy().astype(np.uint32)


def _distinct_form_pairs(left: Numbers, right: Numbers, borne: Borne) -> Unsigned:
    """The distinct pairs of forms, in the order in which they are met; made in parts, for people have up to a hundred names."""
    forms = np.diff(borne.starts)
    ends = np.cumsum(forms[left] * forms[right])
    inner = np.searchsorted(ends, np.arange(PAIRINGS, ends[-1] if len(ends) else 0, PAIRINGS))
    cuts = sorted({0, *inner.tolist(), len(left)})
    parts = [
        _distinct(_form_pairs(left[start:end], right[start:end], *borne.columns())) for start, end in pairwise(cuts)
    ]
    return _distinct(np.concatenate([np.empty(0, np.uint64), *parts]))


def read_borne(connection: duckdb.DuckDBPyConnection) -> Borne:
    """The forms of all records of ``persons``, of those too that have none."""
    found = connection.sql(_BORNE).pl()
    last: int = connection.sql("SELECT coalesce(max(record_id), 0) FROM persons").fetchall()[0][0]
    forms = connection.sql("SELECT form_id, script = 'Latn' AS is_latin FROM forms").pl()
    is_latin = np.zeros(int(forms["form_id"].max() or 0) + 1, dtype=bool)
    is_latin[forms["form_id"].to_numpy()] = forms["is_latin"].to_numpy()
    return Borne(
        starts_of(found["record_id"], last + 1),
        found["form_id"].to_numpy().astype(np.uint32),
        found["name_no"].to_numpy().astype(np.int64),
        found["script_no"].to_numpy().astype(np.uint8),
        found["full_scripts"].to_numpy().astype(np.uint64),
        found["is_weak"].to_numpy(),
        found["forms_of_record"].to_numpy().astype(np.int64),
        is_latin,
    )


_BORNE = """
SELECT record_id, form_id, name_no, script_no, full_scripts, kind = 'weak_alias' AS is_weak, forms_of_record
FROM record_forms
ORDER BY record_id, name_no
"""


def _levels(levels: pl.DataFrame) -> Floats:
    """Bits, kin, slope and shift by grade; a grade of no level has no number."""
    found = np.full((int(levels["grade"].max() or 0) + 1, 4), np.nan)  # type: ignore[arg-type]
    found[levels["grade"].to_numpy().astype(np.int64)] = levels.select("bits", "kin", "slope", "shift").to_numpy()
    return found


@kernel
def _meet(l: int, r: int, script: Bytes, full_scripts: Unsigned) -> bool:  # noqa: E741
    meet: bool = script[l] == script[r] or (full_scripts[l] & full_scripts[r]) == 0
    return meet


@compiled
def _form_pairs(
    left: Numbers, right: Numbers, starts: Integers, form: Numbers, _name_no: Integers, script: Bytes,
    full_scripts: Unsigned, _is_weak: npt.NDArray[np.bool_], _of_record: Integers,
) -> Unsigned:  # fmt: skip
    """The pairs of forms that meet in each pair of records, one after the other: left number above right in one."""
    count = 0
    for pair in range(len(left)):
        count += (starts[left[pair] + 1] - starts[left[pair]]) * (starts[right[pair] + 1] - starts[right[pair]])
    found = np.empty(count, np.uint64)
    count = 0
    for pair in range(len(left)):
        for l in range(starts[left[pair]], starts[left[pair] + 1]):  # noqa: E741
            for r in range(starts[right[pair]], starts[right[pair] + 1]):
                if _meet(l, r, script, full_scripts):
                    found[count] = (unsigned(form[l]) << unsigned(32)) | unsigned(form[r])
                    count += 1
    return found[:count]


@compiled
def _distinct(keys: Unsigned) -> Unsigned:
    """The distinct keys, in the order in which they are met first."""
    size = slots_for(len(keys))
    table, last = np.full(size, _NOTHING, np.uint64), unsigned(size - 1)
    found, count = np.empty(len(keys), np.uint64), 0
    for key in keys:
        slot = mixed(key) & last
        while table[slot] != _NOTHING and table[slot] != key:
            slot = (slot + unsigned(1)) & last
        if table[slot] == _NOTHING:
            table[slot] = key
            found[count] = key
            count += 1
    return found[:count].copy()


@compiled
def _slots(keys: Unsigned) -> Integers:
    """A table of the rows of distinct keys, by hash; -1 where there is none."""
    size = slots_for(len(keys))
    table, last = np.full(size, -1, np.int64), unsigned(size - 1)
    for row in range(len(keys)):
        slot = mixed(keys[row]) & last
        while table[slot] >= 0:
            slot = (slot + unsigned(1)) & last
        table[slot] = row
    return table


@kernel
def _row_of(key: int, keys: Unsigned, slots: Integers) -> int:
    last = unsigned(len(slots) - 1)
    slot = mixed(key) & last
    while slots[slot] >= 0 and keys[slots[slot]] != key:
        slot = (slot + unsigned(1)) & last
    row: int = slots[slot]
    return row


@compiled
def _best(
    left: Numbers, right: Numbers, starts: Integers, form: Numbers, name_no: Integers, script: Bytes,
    full_scripts: Unsigned, is_weak: npt.NDArray[np.bool_], of_record: Integers, keys: Unsigned, slots: Integers,
    grade: Integers, similarity: Floats, rarity: Floats, levels: Floats,
) -> tuple[Integers, Integers, Floats]:  # fmt: skip
    """Names, grade, and similarity, token bits, rarity bits and weight of the best pairing of each pair; grade 0 where none agrees.

    Of equal evidence the more alike counts, then the first names.
    """
    names, grades = np.zeros((len(left), 2), np.int64), np.zeros(len(left), np.int64)
    told = np.zeros((len(left), 4))
    for pair in range(len(left)):
        start_l, end_l = starts[left[pair]], starts[left[pair] + 1]
        start_r, end_r = starts[right[pair]], starts[right[pair] + 1]
        most = 0.0
        for l in range(start_l, end_l):  # noqa: E741
            for r in range(start_r, end_r):
                if not _meet(l, r, script, full_scripts):
                    continue
                row = _row_of((unsigned(form[l]) << unsigned(32)) | unsigned(form[r]), keys, slots)
                if row < 0 or grade[row] >= len(levels) or np.isnan(levels[grade[row], 0]):
                    continue
                chosen_from = np.float64(of_record[l] * of_record[r])
                token_bits = max(rarity[row] - np.log2(chosen_from) / 2.0, 0.0)
                if is_weak[l] or is_weak[r]:
                    token_bits = min(token_bits / 2.0, MOST_OF_WEAK_ALIAS)
                bits, kin, slope, shift = levels[grade[row]]
                chance = 2.0**-token_bits + kin * 2.0 ** (-token_bits / PER_BIT)
                rarity_bits = -np.log2(min(chance, 1.0))
                tells = slope * (rarity_bits + bits) + shift
                if grades[pair] and (tells < most or (tells == most and similarity[row] <= told[pair, 0])):
                    continue
                most, grades[pair] = tells, grade[row]
                names[pair, 0], names[pair, 1] = name_no[l], name_no[r]
                told[pair, 0], told[pair, 1], told[pair, 2] = similarity[row], token_bits, rarity_bits
                told[pair, 3] = tells
    return names, grades, told

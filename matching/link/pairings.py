"""Which name forms of two records meet, and which pairing of them tells most.

Enters: candidate pairs, the forms of records, and how forms compare. Leaves: the pairs of forms to compare, those of one
candidate pair after those of the one before, and for every candidate pair its best pairing.

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

Decision: two forms that meet in two candidate pairs are compared twice. Of 25 million pairings of 1,100,000 invented records
one in twenty-five is such, of two publishers' lists one in six; to find them, and the comparison of each pairing, in tables
of that size took a tenth of all linking. Of 2,000 records that had each 20 names of the same 60 words 15 in 16 were, and
that took 45 s of processor, before 47.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from matching.link.align import Compared
from matching.link.keys import in_threads, starts_of
from matching.normalise.compiled import compiled, kernel

Unsigned = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

MOST_OF_WEAK_ALIAS = 8.0  # bits
PAIRINGS = 20_000_000  # of forms, that are compared at a time: half a gigabyte
PER_BIT = 1000.0  # the floor of kin sinks by one bit for so many bits of rarity


@dataclass(frozen=True)
class Borne:
    """Forms of records, by record: of record r those from ``starts[r]`` to ``starts[r + 1]``. ``form`` is the place of each
    among all forms."""

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
    """Pairs of forms, by their places, and whether both are in Latin letters."""

    left: Numbers
    right: Numbers
    is_latin: npt.NDArray[np.bool_]


class ComparedPairs(NamedTuple):
    """Pairs of records, by number, and how the pairs of their forms compare, in the order of ``form_pairs``."""

    left: Numbers
    right: Numbers
    forms: Compared


def parts(left: Numbers, right: Numbers, borne: Borne) -> list[slice]:
    """Cut pairs of records into parts of at most PAIRINGS pairings of forms, or of one pair: people have up to a hundred names."""
    forms = np.diff(borne.starts)
    ends = np.cumsum(forms[left] * forms[right])
    found, start = [], 0
    while start < len(left):
        before = ends[start - 1] if start else 0
        end = max(int(np.searchsorted(ends, before + PAIRINGS, side="right")), start + 1)
        found.append(slice(start, end))
        start = end
    return found


def form_pairs(left: Numbers, right: Numbers, borne: Borne) -> FormPairs:
    """The pairs of forms that meet in each pair of records, in their order; as often as they meet."""
    starts = _starts(left, right, borne)
    met = FormPairs(*(np.empty(starts[-1], dtype) for dtype in (np.uint32, np.uint32, np.bool_)))

    def fill(start: int, end: int) -> None:
        to: tuple[Any, ...] = (starts[start:], borne.is_latin, *met)
        _fill(left[start:end], right[start:end], *borne.columns(), *to)

    in_threads(fill, len(left))
    return met


def find_best_pairings(connection: duckdb.DuckDBPyConnection, borne: Borne, compared: ComparedPairs) -> None:
    """Make ``name_evidence`` of ``compared`` and ``name_level_bits``: a row for each pair of records of which a pairing agrees
    in something: record_id_l, record_id_r, name_l, name_r, grade, similarity, token_bits, rarity_bits, name_weight."""
    keep_evidence(connection, best_pairings(connection, borne, compared))


def keep_evidence(connection: duckdb.DuckDBPyConnection, best: pl.DataFrame) -> None:
    """Make ``name_evidence`` of rows of ``best_pairings``."""
    _made(
        connection,
        "best_pairings",
        best.filter(pl.col("grade") > 0),
        "CREATE OR REPLACE TABLE name_evidence AS FROM best_pairings",
    )


def best_pairings(connection: duckdb.DuckDBPyConnection, borne: Borne, compared: ComparedPairs) -> pl.DataFrame:
    """The best pairing of each pair of records, in their order: a row as of ``find_best_pairings``, of grade 0 where none agrees.

    name_weight is what the pairing weighs under the model that ``name_level_bits`` are of.
    """
    left, right, forms = compared
    starts = _starts(left, right, borne)
    if starts[-1] != len(forms.grade):
        raise ValueError(f"{len(forms.grade)} pairs of forms were compared, and {starts[-1]} meet: compare them anew")
    levels = _levels(connection.sql("FROM name_level_bits").pl())

    def best(start: int, end: int) -> tuple[Integers, Integers, Floats]:
        known: tuple[Any, ...] = (starts[start:], *forms, levels)
        return _best(left[start:end], right[start:end], *borne.columns(), *known)

    names, grades, told = (np.concatenate(columns) for columns in zip(*in_threads(best, len(left)), strict=True))
    found = pl.DataFrame({
        "record_id_l": left, "record_id_r": right, "name_l": names[:, 0], "name_r": names[:, 1], "grade": grades,
        "similarity": told[:, 0], "token_bits": told[:, 1], "rarity_bits": told[:, 2], "name_weight": told[:, 3],
    })  # fmt: skip
    return found.with_columns(pl.col("name_l", "name_r", "grade").cast(pl.Int32))


def _made(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, statement: str) -> None:
    connection.register(name, frame)
    connection.sql(statement)
    connection.unregister(name)


def _starts(left: Numbers, right: Numbers, borne: Borne) -> Integers:
    """Where the pairs of forms of each pair of records begin among all, and where the last end."""

    def count(start: int, end: int) -> Integers:
        return _meetings(left[start:end], right[start:end], *borne.columns())

    counts = in_threads(count, len(left))
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate(counts))])


def read_borne(connection: duckdb.DuckDBPyConnection) -> Borne:
    """The forms of all records of ``persons``, of those too that have none."""
    found = connection.sql(_BORNE).pl()
    last: int = connection.sql("SELECT coalesce(max(record_id), 0) FROM persons").fetchall()[0][0]
    is_latin = connection.sql("SELECT script = 'Latn' AS is_latin FROM forms ORDER BY form_id").pl()["is_latin"]
    return Borne(
        starts_of(found["record_id"], last + 1),
        found["form"].to_numpy().astype(np.uint32),
        found["name_no"].to_numpy().astype(np.int64),
        found["script_no"].to_numpy().astype(np.uint8),
        found["full_scripts"].to_numpy().astype(np.uint64),
        found["is_weak"].to_numpy(),
        found["forms_of_record"].to_numpy().astype(np.int64),
        is_latin.to_numpy(),
    )


_BORNE = """
SELECT record_id, form_id - 1 AS form, name_no, script_no, full_scripts, kind = 'weak_alias' AS is_weak, forms_of_record
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
def _meetings(
    left: Numbers, right: Numbers, starts: Integers, _form: Numbers, _name_no: Integers, script: Bytes,
    full_scripts: Unsigned, _is_weak: npt.NDArray[np.bool_], _of_record: Integers,
) -> Integers:  # fmt: skip
    """How many pairs of forms meet in each pair of records."""
    counts = np.zeros(len(left), np.int64)
    for pair in range(len(left)):
        for l in range(starts[left[pair]], starts[left[pair] + 1]):  # noqa: E741
            for r in range(starts[right[pair]], starts[right[pair] + 1]):
                counts[pair] += _meet(l, r, script, full_scripts)
    return counts


@compiled
def _fill(
    left: Numbers, right: Numbers, starts: Integers, form: Numbers, _name_no: Integers, script: Bytes,
    full_scripts: Unsigned, _is_weak: npt.NDArray[np.bool_], _of_record: Integers, places: Integers,
    is_latin: npt.NDArray[np.bool_], to_left: Numbers, to_right: Numbers, to_is_latin: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """Write the pairs of forms that meet in each pair of records, those of the first from its place on."""
    for pair in range(len(left)):
        to = places[pair]
        for l in range(starts[left[pair]], starts[left[pair] + 1]):  # noqa: E741
            for r in range(starts[right[pair]], starts[right[pair] + 1]):
                if _meet(l, r, script, full_scripts):
                    to_left[to], to_right[to] = form[l], form[r]
                    to_is_latin[to] = is_latin[form[l]] and is_latin[form[r]]
                    to += 1


@compiled
def _best(
    left: Numbers, right: Numbers, starts: Integers, _form: Numbers, name_no: Integers, script: Bytes,
    full_scripts: Unsigned, is_weak: npt.NDArray[np.bool_], of_record: Integers, places: Integers, grade: Bytes,
    similarity: Floats, rarity: Floats, levels: Floats,
) -> tuple[Integers, Integers, Floats]:  # fmt: skip
    """Names, grade, and similarity, token bits, rarity bits and weight of the best pairing of each pair; grade 0 where none agrees.

    Of equal evidence the more alike counts, then the first names.
    """
    names, grades = np.zeros((len(left), 2), np.int64), np.zeros(len(left), np.int64)
    told = np.zeros((len(left), 4))
    for pair in range(len(left)):
        start_l, end_l = starts[left[pair]], starts[left[pair] + 1]
        start_r, end_r = starts[right[pair]], starts[right[pair] + 1]
        most, after = 0.0, places[pair]
        for l in range(start_l, end_l):  # noqa: E741
            for r in range(start_r, end_r):
                if not _meet(l, r, script, full_scripts):
                    continue
                row, after = after, after + 1
                if grade[row] == 0 or grade[row] >= len(levels) or np.isnan(levels[grade[row], 0]):
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

"""How two births compare, compiled: the grades of sql/macros/birth_grade.sql, for every pair that meets.

Enters: the table births. Leaves: births as arrays by record, and the best grade of two records' births.

Decision: written twice, here and in SQL, which resolving asks of the few records that matches connect. The grades are the
same for any two births (tests/link/test_facts.py). In SQL the births of tens of millions of pairs took longer than
finding the pairs.
"""

from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from matching.link.keys import Integers, starts_of
from matching.normalise.compiled import kernel

Years = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

CONTRADICT = 10
_TWO_DAYS, _DAY_BY_TABLE, _MONTH, _YEAR = 2, 4, 34, 370  # days: as sql/macros/birth_interval_grade.sql and is_slip.sql
_CIRCA, _FEW = 2, 3  # years: as sql/macros/years_apart_grade.sql


class Births(NamedTuple):
    """Births by record: of record r those from ``starts[r]`` to ``starts[r + 1]``.

    ``earliest`` and ``latest`` in days, a birth on 1 January until the end of its year; ``first`` and ``last`` the years
    of both; ``day``: month * 100 + day of a birth known to the day, 0 of 1 January, which often means the year, and of all
    others. ``is_day``: whether it was published as a day; ``is_circa``: as about.
    """

    starts: Integers
    earliest: Years
    latest: Years
    first: Years
    last: Years
    day: Years
    is_day: Flags
    is_circa: Flags


def read_births(connection: duckdb.DuckDBPyConnection, records: int) -> Births:
    """Births of the records, by their numbers."""
    found = connection.sql(_BIRTHS).pl()
    return Births(
        starts_of(found["record_id"], records),
        *(found[name].to_numpy().astype(np.int32) for name in ("earliest", "latest", "first", "last", "day")),
        *(found[name].to_numpy() for name in ("is_day", "is_circa")),
    )


_BIRTHS = """
SELECT
    record_id,
    earliest - DATE '1970-01-01' AS earliest,
    CASE WHEN earliest = latest AND is_new_year(earliest) THEN make_date(year(earliest), 12, 31) ELSE latest END
    - DATE '1970-01-01' AS latest,
    year(earliest) AS first,
    year(latest) AS last,
    CASE WHEN earliest = latest AND NOT is_new_year(earliest) THEN month(earliest) * 100 + day(earliest) ELSE 0 END AS day,
    earliest = latest AS is_day,
    coalesce("precision" = 'circa', FALSE) AS is_circa
FROM births
ORDER BY record_id
"""


@kernel
def best_grade(one: int, other: int, births: Births) -> int:
    """How the births of two records compare that agree best; 0 where one of them has none."""
    best = 0
    for l in range(births.starts[one], births.starts[one + 1]):  # noqa: E741
        for r in range(births.starts[other], births.starts[other + 1]):
            grade = _grade(l, r, births)
            if best == 0 or grade < best:
                best = grade
    return best


@kernel
def _grade(l: int, r: int, births: Births) -> int:  # noqa: E741
    """As sql/macros/birth_grade.sql."""
    if births.is_day[l] and births.is_day[r] and births.earliest[l] == births.earliest[r]:
        return 1 if births.day[l] else 2
    is_circa = births.is_circa[l] or births.is_circa[r]
    if births.day[l] and births.day[r]:
        return _days(l, r, births, is_circa)
    if births.earliest[l] <= births.latest[r] and births.earliest[r] <= births.latest[l]:
        width = max(births.latest[l] - births.earliest[l], births.latest[r] - births.earliest[r])
        if width <= _MONTH:
            return 4 if width <= _DAY_BY_TABLE else 5
        return 6 if width <= _YEAR else 7
    if births.first[l] == births.last[l] == births.first[r] == births.last[r]:
        return 6
    years = min(abs(births.first[l] - births.last[r]), abs(births.first[r] - births.last[l]))
    return _years_apart(years, is_circa)


@kernel
def _days(l: int, r: int, births: Births, is_circa: bool) -> int:  # noqa: E741
    """As sql/macros/birth_day_grade.sql."""
    same_year = births.first[l] == births.first[r]
    month_l, day_l = births.day[l] // 100, births.day[l] % 100
    month_r, day_r = births.day[r] // 100, births.day[r] % 100
    if same_year and month_l == day_r and day_l == month_r:
        return 3
    if abs(births.earliest[l] - births.earliest[r]) <= _TWO_DAYS:
        return 4
    if same_year and month_l == month_r and _is_slip(day_l, day_r):
        return 4
    if same_year and day_l == day_r and _is_slip(month_l, month_r):
        return 4
    year_l, year_r = births.first[l], births.first[r]
    if births.day[l] == births.day[r] and year_l // 100 == year_r // 100 and _is_slip(year_l % 100, year_r % 100):
        return 4
    return 6 if same_year else _years_apart(abs(year_l - year_r), is_circa)


@kernel
def _years_apart(years: int, is_circa: bool) -> int:
    """As sql/macros/years_apart_grade.sql."""
    if is_circa and years <= _CIRCA:
        return 7
    if years <= 1:
        return 8
    return 9 if years <= _FEW else CONTRADICT


@kernel
def _is_slip(one: int, other: int) -> bool:
    """As sql/macros/is_digit_slip.sql."""
    return one // 10 == other // 10 or one % 10 == other % 10 or (one % 10 == other // 10 and one // 10 == other % 10)

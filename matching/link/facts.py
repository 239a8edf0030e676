"""What records say beside their names and documents, and how two of them compare: a grade per field, compiled.

Enters: the tables births, countries, birth_places and persons. Leaves: for pairs of records the grades of GRADES, as
fields.py names them; 0 is unknown, where one side has nothing to compare.

    birth         births.py; of several births the two that agree best count
    country       1 a nationality is shared · 2 another country is shared · 3 one is a former state, or a part, of the other, as
                  the Soviet Union of Ukraine · 4 none is. A warrant's country says nothing of the person
    birth_place   1 a word of the place is shared, in any script · 2 none is
    sex           1 the same · 2 not
    document      1 a number of a document is shared, whatever its kind; identifier_evidence.sql tells what that is worth

Decision: arrays and a compiled loop, not SQL. Each was a table of all candidate pairs, joined to them again: of 17 million
they took a minute of processor, here three seconds.
"""

from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from matching.link.births import Births, best_grade, read_births
from matching.link.keys import Bytes, Integers, Records, attributes_of, in_threads
from matching.normalise.compiled import compiled, kernel

GRADES = ("birth", "country", "birth_place", "sex", "document")
Kin = npt.NDArray[np.bool_]


class Facts(NamedTuple):
    """What records say, by record, for compiled code.

    ``countries``: of record r ``countries[country_starts[r]:country_starts[r + 1]]``, each a number times two, and one more for a nationality.
    ``kin``: whether one country is a former state, or a part, of another. ``places`` and
    ``documents``: words and numbers of documents, as numbers. ``sex``: 0 unknown.
    """

    births: Births
    country_starts: Integers
    countries: Integers
    kin: Kin
    place_starts: Integers
    places: Integers
    document_starts: Integers
    documents: Integers
    sex: Bytes


def read_facts(connection: duckdb.DuckDBPyConnection, records: int) -> Facts:
    """Read what the ``records`` of ``stored.load`` say; they are numbered below that."""
    countries = attributes_of(connection.sql(_COUNTRIES).pl(), records)
    places, documents = (attributes_of(connection.sql(query).pl(), records) for query in (_PLACES, _DOCUMENTS))
    return Facts(
        read_births(connection, records), countries.starts, countries.values, _kin(connection), places.starts, places.values,
        documents.starts, documents.values, _sexes(connection, records),
    )  # fmt: skip


_NUMBERED = """
WITH codes AS (
    SELECT country_code FROM countries WHERE country_code IS NOT NULL
    UNION
    SELECT country_code FROM country_kin
    UNION
    SELECT kin_code FROM country_kin
),
numbered AS (
    SELECT country_code, row_number() OVER (ORDER BY country_code) - 1 AS number
    FROM codes
)
"""
_COUNTRIES = f"""
{_NUMBERED}
SELECT countries.record_id, numbered.number * 2 + max((countries.role = 'nationality')::UTINYINT) AS value
FROM countries
JOIN numbered USING (country_code)
WHERE countries.role <> 'warrant'
GROUP BY countries.record_id, numbered.number
ORDER BY countries.record_id, value
"""
_KIN = f"""
{_NUMBERED}
SELECT l.number AS one, r.number AS other, (SELECT count(*) FROM numbered) AS countries
FROM country_kin
JOIN numbered AS l USING (country_code)
JOIN numbered AS r ON r.country_code = country_kin.kin_code
ORDER BY l.number, r.number
"""
_PLACES = """
WITH spread AS (
    SELECT DISTINCT birth_places.record_id, unnest(place_words.words) AS word
    FROM birth_places
    JOIN place_words USING (text)
)
SELECT record_id, dense_rank() OVER (ORDER BY word) AS value
FROM spread
ORDER BY record_id, value
"""

_DOCUMENTS = """
SELECT record_id, dense_rank() OVER (ORDER BY comparable) AS value
FROM (SELECT DISTINCT record_id, comparable FROM identifiers WHERE length(comparable) >= 5)
ORDER BY record_id, value
"""


def _kin(connection: duckdb.DuckDBPyConnection) -> Kin:
    found = connection.sql(_KIN).pl()
    countries = int(found["countries"].max() or 0)
    kin = np.zeros((countries, countries), dtype=bool)
    kin[found["one"].to_numpy(), found["other"].to_numpy()] = True
    return kin


def _sexes(connection: duckdb.DuckDBPyConnection, records: int) -> Bytes:
    found = connection.sql("SELECT record_id, sex FROM persons WHERE sex IS NOT NULL").pl()
    sexes = np.zeros(records, dtype=np.uint8)
    number = {sex: place for place, sex in enumerate(found["sex"].unique().sort(), 1)}
    sexes[found["record_id"].to_numpy()] = found["sex"].replace_strict(number, return_dtype=pl.UInt8).to_numpy()
    return sexes


def grades(facts: Facts, left: Records, right: Records) -> Bytes:
    """The GRADES of each pair: a row per pair, a column per field."""
    return np.concatenate(in_threads(lambda start, end: _grades(facts, left[start:end], right[start:end]), len(left)))


@compiled
def _grades(facts: Facts, left: Records, right: Records) -> Bytes:
    found = np.zeros((len(left), 5), np.uint8)
    for pair in range(len(left)):
        one, other = left[pair], right[pair]
        found[pair, 0] = best_grade(one, other, facts.births)
        found[pair, 1] = _country(one, other, facts)
        found[pair, 2] = _place(one, other, facts)
        found[pair, 4] = _share(facts.documents, facts.document_starts, one, other)
        if facts.sex[one] and facts.sex[other]:
            found[pair, 3] = 1 if facts.sex[one] == facts.sex[other] else 2
    return found


@kernel
def _country(one: int, other: int, facts: Facts) -> int:
    starts = facts.country_starts
    best = 0
    for l in range(starts[one], starts[one + 1]):  # noqa: E741
        for r in range(starts[other], starts[other + 1]):
            country_l, country_r = facts.countries[l] // 2, facts.countries[r] // 2
            grade = 4
            if country_l == country_r:
                grade = 1 if facts.countries[l] % 2 and facts.countries[r] % 2 else 2
            elif facts.kin[country_l, country_r]:
                grade = 3
            if best == 0 or grade < best:
                best = grade
    return best


@kernel
def _place(one: int, other: int, facts: Facts) -> int:
    starts = facts.place_starts
    if starts[one] == starts[one + 1] or starts[other] == starts[other + 1]:
        return 0
    return 1 if _share(facts.places, starts, one, other) else 2


@kernel
def _share(values: Integers, starts: Integers, one: int, other: int) -> bool:
    """Whether two records have a value in common."""
    for l in range(starts[one], starts[one + 1]):  # noqa: E741
        for r in range(starts[other], starts[other + 1]):
            if values[l] == values[r]:
                return True
    return False

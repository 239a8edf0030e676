"""What two records say beside their names, graded; births as SQL grades them, whichever record stands left."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import database
from matching.link import facts
from matching.settings import Settings

TABLES = """
    CREATE TABLE persons (record_id UINTEGER, sex VARCHAR);
    CREATE TABLE births (record_id UINTEGER, earliest DATE, latest DATE, "precision" VARCHAR);
    CREATE TABLE countries (record_id UINTEGER, role VARCHAR, country_code VARCHAR);
    CREATE TABLE country_kin (country_code VARCHAR, kin_code VARCHAR);
    CREATE TABLE birth_places (record_id UINTEGER, text VARCHAR);
    CREATE TABLE place_words (text VARCHAR, words VARCHAR[]);
    CREATE TABLE identifiers (record_id UINTEGER, comparable VARCHAR);
"""
BOTH_WAYS = [("CS", "CZ"), ("CS", "SK"), ("CZ", "CS"), ("SK", "CS")]


@pytest.fixture(scope="module")
def macros(tmp_path_factory):
    with database.in_memory(Settings(), tmp_path_factory.mktemp("spill")) as connection:
        yield connection


@pytest.fixture
def graded(macros):
    """The grades of one field of a pair, by what each record says: rows of the tables but for record_id."""

    def grade_of(field, left, right):
        for statement in TABLES.split(";"):
            macros.sql(statement.replace("CREATE TABLE", "CREATE OR REPLACE TABLE"))
        macros.executemany("INSERT INTO country_kin VALUES (?, ?)", BOTH_WAYS)
        for record, said in ((1, left), (2, right)):
            for table, rows in said.items():
                for row in rows:
                    macros.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * (len(row) + 1))})", [record, *row])
        read = facts.read_facts(macros, 3)
        one, other = np.array([1], np.uint32), np.array([2], np.uint32)
        there, back = facts.grades(read, one, other), facts.grades(read, other, one)
        assert there.tolist() == back.tolist()
        return int(there[0, facts.GRADES.index(field)])

    return grade_of


def born(*births):
    return {"births": [(earliest, latest, precision) for earliest, latest, precision in births]}


def countries(*rows):
    return {"countries": list(rows)}


@pytest.mark.parametrize(
    ("field", "left", "right", "grade"),
    [
        ("birth", born(("1950-01-01", "1950-12-31", "year"), ("1970-05-04", "1970-05-04", "day")),
         born(("1988-03-02", "1988-03-02", "day"), ("1970-04-05", "1970-04-05", "day")), 3),
        ("birth", born(("1970-05-04", "1970-05-04", "day")), {}, 0),
        ("birth", born(("1970-01-01", "1970-12-31", "circa")), born(("1972-05-04", "1972-05-04", "day")), 7),
        ("birth", born(("1970-01-01", "1970-12-31", "year")), born(("1972-05-04", "1972-05-04", "day")), 9),
        ("country", countries(("nationality", "PT"), ("address", "ES")), countries(("nationality", "FR"), ("nationality", "PT")), 1),
        ("country", countries(("nationality", "PT"), ("address", "ES")), countries(("birth", "PT")), 2),
        ("country", countries(("nationality", "PT"), ("address", "ES")), countries(("nationality", "FR")), 4),
        ("country", countries(("birth", "PT")), countries(("birth", "PT")), 2),
        ("country", countries(("nationality", "PT")), countries(("warrant", "PT")), 0),
        ("country", countries(("nationality", "PT")), countries(("nationality", None)), 0),
        ("country", countries(("nationality", "CS")), countries(("birth", "SK")), 3),
        ("country", countries(("nationality", "CZ")), countries(("nationality", "SK")), 4),
        ("sex", {"persons": [("male",)]}, {"persons": [("male",)]}, 1),
        ("sex", {"persons": [("male",)]}, {"persons": [("female",)]}, 2),
        ("sex", {"persons": [("male",)]}, {"persons": [(None,)]}, 0),
        ("document", {"identifiers": [("X12345",), ("AB",)]}, {"identifiers": [("Y55555",), ("X12345",)]}, 1),
        ("document", {"identifiers": [("AB",)]}, {"identifiers": [("AB",)]}, 0),
    ],
)  # fmt: skip
def test_each_field_has_the_grade_of_what_agrees_best(graded, field, left, right, grade):
    assert graded(field, left, right) == grade


WORDS = [
    ("Vila Áldea, Harbour", ["aldea", "harbour"]),
    ("Old Town", []),
    ("АЛДЕЯ", ["aldea"]),
    ("Lower Vale", ["vale"]),
]


@pytest.mark.parametrize(
    ("left", "right", "grade"),
    [
        (("Vila Áldea, Harbour", "Old Town"), ("АЛДЕЯ",), 1),
        (("Vila Áldea, Harbour", "Old Town"), ("Lower Vale",), 2),
        (("Old Town",), ("Lower Vale",), 0),
    ],
)
def test_one_word_of_a_place_is_enough_and_a_place_without_a_word_of_its_own_is_unknown(macros, left, right, grade):
    for statement in TABLES.split(";"):
        macros.sql(statement.replace("CREATE TABLE", "CREATE OR REPLACE TABLE"))
    macros.executemany("INSERT INTO place_words VALUES (?, ?)", WORDS)
    macros.executemany(
        "INSERT INTO birth_places VALUES (?, ?)", [(1, text) for text in left] + [(2, text) for text in right]
    )
    found = facts.grades(facts.read_facts(macros, 3), np.array([1], np.uint32), np.array([2], np.uint32))
    assert found[0, facts.GRADES.index("birth_place")] == grade


DAYS = st.one_of(
    st.dates(min_value=dt.date(1, 1, 1), max_value=dt.date(9999, 12, 31)),
    st.dates(min_value=dt.date(1968, 1, 1), max_value=dt.date(1973, 12, 31)),
    st.sampled_from([dt.date(year, month, day) for year in (1949, 1970, 1971, 1979) for month, day in ((1, 1), (5, 4), (4, 5), (12, 31))]),
)  # fmt: skip
BORN = st.tuples(
    DAYS, st.sampled_from([0, 0, 0, 3, 4, 30, 34, 364, 370, 3000]), st.sampled_from([None, "circa", "year"])
)
IN_SQL = """
    SELECT l.record_id, r.record_id, birth_grade(
        l.earliest, l.latest, coalesce(l."precision" = 'circa', FALSE), r.earliest, r.latest, coalesce(r."precision" = 'circa', FALSE)
    )
    FROM births AS l JOIN births AS r ON l.record_id < r.record_id
    ORDER BY l.record_id, r.record_id
"""


@settings(max_examples=30)
@given(st.lists(BORN, min_size=20, max_size=40))
def test_births_are_graded_as_in_sql(macros, drawn):
    rows = [
        {"record_id": number, "earliest": first, "precision": precision,
         "latest": dt.date.fromordinal(min(first.toordinal() + days, dt.date.max.toordinal()))}
        for number, (first, days, precision) in enumerate(drawn, 1)
    ]  # fmt: skip
    for statement in TABLES.split(";"):
        macros.sql(statement.replace("CREATE TABLE", "CREATE OR REPLACE TABLE"))
    macros.register("drawn", pl.DataFrame(rows, schema_overrides={"precision": pl.String}))
    macros.sql('INSERT INTO births SELECT record_id, earliest, latest, "precision" FROM drawn')
    left, right, wanted = (np.array(column) for column in zip(*macros.sql(IN_SQL).fetchall(), strict=True))
    found = facts.grades(facts.read_facts(macros, len(drawn) + 1), left.astype(np.uint32), right.astype(np.uint32))
    assert found[:, 0].tolist() == wanted.tolist()
    macros.unregister("drawn")

"""Every query of sql/ gives the rows its cases expect, and every query has cases."""

import pytest
from sql_cases import HERE, SQL, Case, cases_of, queries, rounded

QUERIES = queries()
CASES = [case for query in QUERIES for case in cases_of(query)]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.query}: {case.name}" for case in CASES])
def test_query_gives_the_expected_rows(connection, case: Case):
    case.run(connection)
    assert rounded(case.found(connection)) == rounded(case.expected[1:])


@pytest.mark.parametrize("query", QUERIES)
def test_every_column_of_a_query_is_expected_by_some_case(connection, query):
    cases = cases_of(query)
    assert cases, f"sql/{query}.sql has no case: write tests/sql/{query}.yml"
    cases[0].run(connection)
    made = set(connection.sql(f"SELECT * FROM {cases[0].table} LIMIT 0").columns)
    assert {column for case in cases for column in case.expected[0]} == made


def test_every_file_of_cases_belongs_to_a_file_of_sql():
    cases = {path.relative_to(HERE).with_suffix("") for path in HERE.rglob("*.yml")}
    assert cases == {path.relative_to(SQL).with_suffix("") for path in SQL.rglob("*.sql")}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_does_not_depend_on_the_order_of_its_input(connection, query):
    for case in cases_of(query):
        case.backwards().run(connection)
        assert rounded(case.found(connection)) == rounded(case.expected[1:]), case.name

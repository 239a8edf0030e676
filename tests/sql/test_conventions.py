"""A file of sql/ says what it reads, writes and at which grain, and holds one statement that does so."""

import re
from fnmatch import fnmatch

import pytest
from sql_cases import SQL, macros, queries

KEYWORDS = "select from where join left cross on using with group order by having as case when then else end and or not"


def header_and_body(name):
    """The opening comment as one line, and the statement without comments."""
    lines = (SQL / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    opening = next(at for at, line in enumerate(lines) if not line.startswith("--"))
    header = " ".join(line.removeprefix("--").strip() for line in lines[:opening])
    return header, "\n".join(line.partition("--")[0] for line in lines[opening:])


def tables_read(body):
    """Tables after FROM or JOIN that are not named by WITH."""
    named = set(re.findall(r"^(?:WITH )?(\w+) AS \($", body, flags=re.MULTILINE))
    return set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_]+)", body)) - named


@pytest.mark.parametrize("query", queries())
def test_a_query_says_what_it_reads_writes_and_its_grain(query):
    header, body = header_and_body(query)
    stated = re.match(r"Reads (?P<reads>[^.]+)\. Writes (?P<writes>\w+)\. Grain: \S", header)
    assert stated, f"sql/{query}.sql opens with: {header[:80]}"
    assert stated["writes"] == query.rpartition("/")[2]
    patterns = [pattern.removeprefix("every ") for pattern in stated["reads"].split(", ")]
    read = tables_read(body)
    assert {t for t in read if not any(fnmatch(t, p) for p in patterns)} == set(), "read and not stated"
    assert [p for p in patterns if not any(fnmatch(t, p) for t in read)] == [], "stated and not read"


@pytest.mark.parametrize("query", queries())
def test_a_query_is_one_statement_that_makes_the_table_of_its_name_in_a_stated_order(query):
    header, body = header_and_body(query)
    assert body.startswith(f"CREATE OR REPLACE TABLE {query.rpartition('/')[2]} AS\n")
    assert body.count(";") == 1
    is_ordered = re.search(r"^ORDER BY [^()]+;\s*$", body, flags=re.MULTILINE) is not None
    assert is_ordered != ("Unordered: " in header), "the last clause orders the rows, or the header says why none does"


@pytest.mark.parametrize("macro", macros())
def test_a_macro_asks_its_question_and_is_one_statement(macro):
    header, body = header_and_body(f"macros/{macro}")
    assert "?" in header
    assert body.startswith(f"CREATE OR REPLACE MACRO {macro}(")
    assert body.count(";") == 1


@pytest.mark.parametrize("name", [*queries(), *(f"macros/{macro}" for macro in macros())])
def test_keywords_are_upper_case(name):
    _, body = header_and_body(name)
    words = set(re.findall(r"\w+", re.sub(r"'[^']*'", "", body)))
    assert words & set(KEYWORDS.split()) == set()

"""What holds of the grades of any two births."""

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

DAYS = st.dates(min_value=dt.date(1, 1, 1), max_value=dt.date(9999, 12, 31))
NEAR = st.dates(min_value=dt.date(1968, 1, 1), max_value=dt.date(1973, 12, 31))
BIRTH = st.tuples(
    st.one_of(DAYS, NEAR, st.sampled_from([dt.date(1970, 1, 1), dt.date(1970, 5, 4), dt.date(1971, 1, 1)])),
    st.sampled_from([0, 0, 0, 4, 30, 364, 3000]),
    st.booleans(),
)
PAIRS = st.lists(st.tuples(BIRTH, BIRTH), min_size=30, max_size=90)
GRADES = """
    SELECT
        birth_grade(earliest_l, latest_l, is_circa_l, earliest_r, latest_r, is_circa_r) AS there,
        birth_grade(earliest_r, latest_r, is_circa_r, earliest_l, latest_l, is_circa_l) AS back,
        birth_grade(earliest_l, latest_l, is_circa_l, earliest_l, latest_l, is_circa_l) AS itself,
        latest_l - earliest_l AS width
    FROM pairs
"""


def side(birth, suffix):
    earliest, width, is_circa = birth
    latest = min(earliest.toordinal() + width, dt.date.max.toordinal())
    return {
        f"earliest_{suffix}": earliest, f"latest_{suffix}": dt.date.fromordinal(latest), f"is_circa_{suffix}": is_circa,
    }  # fmt: skip


@settings(max_examples=20, deadline=None)  # a query each, whose macros take longer to bind than to run
@given(PAIRS)
def test_grades_are_symmetric_never_missing_and_a_birth_agrees_with_itself(connection, pairs):
    frame = pl.DataFrame([side(left, "l") | side(right, "r") for left, right in pairs])
    connection.register("pairs", frame)
    for there, back, itself, width in connection.sql(GRADES).fetchall():
        assert there == back
        assert 1 <= there <= 10
        assert itself <= 7
        assert (itself <= 2) == (width == 0)

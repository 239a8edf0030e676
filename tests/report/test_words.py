import doctest
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.report import words


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(words).failed == 0


@given(st.floats(0, 1))
def test_a_probability_is_never_shown_as_certain(probability):
    assert words.probability(probability) not in {"100 %", "100.0 %", "100.00 %", "0.0 %", "0.00 %", "0 %"}


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_is_never_shown_as_lower(one, other):
    low, high = sorted((one, other))
    assert float(words.probability(low).strip("<>% ")) <= float(words.probability(high).strip("<>% "))


@pytest.mark.parametrize(
    ("earliest", "latest", "text"),
    [
        (date(1970, 3, 5), date(1970, 3, 5), "1970-03-05"),
        (date(1970, 1, 1), date(1970, 1, 1), "1970-01-01"),
        (date(1972, 2, 1), date(1972, 2, 29), "1972-02"),
        (date(1972, 2, 1), date(1972, 2, 28), "1972-02-01 to 1972-02-28"),
        (date(1970, 1, 1), date(1970, 12, 31), "1970"),
        (date(1968, 1, 1), date(1972, 12, 31), "1968 to 1972"),
        (date(1970, 3, 9), date(1971, 2, 26), "1970-03-09 to 1971-02-26"),
        (date(969, 1, 1), date(969, 12, 31), "0969"),
    ],
)
def test_an_interval_shows_no_day_or_month_that_is_not_known(earliest, latest, text):
    assert words.interval(earliest, latest) == text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "//lists.example/1", "lists.example/1", "http:", "http://", "https:///x", "http://[::1", "", " ",
        "https://lists.example/a b", None,
    ],
)  # fmt: skip
def test_only_a_whole_http_address_becomes_a_link(url):
    assert words.safe_url(url) is None


@pytest.mark.parametrize("url", ["https://lists.example/1?a=b&c=d", "http://lists.example", "HTTPS://lists.example/1"])
def test_an_http_address_becomes_a_link(url):
    assert words.safe_url(f" {url} ") == url


def test_a_long_text_says_how_much_is_left_out():
    assert words.clip("x" * 1_700, longest=600) == "x" * 600 + "… (1,100 characters more)"
    assert words.clip("x" * 600, longest=600) == "x" * 600


def test_a_moment_is_shown_in_utc():
    summer = timezone(timedelta(hours=2))
    assert words.moment(datetime(2026, 3, 1, 1, 30, tzinfo=summer)) == "2026-02-28 23:30 UTC"
    assert words.moment(datetime(2026, 3, 1, 1, 30, tzinfo=UTC)) == "2026-03-01 01:30 UTC"


@pytest.mark.parametrize(
    ("weight", "text"),
    [
        (0.0, "says nothing either way"),
        (1.0, "about 2 times likelier if the same person"),
        (-3.0, "about 8 times likelier if different persons"),
        (13.13, "about 9,000 times likelier if the same person"),
        (40.0, "over a million times likelier if the same person"),
    ],
)
def test_a_weight_is_said_as_a_ratio(weight, text):
    assert words.likelihood(weight) == text


@pytest.mark.parametrize("weight", [-5_000.0, -60.0, -0.5, 0.0, 3.0])
def test_any_prior_can_be_said(weight):
    assert words.prior_odds(weight).startswith("before evidence, ")

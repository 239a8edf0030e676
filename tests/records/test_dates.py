import pytest

from matching.records.dates import DateReader

FORMATS = ["YYYY-MM-DD", "YYYY/MM/DD", "D Mon YYYY", "Mon D, YYYY", "Mon YYYY", "YYYY/MM", "YYYY", "DD.MM.YYYY"]
READER = DateReader(FORMATS, {"ocak": 1, "мая": 5})


def read(text: str, calendar: str = "gregorian") -> tuple[str, str, str] | None:
    found = READER.read(text, calendar)
    return found and (found.earliest.isoformat(), found.latest.isoformat(), found.precision)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("10 Dec 1948", "1948-12-10", "1948-12-10", "day"),
        ("1999/01/23", "1999-01-23", "1999-01-23", "day"),
        ("May 30, 1980", "1980-05-30", "1980-05-30", "day"),
        ("29.02.2000", "2000-02-29", "2000-02-29", "day"),
        ("Sep 1970", "1970-09-01", "1970-09-30", "month"),
        ("Sept. 1970", "1970-09-01", "1970-09-30", "month"),
        ("Feb 2000", "2000-02-01", "2000-02-29", "month"),
        ("Dec 1999", "1999-12-01", "1999-12-31", "month"),
        ("1 ocak 1980", "1980-01-01", "1980-01-01", "day"),
        ("9 мая 1985", "1985-05-09", "1985-05-09", "day"),
        ("1958", "1958-01-01", "1958-12-31", "year"),
        ("1970/00/00", "1970-01-01", "1970-12-31", "year"),
        ("1970/06/00", "1970-06-01", "1970-06-30", "month"),
        ("1970/00/12", "1970-01-01", "1970-12-31", "year"),
        ("circa 1951", "1951-01-01", "1951-12-31", "circa"),
        ("circa 01 Jan 1961", "1961-01-01", "1961-01-01", "circa"),
        ("c. 1951", "1951-01-01", "1951-12-31", "circa"),
        ("about Sep 1970", "1970-09-01", "1970-09-30", "circa"),
        ("circa 1955-1958", "1955-01-01", "1958-12-31", "circa"),
        ("1960 to 1965", "1960-01-01", "1965-12-31", "range"),
        ("1960-1965", "1960-01-01", "1965-12-31", "range"),
        ("between 1960 and 1965", "1960-01-01", "1965-12-31", "range"),
        ("21 Mar 1967 to 20 Mar 1968", "1967-03-21", "1968-03-20", "range"),
        ("Jan 1960 to Dec 1961", "1960-01-01", "1961-12-31", "range"),
        ("1960s", "1960-01-01", "1969-12-31", "range"),
        ("1960 to 1960", "1960-01-01", "1960-12-31", "year"),
    ],
)
def test_a_date_is_an_interval_and_no_day_is_invented(text, earliest, latest, precision):
    assert read(text) == (earliest, latest, precision)


@pytest.mark.parametrize(
    "text",
    [
        "10 Dec 48", "01.02.70", "31 Feb 1970", "1970/13/01", "29.02.1999", "1965 to 1960", "30-35 years old",
        "0000/00/00", "0000", "12 Foo 1970", "1960 to", "circa", "", "Sep", "1970-01", "19700101",
    ],
)  # fmt: skip
def test_what_is_no_date_is_not_read(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("calendar", "text", "earliest", "latest", "precision"),
    [
        ("buddhist", "2513", "1970-01-01", "1970-12-31", "year"),
        ("buddhist", "01.05.2513", "1970-05-01", "1970-05-01", "day"),
        ("minguo", "0059", "1970-01-01", "1970-12-31", "year"),
        ("solar_hijri", "1400-01-01", "2021-03-21", "2021-03-21", "day"),
        ("solar_hijri", "1403", "2024-03-20", "2025-03-20", "range"),
        ("solar_hijri", "1399-12-30", "2021-03-20", "2021-03-20", "day"),
        # the observed lunar month may begin two days before or after the tabular one
        ("hijri", "1445-01-01", "2023-07-17", "2023-07-21", "range"),
        ("hijri", "1400", "1979-11-19", "1980-11-10", "range"),
        ("hijri", "1402/06", "1982-03-25", "1982-04-26", "range"),
    ],
)
def test_dates_of_other_calendars_become_gregorian_days(calendar, text, earliest, latest, precision):
    assert read(text, calendar) == (earliest, latest, precision)


@pytest.mark.parametrize(
    ("calendar", "text"), [("solar_hijri", "1400-07-31"), ("hijri", "1400-13-01"), ("solar_hijri", "0900")]
)
def test_a_day_that_a_calendar_lacks_is_not_read(calendar, text):
    assert read(text, calendar) is None


def test_day_and_month_are_read_as_declared_and_never_guessed():
    assert DateReader(["DD/MM/YYYY"]).read("13/12/1970").earliest.isoformat() == "1970-12-13"
    assert DateReader(["MM/DD/YYYY"]).read("13/12/1970") is None

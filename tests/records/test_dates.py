import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matching.records.dates import DateReader, interval

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


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision", "calendar"),
    [
        ("15.07.1402 (Hijri Calendar)", "1982-05-07", "1982-05-11", "range", "hijri"),
        ("1402 AH", "1981-10-28", "1982-10-20", "range", "hijri"),
        ("1402 هـ", "1981-10-28", "1982-10-20", "range", "hijri"),
        ("circa 1402 AH", "1981-10-28", "1982-10-20", "circa", "hijri"),
        ("5 Rajab 1402", "1982-04-27", "1982-05-01", "range", "hijri"),
        ("5 Rabi al-awwal 1402", "1981-12-30", "1982-01-03", "range", "hijri"),
        ("1360-05-04 SH", "1981-07-26", "1981-07-26", "day", "solar_hijri"),
        ("4 Mordad 1345", "1966-07-26", "1966-07-26", "day", "solar_hijri"),
        ("1345 هجری شمسی", "1966-03-21", "1967-03-20", "range", "solar_hijri"),
        ("พ.ศ. 2513", "1970-01-01", "1970-12-31", "year", "buddhist"),
        ("2513", "1970-01-01", "1970-12-31", "year", "buddhist"),
        ("04.05.2513", "1970-05-04", "1970-05-04", "day", "buddhist"),
        ("民國59年5月4日", "1970-05-04", "1970-05-04", "day", "minguo"),
        ("Juche 59", "1970-01-01", "1970-12-31", "year", "juche"),
        ("昭和45年5月4日", "1970-05-04", "1970-05-04", "day", "gregorian"),
        ("平成元年1月8日", "1989-01-08", "1989-01-08", "day", "gregorian"),
    ],
)
def test_a_date_that_names_its_calendar_is_read_in_it(text, earliest, latest, precision, calendar):
    assert read(text) == (earliest, latest, precision)
    assert READER.read(text).calendar == calendar


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("between Aug. and Sep. 1970", "1970-08-01", "1970-09-30", "range"),
        ("late 1960s", "1960-01-01", "1969-12-31", "range"),
        ("born in the early 1960s", "1960-01-01", "1969-12-31", "range"),
        ("5 May 1970 (from a false passport)", "1970-05-05", "1970-05-05", "day"),
        ("(Aug. 1970)", "1970-08-01", "1970-08-31", "month"),
        ("5 août 1970", "1970-08-05", "1970-08-05", "day"),
        ("4 พฤษภาคม 2513", "1970-05-04", "1970-05-04", "day"),
        ("٤ مايو ١٩٧٠", "1970-05-04", "1970-05-04", "day"),
    ],
)
def test_words_around_a_date_and_months_of_other_languages_are_understood(text, earliest, latest, precision):
    assert read(text) == (earliest, latest, precision)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("40 years old in 2010", "1969-01-02", "1970-12-31"),
        ("aged 30-35 on 5 May 2001", "1965-05-06", "1971-05-05"),
        ("aged 30 to 35 on 29 Feb 2000", "1964-03-01", "1970-02-28"),
    ],
)
def test_an_age_at_a_date_is_every_birth_that_fits_it(text, earliest, latest):
    assert read(text) == (earliest, latest, "range")


@pytest.mark.parametrize(
    "text",
    ["昭和65年", "1970 (Ethiopian calendar)", "5 listopad 1970", "12 Mar 70", "40 years old", "aged 400 in 2010"],
)
def test_a_date_with_words_that_do_not_settle_it_is_not_read(text):
    assert read(text) is None


@pytest.mark.parametrize("text", ["1402-12-30", "1402-12-31"])
def test_esfand_has_a_thirtieth_only_in_leap_years(text):
    assert read(text, "solar_hijri") is None
    assert read("1403-12-30", "solar_hijri") == ("2025-03-20", "2025-03-20", "day")


NUMBERS = st.integers(min_value=-3, max_value=10_000)


@example("hijri", 1, 2, 30)
@example("solar_hijri", 1498, 1, 0)  # the last year that is told: it has an end too
@given(st.sampled_from(["gregorian", "hijri", "solar_hijri", "buddhist", "juche", "minguo"]), NUMBERS, NUMBERS, NUMBERS)
def test_every_calendar_gives_a_day_within_its_month_within_its_year_or_nothing(calendar, year, month, day):
    found = [interval(calendar, *date) for date in ((year, month % 14, day % 33), (year, month % 14, 0), (year, 0, 0))]
    widths = [given for given in found if given]
    assert all(given.earliest <= given.latest for given in widths)
    if found[0]:
        assert len(widths) == 3
        assert found[2].earliest <= found[1].earliest <= found[0].earliest
        assert found[0].latest <= found[1].latest <= found[2].latest


@given(st.text(max_size=60))
def test_no_text_raises_and_reading_twice_gives_the_same(text):
    assert READER.read(text) == DateReader(FORMATS).read(text)


DATE_WORDS = st.sampled_from(
    [
        "1970",
        "1402",
        "59",
        "4",
        "05",
        "31",
        "may.",
        "رجب",
        "Mordad",
        "circa",
        "between",
        "and",
        "to",
        "(",
        ")",
        "/",
        "-",
        ".",
        ",",
        "AH",
        "SH",
        "พ.ศ.",
        "民國",
        "昭和",
        "年",
        "月",
        "aged",
        "years",
        "old",
        "in",
        "1960s",
    ]
)


@given(st.lists(DATE_WORDS, max_size=8).map(" ".join))
def test_no_arrangement_of_words_of_dates_raises_or_ends_before_it_starts(text):
    found = READER.read(text)
    assert found is None or found.earliest <= found.latest

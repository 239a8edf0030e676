"""Date formats from dates."""

import pytest

from matching.drafting.dates import infer_dates, masked


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["17.05.1961", "09.11.1983"], ("DD.MM.YYYY",)),
        (["7.5.1961", "19.11.1983"], ("D.M.YYYY",)),
        (["05/17/1961", "11/09/1983"], ("MM/DD/YYYY",)),
        (["1961-05-17", "1983"], ("YYYY-MM-DD", "YYYY")),
        (["19610517"], ("YYYYMMDD",)),
        (["May 17, 1961", "1961", "1962"], ("YYYY", "Mon D, YYYY")),
        (["17 May. 1961", "9 May 1983"], ("D Mon YYYY",)),
        (["1961年5月17日"], ("YYYY年M月DD日",)),
        (["05/1961"], ("MM/YYYY",)),
        (["circa 1961", "between 1961 and 1965"], ("YYYY",)),
    ],
)
def test_formats_are_those_that_the_dates_are_written_in(texts: list[str], formats: tuple[str, ...]) -> None:
    found = infer_dates(texts)
    assert set(found.formats) == set(formats)
    assert found.share == 1.0
    assert found.unclear == ()


def test_day_and_month_that_no_date_tells_apart_are_unclear() -> None:
    assert infer_dates(["01/02/1961", "03/04/1983"]).unclear == ("DD/MM/YYYY",)
    assert infer_dates(["01/02/1961", "13/04/1983"]).unclear == ()


def test_day_and_month_in_both_orders_are_unclear() -> None:
    assert infer_dates(["31/12/1961", "12/31/1961"]).unclear == ("DD/MM/YYYY",)


def test_points_mean_that_the_day_comes_first() -> None:
    assert infer_dates(["01.02.1961"]).unclear == ()


def test_month_names_of_another_language_bring_all_of_its_months() -> None:
    found = infer_dates(["12 мая 1970", "5 июня 1980"])
    assert found.formats in (("DD Mon YYYY",), ("D Mon YYYY",))
    assert found.months["мая"] == 5
    assert found.months["декабря"] == 12


def test_several_dates_in_a_text_are_split() -> None:
    found = infer_dates(["a) 1961-05-17 b) 1962-05-17", "1963-01-02; 1964-01-02", "1970-01-01"])
    assert found.formats == ("YYYY-MM-DD",)
    assert found.share == 1.0
    assert found.split is not None
    assert infer_dates(["1961-05-17"]).split is None


def test_commas_within_a_date_do_not_split_it() -> None:
    found = infer_dates(["May 17, 1961, June 5, 1962", "May 7, 1963"])
    assert found.formats == ("Mon D, YYYY",)
    assert found.share == 1.0


def test_what_no_format_reads_is_told_by_its_form_alone() -> None:
    found = infer_dates(["1961-05-17", "1962-05-17", "17.5.61", "лет 40"])
    assert found.unread == {"99.9.99": 1, "ааа 99": 1}


def test_years_of_another_calendar_are_noticed() -> None:
    assert infer_dates(["1350/05/04", "1361/11/02"]).calendar == "hijri"
    assert infer_dates(["2510-05-04", "2521"]).calendar == "buddhist"
    assert infer_dates(["1950-05-04"]).calendar is None


def test_time_of_day_is_noticed() -> None:
    found = infer_dates(["1961-05-17T00:00:00", "1962-05-17T00:00:00Z"])
    assert found.has_time
    assert found.formats == ("YYYY-MM-DD",)


def test_masked_text_holds_no_letter_or_digit_of_its_own() -> None:
    assert masked("17 May 61 (Ünsal)") == "99 aaa 99 (aaaaa)"

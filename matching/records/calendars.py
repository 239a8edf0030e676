"""Dates of other calendars as intervals of Gregorian days.

Buddhist, Juche and Minguo years are Gregorian years counted from another epoch. The solar Hijri calendar is computed
with the 33-year cycle, exact for 1206 to 1497 (Gregorian 1827 to 2118). The lunar Hijri calendar as observed differs
from its tabular form by up to two days either way, so every interval is widened by two days: no day is invented. (Umm
al-Qura, the calendar of Saudi Arabia, begins its months two days before to one day after the tabular form, in all 1,896
months of 1343 to 1500.)
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_EPOCH_OFFSET = {"gregorian": 0, "buddhist": -543, "juche": 1911, "minguo": 1911}
_OBSERVED_HIJRI_DAYS = 2


@dataclass(frozen=True, slots=True)
class Days:
    """An interval of Gregorian days, both ends inclusive."""

    earliest: date
    latest: date


def to_days(calendar: str, year: int, month: int | None, day: int | None) -> Days | None:
    """Return the days that a (partial) date of ``calendar`` covers, None where there is no such date."""
    try:
        if calendar == "hijri":
            return _lunar_hijri(year, month, day)
        if calendar == "solar_hijri":
            return _solar_hijri(year, month, day)
        return _gregorian(year + _EPOCH_OFFSET[calendar], month, day)
    except (ValueError, OverflowError):
        return None


def _gregorian(year: int, month: int | None, day: int | None) -> Days:
    if month is None:
        return Days(date(year, 1, 1), date(year, 12, 31))
    if day is None:
        first = date(year, month, 1)
        return Days(first, first.replace(day=monthrange(year, month)[1]))
    exact = date(year, month, day)
    return Days(exact, exact)


def _lunar_hijri(year: int, month: int | None, day: int | None) -> Days:
    _check(month, day, longest=30)
    first = _hijri_ordinal(year, month or 1, day or 1)
    last = (
        _hijri_ordinal(year + 1, 1, 1) - 1
        if month is None
        else _hijri_ordinal(year + month // 12, month % 12 + 1, 1) - 1
    )
    if day is not None:  # a thirtieth, seen in a month that has 29 days by the table, is its last
        first = last = min(first, last)
    margin = _OBSERVED_HIJRI_DAYS
    return Days(date.fromordinal(first - margin), date.fromordinal(last + margin))


def _hijri_ordinal(year: int, month: int, day: int) -> int:
    """Proleptic Gregorian ordinal of a day of the tabular calendar (civil epoch, 16 July 622 Julian)."""
    return day + (59 * (month - 1) + 1) // 2 + (year - 1) * 354 + (3 + 11 * year) // 30 + 227014


def _solar_hijri(year: int, month: int | None, day: int | None) -> Days:
    _check(month, day, longest=_solar_days(year, month or 1))
    first = _solar_ordinal(year, month or 1, day or 1)
    if month is None:
        last = _solar_ordinal(year, 12, _solar_days(year, 12))
    elif day is None:
        last = _solar_ordinal(year, month, _solar_days(year, month))
    else:
        last = first
    return Days(date.fromordinal(first), date.fromordinal(last))


def _solar_ordinal(year: int, month: int, day: int) -> int:
    """Proleptic Gregorian ordinal; 1 Farvardin 1206 is 21 March 1827."""
    leap_years = sum(1 for past in range(1206, year) if _is_solar_leap(past)) if year >= 1206 else 0
    if not 1206 <= year <= 1498:
        raise ValueError("outside the years for which the 33-year cycle holds")
    new_year = date(1827, 3, 22).toordinal() + (year - 1206) * 365 + leap_years
    in_year = (month - 1) * 31 if month <= 7 else 186 + (month - 7) * 30
    return new_year + in_year + day - 1


def _solar_days(year: int, month: int) -> int:
    """Days of a month: 31 in the first half of the year, then 30; Esfand has its thirtieth in leap years only."""
    if month <= 6:
        return 31
    return 30 if month < 12 or _is_solar_leap(year) else 29


def _is_solar_leap(year: int) -> bool:
    return (25 * year + 11) % 33 < 8


def _check(month: int | None, day: int | None, *, longest: int) -> None:
    if month is not None and not 1 <= month <= 12:
        raise ValueError("no such month")
    if day is not None and not 1 <= day <= longest:
        raise ValueError("no such day")

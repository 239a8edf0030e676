"""Dates as published, read as intervals of days with a precision.

A format is written with ``YYYY``, ``MM``, ``M``, ``DD``, ``D`` and ``Mon`` (a month's name or abbreviation); all else
stands for itself. Around any format these are understood: ``circa 1951``, ``1960 to 1965``, ``1960-1965``, ``between
1960 and 1965``, ``between Aug and Sep 1970``, ``1960s``, ``late 1960s`` (the whole decade), ``40 years old in 2010``, a
remark in brackets. A month or day of zero is unknown. A year has four digits: a two-digit year is not read. ``circa``
keeps the interval as stated: how far "about" reaches is for the comparison to say.

The calendar is the one declared, unless the date says another: by name (``1402 AH``, see eras.py), by a month (``5 Rajab
1402``), or by a year that a Gregorian birth cannot have and a Buddhist one can (2513).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from matching.records.calendars import Days, to_days
from matching.records.eras import era_date, stated_calendar
from matching.records.months import GREGORIAN, Month, month_of
from matching.sources.date_formats import compile_format

MONTHS = GREGORIAN  # English names; those of other languages are looked up where they are met

_LONGEST = 120  # characters: "between about the 1st of September 1960 and ..." has some 70
_CIRCA = re.compile(
    r"^(?:circa|ca|c|approximately|approx|about|around|abt)\b[.:]?\s*(?P<rest>\d.*|[^\W\d_]{3,}\.? \d.*)$", re.I
)
_BORN = re.compile(r"^born(?:\s+(?:in|on))?\s+(?P<rest>.+)$", re.I)
_BETWEEN = re.compile(r"^(?:between|from)\s+(?P<first>.+?)\s+(?:and|to|until)\s+(?P<last>.+)$", re.I)
_TO = re.compile(r"^(?P<first>.+?)\s+(?:to|-|–|until)\s+(?P<last>.+)$", re.I)
_YEARS = re.compile(r"^(?P<first>\d{4})\s*[-–/]\s*(?P<last>\d{4})$")
_DECADE = re.compile(r"^(?:the\s+)?(?:(?:early|mid|late)[\s-]+)?(?:the\s+)?(?P<first>\d{3}0)'?s$", re.I)
_AGE = re.compile(
    r"^(?:(?P<aged>aged)\s+)?(?P<low>\d{1,3})(?:\s*(?:-|–|to)\s*(?P<high>\d{1,3}))?\s*(?P<years>years? (?:old|of age))?"
    r"\s*(?:in|on|as at|as of|at)\s+(?P<when>.+)$",
    re.I,
)
_YEAR_LAST = re.compile(r"\b\d{4}$")
# "9 May 1970 (from a false passport)", "(Aug. 1970)"; what names a calendar that is not known must not be passed over.
_REMARK = re.compile(
    r"^(?P<date>[^()]*\d{4}[^()]*?)\s*\((?![^()]*(?:calendar|era))[^()]*\)?$|^\((?P<all>[^()]*)\)$", re.I
)
_BUDDHIST_YEARS = range(2400, 2601)  # Gregorian 1857 to 2057: no Gregorian birth, no year of another calendar in use
_OLDEST = 120  # years: of no longer age is a birth reckoned


@dataclass(frozen=True, slots=True)
class Interval:
    """The days a date may mean, both ends inclusive, and how precisely it was published."""

    earliest: date
    latest: date
    precision: str
    calendar: str = "gregorian"


class DateReader:
    """Reads dates written in any of ``formats``; ``months`` adds month names to the English ones."""

    def __init__(self, formats: Sequence[str], months: Mapping[str, int] | None = None) -> None:
        self._patterns = [compile_format(given) for given in formats]
        self._months = {name.casefold(): Month(number, None) for name, number in (months or {}).items()}
        self._known: dict[tuple[str, str], Interval | None] = {}

    def read(self, text: str, calendar: str = "gregorian") -> Interval | None:
        """Return the interval ``text`` means, None where it cannot be read or there is no such date."""
        if len(text) > _LONGEST:
            return None
        key = (text, calendar)
        try:
            return self._known[key]
        except KeyError:
            found = self._known[key] = self._read(text.strip(), calendar)
            return found

    def _read(self, text: str, calendar: str) -> Interval | None:
        plain = self._plain(text, calendar)
        if plain is not None:
            return plain
        era = era_date(text)
        if era is not None:
            return interval(*era)
        stated = stated_calendar(text)
        if stated is not None:
            return self._read(stated.rest, stated.calendar)
        return self._around(text, calendar)

    def _around(self, text: str, calendar: str) -> Interval | None:
        """Read what may stand around a date."""
        born = _BORN.match(text)
        if born is not None:
            return self._read(born["rest"], calendar)
        circa = _CIRCA.match(text)
        if circa is not None:
            return as_circa(self._read(circa["rest"], calendar))
        for pattern in (_BETWEEN, _YEARS, _TO):
            found = pattern.match(text)
            if found is not None:
                return self._span(found["first"], found["last"], calendar) or self._reckoned(text)
        decade = _DECADE.match(text)
        if decade is not None:
            first = int(decade["first"])
            return span(interval(calendar, first, None, None), interval(calendar, first + 9, None, None))
        remark = _REMARK.match(text)
        if remark is not None:
            return self._read(remark["date"] or remark["all"], calendar)
        return self._reckoned(text)

    def _span(self, first: str, last: str, calendar: str) -> Interval | None:
        """Read from ``first`` to ``last``; a first part without a year is of the year of the last."""
        ends = self._read(last, calendar)
        year = _YEAR_LAST.search(last)
        starts = self._read(first, calendar) or (self._read(f"{first} {year[0]}", calendar) if year else None)
        return span(starts, ends)

    def _reckoned(self, text: str) -> Interval | None:
        """Read an age at a date that is given with it; an age alone says nothing."""
        age = _AGE.match(text)
        if age is None or not (age["aged"] or age["years"]):
            return None
        when = self._read(age["when"], "gregorian")
        low = int(age["low"])
        high = int(age["high"] or low)
        if when is None or not low <= high <= _OLDEST:
            return None
        return Interval(
            _years_before(when.earliest, high + 1) + timedelta(days=1), _years_before(when.latest, low), "range"
        )

    def _plain(self, text: str, calendar: str) -> Interval | None:
        for pattern in self._patterns:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            parts = found.groupdict()
            month = self._month(parts)
            if month is not None:
                return interval(
                    month.calendar or calendar, int(parts["year"]), month.number, int(parts.get("day") or 0)
                )
        return None

    def _month(self, parts: Mapping[str, str | None]) -> Month | None:
        """Return the month, of number 0 where unknown; None where its name is no month."""
        name = parts.get("name")
        if not name:
            return Month(int(parts.get("month") or 0), None)
        return self._months.get(name.casefold()) or month_of(name)


def _years_before(day: date, years: int) -> date:
    """Return the same day ``years`` earlier, 28 February for a 29th that there is not."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def interval(calendar: str, year: int, month: int | None, day: int | None) -> Interval | None:
    """Return the interval of a (partial) date; a month or day of 0 or None is unknown. None for no such date."""
    if year == 0:
        return None
    if calendar == "gregorian" and year in _BUDDHIST_YEARS:
        calendar = "buddhist"
    if month and day and calendar == "gregorian":  # most dates, by the shortest way
        return _exact(year, month, day)
    month = month or None
    day = (day or None) if month else None
    days = to_days(calendar, year, month, day)
    if days is None:
        return None
    return Interval(days.earliest, days.latest, _precision(days, month, day), calendar)


def _exact(year: int, month: int, day: int) -> Interval | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return Interval(found, found, "day")


def span(first: Interval | None, last: Interval | None) -> Interval | None:
    """Return the interval from ``first`` to ``last``, None where either is missing or they are the wrong way round."""
    if first is None or last is None or first.earliest > last.latest:
        return None
    if (first.earliest, first.latest) == (last.earliest, last.latest):
        return first
    return Interval(first.earliest, last.latest, "range", last.calendar)


def as_circa(found: Interval | None) -> Interval | None:
    """Return ``found`` as an approximate date."""
    return None if found is None else replace(found, precision="circa")


def _precision(days: Days, month: int | None, day: int | None) -> str:
    """Name the precision; a date of another calendar that is no whole Gregorian day, month or year is a range."""
    if day:
        return "day" if days.earliest == days.latest else "range"
    if month:
        ends = days.latest + timedelta(days=1)
        return (
            "month" if days.earliest.day == 1 and ends.day == 1 and (days.latest - days.earliest).days < 31 else "range"
        )
    is_year = (days.earliest.month, days.earliest.day, days.latest.month, days.latest.day) == (1, 1, 12, 31)
    return "year" if is_year else "range"

"""Dates as published, read as intervals of days with a precision.

A format is written with ``YYYY``, ``MM``, ``M``, ``DD``, ``D`` and ``Mon`` (a month's name or abbreviation); all else
stands for itself. Around any format these are understood: ``circa 1951``, ``1960 to 1965``, ``1960-1965``, ``between
1960 and 1965``, ``1960s``. A month or day of zero is unknown. A year has four digits: a two-digit year is not read.
``circa`` keeps the interval as stated: how far "about" reaches is for the comparison to say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matching.records.calendars import Days, to_days
from matching.sources.date_formats import compile_format

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1
    )
    for name in names.split()
}  # fmt: skip

_LONGEST = 120  # characters: "between about the 1st of September 1960 and ..." has some 70
_CIRCA = re.compile(
    r"^(?:circa|ca|c|approximately|approx|about|around|abt)\b[.:]?\s*(?P<rest>\d.*|[^\W\d_]{3,}\.? \d.*)$", re.I
)
_BETWEEN = re.compile(r"^(?:between|from)\s+(?P<first>.+?)\s+(?:and|to|until)\s+(?P<last>.+)$", re.I)
_TO = re.compile(r"^(?P<first>.+?)\s+(?:to|-|–|until)\s+(?P<last>.+)$", re.I)
_YEARS = re.compile(r"^(?P<first>\d{4})\s*[-–/]\s*(?P<last>\d{4})$")
_DECADE = re.compile(r"^(?P<first>\d{3}0)'?s$")


@dataclass(frozen=True, slots=True)
class Interval:
    """The days a date may mean, both ends inclusive, and how precisely it was published."""

    earliest: date
    latest: date
    precision: str


class DateReader:
    """Reads dates written in any of ``formats``; ``months`` adds month names to the English ones."""

    def __init__(self, formats: Sequence[str], months: Mapping[str, int] | None = None) -> None:
        self._patterns = [compile_format(given) for given in formats]
        self._months = MONTHS | {name.casefold(): number for name, number in (months or {}).items()}
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
        circa = _CIRCA.match(text)
        if circa is not None:
            return as_circa(self._read(circa["rest"], calendar))
        for pattern in (_BETWEEN, _YEARS, _TO):
            found = pattern.match(text)
            if found is not None:
                return span(self._read(found["first"], calendar), self._read(found["last"], calendar))
        decade = _DECADE.match(text)
        if decade is not None:
            first = int(decade["first"])
            return span(interval(calendar, first, None, None), interval(calendar, first + 9, None, None))
        return None

    def _plain(self, text: str, calendar: str) -> Interval | None:
        for pattern in self._patterns:
            found = pattern.fullmatch(text)
            if found is None:
                continue
            parts = found.groupdict()
            month = self._month(parts)
            if month != -1:
                return interval(calendar, int(parts["year"]), month, int(parts.get("day") or 0))
        return None

    def _month(self, parts: Mapping[str, str | None]) -> int | None:
        """Return the month's number, 0 where unknown, -1 where its name is no month."""
        name = parts.get("name")
        return self._months.get(name.casefold(), -1) if name else int(parts.get("month") or 0)


def interval(calendar: str, year: int, month: int | None, day: int | None) -> Interval | None:
    """Return the interval of a (partial) date; a month or day of 0 or None is unknown. None for no such date."""
    if year == 0:
        return None
    month = month or None
    day = (day or None) if month else None
    days = to_days(calendar, year, month, day)
    if days is None:
        return None
    return Interval(days.earliest, days.latest, _precision(days, month, day))


def span(first: Interval | None, last: Interval | None) -> Interval | None:
    """Return the interval from ``first`` to ``last``, None where either is missing or they are the wrong way round."""
    if first is None or last is None or first.earliest > last.latest:
        return None
    if (first.earliest, first.latest) == (last.earliest, last.latest):
        return first
    return Interval(first.earliest, last.latest, "range")


def as_circa(found: Interval | None) -> Interval | None:
    """Return ``found`` as an approximate date."""
    return None if found is None else Interval(found.earliest, found.latest, "circa")


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

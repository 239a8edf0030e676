"""Dates that say themselves which calendar they are in: ``15/07/1402 AH``, ``พ.ศ. 2513``, ``民國59年5月4日``, ``昭和45年``.

Enters: a date as published. Leaves: its calendar and the rest of the text, or year, month and day where an era counts
from one: such a year has one to three digits, which the era makes whole, so no century is guessed. Years of Japanese
eras are given as Gregorian ones: Japan has counted days and months by the Gregorian calendar since 1873.
"""

import re
from typing import NamedTuple


class Stated(NamedTuple):
    """A calendar that a text names, and the date without that name."""

    calendar: str
    rest: str


class EraDate(NamedTuple):
    """A date of an era, as year of ``calendar``, month and day (0 where not given)."""

    calendar: str
    year: int
    month: int
    day: int


# A mark is a word of its own, before or behind the date.
_ASIDE = (
    r"^(?:{mark})(?![^\W\d_])\s*(?P<after>.*\d.*)$|^(?P<before>.*\d.*?)(?<![^\W\d_])\s*[(（]?\s*(?:{mark})\s*[)）]?$"
)

# Solar before lunar: ``هجری شمسی`` is "hijri solar".
_MARKS = tuple(
    (calendar, re.compile(_ASIDE.format(mark=mark), re.I))
    for calendar, mark in (
        ("solar_hijri", (r"a\.?h\.?s\.?|s\.?h\.?|a\.?p\.?|solar hijri|hijri shamsi|hijri solar|shamsi|jalali|(?:persian|iranian|"
         r"afghan|solar hijri|jalali|shamsi) calendar|هجری شمسی|هجري شمسي|شمسی|شمسي|ه\W{0,2}ش\W?")),
        ("hijri", (r"a\.?h\.?|hijri|hijri qamari|lunar hijri|(?:hijri|islamic|lunar hijri|muslim) calendar|هجری قمری|هجرية|هجریه|"
         r"هجري|هجری|قمری|ه\W{0,2}ق\W?|هـ|ه‍")),
        ("buddhist", r"b\.?e\.?|buddhist(?: era| calendar)?|พ\.?\s?ศ\.?|พุทธศักราช"),
    )
)  # fmt: skip

# What is added to a year of the era for a year of the calendar, and the era's last year. Japan: the eras of the Cabinet
# Office's tables; minguo is also Taiwan's, juche North Korea's count, both of 1912 = 1 (kept as their own calendars).
_ERAS = (
    (r"明治|meiji", "gregorian", 1867, 45), (r"大正|taish[oō]u?", "gregorian", 1911, 15),
    (r"昭和|sh[oō]wa", "gregorian", 1925, 64), (r"平成|heisei", "gregorian", 1988, 31),
    (r"令和|reiwa", "gregorian", 2018, 99),
    (r"(?:中華|中华)?民[國国]|minguo|r\.?o\.?c\.?", "minguo", 0, 199), (r"주체|主體|主体|juche", "juche", 0, 199),
)  # fmt: skip
_ERA_DATE = r"\s*(?P<year>\d{1,3}|元)\s*(?:年|년|[-/.])?\s*(?:(?P<month>\d{1,2})\s*(?:月|월|[-/.])?\s*(?:(?P<day>\d{1,2})\s*[日일]?)?)?"
_ERA_PATTERNS = tuple(
    (re.compile(rf"(?:{names}){_ERA_DATE}", re.I), calendar, offset, last) for names, calendar, offset, last in _ERAS
)


def stated_calendar(text: str) -> Stated | None:
    """Return the calendar that ``text`` names before or behind its date, None where it names none.

    >>> stated_calendar("15/07/1402 (Hijri Calendar)"), stated_calendar("พ.ศ. 2513")
    (Stated(calendar='hijri', rest='15/07/1402'), Stated(calendar='buddhist', rest='2513'))
    """
    for calendar, mark in _MARKS:
        found = mark.match(text)
        if found is not None:
            return Stated(calendar, (found["after"] or found["before"]).strip())
    return None


def era_date(text: str) -> EraDate | None:
    """Return the date that ``text`` gives in an era of Japan, Taiwan or North Korea, None where it gives none.

    >>> era_date("昭和45年5月4日"), era_date("Juche 59")
    (EraDate(calendar='gregorian', year=1970, month=5, day=4), EraDate(calendar='juche', year=59, month=0, day=0))
    """
    for pattern, calendar, offset, last in _ERA_PATTERNS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        year = 1 if found["year"] == "元" else int(found["year"])
        if 1 <= year <= last:
            return EraDate(calendar, year + offset, int(found["month"] or 0), int(found["day"] or 0))
    return None

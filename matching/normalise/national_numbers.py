"""The shape of a national number, its check, and what it says of its holder: what the tables of schemes are made of."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from matching.normalise.check_digits import Check

Groups = Mapping[str, str | None]
Dated = tuple[int | None, int, int, int]
"""Century (None where the number does not say), year in it, month, day; the latter two 0 where the number has none."""
Reader = Callable[[Groups], Dated]


class Verdict(NamedTuple):
    """What a number says: its validity, year of birth (``century`` None: only its last two digits), sex.

    ``valid``: its check digits hold. ``invalid``: they do not, or it names a day that never was. ``format``: it is shaped as
    such numbers are, and they have no check digit, or none that is published. ``unchecked``: no such number is known.
    """

    validity: str
    scheme: str | None = None
    century: int | None = None
    year: int | None = None
    sex: str | None = None


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """One kind of number. ``pattern`` must match all of it; groups y, m, d and ``sex`` are what it says of its holder.

    ``kinds`` are the kinds of document under which lists give it. ``dated`` reads the groups where the birth is not
    plainly written; ``sex`` gives the sex by the group of that name.
    """

    countries: str
    name: str
    pattern: str
    origin: str
    check: Check | None = None
    kinds: tuple[str, ...] = ("national_id", "tax_id")
    dated: Reader | None = None
    sex: Callable[[str], str | None] | None = None

    def read(self, number: str) -> Verdict | None:
        """Return what ``number`` says under this scheme, None where it is shaped otherwise."""
        found = _compiled(self.pattern).fullmatch(number)
        if found is None:
            return None
        groups = found.groupdict()
        dated = (self.dated or _written)(groups) if groups.get("y") else None
        if (self.check is not None and not self.check(number)) or (dated and not _is_day(dated)):
            return Verdict("invalid", self.name)
        century, year = dated[:2] if dated else (None, None)
        marked = groups.get("sex")
        sex = self.sex(marked) if self.sex and marked else None
        return Verdict("valid" if self.check else "format", self.name, century, year, sex)


def odd_is_male(digit: str) -> str:
    """Return the sex where men have odd numbers."""
    return "male" if int(digit) % 2 else "female"


def even_is_male(digit: str) -> str:
    """Return the sex where men have even numbers."""
    return "female" if int(digit) % 2 else "male"


def month_says_century(centuries: Mapping[int, int]) -> Reader:
    """Return a reader of dates whose month is raised for a century, by a multiple of twenty; other months are none."""

    def dated(groups: Groups) -> Dated:
        year, month, day = numbers_of(groups)
        raised = month // 20 * 20
        return (centuries[raised], year, month - raised, day) if raised in centuries else (None, year, 99, day)

    return dated


def leading_digit_says_century(centuries: Mapping[str, int]) -> Reader:
    """Return a reader of dates whose century is said by group ``c``; one that is not in ``centuries`` is unknown."""
    return lambda groups: (centuries.get(groups["c"] or ""), *numbers_of(groups))


def raised(*, day: int = 0, months: tuple[int, ...] = ()) -> Reader:
    """Return a reader of dates whose day or month may be raised: by sex, or for persons outside the register."""

    def dated(groups: Groups) -> Dated:
        year, month, date = numbers_of(groups)
        lowered = next((month - by for by in sorted(months, reverse=True) if month > by), month)
        return None, year, lowered, date - day if day and date > day else date

    return dated


def numbers_of(groups: Groups) -> tuple[int, int, int]:
    """Return the groups y, m and d as numbers."""
    return int(groups["y"] or 0), int(groups["m"] or 0), int(groups["d"] or 0)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _written(groups: Groups) -> Dated:
    """Read year, month and day as they stand; a year of two digits leaves its century open."""
    year = int(groups["y"] or 0)
    century = year // 100 if len(groups["y"] or "") == 4 else None
    return century, year % 100, int(groups.get("m") or 0), int(groups.get("d") or 0)


def _is_day(dated: Dated) -> bool:
    """Tell whether there was such a day. Where the century is not known, of all 00 years 2000 alone has a 29 February."""
    century, year, month, day = dated
    try:
        dt.date((20 if century is None else century) * 100 + year, month or 1, day or 1)
    except ValueError:
        return False
    return True

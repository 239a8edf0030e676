"""What one list says of an invented person: a listing, before it is put into a publisher's format.

Flags say how a listing differs from the full and correct one. Without any, a listing gives the full birth date, and its
own choice of spellings, aliases and documents.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from matching.exercise.draws import Draw
from matching.exercise.people import Name, Person
from matching.exercise.spelling import Written, in_latin, in_own_script

# Flag to what ``truth.csv`` says about a pair in which one listing has it; None where the other listing tells it.
FLAGS: dict[str, str | None] = {
    "year": "birth year only",
    "month": "birth month and year only",
    "circa": "birth year about",
    "range": "birth years from and to",
    "swapped": "day and month of birth swapped",
    "digit": "one digit of the birth date wrong",
    "no_birth": "no birth date",
    "passport": None,
    "short": "part of the name",
    "assumed": "alias only",
    "aliased": None,
    "weakly_aliased": "weak alias",
    "married": "former family name",
    "latin": None,
    "nicknamed": None,
    "closed": None,
    "unreadable_birth": None,
    "future_birth": None,
    "unnamed": None,
    "unknown_state": None,
}
FIRST_LISTED, LAST_LISTED = date(2012, 1, 1), date(2025, 12, 31)
SHARE_CLOSED = 0.12  # of the cases, on a list that says so
# How often a listing about which no recipe speaks gives its birth in each precision; the rest is a full date.
BACKGROUND_BIRTHS = (("year", 0.14), ("circa", 0.06), ("range", 0.04), ("month", 0.02), ("no_birth", 0.06))
UNNAMED = Written(given="-", middle="", family="...", full="-")  # what an unnamed listing has for a name
LISTS_IN_OWN_SCRIPT = frozenset({"zz_national"})
LISTS_WITHOUT_DOCUMENTS = frozenset({"interpol_red"})


@dataclass(frozen=True)
class Birth:
    """A birth as a list gives it. ``precision`` is one of tables.PRECISIONS or ``unreadable``; a range is 3 years."""

    precision: str
    day: date

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of a range."""
        return self.day.year - 1, self.day.year + 1


@dataclass(frozen=True)
class Listing:
    """One entry of one list. ``own_script`` is the name as its bearer writes it, where the list gives it."""

    source: str
    person: Person
    flags: frozenset[str]
    draw: Draw
    name: Written
    own_script: Written | None
    strong_aliases: tuple[Written, ...]
    weak_aliases: tuple[str, ...]
    former_name: Written | None
    births: tuple[Birth, ...]
    gives_passport: bool
    gives_national_id: bool
    gives_nationality: bool
    listed: date
    publisher_id: str = ""

    @property
    def record_id(self) -> str:
        """Id of the record that this entry becomes."""
        return f"{self.source}:{self.publisher_id}"

    @property
    def is_in_latin(self) -> bool:
        """Whether the primary name stands in Latin letters."""
        return self.person.culture.script == "Latn" or self.name != self.own_script


def list_person(person: Person, source: str, flags: frozenset[str], draw: Draw) -> Listing:
    """Say what ``source`` says of ``person`` under ``flags``. Raises ValueError on an unknown flag."""
    if unknown := flags - FLAGS.keys():
        raise ValueError(f"unknown flags {', '.join(sorted(unknown))}, expected some of {', '.join(FLAGS)}")
    in_script = source in LISTS_IN_OWN_SCRIPT and "latin" not in flags

    def write(name: Name, about: str) -> Written:
        return in_own_script(name, person.culture) if in_script else in_latin(name, person.culture, draw.about(about))

    given = _name_given(person, flags)
    name = UNNAMED if "unnamed" in flags else write(given, "name")
    strong = [write(given, f"alias {number}") for number in range(draw.integer("aliases", 0, 2))]
    assumed = write(person.assumed, "assumed")
    strong += [assumed] if "aliased" in flags else []
    weak = [assumed.full] if "weakly_aliased" in flags else []
    if "nicknamed" in flags or ("assumed" not in flags and draw.chance("nickname", 0.25)):
        weak.append(person.nickname.native if in_script else draw.pick("nickname", person.nickname.spellings))
    return Listing(
        source=source,
        person=person,
        flags=flags,
        draw=draw,
        name=name,
        own_script=in_own_script(given, person.culture) if in_script or draw.chance("own script", 0.6) else None,
        strong_aliases=tuple(a for a in dict.fromkeys(strong) if a.full != name.full) if name != UNNAMED else (),
        weak_aliases=tuple(weak) if name != UNNAMED else (),
        former_name=write(person.name, "former") if "married" in flags else None,
        births=_births_given(person, flags, draw),
        gives_passport="passport" in flags or _may_give_passport(source, flags, draw),
        gives_national_id=draw.chance("gives national id", 0.1),
        gives_nationality=draw.chance("gives nationality", 0.9),
        listed=draw.day("listed", FIRST_LISTED, LAST_LISTED),
    )


def _may_give_passport(source: str, flags: frozenset[str], draw: Draw) -> bool:
    return source not in LISTS_WITHOUT_DOCUMENTS and "assumed" not in flags and draw.chance("gives passport", 0.3)


def _name_given(person: Person, flags: frozenset[str]) -> Name:
    if "assumed" in flags:
        return person.assumed
    if "married" in flags:
        return replace(person.name, family=person.assumed.family)
    if "short" in flags:
        return replace(person.name, middle=(), family=person.name.family[:1])
    return person.name


def _swap_day_and_month(day: date) -> date:
    return day.replace(month=day.day, day=day.month) if day.day <= 12 else day


def _change_one_digit(day: date) -> date:
    return day.replace(day=day.day - 10 if day.day > 10 else day.day + 10)


def _put_into_future(day: date) -> date:
    return day.replace(year=day.year + 100, day=min(day.day, 28))


_MISTAKES: dict[str, Callable[[date], date]] = {
    "swapped": _swap_day_and_month,
    "digit": _change_one_digit,
    "future_birth": _put_into_future,
}
_PRECISIONS = {"year": "year", "month": "month", "circa": "circa", "range": "range", "unreadable_birth": "unreadable"}


def _births_given(person: Person, flags: frozenset[str], draw: Draw) -> tuple[Birth, ...]:
    """Births as ``flags`` say. A listing without a recipe may be vague, or give two births."""
    if "no_birth" in flags:
        return ()
    day = person.born
    for flag in sorted(flags & _MISTAKES.keys()):
        day = _MISTAKES[flag](day)
    precision = next((_PRECISIONS[flag] for flag in sorted(flags & _PRECISIONS.keys())), "day")
    another = day.replace(year=day.year - draw.integer("years off", 1, 4), day=min(day.day, 28))
    births = (Birth(precision, day), Birth("day", another))
    return births if precision == "day" and not flags and draw.chance("two births", 0.06) else births[:1]


def background_flags(draw: Draw) -> frozenset[str]:
    """Draw what is special about a listing without a recipe: how its birth is given, whether the case is closed."""
    closed = frozenset({"closed"}) if draw.chance("is closed", SHARE_CLOSED) else frozenset()
    chance = draw.fraction("birth precision")
    for flag, share in BACKGROUND_BIRTHS:
        if chance < share:
            return closed | {flag}
        chance -= share
    return closed

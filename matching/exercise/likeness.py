"""Pairs of different people who look alike: hard negatives, each with what makes it hard."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

from matching.exercise.cultures import Culture
from matching.exercise.draws import Draw
from matching.exercise.people import Name, Person, invent_person, is_free

People = tuple[Person, Person]


def namesakes(draw: Draw, culture: Culture) -> People:
    """Two people of one name, born years apart."""
    first, second = _two(draw, culture)
    return first, replace(second, name=first.name, born=_years_later(first.born, draw.integer("years apart", 6, 19)))


def brothers(draw: Draw, culture: Culture) -> People:
    """Two children of one father: another given name, born within four years, in one town."""
    first, second = twins(draw, culture)
    return first, replace(second, born=first.born + timedelta(days=draw.integer("days apart", 400, 1400)))


def twins(draw: Draw, culture: Culture) -> People:
    """Two children of one father, born on one day: only the given name differs."""
    first, second = _two(draw, culture)
    attempts = (invent_person(draw.about(f"given {number}"), culture, sex=first.sex).name.given for number in count())
    names = (Name(given, first.name.middle, first.name.family) for given in attempts if given != first.name.given)
    name = next(name for name in names if is_free(culture, name))
    return first, replace(second, name=name, country=first.country, town=first.town, born=first.born)


def common_name(draw: Draw, culture: Culture) -> People:
    """Two people of one name made of the commonest parts."""
    common = {section: tokens[:3] for section, tokens in culture.sections.items()}
    return namesakes(draw, replace(culture, sections=common))


def shared_nickname(draw: Draw, culture: Culture) -> People:
    """Two people who have nothing in common but a nickname."""
    first, second = _two(draw, culture)
    return first, replace(second, nickname=first.nickname)


def shared_passport(draw: Draw, culture: Culture) -> People:
    """Two people of other names and births whose listings give one passport: a stolen document, or an error."""
    first, second = _two(draw, culture)
    return first, replace(second, passport=first.passport, country=first.country)


def _two(draw: Draw, culture: Culture) -> People:
    first = invent_person(draw.about("first"), culture)
    return first, invent_person(draw.about("second"), culture, sex=first.sex)


def _years_later(day: date, years: int) -> date:
    return day.replace(year=day.year + (years if day.year < 1980 else -years), day=min(day.day, 28))


# Likeness to the function that makes such a pair, and what ``traps.csv`` says about it.
LIKENESSES: dict[str, tuple[Callable[[Draw, Culture], People], str]] = {
    "namesakes": (namesakes, "namesakes, born years apart"),
    "brothers": (brothers, "children of one father, born within four years"),
    "twins": (twins, "children of one father, born on one day"),
    "common_name": (common_name, "one common name, no birth date to tell them apart"),
    "shared_nickname": (shared_nickname, "nothing in common but a weak alias"),
    "shared_passport": (shared_passport, "one passport number, other names and births"),
}

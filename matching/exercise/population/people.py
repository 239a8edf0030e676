"""Who person number n is: culture, name, birth, country, document, as numbers and places in tables.

One person in fifty is a brother or sister of the one before: another given name, the same father, family and country.
One in a hundred bears the name of the one before, and was born on another day.
"""

from dataclasses import dataclass

import numpy as np

from matching.exercise.cultures import countries, read_table
from matching.exercise.population.counted import Counted, Fractions, Numbers, Truths
from matching.exercise.population.parts import parts

FIRST_BIRTH, LAST_BIRTH = np.datetime64("1940-01-01"), np.datetime64("2004-12-31")
SIBLINGS, NAMESAKES = 0.02, 0.01
WOMEN = 1 / 6
ABROAD = 0.08  # persons whose nationality is not one of their culture's countries
NISBA = 0.5  # Arab and Pashtun names that end in a family's or a place's; the others end in a forefather's
NONE = -1
GIVEN, SECOND, THIRD, FAMILY, MOTHERS = range(5)
"""Columns of ``People.names``: the given name; a father's, a patronymic or a second given name; a grandfather's; family
names of the father and, where two are borne, of the mother."""


@dataclass(frozen=True)
class People:
    """Persons by number. ``names`` is (persons, 5), numbers of parts or NONE; ``culture``, ``country`` are places in the
    tables; ``born`` is in days since 1970-01-01."""

    names: Numbers
    other_names: Numbers
    culture: Numbers
    is_woman: Truths
    country: Numbers
    town: Fractions
    born: Numbers
    document: Fractions


def people(numbers: Numbers, *, seed: int) -> People:
    """Return persons ``numbers``."""
    draw = Counted(seed, numbers)
    like = draw.fraction("is like the one before")
    family = draw.about(np.where((like < SIBLINGS + NAMESAKES) & (numbers > 0), numbers - 1, numbers))
    self = draw.about(np.where((like < NAMESAKES) & (numbers > 0), numbers - 1, numbers))
    shares = read_table("populations.yml")["cultures"]
    culture = family.one_of("culture", np.cumsum(list(shares.values())).astype(np.float64))
    is_woman = self.chance("woman", WOMEN)
    days = int((LAST_BIRTH - FIRST_BIRTH).astype(int))
    return People(
        names=_names(self, family, culture, is_woman),
        other_names=_names(
            draw.about(numbers + (1 << 40)), draw.about(numbers + (1 << 40)), culture, is_woman
        ),  # an assumed name
        culture=culture,
        is_woman=is_woman,
        country=_country(family, culture),
        town=draw.fraction("town"),
        born=FIRST_BIRTH.astype(np.int64) + draw.below("born", days),
        document=draw.fraction("document"),
    )


def _names(self: Counted, family: Counted, culture: Numbers, is_woman: Truths) -> Numbers:
    names = np.full((len(culture), 5), NONE, dtype=np.int64)
    for place, one in enumerate(parts().cultures):
        rows = np.flatnonzero(culture == place)
        mine, ours = self.about(self.numbers[rows]), family.about(family.numbers[rows])
        names[rows] = _names_of(one.name, one.form, mine, ours, is_woman[rows])
    return names


def _names_of(culture: str, form: str, mine: Counted, ours: Counted, is_woman: Truths) -> Numbers:
    """Names of persons of one culture, in the form of ``exercise/people.py``."""
    names = np.full((len(is_woman), 5), NONE, dtype=np.int64)
    given = np.where(is_woman, _part(culture, "female", mine, "given"), _part(culture, "male", mine, "given"))
    father, grandfather = (_part(culture, "male", ours, forefather) for forefather in ("father", "grandfather"))
    names[:, GIVEN] = given
    if form != "chain":
        names[:, FAMILY] = _part(culture, "family", ours, "family") + is_woman
    if form == "chain":
        names[:, SECOND], names[:, FAMILY] = father, grandfather
    elif form == "arabic":
        names[:, SECOND] = father
        names[:, THIRD] = np.where(ours.chance("has grandfather", 0.4), grandfather, NONE)
        last = _part(culture, "male", ours, "forefather")
        names[:, FAMILY] = np.where(ours.chance("has family name", NISBA), names[:, FAMILY], last)
    elif form == "patronymic":
        names[:, SECOND] = _part(culture, "patronymic", ours, "father") + is_woman
    elif form == "iberian":
        second = np.where(is_woman, _part(culture, "female", mine, "second"), _part(culture, "male", mine, "second"))
        names[:, SECOND] = np.where(mine.chance("has second given", 0.45), second, NONE)
        names[:, MOTHERS] = _part(culture, "family", ours, "mother's family")
    return names


def _part(culture: str, section: str, draw: Counted, question: str) -> Numbers:
    pool = parts().pools[culture, section]
    return 2 * (pool.first + draw.one_of(question, pool.cumulative))


def _country(draw: Counted, culture: Numbers) -> Numbers:
    codes = list(countries())
    abroad, at_home = draw.below("country abroad", len(codes)), draw.fraction("country") ** 1.5
    result = np.where(draw.chance("abroad", ABROAD), abroad, NONE)
    for place, one in enumerate(parts().cultures):
        rows = (culture == place) & (result == NONE)
        homes = np.array([codes.index(code) for code in one.countries])
        result[rows] = homes[(at_home[rows] * len(homes)).astype(np.int64)]
    return result

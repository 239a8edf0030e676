"""The fields that are compared, and for each the levels a comparison can fall in: every level is a question.

Enters: nothing. Leaves: ``FIELDS``, the starting values of every model. ``matching/link/model.py`` says what m and u are.

Names in one script and names in two are compared in different ways (by letters, by sound), and how often the names of one
person agree differs too. So they are two fields with levels, and m, of their own; a pair has the one or the other, as
its best pairing of names is in one script or in two, and the other field is unknown.
"""

import math
from dataclasses import dataclass

NAME, ACROSS = "name", "name_across_scripts"
NOTHING_AGREES = 7  # the grade of names of which no word agrees: rarity tells nothing, u does
NAMES_THAT_AGREE = range(1, 6)  # grades of names in one script of which two words or more agree


@dataclass(frozen=True, kw_only=True)
class Level:
    """One comparison level. ``grade`` is its number in a comparison vector (compare.py); ``m`` and ``u`` as in model.py.

    ``pinned``: m and u stay as they are, whatever the data; ``FIELDS`` says why beside them.

    ``kin``, for names: how many relatives on other lists share this much of a record's name? Brothers share the names
    of father, grandfather and tribe, each of which may be rare: rarity alone would take them for one person.
    """

    grade: int
    name: str
    question: str
    m: float
    u: float
    pinned: bool = False
    kin: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field that is compared; a grade of 0, or of none of its levels, is "unknown".

    ``column`` holds its grade in a comparison vector; the two fields of names share one, as a pair has one of them.
    """

    name: str
    levels: tuple[Level, ...]

    @property
    def is_of_names(self) -> bool:
        """Whether it is one of the two fields of names."""
        return self.name in (NAME, ACROSS)

    def weighs_rarity(self, level: Level) -> bool:
        """Whether the rarity of what agrees takes the place of u at ``level``."""
        return self.is_of_names and level.grade != NOTHING_AGREES

    def bits(self, level: Level) -> float:
        """The weight of ``level`` before calibration: log2 m, to which rarity is added, or log2(m / u)."""
        return math.log2(level.m if self.weighs_rarity(level) else level.m / level.u)

    @property
    def column(self) -> str:
        """Column of the comparison vector, and of the tables' ``level_*`` and ``weight_*``."""
        return NAME if self.is_of_names else self.name

    def level_name(self, grade: int) -> str:
        """Name of the level with this grade."""
        return next((level.name for level in self.levels if level.grade == grade), "unknown")


def _level(
    grade: int, name: str, question: str, m: float, u: float, *, pinned: bool = False, kin: float = 0.0
) -> Level:
    return Level(grade=grade, name=name, question=question, m=m, u=u, pinned=pinned, kin=kin)


# Starting values, before training. Identifiers stay pinned: so few pairs share a document that estimation without
# labels leaves the strongest evidence under-weighted (two lists quote each other's typing errors, hence u above zero). A
# checked number is a tenth as often shared by mistake: one error in ten passes a check digit. National numbers are for
# life, so two of one country are two persons, but for a tenth of those who hold several passports.
# Two levels are pinned because lists that give whole days and today's countries hardly show them: a month is a twelfth of
# a year, so it tells 3.6 bits more than the year does; a former state or a part of a whole is no contradiction and tells
# one bit.
FIELDS = (
    Field(
        name=NAME,
        levels=(
            _level(1, "same", "Are all tokens of two forms equal, in any order?", 0.577, 0.01, kin=0.01),
            _level(2, "same_spelled_differently", "Do all tokens agree, some spelled otherwise?", 0.2, 0.02, kin=0.01),
            _level(3, "one_contains_the_other", "Does every token of the shorter form agree?", 0.14, 0.07, kin=0.02),
            _level(4, "mostly_agrees", "Do the first token and another agree, not all?", 0.06, 0.1, kin=0.05),
            _level(5, "different_first_name", "Do two tokens or more agree, but not the first?", 0.003, 0.2, kin=0.2),
            _level(6, "different_but_for_one_token", "Does only one token agree?", 0.015, 0.4, kin=0.2),
            _level(7, "different", "Does no token agree?", 0.005, 0.2, kin=0.2),
        ),
    ),
    Field(
        name=ACROSS,
        levels=(
            _level(8, "sounds_the_same", "Do two forms sound alike: a score of 0.7 or more?", 0.8, 0.05, kin=0.01),
            _level(9, "sounds_alike", "Do they mostly: a score of 0.3 to 0.7?", 0.1, 0.1, kin=0.02),
            _level(10, "sounds_partly_alike", "Do they in part: a score of 0.1 to 0.3?", 0.06, 0.15, kin=0.05),
            _level(11, "different_but_for_some_sounds", "Do they hardly: less than 0.1?", 0.04, 0.7, kin=0.2),
        ),
    ),
    Field(
        name="birth",
        levels=(
            _level(1, "same_day", "Do two births fall on the same day?", 0.606, 0.002),
            _level(2, "same_first_of_january", "Is it the same 1 January, which often means the year?", 0.02, 0.001),
            _level(3, "day_and_month_swapped", "Are day and month exchanged?", 0.02, 0.001),
            _level(4, "one_slip", "Does one digit differ, are two exchanged, or are they two days apart?", 0.04, 0.003),
            _level(5, "same_month", "Is the month the same, and a day unknown?", 0.004, 0.00006, pinned=True),
            _level(6, "same_year", "Is the year the same, and no more known or alike?", 0.15, 0.04394),
            _level(7, "ranges_overlap", "Do ranges or approximate years overlap?", 0.05, 0.08),
            _level(8, "different_by_a_year", "Are they a year apart?", 0.05, 0.08),
            _level(9, "different_by_few_years", "Are they two or three years apart?", 0.03, 0.12),
            _level(10, "different", "Do all births contradict each other?", 0.03, 0.669),
        ),
    ),
    Field(
        name="country",
        levels=(
            _level(1, "same_nationality", "Is a nationality shared?", 0.8, 0.1),
            _level(2, "shared_country", "Is a country of birth, nationality or address shared?", 0.12, 0.105),
            _level(3, "compatible_country", "Is one country a former state, or a part, of the other?", 0.01, 0.005, pinned=True),
            _level(4, "different", "Is no country shared or compatible?", 0.07, 0.79),
        ),
    ),
    Field(
        name="birth_place",
        levels=(
            _level(1, "shared_word", "Is a word of the birth place shared?", 0.7, 0.05),
            _level(2, "different", "Is none?", 0.3, 0.95),
        ),
    ),
    Field(
        name="sex",
        levels=(
            _level(1, "same", "Is the sex the same?", 0.99, 0.85),
            _level(2, "different", "Does it differ?", 0.01, 0.15),
        ),
    ),
    Field(
        name="identifier",
        levels=(
            _level(1, "same_checked_document", "Is one shared whose check digits hold?", 0.2, 0.000002, pinned=True),
            _level(2, "same_document", "Is a document shared: number, kind and country?", 0.5, 0.000018, pinned=True),
            _level(3, "same_number", "Is a number shared, but not kind and country, or an invalid one?", 0.1, 0.0002, pinned=True),
            _level(4, "different_national_number", "Do both hold a checked national number, and not the same?", 0.005, 0.1, pinned=True),
            _level(5, "different", "Do both hold such a document, with other numbers?", 0.195, 0.89978, pinned=True),
        ),
    ),
)  # fmt: skip

"""Invented persons: who they are, before any list says something about them."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import count

from matching.exercise.cultures import TABLES, Culture, Token, countries
from matching.exercise.draws import Draw

FIRST_BIRTH, LAST_BIRTH = date(1945, 1, 1), date(2003, 12, 31)


@dataclass(frozen=True)
class Name:
    """A full name by role. ``middle`` is the father's and grandfather's names, a patronymic or a second given name."""

    given: tuple[Token, ...]
    middle: tuple[Token, ...]
    family: tuple[Token, ...]


@dataclass(frozen=True)
class Person:
    """An invented person. ``assumed`` is a second name used with forged papers, ``nickname`` one that friends use."""

    label: str
    culture: Culture
    sex: str
    name: Name
    assumed: Name
    nickname: Token
    born: date
    country: str
    town: str
    passport: str
    national_id: str


def draw_name(draw: Draw, culture: Culture, sex: str) -> Name:
    """Draw a full name in the form of ``culture``; common parts come more often than rare ones."""

    def token(question: str, section: str, *others: Token) -> Token:
        tokens = culture.sections[section] if section in ("male", "female") else culture.tokens(section, sex)
        return draw.pick_common(question, [token for token in tokens if token not in others])

    given = token("given", sex)
    father = token("father", "male", given)
    grandfather = token("grandfather", "male", given, father)
    if culture.form == "chain":
        return Name((given,), (father,), (grandfather,))
    family = token("family", "family", given)
    if culture.form == "iberian":
        middle = (token("second given", sex, given),) if draw.chance("has second given", 0.5) else ()
        return Name((given,), middle, (family, token("mother's family", "family", family)))
    if culture.form == "patronymic":
        return Name((given,), (token("patronymic", "patronymic"),), (family,))
    if culture.form == "arabic":
        return Name((given,), (father, grandfather) if draw.chance("has grandfather", 0.5) else (father,), (family,))
    if culture.form == "syllabic":
        return Name((given, token("second syllable", sex, given, family)), (), (family,))
    return Name((given,), (), (family,))


def digest(culture: Culture, name: Name) -> str:
    """Return what stands for a name in ``avoided.txt``, so that no name stands there."""
    parts = sorted(token.native for token in (*name.given, *name.middle, *name.family))
    return hashlib.sha256("/".join((culture.name, *parts)).encode()).hexdigest()[:16]


@cache
def _avoided() -> frozenset[str]:
    """Digests of drawn names that a person on a real list turned out to bear: they are drawn again."""
    return frozenset((TABLES / "avoided.txt").read_text(encoding="ascii").split())


def is_free(culture: Culture, name: Name) -> bool:
    """Say whether no real person is known to bear ``name``."""
    return digest(culture, name) not in _avoided()


def invent_name(draw: Draw, culture: Culture, sex: str) -> Name:
    """Draw names until one is free."""
    names = (draw_name(draw.about(f"attempt {attempt}"), culture, sex) for attempt in count())
    return next(name for name in names if is_free(culture, name))


def invent_person(draw: Draw, culture: Culture, *, sex: str | None = None) -> Person:
    """Invent a person of ``culture``: name, birth, documents; one in six is a woman unless ``sex`` is given."""
    sex = sex or ("female" if draw.chance("sex", 1 / 6) else "male")
    country = draw.pick_common("country", culture.countries)
    return Person(
        label=draw.label,
        culture=culture,
        sex=sex,
        name=invent_name(draw.about("name"), culture, sex),
        assumed=invent_name(draw.about("assumed name"), culture, sex),
        nickname=draw.pick("nickname", culture.sections["nickname"]),
        born=draw.day("born", FIRST_BIRTH, LAST_BIRTH),
        country=country,
        town=draw.pick("town", countries()[country].towns),
        passport=f"{draw.pick('passport letter', 'ABCDEFGHKLMNPRSTZ')}{draw.digits('passport', 8)}",
        # No country's: ZZ is for users to assign (ISO 3166-1), so no check digits can be wrong and no one's number is met.
        national_id=f"ZZ{draw.digits('national id', 9)}",
    )

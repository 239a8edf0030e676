"""How one list writes an invented name: in Latin letters, by one choice of spellings, or in its own script."""

from dataclasses import dataclass

from matching.exercise.cultures import Culture, Token
from matching.exercise.draws import Draw
from matching.exercise.people import Name

GLUES = ("", "-", " ")


@dataclass(frozen=True)
class Written:
    """A name as written on a list: its parts by role, each possibly empty, and in full."""

    given: str
    middle: str
    family: str
    full: str

    @property
    def given_names(self) -> str:
        """Given and middle names."""
        return f"{self.given} {self.middle}".strip()


def in_latin(name: Name, culture: Culture, draw: Draw) -> Written:
    """Spell ``name`` in Latin letters; ``draw`` chooses the spelling of each part."""

    def spell(tokens: tuple[Token, ...]) -> list[str]:
        return [draw.pick(token.native, token.spellings) for token in tokens]

    given, middle, family = " ".join(spell(name.given)), " ".join(spell(name.middle)), " ".join(spell(name.family))
    if culture.form == "syllabic":
        given = _join_syllables(spell(name.given), draw.pick("glue", GLUES))
    if culture.form in ("syllabic", "family_first") and draw.chance("family first", 0.7):
        return Written(given, middle, family, " ".join(filter(None, (family, given, middle))))
    return Written(given, middle, family, " ".join(filter(None, (given, middle, family))))


def _join_syllables(syllables: list[str], glue: str) -> str:
    return glue.join(syllables) if glue == " " else glue.join(syllables).capitalize()


def in_own_script(name: Name, culture: Culture) -> Written:
    """Write ``name`` as its bearer does."""

    def write(tokens: tuple[Token, ...], between: str = " ") -> str:
        return between.join(token.native for token in tokens)

    middle, family = write(name.middle), write(name.family)
    if culture.form == "syllabic":
        given = write(name.given, "")
        return Written(given, middle, family, family + given)
    given = write(name.given)
    family_first = culture.form in ("family_first", "patronymic")
    order = (family, given, middle) if family_first else (given, middle, family)
    return Written(given, middle, family, " ".join(filter(None, order)))

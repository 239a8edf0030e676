"""The linkage model: for each field the levels a comparison can fall in, and how often it does.

m-probability: among pairs that are the same person, how often does the field fall in this level?
u-probability: among pairs that are different people, how often does it?
The match weight of a level is log2(m / u): evidence for above zero, against below. A field that cannot be compared
(one side has no value) weighs nothing.

For names u is not one number. How often do two different people agree on this much of a name? Once in 2^bits pairs,
``bits`` being the rarity of the tokens that agree: so an equal rare name weighs more than an equal common one and
nothing saturates. Splink takes this as a term frequency whose terms are quarters of a bit.

The prior is set from the size of the input, not stored: a record has a near constant number of others that are the same
person, so the odds that two records picked at random are one person fall as the lists grow.
"""

import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matching.errors import ModelError
from matching.workspace import write_json

MODELS = Path(__file__).parent / "models"
TOLERANCE = 0.01
"""How far the m or u of a field may be from summing to 1: they are kept to six digits."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """One comparison level. ``grade`` is its number in sql/40_link/comparison_vectors.sql; ``m`` and ``u`` as above.

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
    """A field that is compared; a grade of 0 is "unknown". The last level is what remains."""

    name: str
    levels: tuple[Level, ...]

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
        name="name",
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


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model: its fields with estimated levels, and how many other records of the same person a record has."""

    fields: tuple[Field, ...]
    matches_per_record: float
    made_of: str

    @property
    def model_id(self) -> str:
        """Hash of the parameters, rounded so that the same training gives the same id."""
        return hashlib.sha256(json.dumps(self._parameters(), sort_keys=True).encode()).hexdigest()[:12]

    def _parameters(self) -> dict[str, Any]:
        return {
            "matches_per_record": float(f"{self.matches_per_record:.4g}"),
            "fields": {
                field.name: {
                    level.name: {"m": _digits(level.m), "u": _digits(level.u)}
                    | ({"kin": _digits(level.kin)} if level.kin else {})
                    for level in field.levels
                }
                for field in self.fields
            },
        }

    def prior(self, records: int) -> float:
        """Probability that two of ``records`` records picked at random are the same person."""
        return min(self.matches_per_record * 2 / max(records - 1, 1), 0.5)

    def name_levels(self, records: int) -> list[dict[str, float]]:
        """Rows of ``grade``, ``bits`` (log2 m) and ``kin`` (probability that two of ``records`` are such kin)."""
        names = next(field for field in self.fields if field.name == "name")
        return [
            {"grade": level.grade, "bits": math.log2(level.m), "kin": level.kin * 2 / max(records - 1, 1)}
            for level in names.levels
        ]

    def save(self, path: Path) -> None:
        """Write the model to ``path`` as JSON a person can read."""
        write_json(path, {"model_id": self.model_id, "made_of": self.made_of, **self._parameters()})


def _digits(probability: float) -> float:
    return float(f"{probability:.6g}")


UNTRAINED = Model(fields=FIELDS, matches_per_record=0.1, made_of="starting values of matching/link/model.py")


def load(name: str) -> Model:
    """Load the shipped model ``name`` (``default``) or the model saved at the path ``name``.

    Raises ModelError where there is none, or its fields and levels are not those of this version.
    """
    path = MODELS / f"{name}.json" if "/" not in name and not name.endswith(".json") else Path(name)
    if not path.is_file():
        shipped = ", ".join(sorted(p.stem for p in MODELS.glob("*.json")))
        raise ModelError(f"no model {name}: give one of {shipped}, or the path of a saved model")
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        fields = tuple(_with_parameters(field, saved["fields"][field.name]) for field in FIELDS)
        return Model(fields=fields, matches_per_record=float(saved["matches_per_record"]), made_of=saved["made_of"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"model {path} does not fit this version ({type(error).__name__}: {error}): train it again"
        ) from error


def _with_parameters(field: Field, saved: dict[str, dict[str, float]]) -> Field:
    if set(saved) != {level.name for level in field.levels}:
        raise KeyError(f"levels of {field.name}")
    levels = (
        replace(level, m=float(found["m"]), u=float(found["u"]), kin=float(found.get("kin", 0.0)))
        for level, found in zip(field.levels, (saved[level.name] for level in field.levels), strict=True)
    )
    made = replace(field, levels=tuple(levels))
    for parameter in ("m", "u"):
        values = [getattr(level, parameter) for level in made.levels]
        if min(values) <= 0 or abs(sum(values) - 1) > TOLERANCE:
            raise ValueError(f"{parameter} of {field.name} is not a share above 0 of 1 for each level")
    return made

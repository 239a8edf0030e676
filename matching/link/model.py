"""The linkage model: for each field the levels a comparison can fall in, and how often it does.

m-probability: among pairs that are the same person, how often does the field fall in this level?
u-probability: among pairs that are different people, how often does it?
The match weight of a level is log2(m / u): evidence for above zero, against below. A field that cannot be compared
(one side has no value) weighs nothing. The levels are in ``matching/link/fields.py``.

For names u is not one number. How often do two different people agree on this much of a name? Once in 2^bits pairs,
``bits`` being the rarity of the tokens that agree: so an equal rare name weighs more than an equal common one and
nothing saturates. Splink takes this as a term frequency whose terms are quarters of a bit.

Pairs whose names are in one script and pairs whose names are in two have levels, m and calibration of their own.

The prior is set from the size of the input, not stored: a record has a near constant number of others that are the same
person, so the odds that two records picked at random are one person fall as the lists grow.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from matching.errors import ModelError
from matching.link.fields import ACROSS, FIELDS, NAME, NAMES_THAT_AGREE, Field, Level
from matching.workspace import write_json

MODELS = Path(__file__).parent / "models"
TOLERANCE = 0.01
"""How far the m or u of a field may be from summing to 1: they are kept to six digits."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What the evidence of names is really worth: ``slope`` times its weight, and ``shift`` bits more.

    The weight of a name is a sum over words, as if each had been drawn by itself. Where it has not, the sum is too
    sure of itself (slope below 1). See ``matching/link/calibrate.py``.
    """

    slope: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model: its fields with estimated levels, and how many other records of the same person a record has.

    ``calibration`` is of the fields of names; a field that it leaves out counts as it stands.
    """

    fields: tuple[Field, ...]
    matches_per_record: float
    made_of: str
    calibration: Mapping[str, Calibration] = field(default_factory=dict)

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
            "calibration": {
                name: {"slope": _digits(one.slope), "shift": _digits(one.shift)}
                for name, one in self.calibration.items()
            },
        }

    def field(self, name: str) -> Field:
        """The field of this name. Raises KeyError where there is none."""
        return {field.name: field for field in self.fields}[name]

    def with_field(self, new: Field) -> "Model":
        """This model with ``new`` in place of its field of that name."""
        return replace(self, fields=tuple(new if old.name == new.name else old for old in self.fields))

    def calibrated(self, name: str) -> Calibration:
        """The calibration of the field ``name``."""
        return self.calibration.get(name, Calibration())

    def prior(self, records: int) -> float:
        """Probability that two of ``records`` records picked at random are the same person."""
        return min(self.matches_per_record * 2 / max(records - 1, 1), 0.5)

    def name_levels(self, records: int) -> list[dict[str, float]]:
        """Rows of ``grade``, ``bits`` (log2 m), ``kin`` (probability that two of ``records`` are such kin), and the
        ``slope`` and ``shift`` that calibrate what they give."""
        return [
            {
                "grade": level.grade,
                "bits": math.log2(level.m),
                "kin": level.kin * 2 / max(records - 1, 1),
                "slope": self.calibration_of(names, level).slope,
                "shift": self.calibration_of(names, level).shift,
            }
            for names in (self.field(NAME), self.field(ACROSS))
            for level in names.levels
        ]

    def calibration_of(self, names: Field, level: Level) -> Calibration:
        """What calibrates ``level``: nothing where no more than one word of two names in one script agrees.

        No pair of that kind is among those that calibration is fitted on.
        """
        is_fitted = names.name == ACROSS or level.grade in NAMES_THAT_AGREE
        return self.calibrated(names.name) if is_fitted else Calibration()

    def level_names(self) -> dict[str, list[str]]:
        """For each column of a comparison vector the names of its grades, from 0, which is unknown."""
        columns: dict[str, list[str]] = {}
        for compared in self.fields:
            columns.setdefault(compared.column, ["unknown"]).extend(level.name for level in compared.levels)
        return columns

    def rounded(self) -> "Model":
        """The model as its file has it: what was trained and what is loaded score alike to the last bit."""
        return _of_saved({"made_of": self.made_of, **self._parameters()})

    def save(self, path: Path) -> None:
        """Write the model to ``path`` as JSON a person can read."""
        write_json(path, {"model_id": self.model_id, "made_of": self.made_of, **self._parameters()})


def _digits(number: float) -> float:
    return float(f"{number:.6g}")


UNTRAINED = Model(fields=FIELDS, matches_per_record=0.1, made_of="starting values of matching/link/fields.py")


def shipped() -> tuple[str, ...]:
    """The names of the models that ship."""
    return tuple(sorted(path.stem for path in MODELS.glob("*.json")))


def load(name: str) -> Model:
    """Load the shipped model ``name`` (``default``) or the model saved at the path ``name``.

    Raises ModelError where there is none, it cannot be read, was changed by hand, or its fields and levels are not
    those of this version.
    """
    path = MODELS / f"{name}.json" if name in shipped() else Path(name)
    if not path.is_file():
        raise ModelError(f"no model {name}: give one of {', '.join(shipped())}, or the path of a saved model")
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        model = _of_saved(saved)
        stated = saved["model_id"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"model {path} does not fit this version ({type(error).__name__}: {error}): it is damaged or of another"
            " version. Restore it from a backup, or train again with `matching model train`"
        ) from error
    if stated != model.model_id:
        raise ModelError(
            f"model {path} says it is {stated}, its parameters are those of {model.model_id}: it was changed after it"
            " was made. Restore it from a backup, or train again with `matching model train`"
        )
    return model


def _of_saved(saved: Mapping[str, Any]) -> Model:
    if set(saved["fields"]) != {field.name for field in FIELDS} or set(saved["calibration"]) - {NAME, ACROSS}:
        raise KeyError("fields")
    return Model(
        fields=tuple(_with_parameters(field, saved["fields"][field.name]) for field in FIELDS),
        matches_per_record=_positive(saved["matches_per_record"], "matches_per_record"),
        made_of=str(saved["made_of"]),
        calibration={
            name: Calibration(slope=_positive(one["slope"], f"slope of {name}"), shift=float(one["shift"]))
            for name, one in sorted(saved["calibration"].items())
        },
    )


def _positive(found: Any, what: str) -> float:
    if not 0 < float(found) < math.inf:
        raise ValueError(f"{what} is {found}, expected a number above 0")
    return float(found)


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

"""The words of ``record:`` in a source.yml: how a publisher's entry becomes a record.

Only shapes and vocabularies are checked here; matching/records compiles and runs the mapping. Every model is frozen and
refuses unknown keys. Two shorthands keep files short: where text is wanted a bare string is the path it stands at;
where a word of a closed vocabulary is wanted a bare string is that word.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from matching import vocabulary
from matching.sources.date_formats import DateFormat
from matching.sources.paths import parse_path


def _check_path(path: str) -> str:
    parse_path(path)
    return path


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _as_list(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else [value]


Path = Annotated[str, AfterValidator(_check_path)]
Paths = Annotated[list[Path], BeforeValidator(_as_list)]
Pattern = Annotated[str, AfterValidator(_check_pattern)]
Texts = Annotated[list[str], BeforeValidator(_as_list)]


class Part(BaseModel):
    """A part of source.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Test(Part):
    """What a value must be: one of ``is``, none of ``not``, ``present`` or absent, or match ``pattern``."""

    is_: Texts | None = Field(None, alias="is")
    not_: Texts | None = Field(None, alias="not")
    present: bool | None = None
    pattern: Pattern | None = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"is": value} if isinstance(value, str | list) else value


Condition = dict[Path, Test]  # every test must hold
Conditions = Annotated[list[Condition], BeforeValidator(_as_list)]  # one of the conditions must hold


class Value(Part):
    """Text from an entry: the values at the first path of ``from`` that has any, or several paths joined to one text.

    Then, in this order: ``split`` or ``split_pattern`` into several, ``strip``, ``pattern`` (its group ``value``, else
    its first group, else the match; no match, no value), ``map`` (published word to ours; an unknown one is an error
    unless ``otherwise`` is given), ``template`` (``{}`` takes the value), ``digest`` (a hash, for keys made of names).
    """

    from_: Paths = Field(default_factory=list, alias="from")
    join: Paths = Field(default_factory=list)
    with_: str = Field(" ", alias="with")
    constant: str | None = None
    split: Texts = Field(default_factory=list)
    split_pattern: Pattern | None = None
    strip: str | None = None
    pattern: Pattern | None = None
    map: dict[str, str | None] | None = None
    otherwise: str | None = None
    template: str | None = None
    digest: bool = False

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str | list) else value

    @model_validator(mode="after")
    def _one_origin(self) -> "Value":
        if sum((bool(self.from_), bool(self.join), self.constant is not None)) != 1:
            raise ValueError("give exactly one of from, join, constant")
        if self.otherwise is not None and self.map is None:
            raise ValueError("otherwise needs a map")
        return self


Values = Annotated[list[Value], BeforeValidator(_as_list)]


class Case(Part):
    """A word that holds under a condition; without ``when`` it always holds."""

    when: Conditions = Field(default_factory=list)
    is_: str = Field(alias="is")


class Word(Part):
    """A word of a closed vocabulary: constant, mapped from a value, or the first case whose condition holds."""

    constant: str | None = None
    value: Value | None = None
    cases: list[Case] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"constant": value}
        if isinstance(value, list):
            return {"cases": value}
        if isinstance(value, dict) and value.keys() & {"from", "join"}:
            return {"value": value}
        return value

    def words(self) -> list[str]:
        """Return every word this can give."""
        mapped = self.value.map or {} if self.value else {}
        otherwise = self.value.otherwise if self.value else None
        return [
            word
            for word in (self.constant, otherwise, *mapped.values(), *(case.is_ for case in self.cases))
            if word is not None
        ]


def _one_of(vocabulary: tuple[str, ...]) -> AfterValidator:
    def check(word: Word) -> Word:
        unknown = sorted({given for given in word.words() if given not in vocabulary})
        if unknown:
            raise ValueError(f"unknown words {', '.join(unknown)}: use one of {', '.join(vocabulary)}")
        if word.value is not None and word.value.map is None and word.value.pattern is None:
            raise ValueError(f"give a map from the published words to {', '.join(vocabulary)}")
        return word

    return AfterValidator(check)


def _check_script(word: Word) -> Word:
    wrong = [given for given in word.words() if not re.fullmatch("[A-Z][a-z]{3}", given)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: use ISO 15924 codes such as Latn, Arab, Cyrl")
    return word


EntityKind = Annotated[Word, _one_of(vocabulary.ENTITY_KINDS)]
ListingKind = Annotated[Word, _one_of(vocabulary.LISTING_KINDS)]
Status = Annotated[Word, _one_of(vocabulary.STATUSES)]
NameKind = Annotated[Word, _one_of(vocabulary.NAME_KINDS)]
Calendar = Annotated[Word, _one_of(vocabulary.CALENDARS)]
Sex = Annotated[Word, _one_of(vocabulary.SEXES)]
IdentifierKind = Annotated[Word, _one_of(vocabulary.IDENTIFIER_KINDS)]
ParentRole = Annotated[Word, _one_of(("father", "mother", "parent"))]
Script = Annotated[Word, AfterValidator(_check_script)]


class Rule(Part):
    """Items of a record: one for each node at ``each`` (without it the entry itself) that satisfies ``when``."""

    each: Path = "."
    when: Conditions = Field(default_factory=list)


class NameRule(Rule):
    """Names. ``full`` as published, or composed of the parts in ``order``; ``inverted`` splits "FAMILY, Given"."""

    full: Value | None = None
    given: Value | None = None
    patronymic: Value | None = None
    family: Value | None = None
    other: Value | None = None
    order: list[str] = Field(default=["given", "patronymic", "other", "family"])
    inverted: str | None = Field(None, description="separator between family and given name, e.g. a comma")
    combine: bool = Field(False, description="make a name of every combination where parts have several texts")
    kind: NameKind = Word(constant="primary")
    script: Script | None = None
    language: Value | None = None

    @model_validator(mode="after")
    def _has_a_name(self) -> "NameRule":
        if not any((self.full, self.given, self.patronymic, self.family, self.other)):
            raise ValueError("give full, or parts: given, patronymic, family, other")
        unknown = [part for part in self.order if part not in ("given", "patronymic", "family", "other")]
        if unknown:
            raise ValueError(f"order: unknown parts {', '.join(unknown)}")
        return self


class BirthRule(Rule):
    """Birth dates. ``date`` is read with ``formats``, or ``year``/``month``/``day``, or ``earliest`` and ``latest``."""

    date: Value | None = None
    year: Value | None = None
    month: Value | None = None
    day: Value | None = None
    earliest: Value | None = None
    latest: Value | None = None
    text: Value | None = Field(None, description="the birth as published; without it, what the others read")
    circa: Conditions = Field(default_factory=list, description="when the publisher means `about`")
    calendar: Calendar = Word(constant="gregorian")
    formats: list[DateFormat] | None = None

    @model_validator(mode="after")
    def _has_a_date(self) -> "BirthRule":
        if not any((self.date, self.year, self.earliest, self.latest)):
            raise ValueError("give date, or year (with month and day), or earliest and latest")
        return self


class DateValue(Value):
    """A date: text read with ``formats``; without them the source's ``date_formats``."""

    formats: list[DateFormat] | None = None


class NumberValue(Value):
    """A number, times ``scale`` (metres to centimetres: 100). Zero or less means unknown."""

    scale: float = 1.0


class PlaceRule(Rule):
    """Places: the text, and the country as published."""

    text: Value
    country: Value | None = None


class OffenceRule(Rule):
    """Offences or charges."""

    text: Value
    language: Value | None = None
    category: Value | None = None
    country: Value | None = None


class IdentifierRule(Rule):
    """Documents and numbers."""

    number: Value
    kind: IdentifierKind = Word(constant="other")
    country: Value | None = None
    note: Values = Field(default_factory=list, description="joined by semicolons")


class ReferenceRule(Rule):
    """Ids of other lists that the publisher quotes."""

    id: Value
    scheme: str


class ParentRule(Rule):
    """Names of parents."""

    name: Value
    role: ParentRole = Word(constant="parent")


class RemarkRule(Rule):
    """Free text; a bare value is the text."""

    text: Value

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        is_value = not isinstance(value, dict) or value.keys() & {"from", "join"}
        return {"text": value} if is_value else value


class Mapping(Part):
    """``record:``, field by field as in matching/tables.py; what is not given is empty or the source's default."""

    publisher_id: Annotated[Values, Field(min_length=1)]
    entity_kind: EntityKind = Word(constant="person")
    listing_kind: ListingKind | None = None
    status: Status = Word(constant="active")
    authority: Value | None = None
    authority_country: Value | None = None
    programmes: list[Value] = Field(default_factory=list)
    offences: list[OffenceRule] = Field(default_factory=list)
    listed_date: DateValue | None = None
    url: Value | None = None
    names: list[NameRule]
    births: list[BirthRule] = Field(default_factory=list)
    birth_places: list[PlaceRule] = Field(default_factory=list)
    nationalities: list[Value] = Field(default_factory=list)
    addresses: list[PlaceRule] = Field(default_factory=list)
    sex: Sex | None = None
    height_cm: NumberValue | None = None
    marks: list[Value] = Field(default_factory=list)
    parents: list[ParentRule] = Field(default_factory=list)
    identifiers: list[IdentifierRule] = Field(default_factory=list)
    references: list[ReferenceRule] = Field(default_factory=list)
    remarks: list[RemarkRule] = Field(default_factory=list)


class DerivePattern(Part):
    """A segment that matches ``pattern`` as a whole becomes ``name`` with the named groups as its fields."""

    name: str
    pattern: Pattern
    ignore: str | None = Field(None, description="reason why such a segment is left out")


class Derive(Part):
    """A free text taken apart into fields before the mapping runs; what no pattern takes goes to ``<into>/rest``."""

    from_: Path = Field(alias="from")
    into: str
    split: str
    strip: str = Field(" .", description="characters that may end the whole text and say nothing")
    patterns: list[DerivePattern]


def paths_read(part: Part, base: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield every path that ``part`` reads, from the entry down."""
    prefix = (*base, part.each) if isinstance(part, Rule) and part.each != "." else base
    for name in type(part).model_fields:
        yield from _paths_in(getattr(part, name), name, prefix)


def _paths_in(value: Any, field: str, prefix: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, Part):
        yield from paths_read(value, prefix)
    elif isinstance(value, list) and field in ("from_", "join"):
        yield from (_absolute(prefix, path) for path in value)
    elif isinstance(value, list) and field in ("when", "circa"):
        yield from (_absolute(prefix, path) for condition in value for path in condition)
    elif isinstance(value, list):
        for item in value:
            yield from _paths_in(item, field, prefix)


def _absolute(prefix: tuple[str, ...], path: str) -> str:
    return "/".join((*prefix, path) if path != "." or not prefix else prefix)

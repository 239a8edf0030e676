"""The ``record:`` of a source.yml, from what the fields of a payload hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matching.drafting.dates import Dates
from matching.drafting.fields import Field
from matching.drafting.guess import WORDS, Guess, scale_of
from matching.drafting.naming import meanings
from matching.drafting.values import (
    absolute_value,
    always_a_word,
    date_checks,
    date_value,
    is_inverted,
    known_words,
    scripts_of,
    value_of,
    word_below,
    word_map,
)

NOT_MAPPED = "not mapped yet"
_IDENTIFYING = frozenset(
    ("id", "full", "family", "given", "patronymic", "birth", "birth_year", "birth_month", "birth_day", "birth_place",
     "father")
)  # fmt: skip
_KEY_OF_FIELDS = (
    "no field is an id that every entry has: an entry goes by what identifies a person, or by all of its fields where"
    " others share that. A change to these makes it another entry"
)
_DEFAULTS = {"entity": ("person", "other"), "status": ("active", "active")}
"""What an entry is without a word, and with a word that is not known: an entry without a kind is not taken in."""

_NEARLY_ALL = 0.98
_WHY_IGNORED = {
    "picture": "pictures", "edited": "date of the publisher's last edit", "row": "the row's number in this file",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Item:
    """One rule of a field of ``record:``; ``check`` says what of it is a guess."""

    field: str
    value: Any
    check: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Record:
    """What of a source.yml comes from the fields of the payload."""

    items: tuple[Item, ...]
    date_formats: tuple[str, ...]
    date_checks: tuple[str, ...]
    months: Mapping[str, int]
    ignored: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass
class _Composer:
    """Guesses by role, and what is made of them."""

    guesses: list[Guess]
    country: str | None
    items: list[Item] = field(default_factory=list)
    used: set[tuple[str, ...]] = field(default_factory=set)

    def of(self, *roles: str, each: str | None = None) -> list[Guess]:
        """Return the guesses of ``roles``, below the repeated place ``each`` where it is given."""
        return [g for role in roles for g in self.guesses if g.role == role and each in (None, g.field.each)]

    def first(self, role: str, *, each: str | None = None) -> Guess | None:
        """Return the first guess of ``role``."""
        return next(iter(self.of(role, each=each)), None)

    def add(self, name: str, value: Any, *guesses: Guess | None, check: Sequence[str] = ()) -> None:
        """Add a rule that reads ``guesses``."""
        read = [guess for guess in guesses if guess is not None]
        self.used |= {guess.field.names for guess in read}
        doubts = [f"{guess.field.path}: {guess.doubt}" for guess in read if guess.doubt]
        self.items.append(Item(field=name, value=value, check=(*doubts, *check)))


def compose_record(
    fields: Sequence[Field], guesses: Sequence[Guess], *, country: str | None, id_pattern: str | None = None
) -> Record:
    """Return the record's rules.

    ``country`` is the authority's code where it is known, ``id_pattern`` the part of an id that counts.
    """
    composer = _Composer(list(guesses), country)
    _publisher_id(composer, fields, id_pattern)
    _categories(composer)
    _names(composer)
    dates = _dates(composer)
    _places(composer)
    _identifiers(composer)
    _texts(composer)
    return Record(
        items=tuple(composer.items),
        date_formats=tuple(dict.fromkeys(form for found in dates for form in found.formats)) or ("YYYY-MM-DD", "YYYY"),
        date_checks=tuple(check for found in dates for check in date_checks(found)),
        months={name: number for found in dates for name, number in found.months.items()},
        ignored=_ignored(composer, fields),
    )


def _publisher_id(composer: _Composer, fields: Sequence[Field], pattern: str | None) -> None:
    guess = composer.first("id")
    if guess is not None and (guess.field.above or _is_nearly_unique(guess.field)):
        path = guess.field.path
        composer.add("publisher_id", {"from": path, "pattern": pattern} if pattern else path, guess)
        return
    skipped = {one.field.names for one in composer.guesses if one.role in _WHY_IGNORED}
    single = [one.path for one in fields if not one.above and one.names not in skipped]
    parts = [one.field.path for one in composer.guesses if one.role in _IDENTIFYING and one.field.path in single]
    parts = parts or single[:1]
    more = [path for path in single if path not in parts]
    keys = [{"join": paths, "with": "|", "digest": True} for paths in (parts, [*parts, *more])]
    composer.items.append(Item(field="publisher_id", value=keys if more else keys[0], check=(_KEY_OF_FIELDS,)))


def _is_nearly_unique(field: Field) -> bool:
    """Whether hardly any two entries share an id: those that do are a mistake of the publisher's."""
    return len(set(field.texts)) >= _NEARLY_ALL * len(field.texts)


def _categories(composer: _Composer) -> None:
    """Add entity kind, status and sex."""
    for role, name in (("entity", "entity_kind"), ("status", "status"), ("sex", "sex")):
        guess = composer.first(role)
        if guess is None:
            continue
        mapped, unknown = word_map(guess.field, WORDS[role])
        value: Any = {"from": guess.field.path, "map": mapped}
        if role in _DEFAULTS:
            blank_word, unknown_word = _DEFAULTS[role]
            known = {text: ours or unknown_word for text, ours in mapped.items()}
            value, blank = always_a_word(guess.field, known, default=blank_word)
            unknown = (*unknown, *blank)
        composer.add(name, value, guess, check=unknown)
    if composer.first("entity") is None:
        composer.items.append(
            Item(field="entity_kind", value="person", check=("no field tells persons from organisations",))
        )


def _names(composer: _Composer) -> None:
    for each in dict.fromkeys(guess.field.each for guess in composer.of("full", "given", "family", "patronymic")):
        _name_in_parts(composer, each)
    for role in ("alias", "weak_alias", "former", "original"):
        for guess in composer.of(role):
            kind, kind_guess, checks = _alias_kind(composer, guess)
            composer.add(
                "names", {**_each(guess), "full": value_of(guess), "kind": kind}, guess, kind_guess, check=checks
            )
    for role in ("father", "mother"):
        for guess in composer.of(role):
            composer.add("parents", {**_each(guess), "name": value_of(guess, field_name="name"), "role": role}, guess)
    if not any(item.field == "names" for item in composer.items):
        composer.items.append(
            Item(field="names", value={"full": {"constant": "to be filled in"}}, check=("no field looks like a name",))
        )


def _name_in_parts(composer: _Composer, each: str) -> None:
    """Add the names below the repeated place ``each``: the parts as one name, and each further full name."""
    parts = {role: composer.first(role, each=each) for role in ("given", "patronymic", "family")}
    given = {role: guess for role, guess in parts.items() if guess is not None}
    fulls = [guess for guess in composer.of("full", each=each) if not (given and guess.doubt)]
    primary = max(fulls, key=lambda guess: guess.field.filled, default=None)
    kind, kind_guess, checks = _name_kind(composer, each)
    scope = {"each": each} if each else {}
    rule: dict[str, Any] = {**scope}
    if primary is not None:
        rule["full"] = primary.field.path_below
    rule.update({role: guess.field.path_below for role, guess in given.items()})
    if primary is not None and not given and is_inverted(primary.field):
        rule["inverted"] = ","
        checks = (*checks, "most names are written FAMILY, Given")
    composer.add("names", {**rule, "kind": kind}, primary, *given.values(), kind_guess, check=checks)
    for guess in fulls:
        if guess is not primary and primary is not None:
            other = "original_script" if scripts_of(guess.field) - scripts_of(primary.field) else "alias"
            check = (f"{guess.field.path} is a second name: is it {other}?",)
            composer.add("names", {**scope, "full": guess.field.path_below, "kind": other}, guess, check=check)


def _alias_kind(composer: _Composer, guess: Guess) -> tuple[Any, Guess | None, tuple[str, ...]]:
    """Return how good a name is that is an alias by its place: what stands beside it may say."""
    beside = composer.first("name_kind", each=guess.field.each) if guess.field.each else None
    if beside is None or guess.role != "alias":
        return {"original": "original_script"}.get(guess.role, guess.role), None, ()
    mapped, unknown = word_map(beside.field, "name_kind")
    known = {text: ours or "alias" for text, ours in mapped.items()}
    return word_below(beside.field, known, default="alias"), beside, unknown


def _name_kind(composer: _Composer, each: str) -> tuple[Any, Guess | None, tuple[str, ...]]:
    guess = composer.first("name_kind", each=each)
    fields = [one.field for one in composer.of("full", "given", "family", each=each)]
    if guess is None and any(len(set(texts)) > 1 for field in fields for texts in field.values):
        return "alias", None, ("an entry has several of these; the first becomes the primary name",)
    if guess is None:
        above = meanings(tuple(each.split("/"))) if each else []
        kinds = [meaning.role for meaning in above if meaning.role in ("alias", "weak_alias", "former")]
        return (kinds[0] if kinds else "primary"), None, ()
    mapped, unknown = word_map(guess.field, "name_kind")
    known = {text: ours or "alias" for text, ours in mapped.items()}
    return word_below(guess.field, known, default="alias"), guess, unknown


def _dates(composer: _Composer) -> list[Dates]:
    """Add births and the date of listing; return how their dates are written."""
    found: list[Dates] = []
    for guess in composer.of("birth"):
        value, dates = date_value(guess, path=guess.field.path_below)
        found.append(dates)
        rule = {**_each(guess), "date": value}
        check: tuple[str, ...] = ()
        if dates.calendar:
            rule["calendar"] = dates.calendar
            check = (f"the years are not Gregorian: {dates.calendar}? In Iran and Afghanistan it is solar_hijri",)
        composer.add("births", rule, guess, check=check)
    _birth_parts(composer)
    listed = composer.first("listed")
    if listed is not None and listed.field.above in ((), ("rows",)):
        value, dates = date_value(listed, path=listed.field.path)
        alone = value if isinstance(value, dict) else {"from": value}
        composer.add("listed_date", {**alone, "formats": list(dates.formats)} if dates.formats else value, listed)
    return found


def _birth_parts(composer: _Composer) -> None:
    for year in composer.of("birth_year"):
        each = year.field.each
        month, day = composer.first("birth_month", each=each), composer.first("birth_day", each=each)
        rule = {
            part: guess.field.path_below for part, guess in (("year", year), ("month", month), ("day", day)) if guess
        }
        composer.add("births", {**({"each": each} if each else {}), **rule}, year, month, day)


def _places(composer: _Composer) -> None:
    for role, country_role, name in (
        ("birth_place", "birth_country", "birth_places"),
        ("address", "address_country", "addresses"),
    ):
        places, countries = composer.of(role), composer.of(country_role)
        for each in dict.fromkeys(place.field.each for place in places):
            parts = [place for place in places if place.field.each == each]
            country = next((one for one in countries if one.field.each == each), None)
            paths = [place.field.path_below for place in parts]
            text = paths[0] if len(paths) == 1 else {"join": paths, "with": ", "}
            rule = {**_each(parts[0]), "text": text, **({"country": country.field.path_below} if country else {})}
            composer.add(name, rule, *parts, country)
        for country in countries:
            if country.field.names not in composer.used:
                path = country.field.path_below
                composer.add(name, {**_each(country), "text": path, "country": path}, country)
    for guess in composer.of("nationality"):
        composer.add("nationalities", absolute_value(guess), guess)


def _identifiers(composer: _Composer) -> None:
    countries = {"passport": "passport_country", "identifier": "identifier_country"}
    for role in ("passport", "national_id", "tax_id", "identifier"):
        for guess in composer.of(role):
            each = guess.field.each
            country = composer.first(countries[role], each=each) if role in countries else None
            rule = {**_each(guess), "number": value_of(guess, field_name="number"), "kind": role}
            check: tuple[str, ...] = ()
            kind = composer.first("identifier_type", each=each) if role == "identifier" else None
            if role == "identifier":
                rule["kind"] = "other"
                if kind is not None:
                    mapped = known_words(kind.field, "identifier_kind")
                    if mapped:
                        rule["kind"] = {"from": kind.field.path_below, "map": mapped, "otherwise": "other"}
                    else:
                        kind = None
            if country is not None:
                rule["country"] = country.field.path_below
            elif role in ("national_id", "tax_id") and composer.country:
                rule["country"] = {"constant": composer.country}
                check = (*check, f"are these numbers of {composer.country}?")
            composer.add("identifiers", rule, guess, country, kind, check=check)


def _texts(composer: _Composer) -> None:
    for guess in composer.of("offence"):
        composer.add("offences", {**_each(guess), "text": guess.field.path_below}, guess)
    for role, name in (("programme", "programmes"), ("marks", "marks")):
        for guess in composer.of(role):
            composer.add(name, absolute_value(guess), guess)
    for guess in composer.of("remarks"):
        composer.add("remarks", guess.field.path, guess)
    url = composer.first("url")
    if url is not None:
        composer.add("url", url.field.path, url)
    height = composer.first("height")
    if height is not None:
        numbers = [float(text.replace(",", ".")) for text in height.field.texts if re.fullmatch(r"\d+([.,]\d+)?", text)]
        scale = scale_of(numbers) or 1.0
        path = height.field.path
        composer.add("height_cm", path if scale == 1.0 else {"from": path, "scale": int(scale)}, height)


def _ignored(composer: _Composer, fields: Sequence[Field]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the fields that no rule reads, by the reason."""
    roles = {guess.field.names: guess.role for guess in composer.guesses}
    found: dict[str, list[str]] = {}
    for one in fields:
        if one.names not in composer.used:
            found.setdefault(_WHY_IGNORED.get(roles.get(one.names, ""), NOT_MAPPED), []).append(one.path)
    return tuple(
        (reason, tuple(paths)) for reason, paths in sorted(found.items(), key=lambda item: item[0] == NOT_MAPPED)
    )


def _each(guess: Guess) -> dict[str, str]:
    return {"each": guess.field.each} if guess.field.each else {}

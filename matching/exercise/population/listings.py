"""What a list says of the persons on it: spellings, aliases, gaps and slips, as records (contract RECORDS).

How often is in ``Habits``; the defaults lie between what the United Nations, OFAC, EU and INTERPOL lists do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import polars as pl

from matching.exercise.cultures import countries
from matching.exercise.population.counted import Counted, Numbers, Truths
from matching.exercise.population.letters import SYSTEMS
from matching.exercise.population.parts import parts
from matching.exercise.population.people import FAMILY, GIVEN, MOTHERS, NONE, SECOND, THIRD, People
from matching.tables import BIRTH, IDENTIFIER, NAME, PLACE, RECORDS

OF_EVERY_LISTING = {
    "entity_kind": "person",
    "listing_kind": "watchlist",
    "status": "active",
    "retrieved_at": datetime(2026, 1, 1, tzinfo=UTC),
    "licence": "invented",
    "handling_code": "",
}
_FAMILY_FIRST = ("syllabic", "family_first")  # in Latin letters too, seven times in ten
_UNSPACED = ("Hani", "Hang", "Jpan")
_STRUCTS = {
    "names": pl.Schema(NAME),
    "births": pl.Schema(BIRTH),
    "birth_places": pl.Schema(PLACE),
    "identifiers": pl.Schema(IDENTIFIER),
}


@dataclass(frozen=True)
class Habits:
    """How often a list does what: shares of its listings."""

    own_script_only: float = 0.06
    own_script_beside: float = 0.25
    leaves_out: float = 0.25  # a middle name
    family_first: float = 0.15
    typing_error: float = 0.03
    aliases: tuple[float, ...] = (0.35, 0.15)  # another spelling; a second one
    assumed_name: float = 0.04
    weak_alias: float = 0.03
    other_spelling: float = 0.4  # a part spelled by another system than the list's own for this listing
    no_birth: float = 0.15
    births: Mapping[str, float] = field(  # precision of the births given; the rest are days
        default_factory=lambda: {"year": 0.15, "month": 0.02, "circa": 0.03, "range": 0.02}
    )
    new_year: float = 0.03
    wrong_digit: float = 0.03
    swapped: float = 0.015
    no_nationality: float = 0.25
    birth_place: float = 0.4
    no_sex: float = 0.1
    document: float = 0.25
    document_slip: float = 0.01


def records(source: str, places: Numbers, persons: People, habits: Habits, *, seed: int, country: str) -> pl.DataFrame:
    """Return the listings at ``places`` of list ``source``, of which ``persons`` are who is meant."""
    draw = Counted(seed, places + (int.from_bytes(source.encode()[:4].ljust(4), "big") << 24))
    frame = pl.DataFrame({"publisher_id": places}).select(pl.col("publisher_id").cast(pl.String))
    structs = {
        "names": _names(draw, persons, habits),
        "births": [_birth(draw, persons, habits)],
        "birth_places": [_place(draw, persons, habits)],
        "identifiers": [_document(draw, persons, habits)],
    }
    frame = frame.with_columns(
        **{name: _listed(each, _STRUCTS[name]) for name, each in structs.items()},
        nationalities=_nationalities(draw, persons, habits),
        sex=_sex(draw, persons, habits),
    )
    frame = frame.with_columns(
        record_id=pl.lit(f"{source}:") + pl.col("publisher_id"),
        authority=pl.lit(source),
        authority_country=pl.lit(country),
        **{
            name: pl.lit(value) for name, value in {**OF_EVERY_LISTING, "source": source, "snapshot_id": source}.items()
        },
    )
    nothing = {
        name: pl.lit([] if isinstance(column.dtype, pl.List) else None, column.dtype)
        for name, column in RECORDS.columns.items()
        if name not in frame.columns
    }
    return RECORDS.conform(frame.with_columns(**nothing))


def _listed(structs: list[pl.DataFrame], schema: pl.Schema) -> pl.Series:
    """One list per row of those of ``structs`` (one frame each, a row of nulls where there is none) that are."""
    made = [frame.cast(schema).select(made=pl.struct(list(schema))).to_series() for frame in structs]
    given = [frame.to_series(0).is_not_null() for frame in structs]
    long = pl.concat(
        [
            pl.DataFrame({"row": np.arange(len(one), dtype=np.int64), "made": one}).filter(is_given)
            for one, is_given in zip(made, given, strict=True)
        ]
    )
    grouped = long.sort("row", maintain_order=True).group_by("row", maintain_order=True).agg("made")
    rows = pl.DataFrame({"row": np.arange(len(made[0]), dtype=np.int64)})
    return rows.join(grouped, on="row", how="left", maintain_order="left")["made"].fill_null([])


def _names(draw: Counted, persons: People, habits: Habits) -> list[pl.DataFrame]:
    """The primary name, in Latin letters or in the bearer's script, and the others."""
    is_own = draw.chance("own script only", habits.own_script_only)
    beside = draw.chance("own script beside", habits.own_script_beside) & ~is_own & _has_own_script(persons)
    native = _native(persons, persons.names)
    primary = _latin(draw, "primary", persons, persons.names, habits)
    named = [
        _form(native, "primary", is_own),
        _form(primary, "primary", ~is_own),
        _form(native, "original_script", beside),
    ]
    for number, share in enumerate(habits.aliases):
        alias = _latin(draw, f"alias {number}", persons, persons.names, habits)
        named.append(_form(alias, "alias", draw.chance(f"has alias {number}", share) & ~is_own))
    assumed = _latin(draw, "assumed", persons, persons.other_names, habits)
    named.append(_form(assumed, "alias", draw.chance("has assumed name", habits.assumed_name)))
    weak = parts().spelled[0].gather(persons.other_names[:, GIVEN])
    return [*named, _form(weak, "weak_alias", draw.chance("has weak alias", habits.weak_alias))]


def _form(text: pl.Series, kind: str, is_given: Truths) -> pl.DataFrame:
    frame = pl.DataFrame({"full": text}).with_columns(pl.when(pl.Series(is_given)).then("full").alias("full"))
    nothing = {name: pl.lit(None, pl.String) for name in NAME if name not in ("full", "kind")}
    return frame.with_columns(kind=pl.lit(kind), **nothing).select(NAME.keys())


def _has_own_script(persons: People) -> Truths:
    is_latin = np.array([culture.script == "Latn" for culture in parts().cultures])
    result: Truths = ~is_latin[persons.culture]
    return result


def _native(persons: People, names: Numbers) -> pl.Series:
    """The name as its bearer writes it."""
    forms = np.array([culture.form for culture in parts().cultures])[persons.culture]
    scripts = np.array([culture.script for culture in parts().cultures])[persons.culture]
    first = np.isin(forms, (*_FAMILY_FIRST, "patronymic"))
    text = _joined(names, first, lambda part, _: parts().native.gather(part.fill_null(0)))
    unspaced = pl.Series(np.isin(scripts, _UNSPACED))
    return pl.select(pl.when(unspaced).then(text.str.replace_all(" ", "", literal=True)).otherwise(text)).to_series()


def _latin(draw: Counted, form: str, persons: People, names: Numbers, habits: Habits) -> pl.Series:
    """A spelling of the name in Latin letters, with what a list leaves out, turns round and mistypes."""
    forms = np.array([culture.form for culture in parts().cultures])[persons.culture]
    turned = draw.fraction(f"{form} family first") < np.where(np.isin(forms, _FAMILY_FIRST), 0.7, habits.family_first)
    kept = names.copy()
    for role in (SECOND, THIRD, MOTHERS):
        kept[draw.chance(f"{form} leaves out {role}", habits.leaves_out), role] = NONE
    own = draw.below(f"{form} system", SYSTEMS)

    def spelled(part: pl.Series, role: int) -> pl.Series:
        other = draw.chance(f"{form} other system {role}", habits.other_spelling)
        system = pl.Series(np.where(other, draw.below(f"{form} system {role}", SYSTEMS), own))
        texts = [series.gather(part.fill_null(0)) for series in parts().spelled]
        chosen = pl.coalesce(*(pl.when(system == number).then(texts[number]) for number in range(SYSTEMS)))
        return pl.select(chosen).to_series()

    return _mistyped(draw, form, _joined(kept, turned, spelled), habits.typing_error)


def _joined(names: Numbers, family_first: Truths, spelled: Callable[[pl.Series, int], pl.Series]) -> pl.Series:
    """Parts by role as one text."""
    roles = {}
    for role in (GIVEN, SECOND, THIRD, FAMILY, MOTHERS):
        part = pl.Series(names[:, role])
        part = part.set(part == NONE, None)
        roles[role] = pl.select(pl.when(part.is_not_null()).then(spelled(part, role))).to_series()
    usual = pl.concat_str(list(roles.values()), separator=" ", ignore_nulls=True)
    turned = pl.concat_str(
        [roles[role] for role in (FAMILY, MOTHERS, GIVEN, SECOND, THIRD)], separator=" ", ignore_nulls=True
    )
    return pl.select(pl.when(pl.Series(family_first)).then(turned).otherwise(usual)).to_series()


def _mistyped(draw: Counted, form: str, text: pl.Series, share: float) -> pl.Series:
    """One letter left out, or two exchanged."""
    rows = np.flatnonzero(draw.chance(f"{form} mistyped", share))
    if not len(rows):
        return text
    how = draw.about(draw.numbers[rows])
    where, leaves_out = how.fraction(f"{form} where"), how.chance(f"{form} left out", 0.5)
    wrong = [
        _slip(name, at, leaves_out=bool(is_left))
        for name, at, is_left in zip(text.gather(rows), where, leaves_out, strict=True)
    ]
    return text.scatter(rows, wrong)


def _slip(name: str, at: float, *, leaves_out: bool) -> str:
    if len(name) < 4:
        return name
    place = 1 + int(at * (len(name) - 3))
    if leaves_out:
        return name[:place] + name[place + 1 :]
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _birth(draw: Counted, persons: People, habits: Habits) -> pl.DataFrame:
    """The birth as listed: an interval with its precision, slips of digits, day and month exchanged."""
    precision = np.array([*habits.births, "day"])[
        np.minimum(
            draw.one_of("precision", np.cumsum([*habits.births.values(), 1 - sum(habits.births.values())])),
            len(habits.births),
        )
    ]
    slips = {"swapped": habits.swapped, "digit": habits.wrong_digit, "new year": habits.new_year}
    frame = pl.DataFrame(
        {
            "day": pl.Series(persons.born.astype(np.int32)).cast(pl.Date),
            "precision": precision,
            "is_given": ~draw.chance("no birth", habits.no_birth),
            "other": 1 + draw.below("other digit", 9),
            **{name: draw.chance(name, share) for name, share in slips.items()},
        }
    )
    year, month, of_month = pl.col("day").dt.year(), pl.col("day").dt.month(), pl.col("day").dt.day()
    # a digit of the year, or of the day, is another
    slipped = (
        pl.when(pl.col("other") > 5)
        .then(pl.date(year - year % 10 + (year % 10 + pl.col("other")) % 10, month, of_month.clip(1, 28)))
        .otherwise(pl.date(year, month, (of_month + pl.col("other")) % 28 + 1))
    )
    day = (
        pl.when("swapped").then(pl.date(year, of_month.clip(1, 12), month))
        .when("digit").then(slipped)
        .when("new year").then(pl.date(year, 1, 1))
        .otherwise("day")
    )  # fmt: skip
    frame = frame.with_columns(day=pl.when(pl.col("precision") == "day").then(day).otherwise("day"))
    reach = pl.when(pl.col("precision") == "range").then(1).otherwise(0)
    earliest = latest = pl.when(pl.col("precision") == "day").then("day").when(pl.col("precision") == "month")
    frame = frame.with_columns(
        earliest=earliest.then(pl.col("day").dt.month_start()).otherwise(pl.date(year - reach, 1, 1)),
        latest=latest.then(pl.col("day").dt.month_end()).otherwise(pl.date(year + reach, 12, 31)),
    )
    text = (
        pl.when(pl.col("precision") == "day").then(pl.col("earliest").dt.to_string("%Y-%m-%d"))
        .when(pl.col("precision") == "month").then(pl.col("earliest").dt.to_string("%Y-%m"))
        .when(pl.col("precision") == "range").then(pl.concat_str(year - 1, pl.lit("-"), year + 1))
        .otherwise(year.cast(pl.String))
    )  # fmt: skip
    return frame.select(
        text=pl.when("is_given").then(text),
        earliest="earliest",
        latest="latest",
        precision="precision",
        calendar=pl.lit("gregorian"),
    )


def _country_names(persons: People) -> pl.Series:
    return pl.Series([country.un for country in countries().values()]).gather(persons.country)


def _nationalities(draw: Counted, persons: People, habits: Habits) -> pl.Series:
    given = pl.Series(~draw.chance("no nationality", habits.no_nationality))
    named = pl.DataFrame({"name": _country_names(persons), "given": given})
    return named.select(
        pl.when("given").then(pl.concat_list("name")).otherwise(pl.lit([], pl.List(pl.String)))
    ).to_series()


def _place(draw: Counted, persons: People, habits: Habits) -> pl.DataFrame:
    towns = [country.towns for country in countries().values()]
    first = np.cumsum([0, *(len(each) for each in towns)])
    count = np.array([len(each) for each in towns])[persons.country]
    text = pl.Series([town for each in towns for town in each]).gather(
        first[persons.country] + (persons.town * count).astype(np.int64)
    )
    given = pl.Series(draw.chance("birth place", habits.birth_place))
    named = pl.DataFrame({"text": text, "country": _country_names(persons)})
    return named.with_columns(pl.when(given).then("text").alias("text"))


def _sex(draw: Counted, persons: People, habits: Habits) -> pl.Series:
    frame = pl.DataFrame({"woman": persons.is_woman, "unknown": draw.chance("no sex", habits.no_sex)})
    sex = pl.when("woman").then(pl.lit("female")).otherwise(pl.lit("male"))
    return frame.select(pl.when(~pl.col("unknown")).then(sex)).to_series()


def _document(draw: Counted, persons: People, habits: Habits) -> pl.DataFrame:
    """A passport: one letter and eight digits; a slip makes the last two others."""
    number = (10**7 + persons.document * (10**8 - 10**7)).astype(np.int64)
    letter = (persons.document * 1e9).astype(np.int64) % 17
    slip = draw.chance("document slip", habits.document_slip)
    number = np.where(slip, number + 1 + draw.below("document slip by", 90), number)
    frame = pl.DataFrame({"letter": letter, "number": number, "given": draw.chance("document", habits.document)})
    text = pl.concat_str(
        pl.lit(pl.Series(list("ABCDEFGHKLMNPRSTZ")).implode()).list.get(pl.col("letter")), pl.col("number")
    )
    return frame.select(
        kind=pl.when("given").then(pl.lit("passport")),
        number=text,
        country=_country_names(persons),
        note=pl.lit(None, pl.String),
    )

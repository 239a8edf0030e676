"""Invented organisations and vessels: lists hold them beside persons."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from matching.exercise.cultures import Country, countries, read_table
from matching.exercise.draws import Draw


@dataclass(frozen=True)
class Organisation:
    """An invented organisation, its other name and where it sits."""

    name: str
    alias: str
    town: str
    country: Country
    draw: Draw


def invent_organisations(draw: Draw, number: int) -> Iterator[Organisation]:
    """Yield ``number`` organisations of different names."""
    words, seen = read_table("words.yml"), set[str]()
    for attempt in count():
        about = draw.about(f"organisation {attempt}")
        first = about.pick("first", words["organisation_first"])
        second = about.pick("second", words["organisation_second"])
        third = about.pick("third", words["organisation_third"])
        name = f"{first} {second} {third}"
        if name in seen:
            continue
        seen.add(name)
        country = about.pick("country", list(countries().values()))
        alias = "".join(word[0] for word in name.split()).upper()
        yield Organisation(name, alias, about.pick("town", country.towns), country, about)
        if len(seen) == number:
            return

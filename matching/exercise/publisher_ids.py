"""Ids in the publishers' form, from ranges that the publishers do not use."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from matching.exercise.listings import Listing

# UN sanctions list types and the letters that begin their reference numbers.
UN_PROGRAMMES = (
    ("Al-Qaida", "QD"),
    ("Taliban", "TA"),
    ("DRC", "CD"),
    ("Libya", "LY"),
    ("Somalia", "SO"),
    ("CAR", "CF"),
    ("Yemen", "YE"),
    ("Haiti", "HT"),
    ("Sudan", "SD"),
    ("SouthSudan", "SS"),
)


def un_programme(listing: Listing) -> tuple[str, str]:
    """Return list type and letters of a UN listing, drawn without regard to the person."""
    return listing.draw.pick("UN programme", UN_PROGRAMMES)


def with_publisher_ids(listings: Iterable[Listing]) -> Iterator[Listing]:
    """Yield the listings of one source with ids in the publisher's form, numbered in the order given."""
    numbers: Counter[str] = Counter()
    for listing in listings:
        series = un_programme(listing)[1] if listing.source == "un_sc" else ""
        numbers[series] += 1
        yield replace(listing, publisher_id=_publisher_id(listing, series, numbers[series]))


def _publisher_id(listing: Listing, series: str, number: int) -> str:
    if listing.source == "un_sc":
        return f"{series}i.{900 + number}"
    if listing.source == "us_ofac_sdn":
        return str(90000 + number)
    if listing.source == "interpol_red":
        return f"{listing.listed.year}/{900000 + number}"
    if listing.source == "zz_national":
        return f"ZM-{number:04d}"
    raise ValueError(f"no form of id is known for source {listing.source}: add one to publisher_ids.py")

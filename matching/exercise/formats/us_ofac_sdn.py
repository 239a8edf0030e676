"""OFAC's SDN list: sdn.csv, alt.csv and add.csv, without headers.

Text is quoted, nothing is ``-0-`` and a space, lines end in CR LF, and a control-Z closes the file. What has no column
(births, nationality, documents, weak aliases) stands in the remarks.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from matching.exercise.cultures import Country, countries, read_table
from matching.exercise.draws import Draw
from matching.exercise.formats.organisations import Organisation, invent_organisations
from matching.exercise.listings import Birth, Listing
from matching.exercise.spelling import Written

NOTHING = "-0- "
END_OF_FILE = b"\x1a"
ORGANISATIONS = 57
UNREADABLE_DATE = "31 Feb 1975"

LETTERS_WITHOUT_ACCENT = str.maketrans("đĐıøłß", "dDiols")
INVENTED = "Invented entry, made for an exercise"
NO_VESSEL = (None,) * 6  # call sign, type, tonnage, gross tonnage, flag, owner

Row = tuple[str | int | None, ...]


def payloads(listings: Sequence[Listing], draw: Draw) -> dict[str, bytes]:
    """Return ``sdn.csv``, ``alt.csv`` (strong aliases) and ``add.csv`` (addresses)."""
    first_free = max(int(listing.publisher_id) for listing in listings) + 1
    organisations = list(enumerate(invent_organisations(draw, ORGANISATIONS), start=first_free))
    entries = [
        *map(_individual, listings),
        *(_organisation(number, organisation) for number, organisation in organisations),
        *_vessels(draw, first_free + ORGANISATIONS),
    ]
    aliases = [alias for listing in listings for alias in _aliases(listing)]
    aliases += [(number, "aka", organisation.alias) for number, organisation in organisations]
    addresses = [address for listing in listings for address in _addresses(listing)]
    addresses += [(number, None, organisation.town, organisation.country) for number, organisation in organisations]
    alt = [(entry, number, kind, name, None) for number, (entry, kind, name) in enumerate(aliases, start=80001)]
    add = [
        (entry, number, street, town, country.ofac, None)
        for number, (entry, street, town, country) in enumerate(addresses, start=70001)
    ]
    return {"sdn.csv": _as_csv(entries), "alt.csv": _as_csv(alt), "add.csv": _as_csv(add)}


def as_ascii(text: str) -> str:
    """Write ``text`` without accents: OFAC's files hold ASCII only."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return bare.translate(LETTERS_WITHOUT_ACCENT)


def _cell(value: str | int | None) -> str:
    if value is None:
        return NOTHING
    return str(value) if isinstance(value, int) else f'"{value}"'


def _as_csv(rows: Iterable[Row]) -> bytes:
    lines = (",".join(map(_cell, row)) + "\r\n" for row in rows)
    return as_ascii("".join(lines)).encode("ascii") + END_OF_FILE


def _inverted(name: Written) -> str:
    return f"{name.family.upper()}, {name.given_names}" if name.given_names else name.family.upper()


def _individual(listing: Listing) -> Row:
    words, draw = read_table("words.yml"), listing.draw
    title = draw.pick("title", words["titles"]) if draw.chance("has title", 0.1) else None
    programme = draw.pick("OFAC programme", words["ofac_programmes"])
    number, name = int(listing.publisher_id), _inverted(listing.name)
    return (number, name, "individual", programme, title, *NO_VESSEL, _remarks(listing))


def _birth(birth: Birth) -> str:
    day, (first, last) = birth.day, birth.years
    return {
        "day": f"{day:%d %b} {day.year}",
        "month": f"{day:%b} {day.year}",
        "year": str(day.year),
        "circa": f"circa {day.year}",
        "range": f"{first} to {last}",
        "unreadable": UNREADABLE_DATE,
    }[birth.precision]


def _remarks(listing: Listing) -> str:
    person, draw, country = listing.person, listing.draw, countries()[listing.person.country].ofac
    parts = [f"{'alt. ' if number else ''}DOB {_birth(birth)}" for number, birth in enumerate(listing.births)]
    if draw.chance("gives birth place", 0.7):
        parts.append(f"POB {person.town}, {country}")
    if listing.gives_nationality:
        parts.append(f"nationality {country}")
    if draw.chance("gives citizenship", 0.2):
        parts.append(f"citizen {country}")
    if draw.chance("gives sex", 0.6):
        parts.append(f"Gender {person.sex.capitalize()}")
    if draw.chance("secondary sanctions", 0.15):
        parts.append("Secondary sanctions risk: section 1(b) of Executive Order 13224")
    if listing.gives_passport:
        parts.append(f"Passport {person.passport} ({country}){draw.pick('expiry', ('', '', ' expires 07 Apr 2027'))}")
    if listing.gives_national_id:
        parts.append(f"National ID No. {person.national_id} ({country})")
    parts.extend(f"a.k.a. '{alias.upper()}'" for alias in listing.weak_aliases)
    parts.append(INVENTED)
    return "; ".join(parts) + "."


def _aliases(listing: Listing) -> Iterator[tuple[int, str, str]]:
    """Yield strong aliases: mostly inverted like the primary name, some in one run of capitals."""
    for alias in listing.strong_aliases:
        inverted = listing.draw.chance(f"inverted {alias.full}", 0.75)
        yield int(listing.publisher_id), "aka", _inverted(alias) if inverted else alias.full.upper()
    if listing.former_name:
        yield int(listing.publisher_id), "fka", _inverted(listing.former_name)


def _addresses(listing: Listing) -> Iterator[tuple[int, str | None, str | None, Country]]:
    draw, country = listing.draw, countries()[listing.person.country]
    if draw.chance("gives address", 0.4):
        street = draw.pick("street", read_table("words.yml")["streets"]) if draw.chance("gives street", 0.4) else None
        town = draw.pick("lives in", country.towns) if draw.chance("gives town", 0.9) else None
        yield int(listing.publisher_id), street, town, country


def _organisation(number: int, organisation: Organisation) -> Row:
    programme = organisation.draw.pick("programme", read_table("words.yml")["ofac_programmes"])
    return (number, organisation.name.upper(), None, programme, None, *NO_VESSEL, f"{INVENTED}.")


def _vessels(draw: Draw, first_number: int) -> Iterator[Row]:
    words = read_table("words.yml")
    for number, (name, flag) in enumerate(zip(words["vessels"], words["flags"], strict=True), start=first_number):
        about = draw.about(name)
        remarks = f"Vessel Registration Identification IMO {about.digits('IMO', 7)}; {INVENTED}."
        call_sign = f"ZZ{about.digits('call sign', 3)}"
        yield (number, name, "vessel", "SDGT", None, call_sign, "General Cargo", "2595", "1865", flag, None, remarks)

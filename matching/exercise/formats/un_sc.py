"""The UN Security Council's consolidated list: one XML file of individuals and entities.

Empty elements stand where the publisher has nothing to say, and now and then the filler "na".
"""

from collections.abc import Sequence

from lxml import etree

from matching.exercise.cultures import countries, read_table
from matching.exercise.draws import Draw
from matching.exercise.formats.organisations import Organisation, invent_organisations
from matching.exercise.listings import FIRST_LISTED, LAST_LISTED, Birth, Listing
from matching.exercise.publisher_ids import UN_PROGRAMMES, un_programme

GENERATED = "2026-03-01T00:00:00.000Z"
SCHEMA = "https://www.un.org/sc/resources/sc-sanctions.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
COMMENT = "Invented person on an invented list, made for an exercise."
NAME_ELEMENTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
ENTITIES = 25
FILLER = "na"
UNREADABLE_DATE = "1978-13-45"


def payloads(listings: Sequence[Listing], draw: Draw) -> dict[str, bytes]:
    """Return ``consolidated.xml``."""
    root = etree.Element("CONSOLIDATED_LIST", nsmap={"xsi": XSI})
    root.set(f"{{{XSI}}}noNamespaceSchemaLocation", SCHEMA)
    root.set("dateGenerated", GENERATED)
    individuals = etree.SubElement(root, "INDIVIDUALS")
    for number, listing in enumerate(listings, start=1):
        _add_individual(individuals, listing, 9_000_000 + number)
    entities = etree.SubElement(root, "ENTITIES")
    for number, organisation in enumerate(invent_organisations(draw, ENTITIES), start=1):
        _add_entity(entities, organisation, number)
    etree.indent(root)
    return {"consolidated.xml": DECLARATION + etree.tostring(root, encoding="UTF-8")}


def _add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = text
    return element


def _add_values(parent: etree._Element, tag: str, *values: str) -> None:
    """Add ``tag`` with one VALUE each, or nothing where there are none."""
    if values:
        element = etree.SubElement(parent, tag)
        for value in values:
            _add(element, "VALUE", value)


def _add_fields(parent: etree._Element, tag: str, fields: dict[str, str | None]) -> None:
    """Add ``tag`` with ``fields``: None leaves a field out, an empty text leaves it empty."""
    element = etree.SubElement(parent, tag)
    for name, value in fields.items():
        if value is not None:
            _add(element, name, value or None)


def _add_individual(parent: etree._Element, listing: Listing, data_id: int) -> None:
    individual, draw, words = etree.SubElement(parent, "INDIVIDUAL"), listing.draw, read_table("words.yml")
    _add(individual, "DATAID", str(data_id))
    _add(individual, "VERSIONNUM", "1")
    for tag, part in zip(NAME_ELEMENTS, _name_parts(listing), strict=False):
        _add(individual, tag, part)
    _add(individual, "UN_LIST_TYPE", un_programme(listing)[0])
    _add(individual, "REFERENCE_NUMBER", listing.publisher_id)
    _add(individual, "LISTED_ON", listing.listed.isoformat())
    if draw.chance("gives sex", 0.3):
        _add(individual, "GENDER", listing.person.sex.capitalize())
    if listing.own_script and listing.person.culture.script != "Latn":
        _add(individual, "NAME_ORIGINAL_SCRIPT", listing.own_script.full)
    _add(individual, "COMMENTS1", COMMENT)
    _add_values(individual, "TITLE", *([draw.pick("title", words["titles"])] if draw.chance("has title", 0.2) else []))
    roles = [draw.pick("designation", words["designations"])] if draw.chance("has designation", 0.4) else []
    _add_values(individual, "DESIGNATION", *roles)
    _add_values(individual, "NATIONALITY", *_nationalities(listing))
    _add_values(individual, "LIST_TYPE", "UN List")
    _add_values(individual, "LAST_DAY_UPDATED", listing.listed.isoformat())
    _add_aliases(individual, listing)
    _add_address(individual, listing)
    _add_births(individual, listing)
    _add_documents(individual, listing)
    _add(individual, "SORT_KEY")
    _add(individual, "SORT_KEY_LAST_MOD")


def _name_parts(listing: Listing) -> list[str]:
    """Up to four parts in capitals; a name of three parts has now and then a filler for the fourth."""
    name = listing.name
    middle = name.middle.split(" ", 1) if listing.person.culture.form == "arabic" else [name.middle]
    parts = [part.upper() for part in (name.given, *middle, name.family) if part]
    return [*parts, FILLER] if len(parts) == 3 and listing.draw.chance("filler name", 0.03) else parts


def _nationalities(listing: Listing) -> list[str]:
    if listing.gives_nationality:
        return [countries()[listing.person.country].un]
    return [FILLER] if listing.draw.chance("filler nationality", 0.3) else []


def _add_aliases(individual: etree._Element, listing: Listing) -> None:
    """Add aliases; the papers of an assumed name give another birth now and then."""
    aliases = [("Good", alias.full, _false_papers(listing)) for alias in listing.strong_aliases]
    aliases += [("Low", alias, {}) for alias in listing.weak_aliases]
    if listing.former_name:
        aliases.append(("Good", listing.former_name.full, {"NOTE": "previously listed as"}))
    for quality, name, more in aliases or [("", "", {})]:
        _add_fields(individual, "INDIVIDUAL_ALIAS", {"QUALITY": quality, "ALIAS_NAME": name, **more})


def _false_papers(listing: Listing) -> dict[str, str | None]:
    if "aliased" not in listing.flags:
        return {}
    town = listing.draw.pick("papers say born in", countries()[listing.person.country].towns)
    return {"CITY_OF_BIRTH": town, "COUNTRY_OF_BIRTH": countries()[listing.person.country].un}


def _add_address(individual: etree._Element, listing: Listing) -> None:
    draw, words, country = listing.draw, read_table("words.yml"), countries()[listing.person.country]
    if not draw.chance("gives address", 0.35):
        _add_fields(individual, "INDIVIDUAL_ADDRESS", {"COUNTRY": ""})
        return
    town = draw.pick("lives in", country.towns)
    fields = {
        "STREET": draw.pick("street", words["streets"]) if draw.chance("gives street", 0.3) else None,
        "CITY": town,
        "STATE_PROVINCE": f"{town} Province" if draw.chance("gives province", 0.2) else None,
        "ZIP_CODE": draw.digits("zip", 5) if draw.chance("gives zip", 0.1) else None,
        "COUNTRY": country.un,
        "NOTE": draw.pick("note", (None, None, "previous")),
    }
    _add_fields(individual, "INDIVIDUAL_ADDRESS", fields)


def _birth_fields(birth: Birth) -> dict[str, str | None]:
    day, (first, last) = birth.day, birth.years
    by_precision: dict[str, dict[str, str | None]] = {
        "day": {"TYPE_OF_DATE": "EXACT", "DATE": day.isoformat()},
        "month": {"TYPE_OF_DATE": "EXACT", "NOTE": f"{day:%b}. {day.year}"},
        "year": {"TYPE_OF_DATE": "EXACT", "YEAR": str(day.year)},
        "circa": {"TYPE_OF_DATE": "APPROXIMATELY", "YEAR": str(day.year)},
        "range": {"TYPE_OF_DATE": "BETWEEN", "FROM_YEAR": str(first), "TO_YEAR": str(last)},
        "unreadable": {"TYPE_OF_DATE": "EXACT", "DATE": UNREADABLE_DATE},
    }
    return by_precision[birth.precision]


def _add_births(individual: etree._Element, listing: Listing) -> None:
    for birth in listing.births:
        _add_fields(individual, "INDIVIDUAL_DATE_OF_BIRTH", _birth_fields(birth))
    if not listing.births:
        _add_fields(individual, "INDIVIDUAL_DATE_OF_BIRTH", {"TYPE_OF_DATE": ""})
    country = countries()[listing.person.country].un
    given = {"CITY": listing.person.town, "COUNTRY": country}
    in_province = {"CITY": listing.person.town, "STATE_PROVINCE": f"{listing.person.town} Province", "COUNTRY": country}
    place = listing.draw.pick("gives birth place", (given, given, in_province, {"COUNTRY": country}, {"COUNTRY": ""}))
    _add_fields(individual, "INDIVIDUAL_PLACE_OF_BIRTH", {**place})


def _add_documents(individual: etree._Element, listing: Listing) -> None:
    country = countries()[listing.person.country]
    if listing.gives_passport:
        _add_fields(individual, "INDIVIDUAL_DOCUMENT", _passport(listing))
    if listing.gives_national_id:
        fields = {
            "TYPE_OF_DOCUMENT": "National Identification Number",
            "TYPE_OF_DOCUMENT2": "National Identification Number",
            "NUMBER": listing.person.national_id,
            "ISSUING_COUNTRY": country.un,
        }
        _add_fields(individual, "INDIVIDUAL_DOCUMENT", {**fields})
    if not (listing.gives_passport or listing.gives_national_id):
        _add(individual, "INDIVIDUAL_DOCUMENT")


def _passport(listing: Listing) -> dict[str, str | None]:
    """A passport; the country stands now in one, now in the other of two elements."""
    draw, country = listing.draw, countries()[listing.person.country]
    is_issuer, is_dated = draw.chance("names the issuer", 2 / 3), draw.chance("gives issue", 0.4)
    issued = draw.day("passport issued", FIRST_LISTED, LAST_LISTED)
    return {
        "TYPE_OF_DOCUMENT": "Passport",
        "NUMBER": listing.person.passport,
        "ISSUING_COUNTRY": country.un if is_issuer else None,
        "DATE_OF_ISSUE": issued.isoformat() if is_dated else None,
        "CITY_OF_ISSUE": draw.pick("passport issued in", country.towns) if is_dated else None,
        "COUNTRY_OF_ISSUE": None if is_issuer else country.un,
        "NOTE": f"expires 7 Apr. {issued.year + 10}" if is_dated else None,
    }


def _add_entity(parent: etree._Element, organisation: Organisation, number: int) -> None:
    entity = etree.SubElement(parent, "ENTITY")
    list_type, letters = organisation.draw.pick("programme", UN_PROGRAMMES)
    _add(entity, "DATAID", str(9_900_000 + number))
    _add(entity, "VERSIONNUM", "1")
    _add(entity, "FIRST_NAME", organisation.name.upper())
    _add(entity, "UN_LIST_TYPE", list_type)
    _add(entity, "REFERENCE_NUMBER", f"{letters}e.{900 + number}")
    _add(entity, "LISTED_ON", "2019-05-01")
    _add(entity, "COMMENTS1", "Invented organisation on an invented list, made for an exercise.")
    _add_values(entity, "LIST_TYPE", "UN List")
    _add_fields(entity, "ENTITY_ALIAS", {"QUALITY": "a.k.a.", "ALIAS_NAME": organisation.alias})
    _add_fields(entity, "ENTITY_ADDRESS", {"CITY": organisation.town, "COUNTRY": organisation.country.un})
    _add(entity, "SORT_KEY")
    _add(entity, "SORT_KEY_LAST_MOD")

"""The wanted list of the Ministry of the Interior of Zembla, a country that does not exist: one CSV file.

Names stand in the script of their bearers. ``sources/zz_national/source.yml`` describes the file wholly.
"""

import csv
import io
from collections.abc import Sequence

from matching.exercise.cultures import countries, read_table
from matching.exercise.draws import Draw
from matching.exercise.listings import Birth, Listing

COLUMNS = (
    "case_no", "name", "family_name", "given_name", "fathers_name", "former_name", "also_known_as", "called", "sex",
    "born", "birth_town", "birth_country", "nationality", "passport", "passport_country", "national_id", "charge",
    "warrant_of", "state", "note",
)  # fmt: skip
SEPARATOR, BETWEEN_VALUES = ";", " | "
UNREADABLE_DATE = "32.13.1985"


def payloads(listings: Sequence[Listing], draw: Draw) -> dict[str, bytes]:
    """Return ``wanted.csv``; ``draw`` decides nothing here."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, delimiter=SEPARATOR, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_row, listings))
    return {"wanted.csv": file.getvalue().encode()}


def _birth(birth: Birth) -> str:
    day, (first, last) = birth.day, birth.years
    return {
        "day": f"{day:%d.%m}.{day.year}",
        "month": f"{day:%m}.{day.year}",
        "year": str(day.year),
        "circa": f"ca. {day.year}",
        "range": f"{first}-{last}",
        "unreadable": UNREADABLE_DATE,
    }[birth.precision]


def _state(listing: Listing) -> str:
    if "unknown_state" in listing.flags:
        return "adjourned"
    return listing.draw.pick("state", ("found", "dead")) if "closed" in listing.flags else "sought"


def _row(listing: Listing) -> dict[str, str]:
    person, draw, words = listing.person, listing.draw, read_table("words.yml")
    country = countries()[person.country].un
    has_father = person.culture.form in ("patronymic", "chain", "arabic")
    given = listing.name.given if has_father else listing.name.given_names
    return {
        "case_no": listing.publisher_id,
        "name": listing.name.full,
        "family_name": listing.name.family,
        "given_name": given,
        "fathers_name": listing.name.middle if has_father else "",
        "former_name": listing.former_name.full if listing.former_name else "",
        "also_known_as": BETWEEN_VALUES.join(alias.full for alias in listing.strong_aliases),
        "called": BETWEEN_VALUES.join(listing.weak_aliases),
        "sex": {"male": "M", "female": "F"}[person.sex] if draw.chance("gives sex", 0.95) else "",
        "born": BETWEEN_VALUES.join(map(_birth, listing.births)),
        "birth_town": person.town if draw.chance("gives birth town", 0.7) else "",
        "birth_country": country if draw.chance("gives birth country", 0.8) else "",
        "nationality": country if listing.gives_nationality else "",
        "passport": person.passport if listing.gives_passport else "",
        "passport_country": country if listing.gives_passport else "",
        "national_id": person.national_id if listing.gives_national_id else "",
        "charge": draw.pick("charge", words["charges"])["text"],
        "warrant_of": f"{listing.listed:%d.%m}.{listing.listed.year}",
        "state": _state(listing),
        "note": "Invented person, made for an exercise",
    }

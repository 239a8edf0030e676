"""INTERPOL's red notices: list pages and an array of details, as ws-public.interpol.int gives them.

A query gives no more than 160 notices, so the list comes in slices by age; a notice at the edge of a slice comes twice.
"""

import json
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from matching.exercise.cultures import read_table
from matching.exercise.draws import Draw
from matching.exercise.listings import Birth, Listing

API = "https://ws-public.interpol.int/notices/v1/red"
SLICE, OVERLAP, PER_PAGE = 110, 2, 160
YEAR_OF_RETRIEVAL = 2026
UNREADABLE_DATE = "1985/14/41"


def payloads(listings: Sequence[Listing], draw: Draw) -> dict[str, bytes]:
    """Return the list pages ``red_list_<n>.json`` and ``red_notices_details.json``, details of two in three."""
    by_age = sorted(listings, key=lambda listing: (_birth_year(listing), listing.publisher_id), reverse=True)
    slices = [by_age[max(0, start - OVERLAP) : start + SLICE] for start in range(0, len(by_age), SLICE)]
    pages = {f"red_list_{number}.json": _page(part) for number, part in enumerate(slices, start=1)}
    details = [_detail(listing) for listing in listings if listing.draw.chance("has detail", 0.65)]
    return {name: _as_json(content) for name, content in {**pages, "red_notices_details.json": details}.items()}


def _as_json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _page(listings: Sequence[Listing]) -> dict[str, Any]:
    ages = [YEAR_OF_RETRIEVAL - year for listing in listings if (year := _birth_year(listing))]
    query = {"page": 1, "resultPerPage": PER_PAGE, "ageMin": min(ages), "ageMax": max(ages)}
    address = f"{API}?ageMin={min(ages)}&ageMax={max(ages)}&resultPerPage={PER_PAGE}&page="
    return {
        "total": len(listings),
        "query": query,
        "_embedded": {"notices": [_notice(listing) for listing in listings]},
        "_links": {
            "self": {"href": f"{address}1"},
            "first": {"href": f"{address}1"},
            "last": {"href": f"{address}{ceil(len(listings) / PER_PAGE)}"},
        },
    }


def _birth_year(listing: Listing) -> int:
    return listing.births[0].day.year if listing.births else 0


def _date(births: Sequence[Birth]) -> str | None:
    """INTERPOL gives a day or a year, and nothing else."""
    if not births:
        return None
    if births[0].precision == "unreadable":
        return UNREADABLE_DATE
    return births[0].day.strftime("%Y/%m/%d" if births[0].precision == "day" else "%Y")


def _notice(listing: Listing) -> dict[str, Any]:
    return {
        "forename": listing.name.given_names.upper(),
        "date_of_birth": _date(listing.births),
        "entity_id": listing.publisher_id,
        "nationalities": [listing.person.country] if listing.gives_nationality else None,
        "name": listing.name.family.upper(),
        "_links": _links(listing),
    }


def _links(listing: Listing) -> dict[str, Any]:
    address = f"{API}/{listing.publisher_id.replace('/', '-')}"
    links = {"self": {"href": address}, "images": {"href": f"{address}/images"}}
    if listing.draw.chance("has picture", 0.95):
        links["thumbnail"] = {"href": f"{address}/images/{listing.draw.digits('picture', 8)}"}
    return links


def _detail(listing: Listing) -> dict[str, Any]:
    """Put a notice's detail together. Zero height or weight means unknown, as does null."""
    draw, words, person = listing.draw, read_table("words.yml"), listing.person
    height = round(1.5 + draw.integer("height", 0, 45) / 100, 2)
    return {
        "arrest_warrants": [_warrant(draw, words)],
        "weight": draw.pick("weight", (0, 0, 0, None, draw.integer("kilograms", 50, 110))),
        "forename": listing.name.given_names.upper(),
        "date_of_birth": _date(listing.births),
        "entity_id": listing.publisher_id,
        "languages_spoken_ids": [draw.pick("language", words["languages"])] if draw.chance("languages", 0.8) else None,
        "nationalities": [person.country] if listing.gives_nationality else None,
        "height": draw.pick("gives height", (0, height, height, None)),
        "sex_id": "F" if person.sex == "female" else "M",
        "country_of_birth_id": person.country if draw.chance("country of birth", 0.95) else None,
        "name": listing.name.family.upper(),
        "distinguishing_marks": draw.pick("mark", words["marks"]) if draw.chance("marks", 0.1) else None,
        "eyes_colors_id": [draw.pick("eyes", words["eyes"])] if draw.chance("gives eyes", 0.4) else None,
        "hairs_id": [draw.pick("hair", words["hairs"])] if draw.chance("gives hair", 0.4) else None,
        "place_of_birth": person.town.upper() if draw.chance("place of birth", 0.9) else None,
        "_embedded": {"links": []},
        "_links": _links(listing),
    }


def _warrant(draw: Draw, words: Mapping[str, Any]) -> dict[str, Any]:
    charge = draw.pick("charge", words["charges"])
    return {
        "issuing_country_id": draw.pick("warrant country", words["warrant_countries"]),
        "charge": charge["text"],
        "charge_translation": charge.get("translation"),
    }

"""The listings of a page: one per record, with everything a reviewer compares, in words.

Enters: RECORDS, NAMES, BIRTHS, COUNTRIES and IDENTIFIERS of the records on the page. Leaves: ``Listing`` values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from matching.report import words

# More forms than anyone compares by eye; the widest listings of the real lists carry some seventy spellings.
MOST_NAMES = 80
# Values of any other field: a listing with more is cut here, and says so.
MOST_VALUES = 40

Row = dict[str, Any]
Rows = Mapping[Any, Sequence[Row]]


@dataclass(frozen=True, kw_only=True)
class Name:
    """One name form. ``romanised`` is None where it adds nothing to ``full``; ``language`` is a BCP 47 tag."""

    number: int
    kind: str
    full: str
    romanised: str | None
    language: str | None


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """One document. ``number`` is the normalised number, by which the two sides are compared."""

    kind: str
    country: str | None
    text: str
    number: str | None
    remark: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One listing. ``fields`` are the values of every other field by label, an empty tuple where it gives none."""

    record_id: str
    source: str
    authority: str
    authority_country: str
    listing: str
    url: str | None
    refused_url: str | None
    snapshot_id: str
    retrieved_at: datetime
    licence: str
    handling_code: str
    names: tuple[Name, ...]
    names_left_out: int
    identifiers: tuple[Identifier, ...]
    fields: Mapping[str, tuple[str, ...]]

    def best_first(self, best: int | None) -> tuple[Name, ...]:
        """Return the names with form ``best`` before the others."""
        return tuple(sorted(self.names, key=lambda name: name.number != best))


def language_of(script: str) -> str | None:
    """Return the BCP 47 tag of text in ``script`` of unknown language, None for Latin: browsers choose fonts by it."""
    return None if script == "Latn" else f"und-{script}"


def listings_of(
    records: pl.DataFrame,
    names: pl.DataFrame,
    *,
    births: pl.DataFrame,
    countries: pl.DataFrame,
    identifiers: pl.DataFrame,
) -> dict[str, Listing]:
    """Return the listing of each record of ``records``; the other frames are those tables' rows of the same records."""
    names_by, births_by = _by_record(names), _by_record(births)
    countries_by, identifiers_by = _by_record(countries), _by_record(identifiers)
    listings = {}
    for record in records.iter_rows(named=True):
        record_id = record["record_id"]
        forms = _ordered_names(names_by.get(record_id, ()))
        listings[record_id] = Listing(
            record_id=record_id,
            source=record["source"],
            authority=record["authority"],
            authority_country=record["authority_country"],
            listing=_listing_words(record),
            url=words.safe_url(record["url"]),
            refused_url=record["url"] if words.safe_url(record["url"]) is None else None,
            snapshot_id=record["snapshot_id"],
            retrieved_at=record["retrieved_at"],
            licence=record["licence"],
            handling_code=record["handling_code"],
            names=forms[:MOST_NAMES],
            names_left_out=max(0, len(forms) - MOST_NAMES),
            identifiers=tuple(_identifier(row) for row in identifiers_by.get(record_id, ())[:MOST_VALUES]),
            fields=_fields(record, births_by.get(record_id, ()), countries_by.get(record_id, ())),
        )
    return listings


def _by_record(frame: pl.DataFrame) -> Rows:
    return frame.rows_by_key("record_id", named=True, include_key=True)


def _ordered_names(rows: Sequence[Row]) -> tuple[Name, ...]:
    ordered = sorted(rows, key=lambda row: (row["kind"] != "primary", row["name_no"]))
    return tuple(
        Name(
            number=row["name_no"],
            kind=words.sentence(row["kind"]),
            full=words.clip(row["full"]),
            romanised=words.clip(row["romanised"]) if row["script"] != "Latn" else None,
            language=language_of(row["script"]),
        )
        for row in ordered
    )


def _listing_words(record: Row) -> str:
    listed = f", listed {record['listed_date'].isoformat()}" if record["listed_date"] else ""
    return f"{words.sentence(record['listing_kind'])}, {record['status']}{listed}"


def _identifier(row: Row) -> Identifier:
    checked = {"valid": "check digits right", "invalid": "check digits wrong"}.get(row["validity"])
    against = f"by its digits another {row['contradicts'].replace(',', ' and')}" if row["contradicts"] else None
    return Identifier(
        kind=words.sentence(row["kind"]),
        country=row["country_code"],
        text=words.clip(row["number_text"]),
        number=row["number"],
        remark=_joined(checked, against, row["note"]),
    )


def _fields(record: Row, births: Sequence[Row], countries: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Return every field that is plain text, by label, in the order they are read."""
    codes = {row["text"]: row["country_code"] for row in countries if row["role"] == "birth"}
    values: dict[str, Iterable[str]] = {
        "Births": [*map(_birth, births), *_unread_births(record, births)],
        "Countries": [_country(row) for row in countries if row["role"] != "birth"],
        "Birth places": [_place(place, codes.get(place["country"])) for place in record["birth_places"]],
        "Sex": [words.sentence(record["sex"])] if record["sex"] else [],
        "Offences": [_offence(offence) for offence in record["offences"]],
        "Legal bases": record["programmes"],
        "Parents": [f"{words.sentence(p['role'])}: {p['name']}" for p in record["parents"]],
        "Height": [f"{record['height_cm']:.0f} cm"] if record["height_cm"] else [],
        "Marks": [record["marks"]] if record["marks"] else [],
        "Addresses": [_place(place, None) for place in record["addresses"]],
        "Other lists' ids": [f"{reference['scheme']}: {reference['id']}" for reference in record["references"]],
        "Remarks": [record["remarks"]] if record["remarks"] else [],
    }
    return {label: _capped(list(texts)) for label, texts in values.items()}


def _capped(texts: list[str]) -> tuple[str, ...]:
    shown = tuple(words.clip(text) for text in texts[:MOST_VALUES] if text)
    left_out = len(texts) - MOST_VALUES
    return (*shown, f"… and {left_out:,} more, in the export") if left_out > 0 else shown


def _birth(row: Row) -> str:
    days = words.interval(row["earliest"], row["latest"])
    text = f"about {days}" if row["precision"] == "circa" else days
    told = f"published “{row['text']}”" if row["text"] != days else None
    kept = f"{words.sentence(row['calendar'])} calendar" if row["calendar"] != "gregorian" else None
    known = f"{row['precision']} only" if row["precision"] in {"month", "year"} else None
    remark = _joined(known, told, kept)
    return f"{text} ({remark})" if remark else text


def _unread_births(record: Row, births: Sequence[Row]) -> Iterable[str]:
    read = {row["text"] for row in births}
    return (f"could not be read: “{b['text']}”" for b in record["births"] if b["text"] and b["text"] not in read)


def _country(row: Row) -> str:
    return f"{words.sentence(row['role'])}: {_with_code(row['text'], row['country_code'] or 'not understood')}"


def _with_code(text: str, code: str | None) -> str:
    return text if code in {None, text} else f"{text} ({code})"


def _place(place: Row, code: str | None) -> str:
    """Where, and the country once, though many publishers end the place with it."""
    where = place["text"]
    if where and place["country"]:
        where = where.removesuffix(place["country"]).rstrip(" ,")
    country = _with_code(place["country"], code) if place["country"] else None
    return _joined(where, country, separator=", ")


def _offence(offence: Row) -> str:
    category = f"[{words.sentence(offence['category'])}]" if offence["category"] else None
    wanted_by = f"({offence['country']})" if offence["country"] else None
    return _joined(category, offence["text"], wanted_by, separator=" ")


def _joined(*parts: str | None, separator: str = "; ") -> str:
    return separator.join(part for part in parts if part)

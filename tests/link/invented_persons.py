"""Invented persons as normalised tables, of which a test states only what it is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from matching.normalise.keys import name_keys_of
from matching.normalise.text import script_of
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, RECORDS
from matching.workspace import write_table


@dataclass(frozen=True, kw_only=True)
class Person:
    """A record. ``names`` are romanised forms, weak aliases in brackets; ``births`` a day, a year or ``1968/1972``."""

    record_id: str
    names: Sequence[str]
    births: Sequence[str] = ()
    nationality: str | None = None
    birth_place: str | None = None
    sex: str | None = None
    documents: Sequence[str] = ()


def person(record_id: str, *names: str, **given: Any) -> Person:
    """A person with these names."""
    return Person(record_id=record_id, names=names, **given)


def write_persons(folder: Path, persons: Sequence[Person]) -> Path:
    """Write the tables that the link stage reads."""
    write_table(folder, RECORDS, pl.DataFrame([_record(p) for p in persons], schema=RECORDS.schema))
    names = _rows(NAMES, [_name(p, n) for p in persons for n in range(len(p.names))])
    write_table(folder, NAMES, names)
    write_table(folder, NAME_KEYS, name_keys_of(names))
    write_table(folder, BIRTHS, _rows(BIRTHS, [_birth(p, n) for p in persons for n in range(len(p.births))]))
    write_table(folder, COUNTRIES, _rows(COUNTRIES, [_nationality(p) for p in persons if p.nationality]))
    write_table(
        folder, IDENTIFIERS, _rows(IDENTIFIERS, [_document(p, n) for p in persons for n in range(len(p.documents))])
    )
    return folder


def _rows(table: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.schema)


def _record(p: Person) -> dict[str, Any]:
    source, publisher_id = p.record_id.split(":")
    row: dict[str, Any] = {n: [] if isinstance(c.dtype, pl.List) else None for n, c in RECORDS.columns.items()}
    return row | {
        "record_id": p.record_id, "source": source, "publisher_id": publisher_id, "entity_kind": "person",
        "listing_kind": "wanted", "status": "active", "authority": source, "authority_country": "ZZ", "sex": p.sex,
        "birth_places": [{"text": p.birth_place, "country": None}] if p.birth_place else [], "snapshot_id": "0" * 64,
        "retrieved_at": datetime(2026, 3, 1, tzinfo=UTC), "licence": "invented", "handling_code": "open",
    }  # fmt: skip


def _name(p: Person, number: int) -> dict[str, Any]:
    text = p.names[number]
    tokens = text.strip("()").split()
    return {
        "record_id": p.record_id, "name_no": number, "kind": "weak_alias" if text.startswith("(") else "primary",
        "full": text, "script": script_of(text), "romanised": text, "tokens": tokens, "particles": [],
        "skeletons": [skeleton(token) for token in tokens],
    }  # fmt: skip


def skeleton(token: str) -> str:
    """Consonants of ``token`` without repeats, near enough to what normalisation gives."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiou]", "", token))


def _birth(p: Person, number: int) -> dict[str, Any]:
    text = p.births[number]
    if len(text) == 10:
        earliest = latest = date.fromisoformat(text)
    else:
        first, _, last = text.partition("/")
        earliest, latest = date(int(first), 1, 1), date(int(last or first) + 1, 1, 1) - timedelta(days=1)
    precision = {10: "day", 4: "year"}.get(len(text), "range")
    return {
        "record_id": p.record_id, "birth_no": number, "text": text, "earliest": earliest, "latest": latest,
        "precision": precision, "calendar": "gregorian",
    }  # fmt: skip


def _nationality(p: Person) -> dict[str, Any]:
    return {
        "record_id": p.record_id, "role": "nationality", "country_code": p.nationality, "text": p.nationality,
    }  # fmt: skip


def _document(p: Person, number: int) -> dict[str, Any]:
    return {
        "record_id": p.record_id, "identifier_no": number, "kind": "passport", "country_code": "PT",
        "number_text": p.documents[number], "number": p.documents[number], "comparable": p.documents[number], "validity": "unchecked",
        "contradicts": None, "note": None,
    }  # fmt: skip

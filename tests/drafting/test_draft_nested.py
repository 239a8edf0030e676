"""Drafts of payloads that nest deeper than the usual: what a part is, the names above it and its neighbours say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from invented_payloads import Write

from matching.drafting import draft_source
from matching.records.build import parse
from matching.sources.registry import load_sources

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def rows_of(path: Path, into: Path) -> list[dict[str, Any]]:
    """Draft a source for ``path`` and return the records it makes of it, in the order of their ids."""
    draft_source("zz_new", [path], into=into, limit_mb=64)
    source = load_sources([into])["zz_new"]
    parsed = parse(source, {"list": path}, snapshot_id="x", retrieved_at=NOW)
    assert (parsed.quarantine.height, dict(parsed.unread)) == (0, {})
    return parsed.records.to_dicts()


@pytest.fixture
def enveloped(write: Write) -> Path:
    """Pages in an envelope; aliases with a quality, a place in a place, documents with their issuer."""
    people = [("Ejemplo", "Juan"), ("Prueba", "Maria"), ("Muestra", "Pedro"), ("Inventado", "Luisa")]
    items = [
        {
            "uuid": f"bb-{number}",
            "attributes": {
                "surname": family,
                "givenNames": given,
                "alsoKnownAs": [
                    {"value": f"El {family}", "quality": "strong"},
                    {"value": given[:2], "quality": "weak"},
                ],
                "born": {"date": f"198{number}-02-01", "place": {"city": "Testville", "country": "CO"}},
                "citizenships": ["VE"],
                "travelDocs": [{"type": "PASSPORT", "no": f"AB1234{number}", "issuer": "EC"}],
            },
        }
        for number, (family, given) in enumerate(people)
    ]
    pages = [{"meta": {"page": page + 1}, "payload": {"items": items[page * 2 :][:2]}} for page in range(2)]
    return write("wanted.json", json.dumps(pages))


def test_a_country_is_of_what_it_stands_beside(enveloped: Path, tmp_path: Path) -> None:
    row = rows_of(enveloped, tmp_path / "src")[0]
    assert row["birth_places"] == [{"text": "Testville", "country": "CO"}]
    assert row["nationalities"] == ["VE"]
    assert row["identifiers"] == [{"kind": "passport", "number": "AB12340", "country": "EC", "note": None}]


def test_an_alias_is_as_good_as_its_neighbour_says(enveloped: Path, tmp_path: Path) -> None:
    row = rows_of(enveloped, tmp_path / "src")[0]
    assert [(name["full"], name["kind"]) for name in row["names"]] == [
        ("Juan Ejemplo", "primary"),
        ("El Ejemplo", "alias"),
        ("Ju", "weak_alias"),
    ]


@pytest.fixture
def attributed(write: Write) -> Path:
    """Entries that hold one subject each; names in parts beside names as text; kinds in attributes."""
    people = [("SPECIMEN", "Ali", "ACTIVE"), ("TRIAL", "Zahra", "ACTIVE"), ("MOCK", "Lina", "WITHDRAWN")]
    entries = "".join(
        f"<w:Entry id='W{number}' status='{status}'><p:Subject sex='M'>"
        f"<w:Name type='main'><w:Last>{family}</w:Last><w:First>{given}</w:First></w:Name>"
        f"<w:Name type='alias'>Abu {given}</w:Name><p:DateOfBirth>1971-03-0{number + 1}</p:DateOfBirth>"
        f"<p:Document kind='nationalId' issuedBy='IQ'>G1234{number}</p:Document></p:Subject></w:Entry>"
        for number, (family, given, status) in enumerate(people)
    )
    return write(
        "wanted.xml", f"<w:List xmlns:w='urn:w' xmlns:p='urn:p'><w:Head/><w:Entries>{entries}</w:Entries></w:List>"
    )


def test_an_entry_is_what_holds_the_person_with_id_and_status(attributed: Path, tmp_path: Path) -> None:
    rows = rows_of(attributed, tmp_path / "src")
    assert [(row["publisher_id"], row["status"]) for row in rows] == [
        ("W0", "active"),
        ("W1", "active"),
        ("W2", "removed"),
    ]


def test_a_name_in_parts_is_kept_beside_names_as_text(attributed: Path, tmp_path: Path) -> None:
    row = rows_of(attributed, tmp_path / "src")[0]
    assert [(name["full"], name["family"], name["kind"]) for name in row["names"]] == [
        ("Ali SPECIMEN", "SPECIMEN", "primary"),
        ("Abu Ali", None, "alias"),
    ]
    assert row["identifiers"] == [{"kind": "national_id", "number": "G12340", "country": "IQ", "note": None}]


def test_the_number_of_a_row_is_no_id(write: Write, tmp_path: Path) -> None:
    rows = "".join(f"{n},MHA/{n + 20}/1,Test Person {chr(64 + n)}\n" for n in range(1, 6))
    path = write("list.csv", f"S/N,Ref. No.,Full Name\n{rows}")
    assert [row["publisher_id"] for row in rows_of(path, tmp_path / "src")][:2] == ["MHA/21/1", "MHA/22/1"]

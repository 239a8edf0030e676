"""The shipped mappings over invented people in the publishers' formats."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from matching.records.build import Parsed, parse
from matching.sources.drop import match_files
from matching.sources.registry import load_sources

FIXTURES = Path(__file__).resolve().parents[1] / "sources" / "fixtures"
SOURCES = load_sources()


def parse_fixture(source_id: str, *names: str) -> Parsed:
    source = SOURCES[source_id]
    folder = FIXTURES / source_id
    paths = [folder / name for name in names] if names else sorted(folder.iterdir())
    return parse(source, match_files(source, paths), snapshot_id="f", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))


def record(parsed: Parsed, publisher_id: str) -> dict:
    (found,) = [row for row in parsed.records.iter_rows(named=True) if row["publisher_id"] == publisher_id]
    return found


def names(found: dict) -> list[tuple[str, str]]:
    return [(name["full"], name["kind"]) for name in found["names"]]


def births(found: dict) -> list[tuple]:
    return [(birth["earliest"], birth["latest"], birth["precision"], birth["calendar"]) for birth in found["births"]]


@pytest.mark.parametrize("source_id", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_a_fixture_is_read_whole(source_id):
    parsed = parse_fixture(source_id)
    assert parsed.unread == {}
    assert parsed.records.height + parsed.quarantine.height == parsed.entries > 0
    assert parsed.persons > 0


def test_un_individual():
    found = record(parse_fixture("un_sc"), "QDi.901")
    assert found["entity_kind"] == "person"
    assert found["listed_date"] == date(2012, 12, 31)
    assert names(found) == [
        ("TAREQ NUR ALZANBAQI", "primary"),
        ("طارق نور الزنبقي", "original_script"),
        ("Tarik Zanbaki", "alias"),
        ("Abu Zanbaq", "weak_alias"),
    ]
    assert births(found) == [
        (date(1971, 2, 3), date(1971, 2, 3), "day", "gregorian"),
        (date(1970, 1, 1), date(1970, 12, 31), "circa", "gregorian"),
        (date(1968, 1, 1), date(1972, 12, 31), "range", "gregorian"),
        (None, None, None, "gregorian"),
        (date(1982, 4, 17), date(1982, 4, 21), "range", "hijri"),
    ]
    assert found["nationalities"] == ["Tunisia"]
    assert found["birth_places"] == [{"text": "Sfax, Tunisia", "country": "Tunisia"}]
    assert [(i["kind"], i["number"], i["country"]) for i in found["identifiers"]] == [
        ("passport", "T0001112", "Tunisia"),
        ("other", "555-1", None),
    ]
    assert "number not known" in found["remarks"]


def test_un_entity_is_an_organisation_with_its_former_name():
    found = record(parse_fixture("un_sc"), "QDe.902")
    assert found["entity_kind"] == "organisation"
    assert names(found) == [("ZANBAQ TRADING", "primary"), ("ZANBAQ BROTHERS", "former")]


def test_ofac_remarks_become_births_places_documents_and_weak_aliases():
    found = record(parse_fixture("us_ofac_sdn"), "501")
    assert names(found) == [
        ("Jacinto Aurelio MIRELES ZUMAYA", "primary"),
        ("Chinto MIRELES", "alias"),
        ("Jacinto ZUMAYA", "former"),
        ("EL ZUMO", "weak_alias"),
    ]
    assert (found["names"][0]["given"], found["names"][0]["family"]) == ("Jacinto Aurelio", "MIRELES ZUMAYA")
    assert [birth[2] for birth in births(found)] == ["day", "circa", "month", "range"]
    assert found["birth_places"] == [
        {"text": "Culiacan, Sinaloa, Mexico", "country": "Mexico"},
        {"text": "Mexico", "country": "Mexico"},
    ]
    assert found["nationalities"] == ["Mexico", "Colombia"]
    assert found["sex"] == "male"
    assert [(i["kind"], i["number"], i["country"]) for i in found["identifiers"]] == [
        ("passport", "A0001112", "Mexico"),
        ("passport", "555111", None),
        ("national_id", "444-1", "Mexico"),
        ("tax_id", "9991", "Mexico"),
    ]
    assert found["identifiers"][0]["note"] == "Passport issued 28 Mar 2014 expires 28 Mar 2024"
    assert found["addresses"] == [{"text": "Calle 1, Culiacan 80000, Mexico", "country": "Mexico"}]
    assert found["programmes"] == ["SDNTK", "SDGT"]
    assert found["remarks"] == "Captain; Director of Nothing; Linked To: ZUMAYA FREIGHT"


def test_ofac_kinds_of_entities_are_told_apart():
    kinds = parse_fixture("us_ofac_sdn").records.select("publisher_id", "entity_kind").rows()
    assert kinds == [("501", "person"), ("502", "organisation"), ("503", "vessel")]


def test_ofac_main_file_alone_is_enough():
    assert parse_fixture("us_ofac_sdn", "sdn.csv").entries == 3


def test_interpol_list_and_detail_of_a_notice_are_one_record():
    parsed = parse_fixture("interpol_red")
    assert parsed.entries == 3
    found = record(parsed, "2099/101")
    assert names(found) == [("OLENA VYDUMANA", "primary")]
    assert found["nationalities"] == ["UA", "PL"]
    assert (found["sex"], found["height_cm"], found["marks"]) == ("female", 166.0, "scar")
    assert [(o["text"], o["country"]) for o in found["offences"]] == [("Fraud", "SE")]
    assert found["references"] == [{"scheme": "interpol", "id": "2099/102"}]


def test_interpol_births_without_a_day_have_none():
    parsed = parse_fixture("interpol_red")
    year = (date(1970, 1, 1), date(1970, 12, 31), "year", "gregorian")
    assert births(record(parsed, "2099/102")) == births(record(parsed, "2099/103")) == [year]

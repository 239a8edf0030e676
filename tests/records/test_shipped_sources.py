"""The shipped mappings over invented people in the publishers' formats."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from matching.records.build import Parsed, parse
from matching.sources.drop import match_files
from matching.sources.registry import load_sources

FIXTURES = Path(__file__).resolve().parents[1] / "sources" / "fixtures"
SOURCES = load_sources()


def parse_fixture(fixture: str, *names: str) -> Parsed:
    """Read the files of a fixture: a source's id, and the layout where it is not the source's own."""
    source = SOURCES[fixture.partition("/")[0]]
    folder = FIXTURES / fixture
    paths = [folder / name for name in names] if names else sorted(path for path in folder.iterdir() if path.is_file())
    files = match_files(source, paths)
    layout = source.layout_for(files)
    return parse(layout, files, snapshot_id="f", retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))


def record(parsed: Parsed, publisher_id: str) -> dict:
    (found,) = [row for row in parsed.records.iter_rows(named=True) if row["publisher_id"] == publisher_id]
    return found


def names(found: dict) -> list[tuple[str, str]]:
    return [(name["full"], name["kind"]) for name in found["names"]]


def births(found: dict) -> list[tuple]:
    return [(birth["earliest"], birth["latest"], birth["precision"], birth["calendar"]) for birth in found["births"]]


LAYOUTS = sorted(str(path.relative_to(FIXTURES)) for path in FIXTURES.rglob("*") if path.is_dir())


@pytest.mark.parametrize("fixture", LAYOUTS)
def test_a_fixture_is_read_whole(fixture):
    parsed = parse_fixture(fixture)
    assert parsed.unread == {}
    assert parsed.records.height + parsed.quarantine.height == parsed.entries > 0
    assert parsed.persons > 0


def test_every_layout_has_a_fixture():
    shipped = {f"{source.id}/{name}" for source in SOURCES.values() for name in source.layouts}
    assert {fixture for fixture in LAYOUTS if "/" in fixture} == shipped
    assert {fixture for fixture in LAYOUTS if "/" not in fixture} == SOURCES.keys()


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
    assert sorted((i["kind"], i["number"], i["country"]) for i in found["identifiers"]) == [
        ("licence", "000113", "Danish"),
        ("national_id", "000112", "Yemeni"),
        ("other", "555-1", None),
        ("passport", "000114", None),
        ("passport", "00XX000111", "French"),
        ("passport", "B/000116", "Jordan"),
        ("passport", "D 000117", "Iran (Islamic Republic of)"),
        ("passport", "R000115", "South Sudan"),
        ("passport", "T0001112", "Tunisia"),
    ]
    notes = {i["number"]: i["note"] for i in found["identifiers"]}
    assert notes["000113"] == "Counterfeit Danish driving licence number"
    assert notes["000114"] == "Expired 01 Jan. 2001"
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
        {"text": "Culiacan, Sinaloa", "country": "Mexico"},
        {"text": "Mexico", "country": "Mexico"},
        {"text": "Busan", "country": "Korea, South"},
        {"text": "Goma", "country": "Congo, Democratic Republic of the"},
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


def test_eu_names_births_and_documents():
    found = record(parse_fixture("eu_fsf"), "EU.9001.10")
    assert names(found) == [
        ("Tarek Nour Al-Zanbaqi", "primary"),
        ("Tareka Noura Al-Zanbaqiego", "alias"),
        ("Abu Zanbaq", "weak_alias"),
    ]
    assert [name["language"] for name in found["names"]] == ["EN", "PL", None]
    assert births(found) == [
        (date(1971, 2, 3), date(1971, 2, 3), "day", "gregorian"),
        (date(1970, 1, 1), date(1970, 12, 31), "circa", "gregorian"),
        (date(1970, 3, 7), date(1971, 2, 28), "range", "hijri"),
        (date(1971, 3, 21), date(1972, 3, 20), "range", "solar_hijri"),
    ]
    assert [(i["kind"], i["number"], i["country"]) for i in found["identifiers"]] == [("passport", "T0001112", "TN")]
    assert found["identifiers"][0]["note"].startswith("false document")
    assert found["references"] == [{"scheme": "un_sc", "id": "QDi.901"}]
    assert found["nationalities"] == ["TN"]


def test_eu_entity_without_reference_goes_by_its_logical_id():
    assert record(parse_fixture("eu_fsf"), "logical-9002")["entity_kind"] == "organisation"


def test_ofac_xml_keeps_sanctions_remarks_out_of_documents():
    found = record(parse_fixture("us_ofac_cons"), "9501")
    assert names(found) == [
        ("Salma Nadia QARANFULI", "primary"),
        ("Salma QRENFULI", "alias"),
        ("UMM QARANFUL", "weak_alias"),
        ("Salma SAFSAF", "former"),
    ]
    assert [(i["kind"], i["number"]) for i in found["identifiers"]] == [("passport", "P0001113")]
    assert "section 1(b)" in found["remarks"]
    assert found["sex"] == "female"
    assert births(found)[0][2] == "circa"


@pytest.mark.parametrize("layout", ["enhanced", "advanced"])
def test_ofac_has_names_in_their_script(layout):
    found = record(parse_fixture(f"us_ofac_sdn/{layout}"), "9801")
    latin, *others = found["names"]
    assert (latin["full"], latin["kind"], latin["given"], latin["family"]) == (
        "Salma QARANFULI", "primary", "Salma", "QARANFULI",
    )  # fmt: skip
    assert sorted((n["full"], n["kind"]) for n in others) == [
        ("UMM QARANFUL", "weak_alias"),
        ("سلمى القرنفلي", "original_script"),
    ]
    assert [n["script"] for n in others if n["kind"] == "original_script"] == ["Arab"]
    assert births(found) == [(date(1958, 1, 1), date(1960, 12, 31), "range", "gregorian")]
    assert (found["sex"], found["nationalities"], found["programmes"]) == ("female", ["Jordan"], ["SDGT"])
    assert found["listed_date"] == date(2019, 4, 15)
    assert found["identifiers"][0]["note"] == "Passport; invalid"


def test_ofac_advanced_resolves_what_it_quotes_by_id():
    parsed = parse_fixture("us_ofac_cons/advanced")
    assert parsed.records.select("record_id", "entity_kind").rows() == [
        ("us_ofac_cons:9801", "person"),
        ("us_ofac_cons:9802", "organisation"),
    ]
    found = record(parsed, "9801")
    assert found["birth_places"] == [{"text": "Busan", "country": "Korea, South"}]
    assert found["addresses"] == [{"text": "Amman, Jordan", "country": "Jordan"}]
    assert [(i["kind"], i["number"], i["country"]) for i in found["identifiers"]] == [
        ("passport", "P0001113", "Jordan"),
        ("passport", "P0001114", None),
    ]


def test_one_ofac_list_has_one_set_of_ids():
    assert record(parse_fixture("us_ofac_sdn/xml"), "9501")["record_id"] == "us_ofac_sdn:9501"
    assert record(parse_fixture("us_ofac_sdn/enhanced"), "9801")["record_id"] == "us_ofac_sdn:9801"


@pytest.mark.parametrize(
    ("uid", "entity_kind", "listing_kind", "status"),
    [
        ("f1", "person", "wanted", "active"),
        ("f2", "other", "missing", "active"),
        ("f3", "other", "watchlist", "active"),
        ("f4", "person", "missing", "removed"),
    ],
)
def test_fbi_posters_are_told_apart(uid, entity_kind, listing_kind, status):
    found = record(parse_fixture("us_fbi_wanted"), uid)
    assert (found["entity_kind"], found["listing_kind"], found["status"]) == (entity_kind, listing_kind, status)


def test_fbi_titles_and_aliases():
    found = record(parse_fixture("us_fbi_wanted"), "f1")
    assert names(found) == [
        ("INVENTO PERSONADO", "primary"),
        ("Inventio Personado", "alias"),
        ("El Nadie", "weak_alias"),
    ]
    assert [birth[2] for birth in births(found)] == ["day", "month"]


def test_nacta_shared_numbers_identify_no_one():
    parsed = parse_fixture("pk_nacta")
    assert parsed.quarantine.is_empty()
    ids = sorted(parsed.records["publisher_id"], key=len)
    assert ids[0] == "1111111111111"
    assert [len(found) for found in ids[1:]] == [24, 24, 24]
    assert names(record(parsed, "1111111111111")) == [("Gulbahar Sitara", "primary"), ("Sitari", "alias")]
    assert record(parsed, "1111111111111")["parents"] == [{"role": "father", "name": "Noor Sitara"}]


def test_canadian_persons_ships_and_repeats():
    parsed = parse_fixture("ca_sema")
    assert sorted(parsed.records["entity_kind"]) == ["organisation", "person", "person", "person", "person", "vessel"]
    first = next(row for row in parsed.records.iter_rows(named=True) if len(row["names"]) == 3)
    assert names(first)[0] == ("Zmicier Paulavich Vydumanski", "primary")
    assert [birth[0] for birth in births(first)] == [date(1965, 7, 15), date(1969, 9, 28)]
    vessel = parsed.records.filter(entity_kind="vessel").row(0, named=True)
    assert vessel["births"] == []


def test_swiss_spelling_variants_and_removals():
    parsed = parse_fixture("ch_seco")
    assert {row["publisher_id"]: row["status"] for row in parsed.records.iter_rows(named=True)} == {
        "9701": "active",
        "9702": "removed",
    }
    assert names(record(parsed, "9701")) == [
        ("Zmicier Paulavich Vydumanski", "primary"),
        ("Zima", "weak_alias"),
        ("Zmicier Paulavich Vydumanskij", "alias"),
        ("Дмитрий Выдуманский", "original_script"),
    ]


def test_swiss_places_are_found_by_their_ids():
    found = record(parse_fixture("ch_seco"), "9701")
    assert found["birth_places"] == [
        {"text": "Orsha, Viciebsk", "country": "Belarus"},
        {"text": "Poland", "country": "Poland"},
    ]
    assert found["nationalities"] == ["Belarus"]
    assert found["addresses"] == [{"text": "vul. 4, 220029, Orsha, Viciebsk, Belarus", "country": "Belarus"}]


def test_australian_rows_of_one_person_are_one_record():
    found = record(parse_fixture("au_dfat"), "901")
    assert names(found) == [
        ("Tariq Nur Al-Zanbaqi", "primary"),
        ("طارق نور الزنبقي", "original_script"),
        ("Abu Zanbaq", "alias"),
    ]
    assert [birth[2] for birth in births(found)] == ["day", "circa"]


@pytest.mark.parametrize("fixture", ["gb_uksl", "gb_uksl/csv"])
def test_both_layouts_of_the_british_list_say_the_same(fixture):
    found = record(parse_fixture(fixture), "ZZZ0001")
    assert [birth[2] for birth in births(found)] == ["day", "year"]
    assert names(found) == [
        ("Tariq Nur AL-ZANBAQI", "primary"),
        ("ABU ZANBAQ", "weak_alias"),
        ("طارق نور الزنبقي", "original_script"),
    ]
    assert found["birth_places"] == [{"text": "Sfax", "country": "Tunisia"}]
    assert [(i["kind"], i["number"], i["note"]) for i in found["identifiers"]] == [("passport", "T0001112", "Tunisian")]
    assert (found["listed_date"], found["nationalities"]) == (date(2020, 12, 31), ["Tunisia"])
    assert found["references"] == [{"scheme": "un_sc", "id": "QDi.901"}]


def test_missing_persons_are_listed_apart_and_off():
    assert not SOURCES["interpol_yellow"].enabled
    assert parse_fixture("interpol_yellow").records["listing_kind"].to_list() == ["missing"]


def test_un_reference_of_a_notice_is_a_reference():
    found = record(parse_fixture("interpol_un"), "2099/201")
    assert found["references"] == [{"scheme": "un_sc", "id": "QDi.901"}]


@pytest.mark.parametrize("publisher_id", ["1", "2"])
def test_both_layouts_of_senzing_json(publisher_id):
    found = record(parse_fixture("senzing_json"), publisher_id)
    assert [kind for _, kind in names(found)] == ["primary", "alias"]
    assert births(found)[0][0].year in (1970, 1994)

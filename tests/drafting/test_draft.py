"""A first source.yml for layouts that no source describes: it loads, reads every entry, and holds no person's data."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from invented_payloads import PEOPLE, Write, table

from matching.drafting import check_payload, draft_source
from matching.errors import UsageError
from matching.records.build import Parsed, parse
from matching.sources.registry import load_sources
from matching.sources.spec import Source

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = {
    "id": "K-1", "name": "Fleurmont, Anselm", "aliases": [{"name": "Anselm the Bold", "type": "aka"}],
    "birth": {"date": "1961-05-17", "place": "New Wye"}, "nationality": ["NO", "PT"], "height": 1.78, "armed": True,
    "documents": [{"type": "Passport", "number": "N1234567", "country": "NO"}],
}  # fmt: skip


def drafted(path: Path, into: Path, source_id: str = "zz_new") -> tuple[Source, Parsed]:
    """Draft a source for ``path``; return it and what it makes of the file."""
    draft_source(source_id, [path], into=into, limit_mb=64)
    source = load_sources([into])[source_id]
    return source, parse(source, {"list": path}, snapshot_id="x", retrieved_at=NOW)


def rows_of(parsed: Parsed) -> dict[str, dict[str, Any]]:
    return {row["publisher_id"]: row for row in parsed.records.to_dicts()}


@pytest.fixture
def cyrillic(cyrillic_rows: list[tuple[str, ...]], write: Write) -> Path:
    return write("rozysk_2026-03.csv", table(cyrillic_rows, separator=";").encode("cp1251"))


@pytest.fixture
def json_list(write: Write) -> Path:
    entries = [{**ENTRY, "id": f"K-{n}", "name": f"Fleurmont, {given}"} for n, given in enumerate(("Ada", "Bo", "Cy"))]
    return write("list.json", json.dumps({"total": 3, "items": entries}))


@pytest.fixture
def xml_list(write: Write) -> Path:
    people = "".join(
        f"<w:person ref='K-{n}'><w:name>{name}</w:name><w:dob>{n + 11}.05.1961</w:dob><w:secret>Demonov</w:secret>"
        f"<w:alias><w:name>The {name}</w:name></w:alias></w:person>"
        for n, name in enumerate(("Ada Fleurmont", "Bo Nabucco", "Cy Vinelander"))
    )
    return write("list.xml", f"<?xml version='1.0'?><w:list xmlns:w='urn:w' made='2026'>{people}</w:list>")


@pytest.fixture
def workbook(cyrillic_rows: list[tuple[str, ...]], tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in cyrillic_rows:
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    return tmp_path / "list.xlsx"


def test_rows_of_one_person_become_one_record(cyrillic: Path, tmp_path: Path) -> None:
    _, parsed = drafted(cyrillic, tmp_path / "src", "ru_new")
    assert parsed.records.height == parsed.persons == len(PEOPLE)
    assert parsed.quarantine.is_empty()
    first = rows_of(parsed)["РД-1"]
    assert [(name["full"], name["kind"]) for name in first["names"]] == [
        ("Захарий Карлович Онегинский", "primary"), ("Захар Карлович Ленский", "alias"),
    ]  # fmt: skip


def test_a_drafted_mapping_takes_dates_words_documents_and_countries(cyrillic: Path, tmp_path: Path) -> None:
    source, parsed = drafted(cyrillic, tmp_path / "src", "ru_new")
    records = rows_of(parsed)
    assert [str(birth["earliest"]) for birth in records["РД-1"]["births"]] == ["1961-05-17"]
    assert records["РД-2"]["births"][0]["precision"] == "year"
    assert {key: row["status"] for key, row in records.items()} == {
        "РД-1": "active", "РД-2": "removed", "РД-3": "active", "РД-4": "deceased",
    }  # fmt: skip
    assert records["РД-2"]["sex"] == "female"
    assert records["РД-1"]["identifiers"][0]["kind"] == "passport"
    assert records["РД-1"]["nationalities"] == ["Норвегия"]
    assert records["РД-3"]["nationalities"] == []  # `не указано` means nothing
    assert str(records["РД-1"]["listed_date"]) == "2020-02-01"
    assert records["РД-1"]["offences"][0]["text"] == "кража"
    assert source.authority_country == "RU"  # from the id


def test_columns_that_nothing_took_are_ignored_with_a_reason_that_check_reports(cyrillic: Path, tmp_path: Path) -> None:
    source, _ = drafted(cyrillic, tmp_path / "src")
    checked = check_payload(source, [cyrillic], limit_mb=64)
    assert checked.not_mapped == ["rows/Отдел"]
    assert checked.problems(strict=False) == []
    assert "fields not mapped yet: rows/Отдел" in checked.problems(strict=True)[0]


def test_the_count_band_is_of_persons(write: Write, tmp_path: Path) -> None:
    rows = [(f"K{n}", f"Ada Fleurmont {n}", "Individual" if n < 10 else "Entity") for n in range(40)]
    source, parsed = drafted(write("list.csv", table([("id", "name", "type"), *rows])), tmp_path / "src")
    assert parsed.persons == 10
    assert (source.expected.persons.fail_below, source.expected.persons.warn_above) == (5, 20)


def test_a_title_is_the_name_where_nothing_else_is(write: Write, tmp_path: Path) -> None:
    rows = [("Ada Fleurmont - New Wye", "the Bold"), ("Bo Nabucco - Onhava", "")]
    _, parsed = drafted(write("list.csv", table([("title", "aliases"), *rows])), tmp_path / "src")
    first = next(row for row in parsed.records.to_dicts() if len(row["names"]) == 2)
    assert [(name["full"], name["kind"]) for name in first["names"]] == [
        ("Ada Fleurmont - New Wye", "primary"), ("the Bold", "alias"),
    ]  # fmt: skip


def test_json_with_nested_parts_is_mapped(json_list: Path, tmp_path: Path) -> None:
    _, parsed = drafted(json_list, tmp_path / "src")
    assert parsed.persons == 3
    assert parsed.unread == {}
    row = rows_of(parsed)["K-0"]
    assert (row["names"][0]["full"], row["names"][0]["family"]) == ("Ada Fleurmont", "Fleurmont")
    assert [name["full"] for name in row["names"] if name["kind"] == "alias"] == ["Anselm the Bold"]
    assert str(row["births"][0]["earliest"]) == "1961-05-17"
    assert row["birth_places"][0]["text"] == "New Wye"
    assert row["nationalities"] == ["NO", "PT"]
    assert row["height_cm"] == 178
    assert row["identifiers"][0] == {"kind": "passport", "number": "N1234567", "country": "NO", "note": None}


def test_xml_with_a_namespace_is_mapped(xml_list: Path, tmp_path: Path) -> None:
    _, parsed = drafted(xml_list, tmp_path / "src")
    row = rows_of(parsed)["K-1"]
    assert [(name["full"], name["kind"]) for name in row["names"]] == [
        ("Bo Nabucco", "primary"),
        ("The Bo Nabucco", "alias"),
    ]
    assert str(row["births"][0]["earliest"]) == "1961-05-12"


def test_xlsx_gives_the_records_that_csv_gives(workbook: Path, cyrillic: Path, tmp_path: Path) -> None:
    _, from_book = drafted(workbook, tmp_path / "a")
    _, from_csv = drafted(cyrillic, tmp_path / "b")
    assert from_book.records.drop("snapshot_id").equals(from_csv.records.drop("snapshot_id"))


def test_entries_without_an_id_go_by_what_identifies_them(write: Write, tmp_path: Path) -> None:
    people = [
        ("Ada Fleurmont", "1961-05-17", "theft"),
        ("Ada Fleurmont", "1961-05-17", "fraud"),
        ("Bo Nabucco", "1972", "theft"),
    ]
    path = write("list.csv", table([("name", "dob", "charge"), *people]))
    _, parsed = drafted(path, tmp_path / "src")
    assert parsed.records["record_id"].n_unique() == parsed.entries == 3


def test_a_file_without_header_is_guessed_from_its_values(write: Write, tmp_path: Path) -> None:
    rows = [(f"K{n}", f"{given} Fleurmont", f"19{60 + n}-05-17", "FM"[n % 2], ("NO", "PT")[n % 2]) for n, given in
            enumerate(("Ada", "Bo", "Cy", "Di", "Ed"))]  # fmt: skip
    _, parsed = drafted(write("list.csv", table(rows)), tmp_path / "src")
    row = rows_of(parsed)["K0"]
    assert row["names"][0]["full"] == "Ada Fleurmont"
    assert str(row["births"][0]["earliest"]) == "1960-05-17"
    assert (row["sex"], row["nationalities"]) == ("female", ["NO"])


@pytest.mark.parametrize(
    ("letters", "sexes"),
    [
        ("MHM", ["female", "male", "female"]),  # mujer and hombre
        ("MFM", ["male", "female", "male"]),
        ("MMM", ["male", "male", "male"]),
        ("HFH", ["male", "female", "male"]),  # homme and femme
        ("MHF", ["male", "male", "female"]),
    ],
)
def test_m_is_female_beside_h_where_no_f_occurs(letters: str, sexes: list[str], write: Write, tmp_path: Path) -> None:
    people = [("Ada Fleurmont", "1961-05-17"), ("Bo Nabucco", "1972-01-02"), ("Cy Vinelander", "1980-03-04")]
    rows = [(*person, letter) for person, letter in zip(people, letters, strict=True)]
    _, parsed = drafted(write("list.csv", table([("nombre", "nacimiento", "sexo"), *rows])), tmp_path / "src")
    assert parsed.records.sort("births")["sex"].to_list() == sexes


def test_what_is_a_guess_is_marked(write: Write, tmp_path: Path) -> None:
    path = write("list.csv", table([("name", "dob"), ("Ada Fleurmont", "01/02/1961"), ("Bo Nabucco", "03/04/1972")]))
    draft_source("zz_new", [path], into=tmp_path / "src", limit_mb=64)
    text = (tmp_path / "src" / "zz_new" / "source.yml").read_text(encoding="utf-8")
    assert "# check: day or month first? No date of DD/MM/YYYY tells" in text
    assert "# check: no field is an id" in text
    assert "publisher: to be filled in  # fill in" in text


@pytest.mark.parametrize("payload", ["cyrillic", "json_list", "xml_list", "workbook"])
def test_no_value_that_tells_of_a_person_is_written(
    payload: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path: Path = request.getfixturevalue(payload)
    drafted(path, tmp_path / "src")
    folder = tmp_path / "src" / "zz_new"
    written = "\n".join(text_of(one) for one in folder.rglob("*") if one.is_file())
    private = ("Онегинский", "Ларинская", "Карлович", "17.05.1961", "258987", "Fleurmont", "Nabucco", "Vinelander",
               "New Wye", "N1234567", "Demonov", ">Demonov<", "the Bold", "1961-05-17", "12.05.1961")  # fmt: skip
    assert [value for value in private if value in written] == []


def text_of(path: Path) -> str:
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        return "\n".join(" ".join(str(cell or "") for cell in row) for row in sheet.iter_rows(values_only=True))
    return path.read_bytes().decode("cp1251" if path.suffix == ".csv" else "utf-8")


@pytest.mark.parametrize("payload", ["cyrillic", "json_list", "xml_list", "workbook"])
def test_the_fixture_has_the_layout_of_the_payload(
    payload: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path: Path = request.getfixturevalue(payload)
    source, parsed = drafted(path, tmp_path / "src")
    fixture = source.folder / "fixture" / path.name
    made = parse(source, {"list": fixture}, snapshot_id="x", retrieved_at=NOW)
    assert made.records.height == parsed.records.height
    assert made.quarantine.is_empty()
    assert made.unread == {}
    assert set(made.unseen) == set(parsed.unseen)


def test_a_packed_list_is_described_by_what_it_holds(cyrillic: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as archive:
        archive.write(cyrillic, cyrillic.name)
    drafted = draft_source("zz_new", [tmp_path / "lists.zip"], into=tmp_path / "src", limit_mb=64)
    assert drafted.persons == len(PEOPLE)
    source = load_sources([tmp_path / "src"])["zz_new"]
    for path in (cyrillic, tmp_path / "lists.zip"):
        assert check_payload(source, [path], limit_mb=64).parsed.persons == len(PEOPLE)


def test_an_existing_source_is_left_alone(cyrillic: Path, tmp_path: Path) -> None:
    draft_source("zz_new", [cyrillic], into=tmp_path / "src", limit_mb=64)
    (tmp_path / "src" / "zz_new" / "source.yml").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        draft_source("zz_new", [cyrillic], into=tmp_path / "src", limit_mb=64)
    assert (tmp_path / "src" / "zz_new" / "source.yml").read_text() == "mine"


@pytest.mark.parametrize("source_id", ["New List", "../x", "9lives", "x"])
def test_what_is_no_id_is_refused(source_id: str, cyrillic: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no id"):
        draft_source(source_id, [cyrillic], into=tmp_path / "src", limit_mb=64)


def test_an_id_that_a_shipped_source_has_is_refused_and_nothing_is_written(cyrillic: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="already taken"):
        draft_source("un_sc", [cyrillic], into=tmp_path / "src", limit_mb=64)
    assert not (tmp_path / "src" / "un_sc").exists()


def test_a_header_without_entries_is_refused(write: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no entry"):
        draft_source("zz_new", [write("list.csv", "name,date of birth\n")], into=tmp_path / "src", limit_mb=64)

"""Where entries are, and how to read them."""

import json
from pathlib import Path

import openpyxl
import pytest
from invented_payloads import Write, table

from matching.drafting.encodings import guess_encoding
from matching.drafting.layout import check_files
from matching.drafting.layout_tables import look_at_csv, look_at_xlsx
from matching.drafting.layout_trees import look_at_json, look_at_xml
from matching.errors import PayloadError, UsageError

ARABIC = "الاسم;تاريخ الميلاد;الجنسية\nأنسلم زمبلوفي;1961;النرويج\nكوزيما كنبوتي;1972;البرتغال\n"
GREEK = "Όνομα;Ημερομηνία\nΑνσέλμος Ζεμπλόφσκι;1961\nΚοσίμα Κίνμποθ;1972\n"
TURKISH = "Adı;Doğum Tarihi\nŞadiye Güngör Işıklı;1961\nOğuz Çağlayan;1972\n"
CHINESE = "姓名;出生日期\n王建国;1961\n李小华;1972\n张明;1980\n"
FLEURMONT = {"name": "Anselm Fleurmont", "birth_date": "1961-05-17", "nationality": "NO"}


def test_cyrillic_is_told_apart_by_its_letters(cyrillic_rows: list[tuple[str, ...]]) -> None:
    text = table(cyrillic_rows).replace("№", "N")  # which koi8-r lacks
    for encoding in ("cp1251", "koi8_r", "cp866"):
        assert guess_encoding(text.encode(encoding)).name == encoding
    assert guess_encoding(text.encode()).name == "utf-8-sig"
    assert guess_encoding(text.encode("utf-16")).name == "utf-16"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(ARABIC, "cp1256"), (GREEK, "cp1253"), (TURKISH, "cp1254"), (CHINESE, "gb18030")],
    ids=["arabic", "greek", "turkish", "chinese"],
)
def test_encodings_are_guessed_and_said_to_be_guesses(text: str, encoding: str) -> None:
    found = guess_encoding(text.encode(encoding))
    assert (found.name, found.is_sure) == (encoding, False)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_the_one_that_gives_every_line_as_many_cells(
    separator: str, cyrillic_rows: list[tuple[str, ...]], write: Write
) -> None:
    path = write("list.csv", table(cyrillic_rows, separator=separator))
    assert look_at_csv("zz_x", [path], "list").reader.get("separator", ",") == separator


def test_lines_above_the_header_are_skipped(write: Write) -> None:
    path = write("list.csv", "Wanted persons,,\nas of 2026,,\nname,born,sex\nA Fleurmont,1961,M\nB Nabucco,1972,F\n")
    assert look_at_csv("zz_x", [path], "list").reader["skip_rows"] == 2


def test_a_file_without_header_gets_numbered_columns(write: Write) -> None:
    path = write("list.csv", "1001,Anselm Fleurmont,1961-05-17\n1002,Cosima Nabucco,1972-01-02\n")
    layout = look_at_csv("zz_x", [path], "list")
    assert layout.reader["header"] is False
    assert layout.reader["columns"] == {"list": ["column_1", "column_2", "column_3"]}
    assert "columns" in layout.check


def test_a_header_with_a_name_twice_is_replaced(write: Write) -> None:
    path = write("list.csv", "name,date of birth,name\nA Fleurmont,1961,x\nB Nabucco,1972,y\n")
    reader = look_at_csv("zz_x", [path], "list").reader
    assert reader["columns"] == {"list": ["name", "date of birth", "name 3"]}
    assert reader["skip_rows"] == 1


def test_the_sheet_with_most_cells_is_the_list(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Read me"])
    sheet = book.create_sheet("persons")
    for row in (["name", "dob"], ["A Fleurmont", "1961"], ["B Nabucco", "1972"]):
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    assert look_at_xlsx("zz_x", [tmp_path / "list.xlsx"], "list").reader == {"format": "xlsx", "sheet": "persons"}


def test_entries_are_found_in_nested_pages(write: Write) -> None:
    entries = [{"id": str(number), **FLEURMONT, "aliases": [{"name": "K"}]} for number in range(4)]
    pages = [{"total": 4, "query": {"page": 1}, "_embedded": {"notices": entries}}]
    reader = look_at_json("zz_x", [write("list.json", json.dumps(pages))]).reader
    assert reader["entry"] == ["id", "name"]
    assert reader["through"] == ["_embedded", "notices"]
    assert set(reader["page"]) == {"total", "query"}


def test_entries_under_keys_of_their_own_are_found(write: Write) -> None:
    people = {f"p{number}": FLEURMONT for number in range(4)}
    assert look_at_json("zz_x", [write("list.json", json.dumps({"people": people}))]).reader["through"] == [
        "people",
        "*",
    ]


def test_alike_lists_side_by_side_are_all_read(write: Write) -> None:
    payload = {"red": [FLEURMONT] * 3, "blue": [FLEURMONT] * 2, "as_of": "2026"}
    reader = look_at_json("zz_x", [write("list.json", json.dumps(payload))]).reader
    assert set(reader["through"]) == {"red", "blue"}
    assert reader["page"] == ["as_of"]


def test_json_lines_are_told_from_a_document(write: Write) -> None:
    path = write("list.jsonl", "\n".join(json.dumps(FLEURMONT) for _ in range(3)))
    assert look_at_json("zz_x", [path]).reader["lines"] is True


def test_a_page_that_is_a_part_of_the_list_is_noted(write: Write) -> None:
    path = write("list.json", json.dumps({"total": 900, "items": [FLEURMONT] * 3}))
    assert "900 entries, and holds 3" in look_at_json("zz_x", [path]).notes[0]


def test_xml_entries_are_found_whatever_the_namespace(write: Write) -> None:
    people = "".join(
        f"<p:person id='{n}'><p:name>A</p:name><p:dob>1961</p:dob><p:alias><p:name>B</p:name></p:alias></p:person>"
        for n in range(3)
    )
    path = write("list.xml", f"<p:list xmlns:p='urn:x'><p:made>2026</p:made><p:people>{people}</p:people></p:list>")
    reader = look_at_xml("zz_x", [path]).reader
    assert reader == {"format": "xml", "root": "list", "entries": ["people/person"], "skip": ["made"]}


def test_files_that_are_no_list_are_refused_with_what_to_do(write: Write) -> None:
    with pytest.raises(PayloadError, match="HTML page"):
        check_files("zz_x", [write("a.csv", "<html><body>Log in</body></html>")])
    with pytest.raises(PayloadError, match="is empty"):
        check_files("zz_x", [write("b.csv", "")])
    with pytest.raises(UsageError, match="unpack it"):
        check_files("zz_x", [write("c.pdf", b"%PDF-1.7 and more")])
    with pytest.raises(UsageError, match="several formats"):
        check_files("zz_x", [write("d.csv", "a,b\n1,2\n"), write("e.json", "[{}]")])


def test_text_without_cells_is_no_table(write: Write) -> None:
    with pytest.raises(PayloadError, match="is no table"):
        look_at_csv("zz_x", [write("a.csv", "only words here\nand here\n")], "list")

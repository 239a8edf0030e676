"""Payloads that break readers: each is refused with the reason, or read without losing anything. All are invented."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import openpyxl
import pytest

from matching.errors import PayloadError
from matching.records.build import Parsed, parse
from matching.sources.drop import match_files, opened

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CSV = {"format": "csv"}
JSON = {"format": "json", "entry": ["id"], "through": ["items"]}
XML = {"format": "xml", "root": "list", "entries": "e"}
XLSX = {"format": "xlsx"}


@pytest.fixture
def read(make_source, tmp_path):
    """Give a function that reads bytes with a reader, as an import does."""

    def run(reader: dict, content: bytes, name: str = "list.dat", **record) -> Parsed:
        mapping = {"publisher_id": "id", "names": [{"full": "name"}], **record}
        source = make_source(record=mapping, reader=reader, payloads={"list": {"files": ["*"]}})
        path = tmp_path / name
        path.write_bytes(content)
        layout, files = opened(source, match_files(source, [path]), tmp_path / "scratch", limit_mb=8)
        return parse(layout, files, snapshot_id="x", retrieved_at=NOON)

    return run


def names_of(parsed: Parsed) -> list[str]:
    return [name["full"] for names in parsed.records["names"] for name in names]


def test_a_million_columns_are_refused_at_once(read):
    header = ",".join(["id", "name", *map(str, range(100_000))])
    with pytest.raises(PayloadError, match="100002 columns, more than the 16384"):
        read(CSV, header.encode())


def test_control_characters_of_a_terminal_are_spaces(read):
    parsed = read(CSV, b"id,name\na\x00b,Ana\x1b[31m Test\n")
    assert parsed.records["publisher_id"].to_list() == ["a b"]
    assert names_of(parsed) == ["Ana [31m Test"]


def test_an_id_that_looks_like_a_path_or_markup_is_only_text(read):
    parsed = read(CSV, b"id,name\n../../x,<b>A</b>\n")
    assert parsed.records["record_id"].to_list() == ["zz_test:../../x"]
    assert names_of(parsed) == ["<b>A</b>"]


def test_half_a_surrogate_pair_is_no_text(read):
    assert names_of(read(JSON, b'{"id": "1", "name": "A\\udfffB"}')) == ["A B"]


@pytest.mark.parametrize("depth", [900, 100_000])
def test_json_nested_without_end_is_refused(read, depth):
    entry = b'{"id": "1", "name": "A", "x": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    with pytest.raises(PayloadError, match="nested too deep"):
        read(JSON, entry)


def test_a_json_key_given_twice_loses_nothing(read):
    parsed = read(JSON, b'{"items": [{"id": "1", "name": "A"}], "items": [{"id": "2", "name": "B", "name": "C"}]}')
    assert names_of(parsed) == ["A", "B", "C"]


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0c"])
def test_a_line_of_json_ends_at_a_newline_only(read, separator):
    lines = json.dumps({"id": "1", "name": "A"}), json.dumps({"id": "2", "name": f"B{separator}C"}, ensure_ascii=False)
    assert read({**JSON, "lines": True}, "\n".join(lines).replace("\x0c", "").encode()).entries == 2


@pytest.mark.parametrize("encoding", ["windows-1251", "gb18030", "shift_jis", "utf-16"])
def test_xml_is_read_in_the_encoding_it_declares(read, encoding):
    name = {"gb18030": "张三", "shift_jis": "山田"}.get(encoding, "Тест")
    document = f'<?xml version="1.0" encoding="{encoding}"?><list><e><id>1</id><name>{name}</name></e></list>'
    assert names_of(read(XML, document.encode(encoding))) == [name]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_entities_are_refused_in_any_encoding(read, encoding):
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE l [<!ENTITY a "aa">]><list><e><id>&a;</id></e></list>'
    with pytest.raises(PayloadError, match="document type"):
        read(XML, bomb.encode(encoding))


def test_an_encoding_that_nobody_knows_is_refused(read):
    with pytest.raises(PayloadError, match="not well-formed"):
        read(XML, b'<?xml version="1.0" encoding="x-none"?><list><e><id>1</id></e></list>')


def test_a_text_goes_on_after_an_element_within_it(read):
    parsed = read(XML, b"<list><e><id>1</id><name>Ana <br/>Test</name></e></list>")
    assert names_of(parsed) == ["Ana Test"]


def test_a_text_beside_the_fields_of_an_entry_is_reported(read):
    parsed = read(XML, b"<list><e><id>1</id><name>A</name>loose</e><e>alone</e><e/></list>")
    assert dict(parsed.unread) == {".": 2}
    assert (parsed.entries, parsed.quarantine.height) == (3, 2)


def test_a_date_that_goes_on_and_on_is_kept_as_text(read):
    parsed = read(CSV, b"id,name,born\n1,A," + b"1 to " * 2000 + b"\n", births=[{"date": "born"}])
    assert parsed.records["births"][0][0]["earliest"] is None


def workbook(fill: Callable) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def two_rows(sheet) -> None:
    sheet.append(["id", "name"])
    sheet.append([1, "A"])


@pytest.mark.parametrize(
    ("member", "old", "new"),
    [
        ("xl/workbook.xml", b"<workbook", b"<"),
        ("xl/styles.xml", b"<styleSheet", b"<"),
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b"<"),
        ("xl/worksheets/sheet1.xml", b"<v>1</v>", b"<v>one</v>"),
    ],
)
def test_a_damaged_workbook_is_refused(read, member, old, new):
    whole, damaged = zipfile.ZipFile(io.BytesIO(workbook(two_rows))), io.BytesIO()
    with zipfile.ZipFile(damaged, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            assert old in content or name != member
            archive.writestr(name, content.replace(old, new) if name == member else content)
    with pytest.raises(PayloadError, match="not a workbook"):
        read(XLSX, damaged.getvalue(), "list.xlsx")


def test_a_formula_without_a_stored_value_is_nothing(read):
    parsed = read(XLSX, workbook(lambda sheet: (two_rows(sheet), sheet.append(["=1+1", "B"]))), "list.xlsx")
    assert (parsed.records.height, parsed.quarantine.height) == (1, 1)


def test_merged_cells_hold_their_value_once_and_the_rest_is_quarantined(read):
    def fill(sheet) -> None:
        two_rows(sheet)
        sheet.append([None, "B"])
        sheet.merge_cells("A2:A3")

    parsed = read(XLSX, workbook(fill), "list.xlsx")
    assert (parsed.records.height, parsed.quarantine.height) == (1, 1)


def test_a_gzip_of_a_thousand_to_one_is_refused(read):
    with pytest.raises(PayloadError, match="unpacks to more than 8 MB"):
        read(CSV, gzip.compress(b"id,name\n" + b"1,A\n" * 4_000_000), "list.csv.gz")


def test_a_member_that_leads_out_of_the_archive_is_refused(read):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("../list.csv", "id,name\n1,A\n")
    with pytest.raises(PayloadError, match="leads out of its folder"):
        read(CSV, content.getvalue(), "list.zip")

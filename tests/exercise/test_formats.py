import csv
import io
import json
from typing import Any

import pytest
from lxml import etree

from matching.exercise import bundled


def payload(source_id: str, name: str) -> bytes:
    return (bundled.drop_dir() / source_id / name).read_bytes()


def json_payloads(pattern: str) -> list[Any]:
    return [json.loads(path.read_bytes()) for path in sorted((bundled.drop_dir() / "interpol_red").glob(pattern))]


def notices(pages: list[Any]) -> list[dict[str, Any]]:
    return [notice for page in pages for notice in page["_embedded"]["notices"]]


@pytest.mark.parametrize(("name", "columns"), [("sdn.csv", 12), ("alt.csv", 5), ("add.csv", 6)])
def test_ofac_files_are_ascii_without_header_and_end_in_control_z(name: str, columns: int) -> None:
    content = payload("us_ofac_sdn", name)
    body = content.removesuffix(b"\r\n\x1a")
    assert body != content
    rows = list(csv.reader(io.StringIO(body.decode("ascii"))))
    assert {len(row) for row in rows} == {columns}
    assert all(row[0].isdecimal() for row in rows)
    assert b"-0- " in body


def test_ofac_aliases_and_addresses_belong_to_entries() -> None:
    def numbers(name: str) -> set[str]:
        return {row.split(b",")[0].decode() for row in payload("us_ofac_sdn", name).split(b"\r\n")[:-1]}

    assert numbers("alt.csv") | numbers("add.csv") <= numbers("sdn.csv")


def test_no_interpol_slice_reaches_the_cap_and_slices_overlap() -> None:
    pages = json_payloads("red_list_*.json")
    assert all(page["total"] == len(page["_embedded"]["notices"]) < 160 for page in pages)
    ids = [notice["entity_id"] for notice in notices(pages)]
    assert len(set(ids)) == 300 < len(ids)


def test_interpol_details_agree_with_their_notices() -> None:
    listed = {notice["entity_id"]: notice for notice in notices(json_payloads("red_list_*.json"))}
    (details,) = json_payloads("red_notices_details.json")
    assert len(details) > 150
    for detail in details:
        assert {key: detail[key] for key in listed[detail["entity_id"]]} == listed[detail["entity_id"]]


def un_tags(root: Any) -> set[str]:
    return {f"{element.getparent().tag}/{element.tag}" for element in root.iter() if element.getparent() is not None}


def test_un_births_come_in_every_type_the_publisher_uses() -> None:
    root = etree.fromstring(payload("un_sc", "consolidated.xml"))
    assert {element.text for element in root.iter("TYPE_OF_DATE")} == {"EXACT", "APPROXIMATELY", "BETWEEN", None}
    assert {element.text for element in root.iter("QUALITY")} == {"Good", "Low", "a.k.a.", None}
    assert "na" in {element.text for element in root.iter("VALUE")}


@pytest.mark.real
def test_un_elements_are_those_of_the_real_list(shared: Any) -> None:
    real = un_tags(etree.parse(shared / "data/un_sc/2026-02-27/UN_consolidated.xml").getroot())
    assert un_tags(etree.fromstring(payload("un_sc", "consolidated.xml"))) <= real


@pytest.mark.real
def test_interpol_fields_are_those_of_the_real_notices(shared: Any) -> None:
    folder = shared / "data/interpol_red/2023-05-19"
    real_notice = json.loads((folder / "red_notices.json").read_bytes())[0][0]
    real_detail = json.loads((folder / "red_notices_details.json").read_bytes())[0]
    assert {tuple(notice) for notice in notices(json_payloads("red_list_*.json"))} == {tuple(real_notice)}
    assert {tuple(detail) for detail in json_payloads("red_notices_details.json")[0]} == {tuple(real_detail)}

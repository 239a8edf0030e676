"""Excerpts: what stands in a payload of each entry, for every shipped layout over its fixture of invented people."""

import codecs
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matching.errors import PayloadError
from matching.sources.drop import match_files, opened
from matching.sources.excerpts import excerpts
from matching.sources.readers import read_uncombined
from matching.sources.registry import load_sources
from matching.sources.spec import Source, XmlReader

FIXTURES = Path(__file__).parent / "fixtures"
LAYOUTS = sorted(str(path.relative_to(FIXTURES)) for path in FIXTURES.rglob("*") if path.is_dir())


def layout_of(fixture: str, scratch: Path) -> tuple[Source, dict[str, list[Path]]]:
    source = load_sources()[fixture.partition("/")[0]]
    paths = sorted(path for path in (FIXTURES / fixture).iterdir() if path.is_file())
    return opened(source, match_files(source, paths), scratch, limit_mb=100)


def leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for value in tree.values():
            yield from leaves(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from leaves(value)
    elif isinstance(tree, str):
        yield tree


def plain(text: str) -> str:
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), html.unescape(text))
    return re.sub(r"[\s\\]|rn|n", "", text.replace('""', '"'))


@pytest.mark.parametrize("fixture", LAYOUTS)
def test_each_entry_has_its_own_piece_of_the_file_and_all_its_values_stand_there(fixture: str, tmp_path: Path) -> None:
    source, files = layout_of(fixture, tmp_path)
    is_quoting = isinstance(source.reader, XmlReader) and source.reader.lookups
    whole = "".join(path.read_bytes().decode("utf-8", "replace") for paths in files.values() for path in paths)
    for entry, found in zip(read_uncombined(source, files), excerpts(source, files), strict=True):
        assert {one.role for one in found} <= files.keys()
        assert all(one.text in whole for one in found if one.is_verbatim)
        text = plain("".join(one.text for one in found))
        assert is_quoting or [leaf for leaf in leaves(entry) if plain(leaf) not in text] == []


UN, FBI = load_sources()["un_sc"], load_sources()["us_fbi_wanted"]
PLACE = UN.reader.entries[0].split("/") if isinstance(UN.reader, XmlReader) else []


def cut_xml(content: bytes, path: Path) -> list[str]:
    path.write_bytes(content)
    return [one.text for found in excerpts(UN, {next(iter(UN.payloads)): [path]}) for one in found]


def listed(*entries: str, encoding: str = "") -> str:
    """A document with ``entries``, "E" for the element's name."""
    above = PLACE[:-1]
    inner = "".join(entries).replace("E", PLACE[-1])
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    return (
        f"{declared}<root>{''.join(f'<{a}>' for a in above)}{inner}{''.join(f'</{a}>' for a in reversed(above))}</root>"
    )


def test_an_empty_element_is_its_tag_and_nothing_beside_it(tmp_path: Path) -> None:
    entries = (
        '<E a="1"/>',
        '<E a="/>" b="2" />',
        "<E></E>",
        "<E>/></E>",
        "<E><x/></E>",
        "<E><E/></E >",
        "<E a='>'>b</E>",
    )
    found = cut_xml(listed(*entries, "<y/>").encode(), tmp_path / "a.xml")
    assert found == [entry.replace("E", PLACE[-1]) for entry in entries]


@pytest.mark.parametrize(
    ("mark", "encoding", "declared"),
    [
        (codecs.BOM_UTF8, "utf-8", ""),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", ""),
        (b"", "utf-16-le", "UTF-16LE"),
        (b"", "cp1251", "windows-1251"),
        (b"", "gb18030", "GB18030"),
    ],
)
def test_a_document_in_another_encoding_is_cut_into_its_words(
    mark: bytes, encoding: str, declared: str, tmp_path: Path
) -> None:
    entries = ("<E>Градусов</E>", "<E>Анселм</E>")
    found = cut_xml(mark + listed(*entries, encoding=declared).encode(encoding), tmp_path / "a.xml")
    assert found == [entry.replace("E", PLACE[-1]) for entry in entries]


def test_what_is_not_in_its_encoding_is_refused_and_not_called_verbatim(tmp_path: Path) -> None:
    for content in (b"<root>\xff</root>", listed(encoding="no-such-code").encode()):
        with pytest.raises(PayloadError, match="cannot be cut"):
            cut_xml(content, tmp_path / "a.xml")


def cut_json(text: str, path: Path) -> list[str]:
    path.write_text(text, encoding="utf-8")
    return [one.text for found in excerpts(FBI, {next(iter(FBI.payloads)): [path]}) for one in found]


def invented(number: int, more: str = "null") -> str:
    """An entry that has what the layout goes by."""
    keys = "".join(f'"{key}": "{number}", ' for key in FBI.reader.entry)  # type: ignore[union-attr]
    return f'{{ {keys}"title" : "Anselm \\u201eGradusson\\u201c {{ ] {number}", "more": {more} }}'


def test_an_entry_that_nests_as_deep_as_the_reader_goes_is_cut(tmp_path: Path) -> None:
    deep = invented(1, '{"a":' * 400 + "1" + "}" * 400)
    assert cut_json(f'{{"items": [{deep} , {invented(2)}]}}', tmp_path / "a.json") == [deep, invented(2)]
    with pytest.raises(PayloadError, match="cannot be cut"):
        cut_json(f'{{"items": [{invented(1, "[" * 9000 + "]" * 9000)}]}}', tmp_path / "a.json")


def test_pages_are_walked_as_the_reader_walks_them(tmp_path: Path) -> None:
    one, two, three = (invented(number) for number in (1, 2, 3))
    text = (
        f' [ {{ "total" : 2, "items" : [ {one},\n{two} ] , "page": 1 }} , {{"items": [], "items": [{three}]}}, []  ] '
    )
    assert cut_json(text, tmp_path / "a.json") == [one, two, three]
    for broken in ('{"items": [', '{"items" [', "", "[1 2"):
        with pytest.raises(PayloadError):
            cut_json(f"{broken} ", tmp_path / "a.json")

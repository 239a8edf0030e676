"""Excerpts: what stands in a payload of each entry, for every shipped layout over its fixture of invented people."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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

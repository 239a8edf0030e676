"""The publisher's own text of each entry: what stands in the payload, not what it was read as.

Enters: the payload files of a snapshot, by role. Leaves: ``Excerpt``s, one tuple per entry in the order of the readers
(matching/sources/readers), before repeats are combined. XML, JSON and CSV are cut out of the file as they stand there;
a workbook has no text of its own, its cells are given as JSON.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.decoder import JSONObject  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any
from xml.parsers import expat

from matching.errors import PayloadError
from matching.sources.readers import read_uncombined
from matching.sources.readers.payload import read_text
from matching.sources.readers.tables import Row, check_header, join_rows
from matching.sources.spec import CsvReader, JsonReader, Source, XmlReader

Files = Mapping[str, Sequence[Path]]


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """A piece of a payload file. Of one that is not ``is_verbatim`` the values are the publisher's, the form is ours."""

    role: str
    file: str
    text: str
    is_verbatim: bool = True


Excerpts = tuple[Excerpt, ...]


def excerpts(source: Source, files: Files) -> Iterator[Excerpts]:
    """Yield what stands in ``files`` of each entry, in the order of ``read_entries`` without repeats combined.

    For files that were read before. Raises PayloadError where they cannot be cut into entries.
    """
    reader = source.reader
    if isinstance(reader, XmlReader):
        return _of_documents(source, files, lambda role, path: _of_xml(source, reader, role, path))
    if isinstance(reader, JsonReader):
        return _of_documents(source, files, lambda role, path: _of_json(source, reader, role, path))
    if isinstance(reader, CsvReader):
        return _of_csv(source, reader, files)
    return _of_workbook(source, files)


def _of_documents(
    source: Source, files: Files, cut: Callable[[str, Path], Iterator[Excerpt]]
) -> Iterator[Excerpts]:  # fmt: skip
    return ((one,) for role in source.payloads for path in files.get(role, ()) for one in cut(role, path))


def _of_workbook(source: Source, files: Files) -> Iterator[Excerpts]:
    role = source.main_role
    names = ", ".join(path.name for path in files.get(role, ()))
    for entry in read_uncombined(source, files):
        text = json.dumps(entry, ensure_ascii=False, indent=1)
        yield (Excerpt(role=role, file=names, text=text, is_verbatim=False),)


class _CutRow(dict[str, Any]):
    """A row of CSV that knows its own lines."""

    excerpt: Excerpt


def _of_csv(source: Source, reader: CsvReader, files: Files) -> Iterator[Excerpts]:
    def rows(role: str) -> Iterator[Row]:
        return (row for path in files.get(role, ()) for row in _rows(source, reader, role, path))

    joined = {role: list(rows(role)) for role in reader.joins}
    for entry in join_rows(source, reader, rows(source.main_role), joined):
        own = (entry.excerpt,) if isinstance(entry, _CutRow) else ()
        yield (*own, *(row.excerpt for role in reader.joins for row in _joined(entry.get(role))))


def _joined(value: Any) -> list[_CutRow]:
    return [row for row in value if isinstance(row, _CutRow)] if isinstance(value, list) else []


def _rows(source: Source, reader: CsvReader, role: str, path: Path) -> Iterator[Row]:
    text = read_text(source.id, path, encoding=reader.encoding, expected="CSV")
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    parsed = csv.reader(lines(), delimiter=reader.separator, quotechar=reader.quote, strict=True)
    skipped = reader.skip_rows
    columns = None if reader.header else reader.columns[role]
    for cells in parsed:
        raw = "".join(taken)
        taken.clear()
        if not any(cells):
            continue
        if skipped:
            skipped -= 1
        elif columns is None:
            columns = check_header(source, role, path, [name.strip() for name in cells])
        else:
            row = _CutRow(zip(columns, cells, strict=False))
            row.excerpt = Excerpt(role=role, file=path.name, text=raw.rstrip("\r\n"))
            yield row


class _CutObject(dict[str, Any]):
    """An object of JSON that knows where it stands in its text."""

    span: tuple[int, int]


class _Cutter(json.JSONDecoder):
    """Decodes JSON as the library does, in Python: only so it can be asked where an object begins and ends."""

    def __init__(self) -> None:
        super().__init__(parse_float=str, parse_int=str, parse_constant=str)
        self.parse_object = self._object
        self.scan_once = py_make_scanner(self)

    def _object(self, at: tuple[str, int], *given: Any) -> tuple[_CutObject, int]:
        value, end = JSONObject(at, *given)
        found = _CutObject(value)
        found.span = (at[1] - 1, end)
        return found, end


def _of_json(source: Source, reader: JsonReader, role: str, path: Path) -> Iterator[Excerpt]:
    text = read_text(source.id, path, encoding=reader.encoding, expected="JSON")
    cutter = _Cutter()
    for document in text.split("\n") if reader.lines else (text,):
        if document.strip():
            for entry in _walk(reader, cutter.decode(document)):
                yield Excerpt(role=role, file=path.name, text=document[slice(*entry.span)])


def _walk(reader: JsonReader, node: Any) -> Iterator[_CutObject]:
    """Yield the entries below ``node`` in the order of the reader, which has seen that there is nothing else."""
    if isinstance(node, list):
        for item in node:
            yield from _walk(reader, item)
    elif isinstance(node, _CutObject) and all(key in node for key in reader.entry):
        yield node
    elif isinstance(node, _CutObject):
        inner = [key for key in node if key not in reader.page] if "*" in reader.through else reader.through
        for key in inner:
            yield from _walk(reader, node.get(key))


class _XmlCutter:
    """Notes where the elements at given places begin and end, in bytes."""

    def __init__(self, wanted: set[tuple[str, ...]]) -> None:
        self.wanted = wanted
        self.spans: list[tuple[int, int]] = []
        self.encoding = "utf-8"
        self._place: list[str] = []
        self._start = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.XmlDeclHandler = self._declare

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding or self.encoding

    def _begin(self, name: str, _attributes: Mapping[str, str]) -> None:
        self._place.append(name.rpartition(":")[2])
        if tuple(self._place[1:]) in self.wanted:
            self._start = self.parser.CurrentByteIndex

    def _end(self, _name: str) -> None:
        if tuple(self._place[1:]) in self.wanted:
            self.spans.append((self._start, self.parser.CurrentByteIndex))
        self._place.pop()


def _of_xml(source: Source, reader: XmlReader, role: str, path: Path) -> Iterator[Excerpt]:
    content = path.read_bytes()
    cutter = _XmlCutter({tuple(entry.split("/")) for entry in reader.entries})
    try:
        cutter.parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # such as an encoding that expat does not know
        raise PayloadError(source.id, f"{path.name} cannot be cut into its entries: {error}") from error
    for start, end in cutter.spans:
        close = content.index(b">", end) + 1  # of the end tag, or of an element that has none
        yield Excerpt(role=role, file=path.name, text=content[start:close].decode(cutter.encoding, errors="replace"))

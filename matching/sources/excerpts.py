"""The publisher's own text of each entry: what stands in the payload, not what it was read as.

Enters: the payload files of a snapshot, by role. Leaves: ``Excerpt``s, one tuple per entry in the order of the readers
(matching/sources/readers), before repeats are combined. XML, JSON and CSV are cut out of the file as they stand there;
a workbook has no text of its own, its cells are given as JSON.
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
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


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
"""The library's own, in C: as quick as the reader's, and it nests as deep."""
_SPACE = re.compile(r"[ \t\r\n]*")  # RFC 8259, 2


def _of_json(source: Source, reader: JsonReader, role: str, path: Path) -> Iterator[Excerpt]:
    text = read_text(source.id, path, encoding=reader.encoding, expected="JSON")
    try:
        for document in text.split("\n") if reader.lines else (text,):
            if document.strip():
                for span in _spans(reader, document, _past_space(document, 0)):
                    yield Excerpt(role=role, file=path.name, text=document[slice(*span)])
    except (ValueError, IndexError, RecursionError) as error:
        raise PayloadError(source.id, f"{path.name} cannot be cut into its entries: {error}") from error


def _spans(reader: JsonReader, text: str, at: int) -> Generator[tuple[int, int], None, int]:
    """Yield where the entries at or below position ``at`` stand, in the order of the reader, which saw nothing else.

    Only the pages are walked here: an entry is decoded once, and once more for each page around it. Returns the end.
    """
    if text[at] == "[":
        return (yield from _spans_of_items(reader, text, at))
    if text[at] != "{":
        return _DECODER.raw_decode(text, at)[1]
    members, end = _members(reader, text, at)
    if members is None or all(name in members for name in reader.entry):
        yield at, end
        return end
    inner = [name for name in members if name not in reader.page] if "*" in reader.through else reader.through
    for name in inner:
        for start in members.get(name, ()):
            yield from _spans(reader, text, start)
    return end


def _spans_of_items(reader: JsonReader, text: str, at: int) -> Generator[tuple[int, int], None, int]:
    at = _past_space(text, at + 1)
    while text[at] != "]":
        at = yield from _spans(reader, text, at)
        at = _past_comma(text, at)
    return at + 1


def _members(reader: JsonReader, text: str, at: int) -> tuple[dict[str, list[int]] | None, int]:
    """Return where the values of each member of the object at ``at`` begin, None of an entry, and where it ends.

    What does not begin as a page does is most likely an entry: that is told quicker by decoding it as a whole.
    """
    members: dict[str, list[int]] = {}
    at = _past_space(text, (begin := at) + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        if not members and not (name in reader.through or name in reader.page):
            value, end = _DECODER.raw_decode(text, begin)
            if all(key in value for key in reader.entry):
                return None, end
        at = _past_space(text, _past_space(text, at) + 1)  # the colon
        members.setdefault(name, []).append(at)
        at = _past_comma(text, _DECODER.raw_decode(text, at)[1])
    return members, at + 1


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _past_comma(text: str, at: int) -> int:
    at = _past_space(text, at)
    return _past_space(text, at + 1) if text[at] == "," else at


_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
          (b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))  # fmt: skip
"""How a document begins that says its encoding so (XML 1.0, appendix F); any other declares it, or is UTF-8."""
_TAG = re.compile(rb"""<[^"'>]*(?:(?:"[^"]*"|'[^']*')[^"'>]*)*>""")


class _XmlCutter:
    """Notes where the elements at given places begin, and where their end tags do, in bytes."""

    def __init__(self, wanted: set[tuple[str, ...]]) -> None:
        self.wanted = wanted
        self.spans: list[tuple[int, int]] = []
        self._place: list[str] = []
        self._starts: list[int] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end

    def _begin(self, name: str, _attributes: Mapping[str, str]) -> None:
        self._place.append(name.rpartition(":")[2])
        if tuple(self._place[1:]) in self.wanted:
            self._starts.append(self.parser.CurrentByteIndex)

    def _end(self, _name: str) -> None:
        if tuple(self._place[1:]) in self.wanted:
            self.spans.append((self._starts.pop(), self.parser.CurrentByteIndex))
        self._place.pop()


def _of_xml(source: Source, reader: XmlReader, role: str, path: Path) -> Iterator[Excerpt]:
    cutter = _XmlCutter({tuple(entry.split("/")) for entry in reader.entries})
    try:
        content = _as_utf8(path.read_bytes())
        cutter.parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # such as an encoding that Python does not know
        raise PayloadError(source.id, f"{path.name} cannot be cut into its entries: {error}") from error
    for start, end in cutter.spans:
        yield Excerpt(role=role, file=path.name, text=content[start : _close(content, start, end)].decode())


def _as_utf8(content: bytes) -> bytes:
    """Return a document in UTF-8, whatever it declares. Raises UnicodeDecodeError, and LookupError for no encoding."""
    declared = _DECLARED.match(content[:200])
    named = declared[1].decode() if declared else "utf-8"
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), named)
    return content if encoding.lower() in ("utf-8", "utf8") else content.decode(encoding).encode()


def _close(content: bytes, start: int, end: int) -> int:
    """Return where the element ends whose tag is at ``start`` and whose end tag, if it has one, is at ``end``."""
    tag = _TAG.match(content, start)
    if tag and tag[0].endswith(b"/>"):
        return tag.end()
    return content.index(b">", end) + 1

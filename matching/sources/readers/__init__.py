"""Readers: a publisher's files in, entries out, one tree each (see matching/sources/paths.py).

Reads   the payload files of one retrieval, by role; trusts nothing in them.
Writes  nothing; yields entries in the publisher's order.
Grain   one entry of the list.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matching.errors import PayloadError
from matching.sources.paths import Tree
from matching.sources.readers import csv_rows, json_pages, lookups, xlsx_rows, xml_elements
from matching.sources.readers.repeats import combine
from matching.sources.spec import CsvReader, JsonReader, Source, XlsxReader

Files = Mapping[str, Sequence[Path]]


def read_entries(source: Source, files: Files) -> Iterator[Tree]:
    """Yield the entries of ``files`` (role to paths), repeats combined as the source says.

    Raises PayloadError where a file is missing, cannot be read, or is not what the source declares.
    """
    entries = read_uncombined(source, files)
    return entries if source.reader.repeats is None else combine(entries, source.reader.repeats)


def read_uncombined(source: Source, files: Files) -> Iterator[Tree]:
    """Yield the entries of ``files`` as they stand there, repeats too. Raises as ``read_entries`` does."""
    missing = [role for role, payload in source.payloads.items() if payload.required and not files.get(role)]
    if missing:
        expected = "; ".join(f"{role} ({', '.join(source.payloads[role].files)})" for role in missing)
        raise PayloadError(source.id, f"payload files are missing: {expected}")
    if isinstance(source.reader, CsvReader):
        return csv_rows.read(source, source.reader, files)
    if isinstance(source.reader, XlsxReader):
        return xlsx_rows.read(source, source.reader, files)
    if isinstance(source.reader, JsonReader):
        return json_pages.read(source, source.reader, files)
    entries = xml_elements.read(source, source.reader, files)
    return lookups.resolve(source, source.reader, files, entries) if source.reader.lookups else entries

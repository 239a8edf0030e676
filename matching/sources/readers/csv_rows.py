"""CSV: one tree per row, ``{column: text or None}``; rows of other roles join it as a list under their role."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matching.errors import PayloadError
from matching.sources.paths import Tree
from matching.sources.readers.payload import read_text
from matching.sources.readers.tables import Row, check_header, join_rows
from matching.sources.spec import CsvReader, Source

if TYPE_CHECKING:
    import _csv


def read(source: Source, reader: CsvReader, files: Mapping[str, Sequence[Path]]) -> Iterator[Tree]:
    """Yield the rows of the main role's files, each with the rows of the joined roles."""
    main = source.main_role
    rows = (row for path in files[main] for row in _rows(source, reader, main, path))
    joined = {
        role: [row for path in files.get(role, ()) for row in _rows(source, reader, role, path)]
        for role in reader.joins
    }
    return join_rows(source, reader, rows, joined)


def _rows(source: Source, reader: CsvReader, role: str, path: Path) -> Iterator[Row]:
    text = read_text(source.id, path, encoding=reader.encoding, expected="CSV")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=reader.separator, quotechar=reader.quote, strict=True)
    numbered = _guarded(source, path, lines)
    for _ in range(reader.skip_rows):
        next(numbered, None)
    if reader.header:
        _, header = next(numbered, (0, []))
        columns = check_header(source, role, path, [name.strip() for name in header])
    else:
        columns = reader.columns[role]
    for number, cells in numbered:
        if len(cells) != len(columns):
            raise PayloadError(
                source.id,
                f"{path.name} line {number} has {len(cells)} cells, {len(columns)} were expected"
                f" ({', '.join(columns)}): the layout changed, the separator is not {reader.separator!r}, or the file"
                " is cut; compare it with reader.columns in source.yml",
            )
        yield dict(zip(columns, cells, strict=True))


def _guarded(source: Source, path: Path, lines: "_csv.Reader") -> Iterator[tuple[int, list[str]]]:
    """Number the lines that are not blank, and turn the parser's errors into ours."""
    try:
        for cells in lines:
            if cells and any(cells):
                yield lines.line_num, cells
    except csv.Error as error:
        raise PayloadError(
            source.id, f"{path.name} line {lines.line_num} is not CSV ({error}): retrieve the file again"
        ) from error

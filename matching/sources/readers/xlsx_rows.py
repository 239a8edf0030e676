"""XLSX: one tree per row of a sheet, like CSV. A date is YYYY-MM-DD, a whole number has no decimals."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from matching.errors import PayloadError
from matching.sources.paths import Tree
from matching.sources.readers.payload import refuse_html
from matching.sources.readers.tables import Row, check_header, join_rows
from matching.sources.spec import Source, XlsxReader

_MOST_UNPACKED = 1 << 30  # a workbook that unpacks to more than 1 GB is a bomb, not a list

# What openpyxl raises on workbooks that are no such; the last three where a part of one is missing or not as it must be.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError, ValueError, KeyError, AttributeError,
    IndexError, TypeError,
)  # fmt: skip


def read(source: Source, reader: XlsxReader, files: Mapping[str, Sequence[Path]]) -> Iterator[Tree]:
    """Yield the rows of the main role's files, each with the rows of the joined roles."""
    main = source.main_role
    rows = (row for path in files[main] for row in _rows(source, reader, main, path))
    joined = {
        role: [row for path in files.get(role, ()) for row in _rows(source, reader, role, path)]
        for role in reader.joins
    }
    return join_rows(source, reader, rows, joined)


def _rows(source: Source, reader: XlsxReader, role: str, path: Path) -> Iterator[Row]:
    cells = _cells(source, reader, path)
    for _ in range(reader.skip_rows):
        next(cells, None)
    if reader.header:
        header = [_text(cell) or "" for cell in next(cells, ())]
        columns = check_header(source, role, path, header[: _width(header)])
    else:
        columns = reader.columns[role]
    for number, row in enumerate(cells, reader.skip_rows + 2):
        texts = [_text(cell) for cell in row]
        if _width(texts) > len(columns):
            raise PayloadError(
                source.id,
                f"{path.name} row {number} has a value in column {_width(texts)}, {len(columns)} columns were expected:"
                " the layout changed; compare it with source.yml",
            )
        if any(texts):
            yield dict(zip(columns, [*texts, *[None] * len(columns)], strict=False))


def _cells(source: Source, reader: XlsxReader, path: Path) -> Iterator[tuple[Any, ...]]:
    import openpyxl  # here, since most lists do without: it takes a quarter of a second
    from openpyxl.utils.exceptions import InvalidFileException

    refuse_html(source.id, path, "XLSX")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > _MOST_UNPACKED:
            raise PayloadError(source.id, f"{path.name} unpacks to {unpacked} bytes: refused as no list is so large")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        if reader.sheet is not None and reader.sheet not in book.sheetnames:
            raise PayloadError(
                source.id, f"{path.name} has the sheets {', '.join(book.sheetnames)}, {reader.sheet} was expected"
            )
        sheet = book[reader.sheet or book.sheetnames[0]]
        yield from sheet.iter_rows(values_only=True)
        book.close()
    except (*_DAMAGE, InvalidFileException) as error:
        raise PayloadError(
            source.id, f"{path.name} is not a workbook in XLSX: it is cut or damaged; retrieve it again"
        ) from error


def _text(cell: object) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def _width(texts: Sequence[str | None]) -> int:
    """Return the position after the last text."""
    return max((position for position, text in enumerate(texts, 1) if text), default=0)

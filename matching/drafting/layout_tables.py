"""The layout of CSV and XLSX: separator, encoding, rows above the header, header or none."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from matching.drafting.dates import month_names
from matching.drafting.encodings import guess_encoding
from matching.drafting.layout import FoundLayout
from matching.drafting.naming import meanings
from matching.errors import PayloadError

_SEPARATORS = (",", ";", "\t", "|", "^", "~", "¦", ":")
_ROWS = 2000
_HAS_DIGITS = re.compile(r"\d{2,}")
Rows = list[list[str]]


def look_at_csv(source_id: str, paths: Sequence[Path], role: str) -> FoundLayout:
    """Return the layout of CSV files, by the first of them."""
    raw = paths[0].read_bytes()
    encoding = guess_encoding(raw)
    text = raw.decode(encoding.name).rstrip("\x1a\r\n \t\x00")
    separator, quote, rows = _separated(source_id, paths[0], text)
    reader: dict[str, Any] = {"format": "csv"}
    check: dict[str, str] = {}
    if separator != ",":
        reader["separator"] = separator
    if quote != '"':
        reader["quote"] = quote
        check["quote"] = "quotation marks were chosen so that every line has as many cells"
    if encoding.name != "utf-8-sig":
        reader["encoding"] = encoding.name
    if not encoding.is_sure:
        check["encoding"] = (
            "the file does not say its encoding; this one makes words of most letters: look at the names"
        )
    head, more, notes = _header(rows, role)
    return FoundLayout(reader={**reader, **head}, check={**check, **more}, notes=notes)


def look_at_xlsx(source_id: str, paths: Sequence[Path], role: str) -> FoundLayout:
    """Return the layout of workbooks, by the sheet of the first one that has most cells."""
    book = openpyxl.load_workbook(paths[0], read_only=True, data_only=True)
    sheets = {sheet.title: _sheet_rows(sheet) for sheet in book}
    names = book.sheetnames
    book.close()
    best = max(sheets, key=lambda title: sum(map(len, sheets[title])))
    if not sheets[best]:
        raise PayloadError(source_id, f"{paths[0].name} has no cell with a value: give the file that holds the list")
    head, check, notes = _header(sheets[best], role)
    reader: dict[str, Any] = {"format": "xlsx"}
    if best != names[0] or len([rows for rows in sheets.values() if rows]) > 1:
        reader["sheet"] = best
        check["sheet"] = f"other sheets are not read: {', '.join(name for name in names if name != best)}"
    return FoundLayout(reader={**reader, **head}, check=check, notes=notes)


def _sheet_rows(sheet: Any) -> Rows:
    rows: Rows = []
    for row in sheet.iter_rows(values_only=True):
        texts = ["" if cell is None else str(cell).strip() for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        rows.append(texts)
        if len(rows) >= _ROWS:
            break
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _separated(source_id: str, path: Path, text: str) -> tuple[str, str, Rows]:
    """Return separator, quotation mark and rows: those by which most lines have as many cells, and several."""
    scored = []
    for quote in ('"', "'"):
        for separator in _SEPARATORS:
            if separator not in text:
                continue
            rows = _rows(text, separator, quote)
            width, lines = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
            if width > 1:
                scored.append((lines / len(rows), quote == '"', width, separator, quote, rows))
    if not scored:
        raise PayloadError(
            source_id,
            f"{path.name} is no table: no separator ({' '.join(_SEPARATORS).replace(chr(9), 'tab')}) parts its lines"
            " into cells, and it is neither JSON nor XML. Look at the file",
        )
    _, _, _, separator, quote, rows = max(scored, key=lambda found: (round(found[0], 2), found[1], found[2]))
    return separator, quote, rows


def _rows(text: str, separator: str, quote: str) -> Rows:
    found: Rows = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=quote, strict=True):
            if any(cells):
                found.append(cells)
            if len(found) >= _ROWS:
                break
    except csv.Error:
        return []
    return found


def _header(rows: Rows, role: str) -> tuple[dict[str, Any], dict[str, str], tuple[str, ...]]:
    """Return the keys of the reader that say where the header is, what to check of them, and notes."""
    width = Counter(len(row) for row in rows if len(row) > 1).most_common(1)[0][0]
    above = next((position for position, row in enumerate(rows) if sum(map(bool, row)) * 2 > width), 0)
    first, below = rows[above], rows[above + 1 :]
    skipped = {"skip_rows": above} if above else {}
    if not _is_header(first, below):
        columns = [f"column_{number}" for number in range(1, width + 1)]
        return (
            {**skipped, "header": False, "columns": {role: columns}},
            {"columns": "the file has no header: give the columns their names, here and wherever they stand below"},
            ("the file has no header: columns are guessed from their values alone",),
        )
    names = [name.strip() for name in first]
    if "" in names or len(set(names)) < len(names):
        return (
            {"skip_rows": above + 1, "header": False, "columns": {role: _distinct(names, width)}},
            {"columns": "the header has columns without a name or with the same one: they are numbered here"},
            ("the header has columns without a name or with the same one",),
        )
    return skipped, {}, ()


def _distinct(names: Sequence[str], width: int) -> list[str]:
    made: list[str] = []
    for number, name in enumerate([*names, *[""] * (width - len(names))], 1):
        plain = name or f"column_{number}"
        made.append(plain if plain not in made else f"{plain} {number}")
    return made


def _is_header(first: Sequence[str], below: Rows) -> bool:
    """Whether ``first`` names the columns: known names, or text above what is not."""
    cells = [cell for cell in first if cell]
    known = sum(any(meaning.is_sure for meaning in meanings((cell,))) for cell in cells)
    if known >= max(2, len(cells) // 3):
        return True
    if any(_HAS_DIGITS.search(cell) for cell in cells) or any(cell.casefold() in month_names() for cell in cells):
        return False
    later = [set(column) for column in zip(*(row for row in below if len(row) == len(first)), strict=False)]
    recurring = sum(cell in column for cell, column in zip(first, later, strict=False) if cell)
    numeric = sum(any(_HAS_DIGITS.search(cell) for cell in column) for column in later)
    return recurring == 0 and (known > 0 or numeric > 0)

"""A file of people made ready for its columns to be recognised: in UTF-8, with a header, and a row for each person.

Enters: the file as given. Leaves: that file, or a copy of it in a scratch folder. Nothing is left out but empty lines.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matching.drafting.naming import meanings
from matching.errors import UsageError

_TEXT = (".csv", ".txt", ".tsv")
_SEPARATOR = re.compile(r"[,;\t|^~:{\[<¦]")  # of a table's header, or what JSON and XML begin with
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_KNOWN = {"format", "separator", "quote", "encoding", "repeats"}
NO_HEADER = "the first line is no name of a column that is known: it is taken as a person, as every line"


def ready(path: Path, folder: Path) -> tuple[Path, list[str]]:
    """Return the file to recognise, a copy in ``folder`` where ``path`` is not ready as it is, and what to say of it.

    Raises UsageError where the file says it is in UTF-16 or UTF-32 and is not.
    """
    if path.suffix.lower() not in _TEXT:
        return path, []
    raw = path.read_bytes()
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    if encoding is not None:
        try:
            path = _written(folder / path.name, raw.decode(encoding))
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} begins as {encoding} and is not ({error.reason}): save it as UTF-8") from error
    return _numbered(path, folder) if _is_one_column(path) else (path, [])


def one_row_each(path: Path, reader: Mapping[str, Any], folder: Path) -> Path:
    """Return a copy of the table in which no two rows have one id, where ``reader`` would take such rows as one person.

    A second row of an id becomes ``<id> (row <n>)``. Raises UsageError where the table cannot be written again.
    """
    column = reader["repeats"]["by"]
    if reader["format"] != "csv" or not set(reader) <= _KNOWN:
        raise UsageError(
            f"several rows of {path.name} have the same {column}, and would be read as one person: give every row an id of"
            " its own, leave that column out, or describe the file with --mapping"
        )
    layout = {"delimiter": reader.get("separator", ","), "quotechar": reader.get("quote", '"')}
    text = path.read_bytes().decode(reader.get("encoding", "utf-8-sig"))
    header, *rows = csv.reader(io.StringIO(text, newline=""), **layout)
    place, met = header.index(column), Counter[str]()
    for number, row in enumerate(rows, start=2):
        if len(row) > place:
            met[row[place]] += 1
            row[place] += f" (row {number})" if met[row[place]] > 1 else ""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return _written(folder / f"{path.stem}.csv", out.getvalue())


def _is_one_column(path: Path) -> bool:
    """Whether a text file is nothing but a line per person: names, which no separator tells to be a table."""
    with path.open("rb") as file:
        return not _SEPARATOR.search(file.readline().decode("utf-8", errors="replace"))


def _numbered(path: Path, folder: Path) -> tuple[Path, list[str]]:
    """Copy a file of one column, with the number of the line as the person's id beside it; empty lines are left out."""
    text = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="surrogateescape")
    lines = [(number, _unquoted(line.rstrip("\r"))) for number, line in enumerate(text.split("\n"), start=1)]
    has_header = bool(lines) and bool(meanings((lines[0][1],)))
    header = lines[0][1].strip() if has_header else "name"
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(["id", header])
    table.writerows([number, line] for number, line in lines[has_header:] if line.strip())
    return _written(folder / "people.csv", out.getvalue()), [] if has_header or not lines else [NO_HEADER]


def _unquoted(line: str) -> str:
    """Return the one cell of a line: as it stands, or what the quotation marks that it begins with hold."""
    if not line.startswith('"'):
        return line
    cells = next(csv.reader([line]))
    return cells[0] if len(cells) == 1 else line


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    return path

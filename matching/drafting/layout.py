"""Where the entries of a payload are and how to read them: the ``reader:`` of a source.yml, from the bytes alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matching.errors import UsageError
from matching.sources.readers.payload import refuse_html

_LOOKED_AT = 4096


@dataclass(frozen=True, kw_only=True)
class FoundLayout:
    """``reader`` as source.yml writes it; ``check`` what a person should look at, by key of ``reader``."""

    reader: dict[str, Any]
    check: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def kind_of(path: Path) -> str:
    """Return csv, xlsx, json or xml. Raises UsageError where the file is none of these."""
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"  # other archives are unpacked by now
    if start.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"BZh", b"7z\xbc\xaf")):
        raise UsageError(
            f"{path.name} is a PDF, an old binary workbook or packed in a way that no reader takes: unpack it, or save"
            " it as XLSX or CSV"
        )
    text = start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text.startswith(b"<"):
        return "xml"
    return "json" if text.startswith((b"{", b"[")) and not text.startswith(b"[]") else "csv"


def check_files(source_id: str, paths: Sequence[Path]) -> str:
    """Return the format that all of ``paths`` have. Raises UsageError, or PayloadError for an empty or HTML file."""
    for path in paths:
        refuse_html(source_id, path, "a list")
    kinds = {kind_of(path) for path in paths}
    if len(kinds) > 1:
        raise UsageError(f"the files are of several formats ({', '.join(sorted(kinds))}): give files of one layout")
    return kinds.pop()

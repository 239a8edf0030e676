"""Opening a publisher's file with suspicion: an HTML page is not a list, whatever its name says."""

import re
from pathlib import Path

from matching.errors import PayloadError

_HTML = re.compile(
    rb"^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S
)


def refuse_html(source_id: str, path: Path, expected: str) -> None:
    """Raise PayloadError where ``path`` is empty or holds a web page in place of ``expected`` (e.g. ``JSON``)."""
    with path.open("rb") as file:
        start = file.read(2048)
    if not start.strip():
        raise PayloadError(source_id, f"{path.name} is empty: {expected} was expected; retrieve it again")
    if _HTML.match(start):
        raise PayloadError(
            source_id,
            f"{path.name} is an HTML page, {expected} was expected: the publisher probably answered with an error or"
            " login page; open it in a browser to see, then retrieve the list again",
        )


def read_text(source_id: str, path: Path, *, encoding: str, expected: str) -> str:
    """Return the text of ``path``, without a final 0x1A. Raises PayloadError where it is not in ``encoding``."""
    refuse_html(source_id, path, expected)
    try:
        text = path.read_bytes().decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise PayloadError(
            source_id,
            f"{path.name} cannot be read as {encoding} ({_reason(error)}): set reader.encoding in source.yml to the"
            " encoding the publisher uses, or retrieve the file again",
        ) from error
    return text.rstrip("\x1a\r\n \t\x00")


def _reason(error: UnicodeDecodeError | LookupError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} does not fit"
    return "unknown encoding"

"""Date formats of a source.yml: ``DD Mon YYYY`` as a regular expression with groups year, month, day and name.

``YYYY`` is the year, ``MM`` and ``M`` the month, ``DD`` and ``D`` the day, ``Mon`` a month's name or abbreviation; all
else stands for itself. There is no token for a two-digit year.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

_TOKENS = {
    "YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{2})", "M": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{2})",
    "D": r"(?P<day>\d{1,2})", "Mon": r"(?P<name>[^\W\d_](?:[^\d_/,]*[^\s\d_/,.-])?)\.?",
}  # fmt: skip
_TOKEN = re.compile("YYYY|Mon|MM|DD|M|D|\\s+|.", re.S)


def compile_format(given: str) -> re.Pattern[str]:
    """Compile a date format. Raises ValueError where it has no year or a part twice."""
    pattern = "".join(
        _TOKENS.get(token) or (r"\s+" if token.isspace() else re.escape(token)) for token in _TOKEN.findall(given)
    )
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"date format {given!r}: a part is given twice") from error
    if "year" not in compiled.groupindex:
        raise ValueError(f"date format {given!r}: no YYYY (two-digit years are not read)")
    return compiled


def _check(given: str) -> str:
    compile_format(given)
    return given


DateFormat = Annotated[str, AfterValidator(_check)]

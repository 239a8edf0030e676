"""Machine-readable lines of passports and cards, where a list quotes them as the number (ICAO Doc 9303, parts 4 to 6).

Enters: text as published. Leaves: the document's number, and whether its own check digit holds. The other fields of the
lines (birth, sex, expiry) have check digits of their own; they are not a document's number, and are left alone.
"""

import re
from typing import NamedTuple

from matching.normalise.check_digits import seven_three_one


class MachineReadable(NamedTuple):
    """The document number of machine-readable lines, and whether its check digit holds."""

    number: str
    is_valid: bool


_SHORTEST = 30  # characters of a line of TD1, the shortest

# TD3 and TD2 carry the number at the start of their second line, TD1 behind the issuer in its first.
_SECOND_LINE = re.compile(r"(?P<number>[A-Z0-9<]{9})(?P<digit>[0-9<])[A-Z<]{3}\d{6}\d[MFX<]\d{6}\d[A-Z0-9<]{7,16}$")
_FIRST_LINE = re.compile(r"^[ACI][A-Z0-9<][A-Z<]{3}(?P<number>[A-Z0-9<]{9})(?P<digit>[0-9<])[A-Z0-9<]{15}")


def read_machine_readable(text: str) -> MachineReadable | None:
    """Return what machine-readable lines say, None where ``text`` is none.

    >>> read_machine_readable("L898902C36UTO7408122F1204159ZE184226B<<<<<10")
    MachineReadable(number='L898902C3', is_valid=True)
    """
    if len(text) < _SHORTEST:
        return None
    lines = "".join(text.upper().split()).replace("«", "<<")
    found = _SECOND_LINE.search(lines) or _FIRST_LINE.match(lines)
    if found is None:
        return None
    digit = found["digit"].replace("<", "0")
    return MachineReadable(found["number"].replace("<", ""), seven_three_one(found["number"]) == digit)

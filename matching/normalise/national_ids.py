"""National numbers: whether one can have been issued, and what it says of its holder.

Enters: kind, issuing country and number of a document. Leaves: a verdict (see national_numbers.py). The schemes are in
national_ids_europe.py and national_ids_elsewhere.py, an entry each, with the standard or law they follow.
"""

from functools import cache

from matching.normalise.national_ids_elsewhere import ELSEWHERE
from matching.normalise.national_ids_europe import EUROPE
from matching.normalise.national_numbers import Scheme, Verdict

SCHEMES = (*EUROPE, *ELSEWHERE)
UNCHECKED = Verdict("unchecked")


def judge(kind: str, country_code: str | None, number: str) -> Verdict:
    """Return the verdict on ``number`` (upper-case ASCII letters and digits). A passed check outweighs all else.

    >>> judge("national_id", "NL", "111222333").validity, judge("national_id", "NL", "111222334").validity
    ('valid', 'invalid')
    """
    verdicts = [found for scheme in schemes_of(kind, country_code) if (found := scheme.read(number)) is not None]
    for validity in ("valid", "format", "invalid"):
        for verdict in verdicts:
            if verdict.validity == validity:
                return verdict
    return UNCHECKED


@cache
def schemes_of(kind: str, country_code: str | None) -> tuple[Scheme, ...]:
    """Return the schemes of a country under which a document of ``kind`` may fall."""
    return tuple(scheme for scheme in SCHEMES if kind in scheme.kinds and country_code in scheme.countries.split())

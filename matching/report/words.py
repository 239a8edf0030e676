"""Values as a person reads them: probabilities, weights, dates, levels, links.

Pure functions from a value of a table to text. Nothing here decides anything; what rounds, rounds away from certainty.
"""

import calendar
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

# A longer value (a remark, a page saved as a field) is cut here: some ten lines of a card. The export has all of it.
LONGEST_TEXT = 600


def probability(value: float) -> str:
    """Return a match probability in per cent, never as certainty.

    >>> [probability(p) for p in (0.5, 0.98765, 0.9987, 0.99995, 1.0, 0.00001)]
    ['50.0 %', '98.8 %', '99.87 %', '>99.99 %', '>99.99 %', '<0.01 %']
    """
    if value > 0.9999:
        return ">99.99 %"
    if value < 0.0001:
        return "<0.01 %"
    digits = 1 if 0.01 <= value < 0.99 else 2
    return f"{100 * value:.{digits}f} %"


def weight(value: float) -> str:
    """Return a match weight (log2) with its sign and one decimal.

    >>> [weight(w) for w in (12.34, -3.0, 0.04, -0.04)]
    ['+12.3', '−3.0', '0.0', '0.0']
    """
    text = f"{abs(value):.1f}"
    if text == "0.0":
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def likelihood(value: float) -> str:
    """Return what the match weight ``value`` of one field says, as a ratio of likelihoods.

    >>> likelihood(6.3)
    'about 79 times likelier if the same person'
    >>> likelihood(-2)
    'about 4 times likelier if different persons'
    """
    if abs(value) < 0.1:
        return "says nothing either way"
    side = "the same person" if value > 0 else "different persons"
    return f"{_times(abs(value))} likelier if {side}"


def prior_odds(value: float) -> str:
    """Return what the prior weight ``value`` says of two records picked at random.

    >>> prior_odds(-10)
    'before evidence, about 1 pair of records in 1,000 is the same person'
    """
    if value < 0:
        pairs = _rounded(1 + 2 ** min(-value, 40))
        return f"before evidence, about 1 pair of records in {pairs} is the same person"
    return "before evidence, at least every second pair of records is the same person"


def _times(log2_factor: float) -> str:
    if log2_factor > 20:
        return "over a million times"
    return f"about {_rounded(2**log2_factor)} times"


def _rounded(number: float) -> str:
    if number >= 1e9:
        return "a billion or more"
    if number < 10:
        return f"{number:.1f}".removesuffix(".0")
    return f"{int(float(f'{number:.2g}')):,}"


def count(value: int) -> str:
    """Return a count with thousands separated."""
    return f"{value:,}"


def moment(value: datetime) -> str:
    """Return an aware time to the minute, in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def sentence(term: str) -> str:
    """Return a name of the code (a level, a kind, a rule) as words.

    >>> sentence("different_year")
    'Different year'
    """
    text = term.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def clip(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return ``text``, cut after ``longest`` characters with a count of what is left out."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest:,} characters more)"


def interval(earliest: date, latest: date) -> str:
    """Return the days from ``earliest`` to ``latest`` as the shortest text that neither adds nor loses one.

    >>> interval(date(1970, 1, 1), date(1970, 12, 31)), interval(date(1970, 2, 1), date(1970, 2, 28))
    ('1970', '1970-02')
    >>> interval(date(1968, 1, 1), date(1972, 12, 31))
    '1968 to 1972'
    >>> interval(date(1970, 3, 9), date(1971, 2, 26))  # a year of another calendar
    '1970-03-09 to 1971-02-26'
    """
    if earliest == latest:
        return earliest.isoformat()
    if (earliest.month, earliest.day, latest.month, latest.day) == (1, 1, 12, 31):
        years = (f"{earliest.year:04}", f"{latest.year:04}")
        return years[0] if years[0] == years[1] else f"{years[0]} to {years[1]}"
    last_day = calendar.monthrange(latest.year, latest.month)[1]
    if (earliest.year, earliest.month, 1, last_day) == (latest.year, latest.month, earliest.day, latest.day):
        return f"{earliest.year:04}-{earliest.month:02}"
    return f"{earliest.isoformat()} to {latest.isoformat()}"


def safe_url(text: str | None) -> str | None:
    """Return ``text`` where it is an absolute http or https address, None for anything else.

    A publisher's payload is not to be trusted: ``javascript:`` and ``file:`` must never become a link.
    """
    if text is None or any(character.isspace() for character in text.strip()):
        return None
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    return text.strip() if parts.scheme in {"http", "https"} and parts.hostname else None

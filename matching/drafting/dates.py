"""Date formats from dates: which ones a field is written in, and which stay unclear."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from babel.dates import get_month_names

from matching.records.dates import MONTHS, DateReader

_LANGUAGES = (
    "ru", "uk", "fr", "es", "pt", "de", "it", "nl", "tr", "pl", "ro", "cs", "sr", "sr_Latn", "hr", "bg", "el", "ar",
    "ar_IQ", "fa", "az", "kk", "id", "ms", "vi", "sv", "da", "nb", "fi", "hu", "he", "sq", "uz", "ka", "hy", "hi", "th",
)  # fmt: skip
_PIECE = re.compile(r"\d+|[^\W\d_]+|\s+|.")
_AROUND = re.compile(r"(?:circa|ca|c|approximately|approx|about|around|abt|between|from|to|and|until|or)\b\.?", re.I)
_TIME = re.compile(r"(?<=\d)[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
_SEPARATORS = (r">>", r";", r"\|", r"\s/\s", r"(?:^|(?<=\W))[a-z]\)", r"\s+or\s+", r"(?<=\d{4}),\s*")
"""What stands between several dates of one text; the letters of an enumeration among them."""

_EDGES = " .,;:"
_RARE = 1000  # a form that fewer than one in so many dates has is a slip
_CALENDARS = ((1250, 1450, "hijri"), (2400, 2600, "buddhist"))
_LARGEST_MONTH = 12
_LITERALS = frozenset(
    (
        "г",
        "р",
        "гр",
        "год",
        "года",
        "року",
        "рік",
        "ж",
        "жж",
        "年",
        "月",
        "日",
        "年生",
        "生",
        "년",
        "월",
        "일",
        "생",
        "سنة",
    )
)
"""Words that stand in dates beside their numbers, and mean nothing more."""
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Dates:
    """How the dates of a field are written.

    ``formats`` are as in source.yml; ``months`` names that English lacks; ``unclear`` the formats whose day and month
    could be the other way round and no date says which; ``unread`` the masked forms no format reads, with counts;
    ``split`` is a pattern of what stands between several dates, ``strip`` what stands around one.
    """

    formats: tuple[str, ...] = ()
    months: Mapping[str, int]
    unclear: tuple[str, ...] = ()
    unread: Mapping[str, int]
    read: int = 0
    count: int = 0
    has_time: bool = False
    calendar: str | None = None
    split: str | None = None
    strip: str | None = None

    @property
    def share(self) -> float:
        """Share of the values that the formats read."""
        return self.read / self.count if self.count else 0.0


@cache
def month_names() -> Mapping[str, int]:
    """Return the names of months in the languages of lists, in small letters, without those that two dispute."""
    found: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        for name, number in _months_of(language).items():
            found.setdefault(name, set()).add(number)
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1} | MONTHS


@cache
def _months_of(language: str) -> Mapping[str, int]:
    names = {
        str(name).casefold().strip("."): number
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, language).items()
    }
    return {name: number for name, number in names.items() if name.isalpha()}


def masked(text: str) -> str:
    """Return ``text`` with every digit as 9 and every letter as a, so that it tells of no one.

    >>> masked("12 мая 1970 г.")
    '99 ааа 9999 а.'
    """
    return "".join("9" if char.isdigit() else _letter(char) if char.isalpha() else char for char in text)


def _letter(char: str) -> str:
    return "а" if "\u0400" <= char <= "\u04ff" else "a"


def infer_dates(values: Iterable[str]) -> Dates:
    """Return how ``values`` are written, as far as they are dates of one calendar."""
    texts = [text.strip() for text in values]
    split, pieces = _split(texts)
    bare = [_TIME.sub("", piece.strip(_EDGES)) for piece in pieces]
    shapes: Counter[tuple[str, ...]] = Counter()
    firsts: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for text in bare:
        for shape, pair in _shapes_in(text):
            shapes[shape] += 1
            firsts.setdefault(shape, []).append(pair)
    frequent = Counter({shape: count for shape, count in shapes.items() if count * _RARE >= len(bare)})
    formats, unclear = _formats(frequent, firsts)
    months = _foreign_months(bare)
    reader = DateReader(formats or ("YYYY",), months)
    unread = Counter(masked(text) for text in bare if reader.read(text) is None)
    return Dates(
        formats=tuple(formats),
        months=months,
        unclear=tuple(unclear),
        unread=dict(unread.most_common(_SHOWN)),
        read=len(bare) - unread.total(),
        count=len(bare),
        has_time=any(_TIME.search(piece) for piece in pieces),
        calendar=_calendar(bare),
        split=split,
        strip=_EDGES if any(piece.strip() != piece.strip(_EDGES) for piece in pieces) else None,
    )


def _split(texts: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the pattern that parts texts of several dates, None where there are none, and the single dates."""
    pieces, used = list(texts), []
    for separator in _SEPARATORS:
        several = [text for text in pieces if re.search(separator, text)]
        parts = [part.strip(_EDGES) for text in several for part in re.split(separator, text)]
        dates = [part for part in parts if part and any(True for _ in _shapes_in(part))]
        if len(several) * _RARE >= len(pieces) and several and len(dates) * 2 > len([part for part in parts if part]):
            used.append(separator)
            pieces = [part for text in pieces for part in re.split(separator, text) if part.strip(_EDGES)]
    return "|".join(used) or None, pieces


def _shapes_in(text: str) -> Iterable[tuple[tuple[str, ...], tuple[int, int]]]:
    """Yield the shape of every date in ``text``, with the two numbers beside its year (0 where there is none)."""
    for part in re.split(r"\s+(?:to|and|until|or)\s+|\s+[-–]\s+", _AROUND.sub(" ", text, count=1).strip()):
        pieces = _PIECE.findall(part.strip())
        tokens = [_token(piece) for piece in pieces]
        # Formats take the full stop of an abbreviated month as part of it.
        shape = tuple(
            token for before, token in zip(["", *tokens], tokens, strict=False) if (before, token) != ("Mon", ".")
        )
        if _is_date(shape):
            numbers = [int(piece) for piece in pieces if piece.isdigit() and len(piece) <= 2]
            yield shape, ((numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0))
        elif shape == ("YYYYMMDD",):
            yield shape, (0, 0)


def _is_date(shape: tuple[str, ...]) -> bool:
    """Whether ``shape`` has one year, at most one month's name, and no more numbers than a date has."""
    numbers, names = shape.count("n") + shape.count("nn"), shape.count("Mon")
    return shape.count("YYYY") == 1 and "?" not in shape and names <= 1 and names + numbers <= 2


def _token(piece: str) -> str:
    """Return YYYY, nn or n for numbers, Mon for a month's name, ? for what no date has, and separators as they are."""
    if piece.isdigit():
        return {1: "n", 2: "nn", 4: "YYYY", 8: "YYYYMMDD"}.get(len(piece), "?")
    if piece.isalpha():
        if piece.casefold() in _LITERALS:
            return piece
        return "Mon" if piece.casefold() in month_names() else "?"
    return " " if piece.isspace() else piece


def _formats(
    shapes: Counter[tuple[str, ...]], firsts: Mapping[tuple[str, ...], Sequence[tuple[int, int]]]
) -> tuple[list[str], list[str]]:
    """Return the formats of ``shapes``, the most frequent first, and those of which day and month are unclear."""
    formats: dict[str, None] = {}
    unclear: dict[str, None] = {}
    for shape, _ in shapes.most_common():
        numbers = [piece for piece in shape if piece in ("n", "nn")]
        same_kind = [
            pair for other, pairs in firsts.items() if _separators(other) == _separators(shape) for pair in pairs
        ]
        order, is_clear = _order(shape, same_kind)
        made = _written(shape, order if len(numbers) == 2 else _single(shape))
        made = _lenient(made, [_written(other, order) for other in shapes if _separators(other) == _separators(shape)])
        formats[made] = None
        if len(numbers) == 2 and not is_clear:
            unclear[made] = None
    return list(formats), list(unclear)


def _separators(shape: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("n" if piece in ("n", "nn") else piece for piece in shape)


def _order(shape: tuple[str, ...], pairs: Sequence[tuple[int, int]]) -> tuple[tuple[str, str], bool]:
    """Return what the two numbers beside a year are, and whether a value shows it."""
    day_first = sum(first > _LARGEST_MONTH and second <= _LARGEST_MONTH for first, second in pairs)
    month_first = sum(second > _LARGEST_MONTH and first <= _LARGEST_MONTH for first, second in pairs)
    if day_first != month_first:
        order = ("D", "M") if day_first > month_first else ("M", "D")
        # A few the other way round are slips of the pen; many mean that both orders are used.
        return order, min(day_first, month_first) * 20 <= max(day_first, month_first)
    if "YYYY" in shape and shape.index("YYYY") == 0:
        return ("M", "D"), True
    return ("D", "M"), "." in shape


def _single(shape: tuple[str, ...]) -> tuple[str, str]:
    """Return what one number beside a year is: a day where the month is a word, else a month."""
    return ("D", "D") if "Mon" in shape else ("M", "M")


def _written(shape: tuple[str, ...], order: tuple[str, str]) -> str:
    parts = iter(order)
    if "Mon" in shape:  # beside a month's name, a day has one digit or two
        shape = tuple("n" if piece == "nn" else piece for piece in shape)
    return "".join((next(parts, order[-1]) * len(piece)) if piece in ("n", "nn") else piece for piece in shape)


def _lenient(made: str, others: Sequence[str]) -> str:
    """Return D for DD and M for MM where the same field writes both."""
    for short, long in (("D", "DD"), ("M", "MM")):
        if any(re.search(rf"(?<!{short}){short}(?![{short}o])", other) for other in others):
            made = re.sub(rf"{long}", short, made)
    return made


def _foreign_months(texts: Iterable[str]) -> dict[str, int]:
    """Return the names of months besides the English ones: all of the language that has those found."""
    known = month_names()
    words = {word.casefold() for text in texts for word in _PIECE.findall(text) if word.isalpha()}
    found = {word for word in words if word in known and word not in MONTHS}
    if not found:
        return {}
    best = max(_LANGUAGES, key=lambda language: len(found & _months_of(language).keys()))
    of_language = {name: number for name, number in _months_of(best).items() if name in known}
    return dict(sorted({**of_language, **{word: known[word] for word in found}}.items(), key=lambda item: item[1]))


def _calendar(texts: Sequence[str]) -> str | None:
    """Return the calendar that most years are of, None for the Gregorian one."""
    years = [int(year) for text in texts for year in re.findall(r"(?<!\d)\d{4}(?!\d)", text)]
    for first, last, calendar in _CALENDARS:
        if years and sum(first <= year <= last for year in years) * 2 > len(years):
            return calendar
    return None

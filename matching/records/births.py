"""Birth dates of an entry, as intervals. What cannot be read keeps its text, with both ends empty."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from matching.records.dates import DateReader, Interval, as_circa, interval, span
from matching.records.memo import Memo
from matching.records.readings import always
from matching.records.rules import Item, Items, Left, compile_nodes, fields_of
from matching.records.values import Compiler
from matching.sources.mapping import BirthRule
from matching.sources.paths import Tree

_NO_DATE = re.compile(r"[\W_]*(?:0[\W_]*)+")  # 0000/00/00
_EARLIEST = 1 + fields_of("births").index("earliest")  # entry, text, earliest, latest, precision, calendar
_Birth = tuple[object, ...]  # text, earliest, latest, precision, calendar
_Reading = tuple[str, Interval | None]  # what was published, and what it means


class _Stated(NamedTuple):
    """What one node says of a birth."""

    text: str | None
    calendar: str
    is_circa: bool
    earliest: str | None
    latest: str | None
    dates: tuple[str, ...]
    year: str | None
    month: str | None
    day: str | None


def compile_births(compiler: Compiler, rule: BirthRule, column: str, dates: DateReader) -> Items:
    """Return a function that gives the births of ``rule``."""
    nodes_of = compile_nodes(compiler, rule)
    reads: Sequence[Callable[[Sequence[Tree]], Sequence[Any]]] = [
        compiler.text(rule.text, f"{column}.text"),
        compiler.word(rule.calendar, f"{column}.calendar"),
        compiler.conditions(rule.circa) if rule.circa else always(False),
        compiler.text(rule.earliest, f"{column}.earliest"),
        compiler.text(rule.latest, f"{column}.latest"),
        compiler.texts(rule.date, f"{column}.date") if rule.date else always(()),
        *[compiler.text(getattr(rule, part), f"{column}.{part}") for part in ("year", "month", "day")],
    ]
    births: Memo[tuple[Any, ...], list[_Birth]] = Memo(lambda stated: _births(_Stated(*stated), dates))

    def find(positions: Sequence[int], entries: Sequence[Tree], items: list[Item], left: list[Left]) -> None:
        owners, nodes = nodes_of(positions, entries)
        stated = zip(*[read(nodes) for read in reads], strict=True)
        items += [(owner, *birth) for owner, said in zip(owners, stated, strict=True) for birth in births[said]]

    return find


def distinct_births(births: Sequence[Item]) -> Sequence[Item]:
    """Return the births without repeats, in order: those that were read and mean the same days are repeats."""
    seen: dict[Item, Item] = {}
    for birth in births:
        seen.setdefault((birth[0], *birth[_EARLIEST:]) if birth[_EARLIEST] else birth, birth)
    return list(seen.values())


def _births(stated: _Stated, dates: DateReader) -> list[_Birth]:
    calendar = stated.calendar or "gregorian"
    readings = _between(stated, calendar, dates) or _written(stated, calendar, dates) or _in_parts(stated, calendar)
    if not readings and stated.text:
        readings = [(stated.text, None)]
    return [
        _birth(stated.text or reading, as_circa(found) if stated.is_circa else found, calendar)
        for reading, found in readings
    ]


def _birth(text: str, found: Interval | None, calendar: str) -> _Birth:
    if found is None:
        return (text, None, None, None, calendar)
    return (text, found.earliest, found.latest, found.precision, found.calendar)


def _between(stated: _Stated, calendar: str, dates: DateReader) -> Sequence[_Reading]:
    start, end = stated.earliest, stated.latest
    if start is None and end is None:
        return ()
    text = " to ".join(text or "?" for text in (start, end))
    if start is None or end is None:
        return [(text, None)]
    return [(text, span(dates.read(start, calendar), dates.read(end, calendar)))]


def _written(stated: _Stated, calendar: str, dates: DateReader) -> Sequence[_Reading]:
    return [(text, dates.read(text, calendar)) for text in stated.dates if not _NO_DATE.fullmatch(text)]


def _in_parts(stated: _Stated, calendar: str) -> Sequence[_Reading]:
    parts = [stated.year, stated.month, stated.day]
    text = "-".join(part for part in parts if part)
    if not any(int(part) if part and part.isdecimal() else part for part in parts):
        return ()
    if not all(part is None or part.isdecimal() for part in parts) or len(parts[0] or "") != 4:
        return [(text, None)]
    year, month, day = (int(part or 0) for part in parts)
    return [(text, interval(calendar, year, month, day))]

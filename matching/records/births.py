"""Birth dates of an entry, as intervals. What cannot be read keeps its text, with both ends empty."""

import re
from collections.abc import Callable, Sequence

from matching.records.dates import DateReader, Interval, as_circa, interval, span
from matching.records.memo import Memo
from matching.records.readings import Choice, Texts
from matching.records.rules import Item, Items, Nodes, compile_nodes, fields_of
from matching.records.values import Compiler
from matching.sources.mapping import BirthRule, Value
from matching.sources.paths import Tree

_NO_DATE = re.compile(r"[\W_]*(?:0[\W_]*)+")  # 0000/00/00
_Stated = tuple[str, Interval | None]  # what was published, and what it means
_EARLIEST = fields_of("births").index("earliest")  # text, earliest, latest, precision, calendar


def compile_births(compiler: Compiler, rule: BirthRule, column: str, dates: DateReader) -> Items:
    """Return a function that gives the births of ``rule``."""
    nodes = compile_nodes(compiler, rule)
    if rule.date is not None and rule == BirthRule(
        each=rule.each, when=rule.when, date=rule.date, formats=rule.formats
    ):
        return _dates_alone(nodes, compiler.texts(rule.date, f"{column}.date"), dates)
    text = compiler.text(rule.text, f"{column}.text")
    calendar = compiler.word(rule.calendar, f"{column}.calendar")
    is_circa = compiler.conditions(rule.circa) if rule.circa else None
    stated = _stated(compiler, rule, column, dates)

    def find(entry: Tree, items: list[Item], left: list[str]) -> None:
        for node in nodes(entry):
            used = calendar(node) or "gregorian"
            about = is_circa is not None and is_circa(node)
            published = text(node)
            readings = stated(node, used)
            if not readings and published:
                readings = [(published, None)]
            for reading, found in readings:
                items.append(_birth(published or reading, as_circa(found) if about else found, used))

    return find


def _dates_alone(nodes: Nodes, texts: Texts, dates: DateReader) -> Items:
    """Return a function for the commonest rule: dates as written, and nothing else."""
    births: Memo[str, Item | None] = Memo(
        lambda text: None if _NO_DATE.fullmatch(text) else _birth(text, dates.read(text), "gregorian")
    )

    def find(entry: Tree, items: list[Item], left: list[str]) -> None:
        for node in nodes(entry):
            for text in texts(node):
                birth = births[text]
                if birth is not None:
                    items.append(birth)

    return find


def distinct_births(births: list[Item]) -> list[Item]:
    """Return the births without repeats, in order: those that were read and mean the same days are repeats."""
    seen: dict[Item, Item] = {}
    for birth in births:
        seen.setdefault(birth[_EARLIEST:] if birth[_EARLIEST] else birth, birth)
    return list(seen.values())


def _birth(text: str, found: Interval | None, calendar: str) -> Item:
    if found is None:
        return (text, None, None, None, calendar)
    return (text, found.earliest, found.latest, found.precision, found.calendar)


def _stated(
    compiler: Compiler, rule: BirthRule, column: str, dates: DateReader
) -> Callable[[Tree, str], Sequence[_Stated]]:
    """Return a function that gives the dates a node states: its interval, else its dates, else year, month and day."""
    readers = [
        *([_between(compiler, rule.earliest, rule.latest, column, dates)] if rule.earliest or rule.latest else []),
        *([_written(compiler, rule.date, column, dates)] if rule.date else []),
        *([_in_parts(compiler, rule, column)] if rule.year else []),
    ]

    def read(node: Tree, calendar: str) -> Sequence[_Stated]:
        for reader in readers:
            found = reader(node, calendar)
            if found:
                return found
        return ()

    return read


def _between(
    compiler: Compiler, first: Value | None, last: Value | None, column: str, dates: DateReader
) -> Callable[[Tree, str], Sequence[_Stated]]:
    earliest, latest = compiler.text(first, f"{column}.earliest"), compiler.text(last, f"{column}.latest")

    def read(node: Tree, calendar: str) -> Sequence[_Stated]:
        start, end = earliest(node), latest(node)
        if start is None and end is None:
            return ()
        stated = " to ".join(text or "?" for text in (start, end))
        if start is None or end is None:
            return [(stated, None)]
        return [(stated, span(dates.read(start, calendar), dates.read(end, calendar)))]

    return read


def _written(
    compiler: Compiler, value: Value, column: str, dates: DateReader
) -> Callable[[Tree, str], Sequence[_Stated]]:
    texts = compiler.texts(value, f"{column}.date")
    return lambda node, calendar: [
        (text, dates.read(text, calendar)) for text in texts(node) if not _NO_DATE.fullmatch(text)
    ]


def _in_parts(compiler: Compiler, rule: BirthRule, column: str) -> Callable[[Tree, str], Sequence[_Stated]]:
    reads: list[Choice] = [
        compiler.text(part, f"{column}.{name}")
        for name, part in (("year", rule.year), ("month", rule.month), ("day", rule.day))
    ]

    def read(node: Tree, calendar: str) -> Sequence[_Stated]:
        parts = [read_part(node) for read_part in reads]
        stated = "-".join(part for part in parts if part)
        if not any(int(part) if part and part.isdecimal() else part for part in parts):
            return ()
        if not all(part is None or part.isdecimal() for part in parts) or len(parts[0] or "") != 4:
            return [(stated, None)]
        year, month, day = (int(part or 0) for part in parts)
        return [(stated, interval(calendar, year, month, day))]

    return read

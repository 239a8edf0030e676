"""Compiles the ``record:`` mapping of a source into one function from many entries to the columns of their records.

A column at a time, for all entries of a batch: so what is done per entry in Python is little. Most entries lack most
fields, and a rule looks only at the entries that have one of the fields it needs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from matching.records.births import compile_births, distinct_births
from matching.records.columns import in_order, item_column, joined, plain_column
from matching.records.dates import DateReader
from matching.records.memo import Memo
from matching.records.names import compile_names, with_primary
from matching.records.readings import Choice, always, values_of
from matching.records.rules import Item, Items, Left, compile_rule, distinct_texts, needed
from matching.records.values import Compiler, UnreadableError
from matching.sources.mapping import BirthRule, DateValue, NameRule, NumberValue, Rule, Value, Word, paths_read
from matching.sources.paths import Tree, names_of
from matching.sources.spec import Source

_LEADS = {
    "offences": "text", "birth_places": "text", "addresses": "text", "parents": "name", "identifiers": "number",
    "references": "id", "remarks": "text",
}  # fmt: skip
_CATEGORIES = ("entity_kind", "listing_kind", "status")

Needs = frozenset[str] | None
"""Fields of an entry without all of which a column or a rule finds nothing and need not run; None: it always runs."""

Read = Callable[[Sequence[Tree]], Sequence[Any]]
_FINISH: Mapping[str, Callable[[Sequence[Item]], Sequence[Item]]] = {"names": with_primary, "births": distinct_births}


@dataclass(frozen=True, slots=True)
class RecordReader:
    """The compiled mapping of one source.

    ``publisher_ids`` gives the ids that each entry may go by, best first; ``columns`` the columns of matching/tables.py
    that come from the entries. Both raise UnreadableError for a category that they do not know, whichever entry has it.
    """

    publisher_ids: Callable[[Sequence[Tree]], list[list[str]]]
    columns: Callable[[Sequence[Tree]], dict[str, pa.Array]]


class _Batch:
    """Some entries, and which of them have a field filled."""

    def __init__(self, entries: Sequence[Tree]) -> None:
        self.entries = entries
        self._filled: dict[str, list[int]] = {}  # no Memo of a method: a cycle would keep the entries in memory
        self._having: dict[Needs, tuple[Sequence[int], Sequence[Tree]]] = {}

    def having(self, needs: Needs) -> tuple[Sequence[int], Sequence[Tree]]:
        """Return the positions of the entries that have one of ``needs``, and those entries."""
        found = self._having.get(needs)
        if found is None:
            found = self._having[needs] = self._find(needs)
        return found

    def _find(self, needs: Needs) -> tuple[Sequence[int], Sequence[Tree]]:
        everything = range(len(self.entries)), self.entries
        if needs is None:
            return everything
        each = [found for name in needs if (found := self._with(name))]
        positions = each[0] if len(each) == 1 else sorted(set().union(*each))
        return (
            everything if len(positions) == len(self.entries) else (positions, [self.entries[at] for at in positions])
        )

    def _with(self, name: str) -> list[int]:
        """Return the positions of the entries in which the field ``name`` is not empty."""
        found = self._filled.get(name)
        if found is None:
            found = self._filled[name] = [
                position
                for position, value in enumerate(values_of(name, self.entries))
                if value is not None and value != ""
            ]
        return found


def compile_record(source: Source) -> RecordReader:
    """Compile the mapping of ``source``."""
    compiler = Compiler(source.reader.nulls)
    single = {**_scalars(source, compiler), **_texts(source, compiler)}
    blank = {name: read([{}])[0] if needs is not None else None for name, (needs, read) in single.items()}
    lists = _item_lists(source, compiler)

    def columns(entries: Sequence[Tree]) -> dict[str, pa.Array]:
        batch = _Batch(entries)
        made = {name: plain_column(name, _column(batch, name, *single[name], blank[name])) for name in single}
        left: list[Left] = []
        items = {name: _items(batch, rules, left) for name, rules in lists.items()}
        remarks = [*items.pop("remarks"), *left]
        for name, found in items.items():
            made[name] = item_column(name, _FINISH.get(name, _as_they_are)(in_order(found)), len(entries))
        return made | {"remarks": plain_column("remarks", joined(remarks, len(entries)))}

    ids = [compiler.text(value, "publisher_id") for value in source.record.publisher_id]

    def publisher_ids(entries: Sequence[Tree]) -> list[list[str]]:
        return [[own for own in found if own] for found in zip(*[read(entries) for read in ids], strict=True)]

    return RecordReader(publisher_ids, columns)


def _column(batch: _Batch, name: str, needs: Needs, read: Read, blank: Any) -> Sequence[Any]:
    """Return the values of one column; ``blank`` is what entries have that lack the fields it needs."""
    positions, entries = batch.having(needs)
    found = read(entries)
    if len(found) < len(batch.entries):
        values = [blank] * len(batch.entries)
        for position, value in zip(positions, found, strict=True):
            values[position] = value
        found = values
    if name in _CATEGORIES and None in found:
        raise UnreadableError(rule="known_category", column=name, value="", reason=f"{name} has a value")
    return found


def _items(batch: _Batch, rules: Sequence[tuple[Needs, Items]], left: list[Left]) -> list[Item]:
    items: list[Item] = []
    for needs, rule in rules:
        positions, entries = batch.having(needs)
        if entries:
            rule(positions, entries, items, left)
    return items


def _as_they_are(items: Sequence[Item]) -> Sequence[Item]:
    return items


def _scalars(source: Source, compiler: Compiler) -> dict[str, tuple[Needs, Read]]:
    record = source.record
    sex = compiler.word(record.sex, "sex") if record.sex else always(None)
    listing_kind = compiler.word(record.listing_kind, "listing_kind") if record.listing_kind else None
    authority = compiler.text(record.authority, "authority")
    country = compiler.text(record.authority_country, "authority_country")
    reads = {
        "entity_kind": compiler.word(record.entity_kind, "entity_kind"),
        "listing_kind": listing_kind or always(source.listing_kind),
        "status": compiler.word(record.status, "status"),
        "authority": _or(authority, source.authority),
        "authority_country": _or(country, source.authority_country),
        "listed_date": _day(source, compiler, record.listed_date),
        "url": compiler.text(record.url, "url"),
        "sex": sex,
        "height_cm": _number(compiler, record.height_cm),
    }
    return {name: (_needs([getattr(record, name)]), read) for name, read in reads.items()}


def _texts(source: Source, compiler: Compiler) -> dict[str, tuple[Needs, Read]]:
    """Return how columns are read that are lists of text, or such a list joined."""
    record = source.record

    def compile_one(name: str) -> Callable[[Sequence[Tree]], list[list[str]]]:
        return distinct_texts([compiler.texts(value, name) for value in getattr(record, name)])

    marks = compile_one("marks")
    return {
        "programmes": (_needs(record.programmes), compile_one("programmes")),
        "nationalities": (_needs(record.nationalities), compile_one("nationalities")),
        "marks": (_needs(record.marks), lambda entries: ["; ".join(texts) or None for texts in marks(entries)]),
    }


def _item_lists(source: Source, compiler: Compiler) -> dict[str, list[tuple[Needs, Items]]]:
    """Return the compiled rules of every list of items, each with what it needs."""
    dates = DateReader(source.date_formats, source.months)

    def compile_one(name: str, rule: Rule) -> Items:
        if isinstance(rule, NameRule):
            return compile_names(compiler, rule, name)
        if isinstance(rule, BirthRule):
            reader = DateReader(rule.formats, source.months) if rule.formats else dates
            return compile_births(compiler, rule, name, reader)
        return compile_rule(compiler, rule, _LEADS[name], name, _words(compiler, rule, name))

    return {
        name: [(_needs_of_rule(rule, name), compile_one(name, rule)) for rule in getattr(source.record, name)]
        for name in ("names", "births", *_LEADS)
    }


def _needs(parts: Sequence[Value | Word | None]) -> Needs:
    places = [names_of(path) for part in parts if part is not None for path in paths_read(part)]
    return None if () in places else frozenset(names[0] for names in places)


def _needs_of_rule(rule: Rule, column: str) -> Needs:
    """Return what a rule needs: a condition that holds finds nothing by itself, but a constant is always found."""
    lead: Value | None = getattr(rule, _LEADS.get(column, "full"), None)
    if lead is not None and lead.constant is not None:
        return None
    places = [names_of(path) for path in paths_read(rule.model_copy(update={"when": []}))]
    return None if () in places else frozenset(names[0] for names in places)


def _words(compiler: Compiler, rule: Rule, column: str) -> Mapping[str, Choice]:
    """Return the fields of a rule's items that are words or constants rather than values."""
    words = {"identifiers": "kind", "parents": "role"}
    if column in words:
        field, name = words[column], f"{column}.{words[column]}"
        word: Word = getattr(rule, field)
        return {field: compiler.word(word, name) if word.constant else needed(compiler.word(word, name), name)}
    if column == "references":
        return {"scheme": always(getattr(rule, "scheme"))}  # noqa: B009  # rules of references only
    return {}


def _or(read: Choice, default: str) -> Choice:
    return lambda entries: [found or default for found in read(entries)]


def _day(source: Source, compiler: Compiler, value: DateValue | None) -> Read:
    """Return a function that gives an exact day; a month or a year alone is no listing date."""
    if value is None:
        return always(None)
    texts = compiler.text(value, "listed_date")
    dates = DateReader(value.formats or source.date_formats, source.months)

    def day(text: str) -> date | None:
        found = dates.read(text)
        return found.earliest if found and found.precision == "day" else None

    days = Memo(day)
    return lambda entries: [days[text] if text else None for text in texts(entries)]


def _number(compiler: Compiler, value: NumberValue | None) -> Read:
    if value is None:
        return always(None)
    texts = compiler.text(value, "height_cm")
    scale = value.scale

    def number(text: str) -> float | None:
        try:
            found = float(text.replace(",", ".")) * scale
        except ValueError:
            return None
        return round(found, 1) if found > 0 else None

    numbers = Memo(number)
    return lambda entries: [numbers[text] if text else None for text in texts(entries)]

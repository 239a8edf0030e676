"""Compiles the ``record:`` mapping of a source into one function from an entry to the row of a record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matching.records.births import compile_births
from matching.records.dates import DateReader
from matching.records.names import compile_names, with_primary
from matching.records.rules import Item, Items, compile_rule, distinct, first_texts, needed
from matching.records.values import Choice, Compiler
from matching.sources.mapping import BirthRule, DateValue, NameRule, NumberValue, Rule, Value, paths_read
from matching.sources.paths import Tree, names_of
from matching.sources.spec import Source

Row = dict[str, Any]
_LEADS = {
    "offences": "text", "birth_places": "text", "addresses": "text", "parents": "name", "identifiers": "number",
    "references": "id", "remarks": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordReader:
    """The compiled mapping of one source.

    ``publisher_ids`` gives the ids that an entry may go by, best first; ``row`` the columns of matching/tables.py that
    come from the entry.
    """

    publisher_ids: Callable[[Tree], list[str]]
    row: Callable[[Tree], Row]


def compile_record(source: Source) -> RecordReader:
    """Compile the mapping of ``source``. ``row`` raises UnreadableError for a category that it does not know."""
    compiler = Compiler(source.reader.nulls)
    dates = DateReader(source.date_formats, source.months)
    scalars = _scalars(source, compiler)
    lists = _item_lists(source, compiler, dates)
    texts = _text_lists(source, compiler)

    def row(entry: Tree) -> Row:
        made: Row = {name: read(entry) for name, read in scalars.items()}
        made.update({name: read(entry) for name, read in texts.items()})
        left: list[str] = []
        for name, rules in lists.items():
            items: list[Item] = []
            for needs, rule in rules:
                if needs is None or not needs.isdisjoint(entry):
                    found = rule(entry)
                    items.extend(found.items)
                    left.extend(found.left)
            made[name] = distinct(items) if len(items) > 1 else items
        made["marks"] = "; ".join(made["marks"]) or None
        made["names"] = with_primary(made["names"])
        texts_left = [remark["text"] for remark in made["remarks"]]
        made["remarks"] = "; ".join(dict.fromkeys([*texts_left, *left])) or None
        return made

    ids = [compiler.text(value, "publisher_id") for value in source.record.publisher_id]
    return RecordReader(lambda entry: [found for read in ids if (found := read(entry))], row)


def _scalars(source: Source, compiler: Compiler) -> dict[str, Callable[[Tree], Any]]:
    record = source.record
    listing_kind = compiler.word(record.listing_kind, "listing_kind") if record.listing_kind else None
    return {
        "entity_kind": compiler.word(record.entity_kind, "entity_kind"),
        "listing_kind": listing_kind or _always(source.listing_kind),
        "status": compiler.word(record.status, "status"),
        "authority": _or(compiler.text(record.authority, "authority"), source.authority),
        "authority_country": _or(
            compiler.text(record.authority_country, "authority_country"), source.authority_country
        ),
        "listed_date": _day(source, compiler, record.listed_date),
        "url": compiler.text(record.url, "url"),
        "sex": compiler.word(record.sex, "sex") if record.sex else _always(None),
        "height_cm": _number(compiler, record.height_cm),
    }


def _text_lists(source: Source, compiler: Compiler) -> dict[str, Callable[[Tree], list[str]]]:
    return {
        name: first_texts([compiler.texts(value, name) for value in getattr(source.record, name)])
        for name in ("programmes", "nationalities", "marks")
    }


def _item_lists(
    source: Source, compiler: Compiler, dates: DateReader
) -> dict[str, list[tuple[frozenset[str] | None, Items]]]:
    """Return the compiled rules of every list field, each with the names of which an entry must have one."""

    def compile_one(name: str, rule: Rule) -> Items:
        if isinstance(rule, NameRule):
            return compile_names(compiler, rule, name)
        if isinstance(rule, BirthRule):
            reader = DateReader(rule.formats, source.months) if rule.formats else dates
            return compile_births(compiler, rule, name, reader)
        return compile_rule(compiler, rule, _LEADS[name], name, _words(compiler, rule, name))

    return {
        name: [
            (_needs(rule, getattr(rule, _LEADS.get(name, "full"), None)), compile_one(name, rule))
            for rule in getattr(source.record, name)
        ]
        for name in ("names", "births", *_LEADS)
    }


def _needs(rule: Rule, lead: Value | None) -> frozenset[str] | None:
    """Return the fields of an entry without all of which ``rule`` finds nothing and need not run; None: always runs."""
    places = [names_of(path) for path in paths_read(rule)]
    if () in places or (lead is not None and lead.constant is not None):
        return None
    return frozenset(names[0] for names in places)


def _words(compiler: Compiler, rule: Rule, column: str) -> Mapping[str, Choice]:
    """Return the fields of a rule's items that are words or constants rather than values."""
    words = {"identifiers": "kind", "parents": "role"}
    if column in words:
        field = words[column]
        return {field: needed(compiler.word(getattr(rule, field), f"{column}.{field}"), f"{column}.{field}")}
    if column == "references":
        return {"scheme": _always(getattr(rule, "scheme"))}  # noqa: B009  # rules of references only
    return {}


def _always(value: Any) -> Callable[[Tree], Any]:
    return lambda entry: value


def _or(read: Choice, default: str) -> Choice:
    return lambda entry: read(entry) or default


def _day(source: Source, compiler: Compiler, value: DateValue | None) -> Callable[[Tree], Any]:
    """Return a function that gives an exact day; a month or a year alone is no listing date."""
    if value is None:
        return _always(None)
    texts = compiler.text(value, "listed_date")
    dates = DateReader(value.formats or source.date_formats, source.months)

    def day(entry: Tree) -> Any:
        text = texts(entry)
        found = dates.read(text) if text else None
        return found.earliest if found and found.precision == "day" else None

    return day


def _number(compiler: Compiler, value: NumberValue | None) -> Callable[[Tree], float | None]:
    if value is None:
        return _always(None)
    texts = compiler.text(value, "height_cm")
    scale = value.scale

    def number(entry: Tree) -> float | None:
        text = texts(entry)
        try:
            found = float(text.replace(",", ".")) * scale if text else 0.0
        except ValueError:
            return None
        return round(found, 1) if found > 0 else None

    return number

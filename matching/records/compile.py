"""Compiles the ``record:`` mapping of a source into one function from an entry to the row of a record.

Most entries lack most fields. So a plan is made once per distinct set of filled fields: which columns and rules can
find anything, and the row as it is without them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.records.births import compile_births, distinct_births
from matching.records.dates import DateReader
from matching.records.memo import Memo
from matching.records.names import compile_names, with_primary
from matching.records.readings import Choice
from matching.records.rules import Item, Items, compile_rule, first_texts, needed
from matching.records.values import Compiler
from matching.sources.mapping import BirthRule, DateValue, NameRule, NumberValue, Rule, Value, Word, paths_read
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


Needs = frozenset[str] | None
"""Fields of an entry without all of which a column or a rule finds nothing and need not run; None: it always runs."""

Finish = Callable[[list[Item]], list[Item]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to do with entries that have the same fields filled: what to read, and the row before that."""

    blank: Row
    reads: Sequence[tuple[str, Callable[[Tree], Any]]]
    lists: Sequence[tuple[str, Sequence[Items], Finish]]


class _Columns:
    """Every column compiled, with what it needs."""

    def __init__(self, source: Source) -> None:
        compiler = Compiler(source.reader.nulls)
        self.single = {**_scalars(source, compiler), **_texts(source, compiler)}
        self.lists = _item_lists(source, compiler)

    def plan(self, filled: Sequence[str]) -> _Plan:
        """Return the plan for entries whose ``filled`` fields are not empty."""

        def can_find(needs: Needs) -> bool:
            return needs is None or not needs.isdisjoint(filled)

        lists = {name: [rule for needs, rule in rules if can_find(needs)] for name, rules in self.lists.items()}
        return _Plan(
            {name: None if can_find(needs) else read({}) for name, (needs, read) in self.single.items()}
            | {name: [] for name in self.lists},
            [(name, read) for name, (needs, read) in self.single.items() if can_find(needs)],
            [(name, rules, _FINISH.get(name, _distinct)) for name, rules in lists.items() if rules],
        )


def compile_record(source: Source) -> RecordReader:
    """Compile the mapping of ``source``. ``row`` raises UnreadableError for a category that it does not know."""
    plans = Memo(_Columns(source).plan)

    def row(entry: Tree) -> Row:
        plan = plans[tuple([name for name, value in entry.items() if value is not None and value != ""])]
        made = plan.blank.copy()
        for name, read in plan.reads:
            made[name] = read(entry)
        left: list[str] = []
        for name, rules, finish in plan.lists:
            items: list[Item] = []
            for rule in rules:
                rule(entry, items, left)
            made[name] = finish(items)
        remarks = [*[text for (text,) in made["remarks"]], *left]
        made["remarks"] = "; ".join(dict.fromkeys(remarks)) if remarks else None
        return made

    compiler = Compiler(source.reader.nulls)
    ids = [compiler.text(value, "publisher_id") for value in source.record.publisher_id]
    return RecordReader(lambda entry: [found for read in ids if (found := read(entry))], row)


def _distinct(items: list[Item]) -> list[Item]:
    return list(dict.fromkeys(items)) if len(items) > 1 else items


_FINISH: Mapping[str, Finish] = {
    "names": lambda items: with_primary(_distinct(items)),
    "births": lambda items: distinct_births(items) if len(items) > 1 else items,
}


def _scalars(source: Source, compiler: Compiler) -> dict[str, tuple[Needs, Callable[[Tree], Any]]]:
    record = source.record
    sex = compiler.word(record.sex, "sex") if record.sex else _always(None)
    listing_kind = compiler.word(record.listing_kind, "listing_kind") if record.listing_kind else None
    authority = compiler.text(record.authority, "authority")
    country = compiler.text(record.authority_country, "authority_country")
    reads = {
        "entity_kind": compiler.word(record.entity_kind, "entity_kind"),
        "listing_kind": listing_kind or _always(source.listing_kind),
        "status": compiler.word(record.status, "status"),
        "authority": _or(authority, source.authority),
        "authority_country": _or(country, source.authority_country),
        "listed_date": _day(source, compiler, record.listed_date),
        "url": compiler.text(record.url, "url"),
        "sex": sex,
        "height_cm": _number(compiler, record.height_cm),
    }
    return {name: (_needs([getattr(record, name)]), read) for name, read in reads.items()}


def _texts(source: Source, compiler: Compiler) -> dict[str, tuple[Needs, Callable[[Tree], Any]]]:
    """Return how columns are read that are lists of text, or such a list joined."""
    record = source.record

    def compile_one(name: str) -> Callable[[Tree], list[str]]:
        return first_texts([compiler.texts(value, name) for value in getattr(record, name)])

    marks = compile_one("marks")
    return {
        "programmes": (_needs(record.programmes), compile_one("programmes")),
        "nationalities": (_needs(record.nationalities), compile_one("nationalities")),
        "marks": (_needs(record.marks), lambda entry: "; ".join(marks(entry)) or None),
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

"""What the rules of all list fields share: the nodes they look at, and what becomes of an item without its lead."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from matching.records.readings import Choice, Texts
from matching.records.values import Compiler, UnreadableError
from matching.sources.mapping import Rule, Value
from matching.sources.paths import Tree, compile_path
from matching.tables import RECORDS

Item = tuple[Any, ...]  # an item's fields, in the order of matching/tables.py
Nodes = Callable[[Tree], Sequence[Tree]]
Items = Callable[[Tree, list[Item], list[str]], None]
"""Adds the items of one rule to the first list, and texts that belong to no item to the second."""


def compile_nodes(compiler: Compiler, rule: Rule) -> Nodes:
    """Return a function that gives the nodes of an entry that ``rule`` looks at."""
    read = compile_path(rule.each)
    if not rule.when:
        return read
    holds = compiler.conditions(rule.when)
    return lambda entry: [node for node in read(entry) if holds(node)]


def fields_of(column: str) -> tuple[str, ...]:
    """Return the fields of an item of ``column``; a column of plain text has the one field ``text``."""
    dtype = RECORDS.schema[column]
    inner = dtype.inner if isinstance(dtype, pl.List) else None
    return tuple(field.name for field in inner.fields) if isinstance(inner, pl.Struct) else ("text",)


def compile_rule(compiler: Compiler, rule: Rule, lead: str, column: str, extra: Mapping[str, Choice]) -> Items:
    """Return a function that makes one item per text of the field ``lead``; ``extra`` gives the item's other fields.

    Fields of ``rule`` that are ``Value``s are read as they are; ``extra`` is for words and constants.
    """
    nodes = compile_nodes(compiler, rule)
    leading = compiler.texts(getattr(rule, lead), f"{column}.{lead}")
    fields = fields_of(column)
    plain = {
        name: _reader(compiler, value, f"{column}.{name}")
        for name in fields
        if name not in (lead, *extra) and isinstance(value := getattr(rule, name, None), Value | list)
    }
    reads = [(place, read) for place, name in enumerate(fields) if (read := plain.get(name) or extra.get(name))]
    empty = [None] * len(fields)
    place_of_lead = fields.index(lead)
    # A constant says nothing of the entry: it is no text that would be lost.
    published = [read for name, read in plain.items() if not _is_constant(getattr(rule, name))]

    def find(entry: Tree, items: list[Item], left: list[str]) -> None:
        for node in nodes(entry):
            texts = leading(node)
            if not texts:
                left.extend(dict.fromkeys([text for read in published if (text := read(node))]))
                continue
            values: list[Any] = empty.copy()
            for place, read in reads:
                values[place] = read(node)
            for text in texts:
                values[place_of_lead] = text
                items.append(tuple(values))

    return find


def _is_constant(value: Value | list[Value]) -> bool:
    return isinstance(value, Value) and value.constant is not None


def _reader(compiler: Compiler, value: Value | list[Value], column: str) -> Choice:
    """Return a function that gives the text of a value, or of several joined."""
    if isinstance(value, Value):
        return compiler.text(value, column)
    texts = first_texts([compiler.texts(part, column) for part in value])
    return lambda entry: "; ".join(texts(entry)) or None


def needed(choice: Choice, column: str) -> Callable[[Tree], str]:
    """Return ``choice``, raising UnreadableError where it gives no word."""

    def read(entry: Tree) -> str:
        word = choice(entry)
        if word is None:
            raise UnreadableError(
                rule="known_category", column=column, value="", reason="a case of source.yml that holds for the item"
            )
        return word

    return read


def first_texts(reads: Sequence[Texts]) -> Callable[[Tree], list[str]]:
    """Return a function that gives the distinct texts of all of ``reads``, in order."""
    if len(reads) == 1:
        (only,) = reads
        return lambda entry: list(dict.fromkeys(only(entry)))
    return lambda entry: list(dict.fromkeys([text for read in reads for text in read(entry)]))

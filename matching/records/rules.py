"""What the rules of all list fields share: the nodes they look at, and what becomes of an item without its lead."""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any

import polars as pl

from matching.records.readings import Choice, Texts, texts_by_all, values_of
from matching.records.values import Compiler, UnreadableError
from matching.sources.mapping import Rule, Value
from matching.sources.paths import Tree, compile_path, name_alone
from matching.tables import RECORDS

Item = tuple[Any, ...]  # the entry it is of, by position in its batch; then its fields, in the order of tables.py
Left = tuple[int, str]  # the entry, and a text of it that belongs to no item
Found = tuple[Sequence[int], Sequence[Tree]]  # nodes, and the entry of each
Nodes = Callable[[Sequence[int], Sequence[Tree]], Found]
Items = Callable[[Sequence[int], Sequence[Tree], list[Item], list[Left]], None]
"""Adds the items of one rule to the list of items, and texts that belong to no item to the list of left texts.

The first two arguments are the entries to look at: their positions in the batch, and the entries themselves.
"""


def compile_nodes(compiler: Compiler, rule: Rule) -> Nodes:
    """Return a function that gives the nodes that ``rule`` looks at."""
    read = _nodes_at(rule.each)
    if not rule.when:
        return read
    holds = compiler.conditions(rule.when)

    def chosen(positions: Sequence[int], entries: Sequence[Tree]) -> Found:
        owners, nodes = read(positions, entries)
        return only((owners, nodes), holds(nodes))

    return chosen


def only(found: Found, held: Sequence[object]) -> Found:
    """Return the nodes of ``found`` for which ``held`` is true."""
    owners, nodes = found
    return list(compress(owners, held)), list(compress(nodes, held))


def _nodes_at(path: str) -> Nodes:
    name = name_alone(path)
    if path == ".":
        return lambda positions, entries: (positions, entries)
    getter = compile_path(path)

    def nodes(positions: Sequence[int], entries: Sequence[Tree]) -> Found:
        found = values_of(name, entries) if name else [getter(entry) for entry in entries]
        owners: list[int] = []
        nodes: list[Tree] = []
        for position, value in zip(positions, found, strict=True):
            if type(value) is list or type(value) is tuple:
                owners += [position] * len(value)
                nodes += value
            elif value is not None:
                owners.append(position)
                nodes.append(value)
        return owners, nodes

    return nodes


def fields_of(column: str) -> tuple[str, ...]:
    """Return the fields of an item of ``column``; a column of plain text has the one field ``text``."""
    dtype = RECORDS.schema[column]
    inner = dtype.inner if isinstance(dtype, pl.List) else None
    return tuple(field.name for field in inner.fields) if isinstance(inner, pl.Struct) else ("text",)


def compile_rule(compiler: Compiler, rule: Rule, lead: str, column: str, extra: Mapping[str, Choice]) -> Items:
    """Return a function that makes one item per text of the field ``lead``; ``extra`` gives the item's other fields.

    Fields of ``rule`` that are ``Value``s are read as they are; ``extra`` is for words and constants.
    """
    nodes_of = compile_nodes(compiler, rule)
    leading = compiler.texts(getattr(rule, lead), f"{column}.{lead}")
    fields = fields_of(column)
    plain = {
        name: _reader(compiler, value, f"{column}.{name}")
        for name in fields
        if name not in (lead, *extra) and isinstance(value := getattr(rule, name, None), Value | list)
    }
    reads = [plain.get(name) or extra.get(name) for name in fields]
    place_of_lead = fields.index(lead)
    # A constant says nothing of the entry: it is no text that would be lost.
    published = [read for name, read in plain.items() if not _is_constant(getattr(rule, name))]

    def find(positions: Sequence[int], entries: Sequence[Tree], items: list[Item], left: list[Left]) -> None:
        owners, nodes = nodes_of(positions, entries)
        texts = leading(nodes)
        if not all(texts):
            left += _left(only((owners, nodes), [not found for found in texts]), published)
            owners, nodes = only((owners, nodes), texts)
            texts = [found for found in texts if found]
        if any(len(found) > 1 for found in texts):
            owners, nodes = _repeated(owners, texts), _repeated(nodes, texts)
        columns: list[Sequence[Any]] = [read(nodes) if read else [None] * len(nodes) for read in reads]
        columns[place_of_lead] = [text for found in texts for text in found]
        items += zip(owners, *columns, strict=True)

    return find


def _left(found: Found, published: Sequence[Choice]) -> list[Left]:
    """Return the texts of nodes that make no item."""
    owners, nodes = found
    columns = [read(nodes) for read in published]
    return [
        (owner, text) for owner, *texts in zip(owners, *columns, strict=True) for text in dict.fromkeys(texts) if text
    ]


def _repeated(values: Sequence[Any], texts: Sequence[tuple[str, ...]]) -> list[Any]:
    """Return each of ``values`` as often as it has texts."""
    return [value for value, found in zip(values, texts, strict=True) for _ in found]


def _is_constant(value: Value | list[Value]) -> bool:
    return isinstance(value, Value) and value.constant is not None


def _reader(compiler: Compiler, value: Value | list[Value], column: str) -> Choice:
    """Return a function that gives the text of a value, or of several joined."""
    if isinstance(value, Value):
        return compiler.text(value, column)
    if not value:
        return lambda nodes: [None] * len(nodes)
    texts = texts_by_all([compiler.texts(part, column) for part in value])
    return lambda nodes: ["; ".join(dict.fromkeys(found)) or None for found in texts(nodes)]


def needed(choice: Choice, column: str) -> Choice:
    """Return ``choice``, raising UnreadableError where it gives no word."""

    def read(nodes: Sequence[Tree]) -> list[str | None]:
        words = choice(nodes)
        if None in words:
            raise UnreadableError(
                rule="known_category", column=column, value="", reason="a case of source.yml that holds for the item"
            )
        return words

    return read


def distinct_texts(reads: Sequence[Texts]) -> Callable[[Sequence[Tree]], list[list[str]]]:
    """Return a function that gives the distinct texts of all of ``reads``, in order."""
    if not reads:
        return lambda nodes: [[] for _ in nodes]
    texts = texts_by_all(reads)
    return lambda nodes: [list(dict.fromkeys(found)) for found in texts(nodes)]

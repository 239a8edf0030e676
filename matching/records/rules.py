"""What the rules of all list fields share: the nodes they look at, and what becomes of an item without its lead."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.records.values import Choice, Compiler, Texts, UnreadableError
from matching.sources.mapping import Rule, Value
from matching.sources.paths import Tree, compile_path

Item = dict[str, Any]
Nodes = Callable[[Tree], Sequence[Tree]]


@dataclass(frozen=True, slots=True)
class Found:
    """Items of one rule, and texts that belong to no item."""

    items: Sequence[Item] = ()
    left: Sequence[str] = ()


Items = Callable[[Tree], Found]
NOTHING = Found()


def compile_nodes(compiler: Compiler, rule: Rule) -> Nodes:
    """Return a function that gives the nodes of an entry that ``rule`` looks at."""
    read = compile_path(rule.each)
    if not rule.when:
        return read
    holds = compiler.conditions(rule.when)
    return lambda entry: [node for node in read(entry) if holds(node)]


def compile_rule(compiler: Compiler, rule: Rule, lead: str, column: str, extra: Mapping[str, Choice]) -> Items:
    """Return a function that makes one item per text of the field ``lead``; ``extra`` gives the item's other fields.

    Fields of ``rule`` that are ``Value``s are read as they are; ``extra`` is for words and constants.
    """
    nodes = compile_nodes(compiler, rule)
    leading = compiler.texts(getattr(rule, lead), f"{column}.{lead}")
    plain = {
        name: _reader(compiler, value, f"{column}.{name}")
        for name in type(rule).model_fields
        if name not in (lead, "when") and isinstance(value := getattr(rule, name), Value | list)
    }
    empty = {name: None for name in type(rule).model_fields if name not in ("each", "when")}

    def find(entry: Tree) -> Found:
        found = nodes(entry)
        if not found:
            return NOTHING
        items: list[Item] = []
        left: list[str] = []
        for node in found:
            others = {name: read(node) for name, read in plain.items()}
            texts = leading(node)
            if texts:
                words = {name: read(node) for name, read in extra.items()}
                items.extend({**empty, **others, **words, lead: text} for text in texts)
            else:
                left.extend(dict.fromkeys(text for text in others.values() if text))
        return Found(items, left)

    return find


def _reader(compiler: Compiler, value: Value | list[Value], column: str) -> Choice:
    """Return a function that gives the text of a value, or of several joined."""
    if isinstance(value, Value):
        return compiler.text(value, column)
    reads = [compiler.texts(part, column) for part in value]
    return lambda entry: "; ".join(dict.fromkeys(text for read in reads for text in read(entry))) or None


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


def distinct(items: Sequence[Item]) -> list[Item]:
    """Return the items without repeats, in order. Births that were read and mean the same days are repeats."""
    seen: dict[tuple[Any, ...], Item] = {}
    for item in items:
        values = tuple(item.values())
        seen.setdefault(values[1:] if item.get("earliest") else values, item)
    return list(seen.values())


def first_texts(reads: Sequence[Texts]) -> Callable[[Tree], list[str]]:
    """Return a function that gives the distinct texts of all of ``reads``, in order."""
    return lambda entry: list(dict.fromkeys(text for read in reads for text in read(entry)))

"""Paths into an entry: ``INDIVIDUAL_ALIAS/ALIAS_NAME``, ``_links/self/href``, ``name-part[@type=family]/value``.

An entry is a tree: a dict of names to values, a value being text, a dict, a list of either, or None. A name that is
repeated (an XML element, a JSON array) is a list, and a path goes through lists without saying so: it leads to every
value below it. ``.`` is the node itself, ``@name`` an XML attribute, ``#text`` the text beside attributes, ``name[1]``
the first of several, and ``\\/`` a slash within a name.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Tree = Any  # dict[str, Tree] | list[Tree] | str | bool | None: what the readers yield
Getter = Callable[[Tree], Sequence[Tree]]

TEXT = "#text"
_SEPARATOR = re.compile(r"(?<!\\)/")
_PREDICATE = re.compile(r"^(?P<name>.+?)\[(?P<key>[^\[\]=]+)=(?P<value>[^\[\]]*)\]$")


@dataclass(frozen=True)
class Step:
    """One step of a path: a name; optionally what a child of that node must equal, or that only the first counts."""

    name: str
    key: str | None = None
    value: str | None = None
    is_first: bool = False


def parse_path(path: str) -> tuple[Step, ...]:
    """Split ``path`` into steps; ``.`` is the empty path. Raises ValueError where a name is empty."""
    if path == ".":
        return ()
    return tuple(_parse_step(part.replace("\\/", "/"), path) for part in _split_outside_brackets(path))


def names_of(path: str) -> tuple[str, ...]:
    """Return the names of ``path`` without predicates: the place in the payload it reads."""
    return tuple(step.name for step in parse_path(path))


def places_of(path: str) -> list[tuple[str, ...]]:
    """Return the places that ``path`` reads: its own, and those that its predicates look at."""
    steps = parse_path(path)
    names = tuple(step.name for step in steps)
    looked_at = [(*names[:depth], step.key) for depth, step in enumerate(steps, 1) if step.key is not None]
    return [names, *looked_at]


def text_of(node: Tree) -> str | None:
    """Return the text of a leaf, None where there is none. A flag is ``true`` or ``false``."""
    if isinstance(node, str):
        return node
    if isinstance(node, dict):
        return text_of(node.get(TEXT))
    if isinstance(node, bool):
        return "true" if node else "false"
    return None if node is None or isinstance(node, list) else str(node)


def name_alone(path: str) -> str | None:
    """Return the name that ``path`` is, None where it leads deeper or chooses.

    >>> name_alone("@wholeName"), name_alone("alias/name"), name_alone("alias[1]"), name_alone(".")
    ('@wholeName', None, None, None)
    """
    steps = parse_path(path)
    return steps[0].name if len(steps) == 1 and steps[0] == Step(steps[0].name) else None


def plain_names(path: str) -> tuple[str, ...]:
    """Return the names of ``path`` where every step is a name alone, else nothing.

    >>> plain_names("alias/name"), plain_names("alias[1]/name"), plain_names(".")
    (('alias', 'name'), (), ())
    """
    steps = parse_path(path)
    return tuple(step.name for step in steps) if all(step == Step(step.name) for step in steps) else ()


def compile_path(path: str) -> Getter:
    """Return a function that takes a tree and gives the values ``path`` leads to, in order."""
    steps = parse_path(path)
    if not steps:
        return lambda tree: (tree,)
    if all(step == Step(step.name) for step in steps):
        return _one_name(steps[0].name) if len(steps) == 1 else _plain_names(steps)

    return lambda tree: _walk((tree,), steps)


def _walk(nodes: Sequence[Tree], steps: Sequence[Step]) -> Sequence[Tree]:
    for step in steps:
        nodes = _advance(nodes, step)
        if not nodes:
            return ()
    return nodes


def _split_outside_brackets(path: str) -> list[str]:
    parts: list[str] = []
    for part in _SEPARATOR.split(path):
        if parts and parts[-1].count("[") > parts[-1].count("]"):
            parts[-1] += "/" + part
        else:
            parts.append(part)
    return parts


def _parse_step(part: str, path: str) -> Step:
    if not part:
        raise ValueError(f"path {path!r} has an empty name: write names separated by single slashes, or `.`")
    if part.endswith("[1]"):
        return Step(part.removesuffix("[1]"), is_first=True)
    predicate = _PREDICATE.match(part)
    if predicate is None:
        return Step(part)
    return Step(predicate["name"], predicate["key"], predicate["value"])


def _one_name(name: str) -> Getter:
    def values(tree: Tree) -> Sequence[Tree]:
        value = tree.get(name) if type(tree) is dict else None
        if value is None:
            return ()
        return value if type(value) is list else (value,)

    return values


def _plain_names(steps: tuple[Step, ...]) -> Getter:
    """Return a getter that goes straight down as long as nothing is repeated."""
    top = steps[0].name
    below = [(step.name, steps[depth:]) for depth, step in enumerate(steps) if depth]

    def values(tree: Tree) -> Sequence[Tree]:
        node = tree.get(top) if type(tree) is dict else None
        for name, rest in below:
            if type(node) is dict:
                node = node.get(name)
            else:
                return _walk(node, rest) if type(node) is list else ()
        if node is None:
            return ()
        return node if type(node) is list else (node,)

    return values


def _advance(nodes: Sequence[Tree], step: Step) -> list[Tree]:
    found: list[Tree] = []
    for node in nodes:
        value = node.get(step.name) if type(node) is dict else None
        if value is None:
            continue
        values = value if type(value) is list else (value,)
        found.extend(values[:1] if step.is_first else values)
    if step.key is not None:
        found = [node for node in found if _satisfies(node, step)]
    return found


def _satisfies(node: Tree, step: Step) -> bool:
    if type(node) is not dict or step.key is None:
        return False
    children = node.get(step.key)
    return any(
        (text_of(child) or "") == step.value for child in (children if isinstance(children, list) else [children])
    )

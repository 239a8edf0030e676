"""The innermost step of reading: the texts of nodes, looked up by what stands there.

Each function here makes a function of many nodes at once, for a step per node in Python is what reading costs. Those
that take a name are for the commonest case, a field of the node itself: where it holds text they cost one look-up.
``readings`` says what a text of the payload means.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from matching.records.memo import Memo
from matching.sources.paths import Getter, Tree, text_of

V = TypeVar("V")
Texts = Callable[[Sequence[Tree]], list[tuple[str, ...]]]
Choice = Callable[[Sequence[Tree]], list[str | None]]
Check = Callable[[Sequence[Tree]], list[bool]]
Readings = dict[str, tuple[str, ...]]  # that works out what it lacks: see memo.py
NOTHING: tuple[str, ...] = ()
_NONE = (None,)


def values_of(name: str, nodes: Sequence[Tree]) -> list[Tree]:
    """Return what stands in the field ``name`` of each of ``nodes``, None where nothing does."""
    return [node.get(name) if type(node) is dict else None for node in nodes]


def texts_of(name: str, readings: Readings) -> Texts:
    """Return a function that gives the texts of the field ``name``."""

    def texts(nodes: Sequence[Tree]) -> list[tuple[str, ...]]:
        return [
            readings[found]
            if type(found := node.get(name) if type(node) is dict else None) is str
            else NOTHING
            if found is None
            else _read_nodes(found, readings)
            for node in nodes
        ]

    return texts


def first(read: Texts) -> Choice:
    """Return a function that gives the first text that ``read`` gives, None where there is none."""
    return lambda nodes: [texts[0] if texts else None for texts in read(nodes)]


def first_of(name: str, readings: Readings) -> Choice:
    """Return a function that gives the first text of the field ``name``, None where there is none."""

    def first(nodes: Sequence[Tree]) -> list[str | None]:
        return [
            None
            if found is None
            else ((readings[found] if type(found) is str else _read_nodes(found, readings)) or _NONE)[0]
            for found in values_of(name, nodes)
        ]

    return first


def check_of(name: str, check: Callable[[tuple[str, ...]], bool], readings: Readings) -> Check:
    """Return a function that tells whether ``check`` holds for the texts of the field ``name``."""
    verdicts: Memo[str, bool] = Memo(lambda raw: check(readings[raw]))
    when_absent = check(NOTHING)

    def holds(nodes: Sequence[Tree]) -> list[bool]:
        return [
            verdicts[found]
            if type(found) is str
            else when_absent
            if found is None
            else check(_read_nodes(found, readings))
            for found in values_of(name, nodes)
        ]

    return holds


def texts_by_all(reads: Sequence[Texts]) -> Texts:
    """Return a function that gives the texts of all of ``reads``, in their order."""
    if len(reads) == 1:
        return reads[0]
    return lambda nodes: [
        tuple([text for texts in found for text in texts])
        for found in zip(*[read(nodes) for read in reads], strict=True)
    ]


def texts_by_first(reads: Sequence[Texts]) -> Texts:
    """Return a function that gives the texts of the first of ``reads`` that has any."""

    def texts(nodes: Sequence[Tree]) -> list[tuple[str, ...]]:
        found = reads[0](nodes)
        for read in reads[1:]:
            if not all(found):
                found = [texts or others for texts, others in zip(found, read(nodes), strict=True)]
        return found

    return texts


def texts_at(getter: Getter, readings: Readings) -> Texts:
    """Return a function that gives the texts at the end of a path."""

    def texts(nodes: Sequence[Tree]) -> list[tuple[str, ...]]:
        return [
            _read_nodes(found[0] if len(found) == 1 else list(found), readings) if (found := getter(node)) else NOTHING
            for node in nodes
        ]

    return texts


def texts_below(names: Sequence[str], readings: Readings) -> Texts:
    """Return a function that gives the texts at the path of ``names``, every step of which is a name alone."""
    top, *below = names

    def texts(nodes: Sequence[Tree]) -> list[tuple[str, ...]]:
        found = values_of(top, nodes)
        for name in below:
            found = [
                node.get(name) if type(node) is dict else _values_in(node, name) if type(node) is list else None
                for node in found
            ]
        return [
            readings[node] if type(node) is str else NOTHING if node is None else _read_nodes(node, readings)
            for node in found
        ]

    return texts


def _values_in(nodes: Sequence[Tree], name: str) -> list[Tree] | None:
    """Return what stands in the field ``name`` of several nodes, as one list."""
    found: list[Tree] = []
    for node in nodes:
        value = node.get(name) if type(node) is dict else None
        if type(value) is list:
            found += value
        elif value is not None:
            found.append(value)
    return found or None


def always(value: V) -> Callable[[Sequence[Tree]], list[V]]:
    """Return a function that gives ``value`` for every node."""
    return lambda nodes: [value] * len(nodes)


def _read_nodes(found: Tree, readings: Readings) -> tuple[str, ...]:
    """Return the texts of a node, or of a list of them."""
    if type(found) is not list:
        raw = text_of(found)
        return readings[raw] if raw else NOTHING
    return tuple([text for node in found if (raw := text_of(node)) for text in readings[raw]])

"""The innermost step of reading: the texts of a node, looked up by what stands there.

Each function here makes a function of a node. Those that take a name are for the commonest case, a field of the node
itself: where it holds text they cost one look-up. ``readings`` says what a text of the payload means.
"""

from collections.abc import Callable, Sequence

from matching.records.memo import Memo
from matching.sources.paths import Getter, Tree, text_of

Texts = Callable[[Tree], tuple[str, ...]]
Choice = Callable[[Tree], str | None]
Check = Callable[[Tree], bool]
Readings = Memo[str, tuple[str, ...]]
NOTHING: tuple[str, ...] = ()


def texts_of(name: str, readings: Readings) -> Texts:
    """Return a function that gives the texts of the field ``name``."""

    def texts(entry: Tree) -> tuple[str, ...]:
        node = entry.get(name) if type(entry) is dict else None
        if node is None:
            return NOTHING
        if type(node) is str:
            return readings[node]
        return _read_nodes(node, readings)

    return texts


def first(read: Texts) -> Choice:
    """Return a function that gives the first text that ``read`` gives, None where there is none."""

    def first(entry: Tree) -> str | None:
        texts = read(entry)
        return texts[0] if texts else None

    return first


def first_of(name: str, readings: Readings) -> Choice:
    """Return a function that gives the first text of the field ``name``, None where there is none."""

    def first(entry: Tree) -> str | None:
        node = entry.get(name) if type(entry) is dict else None
        if node is None:
            return None
        texts = readings[node] if type(node) is str else _read_nodes(node, readings)
        return texts[0] if texts else None

    return first


def check_of(name: str, check: Callable[[tuple[str, ...]], bool], readings: Readings) -> Check:
    """Return a function that tells whether ``check`` holds for the texts of the field ``name``."""
    verdicts: Memo[str, bool] = Memo(lambda raw: check(readings[raw]))
    when_absent = check(NOTHING)

    def holds(entry: Tree) -> bool:
        node = entry.get(name) if type(entry) is dict else None
        if node is None:
            return when_absent
        if type(node) is str:
            return verdicts[node]
        return check(_read_nodes(node, readings))

    return holds


def texts_of_all(names: Sequence[str], readings: Readings) -> Callable[[Tree], list[str]]:
    """Return a function that gives the texts of all the fields ``names``, in their order."""

    def texts(entry: Tree) -> list[str]:
        found: list[str] = []
        if type(entry) is dict:
            for name in names:
                node = entry.get(name)
                if type(node) is str:
                    found += readings[node]
                elif node is not None:
                    found += _read_nodes(node, readings)
        return found

    return texts


def texts_by_all(reads: Sequence[Texts]) -> Callable[[Tree], list[str]]:
    """Return a function that gives the texts of all of ``reads``, in their order."""
    return lambda entry: [text for read in reads for text in read(entry)]


def texts_at(getter: Getter, readings: Readings) -> Texts:
    """Return a function that gives the texts at the end of a path."""

    def texts(entry: Tree) -> tuple[str, ...]:
        nodes = getter(entry)
        if not nodes:
            return NOTHING
        return _read_nodes(nodes[0] if len(nodes) == 1 else list(nodes), readings)

    return texts


def _read_nodes(found: Tree, readings: Readings) -> tuple[str, ...]:
    """Return the texts of a node, or of a list of them."""
    if type(found) is not list:
        raw = text_of(found)
        return readings[raw] if raw else NOTHING
    return tuple([text for node in found if (raw := text_of(node)) for text in readings[raw]])

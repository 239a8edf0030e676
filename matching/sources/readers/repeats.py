"""Entries that share an id: repeats of one another, list and detail, or the rows of one person."""

import re
from collections.abc import Callable, Iterator

from matching.sources.paths import Tree, compile_path, text_of
from matching.sources.spec import Repeats


def combine(entries: Iterator[Tree], repeats: Repeats) -> Iterator[Tree]:
    """Yield one entry per id, in the order in which ids appear; an entry without an id stays alone.

    ``merge`` joins fields: what only one side has is kept, of two different texts both are kept as a list, a list takes
    what it lacks. ``group`` gives ``{"rows": [row, ...]}``. ``refuse`` leaves entries alone: the record stage
    quarantines the later ones.
    """
    if repeats.how == "refuse":
        yield from entries
        return
    by_id: dict[str, Tree] = {}
    key_of = key_reader(repeats)
    for position, entry in enumerate(entries):
        key = key_of(entry) or f"\x00{position}"
        if repeats.how == "group":
            by_id.setdefault(key, {"rows": []})["rows"].append(entry)
        elif key not in by_id:
            by_id[key] = entry
        elif by_id[key] != entry:
            by_id[key] = merge(by_id[key], entry)
    yield from by_id.values()


def merge(left: Tree, right: Tree) -> Tree:
    """Join two entries of one id field by field.

    >>> merge({"name": "A", "seen": None}, {"name": "A", "seen": "1999", "height": "170"})
    {'name': 'A', 'seen': '1999', 'height': '170'}
    """
    if left is None or left == right or left == "":
        return right
    if right is None or right == "":
        return left
    if isinstance(left, dict) and isinstance(right, dict):
        return {name: merge(left.get(name), right.get(name)) for name in (left | right)}
    kept = left if isinstance(left, list) else [left]
    return [*kept, *(item for item in (right if isinstance(right, list) else [right]) if item not in kept)]


def key_reader(repeats: Repeats) -> Callable[[Tree], str | None]:
    """Return a function that gives what an entry is combined by, None where it has nothing of the kind."""
    values = compile_path(repeats.by)
    pattern = re.compile(repeats.pattern) if repeats.pattern else None

    def key(entry: Tree) -> str | None:
        text = next((text for node in values(entry) if (text := text_of(node))), None)
        if text is None or pattern is None:
            return text
        found = pattern.search(text)
        return found.group(0) if found else text

    return key

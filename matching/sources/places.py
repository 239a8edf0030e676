"""Every place of a payload, and what source.yml does with it: read, ignored with a reason, or unread.

A place is learnt once, at first sight; from then on a look-up is one step in a tree of dicts. Readers use it to leave
out what is ignored, and the audit to count what no one reads.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from matching.sources.mapping import paths_read
from matching.sources.paths import TEXT, Tree, names_of, places_of
from matching.sources.spec import Source

Names = tuple[str, ...]
_TEXTS = {str}


class Place:
    """One place; ``unread`` counts the values seen there that nothing reads.

    ``by_tag`` and ``by_attribute`` are for the XML reader: what stands below, as the parser spells it: name and
    place of an element, the name of an attribute or None where it is ignored.
    """

    __slots__ = ("by_attribute", "by_tag", "children", "is_ignored", "is_read", "names", "unread")

    def __init__(self, names: Names, *, is_read: bool, is_ignored: bool) -> None:
        self.names = names
        self.is_read = is_read
        self.is_ignored = is_ignored
        self.unread = 0
        self.children: dict[str, Place] = {}
        self.by_tag: dict[str, tuple[str, Place]] = {}
        self.by_attribute: dict[str, str | None] = {}


class Places:
    """The places of one source's entries, learnt while they are read."""

    def __init__(self, source: Source) -> None:
        self._read = {place for path in source_paths(source) for place in places_of(path)}
        self._above = {names[:length] for names in self._read for length in range(len(names))}
        self._ignored = [names_of(path) for ignored in source.ignored for path in ignored.fields]
        self.root = Place((), is_read=() in self._read, is_ignored=False)

    def child(self, place: Place, name: str) -> Place:
        """Return the place ``name`` below ``place``."""
        known = place.children.get(name)
        if known is not None:
            return known
        if name == TEXT:
            place.children[name] = place
            return place
        names = (*place.names, name)
        wanted = names in self._read or names in self._above
        covered = any(matches(pattern, names) for pattern in self._ignored)
        # A place above one that is read is passed through; ignoring it then means its own text.
        made = Place(names, is_read=covered or names in self._read, is_ignored=covered and not wanted)
        place.children[name] = made
        return made

    def audit(self, entries: Sequence[Tree]) -> None:
        """Count every value of ``entries`` at a place that is neither read nor ignored."""
        self._audit(entries, self.root)

    def unread(self) -> dict[str, int]:
        """Return the unread places and how many values stood there."""
        return {"/".join(place.names) or ".": place.unread for place in self._all(self.root) if place.unread}

    def unseen(self) -> list[str]:
        """Return the paths that source.yml reads and at which no entry had anything."""
        seen = {place.names for place in self._all(self.root)}
        return sorted("/".join(names) for names in self._read - seen if names)

    def _audit(self, nodes: Sequence[Tree], place: Place) -> None:
        """Count what stands at ``place``; all nodes at once, for most are texts at places that are read."""
        leaves = [node for node in nodes if type(node) is not dict and type(node) is not list and node is not None]
        if leaves and not place.is_read:
            place.unread += len(leaves)
        if len(leaves) == len(nodes):
            return
        branches = [node for node in nodes if type(node) is dict]
        for name in dict.fromkeys(chain.from_iterable(branches)):
            self._audit_field(name, branches, place)
        items = [item for node in nodes if type(node) is list for item in node]
        if items:
            self._audit(items, place)

    def _audit_field(self, name: str, nodes: Sequence[dict[str, Tree]], place: Place) -> None:
        values = [value for node in nodes if (value := node.get(name)) is not None and value != ""]
        if not values:
            return
        child = place.children.get(name) or self.child(place, name)
        if not child.is_ignored and not (child.is_read and set(map(type, values)) == _TEXTS):
            self._audit(values, child)

    def _all(self, place: Place) -> Iterator[Place]:
        yield place
        for name, child in place.children.items():
            if name != TEXT:  # the text of a place is the place itself
                yield from self._all(child)


def source_paths(source: Source) -> list[str]:
    """Return every path that the mapping, the derivations and the reader of ``source`` read."""
    reader = source.reader
    joined = [f"{role}/{join.key}" for role, join in getattr(reader, "joins", {}).items()]
    keys = [join.to for join in getattr(reader, "joins", {}).values()]
    by = [_grouped(source, reader.repeats.by)] if reader.repeats else []
    derived = [derive.from_ for derive in source.derive]
    return [*paths_read(source.record), *derived, *joined, *keys, *by, *reader.required]


def _grouped(source: Source, path: str) -> str:
    repeats = source.reader.repeats
    return f"rows/{path}" if repeats is not None and repeats.how == "group" else path


def matches(pattern: Names, names: Names) -> bool:
    """Tell whether ``pattern`` (``*`` one name, ``**`` any number) covers ``names`` or a place above it.

    >>> matches(("**", "@logicalId"), ("regulation", "summary", "@logicalId"))
    True
    >>> matches(("regulation",), ("regulation", "summary"))
    True
    """
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(matches(pattern[1:], names[start:]) for start in range(len(names)))
    return bool(names) and pattern[0] in ("*", names[0]) and matches(pattern[1:], names[1:])

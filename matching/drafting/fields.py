"""Every place in the entries of a payload, with the values that stand there."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from matching.sources.paths import TEXT, Tree, text_of


@dataclass(frozen=True, kw_only=True)
class Field:
    """One place: ``values`` are its texts by entry, ``above`` the names down to the nearest repeated place above it."""

    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    above: tuple[str, ...]
    entries: int

    @property
    def path(self) -> str:
        """The path as source.yml writes it."""
        return path_of(self.names)

    @property
    def each(self) -> str:
        """The path of the nearest repeated place above it, empty where there is none."""
        return path_of(self.above)

    @property
    def path_below(self) -> str:
        """The path from the nearest repeated place down; `.` where it is that place itself."""
        return path_of(self.names[len(self.above) :]) or "."

    @property
    def texts(self) -> list[str]:
        """Every value."""
        return [text for texts in self.values for text in texts]

    @property
    def filled(self) -> float:
        """Share of entries that have a value."""
        return len(self.values) / self.entries if self.entries else 0.0

    @property
    def is_unique(self) -> bool:
        """Whether every entry has one value that no other has."""
        texts = self.texts
        return len(texts) == self.entries == len(set(texts))


@dataclass
class _Place:
    names: tuple[str, ...]
    above: tuple[str, ...] = ()
    values: list[tuple[str, ...]] = field(default_factory=list)


def fields_of(entries: Iterable[Tree], nulls: frozenset[str] = frozenset()) -> list[Field]:
    """Return the places of ``entries`` that have a text, in the order in which they appear.

    ``nulls`` are texts that mean nothing, in small letters: a place may have no others, and then no values.
    """
    places: dict[tuple[str, ...], _Place] = {}
    count = 0
    for entry in entries:
        count += 1
        found: dict[tuple[str, ...], list[str]] = {}
        _walk(entry, (), (), places, found)
        for names, texts in found.items():
            kept = tuple(text for text in texts if text.casefold() not in nulls)
            if kept:
                places[names].values.append(kept)
    return [
        Field(names=place.names, values=tuple(place.values), above=place.above, entries=count)
        for place in places.values()
    ]


def _walk(
    node: Tree,
    names: tuple[str, ...],
    above: tuple[str, ...],
    places: dict[tuple[str, ...], _Place],
    found: dict[tuple[str, ...], list[str]],
) -> None:
    if isinstance(node, dict):
        for name, child in node.items():
            inner = names if name == TEXT else (*names, name)
            _walk(child, inner, above, places, found)
    elif isinstance(node, list):
        for item in node:
            _walk(item, names, names, places, found)
    else:
        text = " ".join((text_of(node) or "").split())
        if names and text:
            place = places.setdefault(names, _Place(names))
            place.above = max(place.above, above, key=len)
            found.setdefault(names, []).append(text)


def path_of(names: Iterable[str]) -> str:
    """Return the path that leads down ``names``."""
    return "/".join(name.replace("/", "\\/") for name in names)

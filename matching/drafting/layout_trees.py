"""The layout of JSON and XML: at which place the entries stand, and what leads to them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from matching.drafting.encodings import guess_encoding
from matching.drafting.layout import FoundLayout
from matching.drafting.naming import meanings
from matching.errors import PayloadError
from matching.sources.paths import Tree
from matching.sources.readers.xml_elements import refuse_document_type

_NAMED = frozenset(("full", "given", "family", "alias", "original"))
_MOST_KEYS, _KEYED_OBJECTS = 2, 3
_ALIKE = 0.6
_TOTALS = frozenset(("total", "count", "total_count", "totalcount", "totalresults", "total_results", "recordstotal"))


@dataclass
class _Candidate:
    """Objects at one place: how many, how often each name of theirs, and the names of what holds them."""

    names: tuple[str, ...]
    count: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    leaves: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def score(self) -> tuple[bool, int, int, int]:
        """Return what tells entries from pages and from parts of entries; the larger the likelier.

        Entries have a name, and several fields that lists of persons have. Of two that are alike, the outer one is the
        entry and the inner its part; unless there is one of each, when the outer one is the list.
        """
        roles = {found[0].role for leaf in self.leaves if (found := meanings(leaf))}
        named = bool(roles & _NAMED)
        depth = len(self.names) if self.count == 1 else -len(self.names)
        return (named, len(roles) if named else 0, min(self.count, 50), depth)

    def is_like(self, other: "_Candidate") -> bool:
        """Whether the objects stand beside those of ``other`` and have nearly all names in common."""
        beside = self.names[:-1] == other.names[:-1] and len(self.names) == len(other.names)
        shared, all_keys = self.keys.keys() & other.keys.keys(), self.keys.keys() | other.keys.keys()
        return beside and len(shared) >= _ALIKE * len(all_keys)


def look_at_json(source_id: str, paths: Sequence[Path]) -> FoundLayout:
    """Return the layout of JSON files: pages however nested, one document or one per line."""
    raw = paths[0].read_bytes()
    encoding = guess_encoding(raw)
    documents, lines = _documents(source_id, paths[0], raw.decode(encoding.name))
    candidates: dict[tuple[str, ...], _Candidate] = {}
    for document in documents:
        _collect(document, (), candidates)
    if not candidates:
        raise PayloadError(source_id, f"{paths[0].name} holds no object with fields: give the file that holds the list")
    best = _outermost(max(candidates.values(), key=_Candidate.score), candidates)
    alike = [one for one in candidates.values() if one.is_like(best)]
    through, page = _way(alike, candidates)
    reader: dict[str, Any] = {"format": "json", "entry": _entry_keys(alike)}
    if through:
        reader["through"] = through
    if page:
        reader["page"] = page
    if lines:
        reader["lines"] = True
    if encoding.name != "utf-8-sig":
        reader["encoding"] = encoding.name
    check = {"entry": "an object is an entry if it has all of these keys; every entry of this payload has them"}
    return FoundLayout(reader=reader, check=check, notes=_paging_notes(documents, best.count))


def look_at_xml(source_id: str, paths: Sequence[Path]) -> FoundLayout:
    """Return the layout of XML files: which elements are the entries, and which stand beside them."""
    refuse_document_type(source_id, paths[0])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.parse(str(paths[0]), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise PayloadError(
            source_id, f"{paths[0].name} is not well-formed XML at line {error.lineno}: it is cut or damaged"
        ) from error
    candidates: dict[tuple[str, ...], _Candidate] = {}
    for child in root:
        _collect_element(child, (), candidates)
    inner = [one for one in candidates.values() if one.leaves]
    if not inner:
        raise PayloadError(source_id, f"{paths[0].name} has no element with others in it: give the file with the list")
    best = _outermost(max(inner, key=_Candidate.score), candidates)
    entries, skip = _beside(best, candidates)
    reader: dict[str, Any] = {"format": "xml", "root": local_name(root), "entries": ["/".join(best.names)]}
    check = {}
    if skip:
        reader["skip"] = ["/".join(names) for names in skip]
        check["skip"] = "elements beside the entries, not read; some may be entries of another kind"
    if entries:
        check["entries"] = f"these look like entries too: {', '.join('/'.join(names) for names in entries)}"
    return FoundLayout(reader=reader, check=check)


def local_name(element: etree._Element) -> str:
    """Return the name of ``element`` without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _outermost(best: _Candidate, candidates: Mapping[tuple[str, ...], _Candidate]) -> _Candidate:
    """Return what holds ``best`` and nothing else of its kind: the entry, where ``best`` is the person in it."""
    above = candidates.get(best.names[:-1])
    if above is None or above is best or best.count == 1 or above.count != best.count:
        return best
    return _outermost(above, candidates)


def _documents(source_id: str, path: Path, text: str) -> tuple[list[Tree], bool]:
    try:
        return [json.loads(text)], False
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            return [json.loads(line) for line in lines], True
        except ValueError:
            raise PayloadError(
                source_id, f"{path.name} is not JSON, neither as a whole nor line by line: it is cut or damaged"
            ) from error


def _collect(node: Tree, names: tuple[str, ...], candidates: dict[tuple[str, ...], _Candidate]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect(item, names, candidates)
    elif isinstance(node, dict):
        if _is_keyed(node):
            for value in node.values():
                _collect(value, (*names, "*"), candidates)
            return
        found = candidates.setdefault(names, _Candidate(names))
        found.count += 1
        found.keys.update(node.keys())
        found.leaves.update(_leaves(node, ()))
        for key, value in node.items():
            _collect(value, (*names, key), candidates)


def _is_keyed(node: dict[str, Tree]) -> bool:
    """Whether ``node`` is a set of alike objects, each under a key of its own."""
    values = list(node.values())
    if len(values) < _KEYED_OBJECTS or not all(isinstance(value, dict) and value for value in values):
        return False
    shared = set.intersection(*(set(value) for value in values))
    return len(shared) * 2 > max(map(len, values))


def _leaves(node: Tree, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the places of single values below ``node``, not those in lists of objects."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, (*names, key))
    elif isinstance(node, list):
        if node and not isinstance(node[0], dict | list):
            yield names
    elif names:
        yield names


def _way(entries: Sequence[_Candidate], candidates: dict[tuple[str, ...], _Candidate]) -> tuple[list[str], list[str]]:
    """Return the keys that lead to the entries, and the other keys of the pages on the way."""
    through = list(dict.fromkeys(name for one in entries for name in one.names))
    above = {one.names[:depth] for one in entries for depth in range(len(one.names))}
    pages = [candidates[names] for names in sorted(above) if names in candidates]
    return through, list(dict.fromkeys(key for page in pages for key in page.keys if key not in through))


def _entry_keys(entries: Sequence[_Candidate]) -> list[str]:
    """Return keys that every entry has: those that name and number it first."""
    keys: Counter[str] = sum((one.keys for one in entries), Counter())
    count = sum(one.count for one in entries)
    always = [key for key, found in keys.items() if found == count]
    return sorted(always, key=_rank)[:_MOST_KEYS] or [keys.most_common(1)[0][0]]


def _rank(key: str) -> int:
    found = meanings((key,))
    role = found[0].role if found and found[0].is_sure else ""
    return 0 if role == "id" else 1 if role in _NAMED else 2 if role else 3


def _paging_notes(documents: Sequence[Tree], count: int) -> tuple[str, ...]:
    totals = [
        value
        for document in documents
        for page in (document if isinstance(document, list) else [document])
        if isinstance(page, dict)
        for key, value in page.items()
        if key.casefold() in _TOTALS and isinstance(value, int)
    ]
    if totals and max(totals) > count:
        part = f"the payload says that the list has {max(totals)} entries, and holds {count}: it is a part"
        return (f"{part}. With the whole, add `coverage: {{total: …}}` to the reader, so that a part is refused",)
    return ()


def _collect_element(
    element: etree._Element, names: tuple[str, ...], candidates: dict[tuple[str, ...], _Candidate]
) -> None:
    place = (*names, local_name(element))
    found = candidates.setdefault(place, _Candidate(place))
    found.count += 1
    found.leaves.update(_element_leaves(element, ()))
    for child in element:
        _collect_element(child, place, candidates)


def _element_leaves(element: etree._Element, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the places of texts and attributes below ``element``, at most two names deep."""
    for attribute in element.attrib:
        yield (*names, "@" + str(attribute).rpartition("}")[2])
    for child in element:
        inner = (*names, local_name(child))
        if len(child) == 0 and child.text and child.text.strip():
            yield inner
        if len(inner) < 2:
            yield from _element_leaves(child, inner)


def _beside(
    best: _Candidate, candidates: dict[tuple[str, ...], _Candidate]
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the places beside the entries that look like entries, and all that stand beside them (the outermost)."""
    above = {best.names[:length] for length in range(1, len(best.names) + 1)}
    outside = [names for names in candidates if names not in above and names[: len(best.names)] != best.names]
    outermost = [names for names in outside if not any(names[:length] in outside for length in range(1, len(names)))]
    alike = [names for names in outside if candidates[names].score()[0] and len(names) == len(best.names)]
    return alike, outermost

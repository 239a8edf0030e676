"""A small payload of the same layout as a publisher's, with invented values: what tests may keep."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree

from matching.drafting.guess import WORDS, Guess
from matching.drafting.invent import Position, invented
from matching.drafting.layout_trees import local_name
from matching.sources.mapping import Mapping
from matching.sources.paths import TEXT, Tree, text_of
from matching.sources.readers import read_entries
from matching.sources.readers.repeats import combine
from matching.sources.spec import CsvReader, JsonReader, Source, TableOptions, XmlReader

_MOST_ENTRIES, _MOST_ITEMS = 5, 3
Names = tuple[str, ...]


@dataclass
class _Inventor:
    """Replaces the values of entries, but the words of the fields ``words``, which source.yml maps, and ``nulls``."""

    roles: Dict[Names, str]
    words: frozenset[Names]
    nulls: frozenset[str]

    def text(self, text: str, names: Names, at: Position) -> str:
        """Return an invented text for the one at ``names``."""
        if not text.strip() or names in self.words or text.strip().casefold() in self.nulls:
            return text
        role = self.roles.get(names)
        return invented(text.strip(), role, Position(at.entry) if role == "id" else at)

    def tree(self, node: Any, names: Names, at: Position) -> Any:
        """Return ``node`` with invented leaves, of the same types."""
        if isinstance(node, dict):
            return {key: self.tree(value, names if key == TEXT else (*names, key), at) for key, value in node.items()}
        if isinstance(node, list):
            return [
                self.tree(item, names, Position(at.entry, at.number + position))
                for position, item in enumerate(node[:_MOST_ITEMS])
            ]
        if isinstance(node, str):
            return self.text(node, names, at)
        if isinstance(node, bool) or node is None:
            return node
        made = self.text(str(node), names, at)
        return type(node)(made) if made.replace(".", "", 1).isdigit() else type(node)(at.count)


@dataclass
class _Chosen:
    """Entries that together have most places of the payload, by position; ``number`` is the place among the chosen."""

    positions: Sequence[int]
    number: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.number = {position: number for number, position in enumerate(self.positions)}


def write_fixture(source: Source, payload: Path, guesses: Sequence[Guess], *, into: Path) -> Path:
    """Write ``<into>/<name of the payload>`` with the layout that ``source`` reads, and return its path."""
    into.mkdir(parents=True)
    path = into / payload.name
    grouped = source.reader.repeats is not None and source.reader.repeats.how == "group"
    inventor = _inventor(source, guesses, above=1 if grouped else 0)
    if isinstance(source.reader, TableOptions):
        rows = list(read_entries(_rows_only(source), {source.main_role: [payload]}))
        _write_table(source.reader, source.main_role, _people(source, rows), inventor, path)
    elif isinstance(source.reader, JsonReader):
        _write_json(source.reader, payload, inventor, path)
    else:
        _write_xml(source.reader, payload, inventor, path)
    return path


def _rows_only(source: Source) -> Source:
    """Return ``source`` without its mapping, so that it reads rows as they stand."""
    reader = source.reader.model_copy(update={"repeats": None})
    nothing = Mapping.model_validate({"publisher_id": {"constant": "-"}, "names": [{"full": {"constant": "-"}}]})
    return source.model_copy(update={"ignored": [], "derive": [], "reader": reader, "record": nothing})


def _inventor(source: Source, guesses: Sequence[Guess], *, above: int) -> _Inventor:
    return _Inventor(
        roles={guess.field.names[above:]: guess.role for guess in guesses},
        words=frozenset(guess.field.names[above:] for guess in guesses if guess.role in WORDS),
        nulls=frozenset(null.casefold() for null in source.reader.nulls),
    )


def _people(source: Source, rows: Sequence[Tree]) -> list[list[Tree]]:
    """Return the rows of a few persons."""
    repeats = source.reader.repeats
    people = [entry["rows"] for entry in combine(iter(rows), repeats)] if repeats else [[row] for row in rows]
    chosen = _choose([{name for row in person for name, text in row.items() if text} for person in people])
    return [people[position][:_MOST_ITEMS] for position in chosen.positions]


def _choose(places: Sequence[set[Any]]) -> _Chosen:
    """Return the entries that together have most places; of equals the first."""
    missing: set[Any] = set().union(*places)
    chosen: list[int] = []
    while len(chosen) < min(_MOST_ENTRIES, len(places)):
        free = [position for position in range(len(places)) if position not in chosen]
        best = max(free, key=lambda position: (len(places[position] & missing), -position))
        chosen.append(best)
        missing -= places[best]
    return _Chosen(sorted(chosen))


def _write_table(
    reader: TableOptions, role: str, people: Sequence[Sequence[Tree]], inventor: _Inventor, path: Path
) -> None:
    columns = list(reader.columns.get(role) or people[0][0])
    lines: list[list[str]] = [["invented text above the header"] for _ in range(reader.skip_rows)]
    if reader.header:
        lines.append(columns)
    for entry, rows in enumerate(people):
        for number, row in enumerate(rows):
            at = Position(entry, number)
            lines.append([inventor.text(text_of(row.get(name)) or "", (name,), at) for name in columns])
    if isinstance(reader, CsvReader):
        with path.open("w", encoding=reader.encoding, errors="replace", newline="") as file:
            csv.writer(file, delimiter=reader.separator, quotechar=reader.quote, lineterminator="\n").writerows(lines)
        return
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = getattr(reader, "sheet", None) or "Sheet1"
    for line in lines:
        sheet.append(line)
    book.save(path)


def _write_json(reader: JsonReader, payload: Path, inventor: _Inventor, path: Path) -> None:
    text = payload.read_text(encoding=reader.encoding)
    documents = [json.loads(line) for line in text.splitlines() if line.strip()] if reader.lines else [json.loads(text)]
    entries: list[dict[str, Any]] = []
    for document in documents:
        _walk_pages(document, reader, entries.append)
    chosen = _choose([set(_places_in(entry, ())) for entry in entries])
    kept = {id(entries[position]): number for position, number in chosen.number.items()}
    made = [made for document in documents if (made := _rebuilt(document, reader, kept, inventor)) is not None]
    lines = [json.dumps(document, ensure_ascii=False, indent=None if reader.lines else 1) for document in made]
    path.write_text("\n".join(lines) + "\n", encoding=reader.encoding)


def _walk_pages(node: Any, reader: JsonReader, found: Callable[[dict[str, Any]], None]) -> None:
    if isinstance(node, list):
        for item in node:
            _walk_pages(item, reader, found)
    elif isinstance(node, dict) and all(key in node for key in reader.entry):
        found(node)
    elif isinstance(node, dict):
        for key, value in node.items():
            if _leads_on(key, reader):
                _walk_pages(value, reader, found)


def _leads_on(key: str, reader: JsonReader) -> bool:
    return key in reader.through or ("*" in reader.through and key not in reader.page)


def _rebuilt(node: Any, reader: JsonReader, kept: Dict[int, int], inventor: _Inventor) -> Any:
    """Return a page or list with the kept entries, invented; None where it holds none of them."""
    if isinstance(node, list):
        items = [made for item in node if (made := _rebuilt(item, reader, kept, inventor)) is not None]
        return items or None
    if not isinstance(node, dict):
        return None
    if all(key in node for key in reader.entry):
        return inventor.tree(node, (), Position(kept[id(node)])) if id(node) in kept else None
    inner = {
        key if key in reader.through else f"key_{position}": made
        for position, (key, value) in enumerate(node.items())
        if _leads_on(key, reader) and (made := _rebuilt(value, reader, kept, inventor)) is not None
    }
    if not inner:
        return None
    return {**{key: _page_value(node[key], len(kept)) for key in reader.page if key in node}, **inner}


def _page_value(value: Any, entries: int) -> Any:
    """Return what a page says beside its entries: their number, or nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return entries
    return {} if isinstance(value, dict) else [] if isinstance(value, list) else "invented text" if value else value


def _places_in(node: Any, names: Names) -> Iterable[Names]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _places_in(value, (*names, key))
    elif isinstance(node, list):
        for item in node:
            yield from _places_in(item, names)
    elif node not in (None, ""):
        yield names


def _write_xml(reader: XmlReader, payload: Path, inventor: _Inventor, path: Path) -> None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True,
        remove_blank_text=True,
    )  # fmt: skip
    tree = etree.parse(str(payload), parser)
    root = tree.getroot()
    wanted = [tuple(entry.split("/")) for entry in reader.entries]
    entries = [element for element in root.iterdescendants() if _place_of(element) in wanted]
    chosen = _choose([{_place_of(inner) for inner in element.iter()} for element in entries])
    for position, element in enumerate(entries):
        if position in chosen.number:
            _invent_element(element, (), inventor, Position(chosen.number[position]))
        else:
            _remove(element)
    above = {names[:length] for names in wanted for length in range(len(names))}
    for element in list(root.iterdescendants()):
        if not _is_inside(element, wanted) and _place_of(element) not in above:
            _remove(element)
    for element in (root, *(one for one in root.iterdescendants() if _place_of(one) in above)):
        _invent_own(element, (), inventor, Position(0))
    etree.indent(tree)
    tree.write(str(path), encoding="utf-8", xml_declaration=True)


def _place_of(element: etree._Element) -> Names:
    names = [local_name(element), *(local_name(above) for above in element.iterancestors())]
    return tuple(reversed(names[:-1]))


def _is_inside(element: etree._Element, wanted: Sequence[Names]) -> bool:
    place = _place_of(element)
    return any(place[: len(names)] == names for names in wanted)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _invent_element(element: etree._Element, names: Names, inventor: _Inventor, at: Position) -> None:
    _invent_own(element, names, inventor, at)
    seen: dict[str, int] = {}
    for child in list(element):
        name = local_name(child)
        number = seen[name] = seen.get(name, -1) + 1
        if number >= _MOST_ITEMS:
            element.remove(child)
        else:
            _invent_element(child, (*names, name), inventor, Position(at.entry, at.number + number))


def _invent_own(element: etree._Element, names: Names, inventor: _Inventor, at: Position) -> None:
    """Replace the text and the attributes of one element; what belongs to XML Schema stays."""
    if element.text and element.text.strip():
        element.text = inventor.text(element.text, names, at)
    element.tail = None
    for name, value in element.attrib.items():
        if "XMLSchema-instance" not in str(name):
            local = "@" + str(name).rpartition("}")[2]
            element.set(name, inventor.text(str(value), (*names, local), at))

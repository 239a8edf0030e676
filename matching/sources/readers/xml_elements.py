"""XML, streamed and hardened: no document type, no entity, no network, no huge tree.

An element without attributes and children is its text; any other is a dict with ``@name`` for attributes, the names of
its children, and ``#text``. A repeated child is a list. Names are local: a publisher may change its namespace. What
source.yml ignores is left out here already.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lxml import etree

from matching.errors import PayloadError
from matching.sources.paths import TEXT, Tree
from matching.sources.places import Place, Places, matches
from matching.sources.readers.payload import refuse_html
from matching.sources.spec import Source, XmlReader


def read(source: Source, reader: XmlReader, files: Mapping[str, Sequence[Path]]) -> Iterator[Tree]:
    """Yield the elements at ``reader.entries`` of every file, roles in the order of the source's payloads.

    Raises PayloadError where a file is not well-formed, has a document type or entities, another root, or an element
    beside the entries that source.yml does not name.
    """
    places = Places(source)
    for role in source.payloads:
        for path in files.get(role, ()):
            refuse_html(source.id, path, "XML")
            refuse_document_type(source.id, path)
            try:
                yield from _entries(source, reader, path, places)
            except etree.XMLSyntaxError as error:
                raise PayloadError(
                    source.id,
                    f"{path.name} is not well-formed XML at line {error.lineno}: it is cut or damaged; retrieve it"
                    " again",
                ) from error


def refuse_document_type(source_id: str, path: Path) -> None:
    """Raise PayloadError where ``path`` has a document type: lists have no need of one, attacks on parsers do."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _stop_at_document_type
    parser.StartElementHandler = _stop_at_root
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except _DocumentTypeError as error:
        raise _document_type(source_id, path) from error
    except (_RootReached, expat.ExpatError):
        return  # what is not well-formed is the parser's to report
    except (ValueError, LookupError):  # an encoding that expat does not know, such as GB 18030
        if _has_document_type(path):
            raise _document_type(source_id, path) from None


def _document_type(source_id: str, path: Path) -> PayloadError:
    return PayloadError(
        source_id,
        f"{path.name} declares a document type (entities, external files), which no list needs: it is refused unread;"
        " ask the publisher",
    )


def _has_document_type(path: Path) -> bool:
    """Tell it by the parser that reads the entries: nothing is expanded before the root."""
    try:
        with path.open("rb") as file:
            parser = etree.iterparse(
                file, events=("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
            )
            _, root = next(iter(parser))
    except (etree.XMLSyntaxError, StopIteration):
        return False  # what is not well-formed is the parser's to report
    return bool(root.getroottree().docinfo.doctype)


class _DocumentTypeError(Exception):
    pass


class _RootReached(Exception):  # noqa: N818  # not an error: the prolog is over
    pass


def _stop_at_document_type(*_: object) -> None:
    raise _DocumentTypeError


def _stop_at_root(*_: object) -> None:
    raise _RootReached


def _entries(source: Source, reader: XmlReader, path: Path, places: Places) -> Iterator[Tree]:
    wanted = {tuple(entry.split("/")) for entry in reader.entries}
    parser = etree.iterparse(
        str(path), tag=[f"{{*}}{names[-1]}" for names in wanted], resolve_entities=False, no_network=True,
        load_dtd=False, attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    checked = False
    for _, element in parser:
        if _place_of(element) not in wanted:
            continue
        if not checked:
            _check_root(source, reader, path, element.getroottree().getroot())
            checked = True
        yield _to_tree(element, places.root, places)
        _forget(element)
    _check_root(source, reader, path, parser.root)
    _check_rest(source, reader, path, parser.root)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _place_of(element: etree._Element) -> tuple[str, ...]:
    names = [_local(element.tag), *(_local(above.tag) for above in element.iterancestors())]
    return tuple(reversed(names[:-1]))


def _forget(element: etree._Element) -> None:
    """Free an entry that has been read, with the siblings before it that are empty."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        previous = element.getprevious()
        while previous is not None and len(previous) == 0 and not previous.attrib and previous.tag == element.tag:
            parent.remove(previous)
            previous = element.getprevious()


def _check_root(source: Source, reader: XmlReader, path: Path, root: etree._Element) -> None:
    if _local(root.tag) not in reader.root:
        raise PayloadError(
            source.id,
            f"{path.name} has the root <{_local(root.tag)}>, <{'> or <'.join(reader.root)}> was expected: it is another"
            " document, or the publisher changed the layout",
        )


def _check_rest(source: Source, reader: XmlReader, path: Path, root: etree._Element) -> None:
    """Refuse elements beside the entries that source.yml neither reads nor skips."""
    entries = [tuple(entry.split("/")) for entry in reader.entries]
    skipped = [tuple(skip.split("/")) for skip in reader.skip]
    above = {entry[:length] for entry in entries for length in range(1, len(entry))}
    unknown = sorted(
        {
            "/".join(place)
            for element in root.iterdescendants()
            if (place := _place_of(element)) not in entries and place not in above
            if not any(matches(skip, place) for skip in skipped)
        }
    )
    if unknown:
        raise PayloadError(
            source.id,
            f"{path.name} has elements that source.yml does not know: {', '.join(unknown[:10])}. Expected entries at"
            f" {', '.join(reader.entries)}: add them to reader.entries or reader.skip",
        )


def _to_tree(element: etree._Element, place: Place, places: Places) -> Tree:
    """Return the tree of ``element``. Leaves without attributes are read here: they are most of what a list holds."""
    attributes = element.items()
    node = _attributes(attributes, place, places) if attributes else {}
    by_tag = place.by_tag
    tails: list[str] = []  # mixed content: a text goes on after an element within it
    for child in element:
        tag = child.tag
        name, known = by_tag.get(tag) or _learn_tag(place, places, tag)
        if (after := child.tail) is not None and not after.isspace():
            tails.append(after)
        if known.is_ignored:
            continue
        value = _to_tree(child, known, places) if len(child) or child.items() else child.text
        if value is None or (type(value) is str and value.isspace()):
            continue
        before = node.get(name)
        if before is None:
            node[name] = value
        elif type(before) is list:
            before.append(value)
        else:
            node[name] = [before, value]
    is_leaf = not attributes and not len(element)
    return _with_text(node, [element.text or "", *tails] if tails else element.text, is_leaf=is_leaf)


def _with_text(node: dict[str, Tree], found: str | list[str] | None, *, is_leaf: bool) -> Tree:
    text = " ".join(found) if isinstance(found, list) else found
    if text and not text.isspace():
        if is_leaf:
            return text
        node[TEXT] = text
    return node or None


def _attributes(attributes: Sequence[tuple[Any, Any]], place: Place, places: Places) -> dict[str, Tree]:
    """Return the attributes that source.yml does not ignore and that are not empty."""
    keys = place.by_attribute
    try:
        return {key: value for name, value in attributes if value and (key := keys[name])}
    except KeyError:  # an attribute not seen here before
        for name, _ in attributes:
            key = f"@{_local(name)}"
            keys[name] = None if places.child(place, key).is_ignored else key
        return _attributes(attributes, place, places)


def _learn_tag(place: Place, places: Places, tag: str) -> tuple[str, Place]:
    """Note the name and place that ``tag`` stands for."""
    name = _local(tag)
    place.by_tag[tag] = name, places.child(place, name)
    return place.by_tag[tag]

"""Look-ups: elements elsewhere in an XML file that entries quote by a key, put in the place of the key.

A first pass over the file gathers the quoted elements by key, for they may stand after the entries; then the entries
are read as ever, and each quoted key gives way to what it stands for. A key that no element has stays where it is,
unless the look-up is optional, and is reported as unread like any other field that nobody understands.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from lxml import etree

from matching.sources.paths import Tree, compile_path, names_of, text_of
from matching.sources.readers.xml_elements import refuse_document_type
from matching.sources.spec import Lookup, Source, XmlReader

_Table = dict[str, list[dict[str, Tree]]]  # key to what its elements put in its place


def resolve(
    source: Source, reader: XmlReader, files: Mapping[str, Sequence[Path]], entries: Iterator[Tree]
) -> Iterator[Tree]:
    """Yield ``entries`` of ``files`` with the keys of ``reader.lookups`` resolved, in the order of the look-ups.

    Raises PayloadError where a file has a document type; damage is left to the reader of entries to report.
    """
    tables = [_Table() for _ in reader.lookups]
    for role in source.payloads:
        for path in files.get(role, ()):
            refuse_document_type(source.id, path)
            _gather(reader, path, tables)
    steps = [
        _replacer(at, table, is_optional=lookup.optional)
        for lookup, table in zip(reader.lookups, tables, strict=True)
        for at in lookup.at
    ]
    for entry in entries:
        for replace in steps:
            replace(entry)
        yield entry


def _gather(reader: XmlReader, path: Path, tables: Sequence[_Table]) -> None:
    """Add every quoted element of ``path`` to the table of its look-up."""
    wanted: dict[tuple[str, ...], list[tuple[Lookup, _Table]]] = {}
    for lookup, table in zip(reader.lookups, tables, strict=True):
        for elements in lookup.elements:
            wanted.setdefault(names_of(elements), []).append((lookup, table))
    entries = {names_of(entry) for entry in reader.entries}
    tags = sorted({f"{{*}}{names[-1]}" for names in {*wanted, *entries}})
    parser = etree.iterparse(
        str(path), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, attribute_defaults=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, element in parser:
            place = _place_of(element)
            for lookup, table in wanted.get(place, ()):
                _add(lookup, table, _tree(element))
            if place in entries or (place in wanted and not _is_within(place, entries)):
                element.clear()
    except etree.XMLSyntaxError:
        return  # the reader of entries meets the same fault, and says where


def _add(lookup: Lookup, table: _Table, tree: dict[str, Tree]) -> None:
    keys = [key for node in compile_path(lookup.key)(tree) if (key := text_of(node))]
    if lookup.into is None:
        read = {name: next(iter(compile_path(path)(tree)), None) for name, path in lookup.fields.items()}
        given: dict[str, Tree] = {name: text for name, node in read.items() if (text := text_of(node))}
    else:
        tree.pop(lookup.key, None)
        given = {lookup.into: tree}
    for key in keys:
        table.setdefault(key, []).append(given)


def _replacer(at: str, table: _Table, *, is_optional: bool) -> Callable[[Tree], None]:
    """Return a function that puts what ``table`` has in the place of the keys at ``at`` in an entry."""
    above, _, name = at.rpartition("/")
    parents = compile_path(above or ".")

    def replace(entry: Tree) -> None:
        for node in parents(entry):
            key = node.get(name) if isinstance(node, dict) else None
            keys = [text_of(one) or "" for one in (key if isinstance(key, list) else [key])] if key is not None else []
            if not keys or not (is_optional or all(one in table for one in keys)):
                continue
            del node[name]
            for given in (given for one in keys for given in table.get(one, ())):
                for field, value in given.items():
                    _put(node, field, value)

    return replace


def _put(node: dict[str, Tree], name: str, value: Tree) -> None:
    before = node.get(name)
    if before is None:
        node[name] = value
    else:
        node[name] = [*(before if isinstance(before, list) else [before]), value]


def _tree(element: etree._Element) -> dict[str, Tree]:
    """Return ``element`` as xml_elements gives entries, but always as a dict."""
    node: dict[str, Tree] = {f"@{_local(str(name))}": value for name, value in element.items() if value}
    for child in element:
        value: Tree = _tree(child)
        if value.keys() == {"#text"}:
            value = value["#text"]
        if value:
            _put(node, _local(child.tag), value)
    if element.text and element.text.strip():
        node["#text"] = element.text
    return node


def _is_within(place: tuple[str, ...], entries: set[tuple[str, ...]]) -> bool:
    return any(place[: len(entry)] == entry for entry in entries)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _place_of(element: etree._Element) -> tuple[str, ...]:
    names = [_local(element.tag), *(_local(above.tag) for above in element.iterancestors())]
    return tuple(reversed(names[:-1]))

"""JSON: entries are found however pages wrap them.

A page is walked through lists and through the keys named in ``through``; an object that has every key of ``entry`` is
an entry and is not searched further. Anything else is an error, not something to skip. Numbers are kept as published.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from matching.errors import PayloadError
from matching.sources.paths import Tree, text_of
from matching.sources.readers.coverage import CoverageCheck, Page
from matching.sources.readers.payload import read_text
from matching.sources.readers.repeats import merge
from matching.sources.spec import Coverage, JsonReader, Source


def read(source: Source, reader: JsonReader, files: Mapping[str, Sequence[Path]]) -> Iterator[Tree]:
    """Yield the entries of every file, roles in the order of the source's payloads.

    Raises PayloadError where a document is not JSON, holds an object that is neither page nor entry, or declares more
    entries than it holds.
    """
    coverage = CoverageCheck(source, reader)
    for role in source.payloads:
        for path in files.get(role, ()):
            for document in _documents(source, reader, path):
                yield from _walk(source, reader, document, coverage.page_of(path.name))
    coverage.conclude()


def read_page(source: Source, reader: JsonReader, path: Path, total: str) -> tuple[int, set[str]]:
    """Return the total that the page at ``path`` declares under the key ``total``, and the ids of its entries.

    Raises PayloadError where it is no page: without its total a cut list could not be told from a whole one.
    """
    (document,) = _documents(source, reader, path)
    declared = text_of(document.get(total)) if isinstance(document, dict) else None
    if declared is None or not declared.isdecimal():
        raise PayloadError(source.id, f"{path.name} says no {total}: a page of the list was expected; see what it is")
    loose = reader.model_copy(update={"coverage": Coverage()})
    page = CoverageCheck(source, loose).page_of(path.name)
    ids = {text_of(entry[reader.entry[0]]) or "" for entry in _walk(source, loose, document, page)}
    return int(declared), ids


def _documents(source: Source, reader: JsonReader, path: Path) -> Iterator[Tree]:
    text = read_text(source.id, path, encoding=reader.encoding, expected="JSON")
    if not reader.lines:
        yield _parse(source, path, text, 1)
        return
    for number, line in enumerate(text.split("\n"), 1):  # splitlines would split at U+2028 within a string, too
        if line.strip():
            yield _parse(source, path, line, number)


def _parse(source: Source, path: Path, text: str, first_line: int) -> Tree:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        reason = f"line {first_line + error.lineno - 1}: {error.msg}"
    except RecursionError:
        reason = "nested too deep"
    raise PayloadError(source.id, f"{path.name} is not JSON ({reason}): it is cut or damaged; retrieve it again")


def _object(pairs: list[tuple[str, Tree]]) -> Tree:
    """Return an object; the values of a key given twice are joined, for of two the last alone would stay unnoticed."""
    made = dict(pairs)
    if len(made) < len(pairs):
        made = {}
        for key, value in pairs:
            made[key] = merge(made.get(key), value)
    return made


def _walk(source: Source, reader: JsonReader, node: Tree, page: Page) -> Iterator[Tree]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(source, reader, item, page)
    elif isinstance(node, dict) and all(key in node for key in reader.entry):
        page.count(node)
        yield node
    elif isinstance(node, dict) and (
        "*" in reader.through or any(key in node for key in (*reader.through, *reader.page))
    ):
        yield from _walk_page(source, reader, node, page)
    elif node is not None:
        raise PayloadError(source.id, _unexpected(reader, node))


def _walk_page(source: Source, reader: JsonReader, node: dict[str, Tree], page: Page) -> Iterator[Tree]:
    unknown = [key for key in node if key not in reader.through and key not in reader.page]
    if unknown and "*" not in reader.through:
        raise PayloadError(
            source.id,
            f"a page has unknown keys {', '.join(sorted(unknown))} beside {', '.join(reader.through)}: add them to"
            " reader.through or reader.page in source.yml",
        )
    inner = page.enter(node)
    for key in [key for key in node if key not in reader.page] if "*" in reader.through else reader.through:
        yield from _walk(source, reader, node.get(key), inner)


def _unexpected(reader: JsonReader, node: Tree) -> str:
    found = f"an object with keys {', '.join(sorted(node)[:12])}" if isinstance(node, dict) else type(node).__name__
    return (
        f"found {found} where an entry (an object with {', '.join(reader.entry)}) or a page (with"
        f" {', '.join(reader.through) or 'no keys declared'}) was expected: this is another document, such as an error"
        " message, or the publisher changed the layout"
    )

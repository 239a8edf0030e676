"""Free texts taken apart: a publisher's remarks become fields that the mapping reads like any other."""

import re
from collections.abc import Callable, Sequence

from matching.records.memo import Memo
from matching.sources.mapping import Derive
from matching.sources.paths import Tree, compile_path, text_of

REST = "rest"
_Pattern = tuple[str, bool, Callable[[str], re.Match[str] | None]]  # name, whether ignored, what it matches


def compile_derive(derives: Sequence[Derive], nulls: Sequence[str]) -> Callable[[Tree], None]:
    """Return a function that adds to an entry, under each ``into``, the segments of its text by pattern name."""
    compiled = [_compile(derive, frozenset(null.casefold() for null in nulls)) for derive in derives]

    def apply(entry: Tree) -> None:
        for add in compiled:
            add(entry)

    return apply


def _compile(derive: Derive, nulls: frozenset[str]) -> Callable[[Tree], None]:
    read = compile_path(derive.from_)
    patterns = [
        (pattern.name, pattern.ignore is not None, re.compile(pattern.pattern).fullmatch) for pattern in derive.patterns
    ]

    sorted_in: Memo[str, tuple[str | None, Tree]] = Memo(lambda segment: _sort(segment, patterns))

    def add(entry: Tree) -> None:
        found: dict[str, list[Tree]] = {}
        for node in read(entry):
            text = text_of(node)
            if not text or text.strip().casefold() in nulls:
                continue
            for piece in text.rstrip(derive.strip).split(derive.split):
                name, value = sorted_in[piece.strip()]
                if name is not None:
                    found.setdefault(name, []).append(value)
        if found:
            entry[derive.into] = found

    return add


def _sort(segment: str, patterns: Sequence[_Pattern]) -> tuple[str | None, Tree]:
    """Return the name and the value of a segment; no name where it is empty or ignored."""
    if not segment:
        return None, None
    for name, is_ignored, matches in patterns:
        match = matches(segment)
        if match is not None:
            return None if is_ignored else name, match.groupdict() or segment
    return REST, segment

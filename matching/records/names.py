"""Names of an entry: as published in full, or composed of the parts a publisher gives."""

from collections.abc import Callable, Sequence
from itertools import islice, product

from matching.records.rules import Item, Items, compile_nodes, fields_of, needed
from matching.records.values import Compiler
from matching.sources.mapping import NameRule
from matching.sources.paths import Tree

_MOST_COMBINATIONS = 24  # of variants of one name: past that a publisher lists spellings, not names
PARTS = ("given", "patronymic", "family", "other")
_KIND = fields_of("names").index("kind")  # full, the parts, kind, script, language
_Parts = tuple[str | None, ...]  # one text, or none, for each of PARTS
_NO_PARTS: _Parts = (None,) * len(PARTS)


def compile_names(compiler: Compiler, rule: NameRule, column: str) -> Items:
    """Return a function that gives the names of ``rule``; one per text of ``full``, else one composed of the parts."""
    nodes = compile_nodes(compiler, rule)
    full = compiler.texts(rule.full, f"{column}.full") if rule.full else None
    readings = _readings(compiler, rule, column)
    order = [PARTS.index(part) for part in rule.order]
    about = _about(compiler, rule, column)
    split = _inverted(rule.inverted) if rule.inverted else None

    def find(entry: Tree, items: list[Item], left: list[str]) -> None:
        for node in nodes(entry):
            texts = full(node) if full else ()
            for parts in readings(node):
                for text in texts or _composed(parts, order):
                    items.append((*(split(text) if split else (text, *parts)), *about(node)))

    return find


def with_primary(names: list[Item]) -> list[Item]:
    """Return ``names``; where none is primary the first good one becomes it, for publishers that do not say."""
    if any(name[_KIND] == "primary" for name in names):
        return names
    first = next((position for position, name in enumerate(names) if name[_KIND] in ("alias", "former")), 0)
    return [
        (*name[:_KIND], "primary", *name[_KIND + 1 :]) if position == first else name
        for position, name in enumerate(names)
    ]


def _about(compiler: Compiler, rule: NameRule, column: str) -> Callable[[Tree], tuple[str | None, ...]]:
    """Return a function that gives kind, script and language."""
    if rule.kind.constant is not None and rule.script is None and rule.language is None:
        constant = (rule.kind.constant, None, None)
        return lambda node: constant
    kind = needed(compiler.word(rule.kind, f"{column}.kind"), f"{column}.kind")
    script = compiler.word(rule.script, f"{column}.script") if rule.script else _none
    language = compiler.text(rule.language, f"{column}.language")
    return lambda node: (kind(node), script(node), language(node))


def _none(_: Tree) -> None:
    return None


def _readings(compiler: Compiler, rule: NameRule, column: str) -> Callable[[Tree], Sequence[_Parts]]:
    """Return a function that gives the texts of the parts: the first of each, or every combination."""
    given = [getattr(rule, part) for part in PARTS]
    if not any(given):
        return lambda node: (_NO_PARTS,)
    if rule.combine:
        texts = [
            compiler.texts(value, f"{column}.{part}") if value else _nothing
            for part, value in zip(PARTS, given, strict=True)
        ]
        return lambda node: list(islice(product(*[read(node) or (None,) for read in texts]), _MOST_COMBINATIONS))
    first = [
        compiler.text(value, f"{column}.{part}") if value else _none for part, value in zip(PARTS, given, strict=True)
    ]
    return lambda node: (tuple([read(node) for read in first]),)


def _nothing(_: Tree) -> tuple[str, ...]:
    return ()


def _composed(parts: _Parts, order: Sequence[int]) -> tuple[str, ...]:
    text = " ".join([part for position in order if (part := parts[position])])
    return (text,) if text else ()


def _inverted(separator: str) -> Callable[[str], _Parts]:
    """Return a function that reads "FAMILY, Given" and "FAMILY, Given, Jr." and puts them in natural order.

    It gives the name in full, then its parts.
    """

    def split(text: str) -> _Parts:
        family, *rest = [piece.strip() for piece in text.split(separator)]
        given = rest[0] if rest else ""
        other = " ".join(rest[1:])
        natural = " ".join([piece for piece in (given, family, other) if piece])
        if not given:
            return (natural, *_NO_PARTS)
        return (natural, given, None, family or None, other or None)

    return split

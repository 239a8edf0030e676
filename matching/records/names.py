"""Names of an entry: as published in full, or composed of the parts a publisher gives."""

from collections.abc import Callable, Sequence
from itertools import islice, product

from matching.records.memo import Memo
from matching.records.readings import Choice, Texts, always
from matching.records.rules import Item, Items, Left, compile_nodes, fields_of, needed, only
from matching.records.values import Compiler
from matching.sources.mapping import NameRule
from matching.sources.paths import Tree

_MOST_COMBINATIONS = 24  # of variants of one name: past that a publisher lists spellings, not names
PARTS = ("given", "patronymic", "family", "other")
_KIND = 1 + fields_of("names").index("kind")  # entry, full, the parts, kind, script, language
_Parts = tuple[str | None, ...]  # one text, or none, for each of PARTS
_Name = tuple[str | None, ...]  # a text in full, then its parts
_NO_PARTS: _Parts = (None,) * len(PARTS)


def compile_names(compiler: Compiler, rule: NameRule, column: str) -> Items:
    """Return a function that gives the names of ``rule``; one per text of ``full``, else one composed of the parts."""
    nodes_of = compile_nodes(compiler, rule)
    full: Texts = compiler.texts(rule.full, f"{column}.full") if rule.full else always(())
    parts_of = _parts_of(compiler, rule, column)
    make_names = _namer(rule)
    about = [
        needed(compiler.word(rule.kind, f"{column}.kind"), f"{column}.kind"),
        compiler.word(rule.script, f"{column}.script") if rule.script else always(None),
        compiler.text(rule.language, f"{column}.language"),
    ]

    def find(positions: Sequence[int], entries: Sequence[Tree], items: list[Item], left: list[Left]) -> None:
        found = nodes_of(positions, entries)
        names = make_names(full(found[1]), parts_of(found[1]))
        if not all(names):
            found, names = only(found, names), [made for made in names if made]
        owners, nodes = found
        items += [
            (owner, *name, *said)
            for owner, made, *said in zip(owners, names, *[read(nodes) for read in about], strict=True)
            for name in made
        ]

    return find


def with_primary(names: Sequence[Item]) -> Sequence[Item]:
    """Return ``names``, sorted by entry; where an entry has no primary one its first good one becomes it.

    For publishers that do not say.
    """
    owners = {name[0] for name in names} - {name[0] for name in names if name[_KIND] == "primary"}
    if not owners:
        return names
    best: dict[int, int] = {}
    for position, name in enumerate(names):
        before = best.get(name[0])
        if before is None or (not _is_good(names[before]) and _is_good(name)):
            best[name[0]] = position
    chosen = {best[owner] for owner in owners}
    return [
        (*name[:_KIND], "primary", *name[_KIND + 1 :]) if position in chosen else name
        for position, name in enumerate(names)
    ]


def _is_good(name: Item) -> bool:
    return name[_KIND] in ("alias", "former")


def _parts_of(compiler: Compiler, rule: NameRule, column: str) -> Callable[[Sequence[Tree]], list[tuple[_Parts, ...]]]:
    """Return a function that gives the texts of the parts: the first of each, or every combination."""
    given = [getattr(rule, part) for part in PARTS]
    if not any(given):
        return always((_NO_PARTS,))
    if rule.combine:
        texts: list[Texts] = [
            compiler.texts(value, f"{column}.{part}") if value else always(())
            for part, value in zip(PARTS, given, strict=True)
        ]
        return lambda nodes: [
            tuple(islice(product(*[found or (None,) for found in row]), _MOST_COMBINATIONS))
            for row in zip(*[read(nodes) for read in texts], strict=True)
        ]
    first: list[Choice] = [compiler.text(value, f"{column}.{part}") for part, value in zip(PARTS, given, strict=True)]
    return lambda nodes: [(parts,) for parts in zip(*[read(nodes) for read in first], strict=True)]


def _namer(rule: NameRule) -> Callable[[list[tuple[str, ...]], list[tuple[_Parts, ...]]], list[list[_Name]]]:
    """Return a function from nodes' texts in full and their variants of the parts to the names they make."""
    order = [PARTS.index(part) for part in rule.order]
    separator = rule.inverted
    if separator:
        invert: Memo[str, _Name] = Memo(lambda text: _inverted(text, separator))
        return lambda full, parts: [
            [invert[text] for variant in variants for text in texts or _composed(variant, order)]
            for texts, variants in zip(full, parts, strict=True)
        ]
    return lambda full, parts: [
        [(text, *variant) for variant in variants for text in texts or _composed(variant, order)]
        for texts, variants in zip(full, parts, strict=True)
    ]


def _composed(parts: _Parts, order: Sequence[int]) -> tuple[str, ...]:
    text = " ".join([part for position in order if (part := parts[position])])
    return (text,) if text else ()


def _inverted(text: str, separator: str) -> _Name:
    """Read "FAMILY, Given" and "FAMILY, Given, Jr." and put them in natural order."""
    family, *rest = map(str.strip, text.split(separator))
    if len(rest) == 1 and rest[0] and family:  # most names, by the shortest way
        (given,) = rest
        return (f"{given} {family}", given, None, family, None)
    given = rest[0] if rest else ""
    other = " ".join(rest[1:])
    natural = " ".join([piece for piece in (given, family, other) if piece])
    if not given:
        return (natural, *_NO_PARTS)
    return (natural, given, None, family or None, other or None)

"""Names of an entry: as published in full, or composed of the parts a publisher gives."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice, product

from matching.records.rules import NOTHING, Found, Item, Items, compile_nodes, needed
from matching.records.values import Compiler, Texts
from matching.sources.mapping import NameRule
from matching.sources.paths import Tree

_MOST_COMBINATIONS = 24  # of variants of one name: past that a publisher lists spellings, not names
PARTS = ("given", "patronymic", "family", "other")


def compile_names(compiler: Compiler, rule: NameRule, column: str) -> Items:
    """Return a function that gives the names of ``rule``; one per text of ``full``, else one composed of the parts."""
    nodes = compile_nodes(compiler, rule)
    full = compiler.texts(rule.full, f"{column}.full") if rule.full else None
    parts = {
        part: compiler.texts(value, f"{column}.{part}") for part in PARTS if (value := getattr(rule, part)) is not None
    }
    kind = needed(compiler.word(rule.kind, f"{column}.kind"), f"{column}.kind")
    script = compiler.word(rule.script, f"{column}.script") if rule.script else _none
    language = compiler.text(rule.language, f"{column}.language")
    split = _inverted(rule.inverted) if rule.inverted else None

    def find(entry: Tree) -> Found:
        items: list[Item] = []
        for node in nodes(entry):
            texts = full(node) if full else ()
            for read in _readings(parts, node, combine=rule.combine):
                for text in texts or _composed(read, rule.order):
                    own = split(text) if split else {"full": text, **read}
                    items.append(_name(own, kind(node), script(node), language(node)))
        return Found(items) if items else NOTHING

    return find


def with_primary(names: list[Item]) -> list[Item]:
    """Return ``names``; where none is primary the first good one becomes it, for publishers that do not say."""
    if any(name["kind"] == "primary" for name in names):
        return names
    first = next((position for position, name in enumerate(names) if name["kind"] in ("alias", "former")), 0)
    return [{**name, "kind": "primary"} if position == first else name for position, name in enumerate(names)]


def _none(_: Tree) -> None:
    return None


def _readings(parts: Mapping[str, Texts], node: Tree, *, combine: bool) -> Sequence[Mapping[str, str | None]]:
    """Return the texts of the parts: the first of each, or every combination."""
    read = {part: texts(node) for part, texts in parts.items()}
    if not combine:
        return [{part: texts[0] if texts else None for part, texts in read.items()}]
    combinations = product(*(texts or (None,) for texts in read.values()))
    return [dict(zip(read, texts, strict=True)) for texts in islice(combinations, _MOST_COMBINATIONS)]


def _composed(parts: Mapping[str, str | None], order: list[str]) -> tuple[str, ...]:
    text = " ".join(part for name in order if (part := parts.get(name)))
    return (text,) if text else ()


def _inverted(separator: str) -> Callable[[str], dict[str, str | None]]:
    """Return a function that reads "FAMILY, Given" and "FAMILY, Given, Jr." and puts them in natural order."""

    def split(text: str) -> dict[str, str | None]:
        family, *rest = (piece.strip() for piece in text.split(separator))
        given = rest[0] if rest else ""
        other = " ".join(rest[1:])
        natural = " ".join(piece for piece in (given, family, other) if piece)
        if not given:
            return {"full": natural}
        return {"full": natural, "given": given, "family": family or None, "other": other or None}

    return split


def _name(read: Mapping[str, str | None], kind: str | None, script: str | None, language: str | None) -> Item:
    return {
        "full": read["full"], "given": read.get("given"), "patronymic": read.get("patronymic"),
        "family": read.get("family"), "other": read.get("other"), "kind": kind, "script": script, "language": language,
    }  # fmt: skip

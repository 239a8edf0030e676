"""Compiles ``Value``s, conditions and words of a mapping into functions over entries, once per source."""

import hashlib
import re
from collections.abc import Callable, Sequence

from matching.sources.mapping import Condition, Test, Value, Word
from matching.sources.paths import Getter, Tree, compile_path, parse_path, text_of

Texts = Callable[[Tree], Sequence[str]]
Choice = Callable[[Tree], str | None]
Check = Callable[[Tree], bool]
_NOTHING: tuple[str, ...] = ()
_DIGEST_CHARACTERS = 24  # 96 bits: no collision among millions of entries


class UnreadableError(Exception):
    """A value of an entry is outside what source.yml knows: the entry goes to quarantine."""

    def __init__(self, *, rule: str, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.rule, self.column, self.value, self.reason = rule, column, value, reason


class Compiler:
    """Compiles the parts of one source's mapping; ``nulls`` are texts that mean nothing."""

    def __init__(self, nulls: Sequence[str]) -> None:
        self._nulls = frozenset(null.casefold() for null in nulls)

    def texts(self, value: Value, column: str) -> Texts:
        """Return a function that gives the texts of ``value``; ``column`` names it where one cannot be read."""
        read = self._origin(value)
        for change in self._changes(value, column):
            read = _then(read, change)
        return read

    def text(self, value: Value | None, column: str) -> Choice:
        """Return a function that gives the first text of ``value``, None where there is none."""
        if value is None:
            return lambda entry: None
        name = _single_name(value)
        if name is not None:
            return self._text_at(name)
        read = self.texts(value, column)

        def first(entry: Tree) -> str | None:
            texts = read(entry)
            return texts[0] if texts else None

        return first

    def word(self, word: Word, column: str) -> Choice:
        """Return a function that gives the word."""
        if word.constant is not None:
            constant = word.constant
            return lambda entry: constant
        if word.value is not None:
            return self.text(word.value, column)
        cases = [(self.conditions(case.when), case.is_) for case in word.cases]
        return lambda entry: next((given for holds, given in cases if holds(entry)), None)

    def conditions(self, conditions: Sequence[Condition]) -> Check:
        """Return a function that tells whether one of ``conditions`` holds; none at all always holds."""
        if not conditions:
            return lambda entry: True
        compiled = [[self._test(path, test) for path, test in condition.items()] for condition in conditions]
        return lambda entry: any(all(test(entry) for test in tests) for tests in compiled)

    def _test(self, path: str, test: Test) -> Check:
        read = self.texts(Value(from_=[path]), path)
        allowed = {given.casefold() for given in test.is_} if test.is_ is not None else None
        refused = {given.casefold() for given in test.not_ or ()}
        pattern = re.compile(test.pattern) if test.pattern else None

        def check(entry: Tree) -> bool:
            found = read(entry)
            if test.present is not None and bool(found) != test.present:
                return False
            if allowed is not None and not any(text.casefold() in allowed for text in found):
                return False
            if pattern is not None and not any(pattern.search(text) for text in found):
                return False
            return not any(text.casefold() in refused for text in found)

        return check

    def _origin(self, value: Value) -> Texts:
        if value.constant is not None:
            constant = (value.constant,)
            return lambda entry: constant
        if value.join:
            return self._joined(value)
        getters = [compile_path(path) for path in value.from_]
        clean = self._clean
        if len(getters) == 1:
            return self._at(getters[0])

        def first_with_any(entry: Tree) -> Sequence[str]:
            for getter in getters:
                nodes = getter(entry)
                if nodes:
                    texts = [text for node in nodes if (text := clean(node)) is not None]
                    if texts:
                        return texts
            return _NOTHING

        return first_with_any

    def _at(self, getter: Getter) -> Texts:
        clean = self._clean

        def texts(entry: Tree) -> Sequence[str]:
            nodes = getter(entry)
            if not nodes:
                return _NOTHING
            if len(nodes) == 1:
                text = clean(nodes[0])
                return (text,) if text is not None else _NOTHING
            return [text for node in nodes if (text := clean(node)) is not None]

        return texts

    def _text_at(self, name: str) -> Choice:
        """Return a function for the commonest case, a field of the entry itself, in one call where it is text."""
        clean = self._clean
        nulls = self._nulls

        def text(entry: Tree) -> str | None:
            node = entry.get(name) if type(entry) is dict else None
            if node is None:
                return None
            if type(node) is str:
                squeezed = " ".join(node.split())
                return squeezed if squeezed and squeezed.casefold() not in nulls else None
            if type(node) is list:
                return next((found for item in node if (found := clean(item)) is not None), None)
            return clean(node)

        return text

    def _joined(self, value: Value) -> Texts:
        getters = [compile_path(path) for path in value.join]
        between = value.with_

        def join(entry: Tree) -> Sequence[str]:
            texts = [text for getter in getters for node in getter(entry) if (text := self._clean(node)) is not None]
            return (between.join(texts),) if texts else _NOTHING

        return join

    def _clean(self, node: Tree) -> str | None:
        """Return the text of ``node`` with single spaces, None where it means nothing."""
        raw = node if type(node) is str else text_of(node)
        if not raw:
            return None
        text = " ".join(raw.split())
        return None if not text or text.casefold() in self._nulls else text

    def _changes(self, value: Value, column: str) -> list[Callable[[str], Sequence[str]]]:
        changes: list[Callable[[str], Sequence[str]]] = []
        if value.split or value.split_pattern:
            changes.append(self._splitter(value))
        if value.strip is not None:
            characters = value.strip
            changes.append(lambda text: _some(text.strip(characters)))
        if value.pattern is not None:
            changes.append(_extractor(value.pattern))
        if value.map is not None:
            changes.append(_mapper(value, column))
        if value.template is not None:
            template = value.template
            changes.append(lambda text: (template.replace("{}", text),))
        if value.digest:
            changes.append(lambda text: (hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS],))
        return changes

    def _splitter(self, value: Value) -> Callable[[str], Sequence[str]]:
        between = [re.escape(separator) for separator in value.split]
        pattern = re.compile(
            "|".join([*between, *([value.split_pattern] if value.split_pattern else [])]), re.IGNORECASE
        )
        return lambda text: [part for piece in pattern.split(text) if (part := self._clean(piece)) is not None]


def _single_name(value: Value) -> str | None:
    """Return the name that ``value`` reads as it stands, None where it does more than that."""
    if len(value.from_) != 1 or value.from_[0] == "." or value != Value(from_=value.from_):
        return None
    (step, *deeper) = parse_path(value.from_[0])
    return None if deeper or step.key is not None or step.is_first else step.name


def _then(read: Texts, change: Callable[[str], Sequence[str]]) -> Texts:
    def changed(entry: Tree) -> Sequence[str]:
        texts = read(entry)
        return [result for text in texts for result in change(text)] if texts else _NOTHING

    return changed


def _some(text: str) -> tuple[str, ...]:
    return (text,) if text else _NOTHING


def _extractor(given: str) -> Callable[[str], Sequence[str]]:
    pattern = re.compile(given)
    group: str | int = "value" if "value" in pattern.groupindex else min(pattern.groups, 1)

    def extract(text: str) -> Sequence[str]:
        found = pattern.search(text)
        return _some((found.group(group) or "").strip()) if found else _NOTHING

    return extract


def _mapper(value: Value, column: str) -> Callable[[str], Sequence[str]]:
    words = {" ".join(published.split()).casefold(): ours for published, ours in (value.map or {}).items()}
    otherwise = value.otherwise

    def look_up(text: str) -> Sequence[str]:
        key = text.casefold()
        if key in words:
            ours = words[key]
            return _NOTHING if ours is None else (ours,)
        if otherwise is not None:
            return (otherwise,)
        raise UnreadableError(
            rule="known_category",
            column=column,
            value=text,
            reason=f"one of the words that source.yml maps: {', '.join(sorted(words))}",
        )

    return look_up

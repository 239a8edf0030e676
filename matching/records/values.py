"""Compiles ``Value``s, conditions and words of a mapping into functions over many nodes, once per source."""

import hashlib
import re
from collections.abc import Callable, Sequence

from matching.records.memo import Cleaned, Memo
from matching.records.readings import (
    NOTHING,
    Check,
    Choice,
    Readings,
    Texts,
    always,
    check_of,
    first,
    first_of,
    texts_at,
    texts_below,
    texts_by_all,
    texts_by_first,
    texts_of,
)
from matching.sources.mapping import Condition, Test, Value, Word
from matching.sources.paths import Tree, compile_path, name_alone, plain_names

Change = Callable[[str], Sequence[str]]
_DIGEST_CHARACTERS = 24  # 96 bits: no collision among millions of entries


class UnreadableError(Exception):
    """A value of an entry is outside what source.yml knows: the entry goes to quarantine."""

    def __init__(self, *, rule: str, column: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.rule, self.column, self.value, self.reason = rule, column, value, reason


class Compiler:
    """Compiles the parts of one source's mapping; ``nulls`` are texts that mean nothing.

    What a value makes of a text depends on nothing but the text, and lists repeat themselves: it is worked out once per
    distinct text and looked up after that.
    """

    def __init__(self, nulls: Sequence[str]) -> None:
        self._cleaned = Cleaned(nulls)

    def texts(self, value: Value, column: str) -> Texts:
        """Return a function that gives the texts of ``value``; ``column`` names it where one cannot be read."""
        changes = self._changes(value, column)
        if value.constant is not None or value.join or len(value.from_) > 1:
            return _changed(self._origin(value), changes)
        readings, names = self._readings(changes), plain_names(value.from_[0])
        if not names:
            return texts_at(compile_path(value.from_[0]), readings)
        return texts_below(names, readings) if len(names) > 1 else texts_of(names[0], readings)

    def text(self, value: Value | None, column: str) -> Choice:
        """Return a function that gives the first text of ``value``, None where there is none."""
        if value is None:
            return always(None)
        if value.constant is not None and not self._changes(value, column):
            return always(value.constant)
        name = name_alone(value.from_[0]) if len(value.from_) == 1 else None
        if name is None:
            return first(self.texts(value, column))
        return first_of(name, self._readings(self._changes(value, column)))

    def word(self, word: Word, column: str) -> Choice:
        """Return a function that gives the word."""
        if word.constant is not None:
            return always(word.constant)
        if word.value is not None:
            return self.text(word.value, column)
        cases = [(self.conditions(case.when), case.is_) for case in reversed(word.cases)]

        def choose(nodes: Sequence[Tree]) -> list[str | None]:
            words: list[str | None] = [None] * len(nodes)
            for holds, given in cases:  # the last one first: the first that holds has the last word
                words = [given if held else word for held, word in zip(holds(nodes), words, strict=True)]
            return words

        return choose

    def conditions(self, conditions: Sequence[Condition]) -> Check:
        """Return a function that tells whether one of ``conditions`` holds; none at all always holds."""
        if not conditions:
            return always(True)
        return _any_of(
            [_all_of([self._test(path, test) for path, test in condition.items()]) for condition in conditions]
        )

    def _test(self, path: str, test: Test) -> Check:
        allowed = {given.casefold() for given in test.is_} if test.is_ is not None else None
        refused = {given.casefold() for given in test.not_ or ()}
        pattern = re.compile(test.pattern) if test.pattern else None

        def check(found: tuple[str, ...]) -> bool:
            if test.present is not None and bool(found) != test.present:
                return False
            if allowed is not None and not any(text.casefold() in allowed for text in found):
                return False
            if pattern is not None and not any(pattern.search(text) for text in found):
                return False
            return not any(text.casefold() in refused for text in found)

        name = name_alone(path)
        if name is None:
            read, verdicts = self.texts(Value(from_=[path]), path), Memo(check)
            return lambda nodes: [verdicts[texts] for texts in read(nodes)]
        return check_of(name, check, self._cleaned)

    def _readings(self, changes: Sequence[Change]) -> Readings:
        """Return what ``changes`` make of a text of the payload."""
        cleaned = self._cleaned
        if not changes:
            return cleaned
        if len(changes) > 1:
            return Memo(lambda raw: _change(cleaned[raw], changes))
        (change,) = changes
        return Memo(lambda raw: tuple([result for text in cleaned[raw] for result in change(text)]))

    def _origin(self, value: Value) -> Texts:
        """Return a function that gives a constant, several paths joined, or the first path that has any text."""
        if value.constant is not None:
            return always((value.constant,))
        reads = [self.texts(Value(from_=[path]), path) for path in value.join or value.from_]
        if not value.join:
            return texts_by_first(reads)
        joined, between = texts_by_all(reads), value.with_
        return lambda nodes: [(between.join(texts),) if texts else NOTHING for texts in joined(nodes)]

    def _changes(self, value: Value, column: str) -> list[Change]:
        changes: list[Change] = []
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

    def _splitter(self, value: Value) -> Change:
        cleaned = self._cleaned
        separator = value.split[0] if len(value.split) == 1 and not value.split_pattern else ""
        if separator and separator.casefold() == separator.upper():  # nothing that has a case
            return lambda text: [part for piece in text.split(separator) for part in cleaned[piece]]
        between = [re.escape(separator) for separator in value.split]
        pattern = re.compile(
            "|".join([*between, *([value.split_pattern] if value.split_pattern else [])]), re.IGNORECASE
        )
        return lambda text: [part for piece in pattern.split(text) for part in cleaned[piece]]


def _changed(read: Texts, changes: Sequence[Change]) -> Texts:
    if not changes:
        return read
    changed: Readings = Memo(lambda text: _change((text,), changes))

    def texts(nodes: Sequence[Tree]) -> list[tuple[str, ...]]:
        return [
            changed[found[0]] if len(found) == 1 else tuple([result for text in found for result in changed[text]])
            for found in read(nodes)
        ]

    return texts


def _all_of(tests: Sequence[Check]) -> Check:
    if len(tests) == 1:
        return tests[0]
    return lambda nodes: [all(held) for held in zip(*[test(nodes) for test in tests], strict=True)]


def _any_of(tests: Sequence[Check]) -> Check:
    if len(tests) == 1:
        return tests[0]
    return lambda nodes: [any(held) for held in zip(*[test(nodes) for test in tests], strict=True)]


def _change(texts: Sequence[str], changes: Sequence[Change]) -> tuple[str, ...]:
    for change in changes:
        texts = [result for text in texts for result in change(text)]
    return tuple(texts)


def _some(text: str) -> tuple[str, ...]:
    return (text,) if text else NOTHING


def _extractor(given: str) -> Change:
    pattern = re.compile(given)
    group: str | int = "value" if "value" in pattern.groupindex else min(pattern.groups, 1)

    def extract(text: str) -> Sequence[str]:
        found = pattern.search(text)
        return _some((found.group(group) or "").strip()) if found else NOTHING

    return extract


def _mapper(value: Value, column: str) -> Change:
    words = {" ".join(published.split()).casefold(): ours for published, ours in (value.map or {}).items()}
    otherwise = value.otherwise

    def look_up(text: str) -> Sequence[str]:
        key = text.casefold()
        if key in words:
            ours = words[key]
            return NOTHING if ours is None else (ours,)
        if otherwise is not None:
            return (otherwise,)
        raise UnreadableError(
            rule="known_category",
            column=column,
            value=text,
            reason=f"one of the words that source.yml maps: {', '.join(sorted(words))}",
        )

    return look_up

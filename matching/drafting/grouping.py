"""Several rows per person, and entries that stand more than once: whether they share ids, and how."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matching.drafting.fields import Field, fields_of
from matching.drafting.guess import Guess
from matching.sources.paths import Tree
from matching.sources.readers.repeats import combine
from matching.sources.spec import Repeats

_NUMBERED = re.compile(r"^\d+(?=(?:[a-zA-Z]\w{0,2})?\s*$)")
_PREFIX = "^(?:\\d+|\\D.*)"
_NEARLY_ALL, _OVERLAPPING = 0.99, 0.5
_FEW, _MOST_ROWS = 0.02, 8


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The id that rows share; ``pattern`` is the part of it that counts (1, 1a and 1b are rows of 1)."""

    by: str
    pattern: str | None = None

    @property
    def reader(self) -> dict[str, Any]:
        """The reader's key ``repeats``."""
        return {"by": self.by, **({"pattern": self.pattern} if self.pattern else {}), "how": "group"}


def find_grouping(guesses: Sequence[Guess]) -> Grouping | None:
    """Return how the rows of a table belong together, None where each row is an entry of its own."""
    found = next((guess for guess in guesses if guess.role == "id" and not guess.field.above), None)
    if found is None or found.field.filled < 1.0:
        return None
    ids = found.field.texts
    if _are_shared(ids):
        return Grouping(by=found.field.path)
    numbers = [match.group() for text in ids if (match := _NUMBERED.match(text))]
    if len(numbers) >= _NEARLY_ALL * len(ids) and _are_shared(numbers):
        return Grouping(by=found.field.path, pattern=_PREFIX)
    return None


def _are_shared(ids: Sequence[str]) -> bool:
    """Whether more than a few rows share an id, and not so many that it is no id of persons."""
    counted = Counter(ids)
    repeated = sum(count for count in counted.values() if count > 1)
    return repeated > _FEW * len(ids) and len(ids) <= _MOST_ROWS * len(counted)


def grouped(
    entries: Sequence[Tree], guesses: Sequence[Guess], grouping: Grouping, nulls: frozenset[str]
) -> tuple[list[Field], list[Guess]]:
    """Return the fields of the rows of each person, below ``rows``, and the guesses about them."""
    repeats = Repeats.model_validate(grouping.reader)
    fields = fields_of(combine(iter(entries), repeats), nulls)
    by_names = {field.names: field for field in fields}
    moved = [
        Guess(field=by_names[("rows", *guess.field.names)], role=guess.role, doubt=guess.doubt) for guess in guesses
    ]
    return fields, moved


def shared_id(guesses: Sequence[Guess]) -> str | None:
    """Return the path of the id of entries of which a few stand more than once, as where pages overlap; else None."""
    found = next((guess for guess in guesses if guess.role == "id" and not guess.field.above), None)
    if found is None or found.field.is_unique or found.doubt:
        return None
    ids = found.field.texts
    return found.field.path if len(set(ids)) >= _OVERLAPPING * len(ids) else None


def merged(
    entries: Sequence[Tree], guesses: Sequence[Guess], repeats: dict[str, Any], nulls: frozenset[str]
) -> tuple[list[Field], list[Guess]]:
    """Return the fields of the entries joined by their id, and the guesses about them."""
    fields = fields_of(combine(iter(entries), Repeats.model_validate(repeats)), nulls)
    by_names = {field.names: field for field in fields}
    return fields, [Guess(field=by_names[guess.field.names], role=guess.role, doubt=guess.doubt) for guess in guesses]

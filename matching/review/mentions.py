"""Whether a comment names a person: by a record id, a document's number, or a whole name.

Enters: what listings say of persons, and comments. Leaves: yes or no. A comment is looked up in what is sought, not each of
that in the comment: the work grows with the length of the comments, hardly with the number of persons.

Decision: a mention stands by itself. A name may not go on in another letter, where its script has capitals: "Al Li" is not in
"special licence". Other scripts write particles on to a name, or no spaces at all, and there it may stand within a word;
and a longer name may bear an ending, as a genitive is. A number may not go on in another digit; among letters it is no
accident. What is doubtful counts as named.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

SHORTEST_NUMBER = 5
"""Characters of a document's number from which finding it in a comment is no accident."""
_BEGINNING = 3
"""Characters by which mentions are looked up: the shortest there can be is a name such as "a b"."""
_LONGEST_ENDING = 2
"""Letters that a name may bear at its end: "Gradussons", "Gradussonin"."""
_SHORTEST_WITH_ENDING = 4
"""Letters of a last word that may bear an ending: a shorter one begins too many others."""


@dataclass(frozen=True, kw_only=True)
class Mentions:
    """What persons may be called by, in one spelling (``_plain``), and of which lengths by how it begins."""

    texts: frozenset[str]
    lengths: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Mentions":
        """Return the mentions ``texts``; one of fewer than 3 characters is left out.

        >>> Mentions.of(["Al Li"]).stand_in("Ask AL  LI."), Mentions.of(["Al Li"]).stand_in("a special licence")
        (True, False)
        """
        plain = frozenset(text for text in map(_plain, texts) if len(text) >= _BEGINNING)
        lengths: dict[str, set[int]] = {}
        for text in plain:
            lengths.setdefault(text[:_BEGINNING], set()).add(len(text))
        return cls(texts=plain, lengths={beginning: frozenset(found) for beginning, found in lengths.items()})

    def stand_in(self, comment: str) -> bool:
        """Return whether any of them stands in ``comment`` by itself."""
        text = _plain(comment)
        return any(
            text[at : at + length] in self.texts and _stands_alone(text, at, at + length)
            for at in range(len(text))
            for length in self.lengths.get(text[at : at + _BEGINNING], ())
        )


def called(documents: Iterable[str]) -> Iterator[str]:
    """Yield the names of two words or more, as published or read, and the numbers of each of ``documents`` (JSON)."""
    for text in documents:
        document = json.loads(text)
        for one in _both(document, "names"):
            yield from (name for key in ("full", "romanised") if len((name := one.get(key) or "").split()) > 1)
        for one in _both(document, "identifiers"):
            numbers = [(one.get(key) or "").strip() for key in ("number_text", "number")]
            yield from (number for number in numbers if len(number) >= SHORTEST_NUMBER)


def _both(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the entries ``name`` of a document: of its record, and as the record is read."""
    return [*(document.get("record", {}).get(name) or ()), *document.get(name, ())]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split())


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, mention, after = text[start - 1 : start], text[start:end], text[end : end + _LONGEST_ENDING + 1]
    if any(letter.isdigit() for letter in mention):
        return not (_is_number(before, mention[0]) or _is_number(mention[-1], after[:1]))
    if _is_cased(before) and _is_cased(mention[0]):
        return False
    ending = len(list(takewhile(_is_cased, after))) if _is_cased(mention[-1]) else 0
    is_long = len(mention.rpartition(" ")[2]) >= _SHORTEST_WITH_ENDING
    return ending <= (_LONGEST_ENDING if is_long else 0)


def _is_number(one: str, other: str) -> bool:
    return one.isdigit() and other.isdigit()


def _is_cased(letter: str) -> bool:
    """Return whether ``letter`` is one of a script with capitals; False for an empty text, before or after everything."""
    return letter.upper() != letter

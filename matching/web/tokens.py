"""Names aligned token by token, for the eye: which word of one answers which of the other.

Enters: the romanised tokens of two name forms. Leaves: pairs in the left form's order, what is left over at the end. It is a
drawing of the comparison, not the comparison: the model's own weighs sounds per script (normalise/compare.py).
"""

from dataclasses import dataclass
from difflib import SequenceMatcher

CLOSE = 0.6
"""Likeness from which two words are shown against each other: "yousef" and "yusuf" are .73, "omar" and "amir" .5."""


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """Two words, or one that nothing answers. ``kind``: same, alike or alone."""

    left: str
    right: str
    kind: str


def align(left: list[str], right: list[str]) -> list[Aligned]:
    """Return the words of ``left`` against those of ``right``, the likest pairs first taken.

    >>> [(a.left, a.right, a.kind) for a in align(["yusuf", "omar"], ["umar", "yousef", "haddad"])]
    [('yusuf', 'yousef', 'alike'), ('omar', 'umar', 'alike'), ('', 'haddad', 'alone')]
    """
    scored = sorted(
        ((_likeness(one, other), -i, -j) for i, one in enumerate(left) for j, other in enumerate(right)), reverse=True
    )
    partner: dict[int, int] = {}
    for likeness, i, j in scored:
        if likeness >= CLOSE and -i not in partner and -j not in partner.values():
            partner[-i] = -j
    pairs = [
        Aligned(left=word, right=right[partner[i]], kind="same" if word == right[partner[i]] else "alike")
        if i in partner
        else Aligned(left=word, right="", kind="alone")
        for i, word in enumerate(left)
    ]
    rest = [word for j, word in enumerate(right) if j not in partner.values()]
    return [*pairs, *(Aligned(left="", right=word, kind="alone") for word in rest)]


def _likeness(one: str, other: str) -> float:
    return 1.0 if one == other else SequenceMatcher(None, one, other, autojunk=False).ratio()

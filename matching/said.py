"""Sentences that are said in English everywhere, and on a page in the reader's language.

Enters: a phrase with ``{named}`` places, and what fills them. Leaves: ``Said``, a text as any other: English, as commands,
files and alerts show it, so that a message may be searched for. It keeps its phrases and values beside the text, so that
a page can say each phrase in another language (matching/web/language.py), with the values as they are.
"""

from collections.abc import Mapping

Part = tuple[str, Mapping[str, str]]


class Said(str):
    """An English text; ``parts`` are the phrases it was made of, each with its values."""

    parts: tuple[Part, ...]

    def __new__(cls, text: str, parts: tuple[Part, ...] = ()) -> "Said":
        """The text with its parts; a copy of one is made so too."""
        made = super().__new__(cls, text)
        made.parts = parts
        return made


def say(phrase: str, **values: object) -> Said:
    """Return ``phrase`` with its places filled.

    >>> say("run {run} is held", run="r-1")
    'run r-1 is held'
    """
    told = {name: str(value) for name, value in values.items()}
    return Said(phrase.format(**told), ((phrase, told),))


def together(*sentences: str) -> Said:
    """Return the sentences that say something as one, with semicolons between.

    >>> together(say("never taken in"), "", say("late since {day}", day="2026-03-01")).parts[1][0]
    'late since {day}'
    """
    kept = [one for one in sentences if one]
    parts = [part for one in kept for part in (one.parts if isinstance(one, Said) else (("{text}", {"text": one}),))]
    return Said("; ".join(kept), tuple(parts))

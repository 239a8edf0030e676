"""A pure function that is worked out once per distinct argument: lists say the same words many thousand times."""

import re
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # Unicode's categories Cc and Cs

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_LONGEST = 40  # characters or items; what is longer hardly ever comes again, and would only fill the memory


class Memo(dict[K, V]):
    """Looks ``function``'s results up by argument; one that raised is worked out again.

    >>> squares = Memo(lambda text: len(text) ** 2)
    >>> squares["abc"]
    9
    """

    def __init__(self, function: Callable[[K], V]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, argument: K) -> V:
        found = self._function(argument)
        if len(argument) <= _LONGEST:  # type: ignore[arg-type]  # texts, and tuples of them
            self[argument] = found
        return found


class Cleaned(dict[str, tuple[str, ...]]):
    """Texts of a payload with single spaces; nothing where they are among ``nulls``, whatever their case.

    A control character, which a terminal would obey, and half a surrogate pair, which is no text, count as a space.
    Every text of a payload passes here, so that this is one function and no ``Memo`` of one.

    >>> Cleaned(["n/a"])["Ana   Test"], Cleaned(["n/a"])[" N/A "]
    (('Ana Test',), ())
    """

    def __init__(self, nulls: Iterable[str]) -> None:
        super().__init__()
        self._nulls = frozenset(null.casefold() for null in nulls)
        # Lower case makes no text shorter, so that a longer one is none of them.
        self._longest_null = max(map(len, self._nulls), default=0)

    def __missing__(self, raw: str) -> tuple[str, ...]:
        text = " ".join(raw.split())
        if not text.isprintable():
            text = " ".join(_CONTROL.sub(" ", text).split())
        is_null = not text or (len(text) <= self._longest_null and text.casefold() in self._nulls)
        found = () if is_null else (text,)
        if len(raw) <= _LONGEST:
            self[raw] = found
        return found

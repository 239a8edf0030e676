"""A pure function that is worked out once per distinct argument: lists say the same words many thousand times."""

from collections.abc import Callable, Hashable
from typing import TypeVar

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

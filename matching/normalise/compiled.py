"""Compiling inner loops to machine code, in one place.

Enters: a function over numbers and arrays. Leaves: the same function, compiled by Numba on its first call and kept on
disk for the next process. Loops over letters and words cannot be written as whole-array operations without doing the
work many times over; compiled, they cost what they would in C, without a compiler on the user's machine.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba import types
from numba.extending import intrinsic

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Return ``function`` compiled. It releases the interpreter lock, so that threads share the work.

    Where no folder for the cache can be written (a read-only installation), it is compiled anew by each process. The
    cache knows a function by the file it stands in: whoever changes a function that another file compiles in must
    delete ``__pycache__/*.nbi``.
    """
    return _compiled(function, {})


def kernel(function: _Function) -> _Function:
    """Return ``function`` compiled, without counting references: it must make no array, nor a part of one.

    Passing thirty arrays from function to function costs more in counted references than the work they do.
    """
    return _compiled(function, {"_nrt": False})


def _compiled(function: _Function, more: dict[str, bool]) -> _Function:
    options = {"nogil": True, "error_model": "numpy", **more}
    try:
        made: _Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        made = numba.njit(**options)(function)
    return made


@kernel
def plain(number: int) -> int:
    """Return ``number``. A function given a literal number is compiled once more for it; given this one it is not."""
    return number + 0


@intrinsic  # type: ignore[untyped-decorator]
def count_bits(_typing: object, number: object) -> tuple[object, Callable[..., object]]:
    """How many bits of an unsigned number are set: one instruction of the processor."""

    def generate(_context: object, builder: Any, _signature: object, arguments: tuple[object, ...]) -> object:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate

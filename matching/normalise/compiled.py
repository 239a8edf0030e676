"""Compiling inner loops to machine code, in one place.

Enters: a function over numbers and arrays. Leaves: the same function, compiled by Numba on its first call and kept on
disk for the next process. Loops over letters and words cannot be written as whole-array operations without doing the
work many times over; compiled, they cost what they would in C, without a compiler on the user's machine.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Return ``function`` compiled. It releases the interpreter lock, so that threads share the work.

    Where no folder for the cache can be written (a read-only installation), it is compiled anew by each process.
    """
    try:
        made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        made = numba.njit(nogil=True, error_model="numpy")(function)
    return cast(_Function, made)

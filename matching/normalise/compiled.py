"""Compiling inner loops to machine code, in one place.

Enters: a function over numbers and arrays. Leaves: the same function, compiled by Numba on its first call and kept on
disk for the next process. Loops over letters and words cannot be written as whole-array operations without doing the
work many times over; compiled, they cost what they would in C, without a compiler on the user's machine.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from matching import log

_COMPILES = b"matching.normalise.compiled"  # stands in every source that imports from here, and so in this one

_Function = TypeVar("_Function", bound=Callable[..., object])

# A number as one without sign: of a place with one, compiled code asks each time whether it is negative.
unsigned: Callable[[int], int] = np.uint64  # type: ignore[assignment]


def compiled(function: _Function) -> _Function:
    """Return ``function`` compiled. It releases the interpreter lock, so that threads share the work.

    Where no folder for the cache can be written (a read-only installation and home), it is compiled anew by each process,
    which one event says.
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
        _tell_of_no_cache()
        made = numba.njit(**options)(function)
    kept = getattr(getattr(made, "_cache", None), "_cache_file", None)
    if kept is not None:
        own = Path(function.__code__.co_filename).parent
        kept._source_stamp = sources_stamp(own)  # noqa: SLF001 -- Numba has no public name for it
    return made


@cache
def sources_stamp(folder: Path) -> str:
    """What compiled code is kept under: a hash of all sources, here and in ``folder``, that compile anything.

    Numba's own stamp is the date and size of the file a function stands in. Code of other files is compiled into it, and
    some installers date all files alike: a cache would survive an upgrade that it must not.
    """
    folders = dict.fromkeys((Path(__file__).parent, folder))
    contents = [source.read_bytes() for one in folders for source in sorted(one.glob("*.py"))]
    return hashlib.sha256(b"".join(content for content in contents if _COMPILES in content)).hexdigest()


@cache
def _tell_of_no_cache() -> None:
    log.event(
        "compiled_code_not_kept",
        level=logging.WARNING,
        reason="no folder for it can be written: names take about a minute longer in each process",
        remedy="set NUMBA_CACHE_DIR to a folder that can be written",
    )


def inlined(function: _Function) -> _Function:
    """Return ``function`` compiled into whatever calls it, as a ``kernel``.

    For functions of scratch space: to hand fifty arrays to another function took longer than what most of them do.
    """
    return _compiled(function, {"_nrt": False, "forceinline": True})


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

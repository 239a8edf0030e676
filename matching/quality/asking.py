"""Great Expectations asked in a process apart, so that a stage need not wait for what it says.

Enters: rules and a frame, as ``validation.validate`` takes them. Leaves: ``Asked``, whose outcomes are to be had later.

Great Expectations takes 4 s of processor to import and half a second per table, as much as it takes to normalise the lists
of a unit. Beside the run, on a second core, that costs no time: its process starts as a run begins, and tables are checked
while the next stage works. What was weighed instead: an import in a thread gains nothing, being Python under the
interpreter lock; the library has no lighter way in, since any of its modules imports all; to evaluate in DuckDB alone and
write results in its format would no longer be Great Expectations checking, and a second reading of each rule by another
program is what a gate is for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from matching.apart import Answer, Apart
from matching.quality.suite import Rule
from matching.quality.validation import Outcome

_VALIDATE, _READY = "matching.quality.validation:validate", "matching.quality.validation:ready"


class _Checker:
    """The one process that checks for this one."""

    def __init__(self) -> None:
        self._process: Apart | None = None

    def started(self) -> Apart:
        if self._process is None or not self._process.is_usable:
            self._process = Apart("checks tables (Great Expectations)")
            self._process.ask(_READY)
        return self._process


_CHECKER = _Checker()


@dataclass(frozen=True)
class Asked:
    """Rules that were asked of a table: first those on its columns, then those on its metrics."""

    answers: tuple[Answer, ...]

    def outcomes(self) -> dict[str, Outcome]:
        """Wait for the outcome of each rule, by its name. Raises GateError that lists each that could not be asked."""
        found: dict[str, Outcome] = {}
        for answer in self.answers:
            found |= answer.result()
        return found

    @property
    def is_answered(self) -> bool:
        """Whether ``outcomes`` would not wait."""
        return all(answer.is_there for answer in self.answers)


def start_checker() -> None:
    """Start the process that checks, so that it is ready by the time the first table is."""
    _CHECKER.started()


def ask(table: str, *questions: tuple[Sequence[Rule], pl.DataFrame]) -> Asked:
    """Ask each of ``questions``, rules of ``table`` with the frame they are about; see ``validation.validate``."""
    process = _CHECKER.started()
    return Asked(
        tuple(
            process.ask(_VALIDATE, table, list(rules), frame, rows=frame.height) for rules, frame in questions if rules
        )
    )

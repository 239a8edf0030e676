"""The one error tree, and the exit code of each class.

    MatchingError                 1   anything below; raised directly only where no class fits
    ├── UsageError                2   the command or the settings are wrong: nothing was attempted
    ├── SourceError               3   a publisher's payload could not be taken in; the last good snapshot stays
    │   ├── FetchError            4   ... could not be fetched
    │   └── PayloadError          5   ... was fetched and cannot be read, or is not what was declared
    ├── GateError                 6   a quality gate failed on a table; the last published run stays
    ├── HeldError                 6   a run is complete and held back: a person must release it
    ├── WorkspaceError            7   the workspace is missing, locked, read-only or damaged
    ├── ModelError                8   a linkage model is missing or does not fit the settings
    └── ReviewError               9   review refused: no such case or user, not allowed, changed meanwhile, chain broken

A message says what was found, what was expected, and what to do next. Names, births and document numbers of persons
never stand in a message; record ids do.
"""


class MatchingError(Exception):
    """Root of the tree. ``exit_code`` is what the command line ends with."""

    exit_code = 1


class UsageError(MatchingError):
    """The command, a setting or a source.yml is wrong; nothing was attempted."""

    exit_code = 2


class SourceError(MatchingError):
    """A source could not be taken in. ``source_id`` names it; its last good snapshot stays current."""

    exit_code = 3

    def __init__(self, source_id: str, message: str) -> None:
        super().__init__(f"{source_id}: {message}")
        self.source_id, self._message = source_id, message

    def __reduce__(self) -> tuple[type["SourceError"], tuple[str, str]]:
        """Let it be carried over from another process: ``args`` alone would not make it again."""
        return type(self), (self.source_id, self._message)


class FetchError(SourceError):
    """The publisher could not be reached, or refused."""

    exit_code = 4


class PayloadError(SourceError):
    """The bytes are not what the source declares: truncated, another layout, empty, an error page."""

    exit_code = 5


class GateError(MatchingError):
    """A table-level expectation of severity critical failed. ``table`` names the boundary table."""

    exit_code = 6

    def __init__(self, table: str, message: str) -> None:
        super().__init__(f"{table}: {message}")
        self.table, self._message = table, message

    def __reduce__(self) -> tuple[type["GateError"], tuple[str, str]]:
        """Let it be carried over from another process: ``args`` alone would not make it again."""
        return type(self), (self.table, self._message)


class HeldError(MatchingError):
    """A run is complete and waits for a person; the last published run stays."""

    exit_code = 6


class WorkspaceError(MatchingError):
    """The workspace cannot be used as it is."""

    exit_code = 7


class ModelError(MatchingError):
    """No usable linkage model."""

    exit_code = 8


class ReviewError(MatchingError):
    """Review refused what was asked; nothing was changed."""

    exit_code = 9

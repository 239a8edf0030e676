"""Why review says no. Each is an answer to the person who asked, in words of the page (see web/), never a stack trace.

ReviewError
├── NoSuchCaseError        it does not exist, or this user may not know that it does: the two are not told apart
├── NotAllowedError        the user's role does not include it, or the two-person rule forbids it
├── ChangedError           the case or its evidence changed since the page was shown
└── UnfitError             the form does not say what it must
"""

from matching.errors import ReviewError


class NoSuchCaseError(ReviewError):
    """No case with this id among those the user is cleared for."""

    def __init__(self) -> None:
        super().__init__("there is no such case")


class NotAllowedError(ReviewError):
    """This user may not do this."""


class ChangedError(ReviewError):
    """The case changed since the page was shown; nothing was written."""


class UnfitError(ReviewError):
    """What was sent does not say what it must; nothing was written."""

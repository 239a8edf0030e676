"""The rules of deciding: verdicts, reasons, link colours, and the state that judgements put a case in.

Enters: the judgements on a case under the evidence that stands now. Leaves: ``Standing``. Nothing here reads a store.

    open ─ different, cannot tell ─▶ decided              open ─ same person, or red, or a double-review draw ─▶ second
    second ─ agrees ─▶ decided                            second ─ disagrees ─▶ senior ─▶ decided
    any ─ a listing is gone, or never judged and no longer proposed ─▶ closed
    any ─ a person may be kept no longer ─▶ erased

Link colours are those of the EU Multiple Identity Detector (Regulation (EU) 2019/817, Articles 30 to 33): yellow waits
for a person, white is the same person, green different persons, red an identity used wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SAME, DIFFERENT, CANNOT_TELL = "same", "different", "cannot_tell"
VERDICTS = (SAME, DIFFERENT, CANNOT_TELL)
OPEN, SECOND, SENIOR, DECIDED, CLOSED = "open", "second", "senior", "decided", "closed"
STATES = (OPEN, SECOND, SENIOR, DECIDED, CLOSED)
ERASED = "erased"  # no state that anybody sees: what is left of a case whose person was erased (erase.py)
FIRST = "first"  # the step before SECOND and SENIOR, which are named as the states they are taken in
WAITING = (OPEN, SECOND, SENIOR)
COLOURS = ("yellow", "green", "white", "red")

REASONS = {
    SAME: (
        "document_agrees",  # a valid document of both listings
        "names_and_birth_agree",
        "names_and_details_agree",  # offence, places, relatives, marks
        "lists_refer_to_each_other",
        "conflicting_identities",  # one person under identities that exclude each other: red
    ),
    DIFFERENT: (
        "birth_differs",
        "document_differs",
        "name_only_in_common",
        "sex_differs",
        "details_differ",  # places, relatives, marks, offence
        "identity_of_another",  # one of the two uses the other's identity: red
    ),
    CANNOT_TELL: (
        "too_little_known",
        "evidence_contradicts",
        "source_must_be_asked",
    ),
}
RED = ("conflicting_identities", "identity_of_another")
"""Reasons that make a link red: an accusation, which like "same person" needs two people."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """One judgement in force: not undone, and made under the evidence that stands now."""

    reviewer: str
    verdict: str
    reason: str

    @property
    def is_red(self) -> bool:
        """Whether it says that an identity is used wrongly."""
        return self.reason in RED


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a case stands. ``outcome`` and a colour other than yellow only once it is decided."""

    state: str
    outcome: str | None = None
    colour: str = "yellow"


def standing_of(given: Sequence[Given], *, is_double: bool) -> Standing:
    """Return where the judgements in force, in order, put a case.

    ``is_double``: the case was drawn for a second look whatever the first says, so that agreement between reviewers is
    measured on all verdicts and a second look does not tell the first verdict.
    """
    if not given:
        return Standing(state=OPEN)
    first = given[0]
    if len(given) == 1:
        needs_second = first.verdict == SAME or first.is_red or is_double
        return Standing(state=SECOND) if needs_second else _decided(first)
    if len(given) == 2:
        second = given[1]
        agrees = (first.verdict, first.is_red) == (second.verdict, second.is_red)
        return _decided(first) if agrees else Standing(state=SENIOR)
    return _decided(given[-1])


def _decided(by: Given) -> Standing:
    colour = {SAME: "white", DIFFERENT: "green", CANNOT_TELL: "yellow"}[by.verdict]
    return Standing(state=DECIDED, outcome=by.verdict, colour="red" if by.is_red else colour)


def step_in(state: str) -> str:
    """Return what a judgement in ``state`` is called: first, second or senior."""
    return {OPEN: FIRST, SECOND: SECOND, SENIOR: SENIOR}[state]


def reasons_fit(verdict: str, reason: str) -> bool:
    """Return whether ``reason`` is one of those for ``verdict``."""
    return reason in REASONS.get(verdict, ())

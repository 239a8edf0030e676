"""Known cases: decided ones shown again, blind, to reviewers who did not decide them, to measure how well we review.

Enters: a number and a seed. Leaves: cases with ``control_of`` set, in the queue like any other. What is said on them is
counted (measure.py) and never exported: the decision stands as it was.
"""

import random

from sqlalchemy import ColumnElement, exists, func, insert, or_, select

from matching.review import audit, schema
from matching.review.case_ids import free_id, key_of
from matching.review.people import User
from matching.review.store import Store
from matching.review.verdicts import DECIDED, DIFFERENT, OPEN, SAME, WAITING


def show_again(store: Store, count: int, *, seed: int, by: str) -> int:
    """Put up to ``count`` decided cases into the queue again, drawn by ``seed``; returns how many.

    A case is drawn once only, and only where it was decided "same person" or "different" on the evidence as it stands.
    """
    cases = schema.cases.c
    with store.writing() as connection:
        shown = select(cases.control_of).where(cases.control_of.is_not(None))
        eligible = (cases.state == DECIDED) & cases.outcome.in_((SAME, DIFFERENT)) & cases.control_of.is_(None)
        rows = connection.execute(
            select(schema.cases).where(eligible & cases.id.not_in(shown)).order_by(cases.id)
        ).all()
        key = key_of(connection)
        drawn = random.Random(seed).sample(rows, min(count, len(rows)))  # noqa: S311
        for row in drawn:
            again = dict(row._mapping) | {  # noqa: SLF001
                "id": free_id(connection, row.record_id_l, row.record_id_r, key=key, control=1), "control_of": row.id,
                "control_truth": row.outcome, "state": OPEN, "outcome": None, "colour": "yellow", "arrival": "new",
                "changed": "[]", "is_double": False, "opened_at": store.now(), "updated_at": store.now(),
                "assigned_to": None, "assigned_at": None,
            }  # fmt: skip
            connection.execute(insert(schema.cases).values(again))
        audit.append(connection, "known_cases_shown", at=store.now(), actor=by, cases=len(drawn), seed=seed)
    return len(drawn)


def hidden_from(user: User) -> ColumnElement[bool]:
    """Return the condition on ``cases`` of those that would tell ``user`` the answer to a known case, or that there is one.

    The known case, for whoever ever judged its original; the original, for everyone else who judges, while the known case
    waits: its verdicts are the answer.
    """
    cases, shown, table = schema.cases, schema.cases.alias("shown_again"), schema.judgements.c
    # What waits is told by one small set for all rows, not asked of each: of 100,000 cases a few are shown again.
    judged_here = exists().where((table.case_id == cases.c.id) & (table.reviewer == user.name))
    judged_original = exists().where((table.case_id == cases.c.control_of) & (table.reviewer == user.name))
    is_own = cases.c.control_of.is_not(None) & judged_original.correlate(cases)
    if not user.may("judge"):
        return is_own
    state = func.coalesce(shown.c.state, "")  # not the column: SQLite would walk all that waits by an index of states
    waiting = select(shown.c.control_of).where(shown.c.control_of.is_not(None) & state.in_(WAITING))
    return or_(is_own, cases.c.id.in_(waiting) & ~judged_here.correlate(cases))

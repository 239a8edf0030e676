"""How the queue stands, in counts: what waits, since when, and which run it was taken from. For operators and scrapers.

Enters: a store. Leaves: ``Waiting``, which tells of no case and nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, true

from matching.review import schema
from matching.review.moment import read, stamp
from matching.review.people import User
from matching.review.queue import in_sight
from matching.review.store import Store, store_there_is
from matching.review.sync import SIGN_OF_LIFE
from matching.review.verdicts import WAITING
from matching.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Cases that wait by state, the age of the oldest in whole days (None: nothing waits), the run taken in last.

    ``is_taking_in``: somebody alive is taking in ``run_id`` and not done yet.
    """

    cases: Mapping[str, int]
    oldest_days: int | None
    run_id: str | None
    is_taking_in: bool


def waiting(store: Store, user: User | None = None) -> Waiting:
    """Return how the queue of ``store`` stands, or what of it ``user`` may see. As there, without pairs of one list."""
    cases, runs = schema.cases.c, schema.runs
    waits = cases.state.in_(WAITING) & (cases.pair_kind != "same_list") & (in_sight(user) if user else true())
    with store.reading() as connection:
        counted = connection.execute(select(cases.state, func.count()).where(waits).group_by(cases.state)).all()
        oldest = connection.execute(select(func.min(cases.opened_at)).where(waits)).scalar_one()
        last = connection.execute(select(runs).order_by(runs.c.number.desc()).limit(1)).first()
    alive_since = stamp(store.clock() - SIGN_OF_LIFE)
    by_state = {row[0]: row[1] for row in counted}
    return Waiting(
        cases={state: by_state.get(state, 0) for state in WAITING},
        oldest_days=(store.clock() - read(oldest)).days if oldest else None,
        run_id=last.run_id if last and (last.done_at or last.touched_at > alive_since) else None,
        is_taking_in=last is not None and last.done_at is None and last.touched_at > alive_since,
    )


def waiting_at(settings: Settings) -> Waiting | None:
    """Return how the queue stands that ``settings`` name, None where there is none yet.

    Raises WorkspaceError where it cannot be opened.
    """
    with store_there_is(settings) as store:
        return waiting(store) if store else None

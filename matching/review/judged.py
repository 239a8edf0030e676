"""The outcomes of the queue as pairs of records, for whatever measures a model against people. Within the machine: no export.

Enters: a store. Leaves: pairs with the outcome that stands. Known cases shown again and "cannot tell" are left out.
"""

from sqlalchemy import select

from matching.review import schema
from matching.review.store import Store, store_there_is
from matching.review.verdicts import DECIDED, DIFFERENT, SAME
from matching.settings import Settings

Outcome = tuple[str, str, str]
"""Both record ids and ``same`` or ``different``."""


def outcomes(store: Store) -> list[Outcome]:
    """Return every pair that was decided to be the same person or different ones, by record ids."""
    cases = schema.cases.c
    decided = (cases.state == DECIDED) & cases.outcome.in_((SAME, DIFFERENT)) & cases.control_of.is_(None)
    query = select(cases.record_id_l, cases.record_id_r, cases.outcome).where(decided)
    with store.reading() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(*query.selected_columns))]


def outcomes_at(settings: Settings) -> list[Outcome]:
    """Return the ``outcomes`` of the store that ``settings`` name, none where there is no store yet.

    Raises WorkspaceError where it cannot be opened.
    """
    with store_there_is(settings) as store:
        return outcomes(store) if store else []

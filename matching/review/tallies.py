"""Whether the tallies say what the cases are, and counting anew where they do not.

Enters: a connection. Leaves: tallies that hold. Triggers keep them (migrations/versions/v0003_tallies.py), within the
transaction that changes a case; they can be wrong only where somebody lifted a trigger, or wrote a part of a backup back.
The queue looks for cases where the tallies say there are any: hence each intake counts anew where they are wrong.
"""

from typing import Any

from sqlalchemy import Connection, Select, case, delete, func, insert, literal, select

from matching.review import schema
from matching.review.store import Store

_cases, _tallies = schema.cases.c, schema.tallies.c
BANDS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 0.999), (0.999, 1.01))
"""Bands of probability, lowest first: the first holds samples below the review threshold of 0.5.

The triggers have these bounds too: where they change here, a migration must make the triggers and the tallies anew.
"""


def alike() -> list[Any]:
    """Return what the cases of one tally have in common (schema.ALIKE), as expressions over a case."""
    told = {
        "band": case(
            *((_cases.probability < high, number) for number, (_, high) in enumerate(BANDS[:-1])), else_=len(BANDS) - 1
        ),
        "is_free": _cases.assigned_to.is_(None),
        "is_control": _cases.control_of.is_not(None),
        "code_now_l": func.coalesce(_cases.code_now_l, ""),
        "code_now_r": func.coalesce(_cases.code_now_r, ""),
    }
    return [told[name].label(name) if name in told else _cases[name] for name in schema.ALIKE]


def wrong(connection: Connection) -> int:
    """Return how many tallies are wrong: by one statement, so that what is written meanwhile makes none."""
    kept = [_tallies[name] for name in schema.ALIKE]
    both = select(*alike(), literal(1).label("number")).union_all(select(*kept, -_tallies.cases)).subquery()
    key = [both.c[name] for name in schema.ALIKE]
    differing = select(*key).group_by(*key).having(func.sum(both.c.number) != 0).subquery()
    return int(connection.execute(select(func.count()).select_from(differing)).scalar_one())


def mend(store: Store) -> int:
    """Count anew where tallies are wrong; returns how many were."""
    with store.reading() as connection:
        found = wrong(connection)
    if found:
        with store.writing() as connection:
            connection.execute(delete(schema.tallies))
            connection.execute(insert(schema.tallies).from_select([*schema.ALIKE, "cases"], _counted()))
    return found


def _counted() -> Select[Any]:
    rows = select(*alike()).subquery()
    key = [rows.c[name] for name in schema.ALIKE]
    return select(*key, func.count()).group_by(*key)

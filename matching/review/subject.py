"""What the review store holds of one record, for a request of the person: cases, and what was judged of them.

Enters: a record id. Leaves: its cases, each with the id of the other record (which may be another person), and every
judgement on it with its comment, taken back or not. Who judged is left out: that is another person's data.
"""

from typing import Any

from sqlalchemy import Connection, or_, select

from matching.review import schema
from matching.review.store import Store


def held_of(store: Store, record_id: str) -> list[dict[str, Any]]:
    """Return the cases of ``record_id``, the one opened first first; none where it is in no case."""
    cases = schema.cases.c
    mine = or_(cases.record_id_l == record_id, cases.record_id_r == record_id)
    with store.reading() as connection:
        rows = connection.execute(select(schema.cases).where(mine).order_by(cases.opened_at, cases.id)).all()
        return [
            {
                "case_id": row.id,
                "other_record_id": row.record_id_r if row.record_id_l == record_id else row.record_id_l,
                "state": row.state,
                "outcome": row.outcome,
                "opened_at": row.opened_at,
                "match_probability": row.probability,
                "judgements": _judgements(connection, row.id),
            }
            for row in rows
        ]


def _judgements(connection: Connection, case_id: str) -> list[dict[str, Any]]:
    table = schema.judgements.c
    rows = connection.execute(select(schema.judgements).where(table.case_id == case_id).order_by(table.id)).all()
    told = ("at", "step", "verdict", "reason", "comment")
    return [{name: getattr(row, name) for name in told} | {"takes_back": row.undoes is not None} for row in rows]

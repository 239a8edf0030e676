"""Taking what earlier versions wrote of a person out of the audit chain, which is written anew from there on.

Enters: the erased record ids, and the ids of their cases that can be guessed (case_ids.py). Leaves: a chain without them,
that holds; a last entry says from where on it was written anew.

Since ids of cases have a key and entries name no record, an erasure changes no entry, and this is for chains that were begun
before. There an entry names the record that was shown, or a case by a plain hash of its two records, which is found by
trying all pairs. To cover such an entry up and keep its hash would not do: all else that it said is known, so the hash
tells when the right id is tried, and so does each hash after it. Hence new hashes from the first such entry on. The price:
a head that was noted after it is in the chain no more. ``verify`` says so, and the head is to be noted again.
"""

import json
import logging
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from matching.log import event
from matching.review import audit, schema
from matching.review.moment import canonical
from matching.review.store import Store, insert_many

CHUNK = 1000
ERASED = "erased"
"""In place of the id of an erased record."""
GUARDED = ("audit", "judgements", "looks", "listings")
"""Tables whose triggers against changes must be lifted."""


def new_names(case_ids: Collection[str]) -> dict[str, str]:
    """Return a random id for each of ``case_ids``."""
    return {case_id: secrets.token_hex(8) for case_id in sorted(case_ids)}


def first_entry(connection: Connection, names: Collection[str], ids: Collection[str]) -> int | None:
    """Return the first entry of the chain that names one of the cases ``names`` or records ``ids``; None where none does."""
    entry, wanted = schema.audit.c, set(ids)
    named = or_(entry.case_id.in_(sorted(names)), entry.detail.like('%"record%'))
    for row in connection.execute(select(entry.seq, entry.case_id, entry.detail).where(named).order_by(entry.seq)):
        if row.case_id in names or without(json.loads(row.detail), wanted) != json.loads(row.detail):
            return int(row.seq)
    return None


def without(told: Any, ids: Collection[str]) -> Any:
    """Return what an entry tells, without the record ids ``ids`` wherever they stand."""
    if isinstance(told, dict):
        return {name: without(value, ids) for name, value in told.items()}
    if isinstance(told, list):
        return [without(value, ids) for value in told]
    return ERASED if isinstance(told, str) and told in ids else told


def rename_cases(connection: Connection, names: Mapping[str, str]) -> None:
    """Give cases other ids, with everything that hangs on them."""
    for old, new in names.items():
        row = connection.execute(select(schema.cases).where(schema.cases.c.id == old)).mappings().one()
        connection.execute(insert(schema.cases).values({**row, "id": new}))
        for table in (schema.judgements, schema.looks):
            connection.execute(update(table).where(table.c.case_id == old).values(case_id=new))
        connection.execute(update(schema.cases).where(schema.cases.c.control_of == old).values(control_of=new))
        connection.execute(delete(schema.cases).where(schema.cases.c.id == old))


def write_anew(
    connection: Connection, store: Store, first: int, *, names: Mapping[str, str], ids: Collection[str]
) -> None:
    """Write the chain anew from entry ``first`` on: ``names`` for cases, no record of ``ids``, digests of what there is now."""
    entry, wanted = schema.audit.c, set(ids)
    last = connection.execute(select(entry.seq).order_by(entry.seq.desc()).limit(1)).scalar_one()
    previous = connection.execute(select(entry.hash).where(entry.seq == first - 1)).scalar() or audit.BEGINNING
    renamed = set(names.values())
    for start in range(first, last + 1, CHUNK):
        within = entry.seq.between(start, min(start + CHUNK - 1, last))
        rows = [
            dict(row) for row in connection.execute(select(schema.audit).where(within).order_by(entry.seq)).mappings()
        ]
        for row in rows:
            row["case_id"] = names.get(row["case_id"], row["case_id"])
            told = without(json.loads(row["detail"]), wanted)
            if row["case_id"] in renamed:
                told |= _digests(connection, told)
            row["detail"], row["previous_hash"] = canonical(told), previous
            row["hash"] = previous = audit.hash_of_entry(previous, row)
        connection.execute(delete(schema.audit).where(within))
        insert_many(connection, schema.audit, rows)
    audit.append(connection, audit.WRITTEN_ANEW, at=store.now(), actor="-", first=first, cases=len(names))
    event("review_chain_written_anew", level=logging.WARNING, first=first, to_do="note the new head")


def _digests(connection: Connection, told: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of the judgement that an entry tells of, as it is now: they cover the id of its case."""
    if "judgement" not in told:
        return {}
    judgements = schema.judgements
    row = connection.execute(select(judgements).where(judgements.c.id == told["judgement"])).mappings().one()
    digests = {"digest": audit.digest_of(row), "kept": audit.kept_digest_of(row)}
    return {name: digest for name, digest in digests.items() if name in told}

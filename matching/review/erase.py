"""Forgetting persons in the review store: their listings, cases, and what was written about them; the audit skeleton stays.

Enters: record ids of persons who may be kept no longer. Leaves: a store without them, and a chain of hashes that holds.

What goes   listings of these records in every version; names, ids, scores and evidence hashes of every case they stood in;
            comments on those cases, and on others where they write an id, a number, or a whole name of two words or more as
            a listing has it: a comment elsewhere that calls the person otherwise is not found.
What stays  that there was a case, who judged it when and how, and every entry of the audit chain.

Decision: an entry of the chain never held anything of a person but hashes, so none is changed. A judgement does: its digest
covers the comment. Where a comment goes, a new entry gives the digest of the judgement without it, which ``verify`` holds
the row against from then on; what can no longer be proved is what the comment said. The token of its form goes with it: a
random number under the old digest, without which nobody can try out what the comment may have been (the digest of a
judgement that was taken back lacks that salt). What is left of a listing is the hash of the evidence of a pair, in the
chain: it confirms a guess of everything that two listings said, to the letter, and tells nothing else.

Decision: an erased case is no case of the pair any more. A person who is listed again begins anew, with a case of another
id (``evidence.case_id``); what was decided before is not brought back.

Two steps, both safe to repeat: one transaction that empties the rows, under which the triggers against changes are lifted
(both databases undo that too where it fails); then the database is written anew, since a deleted row stays in the file
until then. Out of reach: the database's own backups, and PostgreSQL's archive of its log.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, or_, select, text, update

from matching.errors import WorkspaceError
from matching.log import event
from matching.review import audit, schema
from matching.review.evidence import case_id, erased_id
from matching.review.moment import canonical
from matching.review.store import Store
from matching.review.verdicts import ERASED

NOTHING = "0" * 64
"""In place of the hash of a listing that was erased."""
MOST_IDS = 500
"""In one query: SQLite takes 32,766 values, PostgreSQL 65,535."""
SHORTEST_NUMBER = 5
"""Characters of a document's number from which finding it in a comment is no accident."""
_TOUCHED = (
    schema.cases, schema.records, schema.listings, schema.listing_codes, schema.readings, schema.judgements, schema.runs,
)  # fmt: skip
_GUARDED = ("judgements", "listings")


def erase(store: Store, ids: Collection[str]) -> int:
    """Erase the persons of the record ids ``ids``; returns how many rows went or were emptied.

    Done again, it empties none and writes the database anew. Raises WorkspaceError where a reader keeps the old rows.
    """
    with store.writing() as connection:
        _clean_deletes(connection)
        rows = _empty(connection, store, sorted(ids))
    _write_anew(store)
    event("review_store_erased", persons=len(ids), rows=rows)
    return rows


def free_id(connection: Connection, record_id_l: str, record_id_r: str, *, control: int = 0) -> str:
    """Return the id of a new case of a pair: the usual one, unless a case that was erased has it."""
    again, cases = 0, schema.cases.c
    while True:
        found = case_id(record_id_l, record_id_r, control=control, again=again)
        if connection.execute(select(cases.id).where(cases.id == found)).first() is None:
            return found
        again += 1


def _empty(connection: Connection, store: Store, ids: Sequence[str]) -> int:
    """Empty what is of ``ids`` in one transaction; the chain tells how much, and whether it was sound before."""
    mentions = _mentions(connection, ids)
    cases = [row for chunk in _chunks(ids) for row in connection.execute(select(schema.cases).where(_of(chunk)))]
    judged = _judgements(connection, {case.id for case in cases}, mentions)
    is_listed = any(connection.execute(_count(table, chunk)).scalar_one() for chunk in _chunks(ids) for table in _HELD)
    if not cases and not judged and not is_listed:
        return 0
    problems = len(audit.verify(connection).problems)
    with _lifted(connection):
        rows = sum(
            connection.execute(delete(t).where(t.c.record_id.in_(c))).rowcount for c in _chunks(ids) for t in _HELD
        )
        for judgement in judged:
            _empty_judgement(connection, store, judgement, is_case_erased=judgement.case_id in {c.id for c in cases})
    for case in {case.id: case for case in cases}.values():
        _empty_case(connection, store, case, ids)
    _rename_clusters(connection, ids)
    _stop_intakes(connection, store)
    audit.append(
        connection, "persons_erased", at=store.now(), actor="-", persons=len(ids), cases=len(cases), problems=problems
    )
    return rows + len(cases) + len(judged)


_HELD = (schema.listings, schema.listing_codes, schema.readings, schema.records)


def _of(ids: Sequence[str]) -> ColumnElement[bool]:
    return or_(schema.cases.c.record_id_l.in_(ids), schema.cases.c.record_id_r.in_(ids))


def _count(table: Table, ids: Sequence[str]) -> Any:
    return select(func.count()).select_from(table).where(table.c.record_id.in_(ids))


def _judgements(connection: Connection, cases: Collection[str], mentions: Collection[str]) -> list[Row[Any]]:
    """Return the judgements on ``cases`` that say anything of the erased, and others whose comment does."""
    rows = connection.execute(select(schema.judgements).order_by(schema.judgements.c.id)).all()
    return [row for row in rows if row.case_id in cases or any(word in row.comment.casefold() for word in mentions)]


def _mentions(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Return what a comment elsewhere could call the erased by: ids, whole names as published or read, numbers."""
    found = set(ids)
    for chunk in _chunks(ids):
        for held in (schema.listings.c, schema.readings.c):
            for document in connection.execute(select(held.document).where(held.record_id.in_(chunk))).scalars():
                found |= set(_called(json.loads(document)))
    return {word.casefold() for word in found}


def _called(document: dict[str, Any]) -> Iterator[str]:
    record = document.get("record", {})
    for one in [*(record.get("names") or ()), *document.get("names", ())]:
        yield from (name for key in ("full", "romanised") if len((name := one.get(key) or "").split()) > 1)
    for one in [*(record.get("identifiers") or ()), *document.get("identifiers", ())]:
        yield from (number for key in ("number_text", "number") if len(number := one.get(key) or "") >= SHORTEST_NUMBER)


def _empty_judgement(connection: Connection, store: Store, row: Row[Any], *, is_case_erased: bool) -> None:
    """Take comment and token out of a judgement, and give the chain its digest without them."""
    table = schema.judgements
    emptied = {"comment": "", "token": row.token if row.undoes is not None else f"erased-{row.id}"}
    if is_case_erased:
        emptied |= {"evidence_l": NOTHING, "evidence_r": NOTHING}
    connection.execute(update(table).where(table.c.id == row.id).values(emptied))
    digest = audit.digest_of({**row._mapping, **emptied})  # noqa: SLF001
    audit.append(
        connection, audit.ERASED_FROM, at=store.now(), actor="-", case_id=row.case_id, judgement=row.id, digest=digest
    )


def _empty_case(connection: Connection, store: Store, case: Row[Any], ids: Collection[str]) -> None:
    """Leave of a case that it was; of its other record too, which stands in cases of its own."""
    emptied = {
        "record_id_l": erased_id(case.record_id_l), "record_id_r": erased_id(case.record_id_r), "title_l": "",
        "title_r": "", "scores": "{}", "changed": "[]", "state": ERASED, "closed_because": None, "is_proposed": False,
        "evidence_l": NOTHING, "evidence_r": NOTHING, "assigned_to": None, "assigned_at": None,
        "updated_at": store.now(),
    }  # fmt: skip
    connection.execute(update(schema.cases).where(schema.cases.c.id == case.id).values(emptied))
    audit.append(connection, "case_erased", at=store.now(), actor="-", case_id=case.id)


def _rename_clusters(connection: Connection, ids: Sequence[str]) -> None:
    """Name a cluster that bore the id of an erased record for the smallest that is left of it; scores too name it so."""
    records, cases = schema.records, schema.cases
    for chunk in _chunks(ids):
        named = select(records.c.cluster_id, func.min(records.c.record_id)).where(records.c.cluster_id.in_(chunk))
        for cluster, smallest in connection.execute(named.group_by(records.c.cluster_id)).all():
            connection.execute(update(records).where(records.c.cluster_id == cluster).values(cluster_id=smallest))
    for row in connection.execute(select(cases.c.id, cases.c.scores).where(cases.c.state != ERASED)).all():
        scores = json.loads(row.scores)
        if scores.get("cluster_id") in set(ids):
            scored = canonical(scores | {"cluster_id": None})
            connection.execute(update(cases).where(cases.c.id == row.id).values(scores=scored))


def _stop_intakes(connection: Connection, store: Store) -> None:
    """Begin an intake of nothing: whoever is taking in a run that still names the erased stops before it writes again."""
    runs = schema.runs
    highest = connection.execute(select(func.max(runs.c.number))).scalar_one() or 0
    row = {
        "number": highest + 1,
        "run_id": f"erasure-{highest + 1}",
        "begun_at": store.now(),
        "touched_at": store.now(),
    }
    connection.execute(insert(runs).values(row))


@contextmanager
def _lifted(connection: Connection) -> Iterator[None]:
    """Lift the triggers against changes within this transaction, and put them back."""
    if connection.dialect.name == "postgresql":
        for table in _GUARDED:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
        yield
        for table in _GUARDED:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only"))
        return
    names = ", ".join(f"'{table}'" for table in _GUARDED)
    query = f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({names})"
    triggers = connection.exec_driver_sql(query).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, made_by in triggers:
        connection.exec_driver_sql(made_by)


def _clean_deletes(connection: Connection) -> None:
    """Have SQLite write zeroes over what it deletes, should the second step never come."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _write_anew(store: Store) -> None:
    """Write the tables anew, so that no file of the database holds a row that was deleted or changed."""
    # Both vacuum outside of any transaction, and SQLAlchemy would begin one.
    raw = store.engine.raw_connection()
    try:
        if store.engine.dialect.name == "postgresql":
            _vacuum_postgresql(raw)
            return
        raw.cursor().execute("VACUUM")
        busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.close()
    if busy is None or busy[0]:
        raise WorkspaceError(
            "the review store is being read all the time, so that its old log could not be removed: stop `matching review"
            " serve`, then `matching retention apply --yes` again, which goes on where this stopped"
        )


def _vacuum_postgresql(raw: Any) -> None:
    connection = raw.driver_connection
    connection.rollback()
    connection.autocommit = True
    try:
        for table in _TOUCHED:  # ANALYZE, since the statistics keep common values of columns
            raw.cursor().execute(f"VACUUM (FULL, ANALYZE) {table.name}")
    finally:
        connection.autocommit = False


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]

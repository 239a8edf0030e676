"""Forgetting persons in the review store: their listings, cases, and what was written about them; the audit skeleton stays.

Enters: record ids of persons who may be kept no longer. Leaves: a store without them, and a chain of hashes that holds.

What goes   listings of these records in every version; names, ids, scores and evidence hashes of every case they stood in;
            comments on those cases, and on others where they write an id, a number, or a whole name of two words or more as
            a listing has it (mentions.py): a comment elsewhere that calls the person otherwise is not found.
What stays  that there was a case, who judged it when and how, and every entry of the audit chain.

Decision: an entry of the chain holds nothing of a person but hashes, so none is changed. A judgement does: its digest
covers the comment. Where a comment goes, a new entry gives the digest of the judgement without it, which ``verify`` holds
the row against from then on, as it does against the digest of what no erasure takes (audit.py); what can no longer be
proved is what the comment said. The token of its form goes with it: a random number under the old digest, without which
nobody can try out what the comment may have been (the digest of a judgement that was taken back lacks that salt). What is
left of a listing are hashes in the chain, of the evidence of a pair and of a version that was shown: they confirm a guess
of everything that was said, to the letter, and tell nothing else.

Decision: an erased case is no case of the pair any more. A person who is listed again begins anew, with a case of another
id; what was decided before is not brought back. Its id stays in the chain, a hash under a key that goes with the erasure
(case_ids.py). Cases and entries of before there was a key name the person to whoever tries: they are renamed, and the chain
is written anew from there on (chain_anew.py).

Three steps, all safe to repeat: intakes are stopped and comments searched, while others write; one transaction empties the
rows, under which the triggers against changes are lifted (both databases undo that too where it fails); then the database
is written anew, since a deleted row stays in the file until then. Out of reach: the database's own backups, and PostgreSQL's archive of its log.
"""

import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, or_, select, text, update

from matching.errors import WorkspaceError
from matching.log import event
from matching.review import audit, chain_anew, schema
from matching.review.case_ids import is_guessable, renew
from matching.review.evidence import erased_id
from matching.review.mentions import Mentions, called
from matching.review.moment import canonical
from matching.review.store import Store
from matching.review.verdicts import ERASED

_Id = TypeVar("_Id", str, int)
MOST_IDS = 500
"""In one query: SQLite takes 32,766 values, PostgreSQL 65,535."""
_TOUCHED = (
    schema.cases, schema.records, schema.listings, schema.listing_codes, schema.readings, schema.judgements, schema.runs,
    schema.keys,
)  # fmt: skip
_OF_CHAIN = (schema.audit, schema.looks)
"""Touched only where the chain was written anew: every page that is shown writes to it, and would wait for a vacuum."""
_GUARDED = ("judgements", "listings")


@dataclass(frozen=True, kw_only=True)
class _Named:
    """What comments could call the erased by, the ids of judgements that do, and up to which id these were searched."""

    mentions: Mentions
    judgements: set[int]
    last: int


def erase(store: Store, ids: Collection[str]) -> int:
    """Erase the persons of the record ids ``ids``; returns how many rows went or were emptied.

    Done again, it empties none and writes the database anew. Raises WorkspaceError where others keep the old rows.
    """
    rows = _erase(store, sorted(ids)) if ids else 0
    _write_anew(store)
    event("review_store_erased", persons=len(ids), rows=rows)
    return rows


def _erase(store: Store, ids: Sequence[str]) -> int:
    """Search before one's turn, for others wait for it; then empty what was found, and what was written since."""
    with store.writing() as connection:
        number = _stop_intakes(connection, store)
    with store.reading() as connection:
        problems = len(audit.verify(connection).problems)
        named = _named(connection, ids)
    with store.writing() as connection:
        _clean_deletes(connection)
        if _last_begun(connection) != number:  # an intake, which may have written of them
            named = _named(connection, ids)
            _stop_intakes(connection, store)
        return _empty(connection, store, ids, named=named, problems=problems)


def _empty(connection: Connection, store: Store, ids: Sequence[str], *, named: _Named, problems: int) -> int:
    """Empty what is of ``ids`` in one transaction; the chain tells how much, and whether it was sound before."""
    cases = {
        row.id: row for chunk in _chunks(ids) for row in connection.execute(select(schema.cases).where(_of(chunk)))
    }
    judged = _judgements(connection, cases, named.judgements | _naming(connection, named.mentions, after=named.last))
    is_listed = any(connection.execute(_count(table, chunk)).scalar_one() for chunk in _chunks(ids) for table in _HELD)
    guessable = {row.id for row in cases.values() if is_guessable(row.id, row.record_id_l, row.record_id_r)}
    is_named = chain_anew.first_entry(connection, guessable, ids) is not None
    if not cases and not judged and not is_listed and not is_named:
        return 0
    with _lifted(connection, _GUARDED):
        rows = sum(
            connection.execute(delete(t).where(t.c.record_id.in_(c))).rowcount for c in _chunks(ids) for t in _HELD
        )
        for judgement in judged:
            _empty_judgement(connection, store, judgement, is_case_erased=judgement.case_id in cases)
    for case in cases.values():
        _empty_case(connection, store, case, ids)
    _rename_clusters(connection, ids)
    audit.append(
        connection, audit.ERASURE, at=store.now(), actor="-", persons=len(ids), cases=len(cases),
        judgements=len(judged), problems=problems,
    )  # fmt: skip
    if first := chain_anew.first_entry(connection, guessable, ids):
        names = chain_anew.new_names(guessable)
        with _lifted(connection, chain_anew.GUARDED):
            chain_anew.rename_cases(connection, names)
            chain_anew.write_anew(connection, store, first, names=names, ids=ids)
    renew(connection)
    return rows + len(cases) + len(judged)


_HELD = (schema.listings, schema.listing_codes, schema.readings, schema.records)


def _of(ids: Sequence[str]) -> ColumnElement[bool]:
    return or_(schema.cases.c.record_id_l.in_(ids), schema.cases.c.record_id_r.in_(ids))


def _count(table: Table, ids: Sequence[str]) -> Any:
    return select(func.count()).select_from(table).where(table.c.record_id.in_(ids))


def _judgements(connection: Connection, cases: Iterable[str], named: Iterable[int]) -> list[Row[Any]]:
    """Return the judgements on ``cases``, and those of the ids ``named``."""
    judgements = schema.judgements
    wanted = [judgements.c.case_id.in_(chunk) for chunk in _chunks(sorted(cases))]
    wanted += [judgements.c.id.in_(chunk) for chunk in _chunks(sorted(named))]
    found = {row.id: row for some in wanted for row in connection.execute(select(judgements).where(some))}
    return [found[number] for number in sorted(found)]


def _named(connection: Connection, ids: Sequence[str]) -> _Named:
    """Return what a comment could call the persons by, and which judgements do."""
    last = connection.execute(select(func.max(schema.judgements.c.id))).scalar_one() or 0
    mentions = mentions_of(connection, ids)
    return _Named(mentions=mentions, judgements=_naming(connection, mentions, after=0), last=last)


def _naming(connection: Connection, mentions: Mentions, *, after: int) -> set[int]:
    """Return the ids above ``after`` of the judgements whose comment has any of ``mentions``."""
    table = schema.judgements.c
    rows = connection.execute(select(table.id, table.comment).where((table.comment != "") & (table.id > after)))
    return {row.id for row in rows.yield_per(MOST_IDS) if mentions.stand_in(row.comment)}


def mentions_of(connection: Connection, ids: Sequence[str]) -> Mentions:
    """Return what a comment could call the persons of the record ids by: these, whole names, numbers of documents."""
    found = set(ids)
    for chunk in _chunks(ids):
        for held in (schema.listings.c, schema.readings.c):
            rows = connection.execute(select(held.document).where(held.record_id.in_(chunk)))
            found.update(called(rows.scalars().yield_per(MOST_IDS)))
    return Mentions.of(found)


def _empty_judgement(connection: Connection, store: Store, row: Row[Any], *, is_case_erased: bool) -> None:
    """Take comment and token out of a judgement, and give the chain its digest without them."""
    table = schema.judgements
    emptied = {"comment": "", "token": row.token if row.undoes is not None else _random_token()}
    if is_case_erased:
        emptied |= {"evidence_l": audit.NOTHING, "evidence_r": audit.NOTHING}
    connection.execute(update(table).where(table.c.id == row.id).values(emptied))
    digest = audit.digest_of({**row._mapping, **emptied})  # noqa: SLF001
    audit.append(
        connection, audit.ERASED_FROM, at=store.now(), actor="-", case_id=row.case_id, judgement=row.id, digest=digest
    )


def _random_token() -> str:
    """Return a token that nobody's form can have had: one that could be told beforehand would keep the person in."""
    return f"{audit.ERASED_FORM}{secrets.token_hex(16)}"


def _empty_case(connection: Connection, store: Store, case: Row[Any], ids: Collection[str]) -> None:
    """Leave of a case that it was; of its other record too, which stands in cases of its own."""
    emptied = {
        "record_id_l": erased_id(case.record_id_l), "record_id_r": erased_id(case.record_id_r), "title_l": "",
        "title_r": "", "scores": "{}", "changed": "[]", "state": ERASED, "closed_because": None, "is_proposed": False,
        "evidence_l": audit.NOTHING, "evidence_r": audit.NOTHING, "assigned_to": None, "assigned_at": None,
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
    erased = set(ids)
    for row in connection.execute(select(cases.c.id, cases.c.scores).where(cases.c.state != ERASED)).all():
        scores = json.loads(row.scores)
        if scores.get("cluster_id") in erased:
            scored = canonical(scores | {"cluster_id": None})
            connection.execute(update(cases).where(cases.c.id == row.id).values(scores=scored))


def _stop_intakes(connection: Connection, store: Store) -> int:
    """Begin an intake of nothing, and return its number: whoever is taking in a run stops before it writes again.

    Whether the store holds the erased does not matter: the run that is being taken in may be the first to name them.
    """
    number = _last_begun(connection) + 1
    now = store.now()
    row = {"number": number, "run_id": f"erasure-{number}", "begun_at": now, "touched_at": now}
    connection.execute(insert(schema.runs).values(row))
    return number


def _last_begun(connection: Connection) -> int:
    return int(connection.execute(select(func.max(schema.runs.c.number))).scalar_one() or 0)


@contextmanager
def _lifted(connection: Connection, tables: Collection[str]) -> Iterator[None]:
    """Lift the triggers of ``tables`` against changes within this transaction, and put them back."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
        yield
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only"))
        return
    names = ", ".join(f"'{table}'" for table in tables)
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
    """Write the tables anew, so that no file of the database holds a row that was deleted or changed.

    Raises WorkspaceError where others write or read all the time.
    """
    # Both vacuum outside of any transaction, and SQLAlchemy would begin one.
    raw = store.engine.raw_connection()
    try:
        with store.turns.turn():
            is_done = _vacuum_postgresql(raw) if store.engine.dialect.name == "postgresql" else _vacuum_sqlite(raw)
    except store.engine.dialect.loaded_dbapi.Error as error:
        raise WorkspaceError(
            f"the review store could not be written anew ({error}): the persons are erased from its tables, but its files"
            " may still hold what was deleted. Stop whatever else uses it (`matching review serve`, `matching review"
            " sync`), then `matching retention apply --yes` again, which goes on where this stopped"
        ) from error
    finally:
        raw.close()
    if not is_done:
        raise WorkspaceError(
            "the review store is being read all the time, so that its old log could not be removed: stop `matching review"
            " serve`, then `matching retention apply --yes` again, which goes on where this stopped"
        )


def _vacuum_sqlite(raw: Any) -> bool:
    """Write the file anew; returns whether the old log could be removed."""
    raw.cursor().execute("VACUUM")
    busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return busy is not None and not busy[0]


def _vacuum_postgresql(raw: Any) -> bool:
    connection = raw.driver_connection
    connection.rollback()
    connection.autocommit = True
    try:
        cursor = raw.cursor()
        cursor.execute(f"SELECT 1 FROM audit WHERE action = '{audit.WRITTEN_ANEW}' LIMIT 1")
        of_chain = _OF_CHAIN if cursor.fetchone() else ()
        for table in (*_TOUCHED, *of_chain):  # ANALYZE, since the statistics keep common values of columns
            cursor.execute(f"VACUUM (FULL, ANALYZE) {table.name}")
    finally:
        connection.autocommit = False
    return True


def _chunks(ids: Sequence[_Id]) -> Iterable[Sequence[_Id]]:
    return [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]

"""Taking in a published run: what is new, what comes back because its evidence changed, what is closed.

Enters: ``Published``. Leaves: cases, listings and records of the store. Judgements are not touched: a case that comes
back keeps them, and where the evidence they were made on returns, so does the decision.

In chunks of some hundred cases, each a transaction: reviewers go on deciding meanwhile. A kill half way loses nothing;
taking the run in again finishes it. Where a newer run was begun meanwhile, an older one stops.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, tuple_, update

from matching.log import event
from matching.review import audit, schema
from matching.review.arrivals import Arrival, Reading, Side, arrive, reading_of
from matching.review.case_ids import free_id, key_of
from matching.review.decide import in_force, judgements_by_case, standing_of_case
from matching.review.evidence import RULE, case_id, evidence_of, hash_of
from matching.review.moment import stamp
from matching.review.published import CHUNK, Published
from matching.review.store import Store, insert_many
from matching.review.tallies import mend
from matching.review.verdicts import ERASED

_records, _listings = schema.records, schema.listings
SIGN_OF_LIFE = timedelta(seconds=60)
"""After so long without one, whoever was taking in a run is held to be dead; a chunk takes a second or so."""
COUNTED = ("new", "returned", "reopened", "closed")


@dataclass(kw_only=True)
class Taken:
    """What taking in a run did, counted by case."""

    run_id: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    is_superseded: bool = False


def is_current(store: Store, run_id: str) -> bool:
    """Return whether ``run_id`` is the run begun last, and is taken in wholly or being taken in by someone alive."""
    runs = schema.runs.c
    with store.reading() as connection:
        last = connection.execute(select(schema.runs).order_by(runs.number.desc()).limit(1)).first()
    if last is None or last.run_id != run_id:
        return False
    return last.done_at is not None or last.touched_at > stamp(store.clock() - SIGN_OF_LIFE)


def is_taken_in(store: Store, run_id: str) -> bool:
    """Return whether ``run_id`` is the run begun last, and is taken in wholly."""
    runs = schema.runs.c
    with store.reading() as connection:
        last = connection.execute(select(schema.runs).order_by(runs.number.desc()).limit(1)).first()
    return last is not None and last.run_id == run_id and last.done_at is not None


def last_taken_in(connection: Connection) -> str | None:
    """Return when a run was last taken in wholly, None before the first."""
    when: str | None = connection.execute(select(func.max(schema.runs.c.done_at))).scalar_one()
    return when


def sync(store: Store, published: Published, *, double_share: float, by: str = "-") -> Taken:
    """Take in ``published``; doing it again changes nothing.

    ``double_share`` of new cases are drawn for a second look whatever the first says.
    """
    taken = Taken(run_id=published.run_id)
    number = _begin(store, published.run_id, by)
    proposals = published.proposals()
    pairs = {(row["record_id_l"], row["record_id_r"]): row for row in proposals.iter_rows(named=True)}
    known = _known_pairs(store)
    clusters = published.clusters()
    wanted = {record_id for pair in [*pairs, *known] for record_id in pair}
    in_clusters = {clusters[record_id] for record_id in wanted if record_id in clusters}
    wanted |= {record_id for record_id, cluster in clusters.items() if cluster in in_clusters}
    present: dict[str, Side] = {}
    for documents in published.documents(wanted):
        readings = [reading_of(document) for document in documents]  # before one's turn: others wait for it
        with store.writing() as connection:
            if not _goes_on(connection, store, number, taken):
                return taken
            present |= _keep(connection, store, readings)
    model_id, sources = published.model_id(), published.sources()
    with store.writing() as connection:
        _forget_clusters(connection, present, sources)
    for chunk in _chunks(sorted({*pairs, *known}, key=lambda p: (-_probability(pairs.get(p)), p))):
        with store.writing() as connection:
            if not _goes_on(connection, store, number, taken):
                return taken
            _take_chunk(
                connection, store, chunk, pairs=pairs, present=present, sources=sources,
                run=(published.run_id, model_id), double_share=double_share, taken=taken,
            )  # fmt: skip
    if wrong := mend(store):
        event("tallies_counted_anew", wrong=wrong)
    _end(store, number, taken, by)
    event("run_reviewed", run=taken.run_id, **taken.counts)
    return taken


def _begin(store: Store, run_id: str, by: str) -> int:
    with store.writing() as connection:
        highest = connection.execute(select(func.max(schema.runs.c.number))).scalar_one() or 0
        connection.execute(
            insert(schema.runs).values(number=highest + 1, run_id=run_id, begun_at=store.now(), touched_at=store.now())
        )
        audit.append(connection, "run_begun", at=store.now(), actor=by, run=run_id)
    return int(highest) + 1


def _end(store: Store, number: int, taken: Taken, by: str) -> None:
    with store.writing() as connection:
        connection.execute(update(schema.runs).where(schema.runs.c.number == number).values(done_at=store.now()))
        audit.append(connection, "run_taken_in", at=store.now(), actor=by, run=taken.run_id, counts=taken.counts)


def _goes_on(connection: Connection, store: Store, number: int, taken: Taken) -> bool:
    """Leave a sign of life and return True, unless another run was begun since."""
    last = connection.execute(select(func.max(schema.runs.c.number))).scalar_one()
    taken.is_superseded = bool(last != number)
    connection.execute(update(schema.runs).where(schema.runs.c.number == number).values(touched_at=store.now()))
    return not taken.is_superseded


def _known_pairs(store: Store) -> list[tuple[str, str]]:
    with store.reading() as connection:
        cases = schema.cases.c
        rows = connection.execute(select(cases.record_id_l, cases.record_id_r).where(cases.state != ERASED).distinct())
        return [(row[0], row[1]) for row in rows]


def _probability(row: Mapping[str, Any] | None) -> float:
    return float(row["match_probability"]) if row else -1.0


def _chunks(pairs: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    for start in range(0, len(pairs), CHUNK):
        yield pairs[start : start + CHUNK]


def _keep(connection: Connection, store: Store, readings: Sequence[Reading]) -> dict[str, Side]:
    """Keep the version of each listing that is new, and where it stands now; returns the sides by record id."""
    ids = [reading.side.record_id for reading in readings]
    stored = {row.record_id: row for row in connection.execute(select(_records).where(_records.c.record_id.in_(ids)))}
    held = _held_versions(connection, ids)
    readings = [_as_known(connection, one, stored.get(one.side.record_id), held) for one in readings]
    moved = [one for one in readings if not _is_as_stored(one, stored.get(one.side.record_id))]
    rows = [one.row for one in moved]
    connection.execute(delete(_records).where(_records.c.record_id.in_([row["record_id"] for row in rows])))
    insert_many(connection, _records, rows)
    _keep_codes(connection, rows)
    _tell_cases(connection, [row for row in rows if _has_other_code(row, stored.get(row["record_id"]))])
    fresh = [one for one in readings if one.side.evidence_hash not in held[one.side.record_id]]
    insert_many(connection, _listings, [{**one.version, "seen_at": store.now()} for one in fresh])
    new = {one.side.record_id for one in fresh}
    _keep_readings(connection, [one for one in moved if _is_read_anew(one, stored.get(one.side.record_id))], new)
    return {one.side.record_id: one.side for one in readings}


def _held_versions(connection: Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the hashes of the versions of each record that are kept."""
    found: dict[str, set[str]] = {record_id: set() for record_id in ids}
    columns = (_listings.c.record_id, _listings.c.evidence_hash)
    for row in connection.execute(select(*columns).where(_listings.c.record_id.in_(ids))):
        found[row.record_id].add(row.evidence_hash)
    return found


def _as_known(connection: Connection, reading: Reading, row: Row[Any] | None, held: Mapping[str, set[str]]) -> Reading:
    """Return ``reading``, known by the version kept that says the same under the rule of evidence that holds now.

    Where the rule was another when a version was first seen its hash is another, and so are those of the judgements on it.
    """
    versions = held[reading.side.record_id]
    if reading.side.evidence_hash in versions or not versions:
        return reading
    if row is not None and row.said == reading.row["said"]:
        return reading.as_version(row.evidence_hash)
    kept = connection.execute(
        select(_listings.c.evidence_hash, _listings.c.document)
        .where(_listings.c.record_id == reading.side.record_id)
        .order_by(_listings.c.seen_at.desc())
    )
    for version in kept:
        document = json.loads(version.document)
        if document.get("rule") != RULE and hash_of(evidence_of(document["record"])) == reading.side.evidence_hash:
            return reading.as_version(version.evidence_hash)
    return reading


def _is_as_stored(reading: Reading, row: Row[Any] | None) -> bool:
    return row is not None and reading.row == row._asdict()


def _is_read_anew(reading: Reading, row: Row[Any] | None) -> bool:
    """Return whether a record is of another version, or read otherwise, than when it was last taken in."""
    told = (reading.side.evidence_hash, reading.row["reading"])
    return row is None or told != (row.evidence_hash, row.reading)


def _keep_readings(connection: Connection, readings: Sequence[Reading], new: set[str]) -> None:
    """Keep how each of ``readings`` is read now; of the versions first seen now, ``new``, the listing tells itself."""
    table = schema.readings
    connection.execute(delete(table).where(table.c.record_id.in_([one.side.record_id for one in readings])))
    again = [one for one in readings if one.side.record_id not in new]
    insert_many(
        connection,
        table,
        [
            {"record_id": one.side.record_id, "evidence_hash": one.side.evidence_hash, "document": one.document}
            for one in again
        ],
    )


def _has_other_code(row: Mapping[str, Any], before: Row[Any] | None) -> bool:
    return before is not None and bool(before.handling_code != row["handling_code"])  # new ones are in no case yet


def _tell_cases(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Give every case the code of its records as they are handled now, in the transaction that takes them in."""
    cases = schema.cases
    told = [{"key": row["record_id"], "code": row["handling_code"]} for row in rows]
    if not told:
        return
    for side, now in ((cases.c.record_id_l, cases.c.code_now_l), (cases.c.record_id_r, cases.c.code_now_r)):
        differs = (side == bindparam("key")) & (now.is_distinct_from(bindparam("code")))
        connection.execute(update(cases).where(differs).values({now: bindparam("code")}), told)


def _keep_codes(connection: Connection, moved: Sequence[Mapping[str, Any]]) -> None:
    """Keep under which handling code each version was published last; the code of an earlier version stays its own."""
    codes = schema.listing_codes
    names = ("record_id", "evidence_hash", "handling_code")
    these = [(row["record_id"], row["evidence_hash"]) for row in moved]
    connection.execute(delete(codes).where(tuple_(codes.c.record_id, codes.c.evidence_hash).in_(these)))
    insert_many(connection, codes, [{name: row[name] for name in names} for row in moved])


def _forget_clusters(connection: Connection, present: Mapping[str, Side], sources: frozenset[str]) -> None:
    """Take records that left their lists out of their clusters."""
    records = _records.c
    there = connection.execute(
        select(records.record_id).where(records.source.in_(sorted(sources)) & records.cluster_id.is_not(None))
    )
    gone = [{"key": row.record_id} for row in there if row.record_id not in present]
    if gone:
        connection.execute(update(_records).where(records.record_id == bindparam("key")).values(cluster_id=None), gone)


def _take_chunk(
    connection: Connection, store: Store, chunk: Sequence[tuple[str, str]], *, pairs: Mapping[tuple[str, str], Any],
    present: Mapping[str, Side], sources: frozenset[str], run: tuple[str, str], double_share: float, taken: Taken,
) -> None:  # fmt: skip
    cases = schema.cases.c
    lefts = [pair[0] for pair in chunk]
    stored: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(select(schema.cases).where(cases.record_id_l.in_(lefts))):
        stored.setdefault((row.record_id_l, row.record_id_r), []).append(row)
    judged = judgements_by_case(connection, [case.id for held in stored.values() for case in held])
    new_rows = []
    for pair in chunk:
        arrival = Arrival(
            pair=pair, left=present.get(pair[0]), right=present.get(pair[1]), proposal=pairs.get(pair),
            sources=sources, run_id=run[0], model_id=run[1],
        )  # fmt: skip
        for case in stored.get(pair, ()):
            _update(connection, store, case, arrival, judged=judged[case.id], taken=taken)
        if pair not in stored and (fresh := arrival.new_case(now=store.now())):
            new_rows.append(fresh)
    _name(connection, new_rows)
    drawn = [row | {"is_double": is_drawn(row["id"], double_share)} for row in new_rows]
    insert_many(connection, schema.cases, drawn)
    taken.counts["new"] += len(new_rows)


def _name(connection: Connection, new_rows: Sequence[dict[str, Any]]) -> None:
    """Give each new case its id, which no case that was erased has."""
    if not new_rows:
        return
    key = key_of(connection)
    for row in new_rows:
        row["id"] = case_id(row["record_id_l"], row["record_id_r"], key=key)
    ids = [row["id"] for row in new_rows]
    taken = set(connection.execute(select(schema.cases.c.id).where(schema.cases.c.id.in_(ids))).scalars())
    for row in new_rows:
        if row["id"] in taken:
            row["id"] = free_id(connection, row["record_id_l"], row["record_id_r"], key=key)


def _update(
    connection: Connection, store: Store, case: Row[Any], arrival: Arrival, *, judged: Sequence[Row[Any]], taken: Taken
) -> None:
    evidence = arrival.evidence_hash or case.evidence_hash
    standing = standing_of_case(
        in_force(judged, evidence), is_double=case.is_double, is_control=case.control_of is not None
    )
    changed, what = arrive(case, arrival, standing=standing, judged=judged, listing=_listing_reader(connection))
    if not changed:
        return
    if what:
        changed |= {"updated_at": store.now()}
        taken.counts[what] += 1
        audit.append(
            connection, f"case_{what}", at=store.now(), actor="-", case_id=case.id, run=arrival.run_id,
            evidence=changed.get("evidence_hash", case.evidence_hash),
        )  # fmt: skip
    connection.execute(update(schema.cases).where(schema.cases.c.id == case.id).values(changed))


def _listing_reader(connection: Connection) -> Any:
    listings = schema.listings.c

    def read(record_id: str, evidence_hash: str) -> dict[str, Any]:
        wanted = (listings.record_id == record_id) & (listings.evidence_hash == evidence_hash)
        text = connection.execute(select(listings.document).where(wanted)).scalar_one()
        return evidence_of(json.loads(text)["record"])  # both under the rule that holds now

    return read


def is_drawn(case: str, share: float) -> bool:
    """Return whether a case is drawn for a second look: the same answer always, and no page tells it."""
    number = int(hashlib.sha256(f"second look {case}".encode()).hexdigest()[:8], 16)
    return number < share * 16**8

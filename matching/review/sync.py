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
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from matching.log import event
from matching.review import audit, schema
from matching.review.arrivals import Arrival, Side, arrive, reading_of
from matching.review.decide import in_force, judgements_on, standing_of_case
from matching.review.evidence import case_id
from matching.review.published import CHUNK, Document, Published
from matching.review.store import Store

COUNTED = ("new", "returned", "reopened", "closed")


@dataclass(kw_only=True)
class Taken:
    """What taking in a run did, counted by case."""

    run_id: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    is_superseded: bool = False


def is_current(store: Store, run_id: str) -> bool:
    """Return whether the run taken in last is ``run_id``, and wholly."""
    with store.reading() as connection:
        runs = schema.runs.c
        last = connection.execute(select(runs.run_id, runs.done_at).order_by(runs.number.desc()).limit(1)).first()
    return last is not None and last.run_id == run_id and last.done_at is not None


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
        with store.writing() as connection:
            if not _is_last(connection, number):
                taken.is_superseded = True
                return taken
            for document in documents:
                present[document.record["record_id"]] = _keep(connection, store, document)
    model_id, sources = published.model_id(), published.sources()
    for chunk in _chunks(sorted({*pairs, *known}, key=lambda p: (-_probability(pairs.get(p)), p))):
        with store.writing() as connection:
            if not _is_last(connection, number):
                taken.is_superseded = True
                return taken
            _take_chunk(
                connection, store, chunk, pairs=pairs, present=present, sources=sources,
                run=(published.run_id, model_id), double_share=double_share, taken=taken,
            )  # fmt: skip
    _end(store, number, taken, by)
    event("run_reviewed", run=taken.run_id, **taken.counts)
    return taken


def _begin(store: Store, run_id: str, by: str) -> int:
    with store.writing() as connection:
        highest = connection.execute(select(func.max(schema.runs.c.number))).scalar_one() or 0
        connection.execute(insert(schema.runs).values(number=highest + 1, run_id=run_id, begun_at=store.now()))
        audit.append(connection, "run_begun", at=store.now(), actor=by, run=run_id)
    return int(highest) + 1


def _end(store: Store, number: int, taken: Taken, by: str) -> None:
    with store.writing() as connection:
        connection.execute(update(schema.runs).where(schema.runs.c.number == number).values(done_at=store.now()))
        audit.append(connection, "run_taken_in", at=store.now(), actor=by, run=taken.run_id, counts=taken.counts)


def _is_last(connection: Connection, number: int) -> bool:
    return bool(connection.execute(select(func.max(schema.runs.c.number))).scalar_one() == number)


def _known_pairs(store: Store) -> list[tuple[str, str]]:
    with store.reading() as connection:
        cases = schema.cases.c
        rows = connection.execute(select(cases.record_id_l, cases.record_id_r).distinct())
        return [(row[0], row[1]) for row in rows]


def _probability(row: Mapping[str, Any] | None) -> float:
    return float(row["match_probability"]) if row else -1.0


def _chunks(pairs: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    for start in range(0, len(pairs), CHUNK):
        yield pairs[start : start + CHUNK]


def _keep(connection: Connection, store: Store, document: Document) -> Side:
    """Keep the version of a listing if it is new, and where it stands now."""
    side, row, version = reading_of(document)
    records, listings = schema.records.c, schema.listings.c
    known = connection.execute(select(records.evidence_hash).where(records.record_id == row["record_id"])).first()
    if known is None:
        connection.execute(insert(schema.records).values(row))
    else:
        connection.execute(update(schema.records).where(records.record_id == row["record_id"]).values(row))
    if known is None or known.evidence_hash != side.evidence_hash:
        same = (listings.record_id == row["record_id"]) & (listings.evidence_hash == side.evidence_hash)
        if connection.execute(select(listings.record_id).where(same)).first() is None:
            connection.execute(insert(schema.listings).values(**version, seen_at=store.now()))
    return side


def _take_chunk(
    connection: Connection, store: Store, chunk: Sequence[tuple[str, str]], *, pairs: Mapping[tuple[str, str], Any],
    present: Mapping[str, Side], sources: frozenset[str], run: tuple[str, str], double_share: float, taken: Taken,
) -> None:  # fmt: skip
    cases = schema.cases.c
    lefts = [pair[0] for pair in chunk]
    stored: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(select(schema.cases).where(cases.record_id_l.in_(lefts))):
        stored.setdefault((row.record_id_l, row.record_id_r), []).append(row)
    new_rows = []
    for pair in chunk:
        arrival = Arrival(
            pair=pair, left=present.get(pair[0]), right=present.get(pair[1]), proposal=pairs.get(pair),
            sources=sources, run_id=run[0], model_id=run[1],
        )  # fmt: skip
        for case in stored.get(pair, ()):
            _update(connection, store, case, arrival, taken)
        if pair not in stored and (fresh := arrival.new_case(now=store.now())):
            new_rows.append(fresh | {"is_double": is_drawn(fresh["id"], double_share)})
    if new_rows:
        connection.execute(insert(schema.cases), new_rows)
        taken.counts["new"] += len(new_rows)


def _update(connection: Connection, store: Store, case: Row[Any], arrival: Arrival, taken: Taken) -> None:
    judged = judgements_on(connection, case.id)
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
        evidence: dict[str, Any] = json.loads(text)["evidence"]
        return evidence

    return read


def is_drawn(case: str, share: float) -> bool:
    """Return whether a case is drawn for a second look: the same answer always, and none that a reviewer can foresee."""
    number = int(hashlib.sha256(f"second look {case}".encode()).hexdigest()[:8], 16)
    return number < share * 16**8


__all__ = ["Taken", "case_id", "is_current", "is_drawn", "sync"]

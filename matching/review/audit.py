"""The audit chain: who saw, peeked, decided, exported; each entry carries the hash of the one before.

Enters: what happened, within the transaction that does it. Leaves: entries that cannot be altered, removed or put
between others without ``verify`` saying where. What a chain alone cannot show is that its end was cut off: note the head
(``matching review verify`` prints it) outside the database and give it back with ``--head``.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from matching.review import schema
from matching.review.moment import canonical

BEGINNING = "0" * 64
MOST_PROBLEMS = 20


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What a walk of the chain found. ``problems`` are sentences, empty where the chain holds."""

    entries: int
    head: str
    problems: tuple[str, ...]


def append(
    connection: Connection, action: str, *, at: str, actor: str, case_id: str | None = None, **detail: Any
) -> str:
    """Append one entry and return its hash. ``connection`` must be one of ``Store.writing``.

    ``detail`` names ids, counts and hashes; no names or numbers of persons.
    """
    last = connection.execute(
        select(schema.audit.c.seq, schema.audit.c.hash).order_by(schema.audit.c.seq.desc()).limit(1)
    ).first()
    previous = last.hash if last else BEGINNING
    entry = {
        "seq": last.seq + 1 if last else 1,
        "at": at,
        "actor": actor,
        "action": action,
        "case_id": case_id,
        "detail": canonical(detail),
    }
    digest = _hash(previous, entry)
    connection.execute(insert(schema.audit).values(**entry, previous_hash=previous, hash=digest))
    return digest


def digest_of(judgement: Mapping[str, Any] | RowMapping) -> str:
    """Return the hash of a row of ``judgements``, which its audit entry carries."""
    return hashlib.sha256(canonical({c.name: judgement[c.name] for c in schema.judgements.c}).encode()).hexdigest()


def verify(connection: Connection, *, head: str | None = None) -> Verified:
    """Walk the whole chain, and compare each judgement with the entry that tells of it.

    ``head`` is the hash of an entry noted earlier: it must still be in the chain.
    """
    problems: list[str] = []
    told: dict[int, str] = {}
    previous, expected, seen_head = BEGINNING, 1, head in (None, BEGINNING)
    for row in connection.execute(select(schema.audit).order_by(schema.audit.c.seq)).yield_per(1000).mappings():
        problems += _problems_of(row, previous, expected)
        if row["action"] in ("judged", "undone"):
            told |= _told(row)
        previous, expected = row["hash"], row["seq"] + 1
        seen_head = seen_head or row["hash"] == head
    if not seen_head:
        problems.append(f"the entry {head} is not in the chain: entries were cut off, or it is of another store")
    problems += _untold(connection, told)
    return Verified(entries=expected - 1, head=previous, problems=tuple(problems[:MOST_PROBLEMS]))


def _problems_of(row: RowMapping, previous: str, expected: int) -> Iterator[str]:
    if row["seq"] != expected:
        yield f"entry {expected} is missing: after {expected - 1} comes {row['seq']}"
    if row["previous_hash"] != previous:
        yield f"entry {row['seq']} does not follow the one before it"
    if row["hash"] != _hash(row["previous_hash"], row):
        yield f"entry {row['seq']} was altered"


def _told(row: RowMapping) -> dict[int, str]:
    detail = json.loads(row["detail"])
    return {detail["judgement"]: detail["digest"]}


def _untold(connection: Connection, told: dict[int, str]) -> Iterator[str]:
    left = dict(told)
    for row in connection.execute(select(schema.judgements)).yield_per(1000).mappings():
        digest = left.pop(row["id"], None)
        if digest is None:
            yield f"judgement {row['id']} has no entry in the chain"
        elif digest != digest_of(row):
            yield f"judgement {row['id']} was altered"
    yield from (f"judgement {number} was removed" for number in left)


def _hash(previous: str, entry: Mapping[str, Any] | RowMapping) -> str:
    told = {name: entry[name] for name in ("seq", "at", "actor", "action", "case_id", "detail")}
    return hashlib.sha256(f"{previous}\n{canonical(told)}".encode()).hexdigest()

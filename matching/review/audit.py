"""The audit chain: who saw, peeked, decided, exported; each entry carries the hash of the one before.

Enters: what happened, within the transaction that does it. Leaves: entries that cannot be altered, removed or put
between others without ``verify`` saying where. What a chain alone cannot show is that its end was cut off: note the head
(``matching review verify`` prints it) outside the database and give it back with ``--head``.

Decision: the entry of a judgement carries two hashes, of all of it and of what no erasure takes. So verdict, reason, who, when
and on what stay provable after its comment was erased, and an entry that claims an erasure cannot cover another change. A
judgement of an earlier version has no second hash: there an erasure must leave the comment empty, and may hide the rest.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from matching.errors import UsageError
from matching.review import schema
from matching.review.evidence import pair_hash
from matching.review.moment import canonical

BEGINNING = "0" * 64
MOST_PROBLEMS = 20
SHORTEST_HEAD = 8
"""Digits of a head that may be noted instead of all 64: one in four thousand million agrees by chance."""
ERASED_FROM = "judgement_erased_from"
"""Action of the entry that gives a judgement's digest without its comment, which was erased (erase.py)."""
ERASURE = "persons_erased"
"""Action of the entry that ends an erasure, and says from how many judgements something went."""
WRITTEN_ANEW = "chain_written_anew"
"""Action of the entry that says from which entry on the chain was written anew (chain_anew.py)."""
ERASED_FORM = "erased-"
"""How the token begins that a judgement has after something was erased from it, which no form's may."""
NOTHING = "0" * 64
"""In place of the hash of a listing that was erased."""
_ERASABLE = frozenset(("token", "comment", "evidence_l", "evidence_r"))
"""Columns of ``judgements`` that an erasure empties; the rest must be what it was when it was judged."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What entries say of a judgement: its digest, that of what no erasure takes, who made it, on what, by which action.

    ``kept`` is None where the judgement was made by a version that did not note it yet.
    """

    digest: str
    kept: str | None
    who: tuple[str, str | None, str]
    is_emptied: bool = False


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
    digest = hash_of_entry(previous, entry)
    connection.execute(insert(schema.audit).values(**entry, previous_hash=previous, hash=digest))
    return digest


def digest_of(judgement: Mapping[str, Any] | RowMapping) -> str:
    """Return the hash of a row of ``judgements``, which its audit entry carries."""
    return hashlib.sha256(canonical({c.name: judgement[c.name] for c in schema.judgements.c}).encode()).hexdigest()


def kept_digest_of(judgement: Mapping[str, Any] | RowMapping) -> str:
    """Return the hash of what of a row of ``judgements`` no erasure takes, which its audit entry carries as well."""
    kept = {c.name: judgement[c.name] for c in schema.judgements.c if c.name not in _ERASABLE}
    return hashlib.sha256(canonical(kept).encode()).hexdigest()


def verify(connection: Connection, *, head: str | None = None) -> Verified:
    """Walk the whole chain, and compare each judgement with the one entry that tells of it.

    ``head`` is the hash of an entry noted earlier, or its first digits: it must still be in the chain. Raises UsageError
    where it has fewer than SHORTEST_HEAD digits or is no hash.
    """
    noted = _checked_head(head)
    problems: list[str] = []
    told: dict[int, Told] = {}
    unended: list[int] = []
    previous, expected, seen_head = BEGINNING, 1, BEGINNING.startswith(noted)
    for row in connection.execute(select(schema.audit).order_by(schema.audit.c.seq)).yield_per(1000).mappings():
        problems += _problems_of(row, previous, expected)
        if row["action"] in ("judged", "undone"):
            problems += _tell(row, told)
        elif row["action"] == ERASED_FROM:
            problems += _tell_anew(row, told)
            unended.append(row["seq"])
        elif row["action"] == ERASURE:
            problems += _end_erasure(row, unended)
        previous, expected = row["hash"], row["seq"] + 1
        seen_head = seen_head or row["hash"].startswith(noted)
    if not seen_head:
        problems.append(_unseen(connection, head))
    problems += [f"entry {seq} erases from a judgement, and no erasure of persons ends it" for seq in unended]
    problems += _untold(connection, told)
    return Verified(entries=expected - 1, head=previous, problems=tuple(problems[:MOST_PROBLEMS]))


def _unseen(connection: Connection, head: str | None) -> str:
    """Return what it means that a head noted before is not in the chain."""
    entry = schema.audit.c
    anew = select(entry.seq, entry.at).where(entry.action == WRITTEN_ANEW).order_by(entry.seq.desc()).limit(1)
    last = connection.execute(anew).first()
    told = f"the entry {head} is not in the chain: entries were cut off, or it is of another store"
    if last is None:
        return told
    return (
        f"{told}, or it was noted before the erasure of entry {last.seq} at {last.at}, since when there are other heads"
    )


def _problems_of(row: RowMapping, previous: str, expected: int) -> Iterator[str]:
    if row["seq"] != expected:
        yield f"entry {expected} is missing: after {expected - 1} comes {row['seq']}"
    if row["previous_hash"] != previous:
        yield f"entry {row['seq']} does not follow the one before it"
    if row["hash"] != hash_of_entry(row["previous_hash"], row):
        yield f"entry {row['seq']} was altered"


def _checked_head(head: str | None) -> str:
    """Return the digits that a hash in the chain must begin with: none where no head was noted."""
    if head is None:
        return ""
    digits = head.strip().lower()
    if not re.fullmatch(f"[0-9a-f]{{{SHORTEST_HEAD},64}}", digits):
        raise UsageError(
            f"the head is {head[:70]!r}: give {SHORTEST_HEAD} to 64 hexadecimal digits of a head noted before"
        )
    return digits


def _said(row: RowMapping) -> tuple[int, str, str | None] | None:
    """Return of which judgement an entry tells, its digest, and that of what is always kept; None where it does not say."""
    try:
        detail = json.loads(row["detail"])
        return int(detail["judgement"]), str(detail["digest"]), detail.get("kept")
    except (ValueError, TypeError, KeyError):
        return None


def _tell_anew(row: RowMapping, told: dict[int, Told]) -> Iterator[str]:
    """Put the digest of a judgement without its comment in the place of that with it."""
    said = _said(row)
    if said is None or said[0] not in told:
        yield f"entry {row['seq']} was altered: it does not say from which judgement something was erased"
        return
    told[said[0]] = replace(told[said[0]], digest=said[1], is_emptied=True)


def _end_erasure(row: RowMapping, unended: list[int]) -> Iterator[str]:
    """Take the entries of an erasure as ended, yield a problem where it was of another number of judgements."""
    try:
        judgements = json.loads(row["detail"]).get("judgements", len(unended))  # which earlier versions do not tell
    except (ValueError, AttributeError):
        judgements = None
    if judgements != len(unended):
        yield f"entry {row['seq']} erases from {judgements} judgements, and {len(unended)} entries before it do"
    unended.clear()


def _tell(row: RowMapping, told: dict[int, Told]) -> Iterator[str]:
    """Add to ``told`` what an entry says of a judgement, yield a problem where it says nothing, or is not the first to."""
    said = _said(row)
    if said is None:
        yield f"entry {row['seq']} was altered: it does not say of which judgement it tells"
        return
    number, digest, kept = said
    if number in told:
        yield f"entry {row['seq']} tells of judgement {number}, of which an entry before it tells"
        return
    told[number] = Told(digest=digest, kept=kept, who=(row["actor"], row["case_id"], row["action"]))


def _untold(connection: Connection, told: Mapping[int, Told]) -> Iterator[str]:
    left = dict(told)
    for row in connection.execute(select(schema.judgements)).yield_per(1000).mappings():
        said = left.pop(row["id"], None)
        action = "judged" if row["undoes"] is None else "undone"
        if said is None:
            yield f"judgement {row['id']} has no entry in the chain"
        elif not _is_sound(row, said):
            yield f"judgement {row['id']} was altered"
        elif said.who != (row["reviewer"], row["case_id"], action):
            yield f"judgement {row['id']} is not by whom, on what or of the kind that its entry says"
    yield from (f"judgement {number} was removed" for number in left)


def _is_sound(row: RowMapping, said: Told) -> bool:
    """Return whether a judgement is what the chain says; where something was erased, whether nothing else was changed."""
    is_told = said.digest == digest_of(row) and said.kept in (None, kept_digest_of(row))
    return is_told and (_is_emptied(row) if said.is_emptied else True)


def _is_emptied(row: RowMapping) -> bool:
    """Return whether what erasing may change of a judgement is as erasing leaves it."""
    is_undo = row["undoes"] is not None
    sides = (row["evidence_l"], row["evidence_r"])
    is_of_pair = sides == (NOTHING, NOTHING) or pair_hash(*sides) == row["evidence_hash"]
    return row["comment"] == "" and is_of_pair and (is_undo or row["token"].startswith(ERASED_FORM))


def hash_of_entry(previous: str, entry: Mapping[str, Any] | RowMapping) -> str:
    """Return the hash of an entry that follows the one of hash ``previous``."""
    told = {name: entry[name] for name in ("seq", "at", "actor", "action", "case_id", "detail")}
    return hashlib.sha256(f"{previous}\n{canonical(told)}".encode()).hexdigest()

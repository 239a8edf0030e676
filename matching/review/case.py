"""One case as a user may see it: both listings, what changed, what was judged, who else is in the cluster.

Enters: a user and a case id. Leaves: ``Case``. Whatever may not be seen is not in it: the verdicts of others while a
second look is to come, members of the cluster beyond one's clearance, the score before a first impression.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from matching.review import schema
from matching.review.decide import case_row, has_looked, judgements_on, record_view, undoable
from matching.review.evidence import Change, changes_between, evidence_of, shown_id
from matching.review.people import User
from matching.review.queue import in_sight
from matching.review.refusals import NoSuchCaseError
from matching.review.store import Store
from matching.review.verdicts import OPEN, SECOND, SENIOR, WAITING

MOST_MEMBERS = 25
MOST_BESIDE = 8
"""Other records of the cluster that stand beside the two of a case: more columns than that nobody compares."""
MOST_VERSIONS = 20


_WEIGHT = re.compile(r" \(-?[\d.]+\)$")
"""What the agreement of two words tells, at the end of a word of EXPLANATIONS."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a record's evidence, and what differs from the version before it (nothing for the first)."""

    seen_at: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One record of a case. ``document`` holds rows of RECORDS and of each normalised table, as JSON has them."""

    record_id: str
    evidence_hash: str
    document: Mapping[str, Any]
    provenance: Mapping[str, Any]
    versions: tuple[Version, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case as one user may see it. ``judgements`` are those the user may see, oldest first, undone ones left out.

    ``members`` are the other records of the cluster, ``pairs`` the other cases between records of it.
    """

    row: Row[Any]
    left: Side
    right: Side
    changes: tuple[Change, ...]
    judgements: tuple[Row[Any], ...]
    is_held_back: bool
    members: tuple[Any, ...]
    pairs: tuple[Any, ...]
    sees_score: bool
    may_judge: bool
    may_undo: bool

    @property
    def levels(self) -> dict[str, str]:
        """The comparison level of each field: what agrees, without how much it weighs."""
        scores = json.loads(self.row.scores)
        return {name.removeprefix("level_"): value for name, value in scores.items() if name.startswith("level_")}

    @property
    def conflicts(self) -> list[str]:
        """The kinds of conflict between the two (CONFLICT_KINDS): which evidence contradicts itself."""
        return json.loads(self.row.scores).get("conflicts") or []

    @property
    def words(self) -> list[str]:
        """The best pairing of names word by word, as it was compared; what each weighs is left out before a look."""
        told: list[str] = json.loads(self.row.scores).get("words") or []
        return told if self.sees_score else [_WEIGHT.sub("", word) for word in told]

    @property
    def scores(self) -> dict[str, Any]:
        """The row of MATCHES of the pair; empty while the user may not see it."""
        scores: dict[str, Any] = json.loads(self.row.scores) if self.sees_score else {}
        return scores


def case_for(connection: Connection, user: User, case_id: str) -> Case:
    """Return the case. Raises NoSuchCaseError where there is none that ``user`` may see."""
    row = case_row(connection, user, case_id)
    judged = judgements_on(connection, case_id)
    now = [one for one in judged if one.evidence_hash == row.evidence_hash]
    judged = [one for one in judged if _may_see(connection, user, row, one)]
    looked = has_looked(connection, user, row)
    held_back = _held_back(row, user, now, looked=looked)
    members = _members(connection, user, row)
    return Case(
        row=row,
        left=_side(connection, user, row.record_id_l, row.evidence_l),
        right=_side(connection, user, row.record_id_r, row.evidence_r),
        changes=_changes(connection, row, judged),
        judgements=tuple(one for one in judged if not (held_back and one in now and one.reviewer != user.name)),
        is_held_back=held_back,
        members=members,
        pairs=_pairs(connection, user, row, members),
        sees_score=looked or row.state not in WAITING,
        may_judge=_may_judge(row, user, now),
        may_undo=undoable(connection, user, row) is not None,
    )


def beside(connection: Connection, user: User, case: Case) -> tuple[Side, ...]:
    """Return the other records of the cluster that ``user`` may see as sides, MOST_BESIDE at most."""
    return _beside(connection, user, case.members)


def opened(store: Store, user: User, case_id: str, *, is_wide: bool) -> tuple[Case, tuple[Side, ...]]:
    """Return the case, and where ``is_wide`` what stands beside it; the audit chain tells what was shown.

    Raises NoSuchCaseError as ``case_for``.
    """
    if not is_wide:
        record_view(store, user, case_id)
        others: tuple[Side, ...] = ()
    else:
        with store.reading() as connection:
            others = _beside(connection, user, _members(connection, user, case_row(connection, user, case_id)))
        record_view(store, user, case_id, beside="all", shown=[shown_id(o.record_id, o.evidence_hash) for o in others])
    with store.reading() as connection:  # now, since what may be undone hangs on what was shown
        return case_for(connection, user, case_id), others


def entry_of(store: Store, user: User, case_id: str, which: str) -> tuple[Case, Side]:
    """Return a case and one listing, to show its raw entry: the case's (l, r) or one beside it (its position, from 1).

    The audit chain tells it. Raises NoSuchCaseError as ``case_for``, and where there is no such listing, and
    NotAllowedError for a role that is not shown raw entries.
    """
    user.must("look_at_raw")
    with store.reading() as connection:
        case = case_for(connection, user, case_id)
        others = beside(connection, user, case) if which.isdecimal() else ()
    listings = {"l": case.left, "r": case.right} | {str(number): one for number, one in enumerate(others, 1)}
    if which not in listings:
        raise NoSuchCaseError
    one = listings[which]
    record_view(
        store, user, case_id, what="entry", side=which, shown=shown_id(one.record_id, one.evidence_hash),
        snapshot=one.provenance["snapshot_id"],
    )  # fmt: skip
    return case, one


def _beside(connection: Connection, user: User, members: Sequence[Any]) -> tuple[Side, ...]:
    return tuple(_side(connection, user, one.record_id, one.evidence_hash) for one in members[:MOST_BESIDE])


def _held_back(row: Row[Any], user: User, now: Sequence[Row[Any]], *, looked: bool) -> bool:
    """Return whether the verdicts of others are kept from ``user``: until the second look, for all, is done."""
    if row.control_of is not None or row.state in (OPEN, SECOND):
        return True
    return row.state == SENIOR and not looked and user.name not in {one.reviewer for one in now}


def _may_judge(row: Row[Any], user: User, now: Sequence[Row[Any]]) -> bool:
    if row.state not in WAITING or user.name in {one.reviewer for one in now}:
        return False
    return user.may("adjudicate" if row.state == SENIOR else "judge") and row.assigned_to in (None, user.name)


def document_of(connection: Connection, record_id: str, evidence_hash: str) -> dict[str, Any]:
    """Return the document of one version of a record, as it was read when it was first seen."""
    held = schema.listings.c
    wanted = (held.record_id == record_id) & (held.evidence_hash == evidence_hash)
    document: dict[str, Any] = json.loads(connection.execute(select(held.document).where(wanted)).scalar_one())
    return document


def _read_now(connection: Connection, record_id: str, evidence_hash: str) -> dict[str, Any]:
    """Return the document of one version of a record, as it is read now where that is the version that stands."""
    held = schema.readings.c
    wanted = (held.record_id == record_id) & (held.evidence_hash == evidence_hash)
    text = connection.execute(select(held.document).where(wanted)).scalar()
    document: dict[str, Any] = json.loads(text) if text else document_of(connection, record_id, evidence_hash)
    return document


def _may_see(connection: Connection, user: User, row: Row[Any], judgement: Row[Any]) -> bool:
    """Return whether ``user`` may see both versions that a judgement was made on: its comment may quote them."""
    seen = ((row.record_id_l, judgement.evidence_l), (row.record_id_r, judgement.evidence_r))
    return all(digest in _readable(connection, user, record_id) for record_id, digest in seen)


def _readable(connection: Connection, user: User, record_id: str) -> set[str]:
    """Return the hashes of those versions of a record that were last published under a code that ``user`` may see."""
    codes = schema.listing_codes.c
    rows = connection.execute(select(codes.evidence_hash, codes.handling_code).where(codes.record_id == record_id))
    return {row.evidence_hash for row in rows if user.cleared_for(row.handling_code)}


def _side(connection: Connection, user: User, record_id: str, evidence_hash: str) -> Side:
    records = schema.records.c
    provenance = connection.execute(select(records.provenance).where(records.record_id == record_id)).scalar_one()
    return Side(
        record_id=record_id,
        evidence_hash=evidence_hash,
        document=_read_now(connection, record_id, evidence_hash),
        provenance=json.loads(provenance),
        versions=_versions(connection, user, record_id),
    )


def _versions(connection: Connection, user: User, record_id: str) -> tuple[Version, ...]:
    """Return the last versions of a record's evidence that ``user`` may see, newest first."""
    held = schema.listings.c
    rows = connection.execute(
        select(held.document, held.seen_at)
        .where((held.record_id == record_id) & held.evidence_hash.in_(_readable(connection, user, record_id)))
        .order_by(held.seen_at.desc())
        .limit(MOST_VERSIONS)
    ).all()
    evidence = [evidence_of(json.loads(row.document)["record"]) for row in rows]
    before = [*evidence[1:], None]
    return tuple(
        Version(seen_at=row.seen_at, changes=tuple(changes_between(was, now, side="")) if was is not None else ())
        for row, now, was in zip(rows, evidence, before, strict=True)
    )


def _changes(connection: Connection, row: Row[Any], judged: Sequence[Row[Any]]) -> tuple[Change, ...]:
    """Return what differs from what the last judgement was made on, where the case came back for it."""
    if row.arrival != "returned" or not judged or row.evidence_hash == judged[-1].evidence_hash:
        return ()
    found: list[Change] = []
    last = judged[-1]
    for side, record_id, seen, now in (
        ("l", row.record_id_l, last.evidence_l, row.evidence_l),
        ("r", row.record_id_r, last.evidence_r, row.evidence_r),
    ):
        if seen != now:
            before, after = (
                evidence_of(document_of(connection, record_id, version)["record"]) for version in (seen, now)
            )
            found += changes_between(before, after, side=side)
    return tuple(found)


def _members(connection: Connection, user: User, row: Row[Any]) -> tuple[Any, ...]:
    """Return the other records of the cluster that ``user`` is cleared for."""
    records = schema.records.c
    mine = select(records.cluster_id).where(records.record_id == row.record_id_l)
    found = connection.execute(
        select(records.record_id, records.source, records.title, records.handling_code, records.evidence_hash)
        .where(records.cluster_id.in_(mine) & records.record_id.not_in([row.record_id_l, row.record_id_r]))
        .order_by(records.record_id)
        .limit(MOST_MEMBERS * 4)
    ).all()
    return tuple(one for one in found if user.cleared_for(one.handling_code))[:MOST_MEMBERS]


def _pairs(connection: Connection, user: User, row: Row[Any], members: Sequence[Any]) -> tuple[Any, ...]:
    """Return the other cases between two of the records of the cluster that ``user`` may see: each decided on its own.

    Not those of which the queue says nothing either: the state of one that ``user`` judged would tell what another said.
    """
    if not members:
        return ()
    cases = schema.cases.c
    ids = [row.record_id_l, row.record_id_r, *(one.record_id for one in members)]
    among = cases.record_id_l.in_(ids) & cases.record_id_r.in_(ids) & (cases.id != row.id) & cases.control_of.is_(None)
    columns = (cases.id, cases.record_id_l, cases.record_id_r, cases.state, cases.outcome, cases.colour)
    found = connection.execute(select(*columns).where(among & in_sight(user)).order_by(cases.record_id_l, cases.id))
    return tuple(found.all())

"""Deciding: looks, judgements, undo, assignment. Each is one transaction with its audit entry.

Enters: a user, a case id, what the page sent. Leaves: rows in ``looks`` and ``judgements``, the case's new standing.

A judgement names the evidence it was made on: where that changed since the page was shown, it is refused and nothing is
written. Sending the same form twice (a double click, a retry after a lost answer) decides once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from matching.review import audit, schema, verdicts
from matching.review.known import hidden_from
from matching.review.people import User
from matching.review.refusals import ChangedError, NoSuchCaseError, NotAllowedError, UnfitError
from matching.review.store import Store
from matching.review.verdicts import CLOSED, DECIDED, ERASED, FIRST, SENIOR, WAITING, Given

LONGEST_COMMENT = 4000
UNDO = "undo-"
"""How the tokens of undos begin, which no form's may."""
MOST_IDS = 1000  # in one query: SQLite and PostgreSQL take many more, and gain nothing by it


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a reviewer sends. ``evidence_hash`` is that of the page, ``token`` its form's own."""

    verdict: str
    reason: str
    comment: str
    evidence_hash: str
    token: str


def case_row(connection: Connection, user: User, case_id: str) -> Row[Any]:
    """Return the case as the store has it. Raises NoSuchCaseError where there is none that ``user`` may see."""
    is_kept = schema.cases.c.state != ERASED
    wanted = (schema.cases.c.id == case_id) & is_kept & user.cleared() & ~hidden_from(user)
    row = connection.execute(select(schema.cases).where(wanted)).first()
    if row is None:
        raise NoSuchCaseError
    return row


def judgements_on(connection: Connection, case_id: str) -> list[Row[Any]]:
    """Return the judgements on a case that were not undone, oldest first."""
    return judgements_by_case(connection, [case_id])[case_id]


def judgements_by_case(connection: Connection, case_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Return the judgements on each case that were not undone, oldest first; an empty list where there are none."""
    table = schema.judgements.c
    found: dict[str, list[Row[Any]]] = {case_id: [] for case_id in case_ids}
    for start in range(0, len(case_ids), MOST_IDS):
        wanted = table.case_id.in_(case_ids[start : start + MOST_IDS])
        rows = connection.execute(select(schema.judgements).where(wanted).order_by(table.id)).all()
        undone = {row.undoes for row in rows}
        for row in rows:
            if row.undoes is None and row.id not in undone:
                found[row.case_id].append(row)
    return found


def in_force(judgements: Sequence[Row[Any]], evidence_hash: str) -> list[Given]:
    """Return those of ``judgements`` that were made on the evidence of ``evidence_hash``."""
    return [
        Given(reviewer=row.reviewer, verdict=row.verdict, reason=row.reason)
        for row in judgements
        if row.evidence_hash == evidence_hash
    ]


def record_view(store: Store, user: User, case_id: str, *, what: str = "case", **detail: str | list[str]) -> None:
    """Note in the audit chain that ``user`` saw the case, or ``what`` of it; ``detail`` names no record (``shown_id``)."""
    with store.writing() as connection:
        case = case_row(connection, user, case_id)
        audit.append(
            connection, f"{what}_seen", at=store.now(), actor=user.name, case_id=case_id,
            evidence=case.evidence_hash, **detail,
        )  # fmt: skip


def record_look(store: Store, user: User, case_id: str, *, impression: str | None) -> None:
    """Record a first impression, or that the score was looked at without one (``impression`` None).

    Whoever may see the case may look, and it is noted; an impression is the beginning of a judgement, and for those whose
    turn it is. Raises UnfitError for an impression that is none of VERDICTS, and as ``judge`` where it is another's turn.
    """
    if impression is not None and impression not in verdicts.VERDICTS:
        raise UnfitError(f"no impression {impression[:40]}: give one of {', '.join(verdicts.VERDICTS)}")
    user.must("look" if impression is None else "judge")
    with store.writing() as connection:
        case = case_row(connection, user, case_id)
        if has_looked(connection, user, case):
            return
        if impression is not None:
            _check_is_free(connection, user, case)
        look = {"case_id": case_id, "user_name": user.name, "evidence_hash": case.evidence_hash}
        connection.execute(insert(schema.looks).values(**look, impression=impression, at=store.now()))
        audit.append(
            connection, "impression" if impression else "peeked", at=store.now(), actor=user.name, case_id=case_id,
            impression=impression, evidence=case.evidence_hash,
        )  # fmt: skip


def has_looked(connection: Connection, user: User, case: Row[Any]) -> bool:
    """Return whether ``user`` may see the score of the case as it stands: gave an impression, or peeked."""
    looks = schema.looks.c
    mine = (looks.case_id == case.id) & (looks.user_name == user.name) & (looks.evidence_hash == case.evidence_hash)
    return connection.execute(select(looks.id).where(mine).limit(1)).first() is not None


def judge(store: Store, user: User, case_id: str, form: Form) -> str:
    """Record a judgement; returns the state it puts the case in.

    Raises UnfitError for a form without a verdict and a reason that fits it, NotAllowedError where the role or the two-person rule
    forbids it or the case is another's, ChangedError where the case is not what the page showed.
    """
    _check(form)
    user.must("judge")
    with store.writing() as connection:
        case = case_row(connection, user, case_id)
        table = schema.judgements.c
        sent = connection.execute(
            select(table.id, table.case_id, table.reviewer).where(table.token == form.token)
        ).first()
        if sent:
            _check_again(connection, user, case_id, sent)
            return str(case.state)
        _check_turn(connection, user, case, form)
        _write(connection, store, user=user, case=case, form=form)
        return _restate(connection, store, case)


def undo(store: Store, user: User, case_id: str) -> str:
    """Take back the last judgement on a case, as a new entry; returns the state of the case then.

    Raises NotAllowedError where the case is closed, where the last judgement in force is not this user's own, or where
    the user has been shown what others said: a second look is worth something only while it is blind.
    """
    user.must("judge")
    with store.writing() as connection:
        case = case_row(connection, user, case_id)
        if case.state == CLOSED:
            raise NotAllowedError("this case is closed: nothing on it can be undone")
        last = undoable(connection, user, case)
        if last is None:
            raise NotAllowedError(
                "only your own judgement can be undone, only while no other follows it, and a second or a senior's only"
                " before you were shown what the others said"
            )
        kept = {
            c.name: getattr(last, c.name) for c in schema.judgements.c if c.name not in ("id", "at", "token", "undoes")
        }
        _insert(connection, "undone", kept | {"at": store.now(), "token": f"{UNDO}{last.id}", "undoes": last.id})
        return _restate(connection, store, case)


def undoable(connection: Connection, user: User, case: Row[Any]) -> Row[Any] | None:
    """Return the judgement on ``case`` that ``user`` may take back, None where there is none."""
    standing = [j for j in judgements_on(connection, case.id) if j.evidence_hash == case.evidence_hash]
    if case.state == CLOSED or not standing or standing[-1].reviewer != user.name or not user.may("judge"):
        return None
    last = standing[-1]
    return None if last.step != FIRST and _was_told(connection, user, case, last) else last


def _was_told(connection: Connection, user: User, case: Row[Any], last: Row[Any]) -> bool:
    """Return whether ``user`` was shown what others said on the case, which the audit chain knows.

    A senior is shown it after the first look; a second, by the page of the case or an export after the judgement.
    """
    if last.step == SENIOR and has_looked(connection, user, case):
        return True
    entry = schema.audit.c
    mine, here = entry.actor == user.name, entry.case_id == case.id
    judged = select(func.max(entry.seq)).where(mine & here & (entry.action == "judged")).scalar_subquery()
    told = (here & entry.action.in_(("case_seen", "handed_over"))) | (entry.action == "exported")
    return connection.execute(select(entry.seq).where(mine & told & (entry.seq > judged)).limit(1)).first() is not None


def last_judged(connection: Connection, user: User) -> str | None:
    """Return the id of the case that ``user`` judged last and may still undo, None where there is none."""
    table = schema.judgements.c
    row = connection.execute(
        select(table.case_id).where(table.reviewer == user.name).order_by(table.id.desc()).limit(1)
    ).first()
    if row is None:
        return None
    try:
        case = case_row(connection, user, row.case_id)
    except NoSuchCaseError:
        return None
    return str(case.id) if undoable(connection, user, case) else None


def assign(store: Store, user: User, case_id: str) -> None:
    """Take a case on oneself.

    Raises NotAllowedError where another has it and the role may not take it over, or where it is not this user's turn.
    """
    user.must("judge")
    with store.writing() as connection:
        case = case_row(connection, user, case_id)
        if case.state not in WAITING:
            raise NotAllowedError("this case waits for nobody")
        if case.assigned_to not in (None, user.name):
            user.must("reassign")
        _check_person(connection, user, case)
        if case.assigned_to != user.name:
            _assign(connection, store, case_id, user.name, by=user.name)


def release(store: Store, user: User, case_id: str) -> None:
    """Give a case back to all. Raises NotAllowedError where another has it and the role may not take it away."""
    with store.writing() as connection:
        case = case_row(connection, user, case_id)
        if case.assigned_to is None:
            return
        if case.assigned_to != user.name:
            user.must("reassign")
        _assign(connection, store, case_id, None, by=user.name)


def _assign(connection: Connection, store: Store, case_id: str, to: str | None, *, by: str) -> None:
    now = store.now()
    connection.execute(
        update(schema.cases).where(schema.cases.c.id == case_id).values(assigned_to=to, assigned_at=now if to else None)
    )
    audit.append(connection, "assigned" if to else "released", at=now, actor=by, case_id=case_id, to=to)


def _check(form: Form) -> None:
    if form.verdict not in verdicts.VERDICTS:
        raise UnfitError("a judgement needs a verdict: same, different or cannot_tell")
    if not verdicts.reasons_fit(form.verdict, form.reason):
        raise UnfitError(
            f"a judgement needs a reason for {form.verdict}: one of {', '.join(verdicts.REASONS[form.verdict])}"
        )
    if len(form.comment) > LONGEST_COMMENT:
        raise UnfitError(f"the comment has {len(form.comment):,} characters: give at most {LONGEST_COMMENT:,}")
    if not 8 <= len(form.token) <= 64 or form.token.startswith((UNDO, audit.ERASED_FORM)):
        raise UnfitError("the form has no token: open the case again")


def _check_again(connection: Connection, user: User, case_id: str, sent: Any) -> None:
    """Refuse a form that was sent before, unless what it said still stands."""
    if (sent.case_id, sent.reviewer) != (case_id, user.name):
        raise UnfitError("this form was sent for another case")
    if sent.id not in {one.id for one in judgements_on(connection, case_id)}:
        raise ChangedError("this judgement was undone since: open the case again")


def _check_turn(connection: Connection, user: User, case: Row[Any], form: Form) -> None:
    """Refuse a judgement that is not this user's to make now."""
    if form.evidence_hash != case.evidence_hash:
        raise ChangedError("the evidence changed since this page was shown: open the case again")
    _check_is_free(connection, user, case)


def _check_is_free(connection: Connection, user: User, case: Row[Any]) -> None:
    """Refuse work on a case that waits for nobody, is not this user's turn, or is another's."""
    if case.state in (DECIDED, CLOSED):
        raise ChangedError("this case was decided or closed since this page was shown")
    _check_person(connection, user, case)
    if case.assigned_to not in (None, user.name):
        raise NotAllowedError("another person is working on this case")


def _check_person(connection: Connection, user: User, case: Row[Any]) -> None:
    """Refuse a person who has judged the case, or whose role does not do its next step.

    A second look that was undone counts: the queue and the counts tell whether it agreed, and a second try is not blind.
    """
    table = schema.judgements.c
    mine = (table.case_id == case.id) & (table.reviewer == user.name) & (table.evidence_hash == case.evidence_hash)
    undone = connection.execute(select(table.step).where(mine & table.undoes.is_not(None))).scalars().all()
    standing = {one.reviewer for one in in_force(judgements_on(connection, case.id), case.evidence_hash)}
    if user.name in standing or any(step != FIRST for step in undone):
        raise NotAllowedError("you have judged this case: it needs another person")
    if case.state == SENIOR:
        user.must("adjudicate")


def _write(connection: Connection, store: Store, *, user: User, case: Row[Any], form: Form) -> None:
    _insert(
        connection,
        "judged",
        {
            "token": form.token,
            "case_id": case.id,
            "undoes": None,
            "step": verdicts.step_in(case.state),
            "verdict": form.verdict,
            "reason": form.reason,
            "comment": form.comment,
            "reviewer": user.name,
            "at": store.now(),
            "evidence_hash": case.evidence_hash,
            "evidence_l": case.evidence_l,
            "evidence_r": case.evidence_r,
            "saw_score": has_looked(connection, user, case),
            "probability": case.probability,
            "model_id": case.model_id,
            "run_id": case.run_id,
        },
    )


def _insert(connection: Connection, action: str, row: Mapping[str, Any]) -> None:
    """Insert a judgement or an undo, with the audit entry that tells of it."""
    done = connection.execute(insert(schema.judgements).values(row))
    number = done.inserted_primary_key[0] if done.inserted_primary_key else None
    whole = {**row, "id": number}
    audit.append(
        connection, action, at=row["at"], actor=row["reviewer"], case_id=row["case_id"],
        judgement=number, digest=audit.digest_of(whole), kept=audit.kept_digest_of(whole),
    )  # fmt: skip


def _restate(connection: Connection, store: Store, case: Row[Any]) -> str:
    """Put the case where its judgements put it, and give it back to all."""
    given = in_force(judgements_on(connection, case.id), case.evidence_hash)
    standing = standing_of_case(given, is_double=case.is_double, is_control=case.control_of is not None)
    connection.execute(
        update(schema.cases)
        .where(schema.cases.c.id == case.id)
        .values(
            state=standing.state, outcome=standing.outcome, colour=standing.colour, updated_at=store.now(),
            assigned_to=None, assigned_at=None,
        )
    )  # fmt: skip
    return standing.state


def standing_of_case(given: Sequence[Given], *, is_double: bool, is_control: bool) -> verdicts.Standing:
    """Return where judgements put a case; a known case shown again is done after one, and has no outcome."""
    if is_control and given:
        return verdicts.Standing(state=DECIDED)
    return verdicts.standing_of(given, is_double=is_double)

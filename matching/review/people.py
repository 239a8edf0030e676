"""People: users, roles, what each role may do, clearances, passwords.

Enters: a name and a password, or a name that a trusted proxy vouches for. Leaves: ``User``, which every query of cases
takes, so that clearance is part of the query and not of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, true, update

from matching.review import audit, schema
from matching.review.refusals import NotAllowedError, UnfitError
from matching.review.store import Store

REVIEWER, SENIOR, OPERATOR, READ_ONLY = "reviewer", "senior", "operator", "read-only"
ROLES = (REVIEWER, SENIOR, OPERATOR, READ_ONLY)
EVERYONE = frozenset(ROLES)
MAY = {
    "look": EVERYONE,  # the queue, and cases within one's clearance
    "look_at_raw": frozenset((REVIEWER, SENIOR, OPERATOR)),  # the publisher's payload: it has more than was read of it
    "judge": frozenset((REVIEWER, SENIOR)),
    "adjudicate": frozenset((SENIOR,)),
    "reassign": frozenset((SENIOR, OPERATOR)),  # take a case from another
    "hand_over": frozenset((SENIOR, OPERATOR)),  # the case file of an agreed match
    "export": frozenset((SENIOR, OPERATOR)),  # judgements
    "measure": frozenset((SENIOR, OPERATOR)),  # the page of figures
    "operate": frozenset((SENIOR, OPERATOR)),  # how lists, runs and gates stand: ids and counts, no case and nobody
}
"""What may be done, and by which roles."""

ALL_CODES = "*"
SHORTEST_PASSWORD = 12  # NIST SP 800-63B-4 asks for 15 where a password stands alone, 8 with a second factor
LONGEST_PASSWORD = 1024  # hashing is costly by design: not on megabytes

_hasher = PasswordHasher()  # Argon2id with the library's parameters, which follow RFC 9106


@dataclass(frozen=True, kw_only=True)
class User:
    """A person who is signed in. ``codes`` are the handling codes the person may see; ``*`` among them: all."""

    name: str
    role: str
    codes: frozenset[str]

    def may(self, action: str) -> bool:
        """Return whether the role includes ``action``, one of MAY."""
        return self.role in MAY[action]

    def must(self, action: str) -> None:
        """Raise NotAllowedError unless the role includes ``action``."""
        if not self.may(action):
            raise NotAllowedError(f"the role {self.role} may not do this: it is for {', '.join(sorted(MAY[action]))}")

    def cleared(self, columns: Any = schema.cases.c) -> ColumnElement[bool]:
        """Return the condition on ``cases``, or its ``tallies``, that keeps those whose both listings this user may see.

        Both the versions that the case shows and the records as they are handled now: a code that is tightened counts
        from the moment the record is taken in (sync.py), for closed cases as well.
        """
        if ALL_CODES in self.codes:
            return true()
        codes = sorted(self.codes - {""})
        told = (columns.handling_l, columns.handling_r, columns.code_now_l, columns.code_now_r)
        return and_(*(code.in_(codes) for code in told))

    def cleared_for(self, code: str) -> bool:
        """Return whether this user may see a listing of handling code ``code``."""
        return ALL_CODES in self.codes or code in self.codes


def add_user(store: Store, name: str, *, role: str, codes: Sequence[str], password: str | None, by: str) -> None:
    """Add a user, or change role, clearance and password of one there is. Without codes: sees nothing.

    Without a password only a proxy or Airflow can vouch for the user: one that there was is worth nothing any more.
    Raises UnfitError where the name, role or password will not do.
    """
    _check_user(name, role, password)
    hashed = _hasher.hash(password) if password is not None else None
    with store.writing() as connection:
        known = connection.execute(select(schema.users.c.name).where(schema.users.c.name == name)).first()
        if known:
            changed = {"role": role, "is_active": True, "password_hash": hashed}
            connection.execute(update(schema.users).where(schema.users.c.name == name).values(changed))
            connection.execute(delete(schema.clearances).where(schema.clearances.c.user_name == name))
            connection.execute(delete(schema.sessions).where(schema.sessions.c.user_name == name))
        else:
            connection.execute(
                insert(schema.users).values(
                    name=name, role=role, password_hash=hashed, is_active=True, created_at=store.now()
                )
            )
        rows = [{"user_name": name, "handling_code": code} for code in sorted(set(codes))]
        if rows:
            connection.execute(insert(schema.clearances), rows)
        audit.append(
            connection, "user_changed" if known else "user_added", at=store.now(), actor=by,
            user=name, role=role, codes=sorted(set(codes)),
        )  # fmt: skip


def remove_user(store: Store, name: str, *, by: str) -> None:
    """Close a user's account; what the user decided stays, what the user worked on is given back to all.

    Raises UnfitError where there is none.
    """
    with store.writing() as connection:
        done = connection.execute(update(schema.users).where(schema.users.c.name == name).values(is_active=False))
        if not done.rowcount:
            raise UnfitError(f"no user {name}: see `matching user list`")
        connection.execute(delete(schema.sessions).where(schema.sessions.c.user_name == name))
        audit.append(connection, "user_closed", at=store.now(), actor=by, user=name)
        _release_all(connection, store, name, by=by)


def _release_all(connection: Connection, store: Store, name: str, *, by: str) -> None:
    cases = schema.cases.c
    mine = cases.assigned_to == name
    held = connection.execute(select(cases.id).where(mine).order_by(cases.id)).scalars().all()
    connection.execute(update(schema.cases).where(mine).values(assigned_to=None, assigned_at=None))
    for case_id in held:
        audit.append(connection, "released", at=store.now(), actor=by, case_id=case_id, to=None)


def users_of(store: Store) -> list[dict[str, object]]:
    """Return every user: name, role, is_active, codes, signs_in_by; by name."""
    with store.reading() as connection:
        rows = connection.execute(select(schema.users).order_by(schema.users.c.name)).all()
        return [
            {
                "name": row.name,
                "role": row.role,
                "is_active": row.is_active,
                "codes": ", ".join(sorted(_codes(connection, row.name))),
                "signs_in_by": "password" if row.password_hash else "proxy or Airflow",
            }
            for row in rows
        ]


def user_of(connection: Connection, name: str) -> User | None:
    """Return the active user of this name, None where there is none."""
    users = schema.users.c
    row = connection.execute(select(users.role).where((users.name == name) & users.is_active)).first()
    return User(name=name, role=row.role, codes=_codes(connection, name)) if row else None


@cache
def _nobody() -> str:
    """The hash that a password is checked against where there is no such user, so that both take as long."""
    return _hasher.hash("nobody's password")


def knows_password(store: Store, name: str, password: str) -> bool:
    """Return whether ``name`` is an active user with this password; takes as long where there is no such user."""
    with store.reading() as connection:
        users = schema.users.c
        row = connection.execute(select(users.password_hash).where((users.name == name) & users.is_active)).first()
    hashed, nobody = row.password_hash if row else None, _nobody()  # made by whoever is first, user or not
    try:
        is_right = _hasher.verify(hashed or nobody, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return is_right and hashed is not None


def _codes(connection: Connection, name: str) -> frozenset[str]:
    held = schema.clearances.c
    return frozenset(connection.execute(select(held.handling_code).where(held.user_name == name)).scalars())


def _check_user(name: str, role: str, password: str | None) -> None:
    if not name or len(name) > 100 or not name.isprintable() or name != name.strip():
        raise UnfitError("a user name has 1 to 100 printable characters, none of them a space at either end")
    if role not in ROLES:
        raise UnfitError(f"no role {role}: give one of {', '.join(ROLES)}")
    if password is not None and not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UnfitError(f"the password has {len(password)} characters: give {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}")

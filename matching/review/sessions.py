"""Sessions and the sign-in: what a cookie is worth, for how long, and how often a password may be guessed.

Enters: names, passwords, addresses, cookies. Leaves: ``Session``. The store keeps the hash of a cookie, not the cookie.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select

from matching.review import audit, schema
from matching.review.moment import stamp
from matching.review.people import User, knows_password, user_of
from matching.review.refusals import NotAllowedError
from matching.review.store import Store

# Guesses per quarter of an hour. Per name and address, so that nobody can lock another out from elsewhere; per name and
# per address over all, so that many addresses or many names do not help.
WINDOW = timedelta(minutes=15)
MOST_FAILURES, MOST_OF_NAME, MOST_OF_ADDRESS = 5, 50, 50


_PROVIDER = ""
"""The name under which attempts at a provider are counted, which no account has: whose they are is not known yet."""


class TooManyAttemptsError(NotAllowedError):
    """Too many failed sign-ins: wait for WINDOW."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A signed-in user. ``csrf`` is what every form of the session carries."""

    user: User
    csrf: str


def sign_in(
    store: Store,
    name: str,
    password: str,
    address: str,
    *,
    lasts: timedelta,
    is_shared: bool = False,
    brought: str = "",
) -> str | None:
    """Return the cookie of a new session, None where name or password is wrong. Raises TooManyAttemptsError.

    ``is_shared``: many have this address (a proxy's), and its failures as a whole count against nobody. Always a new
    session: the cookie that the browser ``brought`` along, if any, is worth nothing afterwards.
    """
    name, address = name[:100], address[:100]
    with store.writing() as connection:  # counted before the password is checked: many at once do not get more guesses
        if _is_limited(connection, store, name, address, is_shared=is_shared):
            raise TooManyAttemptsError("too many failed attempts: wait a quarter of an hour")
        connection.execute(insert(schema.sign_ins).values(user_name=name, address=address, at=store.now()))
    is_right = knows_password(store, name, password)
    with store.writing() as connection:
        if not is_right:
            audit.append(connection, "sign_in_refused", at=store.now(), actor="-", address=address)
            return None
        mine = (schema.sign_ins.c.user_name == name) & (schema.sign_ins.c.address == address)
        connection.execute(delete(schema.sign_ins).where(mine))
        connection.execute(delete(schema.sessions).where(schema.sessions.c.token_hash == _hash(brought)))
        return _begin(connection, store, name, lasts, how="password")


def session_of(store: Store, cookie: str) -> Session | None:
    """Return the session of ``cookie``, None where it is none, has ended, or its user's account is closed."""
    held = schema.sessions.c
    with store.reading() as connection:
        row = connection.execute(
            select(held.user_name, held.csrf).where(
                (held.token_hash == _hash(cookie)) & (held.expires_at > store.now())
            )
        ).first()
        user = user_of(connection, row.user_name) if row else None
    return Session(user=user, csrf=row.csrf) if row and user else None


def begin_vouched(store: Store, name: str, *, lasts: timedelta, how: str = "vouched", brought: str = "") -> str:
    """Return the cookie of a new session of a user whom another vouches for; empty where there is no such account.

    A proxy, Airflow or a provider (``how``). The cookie that the browser ``brought`` along is worth nothing afterwards.
    """
    with store.writing() as connection:
        if user_of(connection, name) is None:
            return ""
        connection.execute(delete(schema.sessions).where(schema.sessions.c.token_hash == _hash(brought)))
        return _begin(connection, store, name, lasts, how=how)


def count_attempt(store: Store, address: str, *, is_shared: bool = False) -> str:
    """Count an answer that someone brings back from a provider, before the provider is asked; returns when it was.

    Who is refused stays counted, as with passwords, so that nobody makes this server ask and note without end. Raises
    TooManyAttemptsError; of an address that many share (a proxy's), at which nobody is locked out, never.
    """
    address = address[:100]
    with store.writing() as connection:
        if _of_provider(connection, store, address) >= MOST_OF_ADDRESS and not is_shared:
            raise TooManyAttemptsError("too many failed attempts: wait a quarter of an hour")
        at = store.now()
        connection.execute(insert(schema.sign_ins).values(user_name=_PROVIDER, address=address, at=at))
    return at


def forget_attempt(store: Store, address: str, at: str) -> None:
    """Take back the count of an attempt that signed someone in."""
    failed = schema.sign_ins.c
    mine = (failed.user_name == _PROVIDER) & (failed.address == address[:100]) & (failed.at == at)
    with store.writing() as connection:
        connection.execute(delete(schema.sign_ins).where(mine))


def note_refusal(store: Store, address: str, *, how: str) -> None:
    """Note that someone was not signed in by a provider; of one address no more than MOST_OF_ADDRESS within WINDOW."""
    with store.writing() as connection:
        if _of_provider(connection, store, address[:100]) <= MOST_OF_ADDRESS:
            audit.append(connection, "sign_in_refused", at=store.now(), actor="-", how=how)


def vouched_session(store: Store, name: str) -> Session | None:
    """Return the session of ``name`` that was begun last and has not ended, None where there is none.

    Only for a name that is vouched for in this very request: a cookie is not asked for.
    """
    held = schema.sessions.c
    live = (held.user_name == name) & (held.expires_at > store.now())
    with store.reading() as connection:
        csrf = connection.execute(select(held.csrf).where(live).order_by(held.created_at.desc()).limit(1)).scalar()
        user = user_of(connection, name) if csrf else None
    return Session(user=user, csrf=csrf) if user and csrf else None


def sign_out(store: Store, session: Session) -> None:
    """End ``session``."""
    with store.writing() as connection:
        connection.execute(delete(schema.sessions).where(schema.sessions.c.csrf == session.csrf))
        audit.append(connection, "signed_out", at=store.now(), actor=session.user.name)


def _begin(connection: Connection, store: Store, name: str, lasts: timedelta, *, how: str) -> str:
    cookie = secrets.token_urlsafe(32)
    connection.execute(delete(schema.sessions).where(schema.sessions.c.expires_at <= store.now()))
    connection.execute(
        insert(schema.sessions).values(
            token_hash=_hash(cookie),
            user_name=name,
            csrf=secrets.token_urlsafe(32),
            created_at=store.now(),
            expires_at=stamp(store.clock() + lasts),
        )
    )
    audit.append(connection, "signed_in", at=store.now(), actor=name, how=how)
    return cookie


def _forget_old(connection: Connection, store: Store) -> None:
    connection.execute(delete(schema.sign_ins).where(schema.sign_ins.c.at <= stamp(store.clock() - WINDOW)))


def _of_provider(connection: Connection, store: Store, address: str) -> int:
    """Return how many attempts at a provider of this address are counted."""
    _forget_old(connection, store)
    failed = schema.sign_ins.c
    which = (failed.user_name == _PROVIDER) & (failed.address == address)
    return int(connection.execute(select(func.count()).select_from(schema.sign_ins).where(which)).scalar_one())


def _is_limited(connection: Connection, store: Store, name: str, address: str, *, is_shared: bool) -> bool:
    failed = schema.sign_ins.c
    _forget_old(connection, store)
    of_name, of_address = failed.user_name == name, failed.address == address
    limits = [(of_name & of_address, MOST_FAILURES), (of_name, MOST_OF_NAME)]
    limits += [] if is_shared else [(of_address, MOST_OF_ADDRESS)]
    return any(
        connection.execute(select(func.count()).select_from(schema.sign_ins).where(which)).scalar_one() >= most
        for which, most in limits
    )


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()

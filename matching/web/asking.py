"""Who is asking: the session of a request, and whether a form was made by it.

Enters: cookies, what a voucher says, the token of a form. Leaves: ``Asking``. Routes that take it are for those who are
signed in, and every unsafe one checks the token of its form (cross-site request forgery): there is no other way to it.
"""

import secrets
from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from matching.review import sessions
from matching.review.refusals import NotAllowedError
from matching.review.sessions import Session
from matching.web.site import site_of

COOKIE = "matching_review"


class SignInNeededError(Exception):
    """Nobody is signed in."""


class ForgedError(Exception):
    """A form without the token of its session."""


async def asking(request: Request) -> Session:
    """Return the session of a request. Raises SignInNeededError where there is none.

    Where a proxy or Airflow signs people in, the session is that of the user it names now, made on the first request.
    Until it ends the user's other browsers have the same: the proxy vouches for each request, not the cookie.
    """
    site = site_of(request)
    cookie = request.cookies.get(COOKIE, "")
    session = await run_in_threadpool(sessions.session_of, site.store, cookie) if cookie else None
    if site.vouch is None:
        if session is None:
            raise SignInNeededError
        return session
    name = await site.vouch(request)
    if name is None:
        raise SignInNeededError
    if session is None or session.user.name != name:  # no cookie: another browser of the user, or none that keeps any
        session = await run_in_threadpool(sessions.vouched_session, site.store, name)
    if session is None:
        cookie = await run_in_threadpool(sessions.begin_vouched, site.store, name, lasts=site.session_lasts)
        request.state.fresh_cookie = cookie
        session = await run_in_threadpool(sessions.session_of, site.store, cookie)
    if session is None:
        raise NotAllowedError("you are signed in, and have no account for review: ask for `matching user add`")
    return session


Asking = Annotated[Session, Depends(asking)]


def genuine(session: Asking, csrf: Annotated[str, Form()] = "") -> Session:
    """Return the session of a form that carries its token. Raises ForgedError for any other."""
    if not secrets.compare_digest(csrf.encode(), session.csrf.encode()):
        raise ForgedError
    return session


Genuine = Annotated[Session, Depends(genuine)]


def set_cookie(response: Response, request: Request, cookie: str) -> None:
    """Give the browser its session: not readable by scripts, not sent from other sites, only over TLS where there is."""
    path = request.scope.get("root_path") or "/"
    is_secure = site_of(request).is_tls(request.scope)
    response.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", secure=is_secure, path=path)

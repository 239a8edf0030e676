"""To the OpenID Connect provider and back: two addresses that are there only where a provider is set."""

import logging
import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from matching.log import event
from matching.review import sessions
from matching.review.refusals import NoSuchCaseError
from matching.review.sessions import TooManyAttemptsError
from matching.web.asking import COOKIE, set_cookie
from matching.web.oidc import BACK, Attempt, NotSignedInError, Provider
from matching.web.pages import render
from matching.web.sign_in_routes import TOO_MANY
from matching.web.site import site_of

router = APIRouter()
ATTEMPT_COOKIE = "matching_review_oidc"
ATTEMPT_S = 600
REFUSED = "Your organisation's sign-in did not work. Try again, or ask whoever operates this server."
NO_ACCOUNT = "You are signed in there, and have no account here: ask for one."


@router.get("/sign-in/oidc")
def to_provider(request: Request) -> Response:
    """Send the browser to the provider, and keep in a cookie what the answer must fit."""
    provider, attempt = _provider(request), Attempt.fresh()
    try:
        response = RedirectResponse(provider.address(attempt), status_code=303)
    except NotSignedInError as error:
        return _refused(request, str(error))
    root = request.scope.get("root_path") or "/"
    response.set_cookie(
        ATTEMPT_COOKIE, attempt.as_cookie(), max_age=ATTEMPT_S, httponly=True, samesite="lax", path=root,
        secure=provider.redirect_uri.startswith("https:"),
    )  # fmt: skip
    return response


@router.get(BACK)
def from_provider(request: Request, code: str = "", state: str = "") -> Response:
    """Begin a new session, whatever cookie the browser brought, for whom the provider names."""
    site, provider = site_of(request), _provider(request)
    client = site.proxies.client_of(request.scope)
    try:
        attempt = _attempt(request, code, state)
        begun_at = sessions.count_attempt(site.store, client.address, is_shared=client.is_shared)
    except NotSignedInError as error:  # anybody can come with nothing: that is no attempt, and goes to the log alone
        return _refused(request, str(error))
    except TooManyAttemptsError as error:
        return _refused(request, str(error), problem=TOO_MANY, status=429)
    try:
        name = provider.name_of(attempt, code)
    except NotSignedInError as error:
        sessions.note_refusal(site.store, client.address, how="oidc")
        return _refused(request, str(error))
    cookie = sessions.begin_vouched(
        site.store, name, lasts=site.session_lasts, how="oidc", brought=request.cookies.get(COOKIE, "")
    )
    if not cookie:
        return _over(request, render(request, "sign_in.html.j2", None, problem=NO_ACCOUNT, by_proxy=False, status=403))
    sessions.forget_attempt(site.store, client.address, begun_at)
    response = RedirectResponse(f"{request.scope.get('root_path', '')}/", status_code=303)
    set_cookie(response, request, cookie)
    return _over(request, response)


def _provider(request: Request) -> Provider:
    provider = site_of(request).provider
    if provider is None:
        raise NoSuchCaseError
    return provider


def _attempt(request: Request, code: str, state: str) -> Attempt:
    """Return the attempt that this browser began and brings an answer to. Raises NotSignedInError where it does not."""
    attempt = Attempt.of_cookie(request.cookies.get(ATTEMPT_COOKIE, ""))
    if not code or not secrets.compare_digest(state.encode(), attempt.state.encode()):
        raise NotSignedInError("the answer is of another attempt, or of none")
    return attempt


def _refused(request: Request, reason: str, *, problem: str = REFUSED, status: int = 403) -> Response:
    event("oidc_refused", level=logging.WARNING, reason=reason)
    return _over(request, render(request, "sign_in.html.j2", None, problem=problem, by_proxy=False, status=status))


def _over(request: Request, response: Response) -> Response:
    """End the attempt: what it was bound to holds once."""
    response.delete_cookie(ATTEMPT_COOKIE, path=request.scope.get("root_path") or "/")
    return response

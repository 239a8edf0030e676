"""Signing in and out, and what a reader prefers (language, theme)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from matching.review import sessions
from matching.review.sessions import TooManyAttemptsError
from matching.web.asking import COOKIE, Genuine, set_cookie
from matching.web.language import NAMES
from matching.web.pages import THEMES, local, render
from matching.web.site import site_of

router = APIRouter()
TOO_MANY = "Too many attempts. Wait a quarter of an hour."
A_YEAR_S = 365 * 24 * 3600


@router.get("/sign-in")
def sign_in_page(request: Request) -> Response:
    """The form; where a proxy or Airflow signs people in, a page that says so."""
    return render(request, "sign_in.html.j2", None, problem="", by_proxy=site_of(request).vouch is not None)


@router.post("/sign-in")
def sign_in(request: Request, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "") -> Response:
    """Begin a new session, whatever cookie the browser brought."""
    site = site_of(request)
    if site.vouch is not None:
        return render(request, "sign_in.html.j2", None, problem="", by_proxy=True, status=403)
    client = site.proxies.client_of(request.scope)
    try:
        cookie = sessions.sign_in(
            site.store, name, password, client.address, is_shared=client.is_shared, lasts=site.session_lasts,
            brought=request.cookies.get(COOKIE, ""),
        )  # fmt: skip
    except TooManyAttemptsError:
        return render(request, "sign_in.html.j2", None, problem=TOO_MANY, by_proxy=False, status=429)
    if cookie is None:
        problem = "Name or password is wrong."
        return render(request, "sign_in.html.j2", None, problem=problem, by_proxy=False, status=401)
    response = RedirectResponse(f"{request.scope.get('root_path', '')}/", status_code=303)
    set_cookie(response, request, cookie)
    return response


@router.post("/sign-out")
def sign_out(request: Request, session: Genuine) -> Response:
    """End the session."""
    sessions.sign_out(site_of(request).store, session)
    root = request.scope.get("root_path", "")
    response = RedirectResponse(f"{root}/sign-in", status_code=303)
    response.delete_cookie(COOKIE, path=root or "/")
    return response


@router.get("/preferences")
def preferences(request: Request, lang: str = "", theme: str = "", back: str = "/") -> Response:
    """Remember language and theme in this browser; changes nothing else, hence no form token."""
    root = request.scope.get("root_path", "")
    response = RedirectResponse(root + local(back), status_code=303)
    if lang in NAMES:
        response.set_cookie("lang", lang, max_age=A_YEAR_S, samesite="lax", path=root or "/", httponly=True)
    if theme in (*THEMES, "system"):
        response.set_cookie("theme", theme, max_age=A_YEAR_S, samesite="lax", path=root or "/", httponly=True)
    return response

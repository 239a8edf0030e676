"""The application: routes, answers to refusals, files. The same stand-alone and inside Airflow.

Enters: a ``Site``. Leaves: a FastAPI application. It publishes no schema and no documentation of itself.
"""

from collections.abc import Callable
from functools import cache

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from matching.review.refusals import ChangedError, NoSuchCaseError, NotAllowedError, UnfitError
from matching.web import case_routes, figures_routes, oidc_routes, operator_routes, queue_routes, sign_in_routes
from matching.web.asking import ForgedError, SignInNeededError
from matching.web.cadences import Cadences
from matching.web.choices import ChoicesOfClearance
from matching.web.faults import Discreet
from matching.web.pages import STATIC, render
from matching.web.shield import Shield
from matching.web.site import Site
from matching.web.themes import theme_css

STATUS = {NoSuchCaseError: 404, NotAllowedError: 403, ChangedError: 409, UnfitError: 422, ForgedError: 403}
TITLES = {
    404: "There is no such page or case.",
    403: "This is not for you to do.",
    409: "The case changed since you opened it. Nothing was written.",
    422: "Something is missing. Nothing was written.",
}


def create_app(site: Site) -> FastAPI:
    """Return the application over ``site``."""
    app = FastAPI(title="Review", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.site = site
    app.state.choices = ChoicesOfClearance()
    app.state.cadences = Cadences(site.settings)
    for module in (sign_in_routes, oidc_routes, queue_routes, case_routes, figures_routes, operator_routes):
        app.include_router(module.router)
    app.add_api_route("/theme.css", _theme, methods=["GET"])
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for error in STATUS:
        app.add_exception_handler(error, _refused(error))
    app.add_exception_handler(SignInNeededError, _to_sign_in)
    app.add_exception_handler(RequestValidationError, _refused(UnfitError))
    app.add_exception_handler(HTTPException, _not_found)
    app.add_middleware(Discreet)
    app.add_middleware(Shield, framed_by=site.framed_by, proxies=site.proxies)
    return app


@cache
def _style() -> str:
    return theme_css()


def _theme() -> Response:
    return Response(_style(), media_type="text/css", headers={"Cache-Control": "max-age=300"})


def _refused(kind: type[Exception]) -> Callable[[Request, Exception], Response]:
    status = STATUS[kind]

    def answer(request: Request, error: Exception) -> Response:
        # What a refusal of ours says is for the reader; anything else (a malformed form) might quote what was sent.
        detail = str(error) if isinstance(error, (NotAllowedError, ChangedError, UnfitError)) else ""
        return render(request, "refused.html.j2", None, status=status, title=TITLES[status], detail=detail)

    return answer


def _to_sign_in(request: Request, _error: Exception) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/sign-in", status_code=303)


def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status != 404:
        return PlainTextResponse(f"{status}", status_code=status)
    return render(request, "refused.html.j2", None, status=404, title=TITLES[404], detail="")

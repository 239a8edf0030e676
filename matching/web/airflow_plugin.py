"""The review application inside Airflow 3: mounted by its API server, under Airflow's users, in Airflow's menu.

Enters: Airflow's plugin machinery, by the entry point ``airflow.plugins`` of this package. Leaves: an application under
/review and a page of Airflow's that shows it. Only this module of the package imports Airflow.

Airflow leaves the routes of plugins open; here every one asks who is signed in there (its ``GetUserDep`` rests on the same
function). That name must have an account of review (`matching user add NAME --without-password`): Airflow says who someone
is, review says what that person may see.
"""

from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:  # every process of Airflow loads plugins: what only the API server needs is imported there
    from fastapi import FastAPI, Request
    from starlette.types import Receive, Scope, Send

PREFIX = "/review"


async def vouched_by_airflow(request: "Request") -> str | None:
    """Return the name of Airflow's user of this request, None where nobody is signed in there."""
    from airflow.api_fastapi.core_api import security
    from fastapi import HTTPException
    from fastapi.security import HTTPBearer

    bearer = await HTTPBearer(auto_error=False)(request)
    try:
        user = await security.get_user(request, None, bearer)
    except HTTPException:
        return None
    return str(user.get_name())


class LateApplication:
    """The application, made on its first request: every process of Airflow loads plugins, few serve pages."""

    def __init__(self) -> None:
        self.app: FastAPI | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on."""
        if self.app is None:
            self.app = _make()
        await self.app(scope, receive, send)


def _make() -> "FastAPI":
    from matching.review.location import url_of
    from matching.review.store import open_store
    from matching.settings import load
    from matching.web.app import create_app
    from matching.web.serving import keep_in_step
    from matching.web.site import Site

    settings = load()
    site = Site.of(settings, open_store(url_of(settings)), vouch=vouched_by_airflow, framed_by="'self'")
    keep_in_step(site)
    return create_app(site)


class ReviewPlugin(AirflowPlugin):  # type: ignore[misc]
    """What Airflow loads."""

    name = "matching_review"
    fastapi_apps: list[Any] = [{"app": LateApplication(), "url_prefix": PREFIX, "name": "Review of matches"}]  # noqa: RUF012
    external_views: list[Any] = [  # noqa: RUF012
        {
            "name": "Review",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "matching-review",
        }
    ]

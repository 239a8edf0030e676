"""What every request shares: the store, who may vouch for a user, how long a session lasts.

Enters: settings. Leaves: ``Site``, which the routes take from the application's state.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import Scope

from matching.review.raw_entry import Archive
from matching.review.store import Store
from matching.settings import Settings
from matching.web.oidc import Provider
from matching.web.proxies import Proxies

Voucher = Callable[[Request], Awaitable[str | None]]


@dataclass
class Intake:
    """Whether taking in the published run works here; the one thing of a site that changes."""

    is_failing: bool = False

    def failed(self) -> None:
        """Note that a run could not be taken in."""
        self.is_failing = True

    def succeeded(self) -> None:
        """Note that the queue is in step."""
        self.is_failing = False


@dataclass(frozen=True, kw_only=True)
class Site:
    """One application over one store. ``vouch`` names the user where a proxy or Airflow signs people in, else None.

    ``settings`` are those of the pipeline (by default, of the workspace alone), for the operator's page. ``archive`` is where
    raw entries are shown from: without one, from the workspace and the shipped sources. ``provider`` is where reviewers may
    sign in besides. ``public_url`` is where browsers see the pages, where that is set. ``framed_by`` is the content security policy's answer to who may show the pages in a frame.
    """

    store: Store
    workspace: Path
    double_share: float
    settings: Settings | None = None
    session_lasts: timedelta
    vouch: Voucher | None = None
    framed_by: str = "'none'"
    proxies: Proxies = field(default_factory=Proxies)
    intake: Intake = field(default_factory=Intake)
    archive: Archive | None = None
    provider: Provider | None = None
    public_url: str = ""

    @classmethod
    def of(cls, settings: Settings, store: Store, *, vouch: Voucher | None = None, framed_by: str = "'none'") -> "Site":
        """Return the site that ``settings`` describe."""
        by_others = vouch or (by_proxy(settings) if settings.review_proxy_header else None)
        return cls(
            store=store,
            workspace=settings.workspace,
            settings=settings,
            double_share=settings.review_double_share,
            session_lasts=timedelta(hours=settings.review_session_hours),
            vouch=by_others,
            framed_by=framed_by,
            proxies=_proxies(settings),
            archive=Archive.of(settings),
            provider=Provider.of(settings) if by_others is None else None,
            public_url=settings.review_public_url or "",
        )

    @property
    def root_path(self) -> str:
        """The path that the pages are below, without a slash at its end; empty where they have the whole host."""
        return urlsplit(self.public_url).path.rstrip("/")

    def is_tls(self, scope: Scope) -> bool:
        """Return whether browsers speak TLS with the pages: as this request tells, or as the public address says."""
        return self.public_url.lower().startswith("https:") or self.proxies.is_tls(scope)


def site_of(request: Request) -> Site:
    """Return the site of a request."""
    site: Site = request.app.state.site
    return site


def _proxies(settings: Settings) -> Proxies:
    return Proxies(
        addresses=frozenset(settings.review_proxy_addresses), client_header=settings.review_proxy_client_header
    )


def by_proxy(settings: Settings) -> Voucher:
    """Return a voucher that believes a header, and only from the proxy's own addresses.

    Exactly one value: of two, one may be what a browser sent along and the proxy did not take away.

    The server must see the proxy's address, not what a forwarding header claims: uvicorn runs without proxy headers.
    """
    header, proxies = settings.review_proxy_header or "", _proxies(settings)

    async def vouch(request: Request) -> str | None:
        named = request.headers.getlist(header) if proxies.sent(request.scope) else []
        return named[0] if len(named) == 1 else None

    return vouch

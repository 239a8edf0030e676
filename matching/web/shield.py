"""What every answer carries, and which requests are refused before anything looks at them. Pure ASGI.

The policy allows the application's own files and nothing else: markup smuggled in by a list cannot run, load or send
anything even if escaping should fail. No style attribute stands in any page, so styles need no exception either.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matching.web.proxies import Proxies

LARGEST_BODY = 64 * 1024
"""Bytes of a form: a comment of 4,000 characters is under 50,000 when encoded."""
TLS_ONLY = "max-age=31536000"  # a year (RFC 6797); subdomains are not ours to promise for
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class Shield:
    """Security headers on every answer; forms that are too long, or from another site, are refused."""

    def __init__(self, app: ASGIApp, *, framed_by: str, proxies: Proxies) -> None:
        self.app = app
        self.proxies = proxies
        # Mounted in another application, whose pages frame these, the promise of TLS for the whole host is that one's.
        self.promises_tls = framed_by == "'none'"
        self.headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
            f" connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {framed_by}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "X-Frame-Options": "DENY" if framed_by == "'none'" else "SAMEORIGIN",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 411, 413 or 403."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                if self.promises_tls and self.proxies.is_tls(scope):
                    headers["Strict-Transport-Security"] = TLS_ONLY
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = _refusal(scope)
        await (refusal or self.app)(scope, receive, shielded)


def _refusal(scope: Scope) -> ASGIApp | None:
    if scope["method"] not in UNSAFE:
        return None
    headers = Headers(scope=scope)
    length = headers.get("content-length", "")
    if not length.isdigit():
        return PlainTextResponse("a form must say how long it is", status_code=411)
    if int(length) > LARGEST_BODY:
        return PlainTextResponse("this form is too long", status_code=413)
    # Browsers say where a form comes from; the token of the session is checked besides (asking.py), where there is one.
    if not _is_of_this_site(headers):
        return PlainTextResponse("this form was sent from another site", status_code=403)
    return None


def _is_of_this_site(headers: Headers) -> bool:
    """Return whether a form was sent from a page of this site, as the browser says: by Sec-Fetch-Site, or by Origin.

    Browsers send Sec-Fetch-Site over TLS and to this machine only, Origin with every form of another site (Fetch standard,
    "append a request Origin header"). What names neither is no browser, and has no session of anybody else to misuse.
    """
    sent_from = headers.getlist("sec-fetch-site")
    if sent_from:
        return all(one in ("same-origin", "none") for one in sent_from)
    host = headers.get("host", "").lower()
    return all(origin.lower().partition("://")[2] == host for origin in headers.getlist("origin"))

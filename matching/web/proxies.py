"""What a proxy before the server says of a request, and whether it is believed: by the address it comes from.

Enters: settings ``review_proxy_addresses`` and ``review_proxy_client_header``, requests. Leaves: who sent the request, and
whether it came over TLS. What anybody else says in these headers counts for nothing.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope


@dataclass(frozen=True, kw_only=True)
class Client:
    """Where a request comes from. ``is_shared``: it is a proxy's address, which all who come through it have."""

    address: str
    is_shared: bool = False


@dataclass(frozen=True, kw_only=True)
class Proxies:
    """Addresses of the proxies, and the header in which they name the client (none: they do not)."""

    addresses: frozenset[str] = frozenset()
    client_header: str | None = None

    def sent(self, scope: Scope) -> bool:
        """Return whether a request comes from a proxy."""
        return bool(scope.get("client")) and scope["client"][0] in self.addresses

    def client_of(self, scope: Scope) -> Client:
        """Return the client: of a list such as X-Forwarded-For's the last that is no proxy, which a proxy of ours wrote."""
        if not self.sent(scope):
            return Client(address=scope["client"][0] if scope.get("client") else "-")
        given = Headers(scope=scope).getlist(self.client_header) if self.client_header else []
        hops = [hop.strip() for hop in ",".join(given).split(",")]
        named = [hop for hop in hops if hop and hop not in self.addresses]
        return Client(address=named[-1]) if named else Client(address=scope["client"][0], is_shared=True)

    def is_tls(self, scope: Scope) -> bool:
        """Return whether the browser speaks TLS: with this server, or with a proxy that says so (X-Forwarded-Proto)."""
        if scope.get("scheme") == "https":
            return True
        return self.sent(scope) and Headers(scope=scope).getlist("x-forwarded-proto") == ["https"]

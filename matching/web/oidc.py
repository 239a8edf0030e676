"""Signing in at an OpenID Connect provider: the authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).

Enters: what the provider publishes of itself, and what a browser brings back from it. Leaves: the name of an account, from a
claim of an ID token whose signature, issuer, audience, times and nonce hold. Whether there is such an account, and what it
may see, is review's own (`matching user add`): the provider says who someone is, never what they may do.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import jwt

from matching.errors import UsageError
from matching.settings import Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that only the provider has; never "none", nor one made with our own secret."""
KEPT_S = 3600.0
"""How long what the provider says of itself is believed; its keys are asked for again where one is not known."""
REST_S = 5.0
"""How long a provider that could not be reached, or said nothing of use, is left alone: anybody may begin to sign in, and
each request that waits for an answer keeps others waiting."""
LEEWAY_S = 60
TIMEOUT_S = 10.0
BACK = "/sign-in/oidc/back"


class NotSignedInError(Exception):
    """The provider did not say who this is, or what it said does not hold. The text is for the log, and names nobody."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one browser's attempt is bound to: kept in its cookie, told to the provider only in part or as a hash."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "Attempt":
        """Return a new attempt."""
        return cls(state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))

    @classmethod
    def of_cookie(cls, cookie: str) -> "Attempt":
        """Return the attempt that ``as_cookie`` wrote. Raises NotSignedInError where it is none."""
        parts = cookie.split(".")
        if len(parts) != 3 or not all(parts):
            raise NotSignedInError("no attempt was begun in this browser, or it is over")
        return cls(state=parts[0], nonce=parts[1], verifier=parts[2])

    def as_cookie(self) -> str:
        """Return the attempt as text."""
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier before it is shown (RFC 7636, S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(kw_only=True)
class _Kept:
    """What the provider said of itself, and until when it is believed."""

    about: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    until: float = 0.0
    failed_until: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider, and what we are to it. ``redirect_uri`` is where it sends browsers back to."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str
    redirect_uri: str
    kept: _Kept = field(default_factory=_Kept, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """Return the provider that ``settings`` name, None where they name none. Raises UsageError for half of one."""
        if settings.review_oidc_issuer is None:
            return None
        if not settings.review_oidc_client_id or not settings.review_public_url:
            raise UsageError("review_oidc_issuer is set: set review_oidc_client_id and review_public_url as well")
        secret = settings.review_oidc_client_secret
        return cls(
            issuer=settings.review_oidc_issuer,
            client_id=settings.review_oidc_client_id,
            client_secret=secret.get_secret_value() if secret else "",
            claim=settings.review_oidc_claim,
            redirect_uri=settings.review_public_url.rstrip("/") + BACK,
        )

    def address(self, attempt: Attempt) -> str:
        """Return where to send a browser. Raises NotSignedInError where the provider cannot be reached."""
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.redirect_uri,
            "scope": "openid profile email", "state": attempt.state, "nonce": attempt.nonce,
            "code_challenge": attempt.challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        where = self._published("authorization_endpoint")
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def name_of(self, attempt: Attempt, code: str) -> str:
        """Return the name that the provider gives to whoever brought ``code``. Raises NotSignedInError where none holds."""
        claims = self._verified(self._token(attempt, code), attempt.nonce)
        name = claims.get(self.claim)
        if not isinstance(name, str) or not name:
            raise NotSignedInError(f"the ID token has no claim {self.claim}")
        if self.claim == "email" and claims.get("email_verified") is not True:
            raise NotSignedInError("the provider has not verified the address")
        return name

    def _published(self, name: str) -> str:
        """Return one of the provider's addresses. Raises NotSignedInError where it publishes none."""
        address = self._about().get(name)
        if not isinstance(address, str) or not address:
            raise NotSignedInError(f"the provider publishes no {name}")
        return address

    def _about(self) -> dict[str, Any]:
        if time.monotonic() >= self.kept.until:
            if time.monotonic() < self.kept.failed_until:
                raise NotSignedInError("the provider failed a moment ago, and is asked again in a few seconds")
            try:
                self.kept.about, self.kept.keys = self._asked_about(), {}
            except NotSignedInError:
                self.kept.failed_until = time.monotonic() + REST_S
                raise
            self.kept.until = time.monotonic() + KEPT_S
        return self.kept.about

    def _asked_about(self) -> dict[str, Any]:
        about = _json(_asked("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
        if about.get("issuer") != self.issuer:
            raise NotSignedInError("what is published at the issuer's address is another issuer's")
        return about

    def _token(self, attempt: Attempt, code: str) -> str:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
            "client_id": self.client_id, "code_verifier": attempt.verifier,
        }  # fmt: skip
        # RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
        ours = (quote(self.client_id, safe=""), quote(self.client_secret, safe="")) if self.client_secret else None
        token = _json(_asked("POST", self._published("token_endpoint"), data=form, auth=ours)).get("id_token")
        if not isinstance(token, str):
            raise NotSignedInError("the provider's answer has no ID token")
        return token

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token (OpenID Connect Core, 3.1.3.7). Raises NotSignedInError where they do not hold."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token, self._key(jwt.get_unverified_header(token)), algorithms=ALGORITHMS, audience=self.client_id,
                issuer=self.issuer, leeway=LEEWAY_S, options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise NotSignedInError(f"the ID token does not hold ({type(error).__name__})") from error
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise NotSignedInError("the ID token is of another attempt")
        if claims.get("azp", self.client_id) != self.client_id:
            raise NotSignedInError("the ID token was made for another client")
        return claims

    def _key(self, header: dict[str, Any]) -> jwt.PyJWK:
        """Return the key that signed: one that is not known is asked for, as providers change theirs."""
        name = str(header.get("kid", ""))
        if name not in self.kept.keys:
            published = _json(_asked("GET", self._published("jwks_uri")))
            self.kept.keys = {key.key_id or "": key for key in jwt.PyJWKSet.from_dict(published).keys}
        try:
            return self.kept.keys[name]
        except KeyError as error:
            raise NotSignedInError("the ID token is signed with a key that the provider does not publish") from error


def _asked(method: str, address: str, **given: Any) -> httpx.Response:
    try:
        return httpx.request(method, address, timeout=TIMEOUT_S, follow_redirects=False, **given)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotSignedInError(f"the provider cannot be reached ({type(error).__name__})") from error


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json() if answer.status_code == 200 else None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise NotSignedInError(f"the provider answered {answer.status_code} without what was asked for")
    return content

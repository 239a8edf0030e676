"""An invented OpenID Connect provider on this machine: it signs in whoever a test names, rightly or wrongly."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from web_server import served

CLIENT, SECRET = "review of lists", "a secret: of both / us"


@dataclass
class InventedProvider:
    """What the provider does. ``forge`` may change claims, ``sign`` makes the token of them."""

    issuer: str = ""
    name: str = "ada"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    forge: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: int = 0

    def about(self) -> dict[str, str]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize?tenant=x",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
        }  # fmt: skip

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "1", "alg": "ES256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Sign in whoever stands at the browser; returns where the browser is sent back to."""
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> Response:
        asked = self.asked.pop(form["code"], None)  # a code is worth something once
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        ours = base64.b64encode(f"{_encoded(CLIENT)}:{_encoded(SECRET)}".encode()).decode()
        is_right = (
            asked is not None
            and asked["code_challenge"] == base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
            and asked["code_challenge_method"] == "S256"
            and form["redirect_uri"] == asked["redirect_uri"]
            and authorization == f"Basic {ours}"
        )
        if asked is None or not is_right:
            self.refused += 1
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "77", "iat": now, "exp": now + 300, "nonce": asked["nonce"],
                  "preferred_username": self.name} | self.forge  # fmt: skip
        signed = (self.sign or self.right)({name: value for name, value in claims.items() if value is not None})
        return JSONResponse({"id_token": signed, "access_token": "x", "token_type": "Bearer"})

    def right(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": "1"})


def _encoded(text: str) -> str:
    return urlencode({"": text}, safe="")[1:].replace("+", "%20")


@contextmanager
def provider() -> Iterator[InventedProvider]:
    """Serve an invented provider."""
    made, app = InventedProvider(), FastAPI()

    @app.get("/.well-known/openid-configuration")
    def _about() -> dict[str, str]:
        return made.about()

    @app.get("/keys")
    def _keys() -> dict[str, Any]:
        return made.keys()

    @app.get("/authorize")
    def _authorize(request: Request) -> Response:
        return RedirectResponse(made.authorize(dict(request.query_params)), status_code=302)

    @app.post("/token")
    def _token(
        request: Request, grant_type: Annotated[str, Form()], code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()], code_verifier: Annotated[str, Form()],
    ) -> Response:  # fmt: skip
        form = {"grant_type": grant_type, "code": code, "redirect_uri": redirect_uri, "code_verifier": code_verifier}
        return made.token(form, request.headers.get("authorization", ""))

    with served(app) as address:
        made.issuer = address
        yield made

"""Signing in at an OpenID Connect provider: who is let in, and everything that is not."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from desk import Desk
from invented_cases import PASSWORD, add_people
from invented_provider import CLIENT, SECRET, InventedProvider, provider
from playwright.sync_api import Browser
from pydantic import ValidationError
from sqlalchemy import func, select
from web_server import Caller, caller, served, site, token_of

from matching.errors import UsageError
from matching.review import schema, sessions
from matching.review.people import add_user, remove_user
from matching.review.store import Store
from matching.settings import Settings
from matching.web.app import create_app
from matching.web.oidc import REST_S, Provider
from matching.web.proxies import Client, Proxies
from matching.web.site import Site

pytestmark = pytest.mark.usefixtures("quick_passwords")
BACK = "/sign-in/oidc/back"


@pytest.fixture(scope="module")
def served_provider() -> Iterator[InventedProvider]:
    with provider() as made:
        yield made


@pytest.fixture
def op(served_provider: InventedProvider) -> InventedProvider:
    """The provider, as honest as ever."""
    honest = InventedProvider(issuer=served_provider.issuer, key=served_provider.key)
    vars(served_provider).clear()
    vars(served_provider).update(vars(honest))
    return served_provider


@pytest.fixture
def address(sqlite_store: Store, tmp_path: Path, op: InventedProvider) -> Iterator[str]:
    add_people(sqlite_store)
    app = create_app(site(sqlite_store, tmp_path))
    with served(app) as served_at:
        settings = Settings(
            review_oidc_issuer=op.issuer, review_oidc_client_id=CLIENT, review_oidc_client_secret=SECRET,
            review_public_url=f"{served_at}/", review_oidc_claim="preferred_username",
        )  # fmt: skip
        app.state.site = replace(app.state.site, provider=Provider.of(settings))
        yield served_at


def begin(client: Caller) -> str:
    """Go to the provider, and return the address that it sends the browser back to."""
    sent = client.get("/sign-in/oidc")
    assert sent.status_code == 303
    return str(httpx.get(sent.headers["location"]).headers["location"])


def is_signed_in(client: Caller) -> bool:
    return client.get("/").status_code == 200


def test_whom_the_provider_names_is_signed_in_as_that_account(address: str, sqlite_store: Store) -> None:
    with caller(address) as client:
        answer = client.get(begin(client))
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "httponly" in answer.headers["set-cookie"].lower()
        assert ">ada<" in client.get("/").text
        assert "matching_review_oidc" not in client.client.cookies
    with sqlite_store.reading() as connection:
        entry = schema.audit.c
        told = connection.execute(select(entry.actor, entry.detail).where(entry.action == "signed_in")).all()
    assert [tuple(row) for row in told] == [("ada", '{"how":"oidc"}')]


def test_the_provider_is_asked_with_state_nonce_and_a_challenge_and_told_no_verifier(address: str) -> None:
    with caller(address) as client:
        where = urlsplit(client.get("/sign-in/oidc").headers["location"])
        asked = {name: value[0] for name, value in parse_qs(where.query).items()}
        again = parse_qs(urlsplit(client.get("/sign-in/oidc").headers["location"]).query)
        verifier = client.client.cookies["matching_review_oidc"].split(".")[2]
    assert (asked["tenant"], asked["response_type"], asked["code_challenge_method"]) == ("x", "code", "S256")
    assert asked["redirect_uri"] == f"{address}{BACK}"
    assert all(asked[name] != again[name][0] for name in ("state", "nonce", "code_challenge"))
    assert verifier not in str(again)


FORGED = {
    "for another client": {"aud": "someone else"},
    "made for several, by another": {"aud": [CLIENT, "other"], "azp": "other"},
    "of another issuer": {"iss": "https://op.example"},
    "too old": {"exp": int(time.time()) - 120},
    "without an end": {"exp": None},
    "of another attempt": {"nonce": "another"},
    "without a nonce": {"nonce": None},
    "without a name": {"preferred_username": None},
    "with a list of names": {"preferred_username": ["ada"]},
}


@pytest.mark.parametrize("how", FORGED)
def test_a_token_whose_claims_do_not_hold_signs_nobody_in(address: str, op: InventedProvider, how: str) -> None:
    op.forge = FORGED[how]
    with caller(address) as client:
        assert client.get(begin(client)).status_code == 403
        assert not is_signed_in(client)


STRANGER = ec.generate_private_key(ec.SECP256R1())
SIGNED = {
    "unsigned": lambda claims: jwt.encode(claims, None, algorithm="none", headers={"kid": "1"}),
    "with our own secret": lambda claims: jwt.encode(claims, SECRET * 2, algorithm="HS256", headers={"kid": "1"}),
    "by a stranger under the name of the key": lambda claims: jwt.encode(
        claims, STRANGER, algorithm="ES256", headers={"kid": "1"}
    ),
    "with a key that is not published": lambda claims: jwt.encode(
        claims, STRANGER, algorithm="ES256", headers={"kid": "9"}
    ),
    "not at all a token": lambda _: "abc",
}


@pytest.mark.parametrize("how", SIGNED)
def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(address: str, op: InventedProvider, how: str) -> None:
    op.sign = SIGNED[how]
    with caller(address) as client:
        assert client.get(begin(client)).status_code == 403
        assert not is_signed_in(client)


def test_an_answer_counts_once_and_only_in_the_browser_that_began(address: str, op: InventedProvider) -> None:
    with caller(address) as client, caller(address) as victim:
        back = begin(client)
        assert victim.get(back).status_code == 403  # a link with an attacker's code
        assert begin(victim)
        assert victim.get(back).status_code == 403  # even while the victim has an attempt
        assert client.get(f"{back}x").status_code == 403  # another state, and the attempt is over
        assert client.get(back).status_code == 403
        assert client.get(BACK).status_code == 403
        assert client.get(begin(client)).status_code == 303
    assert op.refused == 0


def test_a_code_is_worth_nothing_without_the_verifier_of_its_attempt(address: str, op: InventedProvider) -> None:
    with caller(address) as client:
        back = begin(client)
        state, nonce, _ = client.client.cookies["matching_review_oidc"].split(".")
        client.client.cookies.delete("matching_review_oidc")
        client.client.cookies.set("matching_review_oidc", f"{state}.{nonce}.another-verifier")
        assert client.get(back).status_code == 403
    assert op.refused == 1


@pytest.mark.parametrize("name", ["nobody", "ben"])
def test_without_an_account_that_is_open_nobody_is_let_in_and_none_is_made(
    address: str, op: InventedProvider, sqlite_store: Store, name: str
) -> None:
    remove_user(sqlite_store, "ben", by="test")
    op.name = name
    with caller(address) as client:
        answer = client.get(begin(client))
        assert (answer.status_code, "no account here" in answer.text) == (403, True)
        assert not is_signed_in(client)
    with sqlite_store.reading() as connection:
        assert connection.execute(select(schema.users).where(schema.users.c.name == "nobody")).all() == []


def test_an_address_counts_only_where_the_provider_has_verified_it(
    address: str, op: InventedProvider, sqlite_store: Store
) -> None:
    add_user(sqlite_store, "zoe@utopia.example", role="reviewer", codes=[], password=None, by="test")
    honest = Provider(
        issuer=op.issuer, client_id=CLIENT, client_secret=SECRET, claim="email", redirect_uri=f"{address}{BACK}"
    )
    for verified, status in ((False, 403), (None, 403), ("true", 403), (True, 303)):
        op.forge = {"email": "zoe@utopia.example", "email_verified": verified}
        with served(create_app(site(sqlite_store, Path(), provider=honest))) as other, caller(other) as client:
            back = begin(client).replace(address, other)
            assert client.get(back).status_code == status


def test_a_key_that_the_provider_changed_is_asked_for(address: str, op: InventedProvider) -> None:
    with caller(address) as client:
        assert client.get(begin(client)).status_code == 303
    op.sign = lambda claims: jwt.encode(claims, op.key, algorithm="ES256", headers={"kid": "2"})
    published = op.keys()["keys"][0]
    op.keys = lambda: {"keys": [{**published, "kid": "2"}]}  # type: ignore[method-assign]
    with caller(address) as client:
        assert client.get(begin(client)).status_code == 303


def test_the_session_before_ends(address: str, sqlite_store: Store) -> None:
    with caller(address) as client:
        client.get(begin(client))
        before = client.client.cookies["matching_review"]
        client.get(begin(client))
    assert sessions.session_of(sqlite_store, before) is None


def test_a_provider_that_cannot_be_reached_or_is_another_is_an_answer_not_a_fault(
    sqlite_store: Store, tmp_path: Path, op: InventedProvider
) -> None:
    op.about = lambda: {"issuer": f"{op.issuer}/half"}  # type: ignore[method-assign]
    for issuer in ("http://127.0.0.1:1", f"{op.issuer}/", f"{op.issuer}/half"):
        gone = Provider(issuer=issuer, client_id="x", client_secret="", claim="sub", redirect_uri=f"http://x{BACK}")
        app = create_app(site(sqlite_store, tmp_path, provider=gone))
        with served(app) as address, caller(address) as client:
            answer = client.get("/sign-in/oidc")
            assert (answer.status_code, token_of(answer.text)) == (403, "")
            client.client.cookies.set("matching_review_oidc", "state.nonce.verifier")
            assert client.get(f"{BACK}?code=x&state=state").status_code == 403


def test_a_provider_that_failed_is_left_alone_for_a_moment(
    address: str, op: InventedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, published = [], op.about()
    op.about = lambda: asked.append("") or {}  # type: ignore[method-assign, func-returns-value]
    with caller(address) as client:
        assert [client.get("/sign-in/oidc").status_code for _ in range(3)] == [403] * 3
        assert len(asked) == 1
        op.about = lambda: published  # type: ignore[method-assign]
        now = time.monotonic()
        monkeypatch.setattr("matching.web.oidc.time.monotonic", lambda: now + REST_S)
        assert client.get("/sign-in/oidc").status_code == 303


@pytest.mark.parametrize("missing", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_provider_that_does_not_publish_all_its_addresses_signs_nobody_in(
    address: str, op: InventedProvider, missing: str
) -> None:
    published = op.about()
    op.about = lambda: {name: value for name, value in published.items() if name != missing}  # type: ignore[method-assign]
    with caller(address) as client:
        answer = client.get("/sign-in/oidc")
        if missing != "authorization_endpoint":
            answer = client.get(str(httpx.get(answer.headers["location"]).headers["location"]))
        assert (answer.status_code, token_of(answer.text)) == (403, "")


def noted(store: Store) -> int:
    with store.reading() as connection:
        found = connection.execute(select(func.count()).select_from(schema.audit)).scalar_one()
        return int(found)


def test_who_comes_back_without_an_attempt_leaves_nothing_in_the_chain(address: str, sqlite_store: Store) -> None:
    before = noted(sqlite_store)
    with caller(address) as client:
        for query in ("", "?code=x", "?code=x&state=y"):
            assert client.get(f"{BACK}{query}").status_code == 403
    assert noted(sqlite_store) == before


@pytest.mark.parametrize("is_shared", [False, True])
def test_attempts_at_a_provider_are_limited_as_passwords_are(
    address: str, op: InventedProvider, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, *, is_shared: bool
) -> None:
    if is_shared:  # a proxy's address: nobody is locked out there, and the chain is kept short all the same
        monkeypatch.setattr(Proxies, "client_of", lambda *_: Client(address="proxy", is_shared=True))
    monkeypatch.setattr(sessions, "MOST_OF_ADDRESS", 2)
    before = noted(sqlite_store)
    with caller(address) as client:
        assert client.get(begin(client)).status_code == 303  # signed in: not counted
        for status in (403, 403, 403 if is_shared else 429):
            headers = {"cookie": "matching_review_oidc=s.n.v"}
            assert httpx.get(f"{address}{BACK}?code=guessed&state=s", headers=headers).status_code == status
        assert client.get(begin(client)).status_code == (303 if is_shared else 429)
    assert op.refused == (3 if is_shared else 2)
    assert noted(sqlite_store) - before == (4 if is_shared else 3)  # sign-ins, and two refusals


def test_without_a_provider_there_is_no_such_address(sqlite_store: Store, tmp_path: Path) -> None:
    with served(create_app(site(sqlite_store, tmp_path))) as address, caller(address) as client:
        assert [client.get(path).status_code for path in ("/sign-in/oidc", BACK)] == [404, 404]
        assert "/sign-in/oidc" not in client.get("/sign-in").text


def test_by_default_an_account_goes_by_what_a_provider_gives_to_nobody_else(
    op: InventedProvider, sqlite_store: Store
) -> None:
    settings = Settings(
        review_oidc_issuer=op.issuer, review_oidc_client_id=CLIENT, review_public_url="https://review.example/cases/",
    )  # fmt: skip
    found = Site.of(settings, sqlite_store)
    assert found.provider is not None
    assert (found.provider.claim, found.root_path) == ("sub", "/cases")


def test_settings_name_a_provider_wholly_and_over_tls(sqlite_store: Store) -> None:
    whole = {"review_oidc_client_id": "x", "review_public_url": "https://review.example"}
    found = Site.of(Settings(review_oidc_issuer="https://op.example", **whole), sqlite_store).provider
    assert found is not None
    assert found.redirect_uri == f"https://review.example{BACK}"
    with pytest.raises(UsageError, match="review_public_url"):
        Provider.of(Settings(review_oidc_issuer="https://op.example", review_oidc_client_id="x"))
    with pytest.raises(ValidationError, match="review_oidc_issuer"):
        Settings(review_oidc_issuer="http://op.example", **whole)
    behind = Settings(review_oidc_issuer="https://op.example", review_proxy_header="X-User", **whole)
    assert Site.of(behind, sqlite_store).provider is None  # a proxy signs people in: there is one way
    assert SECRET not in repr(Settings(review_oidc_client_secret=SECRET))


def test_in_a_browser_the_provider_signs_in_and_the_password_still_does(
    chromium: Browser, address: str, sqlite_store: Store, tmp_path: Path
) -> None:
    add_user(sqlite_store, "ben", role="reviewer", codes=["TLP:GREEN"], password=PASSWORD, by="test")
    desk = Desk.open(chromium, address, tmp_path)
    desk.go("/sign-in")
    faults = desk.faults("sign_in_with_provider")
    with desk.page.expect_navigation(url=f"{address}/"):
        desk.page.get_by_role("link", name="Sign in with your organisation").click()
    assert "ada" in desk.page.inner_text("header")
    other = Desk.open(chromium, address, tmp_path)
    other.sign_in("ben", PASSWORD)
    assert "ben" in other.page.inner_text("header")
    assert (faults, desk.complaints, other.complaints) == ([], [], [])

"""Every route for every role and clearance; forged forms; markup and formulas from lists; sessions; paths; headers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from invented_cases import LEFT, PASSWORD, RIGHT, add_people, case_of, listing, name_of, run_of, take_in
from invented_run import match
from sqlalchemy import delete, select, update
from web_server import Caller, caller, served_store, token_of

from matching.review import decide, schema
from matching.review.decide import Form
from matching.review.export import DECISION_COLUMNS, as_csv
from matching.review.people import User, add_user
from matching.review.store import Store
from matching.web.app import create_app
from matching.web.proxies import Client, Proxies
from matching.web.site import Site, by_proxy

SECRET, GREEN, MISSING = case_of(1), case_of(2), case_of(99)
MARKUP = '<script>document.title="owned"</script><img src=x onerror=alert(1)>'
FORMULA = '=HYPERLINK("https://evil.example","click")'
pytestmark = pytest.mark.usefixtures("quick_passwords")
ROLES = {"ada": "reviewer", "cleo": "senior", "otto": "operator", "rita": "read-only"}

# Every route that takes a session: what a role may do there. 303 is done, 403 not for this role, 409/422 refused as it stands.
READ = dict.fromkeys(ROLES, 200)
JUDGES = {"ada": 303, "cleo": 303, "otto": 403, "rita": 403}
MEASURES = {"ada": 403, "cleo": 200, "otto": 200, "rita": 403}
ROUTES: dict[tuple[str, str], dict[str, int]] = {
    ("GET", "/"): READ,
    ("GET", "/case/{case_id}"): READ,
    ("GET", "/case/{case_id}/entry/{side}"): {"ada": 200, "cleo": 200, "otto": 200, "rita": 403},
    ("GET", "/figures"): MEASURES,
    ("GET", "/operation"): MEASURES,
    ("POST", "/next"): JUDGES,
    ("POST", "/case/{case_id}/look"): dict.fromkeys(ROLES, 303),  # without an impression: logged, and for all
    ("POST", "/case/{case_id}/judge"): {"ada": 422, "cleo": 422, "otto": 422, "rita": 422},  # an empty form
    ("POST", "/case/{case_id}/undo"): dict.fromkeys(ROLES, 403),  # nobody has judged it
    ("POST", "/case/{case_id}/assign"): JUDGES,
    ("POST", "/case/{case_id}/release"): dict.fromkeys(ROLES, 303),  # nobody has it
    ("POST", "/case/{case_id}/file"): dict.fromkeys(ROLES, 403),  # it is not agreed
    ("POST", "/case/{case_id}/file.json"): dict.fromkeys(ROLES, 403),
    ("POST", "/export/{what}"): MEASURES,
    ("POST", "/sign-out"): dict.fromkeys(ROLES, 303),
}
OPEN_TO_ALL = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/preferences"), ("GET", "/theme.css"),
    ("GET", "/sign-in/oidc"), ("GET", "/sign-in/oidc/back"),  # nothing there unless a provider is set
}  # fmt: skip
CASE_ROUTES = [route for route in ROUTES if "{case_id}" in route[1]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@contextmanager
def served_cases(store: Store, workspace: Path) -> Iterator[str]:
    """Serve four cases of one run: one is secret, one has markup and a formula in it."""
    add_people(store, password=None)
    for name, role in ROLES.items():
        add_user(store, name, role=role, codes=["TLP:GREEN"], password=None, by="test")
    changes = {
        1: {"handling_code": "SECRET"},
        2: {"names": [name_of(MARKUP)], "remarks": FORMULA, "url": "javascript:alert(1)"},
    }
    take_in(store, workspace, run_of(range(4), left=changes), "run-1")
    with served_store(store, workspace) as served:
        yield served


@pytest.fixture
def address(store: Store, workspace: Path) -> Iterator[str]:
    """On each database: for what queries keep."""
    with served_cases(store, workspace) as served:
        yield served


@pytest.fixture
def sqlite_address(sqlite_store: Store, workspace: Path) -> Iterator[str]:
    """On one: for what is said or refused whatever the database holds."""
    with served_cases(sqlite_store, workspace) as served:
        yield served


def sign_in(store: Store, client: Caller, name: str) -> Caller:
    """A session without a password: hashing one for each of a hundred requests would take minutes."""
    from matching.review import sessions

    cookie = sessions.begin_vouched(store, name, lasts=timedelta(hours=1))
    client.client.cookies.set("matching_review", cookie)
    session = sessions.session_of(store, cookie)
    assert session is not None
    client.csrf = session.csrf
    return client


def ask(client: Caller, route: tuple[str, str], case_id: str) -> int:
    path = route[1].format(case_id=case_id, side="l", what="labels")
    return (client.get(path) if route[0] == "GET" else client.post(path)).status_code


def test_every_route_is_in_the_table(sqlite_store: Store, workspace: Path) -> None:
    app = create_app(Site(store=sqlite_store, workspace=workspace, double_share=0, session_lasts=timedelta(hours=1)))
    found = {
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }
    assert found == {*ROUTES, *OPEN_TO_ALL}


@pytest.mark.parametrize("name", ROLES)
def test_each_role_may_do_what_the_table_says(address: str, store: Store, name: str) -> None:
    with caller(address) as client:
        for route, wanted in ROUTES.items():
            sign_in(store, client, name)
            assert ask(client, route, GREEN) == wanted[name], route


@pytest.mark.parametrize("name", ROLES)
def test_a_case_beyond_ones_clearance_answers_as_one_that_does_not_exist(address: str, store: Store, name: str) -> None:
    with caller(address) as client:
        sign_in(store, client, name)
        for method, path in CASE_ROUTES:
            answers = []
            for case_id in (SECRET, MISSING):
                where = path.format(case_id=case_id, side="l")
                answer = client.get(where) if method == "GET" else client.post(where, **judgement("0" * 64))
                answers.append((answer.status_code, answer.text.replace(case_id, ""), sorted(answer.headers)))
            assert answers[0] == answers[1], path
            assert answers[0][0] in (404, 403), path
        for path in ("/", "/?state=open", "/?code=SECRET", "/?order=oldest"):
            assert SECRET not in client.get(path).text
        assert "SECRET" not in client.get("/").text


def test_who_may_not_see_raw_entries_is_offered_none(sqlite_address: str, sqlite_store: Store) -> None:
    with caller(sqlite_address) as client:
        pages = {name: sign_in(sqlite_store, client, name).get(f"/case/{GREEN}").text for name in ("ada", "rita")}
    assert {name: f"/case/{GREEN}/entry/" in page for name, page in pages.items()} == {"ada": True, "rita": False}


@pytest.mark.parametrize("name", ["ada", "cleo"])
def test_counts_exports_and_the_next_case_keep_to_the_clearance(address: str, store: Store, name: str) -> None:
    everyone = User(name="boss", role="senior", codes=frozenset("*"))
    add_user(store, "boss", role="senior", codes=["*"], password=None, by="test")
    decide.judge(store, everyone, SECRET, form_of(store, SECRET, "different"))
    with caller(address) as client:
        sign_in(store, client, name)
        assert re.search(r'Decided <span class="count">0<', client.get("/").text)
        assert SECRET not in client.post("/next", query="state=decided").headers["location"]
        if name == "cleo":
            assert SECRET not in client.post("/export/decisions").text
            assert "<dd>0</dd>" in client.get("/figures").text


def test_nobody_gets_anywhere_without_signing_in(sqlite_address: str) -> None:
    with caller(sqlite_address) as client:
        for method, path in ROUTES:
            where = path.format(case_id=GREEN, side="l", what="labels")
            answer = client.get(where) if method == "GET" else client.post(where)
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), path


@pytest.mark.parametrize("forged", ["", "guessed", "another's"])
def test_a_form_without_the_token_of_its_session_does_nothing(
    sqlite_address: str, sqlite_store: Store, forged: str
) -> None:
    with caller(sqlite_address) as other, caller(sqlite_address) as client:
        token = sign_in(sqlite_store, other, "cleo").csrf if forged == "another's" else forged
        sign_in(sqlite_store, client, "ada")
        client.csrf = token
        for method, path in ROUTES:
            if method == "POST":
                answer = client.post(
                    path.format(case_id=GREEN, what="labels"), **judgement(hash_of(sqlite_store, GREEN))
                )
                assert answer.status_code == 403, path
    with sqlite_store.reading() as connection:
        assert connection.execute(select(schema.judgements)).all() == []


def test_a_form_sent_by_another_site_is_refused_even_with_a_token(sqlite_address: str, sqlite_store: Store) -> None:
    with caller(sqlite_address, headers={"sec-fetch-site": "cross-site"}) as client:
        assert sign_in(sqlite_store, client, "ada").post("/next").status_code == 403
        assert client.get("/").status_code == 200


def test_markup_and_addresses_of_a_list_stay_text(sqlite_address: str, sqlite_store: Store) -> None:
    with caller(sqlite_address) as client:
        sign_in(sqlite_store, client, "ada")
        for path in ("/", f"/case/{GREEN}"):
            page = client.get(path).text
            assert "<script>document" not in page
            assert "<img" not in page
            assert "&lt;script&gt;" in page
            assert 'href="javascript:' not in page
            assert " style=" not in page
            assert not re.search(r"\son\w+=", page.replace("onerror=alert", ""))


def test_a_comment_of_a_reviewer_stays_text(sqlite_address: str, sqlite_store: Store) -> None:
    ada = User(name="ada", role="reviewer", codes=frozenset(["TLP:GREEN"]))
    decide.judge(sqlite_store, ada, GREEN, form_of(sqlite_store, GREEN, "different", comment=MARKUP))
    with caller(sqlite_address) as client:
        page = sign_in(sqlite_store, client, "cleo").get(f"/case/{GREEN}").text
        assert "&lt;script&gt;" in page
        assert "<script>document" not in page


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋"])
def test_no_cell_of_an_export_is_a_formula(start: str) -> None:
    text = as_csv([dict.fromkeys(DECISION_COLUMNS, f"{start}1+1")], DECISION_COLUMNS)
    assert f"'{start}1+1" in text.split("\r\n", 1)[1]


def test_an_export_holds_comments_that_are_formulas_as_text(sqlite_address: str, sqlite_store: Store) -> None:
    ada = User(name="ada", role="reviewer", codes=frozenset(["TLP:GREEN"]))
    decide.judge(sqlite_store, ada, GREEN, form_of(sqlite_store, GREEN, "different", comment=FORMULA))
    with caller(sqlite_address) as client:
        assert "'=HYPERLINK" in sign_in(sqlite_store, client, "cleo").post("/export/decisions").text


def test_no_path_leads_out_of_the_static_files(sqlite_address: str, sqlite_store: Store) -> None:
    with caller(sqlite_address) as client:
        sign_in(sqlite_store, client, "ada")
        for path in (
            "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fapp.py", "/static//etc/passwd",
            "/case/..%2f..%2fetc",
        ):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert "create_app" not in answer.text


def test_a_session_is_a_new_one_at_every_sign_in(sqlite_store: Store, workspace: Path) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    fixed = {"cookie": "matching_review=fixed-by-an-attacker"}
    with served_store(sqlite_store, workspace) as address, caller(address) as client:
        answer = client.client.post("/sign-in", data={"name": "ada", "password": PASSWORD}, headers=fixed)
        cookie, *attributes = answer.headers["set-cookie"].split("; ")
        assert answer.status_code == 303
        assert cookie != fixed["cookie"]
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(attributes)
        client.client.cookies.clear()
        assert client.get("/", headers=fixed).status_code == 303
        page = client.get("/", headers={"cookie": cookie})
        assert page.status_code == 200
        client.client.post("/sign-out", data={"csrf": token_of(page.text)}, headers={"cookie": cookie})
        assert client.get("/", headers={"cookie": cookie}).status_code == 303


def test_guessing_passwords_is_limited_and_names_are_not_told_apart(sqlite_store: Store, workspace: Path) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    with served_store(sqlite_store, workspace) as address, caller(address) as client:
        answers = [client.sign_in(name, "wrong password") for name in ("ada", "nobody")]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert answers[0].text == answers[1].text
        codes = [client.sign_in("ada", "wrong password").status_code for _ in range(5)]
        assert codes == [401] * 4 + [429]
        assert client.sign_in("ada", PASSWORD).status_code == 429


def test_a_session_ends_and_a_closed_account_has_none(sqlite_store: Store) -> None:
    from matching.review import people, sessions

    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=None, by="test")
    add_user(sqlite_store, "ben", role="reviewer", codes=[], password=None, by="test")
    ended = sessions.begin_vouched(sqlite_store, "ada", lasts=timedelta(seconds=-1))
    closed = sessions.begin_vouched(sqlite_store, "ben", lasts=timedelta(hours=1))
    assert sessions.session_of(sqlite_store, closed) is not None
    people.remove_user(sqlite_store, "ben", by="test")
    assert [sessions.session_of(sqlite_store, cookie) for cookie in (ended, closed)] == [None, None]


def test_every_answer_carries_the_policy(sqlite_address: str) -> None:
    with caller(sqlite_address) as client:
        for path in ("/sign-in", "/theme.css", "/static/review.js", "/nowhere"):
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize(
    ("headers", "code"), [({"content-length": "70000"}, 413), ({"transfer-encoding": "chunked"}, 411)]
)
def test_a_form_that_is_too_long_or_does_not_say_how_long_is_refused(
    sqlite_store: Store, workspace: Path, headers: dict[str, str], code: int
) -> None:
    with served_store(sqlite_store, workspace) as address, caller(address) as client:
        body = b"x" * 70000 if code == 413 else iter([b"x"])
        assert client.client.post("/sign-in", content=body).status_code == code
        assert headers


@pytest.mark.parametrize(
    ("addresses", "header", "code"),
    [
        (["127.0.0.1"], "ada", 200),
        (["10.0.0.1"], "ada", 303),
        (["127.0.0.1"], "stranger", 403),
        (["127.0.0.1"], "", 303),
    ],
)
def test_a_proxys_header_is_believed_from_its_own_address_only(
    sqlite_store: Store, workspace: Path, addresses: list[str], header: str, code: int
) -> None:
    from matching.settings import Settings

    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=None, by="test")
    vouch = by_proxy(Settings(review_proxy_header="X-Remote-User", review_proxy_addresses=addresses))
    headers = {"X-Remote-User": header, "X-Forwarded-For": "127.0.0.1"} if header else {}
    with served_store(sqlite_store, workspace, vouch=vouch) as address, caller(address, headers=headers) as client:
        assert client.get("/").status_code == code
        assert (
            client.sign_in("ada", PASSWORD).status_code == 403
        )  # passwords are not taken where a proxy signs people in


def test_another_user_of_the_proxy_does_not_inherit_the_session(sqlite_store: Store, workspace: Path) -> None:
    from matching.settings import Settings

    for name in ("ada", "ben"):
        add_user(sqlite_store, name, role="reviewer", codes=[], password=None, by="test")
    vouch = by_proxy(Settings(review_proxy_header="X-Remote-User"))
    with served_store(sqlite_store, workspace, vouch=vouch) as address, caller(address) as client:
        for name in ("ada", "ben"):
            assert f"<summary>{name}</summary>" in client.get("/", headers={"X-Remote-User": name}).text


def test_cluster_members_beyond_clearance_are_not_named(store: Store, workspace: Path) -> None:
    add_people(store)
    third = listing("un_list", 7, names=[name_of("Hidden Thirdson")], handling_code="SECRET")
    run = run_of([2], more=[third], clusters=[
        {"cluster_id": f"{LEFT}:2", "record_id": r, "source": r.split(":")[0], "conflicts": [], "kept_apart": []}
        for r in (f"{LEFT}:2", f"{RIGHT}:2", "un_list:7")
    ])  # fmt: skip
    run.matches.append(match(f"{LEFT}:2", "un_list:7"))
    take_in(store, workspace, run, "run-1")
    add_user(store, "boss", role="senior", codes=["*"], password=None, by="test")
    with served_store(store, workspace) as address, caller(address) as client:
        assert "Hidden Thirdson" not in sign_in(store, client, "ada").get(f"/case/{GREEN}").text
        assert "Hidden Thirdson" in sign_in(store, client, "boss").get(f"/case/{GREEN}").text


def test_nothing_tells_the_score_before_a_look(address: str, store: Store) -> None:
    with store.writing() as connection:
        connection.execute(update(schema.cases).values(is_sample=True, probability=0.4321))
    with caller(address) as client:
        sign_in(store, client, "ada")
        pages = [client.get(path).text for path in ("/", "/?order=oldest", f"/case/{GREEN}")]
        assert all("Sample" not in page and "0.4321" not in page for page in pages[:2])
        assert "Sample" not in pages[2]
        assert 'name="band"' not in pages[0]
        for path in ("/?band=0", "/?mark=sample"):
            assert client.get(path).status_code == 403
        assert client.get("/?after=0.5~").status_code == 422
        client.post(f"/case/{GREEN}/look", impression="same")
        assert all(">Sample<" in client.get(path).text for path in ("/", f"/case/{GREEN}"))
        assert 'name="band"' in sign_in(store, client, "cleo").get("/?band=0&mark=sample").text


def test_a_proxys_header_given_twice_names_nobody(sqlite_store: Store, workspace: Path) -> None:
    from matching.settings import Settings

    for name in ("ada", "boss"):
        add_user(sqlite_store, name, role="reviewer", codes=[], password=None, by="test")
    vouch = by_proxy(Settings(review_proxy_header="X-Remote-User"))
    with served_store(sqlite_store, workspace, vouch=vouch) as address, caller(address) as client:
        twice = [("X-Remote-User", "boss"), ("x-remote-user", "ada")]
        assert client.get("/", headers=twice).status_code == 303
        assert client.get("/", headers=twice[1:]).status_code == 200


@pytest.mark.parametrize(
    ("headers", "codes"),
    [
        ({"origin": "https://evil.example"}, (403, 403)),
        ({"origin": "null"}, (403, 403)),
        ({"origin": "HERE.evil.example"}, (403, 403)),
        ({"sec-fetch-site": "same-site"}, (403, 403)),
        ({"origin": "HERE"}, (303, 303)),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, (303, 303)),  # TLS ends at a proxy
        ({}, (303, 303)),
    ],
    ids=str,
)
def test_no_other_site_signs_a_browser_in_or_sends_a_form(
    sqlite_store: Store, workspace: Path, headers: dict[str, str], codes: tuple[int, int]
) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    with served_store(sqlite_store, workspace) as address, caller(address) as client:
        sent = {name: value.replace("HERE", address) for name, value in headers.items()}
        answer = client.client.post("/sign-in", data={"name": "ada", "password": PASSWORD}, headers=sent)
        sign_in(sqlite_store, client, "ada")
        form = client.client.post("/next", data={"csrf": client.csrf}, headers=sent)
        assert (answer.status_code, form.status_code) == codes


def test_signing_in_again_ends_the_session_before(sqlite_store: Store, workspace: Path) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    with served_store(sqlite_store, workspace) as address, caller(address) as client:
        client.sign_in("ada", PASSWORD)
        first = client.client.cookies["matching_review"]
        client.sign_in("ada", PASSWORD)
        assert client.get("/").status_code == 200
    with sqlite_store.reading() as connection:
        assert len(connection.execute(select(schema.sessions)).all()) == 1
    from matching.review import sessions

    assert sessions.session_of(sqlite_store, first) is None


HERE = frozenset(["127.0.0.1"])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address", "is_shared"),
    [
        (Proxies(), "9.9.9.9", "127.0.0.1", False),
        (Proxies(client_header="X-Forwarded-For"), "9.9.9.9", "127.0.0.1", False),  # not from a proxy: a claim
        (Proxies(addresses=HERE), "9.9.9.9", "127.0.0.1", True),
        (Proxies(addresses=HERE, client_header="X-Forwarded-For"), "9.9.9.9", "9.9.9.9", False),
        (Proxies(addresses=HERE, client_header="X-Forwarded-For"), "1.1.1.1, 9.9.9.9", "9.9.9.9", False),
        (Proxies(addresses=HERE, client_header="X-Forwarded-For"), "9.9.9.9, 127.0.0.1", "9.9.9.9", False),
        (Proxies(addresses=HERE, client_header="X-Forwarded-For"), "", "127.0.0.1", True),
    ],
)
def test_the_clients_address_is_taken_from_a_proxy_only(
    proxies: Proxies, forwarded: str, address: str, is_shared: bool
) -> None:
    scope = {"client": ("127.0.0.1", 5000), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    assert proxies.client_of(scope) == Client(address=address, is_shared=is_shared)


def test_wrong_passwords_of_one_behind_a_proxy_lock_nobody_else_out(
    sqlite_store: Store, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matching.review import sessions

    monkeypatch.setattr(sessions, "MOST_OF_ADDRESS", 2)
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    named = Proxies(addresses=HERE, client_header="X-Forwarded-For")
    for proxies, other in ((named, 303), (Proxies(addresses=HERE), 303), (Proxies(), 429)):
        with sqlite_store.writing() as connection:
            connection.execute(delete(schema.sign_ins))
        with served_store(sqlite_store, workspace, proxies=proxies) as address, caller(address) as client:
            client.client.headers["X-Forwarded-For"] = "9.9.9.9"
            for name in ("x", "y"):
                client.sign_in(name, "wrong password")
            client.client.headers["X-Forwarded-For"] = "8.8.8.8"
            assert client.sign_in("ada", PASSWORD).status_code == other


@pytest.mark.parametrize(("url", "is_tls"), [("https://review.example", True), ("http://review.example", False)])
def test_where_browsers_come_by_tls_the_cookie_is_for_tls_only_whatever_a_proxy_says(
    sqlite_store: Store, workspace: Path, url: str, *, is_tls: bool
) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    with served_store(sqlite_store, workspace, public_url=url) as address, caller(address) as client:
        answer = client.client.post("/sign-in", data={"name": "ada", "password": PASSWORD})
    assert ("Secure" in answer.headers["set-cookie"].split("; ")) == is_tls


@pytest.mark.parametrize(
    ("addresses", "proto", "is_tls"),
    [(HERE, "https", True), (HERE, "http", False), (HERE, "", False), (frozenset(), "https", False)],
)
def test_behind_a_proxy_with_tls_the_cookie_is_for_tls_only(
    sqlite_store: Store, workspace: Path, addresses: frozenset[str], proto: str, is_tls: bool
) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=PASSWORD, by="test")
    headers = {"X-Forwarded-Proto": proto} if proto else {}
    proxies = Proxies(addresses=addresses)
    with served_store(sqlite_store, workspace, proxies=proxies) as address, caller(address, headers=headers) as client:
        answer = client.client.post("/sign-in", data={"name": "ada", "password": PASSWORD})
    assert answer.status_code == 303
    assert ("Secure" in answer.headers["set-cookie"].split("; ")) == is_tls
    assert ("strict-transport-security" in answer.headers) == is_tls


def test_requests_without_a_cookie_share_the_session_of_their_vouched_user(
    sqlite_store: Store, workspace: Path
) -> None:
    from matching.settings import Settings

    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=None, by="test")
    vouch = by_proxy(Settings(review_proxy_header="X-Remote-User"))
    named = {"X-Remote-User": "ada"}
    with served_store(sqlite_store, workspace, vouch=vouch) as address, caller(address, headers=named) as client:
        tokens = []
        for _ in range(3):
            client.client.cookies.clear()
            tokens.append(token_of(client.get("/").text))
        assert len(set(tokens)) == 1
        client.client.cookies.clear()
        client.client.post("/sign-out", data={"csrf": tokens[0]})
        with sqlite_store.reading() as connection:
            assert connection.execute(select(schema.sessions)).all() == []


def test_a_case_of_another_asks_for_no_impression(address: str, store: Store) -> None:
    ben = User(name="ben", role="reviewer", codes=frozenset(["TLP:GREEN"]))
    decide.assign(store, ben, GREEN)
    with caller(address) as client:
        sign_in(store, client, "ada")
        assert 'name="impression"' not in client.get(f"/case/{GREEN}").text
        assert 'name="impression"' in client.get(f"/case/{case_of(3)}").text


def hash_of(store: Store, case_id: str) -> str:
    with store.reading() as connection:
        wanted = select(schema.cases.c.evidence_hash).where(schema.cases.c.id == case_id)
        return str(connection.execute(wanted).scalar_one())


def form_of(store: Store, case_id: str, verdict: str, *, comment: str = "") -> Form:
    return Form(
        verdict=verdict,
        reason="birth_differs",
        comment=comment,
        evidence_hash=hash_of(store, case_id),
        token="a-token-1",
    )


def judgement(evidence: str) -> dict[str, str]:
    return {"verdict": "different", "reason": "birth_differs", "evidence": evidence, "token": "a-token-2"}

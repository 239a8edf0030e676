"""Keeping in step with what is published: a run that is broken ends nothing, and the page says so."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from invented_cases import PASSWORD, case_of, publish, run_of, take_in
from test_security import sign_in
from web_server import caller, served, site

from matching import tables
from matching.errors import WorkspaceError
from matching.review.people import add_user
from matching.review.store import Store
from matching.web.app import create_app
from matching.web.serving import Below, in_step, take_in_if_new
from matching.workspace import table_path

FAILING, NEVER = "cannot be taken in", "No run was taken in yet"


def cut_off(path: Path) -> None:
    """Leave half of a file."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until, "waited half a minute in vain"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "table",
    [tables.MATCHES, tables.RECORDS, tables.NAMES, tables.CLUSTERS, tables.LEDGER],
    ids=lambda table: table.name,
)
def test_a_run_with_a_file_cut_off_is_refused_by_the_files_name(
    sqlite_store: Store, tmp_path: Path, table: tables.Table
) -> None:
    path = table_path(publish(tmp_path, run_of(range(2)), "run-1").folder, table)
    cut_off(path)
    with pytest.raises(WorkspaceError, match=path.name):
        take_in_if_new(site(sqlite_store, tmp_path))


def test_the_queue_says_that_taking_in_fails_and_goes_on_when_it_works_again(
    sqlite_store: Store, tmp_path: Path
) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=["TLP:GREEN"], password=None, by="test")
    cut_off(table_path(publish(tmp_path, run_of(range(2)), "run-1").folder, tables.MATCHES))
    one = site(sqlite_store, tmp_path)
    with served(create_app(one)) as address, caller(address) as client, in_step(one, every_s=0.05):
        sign_in(sqlite_store, client, "ada")
        wait_for(lambda: FAILING in client.get("/").text)
        assert NEVER in client.get("/").text
        publish(tmp_path, run_of(range(2)), "run-2")
        wait_for(lambda: FAILING not in client.get("/").text)
        assert "A run was last taken in" in client.get("/").text


def test_no_fault_at_all_ends_the_keeping_in_step(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def broken(_site: object) -> None:
        seen.append(1)
        raise RuntimeError("something nobody thought of")

    monkeypatch.setattr("matching.web.serving.take_in_if_new", broken)
    with in_step(site(sqlite_store, tmp_path), every_s=0.01):
        wait_for(lambda: len(seen) > 2)


def test_the_queue_says_when_a_run_was_last_taken_in(sqlite_store: Store, tmp_path: Path) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=[], password=None, by="test")
    take_in(sqlite_store, tmp_path, run_of(range(1)), "run-1")
    with served(create_app(site(sqlite_store, tmp_path))) as address, caller(address) as client:
        page = sign_in(sqlite_store, client, "ada").get("/").text
    assert "A run was last taken in" in page
    assert FAILING not in page


@pytest.mark.parametrize("before", ["", "/lists/review"], ids=["the proxy takes the path away", "or leaves it"])
def test_below_a_path_links_files_and_cookies_have_it(sqlite_store: Store, tmp_path: Path, before: str) -> None:
    add_user(sqlite_store, "ada", role="reviewer", codes=["TLP:GREEN"], password=PASSWORD, by="test")
    take_in(sqlite_store, tmp_path, run_of(range(1)), "run-1")
    one = site(sqlite_store, tmp_path, public_url="https://h.example/lists/review/")
    with served(Below(create_app(one), one.root_path)) as address, caller(address) as client:
        assert client.get(f"{before}/").headers["location"] == "/lists/review/sign-in"
        page = client.get(f"{before}/sign-in").text
        (style,) = re.findall(r'href="/lists/review(/static/[^"?]+[.]css)', page)
        assert client.get(f"{before}{style}").status_code == 200
        sign_in(sqlite_store, client, "ada")
        assert f'href="/lists/review/case/{case_of(0)}' in client.get(f"{before}/").text
        assert client.get(f"{before}/case/{case_of(0)}").status_code == 200
        assert client.get("/lists/reviewer").status_code == 404
        answer = client.client.post(f"{before}/sign-in", data={"name": "ada", "password": PASSWORD})
    assert answer.headers["location"] == "/lists/review/"
    assert "Path=/lists/review" in answer.headers["set-cookie"].split("; ")

"""The case page beyond its two columns: other listings beside them, the publisher's own text, who works on it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Desk
from invented_cases import KEY, LEFT, PASSWORD, RIGHT, add_people, case_of, listing, name_of, run_of, take_in
from invented_lists import OwnLists, write_source
from invented_run import match
from playwright.sync_api import Browser
from sqlalchemy import select
from test_decide import judge
from test_security import MARKUP, sign_in
from web_server import caller, served_store

from matching.review import decide, raw_entry, schema, sessions
from matching.review.case import beside, case_for
from matching.review.case_file import CHANNELS, NOTICE
from matching.review.evidence import case_id
from matching.review.people import User, add_user
from matching.review.published import Published
from matching.review.raw_entry import Archive
from matching.review.refusals import NotAllowedError
from matching.review.store import Store
from matching.review.sync import sync
from matching.settings import Settings
from matching.sources.excerpts import Excerpt
from matching.web.comparison import rows_of
from matching.web.language import NAMES, language

ADA, BEN = (User(name=name, role="reviewer", codes=frozenset(["TLP:GREEN"])) for name in ("ada", "ben"))
ORIGINAL = "أنسلم غرادوس"


@pytest.fixture
def cluster(sqlite_store: Store, tmp_path: Path) -> Store:
    """Person 2 on four lists, one of them beyond the clearance of all."""
    names = [name_of("Anselm Gradusson 2"), name_of(ORIGINAL, "original_script")]
    more = [listing("aa_police", 7, names=names), listing("un_list", 8, handling_code="SECRET")]
    ids = (f"{LEFT}:2", f"{RIGHT}:2", "aa_police:7", "un_list:8")
    run = run_of([1, 2], more=more, clusters=[
        {"cluster_id": ids[0], "record_id": r, "source": r.split(":")[0], "conflicts": [], "kept_apart": []} for r in ids
    ])  # fmt: skip
    run.matches.extend([match("aa_police:7", f"{RIGHT}:2"), match(f"{LEFT}:2", "un_list:8")])
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run, "run-1")
    return sqlite_store


def audited(store: Store, action: str) -> list[dict[str, str]]:
    with store.reading() as connection:
        entry = schema.audit.c
        found = connection.execute(select(entry.detail).where(entry.action == action).order_by(entry.seq))
        return [json.loads(row.detail) for row in found]


def test_other_listings_of_the_cluster_stand_beside_the_two_with_what_they_share(cluster: Store) -> None:
    with cluster.reading() as connection:
        case = case_for(connection, ADA, case_of(2))
        others = beside(connection, ADA, case)
    assert [one.record_id for one in others] == ["aa_police:7"]
    assert [(pair.record_id_l, pair.record_id_r) for pair in case.pairs] == [("aa_police:7", f"{RIGHT}:2")]
    names = next(row for row in rows_of(case, language("en"), beside=others) if row.label == "Names")
    (column,) = names.beside
    assert {"".join(p.text for p in value.pieces): value.is_shared for value in column} == {
        "Anselm Gradusson 2": True, ORIGINAL: False,
    }  # fmt: skip


def test_the_page_shows_them_on_demand_and_says_so_in_the_chain(cluster: Store, tmp_path: Path) -> None:
    with served_store(cluster, tmp_path) as address, caller(address) as client:
        sign_in(cluster, client, "ada")
        assert ORIGINAL not in client.get(f"/case/{case_of(2)}?list={LEFT}").text
        page = client.get(f"/case/{case_of(2)}?list={LEFT}&beside=all").text
        entry = client.get(f"/case/{case_of(2)}/entry/1").text
        assert ORIGINAL in page
        assert f'href="/case/{case_of(2)}?list={LEFT}"' in page  # back to two
        assert "un_list:8" not in page
        assert "aa_police:7" in entry
        assert client.get(f"/case/{case_of(2)}/entry/2").status_code == 404
    assert [entry.get("beside") for entry in audited(cluster, "case_seen")] == [None, "all"]
    assert [entry["side"] for entry in audited(cluster, "entry_seen")] == ["1"]


def test_a_pair_that_waits_for_another_is_not_told_to_who_judged_it(cluster: Store) -> None:
    pair = case_id("aa_police:7", f"{RIGHT}:2", key=KEY)
    judge(cluster, ADA, "same", case_id=pair)
    told = {}
    for user in (ADA, BEN):
        with cluster.reading() as connection:
            told[user.name] = [one.id for one in case_for(connection, user, case_of(2)).pairs]
    assert told == {"ada": [], "ben": [pair]}


@pytest.fixture
def own_address(sqlite_store: Store, own_lists: OwnLists) -> Iterator[str]:
    for name, role in (("ada", "reviewer"), ("cleo", "senior")):
        add_user(sqlite_store, name, role=role, codes=["EXERCISE"], password=PASSWORD, by="test")
    sync(sqlite_store, Published.of(own_lists.workspace), double_share=0)
    archive = Archive(workspace=own_lists.workspace.root, source_folders=(own_lists.sources,))
    with served_store(sqlite_store, own_lists.workspace.root, archive=archive) as served:
        yield served


def test_the_raw_entry_is_the_line_of_the_publishers_file(
    own_address: str, sqlite_store: Store, own_lists: OwnLists
) -> None:
    with sqlite_store.reading() as connection:
        case = connection.execute(select(schema.cases).limit(1)).one()
    number = case.record_id_l.partition(":")[2]
    (payload,) = (own_lists.workspace.raw / case.source_l).glob("*/files/*.csv")
    line = next(line for line in payload.read_text().splitlines() if line.startswith(f"{number},"))
    with caller(own_address) as client:
        page = sign_in(sqlite_store, client, "ada").get(f"/case/{case.id}/entry/l").text
    assert line in page


def test_markup_in_a_payload_is_text(cluster: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "matching.web.case_routes.raw_entry", lambda *_: (Excerpt(role="list", file="a.xml", text=MARKUP),)
    )
    with served_store(cluster, tmp_path) as address, caller(address) as client:
        page = sign_in(cluster, client, "ada").get(f"/case/{case_of(1)}/entry/l").text
    assert MARKUP not in page
    assert MARKUP.partition("<")[0] in page


def test_where_there_is_no_raw_entry_the_page_says_why_in_its_language(cluster: Store, tmp_path: Path) -> None:
    with served_store(cluster, tmp_path) as address, caller(address, headers={"accept-language": "fr"}) as client:
        answer = sign_in(cluster, client, "ada").get(f"/case/{case_of(1)}/entry/l")
    assert answer.status_code == 200
    assert language("fr").say(raw_entry.NO_LIST) in answer.text


def test_who_judges_is_told_no_name_of_who_works_on_a_case(cluster: Store, tmp_path: Path) -> None:
    add_user(cluster, "zenobia", role="reviewer", codes=["TLP:GREEN"], password=None, by="test")
    decide.assign(cluster, User(name="zenobia", role="reviewer", codes=frozenset(["TLP:GREEN"])), case_of(1))
    seen = {}
    with served_store(cluster, tmp_path) as address, caller(address) as client:
        for name in ("ada", "cleo", "otto", "rita", "zenobia"):
            sign_in(cluster, client, name)
            pages = [client.get(path).text.partition("<main")[2] for path in ("/?state=open", f"/case/{case_of(1)}")]
            seen[name] = ["name" if "zenobia" in p else "you" if ">you<" in p or ": you<" in p else "-" for p in pages]
    assert seen == {
        "ada": ["-", "-"], "cleo": ["-", "-"], "otto": ["name", "name"], "rita": ["name", "name"], "zenobia": ["you", "you"],
    }  # fmt: skip


def test_an_impression_is_for_whose_turn_it_is_and_a_look_for_all_who_may_see(cluster: Store) -> None:
    decide.assign(cluster, BEN, case_of(1))
    with pytest.raises(NotAllowedError, match="another person"):
        decide.record_look(cluster, ADA, case_of(1), impression="same")
    decide.record_look(cluster, ADA, case_of(1), impression=None)
    decide.record_look(cluster, BEN, case_of(1), impression="same")
    assert [len(audited(cluster, action)) for action in ("impression", "peeked")] == [1, 1]


@pytest.fixture
def agreed(cluster: Store) -> Store:
    """Case 2, decided to be the same person by two."""
    for user in (ADA, BEN):
        judge(cluster, user, "same", case_id=case_of(2), token=f"a-token-of-{user.name}")
    return cluster


@pytest.mark.parametrize("code", NAMES)
def test_the_case_file_is_in_the_language_asked_for(agreed: Store, tmp_path: Path, code: str) -> None:
    with served_store(agreed, tmp_path) as address, caller(address, headers={"accept-language": "es"}) as client:
        sign_in(agreed, client, "cleo")
        page = client.post(f"/case/{case_of(2)}/file", lang=code).text
        own = client.post(f"/case/{case_of(2)}/file", lang="xx").text
    spoken = language(code)
    assert f'<html lang="{code}" dir="{spoken.direction}"' in page
    assert all(spoken.say(phrase) in page for phrase in (NOTICE, CHANNELS["wanted"], "Judgements", "Same person"))
    assert '<html lang="es"' in own  # the reader's, where the form asks for none there is


@pytest.mark.parametrize(("code", "theme"), [("en", "light"), ("ar", "dark")])
def test_neither_page_has_a_serious_fault_or_a_console_error(
    chromium: Browser, cluster: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, theme: str
) -> None:
    piece = Excerpt(role="list", file="a.json", text='{"name": "' + "Anselm\u200b Gradusson, " * 40 + '"}')
    monkeypatch.setattr("matching.web.case_routes.raw_entry", lambda *_: (piece, piece))
    with served_store(cluster, tmp_path) as address:
        desk = Desk.open(chromium, address, tmp_path)
        cookie = sessions.begin_vouched(cluster, "ada", lasts=timedelta(hours=1))
        desk.page.context.add_cookies([{"name": "matching_review", "value": cookie, "url": address}])
        faults = []
        for name, path in (("beside", f"/case/{case_of(2)}?beside=all"), ("entry", f"/case/{case_of(2)}/entry/l")):
            desk.go(f"/preferences?lang={code}&theme={theme}&back={path}")
            faults += desk.faults(name)
    assert faults == []
    assert desk.complaints == []


def test_a_listing_of_a_list_that_is_late_is_marked_stale_and_others_are_not(cluster: Store, tmp_path: Path) -> None:
    described = write_source(tmp_path / "sources", LEFT, "FR")
    described.write_text(described.read_text().replace("cadence: never", 'cadence: daily\nschedule: "@daily"'))
    settings = Settings(workspace=tmp_path, sources_dir=[tmp_path / "sources"])
    with served_store(cluster, tmp_path, settings=settings) as address, caller(address) as client:
        page = sign_in(cluster, client, "ada").get(f"/case/{case_of(2)}").text
    assert page.count("stale since") == 1
    assert f"{LEFT}:2" in page.partition("stale since 2026-03-01")[0]
    assert f"{RIGHT}:2</code>" not in page.partition("stale since")[0], "the left column comes first"

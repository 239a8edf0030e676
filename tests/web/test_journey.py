"""The whole journey in a real browser, by keyboard: queue, undo, second look, a senior, a re-run, export."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from desk import Desk
from invented_cases import PASSWORD
from invented_lists import OwnLists, list_lines
from playwright.sync_api import Browser
from sqlalchemy import select
from web_server import served_store

from matching.review import schema
from matching.review.people import add_user
from matching.review.published import Published
from matching.review.store import Store
from matching.review.sync import sync

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def address(sqlite_store: Store, own_lists: OwnLists) -> Iterator[str]:
    for name, role in (("ada", "reviewer"), ("ben", "reviewer"), ("cleo", "senior")):
        add_user(sqlite_store, name, role=role, codes=["EXERCISE"], password=PASSWORD, by="test")
    sync(sqlite_store, Published.of(own_lists.workspace), double_share=0)
    with served_store(sqlite_store, own_lists.workspace.root) as served:
        yield served


def outcomes(store: Store) -> dict[str, str]:
    with store.reading() as connection:
        rows = connection.execute(select(schema.cases.c.id, schema.cases.c.state, schema.cases.c.outcome))
        return {row.id: row.outcome or row.state for row in rows}


def person_of(store: Store, case_id: str) -> int:
    with store.reading() as connection:
        wanted = select(schema.cases.c.record_id_r).where(schema.cases.c.id == case_id)
        return int(connection.execute(wanted).scalar_one().rpartition("-")[2])


def rerun_with(own: OwnLists, number: int) -> None:
    """Take in the list again with another passport of one person, and run the pipeline."""
    path = own.list_of("fr_wanted", range(40))
    lines = [f"{line}9" if line.startswith(f"N-{number:03},") else line for line in list_lines(range(40))]
    path.write_text("\n".join(lines) + "\n")
    pipeline = own.pipeline()
    pipeline.ingest("fr_wanted", files=[path], retrieved_at=datetime(2026, 1, 9, tzinfo=UTC))
    pipeline.run()


@pytest.mark.usefixtures("quick_gates")
def test_ten_cases_by_keyboard_then_second_look_senior_rerun_and_export(
    chromium: Browser, address: str, sqlite_store: Store, own_lists: OwnLists, tmp_path: Path
) -> None:
    store = sqlite_store
    ada, ben, cleo = (Desk.open(chromium, address, tmp_path) for _ in range(3))

    # Ada works ten cases without touching the mouse; two of them she holds to be the same person.
    ada.sign_in("ada", PASSWORD)
    ada.press_and_go("w")
    worked: list[str] = []
    for number in range(10):
        worked.append(ada.case())
        assert "%" not in ada.page.inner_text("#score"), "the score is hidden before an impression"
        if number == 0:
            ada.press_and_go("Shift+S")
            assert "%" in ada.page.inner_text("#score")
        ada.press("s" if number < 2 else "d", "2")
        ada.press_and_go("Enter")
    assert len(set(worked)) == 10
    found = outcomes(store)
    assert [found[case] for case in worked] == ["second"] * 2 + ["different"] * 8

    # She takes the last one back, and decides it otherwise, with a comment.
    ada.press_and_go("u")
    assert (ada.case(), outcomes(store)[worked[9]]) == (worked[9], "open")
    ada.press("c", "1", "m")
    ada.page.keyboard.type("no more is known: n, q and ? are letters here")
    ada.press_and_go("Control+Enter")
    assert outcomes(store)[worked[9]] == "cannot_tell"

    # Ben looks second at the two, without Ada's verdict or name; he agrees on one.
    ben.sign_in("ben", PASSWORD)
    ben.go("/?state=second")
    assert ben.page.locator(".row-link").count() == 2
    for expected in worked[:2]:
        ben.go(f"/case/{expected}")
        assert "ada" not in ben.page.inner_text("main")
        assert ben.page.locator(".judgements").count() == 0
        ben.press(*(("s", "2") if expected == worked[0] else ("d", "1")))
        ben.press_and_go("Enter")
    assert [outcomes(store)[case] for case in worked[:2]] == ["same", "senior"]

    # Cleo, a senior, sees both after an impression of her own, and decides.
    cleo.sign_in("cleo", PASSWORD)
    cleo.go("/?state=senior")
    cleo.press("j")
    cleo.press_and_go("Enter")
    assert (cleo.case(), cleo.page.locator(".judgements li").count()) == (worked[1], 0)
    cleo.press_and_go("Shift+D")
    assert cleo.page.locator(".judgements li").count() == 2
    cleo.press("d", "3")
    cleo.press_and_go("Enter")
    assert outcomes(store)[worked[1]] == "different"

    # One record changes; the pipeline runs again: exactly its case comes back, and shows the change.
    rerun_with(own_lists, person_of(store, worked[4]))
    before = outcomes(store)
    sync(store, Published.of(own_lists.workspace), double_share=0)
    after = outcomes(store)
    assert {case for case in before if before[case] != after.get(case)} == {worked[4]}
    ada.go("/?arrival=returned")
    assert ada.page.locator(".row-link").count() == 1
    assert "Identifiers" in ada.page.inner_text("table.queue")
    ada.press("j")
    ada.press_and_go("Enter")
    assert ada.case() == worked[4]
    assert ada.page.locator(".changes .gone, .changes .come").count() == 2

    # Cleo exports, and hands over the agreed match.
    cleo.go("/figures")
    with cleo.page.expect_download() as download:
        cleo.page.get_by_role("button", name="Decisions, CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert {row["case_id"] for row in rows} == {case for case in worked if case != worked[4]}
    cleo.go(f"/case/{worked[0]}")
    with cleo.page.expect_navigation():
        cleo.page.get_by_role("button", name="Case file", exact=True).click()
    assert "lead, not a finding" in cleo.page.inner_text("main")
    assert cleo.faults("case_file") == []
    assert [desk.complaints for desk in (ada, ben, cleo)] == [[], [], []]


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ar", "dark")])
def test_no_page_has_a_serious_fault_or_a_console_error(
    chromium: Browser, address: str, sqlite_store: Store, tmp_path: Path, language: str, theme: str
) -> None:
    desk = Desk.open(chromium, address, tmp_path)
    case = next(iter(outcomes(sqlite_store)))
    desk.go(f"/preferences?lang={language}&theme={theme}&back=/sign-in")
    faults = desk.faults("sign_in")
    desk.sign_in("cleo", PASSWORD)
    for name, path in (
        ("queue", "/?order=oldest"),
        ("case", f"/case/{case}"),
        ("figures", "/figures"),
        ("operation", "/operation"),
    ):
        desk.go(path)
        faults += desk.faults(name)
    desk.go(f"/case/{case}")
    desk.press_and_go("v")
    desk.press("s", "?")
    faults += desk.faults("help")
    assert desk.page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    assert faults == []
    assert desk.complaints == []


def test_pages_are_usable_at_twice_the_size_without_sideways_scrolling(
    chromium: Browser, address: str, sqlite_store: Store, tmp_path: Path
) -> None:
    desk = Desk.open(chromium, address, tmp_path)
    desk.sign_in("cleo", PASSWORD)
    desk.page.set_viewport_size({"width": 640, "height": 400})  # what 1280 × 800 is at 200 %
    for path in ("/", f"/case/{next(iter(outcomes(sqlite_store)))}", "/figures", "/operation"):
        desk.go(path)
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 640, path


def test_a_decision_works_without_scripts(chromium: Browser, address: str, sqlite_store: Store, tmp_path: Path) -> None:
    desk = Desk.open(chromium, address, tmp_path, java_script_enabled=False)
    desk.sign_in("ada", PASSWORD)
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="Take the next case").click()
    case = desk.case()
    desk.page.get_by_text("Different persons").first.check()
    desk.page.get_by_text("Birth differs").check()
    with desk.page.expect_navigation():
        desk.page.click("#send")
    assert outcomes(sqlite_store)[case] == "different"

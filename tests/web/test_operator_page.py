"""The operator's page: what the status says, in the reader's language, with commands and messages as they are."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from invented_lists import OwnLists
from playwright.sync_api import Browser
from web_server import served_store

from matching.errors import GateError
from matching.review import sessions
from matching.review.people import add_user
from matching.review.store import Store
from matching.web.language import NAMES, language

ENGLISH = re.compile(r"\b(taken in|since|look at|then|lists|matches|begun|of \d|run is)\b")
TO_DO = {
    "fr": "regardez 10_raw/de_wanted/refused ; puis corrigez source.yml",
    "es": "mire 10_raw/de_wanted/refused; después corrija source.yml",
    "ar": "انظر في 10_raw/de_wanted/refused؛ ثم صحّح source.yml",
}


@pytest.fixture
def address(own_lists: OwnLists, sqlite_store: Store) -> Iterator[str]:
    """A list is held, and a run was killed."""
    with pytest.raises(GateError):
        own_lists.take_in("de_wanted", range(3), day=2)
    own_lists.pipeline().start()
    add_user(sqlite_store, "otto", role="operator", codes=["*"], password=None, by="test")
    settings = own_lists.pipeline().settings
    with served_store(sqlite_store, own_lists.workspace.root, settings=settings) as served:
        yield served


def test_what_is_red_says_what_to_do_in_the_readers_language(
    chromium: Browser, address: str, sqlite_store: Store, tmp_path: Path
) -> None:
    cookie = sessions.begin_vouched(sqlite_store, "otto", lasts=timedelta(hours=1))
    context = chromium.new_context()
    context.add_cookies([{"name": "matching_review", "value": cookie, "url": address}])
    page = context.new_page()
    for code in NAMES:
        page.goto(f"{address}/preferences?lang={code}&theme=light&back=/operation")
        page.screenshot(path=tmp_path / f"operation_{code}.png", full_page=True)
        for kept in page.query_selector_all(".operation [lang=en], .operation title"):
            kept.evaluate("one => one.remove()")
        said = page.inner_text(".operation")
        if code != "en":
            assert TO_DO[code] in said
            assert ENGLISH.findall(said) == [], code
        assert language(code).say("To do") in said
    context.close()

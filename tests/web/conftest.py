"""Fixtures of the web tests: stores, and Debian's Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from store_fixtures import database_url, migrated, migrated_database, postgres_port, sqlite_store, store, store_url

CHROMIUM = Path("/usr/bin/chromium")

__all__ = ["database_url", "migrated", "migrated_database", "postgres_port", "sqlite_store", "store", "store_url"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser; skips, visibly, where Debian's is not installed (.ci/run installs it)."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()

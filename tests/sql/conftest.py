"""The database that cases run in; each case empties it first."""

from collections.abc import Iterator

import duckdb
import pytest

from matching import database
from matching.settings import Settings


@pytest.fixture(scope="session")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the macros of sql/macros/."""
    with database.in_memory(Settings(), tmp_path_factory.mktemp("spill")) as opened:
        yield opened

"""Stores to test with, shared by tests/review and tests/web: SQLite, and PostgreSQL where Debian's server is installed."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
from argon2 import PasswordHasher

from matching.review.store import Store, open_store

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    """Port of a PostgreSQL server; skips, visibly, where none is installed (.ci/run installs Debian's)."""
    if postgres.binaries() is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="review-pg-") as folder:
        Path(folder).chmod(0o755)
        with postgres.server(Path(folder) / "server") as port:
            yield port


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of each kind."""
    if request.param == "postgresql":
        return postgres.fresh_database(request.getfixturevalue("postgres_port"))
    return f"sqlite:///{tmp_path / 'review.sqlite'}"


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords without the work that makes guessing them slow: a twentieth of a second each."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("matching.review.people._hasher", quick)
    nobody = quick.hash("nobody's")
    monkeypatch.setattr("matching.review.people._nobody", lambda: nobody)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store, to copy: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "review.sqlite"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_port: int) -> str:
    """URL of a store on PostgreSQL whose tables are made."""
    url = postgres.fresh_database(postgres_port)
    open_store(url).close()
    return url


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty store whose tables are made, on each database."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("migrated_database")
        used = open_store(url)
        postgres.empty(used)
        used.close()
        return url
    return f"sqlite:///{shutil.copy(request.getfixturevalue('migrated'), tmp_path / 'review.sqlite')}"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """An empty store on SQLite, for what does not depend on the database."""
    opened = open_store(f"sqlite:///{shutil.copy(migrated, tmp_path / 'review.sqlite')}")
    yield opened
    opened.close()

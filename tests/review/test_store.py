"""The store: tables as declared, append-only kept by the database, writers that take turns."""

import os
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from matching.errors import UsageError, WorkspaceError
from matching.review import audit, schema
from matching.review.store import Store, open_store, url_of
from matching.settings import Settings


def test_migrations_make_the_tables_that_the_code_declares(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_opening_again_keeps_what_is_there(database_url: str) -> None:
    for _ in range(2):
        store = open_store(database_url)
        with store.writing() as connection:
            audit.append(connection, "opened", at=store.now(), actor="test")
        store.close()
    store = open_store(database_url)
    with store.reading() as connection:
        assert audit.verify(connection).entries == 2
    store.close()


@pytest.mark.parametrize("table", schema.APPEND_ONLY)
def test_the_database_refuses_to_change_what_is_append_only(store: Store, table: str) -> None:
    with store.writing() as connection:
        connection.execute(
            insert(schema.listings).values(record_id="a:1", evidence_hash="0", document="{}", seen_at=store.now())
        )
        audit.append(connection, "opened", at=store.now(), actor="test")
        _row_of(connection, table)
    declared = schema.metadata.tables[table]
    column = next(iter(declared.c))
    for change in (delete(declared), update(declared).values({column: column})):
        with pytest.raises(DBAPIError, match="append-only"), store.writing() as connection:
            connection.execute(change)


@pytest.mark.parametrize("table", schema.APPEND_ONLY)
def test_sqlite_does_not_replace_what_is_append_only(sqlite_store: Store, table: str) -> None:
    with sqlite_store.writing() as connection:
        connection.execute(
            insert(schema.listings).values(record_id="a:1", evidence_hash="0", document="{}", seen_at="x")
        )
        audit.append(connection, "opened", at="x", actor="test")
        _row_of(connection, table)
    for changed in (
        f"REPLACE INTO {table} SELECT * FROM {table}",
        f"INSERT OR IGNORE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(DBAPIError, match="append-only"), sqlite_store.writing() as connection:
            connection.execute(text(changed))


def test_sqlite_does_not_replace_a_judgement_by_its_token(sqlite_store: Store) -> None:
    with sqlite_store.writing() as connection:
        _row_of(connection, "judgements")
    names = ", ".join(c.name for c in schema.judgements.c if c.name != "id")
    with pytest.raises(DBAPIError, match="append-only"), sqlite_store.writing() as connection:
        connection.execute(text(f"REPLACE INTO judgements ({names}) SELECT {names} FROM judgements"))


def _row_of(connection, table: str) -> None:
    """A look and a judgement that hang on nothing: foreign keys are not what is tested."""
    if table not in ("looks", "judgements"):
        return
    values = {
        c.name: (0 if str(c.type) in ("INTEGER", "FLOAT", "BOOLEAN") else "x")
        for c in schema.metadata.tables[table].c
        if not c.nullable and c.name != "id"
    }
    for name in ("saw_score",):
        if name in values:
            values[name] = False
    connection.execute(insert(schema.users).values(name="x", role="reviewer", is_active=True, created_at="x"))
    _case(connection)
    connection.execute(insert(schema.metadata.tables[table]).values(values))


def _case(connection) -> None:
    values = {
        c.name: {"VARCHAR": "x", "TEXT": "x", "FLOAT": 0.0, "BOOLEAN": False}[str(c.type).partition("(")[0]]
        for c in schema.cases.c
        if not c.nullable
    }
    connection.execute(insert(schema.cases).values(values))


def test_writers_take_turns_and_none_is_told_to_go_away(store: Store) -> None:
    def write() -> None:
        for _ in range(10):
            with store.writing() as connection:
                audit.append(connection, "wrote", at=store.now(), actor="test")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as connection:
        found = audit.verify(connection)
    assert (found.entries, found.problems) == (80, ())


def test_sqlite_survives_a_power_cut_and_readers_do_not_wait(sqlite_store: Store) -> None:
    with sqlite_store.reading() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
    with sqlite_store.writing(), sqlite_store.reading() as reader:
        assert reader.execute(select(schema.audit)).all() == []


def test_the_store_lies_in_the_workspace_unless_a_database_is_named(tmp_path: Path) -> None:
    assert url_of(Settings(workspace=tmp_path)) == f"sqlite:///{tmp_path}/review.sqlite"
    assert url_of(Settings(review_database="postgresql://host/x")) == "postgresql://host/x"


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/x"])
def test_a_url_of_another_database_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="review_database"):
        open_store(url)


def test_a_store_that_cannot_be_opened_says_so_without_the_password() -> None:
    with pytest.raises(WorkspaceError, match="review store") as caught:
        open_store("postgresql://someone:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_the_files_of_a_store_are_for_their_owner_alone(tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 'review.sqlite'}")
    with opened.writing() as connection:
        audit.append(connection, "opened", at=opened.now(), actor="test")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    opened.close()
    assert modes == dict.fromkeys(("review.sqlite", "review.sqlite-wal", "review.sqlite-shm"), "0o600")


def test_a_store_that_must_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=f"no review store in workspace {tmp_path / 'nowhere'}"):
        open_store(f"sqlite:///{tmp_path / 'nowhere' / 'review.sqlite'}", must_exist=True)
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_is_no_store(database_url: str) -> None:
    for _ in range(2):  # the first look makes nothing
        with pytest.raises(WorkspaceError, match="no review store in"):
            open_store(database_url, must_exist=True)
    open_store(database_url).close()
    open_store(database_url, must_exist=True).close()

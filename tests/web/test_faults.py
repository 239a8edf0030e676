"""What the server writes into its log names nobody: not of pages looked at and forms sent, nor of what fails unforeseen."""

import logging
from pathlib import Path

import pytest
from invented_cases import LEFT, add_people, case_of, run_of, take_in
from personal import personal_texts
from sqlalchemy import text
from test_security import sign_in
from web_server import caller, served_store

from matching.review import decide
from matching.review.store import Store
from matching.workspace import Workspace

CALLED = "Zebulon Quirkwell, born 1961-07-23"
LOGGERS = ("matching", "uvicorn", "uvicorn.error", "uvicorn.access", "sqlalchemy")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that any logger of the server says, whatever the level: uvicorn's own do not hand theirs on."""
    for name in LOGGERS:
        caplog.set_level(logging.INFO, logger=name)
    return caplog


def test_pages_forms_and_faults_leave_no_name_birth_or_number_in_the_log(
    sqlite_store: Store,
    tmp_path: Path,
    log: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_people(sqlite_store, password=None)
    take_in(sqlite_store, tmp_path, run_of(range(3)), "run-1")
    with served_store(sqlite_store, tmp_path) as address, caller(address) as client:
        sign_in(sqlite_store, client, "ada")
        for path in ("/", f"/case/{case_of(0)}", f"/case/{case_of(0)}/entry/l", f"/{CALLED}", f"/?state={CALLED}"):
            client.get(path)

        def refused(store: Store, *_: object) -> None:
            """As where the database refuses the comment: it quotes what it refuses."""
            with store.writing() as connection:
                connection.execute(text("INSERT INTO nowhere VALUES (:comment)"), {"comment": CALLED})

        monkeypatch.setattr(decide, "judge", refused)
        failed = client.post(f"/case/{case_of(0)}/judge", verdict="different", comment=CALLED)
    assert (failed.status_code, "request_failed" in failed.text) == (500, True)
    assert CALLED not in failed.text
    said = log.text + "".join(capfd.readouterr())
    assert "request_failed" in said
    assert "error=OperationalError where=" in said
    texts = personal_texts(Workspace(tmp_path).published_folder()) | {CALLED, *CALLED.split()}
    assert f"{LEFT}:0" not in texts
    assert [one for one in texts if one in said] == []


def test_an_error_of_the_database_quotes_no_value(sqlite_store: Store) -> None:
    with pytest.raises(Exception, match="no such table") as found, sqlite_store.writing() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": CALLED})
    assert CALLED not in str(found.value)

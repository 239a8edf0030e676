"""The commands of review: exit codes, messages, what they print."""

import json
import socket
from pathlib import Path

import pytest
from command_line import Answer, Demo, matching
from sqlalchemy import text

from matching.review.location import FILE
from matching.review.store import open_store

PASSWORD = "a long enough pass phrase"


@pytest.fixture
def run(demo: Demo, tmp_path: Path):
    """Commands over the demo's published run, with a store of their own."""
    url = f"sqlite:///{tmp_path / FILE}"

    def command(*arguments: str | Path, stdin: str = "") -> Answer:
        return matching(*arguments, stdin=stdin, MATCHING_WORKSPACE=str(demo.workspace), MATCHING_REVIEW_DATABASE=url)

    return command


def test_a_run_is_taken_in_once_and_the_chain_holds(run) -> None:
    first, again = run("review", "sync"), run("review", "sync")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert " 0 new" not in first.err
    assert ": 0 new, 0 returned" in again.err
    verified = run("review", "verify")
    assert (verified.exit_code, json.loads(verified.out)["problems"]) == (0, [])
    assert run("review", "verify", "--head", "0" * 63 + "1").exit_code == 9


def test_a_chain_that_was_tampered_with_ends_with_its_exit_code(run, tmp_path: Path) -> None:
    run("review", "sync")
    store = open_store(f"sqlite:///{tmp_path / FILE}")
    with store.writing() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET actor = 'nobody' WHERE seq = 1"))
    store.close()
    answer = run("review", "verify")
    assert answer.exit_code == 9
    assert "entry 1 was altered" in answer.err


def test_users_are_added_listed_and_closed(run) -> None:
    added = run("user", "add", "ada", "--role", "senior", "--clearance", "PUBLIC", stdin=f"{PASSWORD}\n")
    assert (added.exit_code, added.err) == (0, "user ada: senior, cleared for PUBLIC\n")
    assert run("user", "add", "otto", "--without-password").exit_code == 0
    listed = json.loads(run("user", "list", "--format", "json").out)
    assert [(one["name"], one["role"], one["signs_in_by"]) for one in listed] == [
        ("ada", "senior", "password"), ("otto", "reviewer", "proxy or Airflow"),
    ]  # fmt: skip
    assert run("user", "close", "ada").exit_code == 0
    assert run("user", "close", "nobody").exit_code == 9


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("ada", "--role", "king"), f"{PASSWORD}\n", "no role king"),
        (("ada",), "short\n", "has 5 characters"),
        ((" ada",), f"{PASSWORD}\n", "user name"),
    ],
)
def test_a_user_that_will_not_do_is_refused(run, arguments: tuple[str, ...], stdin: str, says: str) -> None:
    answer = run("user", "add", *arguments, stdin=stdin)
    assert answer.exit_code == 9
    assert says in answer.err


def test_exports_have_a_header_and_a_case_file_needs_an_agreed_case(run, tmp_path: Path) -> None:
    run("review", "sync")
    assert run("review", "export").out.startswith("case_id,record_id_l,record_id_r,outcome")
    labels = tmp_path / "labels.csv"
    assert run("review", "export", "labels", "-o", labels).exit_code == 0
    assert labels.read_text() == "source_l,record_id_l,source_r,record_id_r,clerical_match_score\n"
    assert run("review", "file", "0" * 16).exit_code == 9
    assert run("review", "known", "3").err == "0 known cases are in the queue again\n"


def test_without_a_published_run_there_is_nothing_to_take_in(tmp_path: Path) -> None:
    assert matching("review", "sync", MATCHING_WORKSPACE=str(tmp_path)).exit_code == 7


@pytest.mark.parametrize(
    "arguments",
    [
        ("review", "verify"),
        ("review", "export"),
        ("review", "file", "0" * 16),
        ("review", "known"),
        ("user", "list"),
        ("user", "close", "ada"),
    ],
    ids=" ".join,
)
def test_without_a_store_a_command_says_so_and_makes_none(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = matching(*arguments, MATCHING_WORKSPACE=str(tmp_path / "nowhere"))
    assert answer.exit_code == 7
    assert f"no review store in workspace {tmp_path / 'nowhere'}: run" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_an_error_before_anything_is_served_or_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = matching("review", "serve", "--port", str(port), MATCHING_WORKSPACE=str(tmp_path / "new"))
    assert answer.exit_code == 2
    assert f"cannot listen on 127.0.0.1, port {port}: Address already in use. Give another --port" in answer.err
    assert "http://" not in answer.err
    assert list(tmp_path.iterdir()) == []

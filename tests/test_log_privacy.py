"""No log of a run over the bundled invented lists holds a name, a birth or a number of a person on them."""

import sys
from datetime import UTC, datetime

import polars as pl
import pytest
from command_line import Demo
from invented_lists import OwnLists
from personal import personal_texts

from matching import quality
from matching.ledger import AUDIT
from matching.quality import asking, validation
from matching.sources.freshness import attempts
from matching.tables import RECORDS
from matching.workspace import Workspace


def test_the_log_of_a_whole_run_names_nobody(demo: Demo) -> None:
    texts = personal_texts(Workspace(demo.workspace).published_folder())
    assert len(texts) > 3000
    log = demo.answer.err
    assert "stage_ended" in log
    assert "table_gated" in log
    assert [text for text in texts if text in log] == []


def test_the_audit_trail_names_nobody(demo: Demo) -> None:
    workspace = Workspace(demo.workspace)
    audit = (workspace.root / AUDIT).read_text()
    assert [text for text in personal_texts(workspace.published_folder()) if text in audit] == []


@pytest.mark.usefixtures("quick_gates")
def test_what_is_said_and_kept_of_a_list_that_is_refused_names_nobody(own_lists: OwnLists) -> None:
    texts = personal_texts(own_lists.workspace.published_folder())
    whole = own_lists.list_of("fr_wanted", range(40)).read_text()
    damaged = {
        "another layout": whole.replace("number,name", "id,full_name"),
        "a broken line": whole.replace(",France", ',"France', 1),
        "other births": whole.replace("19", "x9"),
    }
    for text in damaged.values():
        file = own_lists.list_of("fr_wanted", range(1))
        file.write_text(text)
        answer = own_lists.matching("-v", "source", "import", "fr_wanted", file)
        assert [one for one in texts if one in answer.err] == []
    kept = " ".join(str(one.message) for one in attempts(own_lists.workspace, "fr_wanted"))
    assert [one for one in texts if one in kept] == []


def speak() -> None:
    """In the process that checks: say something where a library would."""
    sys.stderr.write("the checker spoke\n")


def test_the_process_that_checks_says_nothing_of_anybody(
    own_lists: OwnLists, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_CHECKER", asking._Checker())  # its standard error is the one that is read here
    records = own_lists.published(RECORDS)
    for frame in (records, records.with_columns(names=records["names"].reverse(), record_id=pl.lit("one of all"))):
        quality.gate(RECORDS, frame, now=datetime(2026, 3, 1, tzinfo=UTC))
    checker = asking._CHECKER.started()
    checker.ask("test_log_privacy:speak").result()
    checker.close()
    said = "".join(capfd.readouterr())
    assert "the checker spoke" in said
    assert [one for one in personal_texts(own_lists.workspace.published_folder()) if one in said] == []


def test_what_a_check_met_is_told_without_the_values_that_it_quotes() -> None:
    info = {"raised_exception": True, "exception_message": "TypeError: 'Zebulon' in \"name\" is no 'float'"}
    assert validation._exception({"a metric": info}, ["name"]) == "TypeError: '…' in \"name\" is no '…'"

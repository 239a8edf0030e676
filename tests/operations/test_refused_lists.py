"""A list that was refused waits for a person, who is asked once, and is taken in as that person decided."""

from datetime import UTC, datetime

import pytest
from invented_lists import OwnLists

from matching.errors import FetchError, GateError, PayloadError, UsageError
from matching.ledger import AUDIT
from matching.operations import scheduled
from matching.sources import freshness, snapshots
from matching.workspace import read_lines

WHEN = datetime(2026, 1, 2, tzinfo=UTC)


def refuse_halved(own: OwnLists) -> None:
    with pytest.raises(GateError):
        own.take_in("fr_wanted", range(3), day=2)


def refuse_changed(own: OwnLists) -> None:
    """The publisher calls the column of names otherwise."""
    file = own.list_of("fr_wanted", range(45))
    file.write_text(file.read_text().replace("number,name", "number,nom"))
    with pytest.raises(PayloadError):
        own.pipeline().ingest("fr_wanted", files=[file], retrieved_at=WHEN)


def persons(own: OwnLists) -> int:
    current = snapshots.current(own.workspace, "fr_wanted")
    assert current
    return current.counts["persons"]


def test_a_halved_list_is_asked_about_once_and_taken_in_where_a_person_says_so(own_lists: OwnLists) -> None:
    settings = own_lists.pipeline().settings
    assert scheduled.refused(settings) == []
    refuse_halved(own_lists)
    [one] = scheduled.refused(settings)
    assert (one["source"], "so much" in one["to_do"]) == ("fr_wanted", True)
    scheduled.asked(settings, [one])
    assert scheduled.refused(settings) == []
    told = scheduled.accepted(settings, one, by="otto")
    assert told
    assert (told["persons"], persons(own_lists)) == (3, 3)
    last = read_lines(own_lists.workspace.root / AUDIT)[-1]
    assert (last["what"], last["by"]) == ("accepted", "otto")
    assert scheduled.accepted(settings, one, by="otto") is None, "done again: nothing"


def test_a_changed_layout_is_taken_in_once_source_yml_reads_it(own_lists: OwnLists) -> None:
    settings = own_lists.pipeline().settings
    refuse_changed(own_lists)
    [one] = scheduled.refused(settings)
    assert "Correct source.yml of fr_wanted first" in one["to_do"]
    with pytest.raises(PayloadError):
        scheduled.accepted(settings, one, by="otto")
    assert persons(own_lists) == 40
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("{full: name,", "{full: nom,"))
    assert scheduled.accepted(settings, one, by="otto")
    assert persons(own_lists) == 45


def test_who_was_asked_about_a_layout_did_not_say_that_many_may_be_gone(own_lists: OwnLists) -> None:
    """The changed layout is read since, and what it reads has lost most of its persons: that is another question."""
    settings = own_lists.pipeline().settings
    file = own_lists.list_of("fr_wanted", range(3))
    file.write_text(file.read_text().replace("number,name", "number,nom"))
    with pytest.raises(PayloadError):
        own_lists.pipeline().ingest("fr_wanted", files=[file], retrieved_at=WHEN)
    [asked] = scheduled.refused(settings)
    scheduled.asked(settings, [asked])
    path = own_lists.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("{full: name,", "{full: nom,"))
    with pytest.raises(GateError):
        scheduled.accepted(settings, asked, by="otto")
    with pytest.raises(UsageError, match="the answer is about `layout`"):  # the task, cleared
        scheduled.accepted(settings, asked, by="otto")
    assert persons(own_lists) == 40
    [anew] = scheduled.refused(settings)
    assert (anew["snapshot"], anew["cause"].startswith("gate: ")) == (asked["snapshot"], True)
    assert scheduled.accepted(settings, anew, by="otto")
    assert persons(own_lists) == 3


def test_the_same_bytes_refused_again_are_not_asked_about_again(own_lists: OwnLists) -> None:
    settings = own_lists.pipeline().settings
    refuse_halved(own_lists)
    scheduled.asked(settings, scheduled.refused(settings))
    refuse_halved(own_lists)
    assert scheduled.refused(settings) == []


def test_a_refused_list_is_not_taken_in_over_a_later_one(own_lists: OwnLists) -> None:
    settings = own_lists.pipeline().settings
    refuse_halved(own_lists)
    [one] = scheduled.refused(settings)
    own_lists.take_in("fr_wanted", range(41), day=3)
    assert scheduled.accepted(settings, one, by="otto") is None
    assert persons(own_lists) == 41


def test_a_publisher_that_does_not_answer_since_leaves_the_question_open(own_lists: OwnLists) -> None:
    settings = own_lists.pipeline().settings
    refuse_halved(own_lists)
    freshness.note_attempt(own_lists.workspace, "fr_wanted", at=WHEN, error=FetchError("fr_wanted", "no answer"))
    [one] = scheduled.refused(settings)
    assert scheduled.accepted(settings, one, by="otto")

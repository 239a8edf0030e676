"""What was shown stands in the audit chain, without naming whom."""

import json
from pathlib import Path
from typing import Any

import pytest
from invented_cases import LEFT, RIGHT, add_people, case_of, listing, run_of, take_in
from invented_run import match
from sqlalchemy import select
from test_decide import ADA

from matching.review import schema
from matching.review.case import entry_of, opened
from matching.review.erase import erase
from matching.review.evidence import shown_id
from matching.review.raw_entry import Archive, raw_entry
from matching.review.refusals import NoSuchCaseError, UnfitError
from matching.review.store import Store

BY_NAME = "aa_police:gradusson anselm"
"""An id as a list has it that gives none of its own."""


@pytest.fixture
def cluster(sqlite_store: Store, tmp_path: Path) -> Store:
    """Person 2 on three lists."""
    ids = (f"{LEFT}:2", f"{RIGHT}:2", BY_NAME)
    run = run_of([1, 2], more=[listing("aa_police", 7) | {"record_id": BY_NAME}], clusters=[
        {"cluster_id": ids[0], "record_id": r, "source": r.split(":")[0], "conflicts": [], "kept_apart": []} for r in ids
    ])  # fmt: skip
    run.matches.append(match(BY_NAME, f"{RIGHT}:2"))
    add_people(sqlite_store)
    take_in(sqlite_store, tmp_path, run, "run-1")
    return sqlite_store


def chain(store: Store) -> list[dict[str, Any]]:
    with store.reading() as connection:
        rows = connection.execute(select(schema.audit).order_by(schema.audit.c.seq)).mappings().all()
    seen = [row for row in rows if row["action"].endswith("_seen")]
    return [{"action": row["action"], **json.loads(row["detail"])} for row in seen]


def version_of(store: Store, record_id: str) -> str:
    records = schema.records.c
    with store.reading() as connection:
        digest = connection.execute(select(records.evidence_hash).where(records.record_id == record_id)).scalar_one()
    return shown_id(record_id, digest)


def test_an_erased_person_whose_raw_entry_was_opened_is_not_named_in_the_chain(cluster: Store) -> None:
    for which in ("l", "1"):
        entry_of(cluster, ADA, case_of(2), which)
    opened(cluster, ADA, case_of(2), is_wide=True)
    erase(cluster, [BY_NAME, f"{LEFT}:2"])
    assert BY_NAME not in repr(chain(cluster))
    assert f"{LEFT}:2" not in repr(chain(cluster))


def test_whoever_holds_a_listing_can_tell_that_it_was_shown(cluster: Store) -> None:
    _, one = entry_of(cluster, ADA, case_of(2), "1")
    opened(cluster, ADA, case_of(2), is_wide=True)
    opened(cluster, ADA, case_of(2), is_wide=False)
    entry, wide, narrow = chain(cluster)
    assert one.record_id == BY_NAME
    assert (entry["action"], entry["side"], entry["shown"]) == ("entry_seen", "1", version_of(cluster, BY_NAME))
    assert (wide["beside"], wide["shown"]) == ("all", [version_of(cluster, BY_NAME)])
    assert "shown" not in narrow


def test_a_listing_that_does_not_stand_beside_a_case_is_not_shown_nor_noted(cluster: Store) -> None:
    for which in ("2", "0", "x", ""):
        with pytest.raises(NoSuchCaseError):
            entry_of(cluster, ADA, case_of(2), which)
    assert chain(cluster) == []


def test_the_log_of_a_raw_entry_that_cannot_be_shown_names_its_list_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("matching.review.raw_entry.event", lambda name, **said: told.append(said))
    (tmp_path / "10_raw" / "un_sc" / ("0" * 64)).mkdir(parents=True)
    with pytest.raises(UnfitError):
        raw_entry(Archive(workspace=tmp_path), "un_sc:gradusson anselm", "0" * 64)
    assert [said["source"] for said in told] == ["un_sc"]
    assert "gradusson" not in repr(told)

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matching.errors import WorkspaceError
from matching.sources import snapshots
from matching.sources.snapshots import Retrieval
from matching.workspace import Workspace

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COUNTS = {"entries": 2, "persons": 1}


def retrieval(hours: int = 0, **validators: str) -> Retrieval:
    return Retrieval(retrieved_at=NOON + timedelta(hours=hours), origin="drop", validators={"list": validators})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def source(make_source):
    return make_source()


def accept(workspace, source, path, hours=0):
    staged = snapshots.stage(source, {"list": [path]})
    return snapshots.accept(workspace, source, staged, retrieval=retrieval(hours), counts=COUNTS)


def test_the_id_depends_on_bytes_and_roles_and_not_on_names(make_source, write):
    source = make_source(
        payloads={"list": {"files": ["a"]}, "more": {"files": ["b"]}}, reader={"format": "csv", "main": "list"}
    )
    one, same, other = write("one.csv", "x"), write("same.csv", "x"), write("other.csv", "y")

    def snapshot_id(**files):
        return snapshots.stage(source, {role: [path] for role, path in files.items()}).snapshot_id

    assert snapshot_id(list=one) == snapshot_id(list=same)
    assert len({snapshot_id(list=one), snapshot_id(list=other), snapshot_id(more=one)}) == 3


def test_a_snapshot_keeps_bytes_and_manifest(workspace, source, write):
    snapshot = accept(workspace, source, write("list (1).csv", "no,name\n"))
    (kept,) = snapshot.files["list"]
    assert kept.read_bytes() == b"no,name\n"
    manifest = json.loads((snapshot.folder / "manifest.json").read_text())
    assert manifest["files"] == [
        {"role": "list", "name": "list_1_.csv", "bytes": 8, "sha256": manifest["files"][0]["sha256"]}
    ]
    assert (manifest["counts"], manifest["licence"], manifest["handling_code"]) == (COUNTS, "open", "PUBLIC")


def test_the_same_bytes_again_add_a_retrieval_and_no_copy(workspace, source, write):
    first = accept(workspace, source, write("a.csv", "x"))
    again = accept(workspace, source, write("b.csv", "x"), hours=5)
    assert again.folder == first.folder
    assert again.first_retrieved_at == NOON
    assert again.retrieved_at == NOON + timedelta(hours=5)
    assert len(snapshots.history(workspace, source.id)) == 1


def test_current_is_the_snapshot_retrieved_last_even_when_it_is_older(workspace, source, write):
    old = accept(workspace, source, write("old.csv", "old"))
    new = accept(workspace, source, write("new.csv", "new"), hours=1)
    assert snapshots.current(workspace, source.id).snapshot_id == new.snapshot_id
    accept(workspace, source, write("back.csv", "old"), hours=2)
    assert snapshots.current(workspace, source.id).snapshot_id == old.snapshot_id
    assert [s.snapshot_id for s in snapshots.history(workspace, source.id)] == [old.snapshot_id, new.snapshot_id]


def test_before_the_first_snapshot_there_is_no_current_one(workspace):
    assert snapshots.current(workspace, "zz_test") is None


def test_refused_bytes_are_kept_with_the_reason_and_never_current(workspace, source, write):
    good = accept(workspace, source, write("good.csv", "good"))
    staged = snapshots.stage(source, {"list": [write("bad.csv", "bad")]})
    reason = "count fell by half"
    folder = snapshots.refuse(workspace, source, staged, retrieval=retrieval(9), reason=reason, refused_by="GateError")
    assert json.loads((folder / "manifest.json").read_text())["refused"] == "count fell by half"
    assert (folder / "files" / "bad.csv").read_bytes() == b"bad"
    assert snapshots.current(workspace, source.id).snapshot_id == good.snapshot_id


def test_unchanged_at_the_server_is_a_retrieval(workspace, source, write):
    snapshot = accept(workspace, source, write("a.csv", "x"))
    later = snapshots.record_retrieval(workspace, snapshot, retrieval(3, etag='"1"'))
    assert later.last_retrieval.validators == {"list": {"etag": '"1"'}}


def test_two_files_of_one_name_are_both_kept(workspace, make_source, tmp_path):
    source = make_source(payloads={"list": {"files": ["*"], "several": True}})
    paths = []
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "p.csv")
        paths[-1].write_text(folder)
    staged = snapshots.stage(source, {"list": paths})
    kept = snapshots.accept(workspace, source, staged, retrieval=retrieval(), counts=COUNTS)
    assert [path.read_text() for path in kept.files["list"]] == ["a", "b", "c"]


def test_a_damaged_snapshot_says_what_is_missing(workspace, source, write):
    snapshot = accept(workspace, source, write("a.csv", "x"))
    snapshot.files["list"][0].unlink()
    with pytest.raises(WorkspaceError, match=r"lacks its files a\.csv"):
        snapshots.current(workspace, source.id)

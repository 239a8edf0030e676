"""The raw entry of a record: found by what the record goes by, cut out of the snapshot it was read from."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matching.records.build import parse
from matching.review import raw_entry as module
from matching.review.raw_entry import Archive, raw_entry
from matching.review.raw_index import Indexes, RawIndex
from matching.review.refusals import UnfitError
from matching.sources import snapshots
from matching.sources.drop import match_files
from matching.sources.excerpts import Excerpt
from matching.sources.registry import load_sources
from matching.sources.snapshots import Retrieval, Snapshot
from matching.workspace import Workspace


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_indexes", Indexes())


FIXTURES = Path(__file__).resolve().parents[1] / "sources" / "fixtures"
AT = datetime(2026, 3, 1, tzinfo=UTC)


def kept(root: Path, source_id: str, folder: Path | None = None) -> Snapshot:
    """The source's fixture of invented people (or what is in ``folder``) as a snapshot of the workspace at ``root``."""
    source = load_sources()[source_id]
    paths = sorted(path for path in (folder or FIXTURES / source_id).iterdir() if path.is_file())
    staged = snapshots.stage(source, match_files(source, paths))
    retrieval = Retrieval(retrieved_at=AT, origin="test", validators={})
    return snapshots.accept(Workspace(root), source, staged, retrieval=retrieval, counts={"entries": 1, "persons": 1})


@pytest.mark.parametrize("source_id", ["un_sc", "us_ofac_sdn", "interpol_red", "us_fbi_wanted"])
def test_the_raw_entry_of_every_record_is_its_own(source_id: str, tmp_path: Path) -> None:
    snapshot = kept(tmp_path, source_id)
    parsed = parse(load_sources()[source_id], snapshot.files, snapshot_id=snapshot.snapshot_id, retrieved_at=AT)
    found = {
        row["publisher_id"]: raw_entry(Archive(workspace=tmp_path), row["record_id"], snapshot.snapshot_id)
        for row in parsed.records.iter_rows(named=True)
    }
    for publisher_id, pieces in found.items():
        assert all(publisher_id in piece.text for piece in pieces)
        assert all(piece.is_verbatim for piece in pieces)
    assert len(set(found.values())) == parsed.records.height > 1


def test_rows_of_several_files_stand_by_role_and_repeats_are_all_there(tmp_path: Path) -> None:
    ofac, interpol = kept(tmp_path, "us_ofac_sdn"), kept(tmp_path, "interpol_red")
    archive = Archive(workspace=tmp_path)
    parsed = parse(load_sources()["us_ofac_sdn"], ofac.files, snapshot_id=ofac.snapshot_id, retrieved_at=AT)
    roles = {
        tuple(dict.fromkeys(piece.role for piece in raw_entry(archive, record_id, ofac.snapshot_id)))
        for record_id in parsed.records["record_id"]
    }
    assert ("sdn", "alt", "add") in roles
    parsed = parse(load_sources()["interpol_red"], interpol.files, snapshot_id=interpol.snapshot_id, retrieved_at=AT)
    counts = [len(raw_entry(archive, one, interpol.snapshot_id)) for one in parsed.records["record_id"]]
    assert max(counts) > 1  # the list's page and the details


def test_rows_of_a_workbook_are_given_as_what_their_cells_hold(tmp_path: Path) -> None:
    snapshot = kept(tmp_path, "au_dfat")
    parsed = parse(load_sources()["au_dfat"], snapshot.files, snapshot_id=snapshot.snapshot_id, retrieved_at=AT)
    (first, *_) = parsed.records["record_id"]
    pieces = raw_entry(Archive(workspace=tmp_path), first, snapshot.snapshot_id)
    assert pieces
    assert not any(piece.is_verbatim for piece in pieces)


def test_what_is_not_kept_any_more_is_said(tmp_path: Path) -> None:
    snapshot = kept(tmp_path, "un_sc")
    archive = Archive(workspace=tmp_path)
    for record_id, snapshot_id, why in (
        ("un_sc:QDi.999999", snapshot.snapshot_id, "was not found"),
        ("un_sc:QDi.901", "0" * 64, "not known here"),
        ("un_sc:QDi.901", "../../../etc", "not known here"),
        ("no_such_list:1", snapshot.snapshot_id, "not known here"),
        ("../un_sc:QDi.901", snapshot.snapshot_id, "not known here"),
    ):
        with pytest.raises(UnfitError, match=why):
            raw_entry(archive, record_id, snapshot_id)
    module._indexes.forget(snapshot.snapshot_id)
    for path in snapshot.files["list"]:
        path.chmod(0o644)
        path.write_text("<html>no list</html>")
    with pytest.raises(UnfitError, match="cannot be shown"):
        raw_entry(archive, "un_sc:QDi.901", snapshot.snapshot_id)
    snapshots.erase_bytes(snapshot.folder, at=AT, why="too old")
    with pytest.raises(UnfitError, match="was erased"):
        raw_entry(archive, "un_sc:QDi.901", snapshot.snapshot_id)


def test_the_payload_is_walked_at_the_first_look_only_and_what_was_kept_of_it_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = kept(tmp_path, "un_sc")
    archive = Archive(workspace=tmp_path)
    first = raw_entry(archive, "un_sc:QDi.901", snapshot.snapshot_id)
    monkeypatch.setattr(module, "_index", None)
    assert raw_entry(archive, "un_sc:QDi.901", snapshot.snapshot_id) == first
    snapshots.erase_bytes(snapshot.folder, at=AT, why="too old")
    with pytest.raises(UnfitError, match="was erased"):
        raw_entry(archive, "un_sc:QDi.901", snapshot.snapshot_id)
    assert module._indexes._kept == {}


def test_no_more_is_kept_in_memory_than_there_is_room_for_nor_longer_than_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    piece = (Excerpt(role="list", file="list.xml", text="x" * 100),)
    monkeypatch.setattr("matching.review.raw_index.MOST_BYTES", RawIndex.of({}, [piece] * 3).size())
    kept_here = Indexes()
    keys = [("ws", str(number), "") for number in range(3)]
    for key in keys[:2]:
        kept_here.of(key, lambda: RawIndex.of({"a:1": (0,)}, [piece] * 2))
    assert [kept_here.has(key) for key in keys] == [False, True, False]
    assert kept_here.of(keys[1], lambda: RawIndex({}, {})).entry("a:1") == piece
    monkeypatch.setattr("matching.review.raw_index.KEPT_S", 0.0)
    assert not kept_here.has(keys[1])


def test_a_packed_payload_is_unpacked_in_the_workspace_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "packed"
    packed.mkdir()
    for path in (FIXTURES / "un_sc").glob("*.xml"):
        (packed / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    snapshot = kept(tmp_path, "un_sc", packed)
    where: list[Path] = []
    opened = module.drop.opened

    def noted(source: Any, files: Any, folder: Path, **given: Any) -> Any:
        where.append(folder)
        return opened(source, files, folder, **given)

    monkeypatch.setattr(module.drop, "opened", noted)
    assert raw_entry(Archive(workspace=tmp_path), "un_sc:QDi.901", snapshot.snapshot_id)
    assert [folder.parent for folder in where] == [tmp_path / "tmp"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_entry_of_a_list_that_nests_deep_is_shown(tmp_path: Path) -> None:
    """What the reader takes is also cut: four hundred levels are well below where the reader stops."""
    folder = tmp_path / "deep"
    folder.mkdir()
    for path in sorted(path for path in (FIXTURES / "us_fbi_wanted").iterdir() if path.is_file()):
        page = json.loads(path.read_text())
        page["items"][0]["files"] = "@"
        deep = json.dumps(page).replace('"@"', '{"a":' * 400 + "1" + "}" * 400)
        (folder / path.name).write_text(deep)
    snapshot = kept(tmp_path, "us_fbi_wanted", folder)
    ids = [
        item["uid"]
        for path in snapshot.files.values()
        for page in path
        for item in json.loads(page.read_text())["items"]
    ]
    for number in ids:
        pieces = raw_entry(Archive(workspace=tmp_path), f"us_fbi_wanted:{number}", snapshot.snapshot_id)
        assert all(number in piece.text for piece in pieces)


def test_a_fault_of_depth_is_an_answer_and_the_log_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    snapshot = kept(tmp_path, "un_sc")

    def too_deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(module, "_index", too_deep)
    with caplog.at_level("WARNING"), pytest.raises(UnfitError, match="cannot be shown"):
        raw_entry(Archive(workspace=tmp_path), "un_sc:QDi.901", snapshot.snapshot_id)
    assert "QDi.901" not in str([vars(record) for record in caplog.records])


def test_no_more_than_a_few_payloads_are_walked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = kept(tmp_path, "un_sc")
    monkeypatch.setattr(module, "PATIENCE_S", 0.01)
    asked: list[str] = []

    def again(*_: object) -> RawIndex:
        asked.append("")
        with pytest.raises(
            UnfitError, match="Others are looking" if len(asked) == module.MOST_AT_ONCE else "not found"
        ):
            raw_entry(Archive(workspace=tmp_path), "un_sc:QDi.901", snapshot.snapshot_id)
        return RawIndex({}, {})

    monkeypatch.setattr(module, "_index", again)
    with pytest.raises(UnfitError, match="was not found"):
        raw_entry(Archive(workspace=tmp_path), "un_sc:QDi.901", snapshot.snapshot_id)
    assert len(asked) == module.MOST_AT_ONCE
    monkeypatch.undo()
    module._indexes.forget(snapshot.snapshot_id)
    with pytest.raises(UnfitError, match="was not found"):  # every turn was given back
        raw_entry(Archive(workspace=tmp_path), "un_sc:QDi.999", snapshot.snapshot_id)

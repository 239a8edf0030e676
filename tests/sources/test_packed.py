"""Packed payloads: what they hold is read, what they try is refused."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matching.errors import PayloadError, UsageError
from matching.ingest import Ingestion
from matching.settings import Settings
from matching.sources import packed, snapshots
from matching.sources.drop import match_files, opened
from matching.sources.packed import is_packed, peek, unpack
from matching.sources.registry import load_sources
from matching.workspace import Workspace

LIST = b"no,name\n1,A\n"
SOURCES = load_sources()
OFAC_FIXTURES = Path(__file__).parent / "fixtures" / "us_ofac_sdn"


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def gzipped(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def link(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


def encrypted(path: Path) -> Path:
    """A zip whose directory says that its member is encrypted."""
    content = bytearray(zipped(path, **{"list.csv": LIST}).read_bytes())
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, directory + 8, 1)
    path.write_bytes(content)
    return path


PACKED: list[Callable[[Path], Path]] = [
    lambda folder: gzipped(folder / "list.csv.gz", LIST),
    lambda folder: zipped(folder / "LIST.ZIP", **{"list.csv": LIST, "__MACOSX/list.csv": b"x", ".DS_Store": b"x"}),
    lambda folder: tarred(folder / "list.tar.gz", (tarfile.TarInfo("a/list.csv"), LIST)),
]


@pytest.mark.parametrize("pack", PACKED, ids=["gzip", "zip", "tar"])
def test_what_is_packed_is_unpacked_under_its_plain_name(tmp_path, pack):
    path = pack(tmp_path)
    assert is_packed(path)
    assert [(member.name, member.start) for member in peek(path)] == [("list.csv", LIST)]
    (found,) = unpack("zz_test", path, tmp_path / "out", limit_mb=1)
    assert (found.name, found.read_bytes()) == ("list.csv", LIST)


def test_a_name_that_says_nothing_of_packing_is_not_believed(tmp_path):
    path = gzipped(tmp_path / "us_ofac_sdn_list.xml", b"<sdnList/>")
    assert [found.name for found in unpack("zz_test", path, tmp_path / "out", limit_mb=1)] == [path.name]


def test_files_of_one_name_in_several_folders_are_all_kept(tmp_path):
    members = [(tarfile.TarInfo(f"{day}/list.csv"), day.encode()) for day in ("mon", "tue")]
    found = unpack("zz_test", tarred(tmp_path / "l.tar.gz", *members), tmp_path / "out", limit_mb=1)
    assert [path.read_bytes() for path in found] == [b"mon", b"tue"]


def test_a_workbook_is_no_archive_and_a_plain_file_stays(tmp_path):
    assert not is_packed(zipped(tmp_path / "list.xlsx", **{"[Content_Types].xml": b"<Types/>"}))
    plain = tmp_path / "list.csv"
    plain.write_bytes(LIST)
    assert not is_packed(plain)


BOMB = bytes(3 << 20)
REFUSED: list[tuple[Callable[[Path], Path], str]] = [
    (lambda folder: gzipped(folder / "list.csv.gz", BOMB), "unpacks to more than 1 MB"),
    (lambda folder: zipped(folder / "list.zip", **{"list.csv": BOMB}), "unpacks to more than 1 MB"),
    (lambda folder: tarred(folder / "l.tar.gz", (tarfile.TarInfo("list.csv"), BOMB)), "unpacks to more than 1 MB"),
    (lambda folder: zipped(folder / "list.zip", **{"../list.csv": LIST}), "leads out of its folder"),
    (lambda folder: zipped(folder / "list.zip", **{"/etc/list.csv": LIST}), "leads out of its folder"),
    (lambda folder: tarred(folder / "l.tar.gz", (tarfile.TarInfo("a/../../l.csv"), LIST)), "leads out of its folder"),
    (lambda folder: tarred(folder / "l.tar.gz", (link("list.csv"), b"")), "holds a link or a device"),
    (lambda folder: encrypted(folder / "list.zip"), "encrypted or packed in a rare way"),
    (lambda folder: zipped(folder / "list.zip", **{".hidden": LIST}), "holds no file"),
]


@pytest.mark.parametrize(("pack", "reason"), REFUSED)
def test_what_an_archive_tries_is_refused(tmp_path, pack, reason):
    folder = tmp_path / "out"
    with pytest.raises(PayloadError, match=f"zz_test: .*{reason}"):
        unpack("zz_test", pack(tmp_path), folder, limit_mb=1)
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 1 << 20
    assert {path.name for path in tmp_path.iterdir()} <= {"out", "list.zip", "list.csv.gz", "l.tar.gz"}


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "_MOST_MEMBERS", 2)
    path = zipped(tmp_path / "list.zip", **{f"{n}.csv": LIST for n in range(3)})
    with pytest.raises(PayloadError, match="more than 2 files"):
        unpack("zz_test", path, tmp_path / "out", limit_mb=1)


@pytest.mark.parametrize("pack", PACKED, ids=["gzip", "zip", "tar"])
@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_packed_file_that_is_cut_is_refused_when_it_is_read(tmp_path, pack, keep):
    path = pack(tmp_path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert len(peek(path)) == 1
    with pytest.raises(PayloadError, match="cut or damaged"):
        unpack("zz_test", path, tmp_path / "out", limit_mb=1)


def test_an_archive_has_the_role_of_what_it_holds(tmp_path):
    content = (OFAC_FIXTURES / "enhanced" / "sdn_enhanced.xml").read_bytes()
    path = zipped(tmp_path / "download.zip", **{"IRGC.XML": content})
    assert match_files(SOURCES["us_ofac_sdn"], [path]) == {"sdn_enhanced": [path]}


def test_files_of_several_roles_in_one_archive_find_theirs(tmp_path):
    files = {path.name: path.read_bytes() for path in OFAC_FIXTURES.glob("*.csv")}
    path = zipped(tmp_path / "all.zip", **files)
    source = SOURCES["us_ofac_sdn"]
    _, ready = opened(source, match_files(source, [path]), tmp_path / "out", limit_mb=1)
    assert {role: [file.name for file in found] for role, found in ready.items()} == {
        "sdn": ["sdn.csv"],
        "alt": ["alt.csv"],
        "add": ["add.csv"],
    }


def test_two_files_for_a_role_that_takes_one_are_refused(make_source, tmp_path):
    path = zipped(tmp_path / "list.zip", **{"list1.csv": LIST, "list2.csv": LIST})
    with pytest.raises(PayloadError, match="2 files for list, one was expected"):
        opened(make_source(), {"list": [path]}, tmp_path / "out", limit_mb=1)


def test_a_snapshot_keeps_the_packed_bytes_and_is_read_again_from_them(tmp_path):
    path = gzipped(tmp_path / "sdn.xml.gz", (OFAC_FIXTURES / "xml" / "sdn.xml").read_bytes())
    source = SOURCES["us_ofac_sdn"]
    workspace = Workspace(tmp_path / "workspace")
    ingestion = Ingestion(workspace=workspace, settings=Settings(count_bands=False))
    taken = ingestion.from_files(source, [path], retrieved_at=datetime(2026, 3, 1, tzinfo=UTC))
    snapshot = snapshots.current(workspace, source.id)
    assert snapshot is not None
    assert [kept.read_bytes() for kept in snapshot.files["sdn_xml"]] == [path.read_bytes()]
    assert taken.persons == 1
    again = ingestion.tables(source.model_copy(update={"title": "A mapping that has changed"}), snapshot)
    assert again.records["record_id"].to_list() == ["us_ofac_sdn:9501", "us_ofac_sdn:9502"]


def test_files_of_several_layouts_are_not_one_retrieval(tmp_path):
    xml = OFAC_FIXTURES / "xml" / "sdn.xml"
    with pytest.raises(UsageError, match="files of several layouts: sdn, sdn_xml"):
        match_files(SOURCES["us_ofac_sdn"], [OFAC_FIXTURES / "sdn.csv", xml])

"""Payloads that come packed: gzip, zip, and tar in gzip. Told by their first bytes, whatever their names say.

A packed file is kept as the publisher gave it; it is unpacked into a scratch folder to be read. Nothing in an archive
is trusted: not its sizes, not its names, not its kinds of members. XLSX is a zip too, and stays as it is.
"""

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from matching.errors import PayloadError

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257  # POSIX.1-1988, and GNU
_WORKBOOK = "[Content_Types].xml"  # ECMA-376: every Office file has it
_START = 4096  # bytes that tell what a file is
_PEEK_MB = 16  # to the first file of a tar
_CHUNK = 1 << 16
_MOST_MEMBERS = 10_000
_PLAIN_ZIP = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack a chunk to any size at once
_DAMAGE = (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile, ValueError)


@dataclass(frozen=True)
class Member:
    """A file within a packed one, or a plain file itself: its name and how it starts."""

    name: str
    start: bytes


def peek(path: Path) -> list[Member]:
    """Return the files that ``path`` holds, of a tar the first one. What is damaged is its own single member."""
    kind = _kind(path)
    try:
        if kind == "zip":
            return _peek_zip(path)
        if kind == "tar":
            with gzip.open(path) as stream, _tar(_Counted(stream, _Budget("", path, _PEEK_MB))) as tar:
                found = next(member for member in tar if member.isfile() and not _is_hidden(member.name))
                return [Member(_base(found.name), _read_start(tar.extractfile(found)))]
        if kind == "gzip":
            with gzip.open(path) as stream:
                return [Member(_unpacked_name(path), stream.read(_START))]
    except (*_DAMAGE, PayloadError, RuntimeError, StopIteration):
        return [Member(_unpacked_name(path), b"")]  # unpacking it says what is wrong
    with path.open("rb") as file:
        return [Member(path.name, file.read(_START))]


def is_packed(path: Path) -> bool:
    """Tell whether ``path`` must be unpacked to be read."""
    return _kind(path) is not None


def unpack(source_id: str, path: Path, folder: Path, *, limit_mb: int) -> list[Path]:
    """Unpack ``path`` into ``folder`` and return the files, under their plain names, in the archive's order.

    Raises PayloadError where it is damaged or encrypted, unpacks to more than ``limit_mb``, holds a link or a name that
    leads out of its folder, too many files, or none.
    """
    budget = _Budget(source_id, path, limit_mb)
    try:
        files = [*_members(budget, path, folder)]
    except _DAMAGE as error:
        raise budget.problem(
            f"cannot be unpacked ({type(error).__name__}): it is cut or damaged; retrieve it again"
        ) from error
    if not files:
        raise budget.problem("holds no file: the publisher's list was expected in it; retrieve it again")
    return files


class _Budget:
    """How much of one packed file may still be unpacked."""

    def __init__(self, source_id: str, path: Path, limit_mb: int) -> None:
        self.source_id, self.path, self.limit_mb = source_id, path, limit_mb
        self.bytes_left, self.members_left = limit_mb << 20, _MOST_MEMBERS

    def take(self, size: int) -> None:
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise self.problem(
                f"unpacks to more than {self.limit_mb} MB, the most that is read: it is no list, or max_payload_mb in"
                " the settings must be raised"
            )

    def take_member(self, name: str) -> None:
        """Count a member. Raises PayloadError where its name leads elsewhere."""
        self.members_left -= 1
        if self.members_left < 0:
            raise self.problem(f"holds more than {_MOST_MEMBERS} files: no list does; look at it before importing")
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if ".." in parts or name.startswith(("/", "\\")) or ":" in (parts[0] if parts else ""):
            raise self.problem(
                "holds a file whose name leads out of its folder, which no publisher needs: it is refused unread"
            )

    def problem(self, what: str) -> PayloadError:
        return PayloadError(self.source_id, f"{self.path.name} {what}")


class _Counted:
    """A stream whose every byte is taken from a budget."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, budget: _Budget) -> None:
        self._stream, self._budget = stream, budget

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size if 0 <= size < _CHUNK else _CHUNK)
        self._budget.take(len(chunk))
        return chunk


def _tar(stream: _Counted) -> tarfile.TarFile:
    return tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|")  # read once, front to back


def _members(budget: _Budget, path: Path, folder: Path) -> Iterator[Path]:
    kind = _kind(path)
    if kind == "zip":
        yield from _unzip(budget, path, folder)
        return
    with gzip.open(path) as stream:
        counted = _Counted(stream, budget)
        if kind == "gzip":
            yield _write(counted, folder / _unpacked_name(path))
            return
        with _tar(counted) as tar:
            for position, member in enumerate(tar):
                budget.take_member(member.name)
                if not (member.isfile() or member.isdir()):
                    raise budget.problem("holds a link or a device, which no publisher needs: it is refused unread")
                if member.isfile() and not _is_hidden(member.name):
                    yield _write(tar.extractfile(member), folder / str(position) / _base(member.name))


def _unzip(budget: _Budget, path: Path, folder: Path) -> Iterator[Path]:
    with zipfile.ZipFile(path) as archive:
        for position, member in enumerate(archive.infolist()):
            budget.take_member(member.filename)
            if member.flag_bits & 1 or member.compress_type not in _PLAIN_ZIP:
                raise budget.problem("is encrypted or packed in a rare way: unpack it, and import what it holds")
            if not member.is_dir() and not _is_hidden(member.filename):
                with archive.open(member) as stream:
                    yield _write(_Counted(stream, budget), folder / str(position) / _base(member.filename))


def _write(stream: "IO[bytes] | _Counted | None", path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if stream is not None:
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file, _CHUNK)
    return path


def _peek_zip(path: Path) -> list[Member]:
    with zipfile.ZipFile(path) as archive:
        kept = [found for found in archive.infolist() if not found.is_dir() and not _is_hidden(found.filename)]
        members = []
        for found in kept[:_MOST_MEMBERS]:
            with archive.open(found) as stream:
                members.append(Member(_base(found.filename), stream.read(_START)))
        return members


def _read_start(stream: IO[bytes] | None) -> bytes:
    return stream.read(_START) if stream is not None else b""


def _kind(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(len(_ZIP))
    if start == _ZIP:
        return None if _is_workbook(path) else "zip"
    if not start.startswith(_GZIP):
        return None
    try:
        with gzip.open(path) as stream:
            head = stream.read(_TAR_MARK_AT + len(_TAR_MARK))
    except _DAMAGE:
        return "gzip"
    return "tar" if head[_TAR_MARK_AT:] == _TAR_MARK else "gzip"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return _WORKBOOK in archive.namelist()
    except _DAMAGE:
        return False


def _unpacked_name(path: Path) -> str:
    return path.name[:-3] if path.name.casefold().endswith(".gz") else path.name


def _base(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _is_hidden(name: str) -> bool:
    """Tell of a file that the packer's own computer added."""
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in PurePosixPath(name).parts)

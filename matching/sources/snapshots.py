"""Raw snapshots: the publisher's bytes, content-addressed and immutable, with a manifest.

Where they stand is in matching/workspace.py. A snapshot's id is the hash of what its files hold, by role; so the same
bytes retrieved again are the same snapshot and add a line to ``retrievals.jsonl``, not a copy. The current snapshot of
a source is the accepted one that was retrieved last.
"""

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from matching import log
from matching.errors import WorkspaceError
from matching.sources.spec import Source
from matching.workspace import Workspace, append_line, read_json, read_lines, write_json

Files = Mapping[str, Sequence[Path]]


@dataclass(frozen=True, kw_only=True)
class StagedFile:
    """One payload file that is not yet in the workspace."""

    role: str
    path: Path
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Staged:
    """The files of one retrieval, identified and not yet judged."""

    source_id: str
    snapshot_id: str
    staged_files: tuple[StagedFile, ...]

    @property
    def files(self) -> dict[str, list[Path]]:
        """Role to paths, as readers take them."""
        return _by_role([(file.role, file.path) for file in self.staged_files])


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """One time that the bytes of a snapshot were retrieved; ``validators`` are role to HTTP validators."""

    retrieved_at: datetime
    origin: str
    validators: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One accepted snapshot. ``counts`` has at least entries and persons.

    Of one that ``is_erased`` the bytes are gone, since they told of persons that may not be kept; its records are left.
    """

    source_id: str
    snapshot_id: str
    folder: Path
    files: Mapping[str, Sequence[Path]]
    counts: Mapping[str, int]
    licence: str
    handling_code: str
    retrievals: Sequence[Retrieval]
    is_erased: bool = False

    @property
    def first_retrieved_at(self) -> datetime:
        """When these bytes were first retrieved."""
        return min(retrieval.retrieved_at for retrieval in self.retrievals)

    @property
    def retrieved_at(self) -> datetime:
        """When these bytes were last retrieved."""
        return self.last_retrieval.retrieved_at

    @property
    def last_retrieval(self) -> Retrieval:
        """The latest retrieval."""
        return max(self.retrievals, key=lambda retrieval: retrieval.retrieved_at)


def stage(source: Source, files: Files) -> Staged:
    """Identify the ``files`` (role to paths) of one retrieval. The id depends on roles and bytes, not on names."""
    staged: list[StagedFile] = []
    for role in source.payloads:
        for path in files.get(role, ()):
            name = _free_name(path.name, {file.name for file in staged})
            staged.append(StagedFile(role=role, path=path, name=name, sha256=_hash(path), size=path.stat().st_size))
    content = sorted(f"{file.role} {file.sha256}" for file in staged)
    snapshot_id = hashlib.sha256("\n".join(content).encode()).hexdigest()
    return Staged(source_id=source.id, snapshot_id=snapshot_id, staged_files=tuple(staged))


def accept(
    workspace: Workspace,
    source: Source,
    staged: Staged,
    *,
    retrieval: Retrieval,
    counts: Mapping[str, int],
) -> Snapshot:
    """Keep ``staged`` as a snapshot, or add ``retrieval`` to the one that holds the same bytes; return it."""
    folder = workspace.raw / source.id / staged.snapshot_id
    if not folder.exists() or load(workspace, source.id, staged.snapshot_id).is_erased:
        before = _retrievals(folder) if folder.exists() else ()
        with workspace.replacing(folder) as fresh:
            _fill(fresh, source, staged, {"counts": dict(counts)})
            for one in (*before, retrieval):
                _append(fresh, one)
    elif retrieval.retrieved_at not in {
        one.retrieved_at for one in _retrievals(folder)
    }:  # else: the same attempt again
        _append(folder, retrieval)
    log.event(
        "snapshot_saved", source=source.id, snapshot=staged.snapshot_id[:12], files=len(staged.staged_files),
        bytes=sum(file.size for file in staged.staged_files), **counts,
    )  # fmt: skip
    return load(workspace, source.id, staged.snapshot_id)


def refuse(
    workspace: Workspace, source: Source, staged: Staged, *, retrieval: Retrieval, reason: str, refused_by: str
) -> Path:
    """Keep ``staged`` to look at, with the reason why it was refused; nothing ever reads it. Return its folder.

    ``refused_by`` names the error that refused it.
    """
    folder = workspace.raw / source.id / "refused" / staged.snapshot_id
    with workspace.replacing(folder) as fresh:
        _fill(fresh, source, staged, {"refused": reason, "refused_by": refused_by})
        _append(fresh, retrieval)
    log.event("snapshot_refused", source=source.id, snapshot=staged.snapshot_id[:12])
    return folder


def erase_bytes(folder: Path, *, at: datetime, why: str) -> None:
    """Remove the payload files of the snapshot or refused payload in ``folder``; what is known about them stays."""
    manifest = read_json(folder / "manifest.json")
    write_json(folder / "manifest.json", {**manifest, "erased": {"at": at.isoformat(timespec="seconds"), "why": why}})
    shutil.rmtree(folder / "files", ignore_errors=True)


def record_retrieval(workspace: Workspace, snapshot: Snapshot, retrieval: Retrieval) -> Snapshot:
    """Note that ``snapshot`` was retrieved again (such as: the server said that nothing changed); return it."""
    _append(snapshot.folder, retrieval)
    return load(workspace, snapshot.source_id, snapshot.snapshot_id)


def current(workspace: Workspace, source_id: str) -> Snapshot | None:
    """Return the accepted snapshot that was retrieved last, None before the first."""
    snapshots = history(workspace, source_id)
    return max(snapshots, key=lambda snapshot: snapshot.retrieved_at, default=None)


def history(workspace: Workspace, source_id: str) -> list[Snapshot]:
    """Return the accepted snapshots of a source in the order of their first retrieval."""
    folder = workspace.raw / source_id
    if not folder.is_dir():
        return []
    ids = [child.name for child in folder.iterdir() if (child / "manifest.json").is_file()]
    return sorted(
        (load(workspace, source_id, snapshot_id) for snapshot_id in ids),
        key=lambda snapshot: (snapshot.first_retrieved_at, snapshot.snapshot_id),
    )


def load(workspace: Workspace, source_id: str, snapshot_id: str) -> Snapshot:
    """Load one accepted snapshot. Raises WorkspaceError where it is missing or damaged."""
    folder = workspace.raw / source_id / snapshot_id
    manifest = read_json(folder / "manifest.json")
    is_erased = "erased" in manifest
    kept = [] if is_erased else manifest["files"]
    paths = [(str(file["role"]), folder / "files" / str(file["name"])) for file in kept]
    missing = [path.name for _, path in paths if not path.is_file()]
    if missing:
        raise WorkspaceError(
            f"{folder} lacks its files {', '.join(missing)}: restore them from a backup, or remove the folder and"
            " retrieve the source again"
        )
    return Snapshot(
        source_id=source_id,
        snapshot_id=snapshot_id,
        folder=folder,
        files=_by_role(paths),
        counts=manifest["counts"],
        licence=manifest["licence"],
        handling_code=manifest["handling_code"],
        retrievals=_retrievals(folder),
        is_erased=is_erased,
    )


def _fill(folder: Path, source: Source, staged: Staged, more: Mapping[str, Any]) -> None:
    (folder / "files").mkdir()
    for file in staged.staged_files:
        shutil.copyfile(file.path, folder / "files" / file.name)
        (folder / "files" / file.name).chmod(0o444)
    manifest = {
        "source": source.id, "title": source.title, "publisher": source.publisher, "snapshot_id": staged.snapshot_id,
        "licence": source.licence, "terms": source.terms, "handling_code": source.handling_code,
        "files": [
            {"role": file.role, "name": file.name, "sha256": file.sha256, "bytes": file.size}
            for file in staged.staged_files
        ],
        **more,
    }  # fmt: skip
    write_json(folder / "manifest.json", manifest)


def _append(folder: Path, retrieval: Retrieval) -> None:
    line = {
        "retrieved_at": retrieval.retrieved_at.isoformat(),
        "origin": retrieval.origin,
        "validators": {role: dict(given) for role, given in retrieval.validators.items()},
    }
    append_line(folder / "retrievals.jsonl", line)


def _retrievals(folder: Path) -> tuple[Retrieval, ...]:
    return tuple(
        Retrieval(
            retrieved_at=datetime.fromisoformat(line["retrieved_at"]),
            origin=line["origin"],
            validators=line["validators"],
        )
        for line in read_lines(folder / "retrievals.jsonl")
    )


def _by_role(paths: Sequence[tuple[str, Path]]) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for role, path in paths:
        files.setdefault(role, []).append(path)
    return files


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _free_name(name: str, taken: set[str]) -> str:
    """Return a plain file name that is not yet ``taken``."""
    plain = re.sub(r"[^\w.-]+", "_", name).lstrip(".") or "payload"
    number = 1
    while plain in taken:
        number += 1
        plain = f"{number}_{plain.partition('_')[2] if plain.startswith(f'{number - 1}_') else plain}"
    return plain

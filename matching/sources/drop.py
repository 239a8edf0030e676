"""Drop folders: payload files that came by another way than HTTP, such as a carrier into an air-gapped network.

Which payload a file is, and which layout of the list, is told by its name and, of XML, by its root element.
"""

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from matching.errors import PayloadError, UsageError
from matching.sources.packed import Member, is_packed, peek, unpack
from matching.sources.spec import Layout, Source, XmlReader

Files = Mapping[str, Sequence[Path]]
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


def stored(folder: Path) -> dict[datetime, list[Path]]:
    """Return the payloads stored below ``folder`` by when they were retrieved: files of its folders named by a date.

    The name is ISO 8601, such as 2026-02-27 or 2026-02-27T0600Z; UTC where it names no zone. Other names are passed over.
    """
    found = {}
    for child in sorted(folder.iterdir()):
        with contextlib.suppress(ValueError):
            if child.is_dir():
                at = datetime.fromisoformat(child.name)
                found[at if at.tzinfo else at.replace(tzinfo=UTC)] = sorted(child.iterdir())
    return found


def match_files(source: Source, paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Give each of ``paths`` its role among the payloads of one layout of ``source``, by file name (case is ignored).

    A packed file has the role of what it holds, of several a required one. A single file for a layout with a single
    required role takes that role whatever its name. Raises UsageError that lists what was found and what was expected,
    where a file is missing, fits no role, a role gets too many files, or files are of several layouts.
    """
    problems = [f"{path}: no such file" for path in paths if not path.is_file()]
    files: dict[str, list[Path]] = {}
    held: set[str] = set()
    for path in sorted(path for path in paths if path.is_file()):
        roles = _roles_of(source, path, is_alone=len(paths) == 1)
        held.update(roles)
        if roles:
            files.setdefault(roles[0], []).append(path)
        else:
            problems.append(f"{path.name}: fits no payload")
    layout = source.layout_for(files)
    strangers = sorted(files.keys() - layout.payloads.keys())
    if strangers:
        problems.append(f"files of several layouts: {', '.join(sorted(files))}; import one of them")
    problems += _too_many(layout, files)
    if not problems:
        problems += [f"no file for {role}" for role, p in layout.payloads.items() if p.required and role not in held]
    if problems:
        raise UsageError(f"{source.id}: {'; '.join(problems)}. Expected {expected(source)}")
    return files


def opened(source: Source, files: Files, folder: Path, *, limit_mb: int) -> tuple[Source, dict[str, list[Path]]]:
    """Return ``source`` in the layout of ``files`` (role to paths), and the files to read, unpacked into ``folder``.

    What an archive holds takes its role by name, else the role of the archive. Raises PayloadError where a file cannot
    be unpacked (see ``packed.unpack``), or one role gets several files and takes one.
    """
    layout = source.layout_for(files)
    ready: dict[str, list[Path]] = {}
    for role, paths in files.items():
        for position, path in enumerate(paths):
            inner = folder / f"{role}-{position}"
            for found in unpack(source.id, path, inner, limit_mb=limit_mb) if is_packed(path) else [path]:
                own = _named([layout], {found.name}) if found is not path else None
                ready.setdefault(own or role, []).append(found)
    if problems := _too_many(layout, ready):
        raise PayloadError(source.id, f"{'; '.join(problems)}. Unpack it, and import the files of one list")
    return layout, ready


def expected(source: Source) -> str:
    """Say which files ``source`` takes."""
    return " | ".join(
        "; ".join(
            f"{role}: {' or '.join(payload.files)}{'' if payload.required else ' (optional)'}"
            for role, payload in layout.payloads.items()
        )
        for layout in source.all_layouts
    )


def _too_many(layout: Layout, files: Files) -> list[str]:
    return [
        f"{len(found)} files for {role}, one was expected: {', '.join(path.name for path in found)}"
        for role, found in files.items()
        if len(found) > 1 and role in layout.payloads and not layout.payloads[role].several
    ]


def _roles_of(source: Source, path: Path, *, is_alone: bool) -> list[str]:
    """Return the roles of the files in ``path``, required ones first."""
    found = [role for member in peek(path) if (role := _role_of(source, path, member, is_alone=is_alone))]
    required = {role for layout in source.all_layouts for role, payload in layout.payloads.items() if payload.required}
    return sorted(dict.fromkeys(found), key=lambda role: role not in required)


def _role_of(source: Source, path: Path, member: Member, *, is_alone: bool) -> str | None:
    recognised = _recognised(source, member)
    names = {member.name, path.name}
    if role := _named(recognised or source.all_layouts, names) or _only_role(recognised):
        return role
    return _only_role(_of_suffix(source, names)) or _only_role([source]) if is_alone else None


def _recognised(source: Source, member: Member) -> list[Layout]:
    """Return the layouts whose XML has the root that ``member`` has."""
    root = (
        _ROOT.search(_COMMENT.sub(b"", member.start))
        if member.start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
        else None
    )
    name = root.group(1).decode() if root else None
    return [found for found in source.all_layouts if isinstance(found.reader, XmlReader) and name in found.reader.root]


def _named(layouts: Iterable[Layout], names: set[str]) -> str | None:
    """Return the role whose pattern fits a name; of several the longest pattern, which says most, decides."""
    fitting = [
        (len(pattern), role)
        for layout in layouts
        for role, payload in layout.payloads.items()
        for pattern in payload.files
        if any(fnmatch(name.casefold(), pattern.casefold()) for name in names)
    ]
    return max(fitting)[1] if fitting else None


def _of_suffix(source: Source, names: set[str]) -> list[Layout]:
    suffixes = tuple(suffix for name in names if (suffix := Path(name).suffix.casefold()))
    return [
        layout
        for layout in source.all_layouts
        if any(
            suffixes and pattern.casefold().endswith(suffixes) for p in layout.payloads.values() for pattern in p.files
        )
    ]


def _only_role(layouts: Sequence[Layout]) -> str | None:
    """Return the required role of the first of ``layouts``, where it is the only one."""
    required = [role for role, payload in layouts[0].payloads.items() if payload.required] if layouts else []
    return required[0] if len(required) == 1 else None

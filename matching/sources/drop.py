"""Drop folders: payload files that came by another way than HTTP, such as a carrier into an air-gapped network."""

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from matching.errors import UsageError
from matching.sources.spec import Source


def match_files(source: Source, paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Give each of ``paths`` its role among the payloads of ``source``, by file name (case is ignored).

    A single file for a source with a single required role takes that role whatever its name. Raises UsageError that
    lists what was found and what was expected, where a file is missing, fits no role, or a role gets too many files.
    """
    problems = [f"{path}: no such file" for path in paths if not path.is_file()]
    files: dict[str, list[Path]] = {}
    for path in sorted(paths):
        role = _role_of(source, path)
        if role is None and len(paths) == 1:
            role = _only_role(source)
        if role is None:
            problems.append(f"{path.name}: fits no payload")
        else:
            files.setdefault(role, []).append(path)
    problems += [
        f"{len(found)} files for {role}, one was expected: {', '.join(path.name for path in found)}"
        for role, found in files.items()
        if len(found) > 1 and not source.payloads[role].several
    ]
    if not problems:
        problems += [f"no file for {role}" for role, p in source.payloads.items() if p.required and role not in files]
    if problems:
        raise UsageError(f"{source.id}: {'; '.join(problems)}. Expected {expected(source)}")
    return files


def expected(source: Source) -> str:
    """Say which files ``source`` takes."""
    return "; ".join(
        f"{role}: {' or '.join(payload.files)}{'' if payload.required else ' (optional)'}"
        for role, payload in source.payloads.items()
    )


def _role_of(source: Source, path: Path) -> str | None:
    """Return the role whose pattern fits the name; of several the longest pattern, which says most, decides."""
    fitting = [
        (len(pattern), role)
        for role, payload in source.payloads.items()
        for pattern in payload.files
        if fnmatch(path.name.casefold(), pattern.casefold())
    ]
    return max(fitting)[1] if fitting else None


def _only_role(source: Source) -> str | None:
    required = [role for role, payload in source.payloads.items() if payload.required]
    return required[0] if len(required) == 1 else None

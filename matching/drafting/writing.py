"""source.yml and README.md of a drafted source, as text: what is certain plain, what is not with a comment."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from matching.drafting.compose import NOT_MAPPED, Record
from matching.drafting.guess import Guess

TO_FILL = "to be filled in"
"""Stands where a publisher's word is wanted; ``check`` lists what still has it."""

_WIDTH = 112
_MARKED = "Drafted by `matching source new`; source.yml marks with `check:` what is a guess."
_MADE = "`fixture/` has the layout of the payload with invented values. It was made by `matching source new`."
_HEAD = """\
# Drafted by `matching source new` from {files}: {entries} entries.
# Lines under `# check:` are guesses. All else follows from the names of the fields and from every value.
# `# fill in` marks what the payload does not say. What each key means: matching/sources/README.md."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """Everything that a drafted source.yml says; ``persons`` are counted once its mapping was tried."""

    source_id: str
    country: str | None
    paths: tuple[Path, ...]
    role: str
    reader: Mapping[str, Any]
    reader_check: Mapping[str, str]
    record: Record
    entries: int
    persons: int = 1

    @property
    def patterns(self) -> list[str]:
        """Patterns of the names that files of this list have: a date or number in a name is any."""
        return sorted({re.sub(r"\d+([-_.]\d+)*", "*", path.name) for path in self.paths})


def source_yml(described: Description) -> str:
    """Return the text of a source.yml that loads as it is."""
    files = ", ".join(path.name for path in described.paths)
    parts = [
        _HEAD.format(files=files, entries=described.entries),
        *_publisher(described),
        "",
        _dump({"payloads": {described.role: _payload(described)}}),
        *_reader(described),
        *_dates(described.record),
        *_record(described.record),
        *_ignored(described.record),
        "# check: how many persons a whole list holds; below, it is refused or reported",
        _dump({"expected": {"persons": _band(described.persons)}}),
    ]
    return "\n".join(parts) + "\n"


def _publisher(described: Description) -> list[str]:
    country = described.country
    fill = {
        "title": f"{described.source_id} ({TO_FILL})", "publisher": TO_FILL, "authority": TO_FILL,
        "authority_country": country or "ZZ", "listing_kind": "watchlist", "homepage": "https://to-be-filled-in.example",
        "licence": TO_FILL, "terms": TO_FILL, "cadence": TO_FILL, "handling_code": "RESTRICTED",
    }  # fmt: skip
    notes = {
        "publisher": "who publishes the list",
        "authority": "who issues the listings",
        "authority_country": "taken from the id"
        if country
        else "ISO 3166-1 alpha-2, or UN, EU, XPO; matches across borders need it",
        "listing_kind": "red_notice other_notice wanted sanction proscription watchlist missing",
        "cadence": "how often it changes",
        "handling_code": "PUBLIC, or how your agency marks such data",
    }
    lines = [_dump({"id": described.source_id})]
    for key, value in fill.items():
        mark = "check" if key == "authority_country" and country else "fill in"
        lines.append(f"{_dump({key: value})}  # {mark}{': ' + notes[key] if key in notes else ''}")
    return lines


def _payload(described: Description) -> dict[str, Any]:
    several = {"several": True} if len(described.paths) > 1 else {}
    return {"files": described.patterns, **several}


def _reader(described: Description) -> list[str]:
    checks = [f"# check: {key}: {text}" for key, text in described.reader_check.items()]
    return ["", *checks, _dump({"reader": dict(described.reader)}), ""]


def _dates(record: Record) -> list[str]:
    lines = [f"# check: {text}" for text in record.date_checks]
    lines.append(_dump({"date_formats": list(record.date_formats)}))
    if record.months:
        lines.append(_dump({"months": dict(record.months)}))
    return lines


def _record(record: Record) -> list[str]:
    lines = ["", "record:"]
    for name in dict.fromkeys(item.field for item in record.items):
        items = [item for item in record.items if item.field == name]
        if name in _SINGLE:
            lines += [f"  # check: {text}" for text in items[0].check]
            lines.append(_indented(_dump({name: items[0].value}), 2))
            continue
        lines.append(f"  {name}:")
        for item in items:
            lines += [f"    # check: {text}" for text in item.check]
            lines.append(_indented(_dump([item.value]), 4))
    return [*lines, ""]


_SINGLE = frozenset(("publisher_id", "entity_kind", "status", "sex", "listed_date", "url", "height_cm"))


def _ignored(record: Record) -> list[str]:
    if not record.ignored:
        return []
    content = {"ignored": [{"fields": list(paths), "reason": reason} for reason, paths in record.ignored]}
    todo = any(reason == NOT_MAPPED for reason, _ in record.ignored)
    note = (
        [f"# check: map what tells of a person, and give the rest a reason other than `{NOT_MAPPED}`"] if todo else []
    )
    return [*note, _dump(content), ""]


def _band(persons: int) -> dict[str, int]:
    return {"fail_below": max(persons // 2, 1), "warn_below": max(persons * 4 // 5, 1), "warn_above": persons * 2}


class _Dumper(yaml.SafeDumper):
    """Lists under a key are indented, as in the shipped files."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent sequences too."""
        super().increase_indent(flow, False)


def _dump(value: dict[str, Any] | list[Any]) -> str:
    """Return YAML: the outermost collection a line per item, one that holds but scalars in one line."""
    inner = value.values() if isinstance(value, dict) else value
    flow = None if any(isinstance(item, dict | list) for item in inner) else False
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=flow, width=_WIDTH)
    return text.rstrip("\n")


def _indented(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.splitlines())


def readme(described: Description, guesses: Sequence[Guess]) -> str:
    """Return the text of the README.md: what to say of the list, and what was found in it."""
    reader = described.reader
    how = ", ".join(f"{key} {reader[key]!r}" for key in ("separator", "encoding", "sheet") if key in reader)
    lines = [
        f"# {described.source_id}",
        "",
        f"Where the list comes from, who may use it and how it is retrieved: {TO_FILL}.",
        "",
        "## Layout",
        f"{reader['format'].upper()}{f' ({how})' if how else ''}, {described.entries} entries. {_MARKED}",
        "",
        *_field_table(described.record, guesses),
        "",
        "## Traps",
        *([f"- {text}" for text in _traps(described)] or [f"- {TO_FILL}"]),
        "",
        "## Fixture",
        _MADE,
    ]
    return "\n".join(lines) + "\n"


def _field_table(record: Record, guesses: Sequence[Guess]) -> Iterator[str]:
    yield "| field | taken as | certain |"
    yield "|---|---|---|"
    ignored = {path: reason for reason, paths in record.ignored for path in paths}
    for guess in guesses:
        if guess.field.path not in ignored:
            yield f"| `{guess.field.path}` | {guess.role.replace('_', ' ')} | {guess.doubt or 'yes'} |"
    for path, reason in ignored.items():
        yield f"| `{path}` | ignored: {reason} | |"


def _traps(described: Description) -> list[str]:
    record = described.record
    return [*(f"dates: {text}" for text in record.date_checks), *described.reader_check.values()]

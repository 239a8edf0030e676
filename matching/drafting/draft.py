"""A first source.yml, README.md and fixture for a payload that no source describes yet."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from matching.drafting.compose import Record, compose_record
from matching.drafting.fields import fields_of
from matching.drafting.fixture import write_fixture
from matching.drafting.grouping import find_grouping, grouped, merged, shared_id
from matching.drafting.guess import Guess, guess_fields
from matching.drafting.layout import FoundLayout, check_files
from matching.drafting.layout_tables import look_at_csv, look_at_xlsx
from matching.drafting.layout_trees import look_at_json, look_at_xml
from matching.drafting.naming import null_texts
from matching.drafting.writing import Description, readme, source_yml
from matching.errors import UsageError
from matching.normalise.countries import country_code
from matching.records.build import parse
from matching.sources.packed import is_packed, unpack
from matching.sources.paths import Tree
from matching.sources.readers import read_entries
from matching.sources.registry import SCREENED, load_sources
from matching.sources.spec import Source

ROLE = "list"
"""Role of the payload in a drafted source."""


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What was written to ``folder``, what its mapping makes of the payload, and what to know."""

    folder: Path
    entries: int
    persons: int
    quarantined: int
    notes: tuple[str, ...]


def draft_source(source_id: str, paths: Sequence[Path], *, into: Path, limit_mb: int, own: bool = False) -> Drafted:
    """Look at the payload files ``paths`` (of one layout) and write ``<into>/<source_id>/``.

    Packed files may unpack to ``limit_mb``. ``own``: the id SCREENED is allowed. Raises UsageError where the folder exists
    already, the id is none or taken, or the files cannot be a list; PayloadError where they cannot be read.
    """
    folder = into / source_id
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", source_id):
        raise UsageError(
            f"{source_id!r} is no id: small letters, digits and underscores, beginning with a letter, such as"
            " xy_police_wanted"
        )
    if source_id == SCREENED and not own:
        raise UsageError(f"id {SCREENED} stands for the people of `matching screen`: give the list another id")
    if folder.exists():
        raise UsageError(f"{folder} exists already: give another id, or remove it first; nothing was written")
    if missing := [path for path in paths if not path.is_file()]:
        raise UsageError(f"no such file: {', '.join(map(str, missing))}")
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "sources" / source_id
        fresh.mkdir(parents=True)
        drafted = _draft(source_id, _unpacked(source_id, paths, Path(scratch), limit_mb=limit_mb), fresh)
        into.mkdir(parents=True, exist_ok=True)
        shutil.copytree(fresh, folder)
    return replace(drafted, folder=folder)


def _unpacked(source_id: str, paths: Sequence[Path], scratch: Path, *, limit_mb: int) -> list[Path]:
    """Return the files that ``paths`` are, or hold."""
    return [
        inner
        for position, path in enumerate(paths)
        for inner in (
            unpack(source_id, path, scratch / f"packed-{position}", limit_mb=limit_mb) if is_packed(path) else [path]
        )
    ]


def _draft(source_id: str, paths: Sequence[Path], fresh: Path) -> Drafted:
    """Fill the folder ``fresh``, whose parent holds no other source."""
    layout = _layout(source_id, paths)
    entries = list(read_entries(_probe(source_id, paths, layout), {ROLE: list(paths)}))
    if not entries:
        raise UsageError(f"{paths[0].name} has a header and no entry: give a file that holds some of the list")
    described, guesses = _describe(source_id, paths, layout, entries)
    (fresh / "source.yml").write_text(source_yml(described), encoding="utf-8")
    source = load_sources([fresh.parent], own=True)[source_id]
    parsed = parse(source, {ROLE: list(paths)}, snapshot_id="draft", retrieved_at=datetime.now(UTC))
    counted = replace(described, persons=max(parsed.persons, 1))  # the mapping tells who of the entries is a person
    (fresh / "source.yml").write_text(source_yml(counted), encoding="utf-8")
    (fresh / "README.md").write_text(readme(described, guesses), encoding="utf-8")
    write_fixture(source, paths[0], guesses, into=fresh / "fixture")
    return Drafted(
        folder=fresh,
        entries=parsed.entries,
        persons=parsed.persons,
        quarantined=parsed.quarantine.height,
        notes=(*layout.notes, *_notes(described.record)),
    )


def _layout(source_id: str, paths: Sequence[Path]) -> FoundLayout:
    kind = check_files(source_id, paths)
    if kind == "csv":
        return look_at_csv(source_id, paths, ROLE)
    if kind == "xlsx":
        return look_at_xlsx(source_id, paths, ROLE)
    return look_at_json(source_id, paths) if kind == "json" else look_at_xml(source_id, paths)


def _describe(
    source_id: str, paths: Sequence[Path], layout: FoundLayout, entries: Sequence[Tree]
) -> tuple[Description, list[Guess]]:
    seen = {text.casefold() for field in fields_of(entries) for text in field.texts}
    nulls = sorted(seen & null_texts())
    fields = fields_of(entries, frozenset(nulls))
    guesses = guess_fields(fields)
    reader = {**layout.reader, **({"nulls": nulls} if nulls else {})}
    check = dict(layout.check)
    grouping = find_grouping(guesses) if reader["format"] in ("csv", "xlsx") else None
    if grouping is not None:
        reader["repeats"] = grouping.reader
        check["repeats"] = "several rows have the same id: they are taken as rows of one person"
        fields, guesses = grouped(entries, guesses, grouping, frozenset(nulls))
    elif reader["format"] in ("json", "xml") and (shared := shared_id(guesses)):
        reader["repeats"] = {"by": shared, "how": "merge"}
        check["repeats"] = "some entries stand more than once under one id: they are joined field by field"
        fields, guesses = merged(entries, guesses, reader["repeats"], frozenset(nulls))
    country = _country_of(source_id)
    record = compose_record(fields, guesses, country=country, id_pattern=grouping.pattern if grouping else None)
    described = Description(
        source_id=source_id, country=country, paths=tuple(paths), role=ROLE, reader=reader, reader_check=check,
        record=record, entries=fields[0].entries if fields else 0,
    )  # fmt: skip
    return described, guesses


def _country_of(source_id: str) -> str | None:
    """Return the country whose code begins the id, as in us_ofac_sdn."""
    first = source_id.split("_")[0]
    return country_code(first) if len(first) == 2 else None


def _probe(source_id: str, paths: Sequence[Path], layout: FoundLayout) -> Source:
    """Return a source that reads the payload and maps nothing."""
    return Source.model_validate(
        {
            **dict.fromkeys(("title", "publisher", "authority", "licence", "terms", "cadence", "handling_code"), "-"),
            "id": source_id, "authority_country": "ZZ", "listing_kind": "watchlist", "homepage": "https://a.example",
            "payloads": {ROLE: {"files": [path.name for path in paths], "several": True}},
            "reader": layout.reader,
            "record": {"publisher_id": {"constant": "-"}, "names": [{"full": {"constant": "-"}}]},
            "folder": Path(source_id),
        }
    )  # fmt: skip


def _notes(record: Record) -> list[str]:
    guessed = sum(bool(item.check) for item in record.items)
    notes = [f"{guessed} of {len(record.items)} rules are marked `check:` in source.yml"]
    notes += [f"dates: {check}" for check in record.date_checks]
    return notes

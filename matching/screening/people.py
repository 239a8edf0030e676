"""A file of people as records: by a source.yml where one is given, else by what its columns are called and hold."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import yaml

from matching.drafting import draft_source
from matching.drafting.writing import TO_FILL
from matching.errors import UsageError
from matching.normalise.stage import linkable
from matching.records.build import Parsed, parse
from matching.screening.rows import one_row_each, ready
from matching.sources import drop
from matching.sources.registry import SCREENED, load_sources
from matching.sources.spec import Source

SOURCE = SCREENED
"""Source of the records of a screened file."""
_NOT_MAPPED = {"not mapped yet": "not recognised"}
_SURE = frozenset(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"))
_ID = re.compile(r"^id:.*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class People:
    """The persons of a file. ``entries`` counts what was read; ``not_screened`` how many are left out, by reason."""

    records: pl.DataFrame
    entries: int
    not_screened: dict[str, int]
    notes: Sequence[str]


def read_people(path: Path, *, mapping: Path | None, scratch: Path, limit_mb: int) -> People:
    """Read the people of ``path`` (CSV, XLSX, JSON, XML, packed or not, up to ``limit_mb`` unpacked).

    ``mapping`` is a source.yml; without it the columns are recognised as `matching source new` does. ``scratch`` is an
    empty folder outside the workspace. Raises UsageError where a file or the mapping does not fit, PayloadError where
    the file cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such file: give a file of people (CSV, XLSX, JSON or XML)")
    if mapping is None:
        path, said = ready(path, scratch / "ready")
        drafted = draft_source(SOURCE, [path], into=scratch, limit_mb=limit_mb, own=True)
        reader = yaml.safe_load((drafted.folder / "source.yml").read_text(encoding="utf-8"))["reader"]
        if "repeats" in reader:
            path = one_row_each(path, reader, scratch / "rows")
            shutil.rmtree(drafted.folder)
            drafted = draft_source(SOURCE, [path], into=scratch, limit_mb=limit_mb, own=True)
        notes = (*said, *_recognised(drafted.folder / "source.yml"), *drafted.notes)
    else:
        notes = ()
        _adopt(mapping, scratch)
    source = load_sources([scratch], own=True)[SOURCE]
    parsed = _parsed(source, path, scratch / "unpacked", limit_mb=limit_mb)
    return _people(parsed, notes)


def _recognised(path: Path) -> list[str]:
    """What a drafted source.yml says: which column is which, which are not compared, and the encoding where it is guessed."""
    text = path.read_text(encoding="utf-8")
    lines = text.partition("\nrecord:\n")[2].partition("\n\n")[0].splitlines()
    drafted = yaml.safe_load(text)
    said = ["recognised by the names and values of the columns (`--mapping` corrects it):", *lines]
    if isinstance(own := drafted["record"]["publisher_id"], str):
        said.append(f"not compared: {own}: taken as the entry's own number, no document")
    for left in drafted.get("ignored", ()):
        said.append(f"not compared: {', '.join(left['fields'])}: {_NOT_MAPPED.get(left['reason'], left['reason'])}")
    if _SURE.isdisjoint({drafted["reader"].get("encoding", "utf-8")}):
        said.append(f"read as {drafted['reader']['encoding']}, which makes words of most letters: look at the names")
    return said


def _adopt(mapping: Path, scratch: Path) -> None:
    """Copy a source.yml under the id of screened files, so that it may be that of a list which is there already."""
    try:
        text = mapping.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--mapping {mapping} cannot be read ({error}): give the path of a source.yml") from error
    if not _ID.search(text):
        raise UsageError(
            f"--mapping {mapping} has no line `id:`: give a source.yml, such as `matching source new` drafts"
        )
    folder = scratch / SOURCE
    folder.mkdir(parents=True)
    (folder / "source.yml").write_text(_ID.sub(f"id: {SOURCE}", text, count=1), encoding="utf-8")


def _parsed(source: Source, path: Path, unpacked: Path, *, limit_mb: int) -> Parsed:
    files = drop.match_files(source, [path])
    layout, ready = drop.opened(source, files, unpacked, limit_mb=limit_mb)
    return parse(layout, ready, snapshot_id=SOURCE, retrieved_at=datetime.now(UTC))


def _people(parsed: Parsed, notes: Sequence[str]) -> People:
    # Whoever stands in the file is to be screened, whatever a mapping says of status and kind of listing.
    asked = parsed.records.with_columns(status=pl.lit("active"), listing_kind=pl.lit("watchlist"))
    persons = asked.filter(linkable() & _has_a_name())
    reasons = parsed.quarantine.unique("record_id", keep="first", maintain_order=True)
    left_out = {str(rule): int(count) for rule, count in reasons["rule"].value_counts().sort("rule").iter_rows()}
    if others := asked.filter(~linkable()).height:
        left_out["entity_is_no_person"] = others
    if unnamed := asked.filter(linkable() & ~_has_a_name()).height:
        left_out["person_has_no_name_with_a_letter"] = unnamed
    if persons.is_empty():
        raise UsageError(
            f"no person could be read of {parsed.entries} entries ({_counted(left_out)}): name the columns as in name,"
            " birth_date, nationality, passport, or give a source.yml with --mapping"
        )
    return People(records=persons, entries=parsed.entries, not_screened=left_out, notes=tuple(notes))


def _has_a_name() -> pl.Expr:
    """Whether any name has a letter, as the gate of records asks, and is not what a draft puts where no column is a name."""
    parts = [pl.element().struct.field(part) for part in ("full", "given", "patronymic", "family", "other")]
    text = pl.concat_str(parts, ignore_nulls=True)
    return pl.col("names").list.eval(text.str.contains(r"\p{L}") & (text != TO_FILL)).list.any()


def _counted(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in reasons.items()) or "no reason known"

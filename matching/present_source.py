"""What `source check` and `source diff` print."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
import typer

from matching import present
from matching.tables import CHANGES, RECORDS

if TYPE_CHECKING:  # these take a second to import, and `matching --help` needs none of them
    from matching.compare_snapshots import Difference
    from matching.drafting import Checked

_NOT_SHOWN = frozenset(
    ("source", "publisher_id", "snapshot_id", "retrieved_at", "first_seen", "last_seen", "licence", "handling_code")
)
_MOST_LETTERS, _MOST_ROWS = 100, 12


def checked(found: "Checked", as_: str, *, shown: int) -> None:
    """Print the first ``shown`` records, and what was counted, ignored and not read; or all as one JSON object."""
    if as_ == "json":
        sys.stdout.write(json.dumps(_as_json(found, shown), ensure_ascii=False, indent=1, default=str) + "\n")
        return
    for row in found.parsed.records.head(shown).to_dicts():
        typer.echo("\n".join(_card(row)) + "\n")
    typer.echo("\n".join(f"{name}: {count}" for name, count in found.counts().items()))
    for title, frame in _tables(found):
        if not frame.is_empty():
            typer.echo(f"\n{title}")
            present.frame(frame, present.ListFormat.table)
    if found.to_fill:
        typer.echo(f"\nto be filled in: {', '.join(found.to_fill)}")


def difference(found: "Difference", as_: str) -> None:
    """Print the changes by record id; what they sum up to goes to standard error."""
    counts = {row["change"]: row for row in found.counts().to_dicts()}
    came = counts["added"]["persons"] + counts["reinstated"]["persons"]
    gone = counts["removed"]["persons"]
    told = ", ".join(f"{row['entries']} {change} ({row['persons']} persons)" for change, row in counts.items())
    typer.echo(
        f"{found.source_id}: {found.before.snapshot.snapshot_id[:12]} of {found.before.since:%Y-%m-%d} ->"
        f" {found.after.snapshot.snapshot_id[:12]} of {found.after.since:%Y-%m-%d}: persons +{came}/-{gone}; {told}",
        err=True,
    )
    rows = found.changes.select(name for name in CHANGES.columns if not name.endswith("_snapshot"))
    present.frame(rows if as_ == "json" else rows.with_columns(pl.col("fields").list.join(" ")), as_)


def _card(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one record: its id, and each field that has a value."""
    yield f"{row['record_id']}  ({row['entity_kind']}, {row['listing_kind']}, {row['status']})"
    for name in RECORDS.columns:
        if name in _NOT_SHOWN or name in ("record_id", "entity_kind", "listing_kind", "status"):
            continue
        value = row[name]
        for item in value if isinstance(value, list) else [value] if value is not None else []:
            yield f"  {name:<15} {_short(_item(item))}"


def _item(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    return "  ".join(f"{key}: {value}" for key, value in item.items() if value is not None)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"


def _tables(found: "Checked") -> Iterator[tuple[str, pl.DataFrame]]:
    yield "quarantined, by rule:", found.quarantined.with_columns(pl.col("examples").list.join(" "))
    yield "rules on records that do not hold:", found.gates
    yield "fields that nothing reads:", _counted("field", "values", found.parsed.unread)
    yield "paths that no entry has:", pl.DataFrame({"path": list(found.parsed.unseen)}, schema={"path": pl.String})
    yield "ignored fields:", found.ignored
    yield "births not read (9 a digit, a a letter):", _first(_counted("form", "births", found.unread_births))
    yield "countries not understood:", _first(_counted("text", "records", found.unknown_countries))


def _first(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the first rows, and one for what is left."""
    left = counted.slice(_MOST_ROWS)
    if left.is_empty():
        return counted
    name, count = counted.columns
    rest = pl.DataFrame({name: [f"{left.height} others"], count: [left[count].sum()]}, schema=counted.schema)
    return pl.concat([counted.head(_MOST_ROWS), rest])


def _counted(name: str, count: str, found: Mapping[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: list(found.keys()), count: list(found.values())}, schema={name: pl.String, count: pl.Int64}
    )


def _as_json(found: "Checked", shown: int) -> dict[str, Any]:
    return {
        "source": found.source_id,
        "counts": found.counts(),
        "records": found.parsed.records.head(shown).to_dicts(),
        "quarantined": found.quarantined.to_dicts(),
        "gates": found.gates.to_dicts(),
        "unread": dict(found.parsed.unread),
        "unseen": list(found.parsed.unseen),
        "ignored": found.ignored.to_dicts(),
        "births_not_read": dict(found.unread_births),
        "births_unclear": found.ambiguous_births,
        "countries_not_understood": dict(found.unknown_countries),
        "to_fill": list(found.to_fill),
    }

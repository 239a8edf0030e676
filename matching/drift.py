"""What a publisher changed without saying: a new snapshot of a list held against the one before it.

Reads the records of two snapshots, and the places of the payload that had no value or that nothing reads. Writes rows
of gates, by the suite expectations/drift.yml; none stops a list from being taken in. Grain: one rule, and one place.
What was observed names fields, categories and shares, never a value that tells of a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from matching import quality
from matching.quality.loading import DRIFT
from matching.records.build import Parsed
from matching.records.history import NOT_CONTENT
from matching.tables import GATES, RECORDS

UNREAD = "place_that_source_yml_does_not_know"
"""Expectation under which each unread place is noted, so that the next snapshot can tell new ones."""

EMPTY = "path_that_leads_to_no_value"
"""Expectation under which each path without a value is noted."""

CATEGORIES = (
    "entity_kind", "listing_kind", "status", "sex", "authority", "authority_country", "programmes", "names.kind",
    "births.calendar", "identifiers.kind", "offences.category", "parents.role", "references.scheme",
)  # fmt: skip
"""Columns of records, and fields in their lists, whose values are few and mean a kind of thing."""

_MOST_CATEGORIES = 20  # more distinct values than this, and than a tenth of the records, is free text
_MOST_NAMED, _MOST_LETTERS = 10, 60


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two snapshots: its ``records``, its unread and empty places, and the words that no map knew."""

    records: pl.DataFrame
    unread: frozenset[str]
    empty: frozenset[str]
    unknown_words: frozenset[str] = field(default_factory=frozenset)


def side_of(records: pl.DataFrame, quarantine: pl.DataFrame, gates: pl.DataFrame) -> Side:
    """Return the side of a snapshot that was taken in before, from its tables."""
    return Side(
        records=records,
        unread=frozenset(gates.filter(expectation=UNREAD)["column"]),
        empty=frozenset(gates.filter(expectation=EMPTY)["column"]),
        unknown_words=_unknown_words(quarantine),
    )


def drift_gates(source_id: str, parsed: Parsed, *, now: datetime, before: Side | None) -> pl.DataFrame:
    """Return rows of gates: what differs from ``before`` (None: a first snapshot), and the places to remember."""
    places = _places(source_id, parsed)
    if before is None:
        return places
    after = Side(
        records=parsed.records,
        unread=frozenset(parsed.unread),
        empty=frozenset(parsed.unseen),
        unknown_words=_unknown_words(parsed.quarantine),
    )
    metrics, observed = _compare(before, after)
    gated = quality.gate(DRIFT, pl.DataFrame([metrics], schema=DRIFT.schema), source=source_id, now=now)
    named = gated.gates.with_columns(
        observed=pl.col("expectation").replace_strict(observed, default=pl.col("observed"), return_dtype=pl.String),
        rows=pl.lit(parsed.records.height, dtype=pl.Int64),
    )
    return pl.concat([named, places])


def _compare(before: Side, after: Side) -> tuple[dict[str, float], dict[str, str]]:
    """Return the row of DRIFT, and what to say was observed, by rule."""
    new, vanished = sorted(after.unread - before.unread), sorted(after.empty - before.empty)
    words = sorted(after.unknown_words - before.unknown_words)
    categories = new_categories(before.records, after.records)
    fills = fill_changes(before.records, after.records)
    changed, replaced, both = identity_changes(before.records, after.records)
    metrics = {
        "new_fields": len(new),
        "vanished_fields": len(vanished),
        "new_categories": sum(map(len, categories.values())),
        "unknown_words": len(words),
        "largest_fill_change": max((abs(was - now) for was, now in fills.values()), default=0.0),
        "identity_changed_share": changed / both if both else 0.0,
        "identity_replaced_share": replaced / both if both else 0.0,
    }
    moved = sorted(fills.items(), key=lambda item: -abs(item[1][0] - item[1][1]))
    observed = {
        "no_field_is_new": _listed(new),
        "no_field_vanished": _listed(vanished),
        "no_category_is_new": _listed([f"{name} {value!r}" for name, found in categories.items() for value in found]),
        "no_word_is_newly_unknown": _listed(words),
        "fields_are_filled_as_before": "; ".join(f"{name} {was:.0%} -> {now:.0%}" for name, (was, now) in moved[:3]),
        "few_identities_changed": f"{changed} of {both} have other names or births",
        "ids_mean_the_same_persons": f"{replaced} of {both} share neither a name nor a birth with before",
    }
    return metrics, observed


def new_categories(before: pl.DataFrame, after: pl.DataFrame) -> Mapping[str, Sequence[str]]:
    """Return the values of CATEGORIES that ``after`` has and ``before`` has not, by column."""
    found = {}
    for name in CATEGORIES:
        was, now = _values(before, name), _values(after, name)
        if len(was) <= max(_MOST_CATEGORIES, before.height // 10) and (fresh := sorted(now - was)):
            found[name] = fresh
    return found


def fill_changes(before: pl.DataFrame, after: pl.DataFrame) -> Mapping[str, tuple[float, float]]:
    """Return the share of records with a value, before and after, by column that comes from the payload."""
    columns = [name for name in RECORDS.columns if name not in NOT_CONTENT]
    was, now = (side.select(filled(columns)).row(0, named=True) for side in (before, after))
    return {name: (was[name], now[name]) for name in columns}


def identity_changes(before: pl.DataFrame, after: pl.DataFrame) -> tuple[int, int, int]:
    """Return how many records changed names or births, how many share none with before, and how many are in both."""
    both = _identity(after).join(_identity(before), on="record_id", suffix="_before")
    # A list without births compares by its names alone: no birth on either side is no difference.
    no_name = pl.col("names").list.set_intersection("names_before").list.len() == 0
    no_birth = pl.col("births").list.set_intersection("births_before").list.len() == 0
    changed = both.filter((pl.col("names") != pl.col("names_before")) | (pl.col("births") != pl.col("births_before")))
    return changed.height, both.filter(no_name & no_birth).height, both.height


def _identity(records: pl.DataFrame) -> pl.DataFrame:
    """Return record_id, names and births of the persons, as sorted sets."""
    name = pl.element().struct.field("full").str.to_lowercase()
    birth = pl.concat_str(
        pl.element().struct.field("earliest").cast(pl.String), pl.element().struct.field("latest").cast(pl.String)
    )
    return records.filter(entity_kind="person").select(
        "record_id",
        names=pl.col("names").list.eval(name).list.unique().list.sort(),
        births=pl.col("births").list.eval(birth).list.drop_nulls().list.unique().list.sort(),
    )


def _values(records: pl.DataFrame, name: str) -> set[str]:
    column, _, inner = name.partition(".")
    values = records[column]
    if isinstance(values.dtype, pl.List):
        values = values.explode(empty_as_null=False, keep_nulls=False)
    if inner:
        values = values.struct.field(inner)
    return set(values.drop_nulls().unique())


def filled(columns: Sequence[str]) -> list[pl.Expr]:
    """The share of rows with a value, for each of ``columns`` of RECORDS; an empty list is none."""
    return [
        ((pl.col(name).list.len() > 0) if isinstance(RECORDS.schema[name], pl.List) else pl.col(name).is_not_null())
        .mean()
        .fill_null(0.0)
        .alias(name)
        for name in columns
    ]


def _unknown_words(quarantine: pl.DataFrame) -> frozenset[str]:
    """Return the published words that no map of source.yml knows, with the column they stand in."""
    unknown = quarantine.filter(pl.col("table") == "records", rule="known_category")
    return frozenset(f"{column} {value!r}" for column, value in unknown.select("column", "value").rows() if value)


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= _MOST_LETTERS else f"{name[:_MOST_LETTERS]}…" for name in names[:_MOST_NAMED]]
    more = [f"and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return ", ".join([*shown, *more]) or "none"


def _places(source_id: str, parsed: Parsed) -> pl.DataFrame:
    """Return one row per unread place and per path without a value: a note, not a failure."""
    noted = [
        *((UNREAD, place, f"{count} values") for place, count in parsed.unread.items()),
        *((EMPTY, path, "no entry has a value") for path in parsed.unseen),
    ]
    rows = [
        {
            "table": "drift", "source": source_id, "expectation": expectation, "column": place, "severity": "warning",
            "success": True, "observed": observed, "expected": "noted, to be held against the next snapshot",
            "rows": parsed.entries, "quarantined": 0,
        }
        for expectation, place, observed in noted
    ]  # fmt: skip
    return GATES.conform(pl.DataFrame(rows, schema=GATES.schema))

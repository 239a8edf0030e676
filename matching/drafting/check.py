"""A source.yml tried on a payload: the records it makes, what it ignores, what it cannot read. Nothing is stored."""

import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from matching import quality
from matching.drafting.compose import NOT_MAPPED
from matching.drafting.dates import masked
from matching.drafting.writing import TO_FILL
from matching.normalise.countries import countries_of
from matching.records.build import Parsed, parse
from matching.records.derive import compile_derive
from matching.sources import drop
from matching.sources.mapping import Value
from matching.sources.paths import names_of
from matching.sources.places import Places, matches
from matching.sources.readers import read_entries
from matching.sources.spec import Source
from matching.tables import RECORDS

_TWO_NUMBERS = re.compile(r"(?P<first>\d{1,2})[./ -](?P<second>\d{1,2})[./ -]\d{4}")
_MONTHS_IN_A_YEAR = 12
_EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a source.yml makes of a payload.

    ``ignored`` has one row per ignored place (field, values, reason); ``quarantined`` one per rule and column (entries,
    examples by record_id); ``unread_births`` counts the masked forms of birth dates that could not be read (9 a digit,
    a a letter); ``gates`` are the rules on records that do not hold; ``ambiguous_births`` those whose day and month could change places; ``unknown_countries`` the texts
    that no country is known by; ``to_fill`` are the keys that still wait for a word.
    """

    source_id: str
    parsed: Parsed
    ignored: pl.DataFrame
    quarantined: pl.DataFrame
    gates: pl.DataFrame
    unread_births: Mapping[str, int]
    ambiguous_births: int
    unknown_countries: Mapping[str, int]
    to_fill: Sequence[str]

    @property
    def not_mapped(self) -> list[str]:
        """Fields that a draft left for a person to map."""
        return list(self.ignored.filter(reason=NOT_MAPPED)["field"])

    def problems(self, *, strict: bool) -> list[str]:
        """Return what makes the check fail: fields that nothing reads; if ``strict`` also what may be an oversight."""
        unread = [f"{path} ({count})" for path, count in sorted(self.parsed.unread.items())]
        found = [f"fields that source.yml neither reads nor ignores: {', '.join(unread)}"] if unread else []
        if strict and self.parsed.unseen:
            found.append(f"paths that no entry has: {', '.join(self.parsed.unseen)}")
        if strict and self.not_mapped:
            found.append(f"fields not mapped yet: {', '.join(self.not_mapped)}")
        return (
            [f"{'; '.join(found)}. Map them under `record`, or name them under `ignored` with a reason"]
            if found
            else []
        )

    def counts(self) -> dict[str, int]:
        """Return the counts that sum the check up."""
        return {
            "entries": self.parsed.entries,
            "records": self.parsed.records.height,
            "persons": self.parsed.persons,
            "quarantined": self.parsed.entries - self.parsed.records.height,
            "ignored fields": self.ignored.height,
            "fields not mapped yet": len(self.not_mapped),
            "unread fields": len(self.parsed.unread),
            "paths without a value": len(self.parsed.unseen),
            "births not read": sum(self.unread_births.values()),
            "births with day and month unclear": self.ambiguous_births,
            "countries not understood": len(self.unknown_countries),
        }


def check_payload(source: Source, paths: Sequence[Path], *, limit_mb: int) -> Checked:
    """Try ``source`` on the payload files ``paths``, which may unpack to ``limit_mb``.

    Raises UsageError where they are not the files that it takes, PayloadError where they cannot be read.
    """
    now = datetime.now(UTC)
    files = drop.match_files(source, paths)
    with tempfile.TemporaryDirectory() as scratch:
        layout, ready = drop.opened(source, files, Path(scratch), limit_mb=limit_mb)
        parsed = parse(layout, ready, snapshot_id="check", retrieved_at=now)
        ignored = _ignored(layout, ready)
    gated = quality.gate(RECORDS, parsed.records, source=source.id, now=now)
    births = parsed.records.select("record_id", birth=pl.col("births")).explode("birth").unnest("birth")
    written = births.filter(pl.col("text").is_not_null())
    unread = written.filter(pl.col("earliest").is_null())["text"]
    return Checked(
        source_id=source.id,
        parsed=replace(parsed, records=gated.frame),
        ignored=ignored,
        quarantined=_quarantined(pl.concat([parsed.quarantine, gated.quarantine])),
        gates=gated.gates.filter(~pl.col("success")).select("expectation", "severity", "observed", "expected"),
        unread_births=dict(Counter(map(masked, unread)).most_common()),
        ambiguous_births=_ambiguous(written["text"]),
        unknown_countries=_unknown_countries(parsed.records),
        to_fill=_to_fill(source),
    )


def _ignored(source: Source, files: Mapping[str, Sequence[Path]]) -> pl.DataFrame:
    """Return one row per place that ``source`` ignores and the payload has: field, values, reason."""
    # A key of all fields reads every one of them, and maps none.
    record = source.record.model_copy(update={"publisher_id": [Value(constant="-")]})
    bare = source.model_copy(update={"ignored": [], "record": record})
    places = Places(bare)
    derive = compile_derive(bare.derive, bare.reader.nulls)
    for entry in read_entries(bare, files):
        derive(entry)
        places.audit([entry])
    reasons = [(names_of(path), path, one.reason) for one in source.ignored for path in one.fields]
    values: Counter[tuple[str, str]] = Counter()
    for place, count in places.unread().items():
        names = tuple(place.split("/"))  # or one name with slashes in it
        for pattern, path, why in reasons:
            if matches(pattern, names) or "/".join(pattern) == place:
                values[path, why] += count
                break
    rows = [{"field": path, "values": count, "reason": why} for (path, why), count in values.items()]
    return pl.DataFrame(rows, schema={"field": pl.String, "values": pl.Int64, "reason": pl.String})


def _quarantined(quarantine: pl.DataFrame) -> pl.DataFrame:
    """Return rule, column, entries, reason and record_ids of examples, the most frequent first."""
    return (
        quarantine.group_by("rule", "column")
        .agg(
            entries=pl.col("record_id").n_unique(),
            reason=pl.col("reason").first(),
            examples=pl.col("record_id").unique(maintain_order=True).head(_EXAMPLES),
        )
        .sort("entries", "rule", "column", descending=[True, False, False])
    )


def _ambiguous(texts: pl.Series) -> int:
    """Return how many dates could have day and month the other way round, where none tells which comes first."""
    pairs = [
        (int(found["first"]), int(found["second"])) for text in texts if (found := _TWO_NUMBERS.fullmatch(text.strip()))
    ]
    if any(max(pair) > _MONTHS_IN_A_YEAR for pair in pairs):
        return 0
    return sum(first != second for first, second in pairs)


def _unknown_countries(records: pl.DataFrame) -> dict[str, int]:
    countries = countries_of(records)
    unknown = countries.filter(pl.col("country_code").is_null())["text"]
    return {str(text): int(count) for text, count in unknown.value_counts(sort=True).rows()}


def _to_fill(source: Source) -> list[str]:
    content: dict[str, Any] = source.model_dump(include={
        "title", "publisher", "authority", "authority_country", "homepage", "licence", "terms", "cadence"
    })  # fmt: skip
    waiting = [
        key for key, value in content.items() if TO_FILL in str(value) or TO_FILL.replace(" ", "-") in str(value)
    ]
    return [*waiting, *(["authority_country"] if source.authority_country == "ZZ" and waiting else [])]

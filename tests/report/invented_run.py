"""Invented runs for the tests of reports: small rows in, a run folder with every table out.

A row gives only what a test is about; everything else is filled in. All persons and numbers here are made up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from matching import tables, workspace
from matching.contract import Table

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
Row = Mapping[str, Any]

COUNTRY_OF = {"aa_wanted": "AA", "bb_watch": "BB", "aa_police": "AA", "un_list": "UN"}


def record(record_id: str, /, **given: Any) -> dict[str, Any]:
    """One row of RECORDS: a person, listed and active, of whom nothing else is told."""
    source, publisher_id = record_id.split(":", 1)
    row: dict[str, Any] = {
        name: [] if isinstance(c.dtype, pl.List) else None for name, c in tables.RECORDS.columns.items()
    }
    return row | {
        "record_id": record_id,
        "source": source,
        "publisher_id": publisher_id,
        "entity_kind": "person",
        "listing_kind": "wanted",
        "status": "active",
        "authority": f"Authority of {source}",
        "authority_country": COUNTRY_OF.get(source, "ZZ"),
        "snapshot_id": "0123456789abcdef" * 4,
        "retrieved_at": datetime(2026, 2, 27, 6, 0, tzinfo=UTC),
        "licence": "open",
        "handling_code": "TLP:GREEN",
        **given,
    }


def name(record_id: str, name_no: int, full: str, /, **given: Any) -> dict[str, Any]:
    """One row of NAMES: a primary name in Latin letters."""
    return {
        "record_id": record_id, "name_no": name_no, "kind": "primary", "full": full, "script": "Latn",
        "romanised": full, "tokens": [], "particles": [], "skeletons": [],
    } | given  # fmt: skip


def birth(record_id: str, earliest: str, latest: str, /, **given: Any) -> dict[str, Any]:
    """One row of BIRTHS."""
    return {
        "record_id": record_id, "birth_no": 0, "text": earliest, "earliest": date.fromisoformat(earliest),
        "latest": date.fromisoformat(latest), "precision": "day", "calendar": "gregorian",
    } | given  # fmt: skip


def identifier(record_id: str, number: str, /, **given: Any) -> dict[str, Any]:
    """One row of IDENTIFIERS: an unchecked passport."""
    return {
        "record_id": record_id, "identifier_no": 0, "kind": "passport", "country_code": None, "number_text": number,
        "number": number, "comparable": number, "validity": "unchecked", "contradicts": None, "note": None,
    } | given  # fmt: skip


def match(record_id_l: str, record_id_r: str, /, **given: Any) -> dict[str, Any]:
    """One row of MATCHES: names agree, nothing else is known."""
    source_l, source_r = record_id_l.split(":")[0], record_id_r.split(":")[0]
    levels = {f"level_{f}": "unknown" for f in tables.COMPARED} | {"level_name": "same_tokens"}
    weights = {f"weight_{f}": 0.0 for f in tables.COMPARED} | {"weight_name": 14.0}
    row = levels | weights | {
        "source_l": source_l,
        "record_id_l": record_id_l,
        "source_r": source_r,
        "record_id_r": record_id_r,
        "match_probability": 0.9,
        "blocking_rule": "family_skeleton_and_birth_year",
        "name_l": 0,
        "name_r": 0,
        "name_similarity": 0.97,
        "name_rarity": 15.5,
        "weight_prior": -10.0,
        "weight_rivals": 0.0,
        "is_cross_border": COUNTRY_OF.get(source_l) != COUNTRY_OF.get(source_r),
        "is_same_list": source_l == source_r,
        "cluster_id": min(record_id_l, record_id_r),
        "kept_apart": None,
        "conflicts": [],
        "against": [],
    } | given  # fmt: skip
    steps = row["weight_prior"] + sum(row[f"weight_{f}"] for f in tables.COMPARED)
    return {"match_weight": steps, **row}


def clustered(record_id: str, cluster_id: str, /, **given: Any) -> dict[str, Any]:
    """One row of CLUSTERS."""
    source = record_id.split(":")[0]
    return {
        "cluster_id": cluster_id,
        "record_id": record_id,
        "source": source,
        "conflicts": [],
        "kept_apart": [],
    } | given


def conflict(record_id_l: str, record_id_r: str, /, **given: Any) -> dict[str, Any]:
    """One row of CONFLICTS, below the threshold."""
    source_l, source_r = record_id_l.split(":")[0], record_id_r.split(":")[0]
    return {
        "source_l": source_l, "record_id_l": record_id_l, "source_r": source_r, "record_id_r": record_id_r,
        "match_probability": 0.01, "is_match": False, "conflicts": ["one_document_two_names"],
    } | given  # fmt: skip


def explanation(record_id_l: str, record_id_r: str, /, **given: Any) -> dict[str, Any]:
    """One row of EXPLANATIONS in which nothing but a word is told."""
    return {
        "record_id_l": record_id_l, "record_id_r": record_id_r, "steps": [], "form_l": None, "form_r": None,
        "words": ["khalil = khalil (9.1)"], "supports": ["name"], "against": [], "unknown": [],
    } | given  # fmt: skip


def quarantined(record_id: str, /, **given: Any) -> dict[str, Any]:
    """One row of QUARANTINE."""
    return {
        "table": "records", "source": record_id.split(":")[0], "snapshot_id": "0123456789", "record_id": record_id,
        "rule": "birth_not_in_future", "column": "births", "value": "2999-01-01", "reason": "a day before the listing",
    } | given  # fmt: skip


def gate(expectation: str, /, **given: Any) -> dict[str, Any]:
    """One row of GATES that held."""
    return {
        "table": "records", "source": "*", "expectation": expectation, "column": "*", "severity": "critical",
        "success": True, "observed": None, "expected": "at least 1", "rows": 10, "quarantined": 0,
    } | given  # fmt: skip


def stage(position: int, name: str, /, **given: Any) -> dict[str, Any]:
    """One row of LEDGER."""
    return {
        "run_id": "run-1", "position": position, "stage": name, "started_at": NOW, "seconds": 1.25, "rows_in": 10,
        "rows_out": 9, "status": "done", "snapshot_ids": ["aa_wanted:0123456789ab"], "model_id": "model-1",
        "versions": "splink 5.0.0",
    } | given  # fmt: skip


@dataclass(kw_only=True)
class Run:
    """Rows of each table of an invented run; a record that is matched and not given is made up, with a name."""

    records: list[Row] = field(default_factory=list)
    names: list[Row] = field(default_factory=list)
    births: list[Row] = field(default_factory=list)
    countries: list[Row] = field(default_factory=list)
    identifiers: list[Row] = field(default_factory=list)
    matches: list[Row] = field(default_factory=list)
    conflicts: list[Row] = field(default_factory=list)
    clusters: list[Row] = field(default_factory=list)
    explanations: list[Row] = field(default_factory=list)
    quarantine: list[Row] = field(default_factory=list)
    gates: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    ledger: list[Row] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Write every table into the run folder ``folder`` and return it."""
        matched = {m[f"record_id_{side}"] for m in self.matches for side in ("l", "r")}
        listed, named = {r["record_id"] for r in self.records}, {n["record_id"] for n in self.names}
        self.records += [record(r) for r in sorted(matched - listed)]
        self.names += [name(r, 0, f"Person {r.split(':')[1]}") for r in sorted(matched - named)]
        pairs = [{c: m[c] for c in tables.PAIRS.columns} for m in self.matches]
        for table, given in (
            (tables.RECORDS, self.records), (tables.NAMES, self.names), (tables.BIRTHS, self.births),
            (tables.COUNTRIES, self.countries), (tables.IDENTIFIERS, self.identifiers), (tables.NAME_KEYS, []), (tables.PAIRS, pairs),
            (tables.MATCHES, self.matches), (tables.CONFLICTS, self.conflicts), (tables.EXPLANATIONS, self.explanations),
            (tables.CLUSTERS, self.clusters), (tables.QUARANTINE, self.quarantine),
            (tables.GATES, self.gates), (tables.CHANGES, self.changes), (tables.LEDGER, self.ledger),
            (tables.MEASURES, []), (tables.VALIDATIONS, []), (tables.SAMPLES, []),
        ):  # fmt: skip
            workspace.write_table(folder, table, frame_of(table, given))
        return folder


def frame_of(table: Table, rows: Iterable[Row]) -> pl.DataFrame:
    """Return ``rows`` as a frame of ``table``, in the order given."""
    return pl.DataFrame(list(rows), schema=table.schema)

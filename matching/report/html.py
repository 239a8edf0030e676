"""The HTML report of a run: one file that opens from disk.

Enters: a run folder. Leaves: 70_report/report.html in it. The page asks nothing of a server or a network: its style and
its script stand in it, and its content security policy allows only those two, by their hashes, so that markup smuggled
in by a list cannot run even if escaping should fail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from matching import tables, workspace
from matching.contract import Table
from matching.report import cards, evidence, listings, page, quality, summary

# A card is some 11 KB of markup: 500 keep the page near 6 MB, which a browser on an office machine scrolls and filters
# without delay, and are more than one reviewer reads in a day.
FULL_CARDS = 500
# The matches after those, as table rows of some 400 bytes.
COMPACT_ROWS = 5_000
# Conflicts below the review threshold, as rows; on the real lists there are 16 beside 2,473 matches.
MOST_CONFLICTS = 500
# What the summary says of every record, matched or not; the rest is read for the records on the page alone.
SUMMARY_COLUMNS = (
    "source", "entity_kind", "listing_kind", "status", "authority", "authority_country",
    "snapshot_id", "retrieved_at", "licence", "handling_code",
)  # fmt: skip
TITLE = "Matches for review"
FOLDER = "70_report"
STALE_FILE = "stale.json"
"""In a run's folder: the lists that were stale when its report was made, each with what is wrong."""


@dataclass(frozen=True, kw_only=True)
class _Run:
    """The tables of a run that the page needs whole."""

    records: pl.DataFrame
    matches: pl.DataFrame
    conflicts: pl.DataFrame
    clusters: pl.DataFrame
    quarantine: pl.DataFrame
    gates: pl.DataFrame
    ledger: pl.DataFrame
    pairs: int


def write_report(
    run_folder: Path, *, now: datetime, title: str = TITLE, stale: Mapping[str, str] = MappingProxyType({})
) -> Path:
    """Write the report of the run in ``run_folder`` and return its path.

    Reads every table of the run. ``now`` (aware) is the time the page says it was made, ``stale`` the lists that are older
    than their cadence allows, each with what is wrong. The same run and time give the
    same bytes. Raises WorkspaceError naming the first table that is missing, ValueError where ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"the report's time {now.isoformat()} has no time zone: pass an aware one, e.g. in UTC")
    rendered = (
        page.environment()
        .get_template("report.html.j2")
        .render(_context(run_folder, now=now, title=title, stale=stale))
    )
    path = run_folder / FOLDER / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(".report.html.partial")
    partial.write_text(rendered, encoding="utf-8")
    partial.replace(path)
    return path


def _context(run_folder: Path, *, now: datetime, title: str, stale: Mapping[str, str]) -> dict[str, Any]:
    run = _read(run_folder)
    names = _rows_of(run_folder, tables.NAMES, _record_ids(run))
    matches = summary.with_names(run.matches, names)
    full, rest = _with_words(run_folder, matches.head(FULL_CARDS)), matches.slice(FULL_CARDS)
    style, script = page.asset("report.css"), page.asset("report.js")
    return {
        "title": title,
        "stale": dict(stale),
        "now": now,
        "run_id": run_folder.name,
        "style": style,
        "script": script,
        "policy": page.policy(style, script),
        "headline": summary.headline(
            run.records, matches, pairs=run.pairs, clusters=run.clusters, quarantine=run.quarantine, gates=run.gates
        ),
        "lists": summary.list_rows(run.records).to_dicts(),
        "list_pairs": summary.list_pair_counts(matches).to_dicts(),
        "cards": cards.cards_of(full, _listings(run_folder, full, names), _members(run, full, names)),
        "compact": rest.head(COMPACT_ROWS).to_dicts(),
        "left_out": max(0, rest.height - COMPACT_ROWS),
        "conflicts": summary.conflict_rows(run.conflicts, names).head(MOST_CONFLICTS).to_dicts(),
        "conflicts_left_out": max(0, run.conflicts.height - MOST_CONFLICTS),
        "signs": evidence.VERDICT_SIGNS,
        "quarantine": quality.quarantine_groups(run.quarantine),
        "gates": quality.gates_in_order(run.gates).to_dicts(),
        "ledger": run.ledger.sort("run_id", "position").to_dicts(),
    }


def _read(folder: Path) -> _Run:
    return _Run(
        records=workspace.scan_table(folder, tables.RECORDS).select(SUMMARY_COLUMNS).collect(),
        matches=summary.in_order(workspace.read_table(folder, tables.MATCHES)),
        conflicts=workspace.read_table(folder, tables.CONFLICTS).filter(~pl.col("is_match")),
        clusters=workspace.read_table(folder, tables.CLUSTERS),
        quarantine=workspace.read_table(folder, tables.QUARANTINE),
        gates=workspace.read_table(folder, tables.GATES),
        ledger=workspace.read_table(folder, tables.LEDGER),
        pairs=workspace.scan_table(folder, tables.PAIRS).select(pl.len()).collect().item(),
    )


def _record_ids(run: _Run) -> pl.Series:
    """Return the id of every record the page names: of matches, their clusters' other members, and conflicts."""
    ids = [frame[side] for frame in (run.matches, run.conflicts) for side in ("record_id_l", "record_id_r")]
    members = run.clusters.join(run.matches, on="cluster_id", how="semi")
    return pl.concat([*ids, members["record_id"]]).unique()


def _with_words(folder: Path, matches: pl.DataFrame) -> pl.DataFrame:
    sides = ["record_id_l", "record_id_r"]
    told = workspace.scan_table(folder, tables.EXPLANATIONS).select(*sides, "words")
    return matches.lazy().join(told, on=sides, how="left", maintain_order="left").collect()


def _rows_of(folder: Path, table: Table, record_ids: pl.Series) -> pl.DataFrame:
    wanted = record_ids.rename("record_id").to_frame().lazy()
    rows = workspace.scan_table(folder, table).join(wanted, on="record_id", how="semi")
    return rows.sort(*table.key, nulls_last=True).collect()


def _listings(folder: Path, matches: pl.DataFrame, names: pl.DataFrame) -> dict[str, listings.Listing]:
    record_ids = pl.concat([matches["record_id_l"], matches["record_id_r"]]).unique()
    return listings.listings_of(
        _rows_of(folder, tables.RECORDS, record_ids),
        names,
        births=_rows_of(folder, tables.BIRTHS, record_ids),
        countries=_rows_of(folder, tables.COUNTRIES, record_ids),
        identifiers=_rows_of(folder, tables.IDENTIFIERS, record_ids),
    )


def _members(run: _Run, matches: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    return cards.members_of(matches, run.clusters, names)

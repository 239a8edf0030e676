"""The validation site of a run: what is expected of every table and why, whether it held, now and before.

Enters: a run folder with gates, validations and measures; the suites of expectations/. Leaves:
70_report/validations/, an index, a page per table and one of the measures, which open from disk without a network.
Results are counts and shares: no page of it holds a value of a person.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from matching.quality.loading import GATED, load_suite
from matching.report import page
from matching.tables import GATES, MEASURES, VALIDATIONS
from matching.workspace import read_table, table_path

FOLDER = Path("70_report") / "validations"
# As many as fit beside a row on a screen: a month of nightly runs.
SHOWN_RESULTS = 30
_KEY = ["table", "source", "expectation", "column"]


def write_site(run_folder: Path, *, now: datetime) -> Path:
    """Write the pages of the run in ``run_folder``, replacing those there were, and return the index's path.

    Raises WorkspaceError where the run has no gates.
    """
    gates = read_table(run_folder, GATES)
    history = _read(run_folder, VALIDATIONS)
    pages = dict(_pages(run_folder, gates, history, now=now))
    site = run_folder / FOLDER
    site.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        partial = site / f".{name}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(site / f"{name}.html")
    for path in site.iterdir():
        if path.stem not in pages:
            path.unlink()
    return site / "index.html"


def _pages(folder: Path, gates: pl.DataFrame, history: pl.DataFrame, *, now: datetime) -> Iterator[tuple[str, str]]:
    environment, style = page.environment(), page.asset("report.css")
    trends = _trends(history)
    rows = [{**row, "trend": trends.get(_key(row), [])} for row in gates.sort("success", *_KEY).to_dicts()]
    common = {"run_id": folder.name, "now": now, "style": style, "policy": page.policy(style)}
    tables = [
        _table(name, rows)
        for name in (*GATED, MEASURES.name)
        if name == MEASURES.name or any(row["table"] == name for row in rows)
    ]
    yield (
        "index",
        environment.get_template("validations.html.j2").render(
            **common, tables=tables, refused=_refused(history), measured=not _read(folder, MEASURES).is_empty()
        ),
    )
    for table in tables:
        yield table["name"], environment.get_template("validations_of_table.html.j2").render(**common, table=table)
    yield "history", environment.get_template("measures.html.j2").render(**common, measures=_measured(folder))


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the page of one table shows: its suite in words, and every result of it in the run."""
    suite = load_suite(name) if name in GATED else None
    rules = {rule.rule: rule for rule in suite.expectations} if suite else {}
    results = [{**row, "rule": rules.get(row["expectation"])} for row in rows if row["table"] == name]
    return {
        "name": name,
        "about": suite.about if suite else "Measures of the run, held against the published runs before it.",
        "results": results,
        "failed": sum(not row["success"] for row in results),
        "critical": sum(not row["success"] and row["severity"] == "critical" for row in results),
        "quarantined": sum(row["quarantined"] for row in results),
        "not_asked": [rule for name, rule in rules.items() if name not in {row["expectation"] for row in results}],
    }


def _trends(history: pl.DataFrame) -> dict[tuple[str, ...], list[bool]]:
    """Return, for each expectation of a table and source, its last results, the earliest first."""
    last = history.sort("checked_at").group_by(_KEY).agg(pl.col("success").tail(SHOWN_RESULTS))
    return {_key(row): row["success"] for row in last.to_dicts()}


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in _KEY)


def _refused(history: pl.DataFrame) -> list[dict[str, Any]]:
    """Critical expectations that kept a snapshot out, the latest first."""
    kept_out = history.filter(~pl.col("success"), mapping="refused", severity="critical")
    return kept_out.sort("checked_at", descending=True).head(SHOWN_RESULTS).to_dicts()


def _measured(folder: Path) -> list[dict[str, Any]]:
    """The measures of the run in ``folder``, those furthest from usual first."""
    gap = (pl.col("value") - pl.col("usual")).abs().alias("gap")
    found = _read(folder, MEASURES).with_columns(gap)
    return found.sort(
        "gap", "measure", "subject", "part", descending=[True, False, False, False], nulls_last=True
    ).to_dicts()


def _read(folder: Path, table: Any) -> pl.DataFrame:
    """Read ``table``; empty where the run was made before there was one."""
    frame: pl.DataFrame = read_table(folder, table) if table_path(folder, table).exists() else table.empty()
    return frame

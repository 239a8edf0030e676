"""Load the suite of a table and hold it against the table's contract, before any data is met."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from matching import project
from matching.contract import Column, Table
from matching.errors import UsageError
from matching.quality.checks import Checks, opened
from matching.quality.suite import Suite, read_suite
from matching.tables import TABLES

SNAPSHOT = Table(
    name="snapshot",
    zone="60_quality",
    grain="one snapshot of a source that asks to be accepted",
    key=("persons",),
    columns={
        "persons": Column(dtype=pl.Int64, nullable=False, meaning="persons in the snapshot"),
        "previous_persons": Column(dtype=pl.Int64, meaning="persons in the accepted one before it; null for the first"),
    },
)
DRIFT = Table(
    name="drift",
    zone="60_quality",
    grain="one new snapshot of a source, held against the one before it",
    key=("new_fields",),
    columns={
        "new_fields": Column(dtype=pl.Int64, nullable=False, meaning="places that nothing reads and were not there"),
        "vanished_fields": Column(dtype=pl.Int64, nullable=False, meaning="paths read that had a value, and have none"),
        "new_categories": Column(dtype=pl.Int64, nullable=False, meaning="values of categories that were not there"),
        "unknown_words": Column(dtype=pl.Int64, nullable=False, meaning="words no map knows, and that were not there"),
        "largest_fill_change": Column(
            dtype=pl.Float64, nullable=False, meaning="largest change of the share of records that have a field"
        ),
        "identity_changed_share": Column(
            dtype=pl.Float64, nullable=False, meaning="share of persons in both whose names or births differ"
        ),
        "identity_replaced_share": Column(
            dtype=pl.Float64, nullable=False, meaning="share of persons in both without a name or birth in common"
        ),
    },
)
# Tables that tell of gates and runs: what is told there was checked where it came from.
UNGATED = ("changes", "quarantine", "gates", "ledger", "measures", "validations")
GATED = {
    table.name: table for table in (SNAPSHOT, DRIFT, *(table for table in TABLES.values() if table.name not in UNGATED))
}

# What a gate may be given, each with a value of its type: a suite's SQL is bound with these when it is loaded.
GIVEN: Mapping[str, Any] = {
    "now": datetime(2000, 1, 1, tzinfo=UTC),
    "this_year": 2000,
    "review_threshold": 0.5,
    "count_drop": 0.5,
    "fail_below": 1,
    "warn_below": 1,
    "warn_above": 1,
    "fail_above": 1,
    "accept_drop": False,
}


def load_suite(name: str, *, folder: Path | None = None) -> Suite:
    """Read the suite of the boundary table ``name`` from ``folder`` (default: the project's ``expectations/``).

    Raises UsageError that lists everything wrong with it: keys, names, arguments, and SQL that does not fit the table.
    """
    if name not in GATED:
        raise UsageError(f"no suite belongs to table {name}: those with a gate are {', '.join(GATED)}")
    return _load(name, (folder or project.folder("expectations")) / f"{name}.yml")


@cache
def _load(name: str, path: Path) -> Suite:
    suite = read_suite(path)
    found = suite.problems(GATED[name].columns)
    found += [f"table: {suite.table} stands in the file of {name}"] if suite.table != name else []
    found += [f"given: {given} is unknown; known: {', '.join(GIVEN)}" for given in suite.given if given not in GIVEN]
    found += [f"beside: no table {other}" for other in suite.beside if other not in TABLES]
    if not found:
        found = _sql_problems(suite, GATED[name])
    if found:
        raise UsageError(f"suite {path}: {'; '.join(found)}")
    return suite


def _sql_problems(suite: Suite, table: Table) -> list[str]:
    beside = {name: TABLES[name].empty() for name in suite.beside}
    values = {**suite.parameters, **{name: GIVEN[name] for name in suite.given}}
    with opened(table.empty(), beside) as connection:
        return Checks(connection, suite, values).sql_problems()

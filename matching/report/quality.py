"""What was kept out and what was checked, for the report's second half.

Enters: QUARANTINE and GATES. Leaves: groups of quarantined rows, capped with a count of what is not shown, and gates
with the failures first.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

# Enough of one rule's rows to see what is wrong with them; the export has them all.
MOST_ROWS_OF_A_GROUP = 200
# Over all groups: some 300 bytes each keeps the section under 1 MB.
MOST_ROWS = 3_000


@dataclass(frozen=True, kw_only=True)
class QuarantineGroup:
    """The rows of one table and source that failed one rule. ``rows`` are the first of ``count``."""

    table: str
    source: str
    rule: str
    count: int
    rows: tuple[dict[str, Any], ...]

    @property
    def left_out(self) -> int:
        """How many rows of the group are not shown."""
        return self.count - len(self.rows)


def quarantine_groups(quarantine: pl.DataFrame) -> list[QuarantineGroup]:
    """Return QUARANTINE by table, source and rule, the largest group first; rows by record id and column."""
    key = ["table", "source", "rule"]
    counted = quarantine.with_columns(pl.len().over(key).alias("count")).sort(
        "count", *key, "record_id", "column", "value", descending=[True] + 6 * [False], nulls_last=True
    )
    shown = counted.filter(pl.int_range(pl.len()).over(key) < MOST_ROWS_OF_A_GROUP).head(MOST_ROWS)
    rows = shown.select(*key, "record_id", "column", "value", "reason").rows_by_key(key, named=True)
    groups = counted.select(*key, "count").unique(maintain_order=True)
    return [
        QuarantineGroup(**group, rows=tuple(rows.get((group["table"], group["source"], group["rule"]), ())))
        for group in groups.iter_rows(named=True)
    ]


def gates_in_order(gates: pl.DataFrame) -> pl.DataFrame:
    """Return GATES, failures first and critical ones before warnings, then by key."""
    return gates.sort("success", pl.col("severity") != "critical", "table", "source", "expectation", "column")

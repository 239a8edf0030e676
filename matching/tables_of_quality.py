"""The column contract of the zone 60_quality: what a run keeps about itself; see tables.py, which has all tables."""

import polars as pl

from matching.contract import Table, optional, required

QUARANTINE = Table(
    name="quarantine",
    zone="60_quality",
    grain="one row of a table that failed one row-level rule, or one entry that could not be read",
    key=("table", "source", "record_id", "column", "rule", "value"),
    columns={
        "table": required(pl.String, "boundary table the row was kept out of"),
        "source": required(pl.String, "source of the row"),
        "snapshot_id": required(pl.String, "snapshot it stands in"),
        "record_id": required(pl.String, "record_id, or `<source_id>:entry <position>` where none could be read"),
        "rule": required(pl.String, "name of the rule that failed"),
        "column": required(pl.String, "column or payload field whose value failed"),
        "value": optional(pl.String, "the value, as text"),
        "reason": required(pl.String, "what was expected"),
    },
)

GATES = Table(
    name="gates",
    zone="60_quality",
    grain="one expectation checked on one table",
    key=("table", "source", "expectation", "column"),
    columns={
        "table": required(pl.String, "boundary table"),
        "source": required(pl.String, "source it was checked for, or `*` for the whole table"),
        "expectation": required(pl.String, "expectation, as in the suite"),
        "column": required(pl.String, "column, or `*` for the table"),
        "severity": required(pl.String, "critical stops the stage; warning is reported"),
        "success": required(pl.Boolean, "whether it held"),
        "observed": optional(pl.String, "what was observed"),
        "expected": required(pl.String, "what was expected"),
        "rows": required(pl.Int64, "rows checked"),
        "quarantined": required(pl.Int64, "rows this rule sent to quarantine"),
    },
)

LEDGER = Table(
    name="ledger",
    zone="60_quality",
    grain="one stage of a run",
    key=("run_id", "position"),
    columns={
        "run_id": required(pl.String, "the run"),
        "position": required(pl.Int32, "order of the stage in the run, from 0"),
        "stage": required(pl.String, "the stage"),
        "started_at": required(pl.Datetime("us", "UTC"), "when it started"),
        "seconds": required(pl.Float64, "wall seconds"),
        "rows_in": required(pl.Int64, "rows read"),
        "rows_out": required(pl.Int64, "rows written"),
        "status": required(pl.String, "done or failed"),
        "snapshot_ids": required(pl.List(pl.String), "`<source_id>:<snapshot_id>` of each list in the run"),
        "model_id": required(pl.String, "the linkage model"),
        "versions": required(pl.String, "code and library versions"),
    },
)

MEASURES = Table(
    name="measures",
    zone="60_quality",
    grain="one measure of a list, of a pair of lists, or of all pairs in a run",
    key=("measure", "subject", "part"),
    columns={
        "measure": required(pl.String, "persons, fill_rate, category, script, weight, match_rate or calibration"),
        "subject": required(pl.String, "a list, two lists as `<one>|<other>`, or `*` for all pairs"),
        "part": required(pl.String, "field, category, script or band of weights; empty where there is one value"),
        "value": required(pl.Float64, "a count, or a share from 0 to 1"),
        "usual": optional(pl.Float64, "median of the published runs before; null where there is none"),
    },
)

VALIDATIONS = Table(
    name="validations",
    zone="60_quality",
    grain="one expectation as it was checked once: on a snapshot taken in or refused, or on a table of a run",
    key=("checked_at", "run_id", "source", "snapshot_id", "mapping", "table", "expectation", "column"),
    columns={
        "checked_at": required(pl.Datetime("us", "UTC"), "when the snapshot was retrieved, or the run begun"),
        "run_id": optional(pl.String, "the run; null for a snapshot"),
        "snapshot_id": optional(pl.String, "the snapshot; null for a run"),
        "mapping": optional(pl.String, "which source.yml and code read the snapshot; `refused` where it was refused"),
        **GATES.columns,
    },
)

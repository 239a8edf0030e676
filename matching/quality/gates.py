"""The gate of a boundary table: rows that passed, rows set aside with the reason, and what was checked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import polars as pl

from matching import log
from matching.contract import Table
from matching.errors import GateError
from matching.quality.asking import Asked, ask
from matching.quality.checks import Checks, opened
from matching.quality.loading import load_suite
from matching.quality.quarantine import quarantine_rows
from matching.quality.suite import Rule, Suite
from matching.quality.validation import Outcome
from matching.tables import GATES

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Gated:
    """What a gate found in ``table``, for ``source`` (``*``: all).

    ``frame`` holds the rows that passed; ``quarantine`` and ``gates`` are rows of those tables; ``failures`` says, for
    each critical rule that the table as a whole failed, what was found and expected.
    """

    table: str
    source: str
    frame: pl.DataFrame
    quarantine: pl.DataFrame
    gates: pl.DataFrame
    failures: tuple[str, ...]

    def raise_if_failed(self) -> None:
        """Raise GateError that lists every failure, if there is one."""
        if self.failures:
            whose = "" if self.source == "*" else f"source {self.source}: "
            raise GateError(self.table, f"{whose}{'; '.join(self.failures)}. What was accepted before stays in use")


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One rule with its outcome: it was asked of ``rows``, and set ``quarantined`` of them aside."""

    rule: Rule
    column: str
    outcome: Outcome
    metric: float | None
    quarantined: int
    rows: int
    waived: bool

    @property
    def severity(self) -> str:
        return "warning" if self.waived else self.rule.severity

    @property
    def observed(self) -> str:
        """What was observed, in counts only: a value could be a person's."""
        if self.rule.rows:
            return f"{self.quarantined} of {self.rows} rows quarantined"
        if self.metric is not None:
            return str(_whole(self.metric))
        if self.outcome.unexpected is None:
            return "holds" if self.outcome.success else "does not hold"
        return f"{self.outcome.unexpected} of {self.outcome.checked} unexpected"


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A gate whose rows were set aside, and whose rules are being asked: ``frame`` and ``quarantine`` are as in ``Gated``."""

    table: Table
    source: str
    frame: pl.DataFrame
    quarantine: pl.DataFrame
    suite: Suite
    rules: Sequence[Rule]
    values: Mapping[str, Any]
    metrics: Mapping[str, float]
    quarantined: Mapping[str, int]
    asked: Asked

    @property
    def is_answered(self) -> bool:
        """Whether ``settled`` would not wait."""
        return self.asked.is_answered

    def without_rows(self) -> "Pending":
        """The same without what passed, once that is written: nobody holds it until the answer comes."""
        return replace(self, frame=self.frame.clear())

    def settled(self) -> Gated:
        """Wait for the outcome of every rule. Raises GateError where a rule cannot be checked."""
        outcomes = self.asked.outcomes()
        asked = [self._outcome(rule, outcomes[rule.rule]) for rule in self.rules]
        gated = Gated(
            table=self.table.name,
            source=self.source,
            frame=self.frame,
            quarantine=self.quarantine,
            gates=_gates(self.table, asked, source=self.source),
            failures=tuple(_failure(one, {**self.values, **self.metrics}) for one in asked if _stops(one)),
        )
        _log(gated, self.metrics)
        return gated

    def _outcome(self, rule: Rule, outcome: Outcome) -> _Asked:
        return _Asked(
            rule=rule,
            column=self.suite.subject(rule),
            outcome=outcome,
            metric=self.metrics.get(rule.columns[0]),
            quarantined=self.quarantined.get(rule.rule, 0),
            rows=int(self.metrics["rows_in" if rule.rows else "rows_left"]),
            waived=bool(rule.waived_by and self.values[rule.waived_by]),
        )


def gate(
    table: Table,
    frame: pl.DataFrame,
    *,
    source: str = "*",
    now: datetime,
    snapshot_ids: Mapping[str, str] = _NOTHING,
    parameters: Mapping[str, Any] = _NOTHING,
    beside: Mapping[str, pl.DataFrame] = _NOTHING,
) -> Gated:
    """Check ``frame`` against the suite of ``table``, and wait for what comes of it.

    Takes what ``begin`` takes and raises what it and ``Pending.settled`` raise.
    """
    begun = begin(table, frame, source=source, now=now, snapshot_ids=snapshot_ids, parameters=parameters, beside=beside)
    return begun.settled()


def begin(
    table: Table,
    frame: pl.DataFrame,
    *,
    source: str = "*",
    now: datetime,
    snapshot_ids: Mapping[str, str] = _NOTHING,
    parameters: Mapping[str, Any] = _NOTHING,
    beside: Mapping[str, pl.DataFrame] = _NOTHING,
) -> Pending:
    """Set aside the rows of ``frame`` that its suite turns down, and ask every rule of what is left.

    ``snapshot_ids`` names the snapshot of each source, for tables without that column; ``parameters`` and ``beside``
    are what the suite lists under those words, apart from the clock. Raises GateError where the frame lacks columns,
    ValueError where a parameter or a table beside is not handed in.
    """
    suite = load_suite(table.name)
    values = {**suite.parameters, "now": now, "this_year": now.year, **parameters}
    _demand(table, suite, frame=frame, values=values, beside=beside)
    rules = [resolved for rule in suite.expectations if (resolved := rule.resolved(values))]
    with opened(frame, {name: beside[name] for name in suite.beside}) as connection:
        checks = Checks(connection, suite, values)
        checks.prepare(rules)
        failing = checks.set_aside(rules)
        kept = frame.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(failing["_position"].implode()))
        metrics = _metrics(table, checks, rows_in=frame.height, rows_left=kept.height)
        asked = _ask(suite, rules, columns=checks.columns_left(), metrics=metrics)
    return Pending(
        table=table,
        source=source,
        frame=kept,
        quarantine=quarantine_rows(
            table, frame, failing=failing, rules=rules, source=source, snapshot_ids=snapshot_ids
        ),
        suite=suite,
        rules=rules,
        values=values,
        metrics=metrics,
        quarantined=Counter(failing["rule"]),
        asked=asked,
    )


def _demand(
    table: Table,
    suite: Suite,
    *,
    frame: pl.DataFrame,
    values: Mapping[str, Any],
    beside: Mapping[str, pl.DataFrame],
) -> None:
    if missing := [name for name in table.columns if name not in frame.columns]:
        raise GateError(
            table.name,
            f"columns missing: {', '.join(missing)}. Nothing was checked; the stage that writes the table"
            " must follow matching/tables.py",
        )
    absent = [name for name in suite.given if name not in values] + [
        name for name in suite.beside if name not in beside
    ]
    if absent:
        raise ValueError(f"the suite of {table.name} needs {', '.join(absent)}: hand them in as parameters and beside")


def _metrics(table: Table, checks: Checks, *, rows_in: int, rows_left: int) -> dict[str, float]:
    share = (rows_in - rows_left) / rows_in if rows_in else 0.0
    built_in = {"rows_in": float(rows_in), "rows_left": float(rows_left), "quarantined_share": share}
    measured = checks.metrics_left()
    # A missing value would pass every expectation unnoticed.
    if empty := [name for name, value in measured.items() if value is None]:
        raise GateError(
            table.name, f"metrics without a value: {', '.join(empty)}. Give them one in expectations/{table.name}.yml"
        )
    return {**{name: value for name, value in measured.items() if value is not None}, **built_in}


def _ask(suite: Suite, rules: Sequence[Rule], *, columns: pl.DataFrame, metrics: Mapping[str, float]) -> Asked:
    on_metrics = [rule for rule in rules if suite.is_metric(rule)]
    on_columns = [rule for rule in rules if not suite.is_metric(rule)]
    return ask(suite.table, (on_columns, columns), (on_metrics, pl.DataFrame([metrics])))


def _stops(asked: _Asked) -> bool:
    return not asked.outcome.success and asked.severity == "critical"


def _failure(asked: _Asked, values: Mapping[str, Any]) -> str:
    if asked.rule.rows:
        return (
            f"{asked.rule.rule}: {asked.outcome.unexpected} rows pass the rule in SQL and fail it in Great Expectations"
        )
    if asked.rule.message is None:
        return f"{asked.rule.rule}: found {asked.observed}, expected: {asked.rule.reason}"
    shown = {name: _whole(value) for name, value in values.items()}
    return f"{asked.rule.rule}: {asked.rule.message.format(**shown)}"


def _whole(value: Any) -> Any:
    """Return a whole float as the count that it is, any other rounded for a person, and all else as it is."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else round(value, 4)


def _gates(table: Table, asked: Sequence[_Asked], *, source: str) -> pl.DataFrame:
    rows = [
        {
            "table": table.name,
            "source": source,
            "expectation": one.rule.rule,
            "column": one.column,
            "severity": one.severity,
            "success": one.outcome.success,
            "observed": one.observed,
            "expected": one.rule.reason,
            "rows": one.rows,
            "quarantined": one.quarantined,
        }
        for one in asked
    ]
    return GATES.conform(pl.DataFrame(rows, schema=GATES.schema))


def _log(gated: Gated, metrics: Mapping[str, float]) -> None:
    held = gated.gates["success"]
    log.event(
        "table_gated",
        table=gated.table,
        source=gated.source,
        rows_in=int(metrics["rows_in"]),
        rows_out=int(metrics["rows_left"]),
        rules=held.len(),
        rules_failed=held.len() - held.sum(),
        failures=len(gated.failures),
    )

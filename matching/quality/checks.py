"""The DuckDB side of a gate: derived columns, rows that fail, metrics of what is left.

Reads the frame under the gate as ``subject`` (with ``_position``, its row from 0), and the tables beside it by name.
SQL fragments come from the suite and from ``predicates``; values are bound, never formatted in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import polars as pl

from matching.quality.predicates import PREDICATES, quoted
from matching.quality.suite import Rule, Suite, used_parameters

FAILING = pl.Schema({"_position": pl.UInt32, "rule": pl.String, "column": pl.String, "value": pl.String})


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """The database of all checks: nothing is kept in it. To open one takes as long as to check a small table."""
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_access": False,
            "lock_configuration": True,
        }
    )


@contextmanager
def opened(frame: pl.DataFrame, beside: Mapping[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a cursor of its own that sees ``frame`` as ``subject`` and each frame of ``beside`` under its name."""
    connection = _database().cursor()  # what it registers and makes temporary no other cursor sees
    try:
        connection.register("subject", frame.with_row_index("_position"))
        for name, other in beside.items():
            connection.register(name, other)
        yield connection
    finally:
        connection.close()


@dataclass(frozen=True)
class Checks:
    """The questions of one ``suite`` to the tables of one ``connection``, with parameter ``values``."""

    connection: duckdb.DuckDBPyConnection
    suite: Suite
    values: Mapping[str, Any]

    def prepare(self, rules: Sequence[Rule]) -> None:
        """Make the table ``checked``: the columns that ``rules`` look at, derived ones computed, one row per row."""
        asked = sorted({name for rule in rules if not self.suite.is_metric(rule) for name in rule.columns})
        columns = ", ".join(["_position", *map(self._column, asked)])
        self._run(f"CREATE TEMP TABLE checked AS SELECT {columns} FROM subject")
        self._run("CREATE TEMP TABLE failed (_position UINTEGER)")

    def set_aside(self, rules: Sequence[Rule]) -> pl.DataFrame:
        """Set aside every row that a rule of ``rules`` turns down.

        Returns ``_position``, ``rule``, ``column`` and ``value`` (text), one row per row and rule that it failed.
        """
        found = pl.concat([pl.DataFrame(schema=FAILING), *(self._turned_down(rule) for rule in rules if rule.rows)])
        self.connection.register("found", found)
        self._run("INSERT INTO failed SELECT DISTINCT _position FROM found")
        return found

    def columns_left(self) -> pl.DataFrame:
        """Return ``checked`` without the rows set aside, for Great Expectations."""
        return self._frame("SELECT * FROM checked ANTI JOIN failed USING (_position) ORDER BY _position")

    def metrics_left(self) -> Mapping[str, float | None]:
        """Return every metric of the suite over the rows that were not set aside; None where one has no value."""
        if not self.suite.metrics:
            return {}
        query = self._metrics_query(self.suite.metrics, "subject ANTI JOIN failed USING (_position)")
        metrics: Mapping[str, float | None] = self._frame(query).row(0, named=True)
        return metrics

    def sql_problems(self) -> list[str]:
        """Return what DuckDB has against each derived column, each shown value and each metric of the suite."""
        queries = {f"derived {name}": f"SELECT {self._column(name)} FROM subject" for name in self.suite.derived}
        queries |= {
            f"derived {name}: shown": f"SELECT CAST({derived.shown} AS VARCHAR) FROM subject"
            for name, derived in self.suite.derived.items()
            if derived.shown
        }
        queries |= {
            f"metric {name}": self._metrics_query({name: sql}, "subject") for name, sql in self.suite.metrics.items()
        }
        return [f"{name}: {text}" for name, query in queries.items() if (text := self._problem(query))]

    def _problem(self, query: str) -> str | None:
        try:
            self._frame(query)
        except duckdb.Error as error:
            return str(error).splitlines()[0]
        return None

    def _column(self, name: str) -> str:
        derived = self.suite.derived.get(name)
        return f"({derived.sql}) AS {quoted(name)}" if derived else quoted(name)

    def _metrics_query(self, metrics: Mapping[str, str], source: str) -> str:
        words = set(re.findall(r"\w+", " ".join(metrics.values())))
        columns = ", ".join(["*", *(self._column(name) for name in self.suite.derived if name in words)])
        chosen = ", ".join(f"CAST(({sql}) AS DOUBLE) AS {quoted(name)}" for name, sql in metrics.items())
        return f"WITH remaining AS (SELECT {columns} FROM {source}) SELECT {chosen} FROM remaining"

    def _turned_down(self, rule: Rule) -> pl.DataFrame:
        bound: dict[str, Any] = {"_rule": rule.rule, "_column": self.suite.subject(rule)}

        def bind(key: str) -> str:
            bound[f"_{key}"] = rule.kwargs[key]
            return f"$_{key}"

        holds = PREDICATES[rule.type].sql(rule.kwargs, bind)
        return self._frame(
            f"SELECT _position, $_rule AS rule, $_column AS column, {self._shown(rule)} AS value FROM subject"
            f" WHERE _position IN (SELECT _position FROM (SELECT _position, ({holds}) AS holds FROM checked)"
            " WHERE NOT coalesce(holds, TRUE)) ORDER BY _position",
            bound,
        ).cast(FAILING)

    def _shown(self, rule: Rule) -> str:
        texts = [f"CAST({self._value(name)} AS VARCHAR)" for name in rule.columns]
        if len(texts) == 1:
            return texts[0]
        named = [f"'{name}: ' || coalesce({text}, 'null')" for name, text in zip(rule.columns, texts, strict=True)]
        return " || ', ' || ".join(named)

    def _value(self, name: str) -> str:
        derived = self.suite.derived.get(name)
        return (derived.shown or quoted(derived.of)) if derived else quoted(name)

    def _run(self, statement: str) -> None:
        self.connection.execute(statement, used_parameters(statement, self.values)).fetchall()

    def _frame(self, query: str, bound: Mapping[str, Any] | None = None) -> pl.DataFrame:
        values = used_parameters(query, {**self.values, **(bound or {})})
        relation = self.connection.sql(query, params=values) if values else self.connection.sql(query)
        frame: pl.DataFrame = relation.pl()
        return frame

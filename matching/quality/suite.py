"""A suite: the rules of one boundary table, read from ``expectations/<table>.yml``.

    table: births                       the boundary table
    about: one sentence
    given: [now]                        values that the caller of the gate hands in
    beside: [clusters]                  other tables that the SQL below may read
    parameters: {precisions: [day, …]}  constants; ``$precisions`` in SQL, ``{$PARAMETER: precisions}`` in kwargs
    derived:                            scalar columns over the table's own, as DuckDB SQL
      earliest_year: {sql: year(earliest), of: earliest, shown: text}
    metrics:                            one number over the whole table each, as DuckDB SQL
      duplicates: count(*) - count(DISTINCT (record_id, birth_no))
    expectations:
      - rule: birth_year_is_plausible   its name: in quarantine, gates and messages
        type: expect_column_values_to_be_between
        kwargs: {column: earliest_year, min_value: 1850}
        severity: critical              or warning
        rows: quarantine                only where single rows are to be set aside
        reason: what is expected, for a person

``of`` is the table's column that a derived one looks at, ``shown`` an expression for the value that quarantine keeps.
A metric sees the rows that are left; a subquery calls them ``remaining``. Three metrics are always there: ``rows_in``,
``rows_left`` and ``quarantined_share``. Metrics reach Great Expectations as one row, so the minimum or the maximum of a
metric is the metric.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matching.errors import UsageError
from matching.quality.predicates import argument_problems, row_problems

try:  # libyaml is eight times faster, and a run reads ten suites
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

BUILT_IN_METRICS = ("rows_in", "rows_left", "quarantined_share")
_COLUMN_KEYS = ("column", "column_A", "column_B")
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Derived(_Part):
    """A scalar column over the table's own ``of``; ``shown`` is the SQL of the value that quarantine keeps."""

    sql: _Text
    of: _Name
    shown: str | None = None


class Rule(_Part):
    """One expectation.

    ``message`` is the text of a failure, with metrics and parameters in braces; ``waived_by`` names a parameter that,
    where true, makes the failure a warning.
    """

    rule: _Name
    type: Annotated[str, Field(pattern=r"^expect_[a-z_AB]+$")]
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning"]
    reason: _Text
    rows: Literal["quarantine"] | None = None
    message: str | None = None
    waived_by: str | None = None

    @property
    def columns(self) -> list[str]:
        """Columns and metrics that the rule looks at, the one that it is about first."""
        named = [self.kwargs[key] for key in _COLUMN_KEYS if key in self.kwargs]
        return [*named, *self.kwargs.get("column_list", [])]

    @property
    def parameters(self) -> set[str]:
        """Names of the parameters in its arguments."""
        return {value["$PARAMETER"] for value in self.kwargs.values() if _is_parameter(value)}

    def resolved(self, values: Mapping[str, Any]) -> "Rule | None":
        """Return the rule with its parameters filled in; None where one has no value, so that no bound was set."""
        kwargs = {k: values[v["$PARAMETER"]] if _is_parameter(v) else v for k, v in self.kwargs.items()}
        if any(values[name] is None for name in self.parameters):
            return None
        return self.model_copy(update={"kwargs": kwargs})


class Suite(_Part):
    """The rules of one boundary table, and what they need."""

    table: _Name
    about: _Text
    given: list[_Name] = []
    beside: list[_Name] = []
    parameters: dict[_Name, Any] = {}
    derived: dict[_Name, Derived] = {}
    metrics: dict[_Name, _Text] = {}
    expectations: Annotated[list[Rule], Field(min_length=1)]

    def is_metric(self, rule: Rule) -> bool:
        """Whether the rule is about the table's metrics and not about its columns."""
        return all(name in self.metrics or name in BUILT_IN_METRICS for name in rule.columns)

    def subject(self, rule: Rule) -> str:
        """Return the table's own column that the rule is about, ``*`` for the table as a whole."""
        first = rule.columns[0]
        return "*" if self.is_metric(rule) else self.derived[first].of if first in self.derived else first

    def problems(self, columns: Iterable[str]) -> list[str]:
        """Return everything in the suite that does not fit itself or a table of these ``columns``."""
        names = Counter(rule.rule for rule in self.expectations)
        found = [f"rule {name}: stands {count} times" for name, count in names.items() if count > 1]
        own, metrics = set(columns), {*self.metrics, *BUILT_IN_METRICS}
        spaces = Counter([*own, *self.derived, *metrics])
        found += [
            f"{name}: names more than one column, derived column or metric" for name, n in spaces.items() if n > 1
        ]
        found += [f"derived {n}: of: {d.of} is no column" for n, d in self.derived.items() if d.of not in own]
        for rule in self.expectations:
            found += [
                f"rule {rule.rule}: {text}" for text in self._rule_problems(rule, own | self.derived.keys(), metrics)
            ]
        return found

    def _rule_problems(self, rule: Rule, columns: set[str], metrics: set[str]) -> list[str]:
        known = {*self.given, *self.parameters}
        asked = set(rule.columns)
        fields = {name for _, name, _, _ in Formatter().parse(rule.message or "") if name}
        found = [] if asked else ["looks at no column or metric (column, column_A and column_B, or column_list)"]
        found += [f"{name} is no column, derived column or metric" for name in sorted(asked - columns - metrics)]
        found += [f"parameter {name} is not declared" for name in sorted(rule.parameters - known)]
        found += [f"message: {name} is no metric or parameter" for name in sorted(fields - metrics - known)]
        if asked & columns and asked & metrics:
            found.append("looks at columns and metrics at once")
        if rule.waived_by is not None and rule.waived_by not in self.given:
            found.append(f"waived_by: {rule.waived_by} is not among `given`")
        found += argument_problems(rule.type, rule.kwargs)
        if rule.rows:
            found += row_problems(rule.type, rule.kwargs)
            if "record_id" not in columns:
                found.append("rows without a record_id cannot be quarantined: leave `rows` out")
            if asked & metrics:
                found.append("a metric belongs to no row: leave `rows` out")
            if rule.severity != "critical":
                found.append("a rule that sets rows aside is critical for them: severity must be critical")
        return found


def _is_parameter(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"$PARAMETER"}


def used_parameters(sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``values`` that ``sql`` names as ``$name`` (DuckDB refuses any other)."""
    return {name: value for name, value in values.items() if re.search(rf"\${name}\b", sql)}


def read_suite(path: Path) -> Suite:
    """Read the suite in the file ``path``. Raises UsageError with every key that is missing, unknown or mistyped."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), SafeLoader)
        return Suite.model_validate(content)
    except OSError as error:
        raise UsageError(f"suite {path} cannot be read ({error.strerror}): every boundary table has one") from error
    except yaml.YAMLError as error:
        raise UsageError(f"suite {path} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise UsageError(f"suite {path}: {found}") from error

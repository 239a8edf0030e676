"""The Great Expectations side of a gate: rules and a frame of scalar columns in, one outcome per rule out.

Great Expectations takes 4 s of processor and 270 MB to import, so that happens in the first ``ready`` or ``validate``, not
with this module; a run calls both in a process apart (asking.py). It runs with an ephemeral context, without progress bars
and without analytics, and its warnings stay here.
"""

import os
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import polars as pl

from matching.errors import GateError
from matching.quality.suite import Rule

_QUOTED = re.compile(r"""(['"])(.*?)\1""")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Whether a rule held; of ``checked`` values how many were ``unexpected`` (None where values are not counted)."""

    success: bool
    checked: int | None
    unexpected: int | None


@contextmanager
def _great_expectations() -> Iterator[ModuleType]:
    os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read at import by the versions that report home
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the library, which nothing here can mend
        import great_expectations

        yield great_expectations


def ready() -> None:
    """Import Great Expectations, so that the first ``validate`` need not."""
    with _great_expectations():
        pass


def validate(table: str, rules: Sequence[Rule], frame: pl.DataFrame) -> dict[str, Outcome]:
    """Ask ``rules`` (parameters filled in) of ``frame`` of scalar columns; returns an outcome per rule name.

    Raises GateError that lists each rule that could not be asked, which is not the same as one that failed.
    """
    if not rules:
        return {}
    with _great_expectations() as gx:
        expectations = [_expectation(gx, table, rule) for rule in rules]
        suite = gx.ExpectationSuite(name=table, expectations=expectations)
        results = _batch(gx, frame).validate(suite, result_format="BASIC").results
    columns = {*frame.columns, *(str(asked) for rule in rules for asked in rule.kwargs.values())}
    broken = [f"{_name(result)} ({text})" for result in results if (text := _exception(result.exception_info, columns))]
    if broken:
        raise GateError(
            table, f"rules that could not be checked: {'; '.join(broken)}. Correct expectations/{table}.yml"
        )
    return {_name(result): _outcome(result) for result in results}


def _batch(gx: ModuleType, frame: pl.DataFrame) -> Any:
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    config = DataContextConfig(
        # Without this each context leaves a temporary folder for a documentation site behind.
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars={"globally": False, "metric_calculations": False},
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("gate").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame.to_pandas()})


def _expectation(gx: ModuleType, table: str, rule: Rule) -> Any:
    # Built one by one: a suite given a configuration that it cannot read logs it and carries on without it.
    name = "".join(part.capitalize() for part in rule.type.split("_"))
    try:
        return getattr(gx.expectations, name)(**rule.kwargs, severity=rule.severity, meta={"rule": rule.rule})
    except (AttributeError, TypeError, ValueError) as error:
        found = " ".join(str(error).split())
        raise GateError(
            table, f"rule {rule.rule} is no expectation: {found}. Correct expectations/{table}.yml"
        ) from error


def _name(result: Any) -> str:
    return str(result.expectation_config.meta["rule"])


def _exception(info: Mapping[str, Any], columns: Collection[str]) -> str | None:
    """Return the message of an exception that a check met: it stands in the mapping itself, or under a metric's id.

    What it quotes, other than ``columns`` and what the rules ask for, may be a value, and a value may be of a person: it is
    left out.
    """
    for entry in (info, *info.values()):
        if isinstance(entry, Mapping) and entry.get("raised_exception"):
            said = str(entry.get("exception_message")).splitlines()[0]
            return _QUOTED.sub(lambda found: found[0] if found[2] in columns else "'…'", said)
    return None


def _outcome(result: Any) -> Outcome:
    counts = result.result
    return Outcome(
        success=bool(result.success), checked=counts.get("element_count"), unexpected=counts.get("unexpected_count")
    )

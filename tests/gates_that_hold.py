"""Gates without Great Expectations, for tests of something else: it takes most of the time of a small run.

Row-level rules still set rows aside, as DuckDB does that; rules on whole tables hold.
"""

from collections.abc import Sequence

import polars as pl

from matching.quality import gates
from matching.quality.suite import Rule
from matching.quality.validation import Outcome


def validate(_: str, rules: Sequence[Rule], __: pl.DataFrame) -> dict[str, Outcome]:
    """Stand in for ``matching.quality.validation.validate``."""
    return {rule.rule: Outcome(success=True, checked=None, unexpected=None) for rule in rules}


def install() -> None:
    """Use them from now on: in a process that ends soon."""
    gates.validate = validate

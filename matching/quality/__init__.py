"""Quality gates: what every boundary table must hold before the next stage reads it.

Reads a table and its suite (``expectations/<table>.yml``). Writes the rows that passed, the quarantine and the gates.
Grain: one quarantine row per row and rule it failed; one gate row per rule.

Suites are data. A rule with ``rows: quarantine`` sets single rows aside: DuckDB finds them, by a predicate derived
from the rule's Great Expectations type (``predicates``), and Great Expectations then confirms that what is left holds,
in a process apart (``asking``): ``begin`` asks, ``Pending.settled`` waits for the answer, ``gate`` does both.
Any other rule speaks of the whole table: a critical one that fails stops the stage, a warning is reported.
"""

from matching.quality.asking import start_checker
from matching.quality.counts import gate_counts
from matching.quality.gates import Gated, Pending, begin, gate
from matching.quality.loading import load_suite
from matching.quality.suite import Rule, Suite

__all__ = ["Gated", "Pending", "Rule", "Suite", "begin", "gate", "gate_counts", "load_suite", "start_checker"]

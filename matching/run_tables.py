"""The tables of one run: read, and written through their gates.

A gate sets rows aside at once, and what is left is written at once, so that the next stage can begin; what Great
Expectations says of it comes later (matching/quality/asking.py). Until then the stage that wrote the table is not done, in
no ledger, and nothing is published: whoever kills the run in between finds it where that stage begins. A table that then
fails its gate is taken away again, with the run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from matching import ledger, quality
from matching.contract import Table
from matching.link.model import Model
from matching.settings import Settings
from matching.sources.spec import Source
from matching.tables import GATES, QUARANTINE
from matching.workspace import Workspace, read_table, table_path, write_table

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class RunTables:
    """One run over fixed ``snapshots`` (by source) with one model, and where it stands."""

    workspace: Workspace
    settings: Settings
    sources: Mapping[str, Source]
    clock: Clock
    run_id: str
    snapshots: Mapping[str, str]
    model: Model
    pending: list[quality.Pending] = field(default_factory=list)
    """Gates of tables written that were not heard yet, in the order of writing."""

    @property
    def folder(self) -> Path:
        """Where the run writes."""
        return self.workspace.run_folder(self.run_id)

    def read(self, table: Table) -> pl.DataFrame:
        """Read a table of this run."""
        return read_table(self.folder, table)

    def write(self, table: Table, frame: pl.DataFrame, **gate_with: Any) -> int:
        """Write what of ``frame`` its gate lets pass as ``table``, the rest to quarantine; returns rows written.

        Raises GateError where columns are missing; what else the gate finds, ``settle`` raises.
        """
        gate = quality.begin(table, frame, now=self.clock(), snapshot_ids=self.snapshots, **gate_with)
        ledger.keep(self.folder, QUARANTINE, gate.quarantine, instead_of=pl.col("table") == table.name)
        write_table(self.folder, table, gate.frame)
        self.pending.append(gate.without_rows())
        return gate.frame.height

    def settle(self, gates: int | None = None) -> None:
        """Wait for the first ``gates`` pending gates (default: all) and keep what they found.

        Raises GateError at the first that fails; its table is taken away, and nothing is pending any more.
        """
        for _ in range(len(self.pending) if gates is None else gates):
            gate = self.pending.pop(0)
            try:
                gated = gate.settled()
                ledger.keep(self.folder, GATES, gated.gates, instead_of=pl.col("table") == gate.table.name)
                gated.raise_if_failed()
            except Exception:
                table_path(self.folder, gate.table).unlink(missing_ok=True)
                self.pending.clear()
                raise

"""Seven stored snapshots taken in late give what taking them in at the time would have given.

    python tests/benchmarks/backfill.py [FOLDER]          FOLDER: ../shared/data; minutes of processor

Live: each of five snapshots of the UN list and two of INTERPOL's red notices is taken in at its date, and a run follows, which
takes over what did not change from the run before. Late: a backfill of both lists in date order, and one run over all. Every
table of both last runs must be the same, and so the history of both lists; the tables and rows are counted, nobody is shown.
Ends with exit code 1 where any differs.
"""

import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from matching.contract import Table
from matching.pipeline import Pipeline
from matching.settings import Settings
from matching.sources import drop, snapshots
from matching.tables import (
    BIRTHS,
    CHANGES,
    CLUSTERS,
    CONFLICTS,
    COUNTRIES,
    EXPLANATIONS,
    IDENTIFIERS,
    MATCHES,
    NAME_KEYS,
    NAMES,
    PAIRS,
    QUARANTINE,
    RECORDS,
    SAMPLES,
)  # fmt: skip
from matching.workspace import read_table

# Of 2023-05-19 there is a sample of 186 notices only, which the gate on lost persons refuses, live and late.
STORED = {
    "un_sc": ("2021-01-16", "2024-11-30", "2025-04-19", "2025-11-20", "2026-02-27"),
    "interpol_red": ("2020-12-10", "2023-05-16"),
}
COMPARED: tuple[Table, ...] = (
    RECORDS, CHANGES, NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS, PAIRS, MATCHES, SAMPLES, CONFLICTS, CLUSTERS,
    EXPLANATIONS, QUARANTINE,
)  # fmt: skip
"""All that says something of persons; ledger, gates and measures say how a run went, and when."""


def stored_in(folder: Path, data: Path) -> Path:
    """Make a drop folder of the seven, as links."""
    for source_id, dates in STORED.items():
        for date in dates:
            (folder / source_id).mkdir(parents=True, exist_ok=True)
            (folder / source_id / date).symlink_to(data / source_id / date, target_is_directory=True)
    return folder


def live(workspace: Path, dropped: Path) -> Pipeline:
    """Take each in at its date, whichever list it is of, with a run after each."""
    made: Pipeline | None = None
    payloads = {at: (one, files) for one in STORED for at, files in drop.stored(dropped / one).items()}
    for at, (source_id, files) in sorted(payloads.items()):
        made = Pipeline.open(Settings(workspace=workspace), clock=lambda at=at: at)
        made.ingest(source_id, files=files, retrieved_at=at)
        made.run()
    assert made is not None
    return made


def late(workspace: Path, dropped: Path) -> Pipeline:
    """Take all in afterwards, list by list, and run once."""
    made = Pipeline.open(
        Settings(workspace=workspace, drop_dir=dropped), clock=lambda: datetime(2026, 3, 1, tzinfo=UTC)
    )
    for source_id, dates in STORED.items():
        assert len(made.ingest_stored(source_id)) == len(dates)
    made.run()
    return made


def histories(made: Pipeline) -> Mapping[str, list[tuple[str, list[str], dict[str, int]]]]:
    """Of each list its snapshots in order: id, when retrieved, counts."""
    return {
        source_id: [
            (one.snapshot_id, [str(retrieval.retrieved_at) for retrieval in one.retrievals], dict(one.counts))
            for one in snapshots.history(made.workspace, source_id)
        ]
        for source_id in STORED
    }


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in an order of their own, whatever wrote them."""
    return frame.sort(pl.struct(pl.all()).map_elements(repr, return_dtype=pl.String))


def main(data: str = "../shared/data") -> int:
    """Compare; print a line per table."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        dropped, made, took = stored_in(Path(folder) / "drop", Path(data).resolve()), [], []
        for way in (live, late):
            before = time.process_time()
            made.append(way(Path(folder) / way.__name__, dropped))
            took.append(time.process_time() - before)
        folders = [one.workspace.published_folder() for one in made]
        for table in COMPARED:
            one, other = (read_table(each, table) for each in folders)
            same = one.equals(other) or in_order(one).equals(in_order(other))
            failed += not same
            print(
                f"{'same     ' if same else 'DIFFERENT'} | {table.name} | {one.height} rows live, {other.height} late"
            )
        told = [histories(one) for one in made]
        failed += told[0] != told[1]
        print(f"{'same     ' if told[0] == told[1] else 'DIFFERENT'} | snapshots | {sum(map(len, told[1].values()))}")
        print(f"processor seconds: {took[0]:.0f} live with a run after each, {took[1]:.0f} late with one")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))

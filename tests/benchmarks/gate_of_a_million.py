"""One gate over a million rows: `python tests/benchmarks/gate_of_a_million.py [TABLE] [ROWS]`; seconds and peak memory.

Rows are those of the demo's run, repeated under ids of their own, so that every rule has something to look at.
"""

import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from matching import quality
from matching.exercise import bundled
from matching.pipeline import Pipeline
from matching.settings import Settings
from matching.tables import TABLES

PARAMETERS = {"matches": {"review_threshold": 0.5}}


def repeated(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Repeat ``frame`` to ``rows`` rows; each repetition is of other records."""
    times = -(-rows // frame.height)
    ids = [name for name in ("record_id", "record_id_l", "record_id_r", "publisher_id") if name in frame.columns]
    return pl.concat(
        frame.with_columns(pl.format("{}-{}", name, pl.lit(at)).alias(name) for name in ids) for at in range(times)
    ).head(rows)


def main(name: str = "births", rows: int = 1_000_000) -> None:
    """Print what the gate of the table ``name`` takes over ``rows`` rows."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            workspace=Path(folder), sources_dir=[bundled.sources_dir()], drop_dir=bundled.drop_dir(), count_bands=False
        )
        pipeline = Pipeline.open(settings)
        for source_id in bundled.source_ids():
            pipeline.ingest(source_id)
        run = pipeline.start()
        for stage in ("records", "normalise"):
            run.do(stage)
        table = TABLES[name]
        frame = repeated(run.read(table), rows)
    before, cpu = time.perf_counter(), time.process_time()
    gated = quality.gate(table, frame, now=datetime.now(UTC), parameters=PARAMETERS.get(name, {}))
    print(
        f"{name}: {rows:,} rows, {gated.gates.height} expectations, {gated.quarantine.height} rows set aside:"
        f" {time.perf_counter() - before:.1f} s wall, {time.process_time() - cpu:.1f} s CPU, peak"
        f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB"
    )


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))

"""What a day of few changes costs to normalise, beside normalising all.

    python tests/benchmarks/normalise_changed.py LIST WORK [--changed 1000]

LIST is a folder that scale.py made (records of one size). Normalises all into WORK/all, changes the names of so many records
drawn at random (seed 1), normalises only these into WORK/day, and all of them again into WORK/full. Prints seconds of wall and
processor of each, and whether the tables of the day are those of a full run, byte by byte. Each is a process of its own.
"""

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import polars as pl

from matching.normalise.incremental import keep_state, normalise_changed
from matching.normalise.stage import TABLES
from matching.tables import QUARANTINE, RECORDS
from matching.workspace import read_table, table_path, write_table


def processor_s() -> float:
    """Processor seconds of this process and those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def with_changes(records: pl.DataFrame, count: int) -> pl.DataFrame:
    """Records of which ``count`` have their names written backwards."""
    chosen = records["record_id"].sample(min(count, records.height), seed=1)
    entry = pl.element().struct.with_fields(full=pl.field("full").str.reverse())
    changed = pl.when(pl.col("record_id").is_in(chosen.implode())).then(pl.col("names").list.eval(entry))
    return records.with_columns(names=changed.otherwise("names"))


def one(folder: Path, records: Path, before: Path | None, *, changed: int) -> None:
    """Normalise into ``folder`` as a run does, gates left out, and print what it cost."""
    read = pl.read_parquet(records)
    read = with_changes(read, changed) if changed else read
    write_table(folder, RECORDS, read)
    start, used = time.perf_counter(), processor_s()
    made = normalise_changed(read, before=before)
    worked, used_then = time.perf_counter() - start, processor_s() - used
    for table in (*TABLES, QUARANTINE):
        write_table(folder, table, getattr(made, table.name))
    keep_state(folder)
    wall, used = time.perf_counter() - start, processor_s() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{folder.name:5} {read.height:>9} records: normalised in {worked:.1f} s of wall, {used_then:.1f} of processor;"
        f" written too {wall:.1f} and {used:.1f}; peak of the process {peak:.1f} GB",
        flush=True,
    )


def main() -> int:
    """Do the three, each in a process of its own; return 1 where the day differs from the full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--changed", type=int, default=1000)
    parser.add_argument("--only", choices=("all", "day", "full"))
    options = parser.parse_args()
    if options.only:
        changed = 0 if options.only == "all" else options.changed
        before = options.work / "all" if options.only == "day" else None
        one(options.work / options.only, table_path(options.list, RECORDS), before, changed=changed)
        return 0
    for what in ("all", "day", "full"):
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--only", what], check=True)
    day, full = options.work / "day", options.work / "full"
    tables = (*TABLES, QUARANTINE)
    differ = [t.name for t in tables if table_path(day, t).read_bytes() != table_path(full, t).read_bytes()]
    rows = sum(read_table(day, table).height for table in tables)
    print(f"{rows} rows; {'differ: ' + ', '.join(differ) if differ else 'the same bytes'}")
    return int(bool(differ))


if __name__ == "__main__":
    raise SystemExit(main())

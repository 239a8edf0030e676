"""How the cost of linking grows: invented lists of 10,000 to 10,000,000 listings, normalised and linked.

    python tests/benchmarks/scale.py WORK [--sizes 10000 100000 1000000] [--notices 100000] [--memory 5GB]

Every phase is a process of its own, of which wall seconds, processor seconds and the highest resident memory are printed,
and kept in WORK/scale.csv with WORK/scale.svg, cost by size. For each size, a watchlist of that many listings and
``--notices`` (at most the same number):

    make       the lists and their truth (matching/exercise/population); made once, read again
    normalise  records to names, keys, births, countries, documents; in pieces beyond a million, since pieces are alike
    floor      the same blocks joined in plain SQL, and one Jaro-Winkler per pair: what any comparison costs at least
    link       the link stage, from normalised tables to scored pairs, with a profile by query
    changed    the same where 1,000 records say another birth than in the run before, whose pairs are taken over

After a change of compiled code its first run compiles, over a minute in the first size: run it twice. Ratios of one run
say more than seconds on a machine that others use: link to floor is to be below 3. Recall and precision on these lists
tell whether a change of speed lost pairs; what linking is worth, real lists tell (document_links.py,
linkage_yardsticks.py).
"""

import argparse
import json
import math
import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from matching import database
from matching.exercise.population.make import two_lists, write
from matching.link import blocking, compare, stage
from matching.link.incremental import Before
from matching.link.model import load
from matching.normalise.stage import normalise
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, RECORDS
from matching.workspace import table_path

PIECE = 1_100_000  # records normalised at a time
FLOOR = """
    WITH asked AS (
        SELECT members.*
        FROM members
        JOIN asked_records USING (record)
    ),
    met AS (
        SELECT DISTINCT least(one.record, other.record) AS record_l, greatest(one.record, other.record) AS record_r
        FROM asked AS one
        JOIN members AS other USING (block)
        WHERE (one.script = 255 OR one.script <> other.script)
            AND (other.list > one.list OR other.list = 0 AND one.list = 0 AND other.record > one.record)
    )
    SELECT count(*), sum(jaro_winkler_similarity(l.text, r.text))
    FROM met
    JOIN one_name AS l ON l.record_id = met.record_l
    JOIN one_name AS r ON r.record_id = met.record_r
"""
ONE_NAME = 'CREATE TABLE one_name AS SELECT record_id, min_by("full", name_no) AS text FROM names GROUP BY record_id'
PHASES = ("make", "normalise", "floor", "link", "changed")
CHANGED = 1_000  # records


def make(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Write the lists of one size."""
    lists = two_lists(options.size, notices=min(options.notices, options.size))
    return {"listings": sum(one.size for one in lists), "true_pairs": write(folder, lists)}


def normalise_all(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Normalise the records, PIECE at a time, into one file per table."""
    tables = (NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS)
    writers: dict[str, pq.ParquetWriter] = {}
    scan = pl.scan_parquet(table_path(folder, RECORDS))
    count = scan.select(pl.len()).collect().item()
    for start in range(0, count, PIECE):
        made = normalise(scan.slice(start, PIECE).collect())
        for table in tables:
            rows = getattr(made, table.name).to_arrow()
            path = table_path(folder, table)
            path.parent.mkdir(parents=True, exist_ok=True)
            if table.name not in writers:
                writers[table.name] = pq.ParquetWriter(path, rows.schema, compression="zstd")
            writers[table.name].write_table(rows)
    for writer in writers.values():
        writer.close()
    return {"listings": count}


def floor(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Find the blocks as linking does, and in plain SQL join their members and compare each pair by one Jaro-Winkler."""
    settings, pairs = Settings(memory_limit=options.memory), 0
    with stage.loaded(folder, settings, spill=folder / "spill") as connection:
        compare.prepare(connection)
        connection.sql(ONE_NAME)
        found = blocking.find_blocks(connection, most_within_list=settings.most_within_list)
        sizes = np.diff(found.met.starts)
        members = {
            "block": np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes), "record": found.met.record,
            "script": found.met.script, "list": found.lists[found.met.record],
        }  # fmt: skip
        connection.register("members_found", pl.DataFrame(members))
        connection.sql("CREATE TABLE members AS FROM members_found")
        for batch in blocking.batches(found):
            connection.register("asked_records", pl.DataFrame({"record": batch.asked}))
            pairs += connection.sql(FLOOR).fetchall()[0][0]
    return {"pairs": pairs}


def link(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Link, and judge by the truth; with processor seconds by query and by function."""
    profile: defaultdict[str, float] = defaultdict(float)
    with _timed(database, "run_file", profile), _timed(compare, "compare_names", profile):
        scored = stage.link(folder, Settings(memory_limit=options.memory), load("default"), spill=folder / "spill")
    seconds = _used()
    truth = pl.read_csv(folder / "truth.csv").with_columns(is_true=True)
    across = pl.col("record_id_l").str.split(":").list.first() != pl.col("record_id_r").str.split(":").list.first()
    judged = scored.filter(across).join(truth, on=["record_id_l", "record_id_r"], how="left")
    wanted = truth.filter(across).height
    found = judged.filter("is_true")
    told = {
        f"at {threshold}": {
            "recall": round(found.filter(pl.col("match_probability") >= threshold).height / wanted, 3),
            "precision": _share(judged.filter(pl.col("match_probability") >= threshold)),
        }
        for threshold in (0.5, 0.9)
    }
    top = sorted(profile.items(), key=lambda each: -each[1])[:15]
    return {"pairs_kept": scored.height, "true_across": wanted, "among_pairs": round(found.height / wanted, 3), **told,
            "profile": {name: round(spent, 1) for name, spent in top}, "linked_cpu_s": round(seconds, 1)}  # fmt: skip


def changed(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Link anew where CHANGED records say another birth than in the run before; ``linking_s`` is that alone."""
    again = folder / "changed"
    shutil.rmtree(again, ignore_errors=True)
    for table in (RECORDS, NAMES, NAME_KEYS, COUNTRIES, IDENTIFIERS):
        table_path(again, table).parent.mkdir(parents=True, exist_ok=True)
        table_path(again, table).hardlink_to(table_path(folder, table))
    births = pl.read_parquet(table_path(folder, BIRTHS))
    drawn = births["record_id"].unique().sort().sample(CHANGED, seed=1)
    day = {name: pl.col(name).dt.offset_by("1mo") for name in ("earliest", "latest")}
    moved = births.with_columns(
        pl.when(pl.col("record_id").is_in(drawn.implode())).then(later).otherwise(name).alias(name)
        for name, later in day.items()
    )
    moved.write_parquet(table_path(again, BIRTHS))
    start, used = time.perf_counter(), _used()
    settings, before = Settings(memory_limit=options.memory), Before(folder=folder)
    scored = stage.link(again, settings, load("default"), spill=folder / "spill", before=before)
    return {
        "pairs_kept": scored.height, "linking_s": round(time.perf_counter() - start, 1),
        "linking_cpu_s": round(_used() - used, 1),
    }  # fmt: skip


def _share(matches: pl.DataFrame) -> float:
    return round(matches["is_true"].is_not_null().sum() / max(matches.height, 1), 3)


@contextmanager
def _timed(module: object, name: str, profile: defaultdict[str, float]) -> Iterator[None]:
    """Add up the processor seconds of a function: of run_file by the query it runs."""
    original = getattr(module, name)

    def timed(*arguments: object, **more: object) -> object:
        before = _used()
        result = original(*arguments, **more)
        profile[str(arguments[1]) if name == "run_file" else name] += _used() - before
        return result

    setattr(module, name, timed)
    try:
        yield
    finally:
        setattr(module, name, original)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


DO: dict[str, Callable[[Path, argparse.Namespace], dict[str, object]]] = {
    "make": make, "normalise": normalise_all, "floor": floor, "link": link, "changed": changed,
}  # fmt: skip


def run_phase(options: argparse.Namespace) -> None:
    """Do one phase in this process and print what it took as JSON."""
    start = time.perf_counter()
    told = DO[options.phase](options.work, options)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = {"wall_s": time.perf_counter() - start, "cpu_s": _used(), "peak_mb": memory}
    print(json.dumps({**{name: round(value, 1) for name, value in took.items()}, **told}))


def run_all(options: argparse.Namespace) -> None:
    """Do every phase of every size, each in a process of its own."""
    rows = []
    for size in options.sizes:
        folder = options.work / str(size)
        for phase in PHASES:
            if phase == "make" and (folder / "truth.csv").exists():
                continue
            command = [sys.executable, __file__, str(folder), "--phase", phase, "--size", str(size)]
            command += ["--notices", str(options.notices), "--memory", options.memory]
            told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            print(f"{size:>10,} {phase:9} {json.dumps(told)}", flush=True)
            rows.append({"size": size, "phase": phase, **{name: told[name] for name in ("wall_s", "cpu_s", "peak_mb")}})
            shutil.rmtree(folder / "spill", ignore_errors=True)
    table = pl.DataFrame(rows)
    table.write_csv(options.work / "scale.csv")
    (options.work / "scale.svg").write_text(plot(table), encoding="utf-8")
    costs = table.pivot("phase", index="size", values="cpu_s")
    print(costs.with_columns(link_to_floor=(pl.col("link") / pl.col("floor")).round(2)))


def plot(table: pl.DataFrame) -> str:
    """Draw processor seconds by size, both logarithmic, a line per phase."""
    width, height, edge = 640, 420, 60
    least, most = math.log10(table["size"].min()), math.log10(table["size"].max())  # type: ignore[arg-type]
    low, high = 0.0, math.ceil(math.log10(max(float(table["cpu_s"].max()), 10.0)))  # type: ignore[arg-type]

    def at(size: float, seconds: float) -> tuple[float, float]:
        x = edge + (math.log10(size) - least) / max(most - least, 1e-9) * (width - 2 * edge)
        y = height - edge - (math.log10(max(seconds, 1.0)) - low) / (high - low) * (height - 2 * edge)
        return x, y

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
    ]
    for power in range(int(high) + 1):
        _, y = at(table["size"].min(), 10**power)  # type: ignore[arg-type]
        parts.append(f'<line x1="{edge}" x2="{width - edge}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{edge - 8}" y="{y + 4}" text-anchor="end">{10**power} s</text>')
    for size in table["size"].unique().sort():
        x, _ = at(size, 1)
        parts.append(f'<text x="{x}" y="{height - edge + 20}" text-anchor="middle">{size:,}</text>')
    for phase, colour in zip(PHASES, ("#777", "#1b7", "#e80", "#06c", "#a3c"), strict=True):
        rows = table.filter(pl.col("phase") == phase).sort("size")
        points = [at(size, seconds) for size, seconds in rows.select("size", "cpu_s").iter_rows()]
        if points:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts.append(f'<text x="{points[-1][0] + 4:.1f}" y="{points[-1][1]:.1f}" fill="{colour}">{phase}</text>')
    title = "Processor seconds by size of the watchlist"
    return "\n".join([*parts, f'<text x="{width / 2}" y="24" text-anchor="middle">{title}</text>', "</svg>"])


def main() -> None:
    """Run one phase, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--notices", type=int, default=100_000)
    parser.add_argument("--memory", default="5GB", help="DuckDB's memory limit")
    parser.add_argument("--phase", choices=PHASES)
    parser.add_argument("--size", type=int)
    options = parser.parse_args()
    if options.phase:
        run_phase(options)
    else:
        run_all(options)


if __name__ == "__main__":
    main()

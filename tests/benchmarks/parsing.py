"""How fast payloads become records, beside the floor: reading and tokenising the same bytes, and nothing else.

    python tests/benchmarks/parsing.py [SOURCE ...] [--repeat 3]

Reads ``../shared/data`` (or ``$MATCHING_SHARED/data``). Each payload is parsed in a process of its own; times are CPU
seconds, the best of ``--repeat``. Prints per payload: entries, persons, entries/s, persons/s and its bar, peak memory of
the process, the floor's persons/s, and how many times the floor's time parsing takes. The peak includes Python and the
libraries. Lists hold organisations and ships besides persons: these are read, too, and only persons/s leaves them out.
On a machine that others use, CPU seconds grow by half or more: compare by the last column.
"""

import argparse
import csv
import gzip
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from matching.records.build import parse
from matching.sources.registry import load_sources
from matching.sources.spec import Source

DATA = Path(os.environ.get("MATCHING_SHARED") or Path(__file__).resolve().parents[2] / "../shared") / "data"
PAYLOADS = (
    ("interpol_red", {"list": "interpol_red/2023-05-16/results.json"}),
    ("pk_nacta", {"list": "pk_nacta/2026-06-03/source.json"}),
    ("opensanctions_simple", {"list": "opensanctions_interpol_red_notices/2025-05-23/targets.simple.csv"}),
    ("us_ofac_sdn", {role: f"us_ofac_sdn/2022-01-31/{role}.csv" for role in ("sdn", "alt", "add")}),
    ("ca_sema", {"list": "ca_sema/2025-05-25/cannada.xml"}),
    ("un_sc", {"list": "un_sc/2026-02-27/UN_consolidated.xml"}),
    ("eu_fsf", {"list": "eu_fsf/reconstructed_2026-02/xmlFullSanctionsList_1_1.RECONSTRUCTED.xml.gz"}),
)
BARS = {"csv": 20_000, "json": 20_000, "xml": 8_000}  # persons/s, of issue 3


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One payload: CPU seconds to parse and to tokenise only, and the peak memory of the process."""

    entries: int
    persons: int
    parse_s: float
    floor_s: float
    peak_mb: float


def tokenise_json(path: Path) -> None:
    """Read JSON with the library that the reader uses."""
    json.loads(path.read_bytes())


def tokenise_csv(path: Path) -> None:
    """Read CSV with the library that the reader uses."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for _ in csv.reader(file):
            pass


def tokenise_xml(path: Path) -> None:
    """Read XML with the library that the reader uses, into its own tree: no Python code per element."""
    etree.parse(str(path), etree.XMLParser(no_network=True, resolve_entities=False))


TOKENISE: Mapping[str, Callable[[Path], None]] = {"json": tokenise_json, "csv": tokenise_csv, "xml": tokenise_xml}


def best_cpu_s(work: Callable[[], object], repeat: int) -> float:
    """Return the least CPU seconds that ``work`` took."""
    taken = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def measure(source: Source, files: Mapping[str, Path], repeat: int) -> Measured:
    """Measure one payload in this process. The peak is taken after the first parse, before any repeat."""

    def run() -> tuple[int, int]:
        parsed = parse(source, files, snapshot_id="benchmark", retrieved_at=datetime(2026, 1, 1, tzinfo=UTC))
        return parsed.entries, parsed.persons

    entries, persons = run()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tokenise = TOKENISE[source.reader.format]
    return Measured(
        entries=entries,
        persons=persons,
        parse_s=best_cpu_s(run, repeat),
        floor_s=best_cpu_s(lambda: [tokenise(path) for path in files.values()], repeat),
        peak_mb=peak_mb,
    )


def unpacked(path: Path, folder: Path) -> Path:
    """Return ``path``, unpacked into ``folder`` where it is packed."""
    if path.suffix != ".gz":
        return path
    with gzip.open(path) as packed, (folder / path.stem).open("wb") as file:
        shutil.copyfileobj(packed, file)
    return folder / path.stem


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    sources = load_sources()
    print(
        f"{'source':22}{'entries':>8}{'persons':>8}{'entries/s':>11}{'persons/s':>11}{'bar':>8}{'MB':>6}{'floor/s':>11}{'x floor':>9}"
    )
    for source_id, names in PAYLOADS:
        if options.sources and source_id not in options.sources:
            continue
        with tempfile.TemporaryDirectory() as folder:
            files = {role: unpacked(DATA / name, Path(folder)) for role, name in names.items()}
            source = sources[source_id]
            # A fresh process each: the peak of one payload must not hide that of the next.
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found = pool.apply(measure, (source, files, options.repeat))
        print(
            f"{source_id:22}{found.entries:8}{found.persons:8}"
            f"{found.entries / found.parse_s:11.0f}{found.persons / found.parse_s:11.0f}"
            f"{BARS[source.reader.format]:8}{found.peak_mb:6.0f}{found.persons / found.floor_s:11.0f}"
            f"{found.parse_s / found.floor_s:9.1f}"
        )


if __name__ == "__main__":
    main()

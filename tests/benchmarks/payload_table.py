"""What becomes of every file of ``../shared/data``: a row of a Markdown table per payload, for the record.

    python tests/benchmarks/payload_table.py > table.md

Columns: the file, the persons that MANIFEST.csv counts (empty where it does not), entries, records that are persons,
quarantined entries, unread fields, CPU seconds to unpack and parse, and peak memory of the process (Python and the
libraries included: 150 MB of it). A refused payload has the reason instead. Each payload has a process of its own.
"""

import csv
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from parsing import DATA

from matching.errors import MatchingError
from matching.records.build import parse
from matching.sources.drop import match_files, opened
from matching.sources.registry import load_sources

NO_LIST = {"interpol_openapi": "a schema", "us_ofac_advanced_xsd": "a schema"}
SOURCE_OF = {"opensanctions_interpol_red_notices": "opensanctions_simple", "us_ofac_enhanced_irgc": "us_ofac_sdn"}
BESIDE = {"alt.csv": "sdn.csv", "add.csv": "sdn.csv"}  # files of one payload: read with the one named
NOT_SHIPPED = {
    "us_fbi_wanted/2024-02-14/fbi_wanted.csv": "a third party's layout: tests/records/test_real_payloads.py reads it"
    " with a new source.yml alone",
    "interpol_red/2023-05-19/red_notices_details.json": "details of notices: read with the list, below",
}
WITH_DETAILS = ("interpol_red/2023-05-16/results.json", "interpol_red/2023-05-19/red_notices_details.json")
_LIMIT_MB = 512


def source_of(file: str) -> str:
    """Return the id of the source that reads ``file``."""
    folder, name = file.split("/")[0], Path(file).name
    if folder == "bad_payloads":
        return "interpol_red" if name.startswith("interpol_red") else "un_sc"
    if folder == "opensanctions_ftm":
        return "senzing_json" if name.startswith("senzing") else "ftm_entities"
    return SOURCE_OF.get(folder, folder)


def measure(source_id: str, files: Sequence[str]) -> str:
    """Return the cells of a payload's row after its persons, measured in this process."""
    source = load_sources()[source_id]
    paths = [DATA / file for file in files]
    started = time.process_time()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            layout, ready = opened(source, match_files(source, paths), Path(scratch), limit_mb=_LIMIT_MB)
            parsed = parse(layout, ready, snapshot_id="table", retrieved_at=datetime(2026, 1, 1, tzinfo=UTC))
    except MatchingError as error:
        return f"refused: {' '.join(str(error).split())} | | | | |"
    seconds = time.process_time() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{parsed.entries} | {parsed.persons} | {parsed.quarantine.height} | {len(parsed.unread)} | {seconds:.2f} |"
        f" {peak_mb:.0f} |"
    )


def main() -> None:
    """Print the table."""
    with (DATA / "MANIFEST.csv").open(encoding="utf-8") as file:
        counted = {row["file"]: row["persons"] for row in csv.DictReader(file)}
    print("| file | persons (MANIFEST) | entries | persons read | quarantined | unread fields | CPU s | MB |")
    print("|---|---|---|---|---|---|---|---|")
    payloads = [[file] for file in counted if Path(file).name not in BESIDE] + [list(WITH_DETAILS)]
    for files in payloads:
        folder = Path(files[0]).parent
        if Path(files[0]).name in BESIDE.values():
            files += [file for file in counted if Path(file).parent == folder and Path(file).name in BESIDE]
        why = NO_LIST.get(files[0].split("/")[0]) or (NOT_SHIPPED.get(files[0]) if len(files) == 1 else None)
        shown = " + ".join([files[0], *(Path(file).name for file in files[1:])])
        persons = counted[files[0]] if len(files) == 1 or folder == Path(files[1]).parent else ""
        if why is not None:
            print(f"| {shown} | {persons} | {why} | | | | | |", flush=True)
            continue
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(f"| {shown} | {persons} | {pool.apply(measure, (source_of(files[0]), files))}", flush=True)


if __name__ == "__main__":
    main()

"""The queue that reviewers would face: eight complete real lists of ../shared/data, taken in, run and published.

    python tests/benchmarks/real_queue.py WORKSPACE [--shared ../shared]

Prints how many matches cross a border, how many of them a notice has a part in, per 10,000 notices, and what the
publishers' own errors come to (publisher_errors.py prints each). The workspace is kept, for `matching review`.
"""

import argparse
from pathlib import Path

import polars as pl

from matching.pipeline import Pipeline
from matching.settings import Settings
from matching.tables import CONFLICTS, MATCHES, RECORDS

NOTICES = {
    "interpol_red": ["interpol_red/2023-05-16/results.json"],
    "eu_europol_wanted": ["eu_europol_wanted/2022-09-10/mostwanted.json"],
}
WATCHLISTS = {
    "un_sc": ["un_sc/2026-02-27/UN_consolidated.xml"],
    "us_ofac_sdn": ["us_ofac_sdn/2024-05-03/sdn.csv"],
    "us_ofac_cons": ["us_ofac_cons/2025-03-28/consolidated.xml"],
    "eu_fsf": ["eu_fsf/reconstructed_2026-02/xmlFullSanctionsList_1_1.RECONSTRUCTED.xml.gz"],
    "pk_nacta": ["pk_nacta/2026-06-03/source.json"],
    "ca_sema": ["ca_sema/2025-05-25/cannada.xml"],
}


def main() -> None:
    """Take the lists in, run, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    options = parser.parse_args()
    pipeline = Pipeline.open(Settings(workspace=options.workspace))
    for source_id, files in (NOTICES | WATCHLISTS).items():
        pipeline.ingest(source_id, files=[options.shared / "data" / file for file in files])
    run = pipeline.run()
    persons = run.read(RECORDS).filter(entity_kind="person")
    matches, conflicts = run.read(MATCHES), run.read(CONFLICTS)
    across = matches.filter(~pl.col("is_same_list") & pl.col("is_cross_border"))
    of_notices = across.filter(pl.any_horizontal(pl.col("source_l", "source_r").is_in(list(NOTICES))))
    notices = persons.filter(pl.col("source").is_in(list(NOTICES))).height
    print(f"run {run.folder}")
    print(
        f"persons {persons.height}, of them notices {notices}; matches {matches.height}, conflicts {conflicts.height}"
    )
    print(
        f"cross-border matches {across.height}, with a notice {of_notices.height}: {of_notices.height / notices * 10_000:.0f}"
        " per 10,000 notices"
    )


if __name__ == "__main__":
    main()

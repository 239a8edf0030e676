"""Links that publishers assert wrongly: which are matches, which have a conflict, and how many other matches have one.

    python tests/benchmarks/publisher_errors.py RUN_FOLDER ../shared/truth/publisher_errors.csv

Reads a published run (``workspace/runs/<run_id>``). Prints record ids only.
"""

import argparse
from pathlib import Path

import polars as pl
from document_links import read_truth

from matching.tables import CONFLICTS, MATCHES, PAIRS
from matching.workspace import read_table

SIDES = ["record_id_l", "record_id_r"]


def main() -> None:
    """Print one line per wrong link, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_folder", type=Path)
    parser.add_argument("truth", type=Path)
    options = parser.parse_args()
    pairs, matches, conflicts = (read_table(options.run_folder, table) for table in (PAIRS, MATCHES, CONFLICTS))
    wrong = read_truth(options.truth)
    shown = wrong.join(pairs.select(*SIDES, "match_probability"), on=SIDES, how="left").join(
        conflicts.select(*SIDES, "conflicts", "is_match"), on=SIDES, how="left"
    )
    for row in shown.sort(SIDES).iter_rows(named=True):
        print(*row.values())
    marked = pl.col("conflicts").list.len() > 0
    print(f"wrong links shown as matches without a conflict: {wrong.join(matches.filter(~marked), on=SIDES).height}")
    print(f"matches {matches.height}, with a conflict {matches.filter(marked).height}")
    print(f"conflicts below the threshold {conflicts.filter(~pl.col('is_match')).height}")


if __name__ == "__main__":
    main()

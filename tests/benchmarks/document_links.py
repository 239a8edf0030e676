"""Recall of links that two lists' shared documents prove, with the documents masked.

    python tests/benchmarks/document_links.py RUN_FOLDER TRUTH.csv [--model default]

Reads a published run over two lists (``workspace/runs/<run_id>``) and a truth file of ``../shared/truth``. The
identifiers are taken away before linking, or the truth would leak; references are never evidence. Prints, per
threshold, recall, the number of matches between the two lists, and how many records of each list have one.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import polars as pl

from matching.link.model import load
from matching.link.stage import link
from matching.settings import Settings
from matching.tables import IDENTIFIERS
from matching.workspace import write_table

THRESHOLDS = (0.1, 0.5, 0.9, 0.95, 0.99)


def read_truth(path: Path) -> pl.DataFrame:
    """Return the true links as record_id_l, record_id_r, in the order that pairs have them."""
    sides = [
        pl.concat_str(pl.col(f"{side}_source").str.split("@").list.first(), pl.lit(":"), f"{side}_id")
        for side in ("left", "right")
    ]
    found = pl.read_csv(path, infer_schema=False).select(pl.concat_list(sides).list.sort().alias("ids")).unique()
    return found.select(record_id_l=pl.col("ids").list.first(), record_id_r=pl.col("ids").list.last())


def masked_pairs(run_folder: Path, model: str = "default") -> pl.DataFrame:
    """Link the run's normalised tables again, without identifiers."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for zone in ("20_records", "30_normalised"):
            shutil.copytree(run_folder / zone, folder / zone)
        write_table(folder, IDENTIFIERS, IDENTIFIERS.empty())
        return link(folder, Settings(), load(model), spill=folder / "spill")


def between(pairs: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Keep the pairs between the two lists of ``truth``."""
    lists = {record_id.partition(":")[0] for record_id in truth.row(0)}
    return pairs.filter(
        pl.col("source_l").is_in(lists) & pl.col("source_r").is_in(lists) & (pl.col("source_l") != pl.col("source_r"))
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_folder", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    truth = read_truth(options.truth)
    pairs = between(masked_pairs(options.run_folder, options.model), truth)
    found = truth.join(pairs, on=["record_id_l", "record_id_r"], how="left")["match_probability"]
    print(f"true links {truth.height}, among candidate pairs {found.is_not_null().sum()}")
    for threshold in THRESHOLDS:
        matches = pairs.filter(pl.col("match_probability") >= threshold)
        recall = (found >= threshold).sum() / truth.height
        print(
            f"threshold {threshold:.2f}  recall {recall:.3f}  matches {matches.height}"
            f"  records {matches['record_id_l'].n_unique()} and {matches['record_id_r'].n_unique()}"
        )


if __name__ == "__main__":
    main()

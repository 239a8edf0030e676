"""Clusters: the records that matches connect."""

import polars as pl

from matching.tables import CLUSTERS


def cluster(matches: pl.DataFrame) -> pl.DataFrame:
    """Return ``clusters``: the connected components of ``matches`` (source and record_id on sides l and r).

    A cluster is named for its smallest record_id, so that the same matches give the same clusters.
    """
    leader: dict[str, str] = {}

    def find(record: str) -> str:
        root = record
        while leader.setdefault(root, root) != root:
            root = leader[root]
        while leader[record] != root:
            leader[record], record = root, leader[record]
        return root

    for left, right in matches.select("record_id_l", "record_id_r").iter_rows():
        first, second = sorted((find(left), find(right)))
        leader[second] = first
    sides = [matches.select(record_id=f"record_id_{side}", source=f"source_{side}") for side in ("l", "r")]
    records = pl.concat(sides).unique().sort("record_id")
    ids = [find(record) for record in records["record_id"]]
    return CLUSTERS.conform(records.with_columns(cluster_id=pl.Series(ids, dtype=pl.String)))

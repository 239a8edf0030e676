"""The resolve stage: which scored pairs are matches, which cross a border, what speaks against them."""

from dataclasses import dataclass

import polars as pl

from matching.resolve.clusters import cluster
from matching.tables import COMPARED, MATCHES


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What the stage writes."""

    matches: pl.DataFrame
    clusters: pl.DataFrame


def resolve(pairs: pl.DataFrame, records: pl.DataFrame, *, threshold: float) -> Resolved:
    """Return matches and clusters of ``pairs`` from match probability ``threshold`` on.

    A match crosses a border where the two authorities' countries differ; a pair of one list is a duplicate of that
    list.
    """
    countries = records.select("record_id", "authority_country")
    chosen = pairs.filter(pl.col("match_probability") >= threshold)
    for side in ("l", "r"):
        chosen = chosen.join(
            countries.rename({"record_id": f"record_id_{side}", "authority_country": f"country_{side}"}),
            on=f"record_id_{side}",
            how="left",
        )
    clusters = cluster(chosen)
    matches = chosen.join(
        clusters.select(record_id_l="record_id", cluster_id="cluster_id"), on="record_id_l", how="left"
    ).with_columns(
        is_same_list=pl.col("source_l") == pl.col("source_r"),
        is_cross_border=pl.col("country_l") != pl.col("country_r"),
        conflicts=_conflicts(),
    )
    return Resolved(matches=MATCHES.conform(matches.drop("country_l", "country_r")), clusters=clusters)


def _conflicts() -> pl.Expr:
    """List what speaks against, as ``field: level``: the levels that begin with "different"."""
    return pl.concat_list(
        pl.when(pl.col(f"level_{field}").str.starts_with("different")).then(
            pl.concat_str(pl.lit(f"{field}: "), f"level_{field}")
        )
        for field in COMPARED
    ).list.drop_nulls()

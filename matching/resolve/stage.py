"""The resolve stage: which scored pairs are matches, which cross a border, what speaks against them, who is one person."""

from dataclasses import dataclass

import duckdb
import polars as pl

from matching import database
from matching.resolve.clusters import cluster, connected
from matching.resolve.conflicts import with_conflicts
from matching.tables import COMPARED, CONFLICTS, MATCHES

SIDES = ("record_id_l", "record_id_r")


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What the stage writes."""

    matches: pl.DataFrame
    conflicts: pl.DataFrame
    clusters: pl.DataFrame


def resolve(
    pairs: pl.DataFrame,
    records: pl.DataFrame,
    births: pl.DataFrame,
    identifiers: pl.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    threshold: float,
) -> Resolved:
    """Return matches, conflicts and clusters of ``pairs``; a match has match probability ``threshold`` or more.

    A match crosses a border where the two authorities' countries differ; a pair of one list is a duplicate of that
    list. ``births`` and ``identifiers`` are those of the records (contracts BIRTHS and IDENTIFIERS); ``connection`` is to
    a database with the macros of sql/macros (``database.in_memory``).
    """
    marked = with_conflicts(pairs, identifiers, threshold=threshold)
    chosen = _with_countries(marked.filter("is_match"), records)
    others = _others(pairs, chosen, threshold=threshold)
    clustered = cluster(chosen, _with_contradicting(others, chosen, records, births, connection))
    matches = chosen.join(clustered.matches, on=SIDES, how="left").with_columns(
        is_same_list=pl.col("source_l") == pl.col("source_r"),
        is_cross_border=pl.col("country_l") != pl.col("country_r"),
        against=_against(),
    )
    contradicted = marked.filter(pl.col("conflicts").list.len() > 0)
    return Resolved(
        matches=MATCHES.conform(matches.select(MATCHES.columns.keys())),
        conflicts=CONFLICTS.conform(contradicted.select(CONFLICTS.columns.keys())),
        clusters=clustered.clusters,
    )


def _with_countries(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    countries = records.select("record_id", "authority_country")
    for side in ("l", "r"):
        named = countries.rename({"record_id": f"record_id_{side}", "authority_country": f"country_{side}"})
        pairs = pairs.join(named, on=f"record_id_{side}", how="left")
    return pairs


def _others(pairs: pl.DataFrame, matches: pl.DataFrame, *, threshold: float) -> pl.DataFrame:
    """Pairs below the threshold among the records of the matches, and whether they contradict (clusters.py)."""
    matched = pl.concat([matches[side] for side in SIDES]).unique().implode()
    contradicts = (
        (pl.col("level_birth") == "different")
        | (pl.col("level_sex") == "different")
        | (pl.col("level_identifier") == "different_national_number")
    )
    is_other = pl.col("match_probability") < threshold
    among = pairs.lazy().filter(is_other & pl.all_horizontal(pl.col(side).is_in(matched) for side in SIDES))
    return among.select(*SIDES, "match_weight", contradicts=contradicts).collect()


def _with_contradicting(
    others: pl.DataFrame,
    matches: pl.DataFrame,
    records: pl.DataFrame,
    births: pl.DataFrame,
    connection: duckdb.DuckDBPyConnection,
) -> pl.DataFrame:
    """``others`` with the pairs, met or not, that matches connect and whose births or sexes contradict each other."""
    members = connected(matches)
    inputs = {
        "members": members,
        "births": births.join(members, on="record_id", how="semi"),
        "records": records.select("record_id", "sex").join(members, on="record_id", how="semi"),
    }
    for name, frame in inputs.items():
        connection.register(name, frame)
    database.run_file(connection, "50_resolve/contradicting_members")
    found = connection.sql("SELECT *, TRUE AS found FROM contradicting_members").pl()
    for name in inputs:
        connection.unregister(name)
    both = others.join(found, on=SIDES, how="full", coalesce=True)
    is_match = matches.select(*SIDES)
    return (
        both.with_columns(
            contradicts=pl.col("contradicts").fill_null(value=False) | pl.col("found").fill_null(value=False)
        )
        .join(is_match, on=SIDES, how="anti")
        .select(*SIDES, "match_weight", "contradicts")
    )


def _against() -> pl.Expr:
    """List what speaks against, as ``field: level``: the levels that begin with "different"."""
    return pl.concat_list(
        pl.when(pl.col(f"level_{field}").str.starts_with("different")).then(
            pl.concat_str(pl.lit(f"{field}: "), f"level_{field}")
        )
        for field in COMPARED
    ).list.drop_nulls()

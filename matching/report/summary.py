"""What a run amounts to, in small frames: for the terminal and for the head of the report.

Pure functions of a run's tables. Every frame returned has a total order.
"""

from dataclasses import dataclass

import polars as pl

# Cross-border first: it is what the pipeline is for. Duplicates within a list are for the list's owner, hence last.
GROUPS = ("cross_border", "same_country", "same_list")


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The counts a report opens with. ``pairs`` are scored candidates, ``clusters`` hold two or more records."""

    lists: int
    persons: int
    pairs: int
    cross_border: int
    same_country: int
    same_list: int
    clusters: int
    quarantined: int
    gates: int
    gates_failed: int

    @property
    def matches(self) -> int:
        """All matches, of whatever group."""
        return self.cross_border + self.same_country + self.same_list


def headline(
    records: pl.DataFrame,
    matches: pl.DataFrame,
    *,
    pairs: int,
    clusters: pl.DataFrame,
    quarantine: pl.DataFrame,
    gates: pl.DataFrame,
) -> Headline:
    """Count a run. ``matches`` as ``in_order`` returns them; a row that broke two rules counts once as quarantined."""
    groups = dict(matches["group"].cast(pl.String).value_counts().iter_rows())
    return Headline(
        lists=records["source"].n_unique(),
        persons=records.filter(entity_kind="person").height,
        pairs=pairs,
        cross_border=groups.get("cross_border", 0),
        same_country=groups.get("same_country", 0),
        same_list=groups.get("same_list", 0),
        clusters=clusters["cluster_id"].n_unique(),
        quarantined=quarantine.select("table", "source", "record_id").n_unique(),
        gates=gates.height,
        gates_failed=gates.filter(~pl.col("success")).height,
    )


def in_order(matches: pl.DataFrame) -> pl.DataFrame:
    """Return MATCHES in the order a person reads them, with ``rank`` from 1 and ``group``, one of GROUPS.

    By group, then probability and weight, highest first, then record ids: a total order.
    """
    group = (
        pl.when("is_same_list")
        .then(pl.lit("same_list"))
        .when("is_cross_border")
        .then(pl.lit("cross_border"))
        .otherwise(pl.lit("same_country"))
        .cast(pl.Enum(GROUPS))
    )
    return (
        matches.with_columns(group.alias("group"))
        .sort(
            "group",
            "match_probability",
            "match_weight",
            "record_id_l",
            "record_id_r",
            descending=[False, True, True, False, False],
        )
        .with_row_index("rank", offset=1)
    )


def first_names(names: pl.DataFrame) -> pl.DataFrame:
    """Return one name per record of NAMES, a primary form if it has one: record_id, title, original, script."""
    return (
        titled(names)
        .sort("record_id", pl.col("kind") != "primary", "name_no")
        .unique("record_id", keep="first", maintain_order=True)
        .select("record_id", "title", "original", "script")
    )


def titled(names: pl.DataFrame) -> pl.DataFrame:
    """Return NAMES with ``title``, the form in Latin letters, and ``original``, the form in another script or null."""
    is_latin = pl.col("script") == "Latn"
    return names.with_columns(
        pl.when(is_latin).then("full").otherwise("romanised").alias("title"),
        pl.when(~is_latin).then("full").alias("original"),
    )


def with_names(matches: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return ``matches`` with the names of their best pairing.

    Adds, for either side, ``title_l`` (in Latin letters), ``original_l`` (as published, null where that is Latin) and
    ``script_l``. A side without a best form shows its record's first name, and a record without names its id.
    """
    columns = ("title", "original", "script")
    forms, first = titled(names), first_names(names)
    for side in ("l", "r"):
        renamed = {column: f"{column}_{side}" for column in columns}
        best = forms.select("record_id", "name_no", *columns).rename(renamed)
        keys = [f"record_id_{side}", f"name_{side}"]
        has_best = pl.col(f"title_{side}").is_not_null()
        matches = (
            matches.join(best, left_on=keys, right_on=["record_id", "name_no"], how="left", maintain_order="left")
            .join(first, left_on=keys[0], right_on="record_id", how="left", maintain_order="left")
            .with_columns(pl.when(has_best).then(new).otherwise(old).alias(new) for old, new in renamed.items())
            .with_columns(pl.col(f"title_{side}").fill_null(pl.col(keys[0])))
            .drop(columns)
        )
    return matches


def list_pair_counts(matches: pl.DataFrame) -> pl.DataFrame:
    """Return matches counted by unordered pair of lists, most cross-border matches first.

    Columns: ``list_1``, ``list_2`` (source ids, in order), ``matches``, ``cross_border``, ``with_conflicts`` (evidence
    contradicts itself), ``highest`` and ``lowest`` (probability). Grain: one pair of lists that has a match.
    """
    return (
        matches.select(
            pl.min_horizontal("source_l", "source_r").alias("list_1"),
            pl.max_horizontal("source_l", "source_r").alias("list_2"),
            (pl.col("is_cross_border") & ~pl.col("is_same_list")).alias("is_lead"),
            "match_probability",
            "conflicts",
        )
        .group_by("list_1", "list_2")
        .agg(
            pl.len().cast(pl.Int64).alias("matches"),
            pl.col("is_lead").sum().cast(pl.Int64).alias("cross_border"),
            (pl.col("conflicts").list.len() > 0).sum().cast(pl.Int64).alias("with_conflicts"),
            pl.col("match_probability").max().alias("highest"),
            pl.col("match_probability").min().alias("lowest"),
        )
        .sort("cross_border", "matches", "list_1", "list_2", descending=[True, True, False, False])
    )


def conflict_rows(conflicts: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return CONFLICTS with a name for each side (``title_l``, ``title_r``), most probable first."""
    first = first_names(names).select("record_id", "title")
    for side in ("l", "r"):
        named = first.rename({"record_id": f"record_id_{side}", "title": f"title_{side}"})
        conflicts = conflicts.join(named, on=f"record_id_{side}", how="left").with_columns(
            pl.col(f"title_{side}").fill_null(pl.col(f"record_id_{side}"))
        )
    return conflicts.sort("match_probability", "record_id_l", "record_id_r", descending=[True, False, False])


def list_rows(records: pl.DataFrame) -> pl.DataFrame:
    """Return one row per list of RECORDS, by source id.

    Columns: ``source``, ``authorities`` and ``countries`` (distinct, sorted), ``listing_kinds``, ``persons``,
    ``other_entities``, ``not_active`` (persons removed or deceased), ``snapshot_ids``, ``retrieved_at``, ``licences``,
    ``handling_codes``.
    """
    is_person = pl.col("entity_kind") == "person"
    return (
        records.group_by("source")
        .agg(
            pl.col("authority").unique().sort().alias("authorities"),
            pl.col("authority_country").unique().sort().alias("countries"),
            pl.col("listing_kind").unique().sort().alias("listing_kinds"),
            is_person.sum().cast(pl.Int64).alias("persons"),
            (~is_person).sum().cast(pl.Int64).alias("other_entities"),
            (is_person & (pl.col("status") != "active")).sum().cast(pl.Int64).alias("not_active"),
            pl.col("snapshot_id").unique().sort().alias("snapshot_ids"),
            pl.col("retrieved_at").max(),
            pl.col("licence").unique().sort().alias("licences"),
            pl.col("handling_code").unique().sort().alias("handling_codes"),
        )
        .sort("source")
    )


def stage_rows(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the stages of a run in the order they ran: stage, rows_in, rows_out, seconds, status."""
    return ledger.sort("run_id", "position").select("stage", "rows_in", "rows_out", "seconds", "status")

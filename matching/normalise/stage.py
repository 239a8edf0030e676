"""The normalise stage: records in; names, their blocking keys, births, countries and identifiers of linkable records out."""

from dataclasses import dataclass

import polars as pl

from matching.normalise.births import births_of, unreadable_births
from matching.normalise.countries import countries_of
from matching.normalise.identifiers import identifiers_of
from matching.normalise.keys import name_keys_of
from matching.normalise.names import names_of


@dataclass(frozen=True, kw_only=True)
class Normalised:
    """What the stage writes: one frame per boundary table, each conforming to its contract in matching/tables.py."""

    names: pl.DataFrame
    name_keys: pl.DataFrame
    births: pl.DataFrame
    countries: pl.DataFrame
    identifiers: pl.DataFrame
    quarantine: pl.DataFrame


def linkable() -> pl.Expr:
    """Whether a record is linked: an active listing of a person who is not a missing person or a victim."""
    return (pl.col("entity_kind") == "person") & (pl.col("status") == "active") & (pl.col("listing_kind") != "missing")


def normalise(records: pl.DataFrame) -> Normalised:
    """Normalise ``records`` (contract RECORDS). Rows that are not linkable give nothing.

    The result depends on the set of records only, not on their order. Births that were published and could not be read
    are in ``quarantine`` under the rule ``birth_is_readable``.
    """
    kept = records.filter(linkable())
    names = names_of(kept)
    return Normalised(
        names=names,
        name_keys=name_keys_of(names),
        births=births_of(kept),
        countries=countries_of(kept),
        identifiers=identifiers_of(kept),
        quarantine=unreadable_births(kept),
    )

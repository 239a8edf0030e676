"""The normalise stage: records in; names, their blocking keys, births, countries and identifiers of linkable records out."""

from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from matching.normalise.births import births_of, unreadable_births
from matching.normalise.countries import countries_of
from matching.normalise.identifiers import identifiers_of
from matching.normalise.keys import name_keys_of
from matching.normalise.names import names_of
from matching.tables import NAME_KEYS

PIECE = 400_000  # name forms whose keys are made at a time: their units and codes take about 1 GB


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
        name_keys=_keys_in_pieces(names),
        births=births_of(kept),
        countries=countries_of(kept),
        identifiers=identifiers_of(kept),
        quarantine=unreadable_births(kept),
    )


def _keys_in_pieces(names: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of all records, made for PIECE name forms or so at a time: bounds memory, changes no key."""
    if names.height <= PIECE:
        return name_keys_of(names)
    record = names["record_id"].rle_id()  # rows of one record stand together, and stay so
    cuts = [0, *(int(record.search_sorted(record[at])) for at in range(PIECE, names.height, PIECE)), names.height]
    return NAME_KEYS.conform(pl.concat([name_keys_of(names[start:end]) for start, end in pairwise(cuts)]))

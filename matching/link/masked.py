"""Records masked to one script: what the lists themselves tell of names across scripts, without labels.

Lists of the public kind give most names in Latin letters, some in another script besides. Where both lists have Latin
letters these are compared, so that no pair shows how names in two scripts agree. But a list that gives both can be read
as if it had the other script only: linked again like that, its records meet the other lists across scripts, and how
likely each such pair is one person is known from the run in which nothing was masked.

Enters: the run's folder. Leaves: the tables that differ where the Latin names of one list are masked.
"""

from pathlib import Path

import polars as pl

from matching.tables import NAME_KEYS, NAMES
from matching.workspace import read_table

LATIN = "Latn"
FULL_NAMES = ("primary", "original_script")


def mask(folder: Path) -> dict[str, pl.DataFrame]:
    """Return ``names`` and ``name_keys`` of the run in ``folder``, the list with most names in other scripts masked.

    Of its records that have a full name in another script, names in Latin letters are left out. Empty where no record
    has both.
    """
    names = read_table(folder, NAMES)
    both = _in_both(names)
    if both.is_empty():
        return {}
    (most, _), *_ = both.group_by("source").len().sort(["len", "source"], descending=[True, False]).iter_rows()
    masked = both.filter(source=most).select("record_id", script=pl.lit(LATIN))
    on = ["record_id", "script"]
    keys = read_table(folder, NAME_KEYS)
    return {
        NAMES.name: names.join(masked, on=on, how="anti", maintain_order="left"),
        NAME_KEYS.name: keys.join(masked, on=on, how="anti", maintain_order="left"),
    }


def _in_both(names: pl.DataFrame) -> pl.DataFrame:
    """The records with a full name in Latin letters and one in another script, with the list they stand on."""
    full = names.filter(pl.col("kind").is_in(FULL_NAMES)).with_columns(is_latin=pl.col("script") == LATIN)
    scripts = full.group_by("record_id").agg(pl.col("is_latin").n_unique())
    return scripts.filter(pl.col("is_latin") == 2).select(
        "record_id", source=pl.col("record_id").str.split(":").list.first()
    )

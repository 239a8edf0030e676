"""Where the invented lists stand, and what is known about them.

``matching demo``, the tests and the DAG tests run over them as over any drop folder: ``drop_dir`` holds
``<source_id>/<payload files>`` and ``sources_dir`` the source that is not shipped.
"""

from pathlib import Path

import polars as pl

_HERE = Path(__file__).resolve().parent


def drop_dir() -> Path:
    """Return the folder of ``<source_id>/`` payload files."""
    return _HERE / "lists"


def sources_dir() -> Path:
    """Return the folder of ``<source_id>/source.yml`` of the list that only the exercise has."""
    return _HERE / "sources"


def source_ids() -> tuple[str, ...]:
    """Return the ids of the sources that have a list here."""
    return tuple(sorted(folder.name for folder in drop_dir().iterdir()))


def truth() -> pl.DataFrame:
    """Read the pairs that are one person: record_id_l, record_id_r, how (text). Every such pair is here."""
    return pl.read_csv(_HERE / "truth.csv")


def traps() -> pl.DataFrame:
    """Read pairs of different people who look alike: record_id_l, record_id_r, why (text)."""
    return pl.read_csv(_HERE / "traps.csv")


def unreadable() -> pl.DataFrame:
    """Read the entries of which a birth date, or all, belongs in quarantine: record_id, why (text)."""
    return pl.read_csv(_HERE / "unreadable.csv")

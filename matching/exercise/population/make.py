"""Lists of any size with known truth, made piece by piece so that memory does not grow with them.

Enters: how many listings each list has. Leaves: records, and the pairs of listings that are one person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from matching.exercise.population.counted import Counted, Numbers
from matching.exercise.population.listings import Habits, records
from matching.exercise.population.people import people
from matching.tables import RECORDS
from matching.workspace import table_path

SEED = 20260301
PIECE = 250_000  # listings made at a time: about 1 GB
_ELSEWHERE = 1 << 36  # number of the first person who is on one list only, a list of notices


@dataclass(frozen=True, kw_only=True)
class InventedList:
    """A list of ``size`` listings. ``shared`` is the share of them whose person stands on the first list too, and
    ``duplicates`` the share of those who stand on it a second time."""

    source: str
    size: int
    country: str
    shared: float = 0.0
    duplicates: float = 0.01
    habits: Habits = field(default_factory=Habits)


def two_lists(size: int, *, notices: int | None = None) -> tuple[InventedList, InventedList]:
    """Return a watchlist of ``size`` and a list of notices, a tenth of it unless ``notices`` says how many."""
    own_script = Habits(own_script_only=0.12, own_script_beside=0.3)
    return (
        InventedList(source="zz_watchlist", size=size, country="ZZ"),
        InventedList(
            source="zz_notices",
            size=size // 10 if notices is None else notices,
            country="XZ",
            shared=0.2,
            habits=own_script,
        ),
    )


def person_numbers(lists: Sequence[InventedList], place: int, numbers: Numbers, *, seed: int = SEED) -> Numbers:
    """Return which person each of the listings ``numbers`` of the list at ``place`` is about."""
    one = lists[place]
    draw = Counted(seed, numbers + (place << 40))
    own = numbers + (0 if place == 0 else _ELSEWHERE + (place << 30))
    earlier = own - 1 - draw.below(f"earlier of {one.source}", np.maximum(numbers, 1))
    found = np.where(draw.chance(f"duplicate on {one.source}", one.duplicates) & (numbers > 0), earlier, own)
    if place == 0:
        return found
    return np.where(
        draw.chance(f"shared with {lists[0].source}", one.shared),
        draw.below(f"which of {lists[0].source}", lists[0].size),
        found,
    )


def pieces(lists: Sequence[InventedList], *, seed: int = SEED, piece: int = PIECE) -> Iterator[pl.DataFrame]:
    """Yield the records of all lists, ``piece`` at most at a time, in order of list and number."""
    for place, one in enumerate(lists):
        for start in range(0, one.size, piece):
            numbers = np.arange(start, min(start + piece, one.size), dtype=np.int64)
            persons = people(person_numbers(lists, place, numbers, seed=seed), seed=seed)
            yield records(one.source, numbers, persons, one.habits, seed=seed, country=one.country)


def truth(lists: Sequence[InventedList], *, seed: int = SEED) -> pl.DataFrame:
    """Return record_id_l, record_id_r of all pairs of listings that are one person, on one list or two, sorted."""
    listings = pl.concat(
        pl.DataFrame(
            {"person": person_numbers(lists, place, np.arange(one.size, dtype=np.int64), seed=seed)}
        ).with_row_index("number")
        .select("person", record_id=pl.lit(f"{one.source}:") + pl.col("number").cast(pl.String))
        for place, one in enumerate(lists)
    )  # fmt: skip
    several = listings.filter(pl.col("person").is_duplicated())
    pairs = several.join(several, on="person", suffix="_r").filter(pl.col("record_id") < pl.col("record_id_r"))
    return pairs.select(record_id_l="record_id", record_id_r="record_id_r").sort("record_id_l", "record_id_r")


def write(folder: Path, lists: Sequence[InventedList], *, seed: int = SEED) -> int:
    """Write the records as the table of a run in ``folder``, and ``truth.csv``; return how many pairs are one person."""
    path = table_path(folder, RECORDS)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    try:
        for piece in pieces(lists, seed=seed):
            made = piece.to_arrow()
            writer = writer or pq.ParquetWriter(path, made.schema, compression="zstd")
            writer.write_table(made)
    finally:
        if writer:
            writer.close()
    known = truth(lists, seed=seed)
    known.write_csv(folder / "truth.csv")
    return known.height

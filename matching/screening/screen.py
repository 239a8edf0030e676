"""The pairs between a file of people and the published lists, scored as a run scores them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from matching import database
from matching.link import compare
from matching.link.incremental import EACH
from matching.link.model import Model
from matching.link.stage import blocked, score_each, weigh_together
from matching.normalise.stage import normalise
from matching.resolve.conflicts import with_conflicts
from matching.resolve.explain import explain
from matching.screening.hits import hits_of
from matching.screening.people import SOURCE, People
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, PAIRS, RECORDS
from matching.workspace import read_table, scan_table, table_path, write_table


@dataclass(frozen=True, kw_only=True)
class Screened:
    """``hits`` as ``hits_of`` makes them; ``persons`` were compared, ``nameless`` have no name to compare."""

    hits: pl.DataFrame
    persons: int
    nameless: int

    @property
    def with_hits(self) -> int:
        """Persons with a hit."""
        return int(self.hits["person_record_id"].n_unique())


def screen(people: People, published: Path, model: Model, settings: Settings, *, scratch: Path) -> Screened:
    """Compare ``people`` with the lists of the run in the folder ``published``, which is only read.

    ``scratch`` is a folder outside the workspace. A hit is a pair from the review threshold on, or one whose documents
    contradict its names or births.
    """
    together = _together(people.records, published, scratch / "together")
    with blocked(together, settings, spill=scratch / "spill", of=SOURCE) as connection:
        compare.gather_evidence(connection)
        pairs = _weighed(score_each(connection, model), published, connection, model)
        found = with_conflicts(pairs, read_table(together, IDENTIFIERS), threshold=settings.review_threshold)
    with database.in_memory(settings, scratch / "spill") as connection:
        connection.read_parquet(str(table_path(together, NAMES))).create_view(NAMES.name)
        explained = explain(found, connection)
    persons = (
        read_table(together, NAMES).filter(pl.col("record_id").str.starts_with(f"{SOURCE}:"))["record_id"].n_unique()
    )
    return Screened(hits=hits_of(found, explained, together), persons=persons, nameless=people.records.height - persons)


def _weighed(each: pl.DataFrame, published: Path, connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """The pairs of a person and a listing, weighed with all that may rival them (matching/link/overlap.py).

    Which listings of a list may be one person is known from the published run; which persons of the file, from ``each``.
    """
    of_lists = scan_table(published, PAIRS).filter(pl.col("source_l") == pl.col("source_r"))
    within = of_lists.select(pl.col(name) for name in EACH).collect()
    weighed = weigh_together(pl.concat([each, within]), connection, model)
    return weighed.filter(pl.col("source_l") != pl.col("source_r"))


def _together(people: pl.DataFrame, published: Path, folder: Path) -> Path:
    """Write the normalised tables of the lists and the file, as one run would have them."""
    made = normalise(people)
    frames = (people, made.names, made.name_keys, made.births, made.countries, made.identifiers)
    for table, frame in zip((RECORDS, NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS), frames, strict=True):
        write_table(folder, table, pl.concat([read_table(published, table), table.conform(frame)]))
    return folder

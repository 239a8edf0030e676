"""The link stage: from normalised tables to scored pairs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb
import polars as pl

from matching import database
from matching.link import blocking, compare, overlap, predict
from matching.link.model import Model
from matching.normalise.countries import country_kin
from matching.normalise.places import place_words
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, PAIRS, RECORDS
from matching.workspace import table_path


def link(folder: Path, settings: Settings, model: Model, *, spill: Path) -> pl.DataFrame:
    """Score every candidate pair among the linkable records of the run in ``folder``; returns ``pairs``."""
    with normalised(folder, settings, spill=spill) as connection:
        return score(connection, model)


@contextmanager
def normalised(
    folder: Path, settings: Settings, *, spill: Path, instead: Mapping[str, pl.DataFrame] = MappingProxyType({})
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database with the normalised tables of the run in ``folder``, blocked, and its evidence gathered.

    ``instead`` has tables, by name, that take the place of the run's.
    """
    with database.in_memory(settings, spill) as connection:
        for table in (RECORDS, NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS):
            if table.name in instead:
                connection.register(table.name, instead[table.name])
            else:
                connection.read_parquet(str(table_path(folder, table))).create_view(table.name)
        connection.register("country_kin", country_kin())
        database.run_file(connection, "40_link/persons")
        database.run_file(connection, "40_link/birth_places")
        connection.register("place_words", place_words(connection.sql("SELECT text FROM birth_places").pl()["text"]))
        compare.prepare(connection)
        blocking.block(connection)
        compare.gather_evidence(connection)
        yield connection


def score(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Weigh the evidence of the candidate pairs of ``connection`` (from ``normalised``) under ``model``."""
    vectors = compare.compare(connection, model)
    if vectors.is_empty():
        return PAIRS.empty()
    records = compare.count_persons(connection)
    weights = predict.weigh(vectors, model, records=records)
    connection.register("vector_weights", weights)
    connection.register("level_names", pl.DataFrame({"levels": [model.level_names()]}))
    database.run_file(connection, "40_link/scored_pairs")
    persons = dict(connection.sql("SELECT source, count(*) FROM persons GROUP BY source").fetchall())
    pairs = connection.sql("SELECT * FROM scored_pairs ORDER BY record_id_l, record_id_r").pl()
    return PAIRS.conform(overlap.weigh_lists(pairs, persons, prior=model.prior(records)))

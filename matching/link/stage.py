"""The link stage: from normalised tables to scored pairs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb
import polars as pl

from matching import database
from matching.link import blocking, compare, incremental, overlap, predict
from matching.link.model import Model
from matching.normalise.countries import country_kin
from matching.normalise.places import place_words
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, PAIRS, RECORDS
from matching.workspace import table_path


def link(
    folder: Path, settings: Settings, model: Model, *, spill: Path, before: incremental.Before | None = None
) -> pl.DataFrame:
    """Score every candidate pair among the linkable records of the run in ``folder``; returns ``pairs``.

    Pairs that the run ``before`` scored and that nothing touched are taken over from it: the result is the same. What
    the next run needs for this is kept in ``folder``.
    """
    with blocked(folder, settings, spill=spill) as connection:
        incremental.set_known_aside(connection, model, before=before)
        compare.gather_evidence(connection)
        known = incremental.known_pairs(connection)
        scored = pl.concat([score_each(connection, model), known]).sort("record_id_l", "record_id_r")
        incremental.keep_state(connection, scored, folder, model)
        return weigh_together(scored, connection, model)


@contextmanager
def normalised(
    folder: Path, settings: Settings, *, spill: Path, instead: Mapping[str, pl.DataFrame] = MappingProxyType({})
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database with the normalised tables of the run in ``folder``, blocked, and its evidence gathered.

    ``instead`` has tables, by name, that take the place of the run's.
    """
    with blocked(folder, settings, spill=spill, instead=instead) as connection:
        compare.gather_evidence(connection)
        yield connection


@contextmanager
def blocked(
    folder: Path,
    settings: Settings,
    *,
    spill: Path,
    of: str | None = None,
    instead: Mapping[str, pl.DataFrame] = MappingProxyType({}),
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database with the normalised tables of the run in ``folder`` and its candidate pairs.

    Where ``of`` names a source, only the pairs of which one of its records is one. ``instead`` as in ``normalised``.
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
        if of is None:
            blocking.block(connection)
        else:
            blocking.block_of(connection, of)
        yield connection


def score(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Weigh the evidence of the candidate pairs of ``connection`` (from ``normalised``) under ``model``."""
    return weigh_together(score_each(connection, model), connection, model)


def score_each(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Weigh each candidate pair by itself: PAIRS without what the lists as wholes tell (incremental.EACH)."""
    vectors = compare.compare(connection, model)
    if vectors.is_empty():
        return pl.DataFrame(schema=incremental.EACH)
    weights = predict.weigh(vectors, model, records=compare.count_persons(connection))
    connection.register("vector_weights", weights)
    connection.register("level_names", pl.DataFrame({"levels": [model.level_names()]}))
    database.run_file(connection, "40_link/scored_pairs")
    scored: pl.DataFrame = connection.sql("SELECT * FROM scored_pairs").pl()
    return scored.select(pl.col(name).cast(dtype) for name, dtype in incremental.EACH.items())


def weigh_together(pairs: pl.DataFrame, connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Return PAIRS of ``pairs`` (from ``score_each``) with what their two lists as wholes tell."""
    if pairs.is_empty():
        return PAIRS.empty()
    persons = dict(connection.sql("SELECT source, count(*) FROM persons GROUP BY source").fetchall())
    prior = model.prior(compare.count_persons(connection))
    return PAIRS.conform(overlap.weigh_lists(pairs.sort("record_id_l", "record_id_r"), persons, prior=prior))

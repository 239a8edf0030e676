"""The link stage: from normalised tables to scored pairs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb
import polars as pl

from matching import database
from matching.link import blocking, compare, incremental, overlap, predict
from matching.link.connected import pair_connected
from matching.link.likely import floors_of, keep_likely
from matching.link.model import Model
from matching.log import event
from matching.normalise.countries import country_kin
from matching.normalise.places import place_words
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, PAIRS, RECORDS
from matching.workspace import table_path

SIDES = ("record_id_l", "record_id_r")
MOST_PAIRS = 5_000_000
"""Scored pairs that are kept: of more the likeliest. What is left out is logged; no list of a publisher comes near."""

# What of each normalised table this stage reads, beside record_id: at ten million records the rest would not fit.
_READ = (
    (RECORDS, ("source", "sex", "birth_places")),
    (NAMES, ("name_no", "kind", '"full"', "script", "tokens", "skeletons")),
    (BIRTHS, ("earliest", "latest", '"precision"')),
    (COUNTRIES, ("role", "country_code")),
    (IDENTIFIERS, ("kind", "country_code", "comparable", "validity")),
)


def link(
    folder: Path, settings: Settings, model: Model, *, spill: Path, before: incremental.Before | None = None
) -> pl.DataFrame:
    """Score every candidate pair among the linkable records of the run in ``folder`` that is likely enough (likely.py), or
    whose records matches connect (connected.py); returns ``pairs``.

    Pairs are made and compared in batches, so that memory does not grow with them. Of more than MOST_PAIRS the likeliest
    are returned. Pairs that the run ``before`` scored and that nothing touched are taken over from it: the result is the
    same. What the next run needs for this is kept in ``folder``.
    """
    with loaded(folder, settings, spill=spill) as connection:
        pairs = _linked(connection, folder, settings, model, before=before)
    if pairs is None:  # the database is closed first: two of this size would not fit
        return link(folder, settings, model, spill=spill)
    return pairs


def _linked(
    connection: duckdb.DuckDBPyConnection, folder: Path, settings: Settings, model: Model, *, before: incremental.Before | None
) -> pl.DataFrame | None:  # fmt: skip
    """As ``link``; None where a run ``before`` was given and only a full run can tell which pairs are the likeliest."""
    compare.prepare(connection)
    floors = floors_of(connection, model, threshold=settings.review_threshold)
    unlikely_before = incremental.find_touched(connection, model, floors, before=before)
    connection.sql("DROP TABLE names")  # forms stand for them from here on
    found = blocking.find_blocks(connection, most_within_list=settings.most_within_list)
    forms, known, added, unlikely = compare.read_forms(connection), [], [], []
    for batch in blocking.batches(found):
        added.append(blocking.pair_up(connection, found, batch))
        taken_over, still_unlikely = incremental.set_known_aside(connection, unlikely_before)
        known.append(taken_over)
        compare.compare_names(connection, forms)
        unlikely += [still_unlikely, keep_likely(connection, model, forms.borne, floors)]
        _put_together(connection)
    if not added:
        return PAIRS.empty()
    blocking.reported(found.plan, pl.concat(added))
    left_out = pl.concat(unlikely)
    event("pairs_not_likely_enough", pairs=left_out.height)
    scored = pl.concat([_weigh_so_far(connection, model), incremental.report(connection, known)])
    if scored.height <= MOST_PAIRS:
        incremental.keep_state(
            connection, scored.sort(*SIDES), left_out, folder, incremental.made_of(connection, model, floors)
        )
    elif before is not None:
        return None
    pairs = weigh_together(scored, connection, model)
    if left_out.is_empty() or not pair_connected(connection, found, pairs, threshold=settings.review_threshold):
        return pairs
    compare.compare_names(connection, forms)
    compare.compare_documents(connection)
    compare.compare_pairs(connection, model, forms.borne)
    connected = weigh_each(connection, model, compare.distinct_vectors(connection))
    return weigh_together(pl.concat([scored, connected]), connection, model)


def _put_together(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the vectors of the candidate pairs to those of the batches before."""
    compare.compare_documents(connection)
    compare.put_together(connection)
    connection.sql("CREATE TABLE IF NOT EXISTS compared_so_far AS FROM comparison_vectors LIMIT 0")
    connection.sql("INSERT INTO compared_so_far FROM comparison_vectors")


def _weigh_so_far(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Weigh the vectors of all batches, each by itself."""
    connection.sql("DROP TABLE comparison_vectors")
    connection.sql("ALTER TABLE compared_so_far RENAME TO comparison_vectors")
    return weigh_each(connection, model, compare.distinct_vectors(connection))


@contextmanager
def loaded(
    folder: Path, settings: Settings, *, spill: Path, instead: Mapping[str, pl.DataFrame] = MappingProxyType({})
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database with the normalised tables of the run in ``folder``, their records numbered.

    ``instead`` has tables, by name, that take the place of the run's.
    """
    with database.in_memory(settings, spill) as connection:
        for table in (*(table for table, _ in _READ), NAME_KEYS):
            if table.name in instead:
                connection.register(f"stored_{table.name}", instead[table.name])
            else:
                connection.read_parquet(str(table_path(folder, table))).create_view(f"stored_{table.name}")
        database.run_file(connection, "40_link/record_numbers")
        for table, columns in _READ:
            numbered = _NUMBERED.format(columns=", ".join(columns), table=table.name)
            connection.sql(f"CREATE TABLE {table.name} AS {numbered}")
        keys = _NUMBERED.format(columns="rule, script, keys, weights", table=NAME_KEYS.name)
        # Not a table: it is the largest, and read once or twice.
        connection.sql(f"CREATE VIEW {NAME_KEYS.name} AS {keys}")
        connection.register("country_kin", country_kin())
        database.run_file(connection, "40_link/persons")
        database.run_file(connection, "40_link/birth_places")
        connection.register(
            "place_words",
            place_words(connection.sql("SELECT DISTINCT text FROM birth_places ORDER BY text").pl()["text"]),
        )
        yield connection


_NUMBERED = """
SELECT record_numbers.number AS record_id, {columns}
FROM stored_{table}
JOIN record_numbers USING (record_id)
"""


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
    with loaded(folder, settings, spill=spill, instead=instead) as connection:
        compare.prepare(connection)
        if of is None:
            blocking.block(connection, most_within_list=settings.most_within_list)
        else:
            blocking.block_of(connection, of, most_within_list=settings.most_within_list)
        yield connection


def score(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Weigh the evidence of the candidate pairs of ``connection`` (from ``normalised``) under ``model``."""
    return weigh_together(score_each(connection, model), connection, model)


def score_each(connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Weigh each candidate pair of ``connection`` by itself; see ``weigh_each``."""
    return weigh_each(connection, model, compare.compare(connection, model))


def weigh_each(connection: duckdb.DuckDBPyConnection, model: Model, vectors: pl.DataFrame) -> pl.DataFrame:
    """Weigh the ``comparison_vectors``: PAIRS without what the lists as wholes tell (incremental.EACH)."""
    if vectors.is_empty():
        return pl.DataFrame(schema=incremental.EACH)
    weights = predict.weigh(vectors, model, records=compare.count_persons(connection))
    connection.register("vector_weights", weights)
    connection.register("level_names", pl.DataFrame({"levels": [model.level_names()]}))
    connection.register("pair_limits", pl.DataFrame({"most_pairs": [MOST_PAIRS]}))
    database.run_file(connection, "40_link/kept_vectors")
    database.run_file(connection, "40_link/scored_pairs")
    scored: pl.DataFrame = connection.sql("SELECT * FROM scored_pairs").pl()
    if left_out := int(vectors["pairs"].sum()) - scored.height:
        event("unlikely_pairs_left_out", pairs=left_out, kept=scored.height, least_weight=scored["match_weight"].min())
    return scored.select(pl.col(name).cast(dtype) for name, dtype in incremental.EACH.items())


def weigh_together(pairs: pl.DataFrame, connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Return PAIRS of ``pairs`` (from ``score_each``) with what their two lists as wholes tell."""
    if pairs.is_empty():
        return PAIRS.empty()
    persons = dict(connection.sql("SELECT source, count(*) FROM persons GROUP BY source").fetchall())
    prior = model.prior(compare.count_persons(connection))
    return PAIRS.conform(overlap.weigh_lists(pairs.sort(*SIDES), persons, prior=prior))

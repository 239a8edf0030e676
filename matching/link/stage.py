"""The link stage: from normalised tables to scored pairs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb
import numpy as np
import polars as pl

from matching import database
from matching.link import blocking, compare, incremental, overlap, predict, reblock, stored
from matching.link.connected import connected_pairs
from matching.link.facts import Facts, read_facts
from matching.link.keys import Bytes, Records
from matching.link.likely import Floors, floors_of, keep_likely
from matching.link.meetings import Pairs, together
from matching.link.model import Model
from matching.link.pairings import parts
from matching.log import event
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAMES, PAIRS

SIDES = ("record_id_l", "record_id_r")
MOST_PAIRS = 5_000_000
"""Scored pairs that are kept: of more the likeliest. What is left out is logged; no list of a publisher comes near."""
BATCH = 4_000_000  # pairs that are compared at a time where they need not be made first


def link(
    folder: Path, settings: Settings, model: Model, *, spill: Path, before: incremental.Before | None = None
) -> pl.DataFrame:
    """Score every candidate pair among the linkable records of the run in ``folder`` that is likely enough (likely.py), or
    whose records matches connect (connected.py); returns ``pairs``.

    Pairs are made and compared in batches, so that memory does not grow with them. Of more than MOST_PAIRS the likeliest
    are returned. What the run ``before`` found out about records that say what they said is taken over from it: the result is
    the same. What the next run needs for this is kept in ``folder``.
    """
    incremental.forget_state(folder)
    with stored.opened(folder, settings, spill=spill) as connection:
        pairs = _linked(connection, folder, settings, model, before=before)
    if pairs is None:  # the database is closed first: two of this size would not fit
        return link(folder, settings, model, spill=spill)
    return pairs


def _linked(
    connection: duckdb.DuckDBPyConnection, folder: Path, settings: Settings, model: Model, *, before: incremental.Before | None
) -> pl.DataFrame | None:  # fmt: skip
    """As ``link``; None where a run ``before`` was given and only a full run can tell which pairs are the likeliest."""
    floors = floors_of(connection, model, threshold=settings.review_threshold)
    lists = blocking.read_lists(connection, most_within_list=settings.most_within_list)
    made_of = incremental.made_of(connection, model, floors, settings)
    database.run_file(connection, "40_link/record_contents")
    changed = _changed(connection, before, made_of, lists)
    scores = _Scores(connection, model, floors)
    if changed is None:
        scored, unlikely = scores.of_all(settings)
    else:
        scored, unlikely = scores.of_changed(changed)
    if scored.is_empty() and not len(unlikely.left):
        return PAIRS.empty()
    event("pairs_not_likely_enough", pairs=len(unlikely.left))
    if scores.are_all and scored.height <= MOST_PAIRS:
        incremental.keep_state(connection, scored, unlikely, folder, made_of)
    elif changed is not None:
        return None
    pairs = weigh_together(scored, connection, model)
    connected = connected_pairs(connection, unlikely, pairs, threshold=settings.review_threshold)
    if not len(connected.left):
        return pairs
    more, _ = scores.of(connected, every=True)
    return weigh_together(pl.concat([scored, more]), connection, model)


def _changed(
    connection: duckdb.DuckDBPyConnection, before: incremental.Before | None, made_of: Mapping[str, object], lists: Bytes
) -> reblock.Reblocked | None:  # fmt: skip
    """The pairs of today as far as the run ``before`` tells them; None where nothing of it can be taken over."""
    if before is None or not before.is_of(made_of):
        return None
    for table in _LOOKED_THROUGH:
        connection.sql(f"CREATE VIEW {table.name} AS {stored.numbered(table)}")
    changes = incremental.find_changes(connection, before)
    found = None if changes is None else reblock.reblock(connection, changes, lists)
    for table in _LOOKED_THROUGH:
        connection.sql(f"DROP VIEW {table.name}")
    return found


_LOOKED_THROUGH = (NAMES, IDENTIFIERS, BIRTHS, COUNTRIES)  # for what changed, without loading them


class _Scores:
    """How pairs are scored: batch by batch, each pair by itself."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, model: Model, floors: Floors) -> None:
        self.connection, self.model, self.floors = connection, model, floors
        self.loaded: tuple[compare.Forms, Facts] | None = None  # of all records, where all were loaded
        self.are_all = True  # that are likely enough: more than MOST_PAIRS are not kept

    def of_all(self, settings: Settings) -> tuple[pl.DataFrame, Pairs]:
        """All pairs that blocking brings together, those that are likely enough scored (SCORED), and the others."""
        connection = self.connection
        stored.load(connection)
        compare.prepare(connection)
        found = blocking.find_blocks(connection, most_within_list=settings.most_within_list, drops_names=True)
        self.loaded = compare.read_forms(connection), found.facts
        connection.sql("DROP TABLE record_forms")  # which has been read, and is large
        added = []

        def batches() -> Iterator[Pairs]:
            for batch in blocking.batches(found):
                made = blocking.pairs_in(found, batch)
                added.append(blocking.added_by_rule(made))
                yield made

        told = self._scored(batches(), *self.loaded)
        if added:
            blocking.reported(found.plan, pl.concat(added))
        return told

    def of_changed(self, changed: reblock.Reblocked) -> tuple[pl.DataFrame, Pairs]:
        """As ``of_all``: pairs that stand as they were scored, the others scored."""
        scored, unlikely = self.of(changed.to_score)
        event("pairs_taken_over", scored=changed.scored.height, unlikely=len(changed.unlikely.left))
        both = pl.concat([changed.scored, scored]).sort(*incremental.NUMBERS)
        return both, together([changed.unlikely, unlikely])

    def of(self, pairs: Pairs, *, every: bool = False) -> tuple[pl.DataFrame, Pairs]:
        """``pairs`` scored, those that are likely enough or ``every`` one, and the others; records are loaded if they are not."""
        if not len(pairs.left):
            return pl.DataFrame(schema=incremental.SCORED), pairs
        forms, facts = self.loaded or self._load(np.unique(np.concatenate([pairs.left, pairs.right])))
        cuts = range(0, len(pairs.left), BATCH)
        batches = (pairs.chosen(slice(start, start + BATCH)) for start in cuts)
        return self._scored(batches, forms, facts, every=every)

    def _load(self, records: Records) -> tuple[compare.Forms, Facts]:
        stored.load(self.connection, records)
        compare.make_forms(self.connection)
        return compare.read_forms(self.connection), read_facts(self.connection, len(self.floors.of_record))

    def _scored(
        self, batches: Iterator[Pairs], forms: compare.Forms, facts: Facts, *, every: bool = False
    ) -> tuple[pl.DataFrame, Pairs]:
        connection, unlikely, is_first = self.connection, [], True
        for batch in (one.chosen(part) for one in batches for part in parts(one.left, one.right, forms.borne)):
            blocking.keep(connection, batch, facts)
            compared = compare.compare_names(connection, forms, batch.left, batch.right)
            unlikely.append(keep_likely(connection, self.model, forms.borne, compared, self.floors, every=every))
            compare.compare_documents(connection)
            compare.put_together(connection)
            connection.sql(_FIRST if is_first else _MORE)
            is_first = False
        if is_first:
            return pl.DataFrame(schema=incremental.SCORED), together([])
        connection.sql("DROP TABLE comparison_vectors")
        connection.sql("ALTER TABLE compared_so_far RENAME TO comparison_vectors")
        vectors = compare.distinct_vectors(connection)
        scored = weigh_each(connection, self.model, vectors)
        self.are_all &= scored.height == vectors["pairs"].sum()
        return scored, together(unlikely)


_FIRST = "CREATE OR REPLACE TABLE compared_so_far AS FROM comparison_vectors"
_MORE = "INSERT INTO compared_so_far FROM comparison_vectors"


@contextmanager
def loaded(
    folder: Path, settings: Settings, *, spill: Path, instead: Mapping[str, pl.DataFrame] = MappingProxyType({})
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database with the normalised tables of the run in ``folder``, their records numbered.

    ``instead`` has tables, by name, that take the place of the run's.
    """
    with stored.opened(folder, settings, spill=spill, instead=instead) as connection:
        stored.load(connection)
        yield connection


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
    """Weigh each candidate pair of ``connection`` by itself: incremental.EACH."""
    return weigh_each(connection, model, compare.compare(connection, model)).select(*incremental.EACH)


def weigh_each(connection: duckdb.DuckDBPyConnection, model: Model, vectors: pl.DataFrame) -> pl.DataFrame:
    """Weigh the ``comparison_vectors``: PAIRS without what the lists as wholes tell (incremental.SCORED)."""
    if vectors.is_empty():
        return pl.DataFrame(schema=incremental.SCORED)
    weights = predict.weigh(vectors, model, records=compare.count_persons(connection))
    connection.register("vector_weights", weights)
    connection.register("level_names", pl.DataFrame({"levels": [model.level_names()]}))
    connection.register("pair_limits", pl.DataFrame({"most_pairs": [MOST_PAIRS]}))
    database.run_file(connection, "40_link/kept_vectors")
    database.run_file(connection, "40_link/scored_pairs")
    scored: pl.DataFrame = connection.sql("SELECT * FROM scored_pairs").pl()
    if left_out := int(vectors["pairs"].sum()) - scored.height:
        event("unlikely_pairs_left_out", pairs=left_out, kept=scored.height, least_weight=scored["match_weight"].min())
    return scored.select(pl.col(name).cast(dtype) for name, dtype in incremental.SCORED.items())


def weigh_together(pairs: pl.DataFrame, connection: duckdb.DuckDBPyConnection, model: Model) -> pl.DataFrame:
    """Return PAIRS of ``pairs`` (from ``score_each``) with what their two lists as wholes tell."""
    if pairs.is_empty():
        return PAIRS.empty()
    persons = dict(connection.sql("SELECT source, count(*) FROM persons GROUP BY source").fetchall())
    prior = model.prior(compare.count_persons(connection))
    in_order = pairs.sort(*SIDES).select(*incremental.EACH)
    return PAIRS.conform(overlap.weigh_lists(in_order, persons, prior=prior))

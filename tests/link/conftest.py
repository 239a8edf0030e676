"""Small invented lists, and the bundled ones, ready to link."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from invented_persons import Person, write_persons

from matching.exercise import bundled
from matching.link.model import Model, load
from matching.link.stage import link, normalised
from matching.normalise.stage import normalise
from matching.records.build import parse
from matching.settings import Settings
from matching.sources.drop import match_files
from matching.sources.registry import load_sources
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, RECORDS
from matching.workspace import write_table

Blocked = Callable[..., AbstractContextManager[duckdb.DuckDBPyConnection]]


@pytest.fixture(scope="session")
def model() -> Model:
    """The model that ships."""
    return load("default")


@pytest.fixture
def blocked(tmp_path: Path) -> Blocked:
    """Open a database in which the given persons are blocked and ready to compare."""
    return lambda *persons: normalised(write_persons(tmp_path, persons), Settings(), spill=tmp_path / "spill")


@pytest.fixture
def linked(tmp_path: Path, model: Model) -> Callable[..., pl.DataFrame]:
    """Link the given persons under the model that ships."""

    def link_persons(*persons: Person) -> pl.DataFrame:
        return link(write_persons(tmp_path, persons), Settings(), model, spill=tmp_path / "spill")

    return link_persons


@pytest.fixture(scope="session")
def bundled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with the normalised tables of the bundled lists."""
    folder = tmp_path_factory.mktemp("bundled")
    records = pl.concat(_bundled_records())
    made = normalise(records)
    frames = (records, made.names, made.name_keys, made.births, made.countries, made.identifiers)
    for table, frame in zip((RECORDS, NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS), frames, strict=True):
        write_table(folder, table, frame)
    return folder


def _bundled_records() -> Iterator[pl.DataFrame]:
    sources = load_sources([bundled.sources_dir()])
    for source_id in bundled.source_ids():
        source = sources[source_id]
        files = match_files(source, sorted((bundled.drop_dir() / source_id).iterdir()))
        retrieved_at = datetime(2026, 3, 1, tzinfo=UTC)
        yield parse(source, files, snapshot_id="0" * 64, retrieved_at=retrieved_at).records


@pytest.fixture(scope="session")
def bundled_pairs(bundled_folder: Path, model: Model, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """The pairs of the bundled lists under the model that ships."""
    return link(bundled_folder, Settings(), model, spill=tmp_path_factory.mktemp("spill"))

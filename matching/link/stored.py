"""The normalised tables of a run, by the numbers of their records.

Reads records, names, name_keys, births, countries, identifiers. Writes tables of a database in memory. Grain: as theirs.

Inside the link stage a record is a number, in the order of its id. ``opened`` numbers the records and looks at no more;
``load`` then takes in what tables say, of all records or of those that are needed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb
import polars as pl

from matching import database
from matching.contract import Table
from matching.link.keys import Records
from matching.normalise.countries import country_kin
from matching.normalise.places import place_words
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, RECORDS
from matching.workspace import table_path

# What of each table this stage reads, beside record_id: at ten million records the rest would not fit.
_READ = {
    RECORDS.name: ("source", "sex", "birth_places"),
    NAMES.name: ("name_no", "kind", '"full"', "script", "tokens", "skeletons"),
    BIRTHS.name: ("earliest", "latest", '"precision"'),
    COUNTRIES.name: ("role", "country_code"),
    IDENTIFIERS.name: ("kind", "country_code", "comparable", "validity"),
    NAME_KEYS.name: ("rule", "script", "keys", "weights"),
}
TABLES = (RECORDS, NAMES, BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS)
_NO_TABLES: Mapping[str, pl.DataFrame] = MappingProxyType({})


@contextmanager
def opened(
    folder: Path, settings: Settings, *, spill: Path, instead: Mapping[str, pl.DataFrame] = _NO_TABLES
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database that sees the tables of the run in ``folder`` as stored_<name>, with ``record_numbers`` and ``persons``.

    ``instead`` has tables, by name, that take the place of the run's.
    """
    with database.in_memory(settings, spill) as connection:
        for table in TABLES:
            if table.name in instead:
                connection.register(f"stored_{table.name}", instead[table.name])
            else:
                see(connection, table_path(folder, table), f"stored_{table.name}")
        for query in ("record_numbers", "persons"):
            database.run_file(connection, f"40_link/{query}")
        connection.sql(f"CREATE VIEW {NAME_KEYS.name} AS {numbered(NAME_KEYS)}")  # the largest, and read once or twice
        connection.register("country_kin", country_kin())
        yield connection


def see(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Make a file of Parquet the view ``name``."""
    connection.read_parquet(str(path)).create_view(name)


def numbered(table: Table, *, stored: str = "stored", numbers: str = "record_numbers") -> str:
    """The query for what is read of ``table``, as <stored>_<name>, by the ``numbers`` of its records."""
    return (
        f"SELECT {numbers}.number AS record_id, {', '.join(_READ[table.name])} FROM {stored}_{table.name}"
        f" JOIN {numbers} USING (record_id)"
    )


def load(connection: duckdb.DuckDBPyConnection, of: Records | None = None) -> None:
    """Make the tables that ``opened`` sees, and what tells of places: of the records ``of``, or of all. NAME_KEYS stays a view."""
    wanted = "" if of is None else " WHERE record_numbers.number IN (SELECT number FROM wanted_records)"
    if of is not None:
        connection.register("wanted_records", pl.DataFrame({"number": of}))
    for table in (RECORDS, NAMES, BIRTHS, COUNTRIES, IDENTIFIERS):
        connection.sql(f"CREATE OR REPLACE TABLE {table.name} AS {numbered(table)}{wanted}")
    if of is not None:
        connection.unregister("wanted_records")
    database.run_file(connection, "40_link/birth_places")
    texts = connection.sql("SELECT DISTINCT text FROM birth_places ORDER BY text").pl()["text"]
    connection.register("place_words", place_words(texts))

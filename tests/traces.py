"""Where a text stands in a folder: in bytes as they are, and inside what is packed: Parquet, DuckDB, gzip, zip."""

import gzip
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import polars as pl


def traces(folder: Path, texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return each file below ``folder`` with each of ``texts`` (case is ignored) that stands in it, or in its name."""
    wanted = [text.casefold() for text in texts]
    found = []
    for path in sorted(folder.rglob("*")):
        content = "\n".join([path.name, *(_contents(path) if path.is_file() else ())]).casefold()
        found += [(str(path.relative_to(folder)), text) for text in wanted if text in content]
    return found


def _contents(path: Path) -> Iterator[str]:
    raw = path.read_bytes()
    yield raw.decode("utf-8", errors="replace")
    yield raw.decode("utf-16-le", errors="ignore")
    if path.suffix == ".parquet":
        yield _rows(pl.read_parquet(path))
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (table,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
                yield _rows(connection.sql(f'FROM "{table}"').pl())
    elif raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw).decode("utf-8", errors="replace")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield packed.read(name).decode("utf-8", errors="replace")


def _rows(frame: pl.DataFrame) -> str:
    return json.dumps(frame.to_dicts(), ensure_ascii=False, default=str)

"""The last published run, as review takes it in: proposals (pairs) and documents (listings).

Reads matches, samples and explanations (where a run has them), records, names, births, countries, identifiers,
clusters and the ledger of a run folder. Leaves: ``Published``. Nothing is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from matching import tables
from matching.contract import Table
from matching.errors import WorkspaceError
from matching.workspace import Workspace, read_table, scan_table, table_path

NORMALISED = (tables.NAMES, tables.BIRTHS, tables.COUNTRIES, tables.IDENTIFIERS)
PROVENANCE = ("url", "snapshot_id", "retrieved_at", "first_seen", "last_seen", "licence", "handling_code", "status")
CHUNK = 200
"""Records or cases taken in at a time: a reviewer's decision waits for one chunk at the most, some 50 ms."""
SAMPLES = Path("50_matches") / "samples.parquet"
"""Pairs below the threshold, drawn to measure what the threshold misses; not every run has them."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Document:
    """One record with everything that is read from it: rows of RECORDS and of each table of NORMALISED, by its name."""

    record: Row
    read: Mapping[str, list[Row]]
    cluster_id: str | None


@dataclass(frozen=True)
class Published:
    """A published run."""

    folder: Path

    @classmethod
    def of(cls, workspace: Workspace) -> "Published":
        """Return the last published run. Raises WorkspaceError before the first."""
        return cls(workspace.published_folder())

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.folder.name

    def model_id(self) -> str:
        """Return the id of the linkage model the run used."""
        with _whole(self.folder, tables.LEDGER):
            ledger = scan_table(self.folder, tables.LEDGER).select(pl.col("model_id").last()).collect()
        return str(ledger.item() or "")

    def sources(self) -> frozenset[str]:
        """Return the lists of the run: a record of any other list is neither there nor gone."""
        with _whole(self.folder, tables.RECORDS):
            return frozenset(scan_table(self.folder, tables.RECORDS).select("source").unique().collect()["source"])

    def proposals(self) -> pl.DataFrame:
        """Return matches and samples as one frame, with ``is_sample`` and the ``words`` of EXPLANATIONS where the run has
        them; by probability, highest first."""
        with _whole(self.folder, tables.MATCHES):
            matches = read_table(self.folder, tables.MATCHES).with_columns(is_sample=pl.lit(value=False))
        path = self.folder / SAMPLES
        if path.exists():
            with _whole_file(path):
                samples = pl.read_parquet(path).with_columns(is_sample=pl.lit(value=True))
            drawn = samples.join(matches, on=["record_id_l", "record_id_r"], how="anti")
            matches = pl.concat([matches, drawn], how="diagonal_relaxed")
        if table_path(self.folder, tables.EXPLANATIONS).exists():
            with _whole(self.folder, tables.EXPLANATIONS):
                told = read_table(self.folder, tables.EXPLANATIONS).select("record_id_l", "record_id_r", "words")
            matches = matches.join(told, on=["record_id_l", "record_id_r"], how="left")
        return matches.sort("match_probability", "record_id_l", "record_id_r", descending=[True, False, False])

    def clusters(self) -> dict[str, str]:
        """Return the cluster of each record that is in one."""
        with _whole(self.folder, tables.CLUSTERS):
            frame = read_table(self.folder, tables.CLUSTERS)
        return dict(zip(frame["record_id"], frame["cluster_id"], strict=True))

    def documents(self, record_ids: Iterable[str]) -> Iterator[list[Document]]:
        """Yield the documents of those of ``record_ids`` that the run has, in chunks, by record id."""
        clusters = self.clusters()
        wanted = sorted(set(record_ids))
        tables_read = [self._rows(table, wanted) for table in (tables.RECORDS, *NORMALISED)]
        records, *normalised = tables_read
        by_record = [rows.rows_by_key("record_id", named=True, include_key=True) for rows in normalised]
        for start in range(0, records.height, CHUNK):
            yield [
                Document(
                    record=record,
                    read={
                        table.name: list(rows.get(record["record_id"], ()))
                        for table, rows in zip(NORMALISED, by_record, strict=True)
                    },
                    cluster_id=clusters.get(record["record_id"]),
                )
                for record in records.slice(start, CHUNK).iter_rows(named=True)
            ]

    def _rows(self, table: Table, record_ids: list[str]) -> pl.DataFrame:
        wanted = pl.DataFrame({"record_id": record_ids}, schema={"record_id": pl.String}).lazy()
        with _whole(self.folder, table):
            rows = scan_table(self.folder, table).join(wanted, on="record_id", how="semi")
            return rows.sort(*table.key, nulls_last=True).collect()


def _whole(folder: Path, table: Table) -> AbstractContextManager[None]:
    return _whole_file(table_path(folder, table))


@contextmanager
def _whole_file(path: Path) -> Iterator[None]:
    """Raise WorkspaceError that names the file where Polars cannot read it: cut off, or of another layout."""
    try:
        yield
    except PolarsError as error:
        raise WorkspaceError(
            f"{path} cannot be read ({type(error).__name__}): expected a whole Parquet file of this version. Publish a"
            " run anew with `matching run`"
        ) from error

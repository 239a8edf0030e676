"""Tables, reports and databases without certain persons.

Enters: a folder of tables and the record ids that may not be in it. Leaves: the same without them, each file replaced as
a whole; a report and a database are made anew from the tables, since they cannot be edited. Grain: one run, one snapshot.
"""

import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import polars as pl

from matching import publishing
from matching.contract import Table
from matching.publishing import DATABASE
from matching.report.html import STALE_FILE, write_report
from matching.report.validation_site import FOLDER as SITE
from matching.report.validation_site import write_site
from matching.tables import CLUSTERS, LEDGER, MATCHES, QUARANTINE, TABLES
from matching.workspace import Workspace, read_json, read_table, table_path, write_json, write_parquet, write_table

_ID_COLUMNS = ("record_id", "record_id_l", "record_id_r")
"""A row that names an erased person in one of these goes as a whole."""
_ID_LISTS = ((CLUSTERS, "kept_apart"),)
"""Of a list of record ids only the erased ones go: the row is of somebody else."""
_REPORT = Path("70_report") / "report.html"


def redact_records(folder: Path, ids: Collection[str], *, unreadable_too: bool) -> None:
    """Take ``ids`` out of the records and quarantine of one snapshot; with ``unreadable_too``, entries without an id."""
    for name in ("records", "quarantine"):
        path = folder / f"{name}.parquet"
        frame = pl.read_parquet(path)
        kept = frame.filter(~pl.col("record_id").is_in(list(ids)))
        if unreadable_too and name == "quarantine":
            kept = kept.filter(~_has_no_id())
        if kept.height < frame.height:
            write_parquet(path, kept)


def redact_runs(workspace: Workspace, ids: Collection[str], *, gone: Collection[str]) -> list[str]:
    """Take ``ids``, and entries without an id of the snapshots ``gone``, out of every run; returns the runs changed."""
    published = workspace.published_run()
    changed = [folder for folder in workspace.run_folders() if _names_any(folder, ids, gone)]
    for folder in changed:
        if folder.name == published:
            _replace_published(workspace, folder, ids, gone)
        else:
            with workspace.replacing(folder) as fresh:
                _copy_without(workspace, folder, fresh, ids, gone)
    return [folder.name for folder in changed]


def _replace_published(workspace: Workspace, folder: Path, ids: Collection[str], gone: Collection[str]) -> None:
    """Publish a copy without ``ids`` under an id of its own, then remove the run that names them."""
    copy = workspace.run_folder(_free_id(workspace, folder.name))
    with workspace.replacing(copy) as fresh:
        _copy_without(workspace, folder, fresh, ids, gone)
    workspace.publish(copy.name)
    shutil.rmtree(folder)


def _free_id(workspace: Workspace, run_id: str) -> str:
    base, _, number = run_id.partition("-erased")
    count = int(number or 0) + 1
    while workspace.run_folder(f"{base}-erased{count}").exists():
        count += 1
    return f"{base}-erased{count}"


def _copy_without(workspace: Workspace, folder: Path, fresh: Path, ids: Collection[str], gone: Collection[str]) -> None:
    for path in folder.glob("*.json"):
        shutil.copyfile(path, fresh / path.name)
    for table in TABLES.values():
        if table_path(folder, table).exists():
            write_table(fresh, table, _without(table, read_table(folder, table), ids, gone))
    _rename_in_ledger(fresh)
    _keep_whole_clusters(fresh)
    made_at = _made_at(folder)
    if (folder / _REPORT).exists():
        write_report(fresh, now=made_at, stale=read_json(fresh / STALE_FILE) if (fresh / STALE_FILE).exists() else {})
    if (folder / SITE).exists():
        write_site(fresh, now=made_at)
    if (folder / DATABASE).exists():
        publishing.write_database(workspace, fresh)
    write_json(fresh / "plan.json", {**read_json(folder / "plan.json"), "redacted_from": folder.name})


def _without(table: Table, frame: pl.DataFrame, ids: Collection[str], gone: Collection[str]) -> pl.DataFrame:
    for column in _ID_COLUMNS:
        if column in table.columns:
            frame = frame.filter(~pl.col(column).is_in(list(ids)))
    for column in _id_lists(table):
        frame = frame.with_columns(pl.col(column).list.filter(~pl.element().is_in(list(ids))))
    if table is QUARANTINE:
        frame = frame.filter(~(_has_no_id() & pl.col("snapshot_id").is_in(list(gone))))
    return frame


def _id_lists(table: Table) -> list[str]:
    return [column for of, column in _ID_LISTS if of is table]


def _rename_in_ledger(fresh: Path) -> None:
    if table_path(fresh, LEDGER).exists():
        write_table(fresh, LEDGER, read_table(fresh, LEDGER).with_columns(run_id=pl.lit(fresh.name)))


def _keep_whole_clusters(fresh: Path) -> None:
    """Name each cluster for the smallest record that is left, and drop those of which one is left.

    A match that no cluster holds (``kept_apart``) stays without one.
    """
    if not table_path(fresh, CLUSTERS).exists() or not table_path(fresh, MATCHES).exists():
        return
    left = read_table(fresh, CLUSTERS).with_columns(
        smallest=pl.col("record_id").min().over("cluster_id"), size=pl.len().over("cluster_id")
    )
    names = left.select("cluster_id", "smallest").unique()
    whole = left.filter(pl.col("size") > 1).with_columns(cluster_id=pl.col("smallest"))
    write_table(fresh, CLUSTERS, whole.drop("smallest", "size"))
    matches = read_table(fresh, MATCHES).join(names, on="cluster_id", how="left")
    write_table(fresh, MATCHES, matches.with_columns(cluster_id="smallest").drop("smallest"))


def _names_any(folder: Path, ids: Collection[str], gone: Collection[str]) -> bool:
    for table in TABLES.values():
        path = table_path(folder, table)
        if not path.exists():
            continue
        scan = pl.scan_parquet(path)
        wanted = [pl.col(column).is_in(list(ids)) for column in _ID_COLUMNS if column in table.columns]
        wanted += [pl.col(column).list.eval(pl.element().is_in(list(ids))).list.any() for column in _id_lists(table)]
        if table is QUARANTINE:
            wanted.append(_has_no_id() & pl.col("snapshot_id").is_in(list(gone)))
        if wanted and scan.filter(pl.any_horizontal(wanted)).head(1).collect().height:
            return True
    return False


def _has_no_id() -> pl.Expr:
    """Whether a row of quarantine is of an entry whose id could not be read: nobody knows whom it names."""
    return pl.col("record_id").str.contains(r"^[^:]+:entry \d+$")


def _made_at(folder: Path) -> datetime:
    """When the run's report was made: the copy says the same."""
    reported = read_table(folder, LEDGER).filter(stage="report")["started_at"]
    begun = read_json(folder / "plan.json").get("begun_at", "1970-01-01T00:00:00+00:00")
    return reported.item() if reported.len() else datetime.fromisoformat(begun)

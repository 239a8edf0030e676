"""Everything the workspace holds of one person, for a request of that person: as data, with purpose and retention.

Reads 10_raw/ (times), 20_records/, the published run and the review store. Writes nothing. Grain: one record that the name
or id finds. Of another listing that it was matched with, only the record id is told: that may be another person; of who
judged, nothing: that is one.
"""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from matching.errors import UsageError
from matching.ingest import Ingestion
from matching.pipeline import Pipeline
from matching.records.history import NOT_CONTENT, timeline
from matching.review.store import store_there_is
from matching.review.subject import held_of
from matching.sources import snapshots
from matching.sources.spec import Source
from matching.tables import CLUSTERS, MATCHES, QUARANTINE, RECORDS
from matching.workspace import read_table

MOST_RECORDS = 50
"""Records that one name may find: more are other persons of that name, to be told apart by record id."""


def subject(pipeline: Pipeline, asked: str, *, now: datetime) -> dict[str, Any]:
    """Return everything held of the record ``asked``, or of the records that have all words of the name ``asked``.

    Raises UsageError where nothing is found, or more than MOST_RECORDS.
    """
    found = {
        record_id: states
        for source in pipeline.sources.values()
        for record_id, states in _found_in(pipeline, source, asked).items()
    }
    if not found:
        raise UsageError(f"nothing is held under {asked!r}: give a record id, or words of a name as a list writes it")
    if len(found) > MOST_RECORDS:
        raise UsageError(f"{len(found)} records have these words in a name: give more of the name, or a record id")
    with store_there_is(pipeline.settings) as store:
        return {
            "asked": asked,
            "made_at": now.isoformat(timespec="seconds"),
            "records": [
                {**_record(pipeline, record_id, states), "review": held_of(store, record_id) if store else []}
                for record_id, states in sorted(found.items())
            ],
        }


def _found_in(pipeline: Pipeline, source: Source, asked: str) -> dict[str, list[dict[str, Any]]]:
    """What each snapshot of ``source`` says of each record that is asked for, a state only where it differs."""
    ingestion = Ingestion(workspace=pipeline.workspace, settings=pipeline.settings)
    found: dict[str, list[dict[str, Any]]] = {}
    for state in timeline(snapshots.history(pipeline.workspace, source.id)):
        for row in _matching_rows(ingestion.past_records(source, state.snapshot), asked):
            content = {name: value for name, value in row.items() if name not in NOT_CONTENT}
            states = found.setdefault(row["record_id"], [])
            if not states or states[-1]["content"] != content:
                states.append({"since": state.since, "content": content})
            states[-1] |= {"until": state.until, "snapshot_id": state.snapshot.snapshot_id}
    return found


def _matching_rows(records: pl.LazyFrame, asked: str) -> Iterator[dict[str, Any]]:
    names = records.select("record_id", name=pl.col("names").list.eval(pl.element().struct.field("full"))).collect()
    words = set(_folded(asked).split())
    wanted = [
        record_id
        for record_id, forms in names.rows()
        if record_id == asked or any(words <= set(_folded(form).split()) for form in forms if form)
    ]
    yield from records.filter(pl.col("record_id").is_in(wanted)).collect().to_dicts()


def _record(pipeline: Pipeline, record_id: str, states: list[dict[str, Any]]) -> dict[str, Any]:
    source = pipeline.source(record_id.partition(":")[0])
    days = source.retention.removed_days
    return {
        "record_id": record_id,
        "list": source.title,
        "authority": source.authority,
        "purpose": source.purpose,
        "handling_code": source.handling_code,
        "licence": source.licence,
        "kept_until": source.retention.until,
        "kept_days_after_leaving_the_list": pipeline.settings.retain_removed_days if days is None else days,
        "states": states,
        **_in_published_run(pipeline, record_id),
    }


def _in_published_run(pipeline: Pipeline, record_id: str) -> dict[str, Any]:
    if pipeline.workspace.published_run() is None:
        return {"run": None}
    folder = pipeline.workspace.published_folder()
    matches = read_table(folder, MATCHES).filter(
        (pl.col("record_id_l") == record_id) | (pl.col("record_id_r") == record_id)
    )
    told = ["record_id_l", "record_id_r", "match_probability", "is_cross_border", "conflicts"]
    return {
        "run": folder.name,
        "stands_in_run": not read_table(folder, RECORDS).filter(record_id=record_id).is_empty(),
        "matches": matches.select(told).to_dicts(),
        "cluster": read_table(folder, CLUSTERS).filter(record_id=record_id)["cluster_id"].to_list(),
        "set_aside": read_table(folder, QUARANTINE).filter(record_id=record_id).drop("record_id").to_dicts(),
    }


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()

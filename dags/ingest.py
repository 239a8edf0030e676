"""One ingestion DAG per enabled source, made from its source.yml; each publishes the asset of its list.

Only the registry is read when this file is parsed. A source is added by adding its folder: nothing here names one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, dag, task
from task_policy import TASKS, snapshot_of

from matching.settings import load
from matching.sources.registry import load_sources
from matching.sources.spec import Source

_ABOUT = """
### {source.title}

Published by {source.publisher}; its listings are issued by {source.authority} ({source.authority_country}).

| | |
|---|---|
| changes | {source.cadence} |
| kind of listing | {source.listing_kind} |
| homepage | {source.homepage} |
| licence | {source.licence} |
| terms | {source.terms} |
| handling code | {source.handling_code} |
| files | {files} |
| described in | `{source.folder}/source.yml` |

The list is imported from its folder in the drop folder (`MATCHING_DROP_DIR`) where it has one, else fetched from its
publisher. A list that cannot be read or fails a gate is refused, and not tried again: the snapshot before it stays in
use, and the task's log says what was found, what was expected and what to do.

A list that is in the drop folder starts unpaused. One that would be fetched starts paused, so that no publisher is
called before somebody decides it; once unpaused it is taken in at once, and then on schedule.
"""


def ingestion(source: Source, *, is_paused: bool) -> DAG:
    snapshot = snapshot_of(source.id)

    @dag(
        dag_id=f"ingest_{source.id}",
        description=f"Take in: {source.title}",
        doc_md=_ABOUT.format(
            source=source,
            files=", ".join(f"{role} ({file.url or 'drop folder'})" for role, file in source.payloads.items()),
        ),
        schedule=source.schedule or "@daily",
        start_date=datetime(2020, 1, 1, tzinfo=UTC),  # in the past, so that the first run does not wait for its hour
        catchup=False,
        is_paused_upon_creation=is_paused,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=6),
        default_args=TASKS,
        tags=["ingestion", source.listing_kind, source.authority_country],
    )
    def ingest() -> None:
        @task(outlets=[snapshot])
        def take_in(*, outlet_events: Any = None) -> None:
            """Fetch or import the list, keep it as a snapshot, and accept its records if the gates hold."""
            from matching.pipeline import Pipeline

            taken_in = Pipeline.open(load()).ingest(source.id)
            outlet_events[snapshot].extra = {
                "snapshot_id": taken_in.snapshot_id,
                "persons": taken_in.persons,
                "quarantined": taken_in.quarantined,
                "is_unchanged": taken_in.is_unchanged,
            }

        take_in()

    return ingest()


_settings = load()
for _source in load_sources(_settings.sources_dir).values():
    if _source.enabled:
        ingestion(_source, is_paused=_settings.drop_folder(_source.id) is None)

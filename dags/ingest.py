"""One ingestion DAG per enabled source, made from its source.yml; each publishes the asset of its list.

Only the registry is read when this file is parsed. A source is added by adding its folder: nothing here names one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param, dag, task
from task_policy import TASKS, deadline_of, snapshot_of

from matching.settings import Settings, load
from matching.sources.registry import load_sources, pool_of
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

**Parameters** (*Trigger*): `full_refresh` asks for the whole list even where the publisher says that nothing changed;
`accept_drop` takes a list that lost more persons than is allowed, after a person looked at it.

**Backfill**: with payloads in `<drop folder>/{source.id}/<date>/`, a backfill of this DAG takes in, for each of its runs,
what is stored since the run before it; a run for which nothing is stored is skipped.
"""

_PARAMS = {
    "full_refresh": Param(False, type="boolean", description="Ask for the whole list even if nothing changed."),
    "accept_drop": Param(False, type="boolean", description="Take a list that lost more persons than is allowed."),
}


def ingestion(source: Source, settings: Settings) -> DAG:
    snapshot, pool = snapshot_of(source.id), pool_of(source)

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
        is_paused_upon_creation=settings.drop_folder(source.id) is None,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=6),
        default_args=TASKS,
        params=_PARAMS,
        deadline=deadline_of(f"ingest_{source.id}", settings),
        tags=["ingestion", source.listing_kind, source.authority_country],
    )
    def ingest() -> None:
        @task(outlets=[snapshot], **({"pool": pool} if pool and settings.host_pools else {}))
        def take_in(*, outlet_events: Any = None, params: Any = None, dag_run: Any = None) -> None:
            """Fetch or import the list, keep it as a snapshot, and accept its records if the gates hold."""
            from airflow.sdk.exceptions import AirflowSkipException

            from matching.operations.scheduled import taken_in

            found = taken_in(
                load(),
                source.id,
                stored_until=dag_run.logical_date if dag_run.run_type == "backfill" else None,
                full_refresh=params["full_refresh"],
                accept_drop=params["accept_drop"],
            )
            if found is None:
                raise AirflowSkipException("nothing is stored for this run")
            outlet_events[snapshot].extra = found

        take_in()

    return ingest()


_settings = load()
for _source in load_sources(_settings.sources_dir).values():
    if _source.enabled:
        ingestion(_source, _settings)

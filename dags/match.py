"""The matching DAG: after any list was taken in, and daily; one task per stage of ``matching.pipeline.STAGES``."""

from datetime import timedelta
from typing import Any

from airflow.sdk import AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, dag, task
from task_policy import TASKS, snapshot_of

from matching.settings import load
from matching.sources.registry import load_sources

# Written out, because importing the pipeline would take most of a second at every parse; a test compares the two.
STAGES = {
    "records": "Bring together the records of the snapshots that this run reads, with what was quarantined and why.",
    "normalise": "Names, births, countries and identifiers in a common form, beside what was published.",
    "link": "Score the candidate pairs with the linkage model.",
    "resolve": "Matches above the review threshold, clusters, and whether a match crosses a border.",
    "report": "The HTML report, and the database that `matching sql` opens.",
    "publish": "Make this the run that readers see, in one step.",
}

_ABOUT = """
### Find cross-border matches

Links the current records of every list and publishes the run: `matching export matches`, `matching sql`, and the HTML
report under `runs/<run>/70_report` in the workspace then show it. Until the last task, readers see the run before.

A task that is tried again continues the same run. Clearing the failed task and those after it continues where it
stopped; clearing a whole run begins a new one. The tables of the published run are never written again.
"""

_LISTS = [snapshot_of(source.id) for source in load_sources(load().sources_dir).values() if source.enabled]


@dag(
    dag_id="match",
    description="Link all lists and publish the matches for review",
    doc_md=_ABOUT,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("17 6 * * *", timezone="UTC"), assets=AssetAny(*_LISTS)
    ),
    catchup=False,  # without a start date either: the first daily run waits for its hour, the lists come first
    is_paused_upon_creation=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args=TASKS,
    tags=["matching"],
)
def match() -> None:
    @task
    def begin(*, dag_run: Any = None) -> str:
        """Begin a run over the snapshots that are current now; lists taken in meanwhile wait for the next one."""
        from matching.pipeline import Pipeline, run_id_for

        run = run_id_for(f"{dag_run.run_id} {dag_run.clear_number}", at=dag_run.run_after)
        return Pipeline.open(load()).start(run_id=run).run_id

    @task
    def do(stage: str, run: str) -> str:
        from matching.pipeline import Pipeline

        Pipeline.open(load()).resume(run).do(stage)
        return run

    run = begin()
    for stage, about in STAGES.items():
        run = do.override(task_id=stage, doc_md=about)(stage, run)


match()

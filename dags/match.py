"""The matching DAG: after any list was taken in, and daily; one task per stage of ``matching.pipeline.STAGES``."""

from datetime import timedelta
from typing import Any

from airflow.sdk import AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, dag, task
from task_policy import HELD, PUBLISHED, TASKS, deadline_of, snapshot_of

from matching.settings import load
from matching.sources.registry import load_sources

# Written out, because importing the pipeline would take most of a second at every parse; a test compares the two.
STAGES = {
    "records": "Bring together the records of the snapshots that this run reads, with what was quarantined and why.",
    "normalise": "Names, births, countries and identifiers in a common form, beside what was published.",
    "link": "Score the candidate pairs with the linkage model.",
    "resolve": "Matches above the review threshold, clusters, and whether a match crosses a border.",
    "measure": "Measures held against the runs before, and every validation so far. A breach may hold the run back.",
    "report": "The HTML report, and the database that `matching sql` opens.",
    "publish": "Make this the run that readers see, in one step.",
}

_ABOUT = """
### Find cross-border matches

Links the current records of every list and publishes the run: `matching export matches`, `matching sql`, and the HTML
report under `runs/<run>/70_report` in the workspace then show it. Until the last task, readers see the run before.

A task that is tried again continues the same run. Clearing the failed task and those after it continues where it
stopped; clearing a whole run begins a new one. The tables of the published run are never written again.

A run that moved further than the bands of setting `drift` allow is **held**: it is complete, and not published. Then the
DAG `release_held_run` asks a person, and this one goes on with later runs meanwhile.
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
    deadline=deadline_of("match", load()),
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

    @task.branch
    def is_held(run: str) -> str:
        """Publish the run, or leave it to a person."""
        from matching.operations.scheduled import held_for

        return "hold" if held_for(load(), run) else "publish"

    @task(outlets=[HELD])
    def hold(run: str, *, outlet_events: Any = None) -> None:
        """Tell who is on duty that the run waits for a person; the DAG `release_held_run` asks."""
        from matching.operations.scheduled import alert_of_hold

        outlet_events[HELD].extra = alert_of_hold(load(), run)

    @task(outlets=[PUBLISHED])
    def publish(run: str, *, outlet_events: Any = None) -> None:
        from matching.operations.scheduled import published

        outlet_events[PUBLISHED].extra = published(load(), run)

    run = begin()
    for stage in [name for name in STAGES if name != "publish"]:
        run = do.override(task_id=stage, doc_md=STAGES[stage])(stage, run)
    is_held(run) >> [publish.override(doc_md=STAGES["publish"])(run), hold(run)]


match()

"""DAGs of operation: a look at everything each morning, a held run before a person, and the erasure of who is due."""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag, task
from task_policy import DECISION_DAYS, HELD, PUBLISHED, TASKS, deadline_of

from matching.settings import load

_COMMON: dict[str, Any] = {"catchup": False, "is_paused_upon_creation": False, "default_args": TASKS}
_WAITS = {"response_timeout": timedelta(days=DECISION_DAYS), "execution_timeout": timedelta(days=DECISION_DAYS)}


@dag(
    dag_id="quality",
    description="Look at lists, runs, gates and quarantine, and alert where something is red",
    doc_md="""
### One look each morning

What `matching status` shows, written as JSON and as OpenMetrics into `status/` of the workspace, for a page or a
scraper. Where anything is red, the channels of setting `alerts` are told what, and what to do about it. The task is green
then too: it did what it is for.
""",
    schedule="47 6 * * *",
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    deadline=deadline_of("quality", load()),
    tags=["operation"],
    **_COMMON,
)
def quality() -> None:
    @task
    def look() -> dict[str, int]:
        """Write the status and the metrics, and alert where something is red."""
        from matching.operations.scheduled import look

        return look(load())

    look()


@dag(
    dag_id="release_held_run",
    description="Ask a person whether a run that is held back is to be published",
    doc_md="""
### Release a held run

Starts where `match` held a run back. Somebody looks at its report and decides under *Required Actions*: **Approve**
publishes it, **Reject** leaves it unpublished. Until then, readers keep the run before it. The same decision on the
command line: `matching run release RUN`.
""",
    schedule=[HELD],
    max_active_runs=4,
    dagrun_timeout=timedelta(days=DECISION_DAYS, hours=1),
    tags=["operation", "decision"],
    **_COMMON,
)
def release_held_run() -> None:
    @task
    def which(*, triggering_asset_events: Any = None) -> dict[str, str]:
        """The run that is held back, and why."""
        *_, last = triggering_asset_events[HELD]
        return {"run": last.extra["run"], "reasons": last.extra["reasons"], "report": last.extra["report"]}

    @task(outlets=[PUBLISHED])
    def release(held: dict[str, str], decision: dict[str, Any], *, outlet_events: Any = None) -> None:
        """Publish the run: a person approved it, whom the audit trail names."""
        from matching.operations.scheduled import released

        by = (decision.get("responded_by_user") or {}).get("name") or "somebody in Airflow"
        outlet_events[PUBLISHED].extra = released(load(), held["run"], by=by)

    held = which()
    decide = ApprovalOperator(
        task_id="decide",
        subject="Publish run {{ ti.xcom_pull(task_ids='which')['run'] }}?",
        body="It is held back: {{ ti.xcom_pull(task_ids='which')['reasons'] }}. Look at its report first:"
        " {{ ti.xcom_pull(task_ids='which')['report'] }}",
        doc_md="A person approves the publication or rejects it. Nothing happens until then.",
        **_WAITS,
    )
    held >> decide >> release(held, decide.output)


@dag(
    dag_id="retention",
    description="Find who may be kept no longer, ask, and erase them everywhere",
    doc_md="""
### Retention

Each week: who left a list longer ago than its `source.yml` allows, or stands on one whose time is over (`matching
retention plan` shows them). A person approves; then they are erased from snapshots, records, runs, reports and quarantine,
and the audit trail keeps how many, when and why; what keeps them elsewhere, as the review store, is an alert.
Without anybody due, nobody is asked.
""",
    schedule="7 3 * * 0",
    max_active_runs=1,
    dagrun_timeout=timedelta(days=DECISION_DAYS, hours=2),
    tags=["operation", "decision"],
    **_COMMON,
)
def retention() -> None:
    @task.short_circuit
    def plan() -> int:
        """Count who is to be erased; where nobody is, the rest is skipped."""
        from matching.operations.scheduled import due_for_erasure

        return due_for_erasure(load())

    @task
    def erase() -> dict[str, int]:
        """Erase everybody who is due. There is no way back."""
        from matching.operations.scheduled import erased

        return erased(load())

    decide = ApprovalOperator(
        task_id="decide",
        subject="Erase {{ ti.xcom_pull(task_ids='plan') }} persons everywhere?",
        body="`matching retention plan` shows whom, by record id, and why. There is no way back.",
        doc_md="A person approves the erasure or rejects it. Nothing happens until then.",
        **_WAITS,
    )
    plan() >> decide >> erase()


quality()
release_held_run()
retention()

"""What the DAGs of this folder share: owner, retries by cause, limits, deadlines and alerts as settings say, assets."""

from datetime import timedelta
from typing import Any

from airflow.sdk import (
    Asset,
    DeadlineAlert,
    DeadlineReference,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    SyncCallback,
)

from matching.alerts import Alert, deadline_missed, send, told
from matching.errors import GateError, HeldError, ModelError, PayloadError, UsageError
from matching.settings import Settings, load

# What is left is tried again: a publisher that does not answer, a disk that is full, a worker that was killed.
_FAIL_AT_ONCE = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[UsageError, PayloadError, GateError, HeldError, ModelError],
            action=RetryAction.FAIL,
            reason="the same input fails the same way: a person must look",
        )
    ]
)


def alert_of_failure(context: Any) -> None:
    """Tell the channels of setting `alerts` that a task failed for good, and what it met."""
    instance = context["ti"]
    alert = Alert(
        what="task_failed",
        where=f"{instance.dag_id}.{instance.task_id} {instance.run_id}",
        detail=told(context.get("exception")),
        to_do="read the task's log in Airflow; when the cause is mended, clear the task: it goes on where it stopped",
    )
    send(alert, load())


TASKS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": _FAIL_AT_ONCE,
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": [alert_of_failure],
}

DECISION_DAYS = 14
"""How long a question waits for a person. Nothing happens meanwhile: readers keep what was published before."""

HELD = Asset(name="held_run", uri="x-matching://runs/held", group="matching")
REFUSED = Asset(name="refused_lists", uri="x-matching://lists/refused", group="matching")
PUBLISHED = Asset(name="published_run", uri="x-matching://runs/published", group="matching")


def snapshot_of(source_id: str) -> Asset:
    """The asset that has a new event each time a list was taken in and passed its gates."""
    return Asset(name=f"snapshot_{source_id}", uri=f"x-matching://snapshots/{source_id}", group="matching")


def deadline_of(dag_id: str, settings: Settings) -> DeadlineAlert | None:
    """The deadline of a DAG's runs by setting `deadline_hours`; None without one."""
    if settings.deadline_hours is None:
        return None
    hours = settings.deadline_hours
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=hours),
        callback=SyncCallback(deadline_missed, kwargs={"dag": dag_id, "hours": hours}),
    )

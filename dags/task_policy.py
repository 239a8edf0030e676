"""What the DAGs of this folder share: the owner, when a task is tried again, its time limit, the asset of a list."""

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule

from matching.errors import GateError, ModelError, PayloadError, UsageError

# What is left is tried again: a publisher that does not answer, a disk that is full, a worker that was killed.
_FAIL_AT_ONCE = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=[UsageError, PayloadError, GateError, ModelError],
            action=RetryAction.FAIL,
            reason="the same input fails the same way: a person must look",
        )
    ]
)

TASKS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": _FAIL_AT_ONCE,
    "execution_timeout": timedelta(hours=1),
}


def snapshot_of(source_id: str) -> Asset:
    """The asset that has a new event each time a list was taken in and passed its gates."""
    return Asset(name=f"snapshot_{source_id}", uri=f"x-matching://snapshots/{source_id}", group="matching")

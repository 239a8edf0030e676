"""DAGs of operation: a look at everything each morning, what a person must decide, calibration, and who is to be erased."""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Param, dag, task
from task_policy import DECISION_DAYS, HELD, PUBLISHED, REFUSED, TASKS, deadline_of, snapshot_of

from matching.settings import load
from matching.sources.registry import load_sources

_COMMON: dict[str, Any] = {"catchup": False, "is_paused_upon_creation": False, "default_args": TASKS}
_TAKE = "Take it in"
_WAITS: dict[str, Any] = {
    "response_timeout": timedelta(days=DECISION_DAYS),
    "execution_timeout": timedelta(days=DECISION_DAYS),
    "assigned_users": [{"id": one, "name": one} for one in load().deciders],  # empty: whoever may in Airflow
}


def _pair(both: Any) -> dict[str, Any]:
    return {"one": both[0], "decision": both[1]}


def _by(decision: dict[str, Any]) -> str:
    """Who decided, as Airflow knows them; fails where that is nobody who may."""
    from matching.operations.scheduled import decided_by

    return decided_by(load(), decision)


@dag(
    dag_id="quality",
    description="Look at lists, runs, gates and quarantine, and alert where something is red",
    doc_md="""
### One look each morning

What `matching status` shows, written as JSON and as OpenMetrics into `status/` of the workspace, for a page or a
scraper. Where anything is red, the channels of setting `alerts` are told what, and what to do about it. The task is green
then too: it did what it is for. Of lists that were refused since, the DAG `accept_refused_lists` asks a person.
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

    @task.short_circuit
    def refused() -> list[dict[str, str]]:
        """Lists that were refused and about which nobody was asked; where there are none, the rest is skipped."""
        from matching.operations.scheduled import refused

        return refused(load())

    @task(outlets=[REFUSED])
    def ask(lists: list[dict[str, str]], *, outlet_events: Any = None) -> None:
        """Have the DAG `accept_refused_lists` ask a person about each of them."""
        outlet_events[REFUSED].extra = {"lists": lists}

    look()
    ask(refused())


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

        outlet_events[PUBLISHED].extra = released(load(), held["run"], by=_by(decision))

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
    dag_id="accept_refused_lists",
    description="Ask a person whether a list that was refused is to be taken in",
    doc_md="""
### Accept a refused list

Starts where `quality` finds lists whose last payload was refused: its layout changed, or a gate did not hold. Somebody looks
at it (`10_raw/<source>/refused` in the workspace). Where the layout changed, `source.yml` is corrected first. Then under
*Required Actions*: **Take it in** reads the kept bytes again, and past the gate on lost persons where that refused them;
**Leave it** changes nothing. An answer is to the cause that was asked about: a list that was refused for another since is
not taken in by it, and asked about anew. Until then the snapshot before stays in use. The same on the command line:
`matching source import`, with `--accept-drop` for lost persons.
""",
    schedule=[REFUSED],
    max_active_runs=4,
    dagrun_timeout=timedelta(days=DECISION_DAYS, hours=1),
    tags=["operation", "decision"],
    **_COMMON,
)
def accept_refused_lists() -> None:
    @task
    def which(*, triggering_asset_events: Any = None) -> list[dict[str, str]]:
        """The lists that were refused; each is asked about once for a cause."""
        from matching.operations.scheduled import asked

        *_, last = triggering_asset_events[REFUSED]
        asked(load(), last.extra["lists"])
        return list(last.extra["lists"])

    @task
    def questions(lists: list[dict[str, str]]) -> list[dict[str, str]]:
        """What is asked about each list, in words."""
        return [
            {"subject": f"Take in the refused list {one['source']}?", "body": f"{one['reason']}\n\n{one['to_do']}"}
            for one in lists
        ]

    @task(
        outlets=[snapshot_of(source.id) for source in load_sources(load().sources_dir).values() if source.enabled],
        doc_md="Take the list in where a person said so, whom the audit trail names; its asset has an event then.",
    )
    def take_in(one: dict[str, str], decision: dict[str, Any], *, outlet_events: Any = None) -> None:
        from airflow.sdk.exceptions import AirflowSkipException

        from matching.operations.scheduled import accepted

        if decision["chosen_options"] != [_TAKE]:
            raise AirflowSkipException("a person left it")
        found = accepted(load(), one, by=_by(decision))
        if found is None:
            raise AirflowSkipException("another snapshot was taken in meanwhile")
        outlet_events[snapshot_of(one["source"])].extra = found

    lists = which()
    decide = HITLOperator.partial(
        task_id="decide",
        options=[_TAKE, "Leave it"],
        doc_md="A person decides about each list. Nothing happens until then.",
        **_WAITS,
    ).expand_kwargs(questions(lists))
    take_in.expand_kwargs(lists.zip(decide.output).map(_pair))


@dag(
    dag_id="calibration",
    description="Hold the model against what reviewers decided, and draw another sample where one is judged",
    doc_md="""
### Calibration and sampling

Each week: of the pairs that the model said to be one person with 0.9, were nine in ten judged to be? The report is
`status/calibration.html` in the workspace, its figures over time `status/calibration.jsonl`, and each run measures the same
(`drift.calibration`, which may hold a run back). Farther off than that band, the channels of `alerts` are told, and the DAG
`promote_model` trains anew on what was judged. Where four fifths of the sample below the review threshold are judged, the
next run draws another, while enough is left to draw from; what the judged one says of recall stands in the report.
""",
    schedule="17 5 * * 1",
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    tags=["operation"],
    **_COMMON,
)
def calibration() -> None:
    @task.short_circuit
    def report() -> dict[str, Any] | None:
        """Hold the published run against the judgements, write the report, alert where it is off; before the first run, skip."""
        from matching.operations.scheduled import calibrated

        return calibrated(load())

    @task
    def refresh_sample() -> int | None:
        """Begin another round of the sample where the last is judged; the next run draws it."""
        from matching.operations.scheduled import sample_refreshed

        return sample_refreshed(load())

    report() >> refresh_sample()


@dag(
    dag_id="promote_model",
    description="Train a model on what was judged, or take one there is, and ask a person whether runs are to use it",
    doc_md="""
### Promote a model

Triggered by hand. Without the parameter `model` it trains one on the published run and the judgements of the review store;
with it, it takes the model of that id (`matching model list`). It counts which matches would appear and vanish, and a person
decides under *Required Actions*: **Approve** makes it the model of later runs, **Reject** changes nothing. Published runs
stay as they are; `matching model promote --back` returns to the model before.
""",
    schedule=None,
    max_active_runs=1,
    dagrun_timeout=timedelta(days=DECISION_DAYS, hours=3),
    params={"model": Param("", type="string", description="Id of a model; empty: train one now.")},
    tags=["operation", "decision"],
    **_COMMON,
)
def promote_model() -> None:
    @task.short_circuit
    def candidate(*, params: Any = None) -> dict[str, Any] | None:
        """The model, and what it would change; where it is promoted already, the rest is skipped."""
        from matching.operations.scheduled import candidate

        return candidate(load(), params["model"], by="airflow")

    @task
    def promote(found: dict[str, Any], decision: dict[str, Any]) -> dict[str, str]:
        """Make it the model of later runs: a person approved it, whom the list of promotions names."""
        from matching.operations.scheduled import promoted

        return promoted(load(), found["model"], by=_by(decision))

    found = candidate()
    decide = ApprovalOperator(
        task_id="decide",
        subject="Promote model {{ ti.xcom_pull(task_ids='candidate')['model'] }}?",
        body="In place of {{ ti.xcom_pull(task_ids='candidate')['instead_of'] }}. On the published run"
        " {{ ti.xcom_pull(task_ids='candidate')['appears'] }} matches would appear and"
        " {{ ti.xcom_pull(task_ids='candidate')['vanishes'] }} vanish, and"
        " {{ ti.xcom_pull(task_ids='candidate')['stays'] }} stay. Its card:"
        " {{ ti.xcom_pull(task_ids='candidate')['card'] }}",
        doc_md="A person approves the promotion or rejects it. Nothing happens until then.",
        **_WAITS,
    )
    found >> decide >> promote(found, decide.output)


@dag(
    dag_id="retention",
    description="Find who may be kept no longer, ask, and erase them everywhere",
    doc_md="""
### Retention

Each week: who left a list longer ago than its `source.yml` allows, or stands on one whose time is over (`matching
retention plan` shows them). A person approves; then those who were asked about are erased, where they are due still, from
snapshots, records, runs, reports, quarantine and the review store, and the audit trails keep how many, when and why. An
erasure that was killed is done to its end by the next. Without anybody due, nobody is asked.
""",
    schedule="7 3 * * 0",
    max_active_runs=1,
    dagrun_timeout=timedelta(days=DECISION_DAYS, hours=2),
    tags=["operation", "decision"],
    **_COMMON,
)
def retention() -> None:
    @task.short_circuit
    def plan() -> dict[str, Any] | None:
        """Count who is to be erased, and keep whom the question is about; where nobody is, the rest is skipped."""
        from matching.operations.scheduled import due_for_erasure

        return due_for_erasure(load())

    @task
    def erase(planned: dict[str, Any], decision: dict[str, Any]) -> dict[str, int]:
        """Erase those whom the question was about; who came due since waits for the next. There is no way back."""
        from matching.operations.scheduled import erased

        return erased(load(), planned["asked"], by=_by(decision))

    planned = plan()
    decide = ApprovalOperator(
        task_id="decide",
        subject="Erase {{ ti.xcom_pull(task_ids='plan')['persons'] }} persons everywhere?",
        body="`matching retention plan` shows whom, by record id, and why. There is no way back.",
        doc_md="A person approves the erasure or rejects it. Nothing happens until then.",
        **_WAITS,
    )
    planned >> decide >> erase(planned, decide.output)


quality()
release_held_run()
accept_refused_lists()
calibration()
promote_model()
retention()

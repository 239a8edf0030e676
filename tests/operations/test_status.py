"""One glance: what is red says what to do, in every format."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from invented_lists import OwnLists, write_source
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from matching.errors import GateError
from matching.operations.metrics import openmetrics
from matching.operations.status import Line, status
from matching.pipeline import REPORT_FILE, Pipeline
from matching.review.published import Published
from matching.review.store import FILE, open_store
from matching.review.sync import sync

LATER = datetime(2026, 3, 1, tzinfo=UTC)


def daily(own: OwnLists, source_id: str) -> None:
    path = own.sources / source_id / "source.yml"
    path.write_text(path.read_text().replace("cadence: never", 'cadence: daily\nschedule: "@daily"'))


def lines(pipeline: Pipeline) -> dict[str, Line]:
    return {f"{line.area} {line.name}": line for line in status(pipeline, now=LATER)}


def test_each_red_thing_says_what_to_do(own_lists: OwnLists) -> None:
    daily(own_lists, "fr_wanted")
    with pytest.raises(GateError):
        own_lists.take_in("de_wanted", range(3), day=2)
    begun = own_lists.pipeline().start().run_id
    found = lines(own_lists.pipeline())
    red = {name: line.to_do for name, line in found.items() if line.level == "red"}
    assert list(red) == ["source fr_wanted", "source de_wanted", f"run {begun}"] or set(red) == {
        "source fr_wanted", "source de_wanted", f"run {begun}",
    }  # fmt: skip
    assert (found["source fr_wanted"].state, found["source de_wanted"].state) == ("late", "held")
    assert "matching source fetch fr_wanted" in red["source fr_wanted"]
    assert "--accept-drop" in red["source de_wanted"]
    assert red[f"run {begun}"] == f"matching run resume {begun}"


def test_a_run_that_goes_on_is_not_red(own_lists: OwnLists) -> None:
    begun = own_lists.pipeline().start().run_id
    with own_lists.workspace.used():
        line = lines(own_lists.pipeline())[f"run {begun}"]
        assert (line.level, line.state, line.to_do) == ("ok", "running", "")
    assert lines(own_lists.pipeline())[f"run {begun}"].state == "unfinished"


def test_the_queue_is_told_with_what_waits_and_whether_it_is_in_step(own_lists: OwnLists) -> None:
    assert not [name for name in lines(own_lists.pipeline()) if name.startswith("queue")], "nobody reviews yet"
    store = open_store(f"sqlite:///{own_lists.workspace.root / FILE}", clock=lambda: LATER)
    found = lines(own_lists.pipeline())
    assert (found["queue intake"].level, found["queue intake"].state) == ("warn", "behind")
    sync(store, Published.of(own_lists.workspace), double_share=0)
    found = lines(own_lists.pipeline())
    assert "queue intake" not in found
    waits = int(found["queue waiting"].state.split()[0])
    assert waits >= 20
    samples = openmetrics(own_lists.pipeline(), [], now=LATER)
    assert f'matching_queue_cases{{state="open"}} {waits}' in samples
    assert found["queue waiting"].level == "warn", "the oldest has waited since March"
    store.close()


def test_a_workspace_without_a_run_says_how_to_start_one(tmp_path: Path) -> None:
    own = OwnLists(tmp_path)
    write_source(own.sources, "fr_wanted", "FR")
    answer = own.matching("status", "--format", "json", "--check")
    rows = json.loads(answer.out)
    assert answer.exit_code == 1
    assert [row["to_do"] for row in rows if row["level"] == "red"] == ["matching run"]


def test_a_damaged_run_is_a_red_line_and_not_an_error(own_lists: OwnLists) -> None:
    (own_lists.workspace.published_folder() / "plan.json").write_text("{")
    found = lines(own_lists.pipeline())
    assert found["runs *"].level == "red"
    assert "restore it" in found["runs *"].to_do
    assert "source fr_wanted" in found


def test_metrics_are_openmetrics_that_a_parser_reads_and_agree_with_the_page(own_lists: OwnLists) -> None:
    daily(own_lists, "fr_wanted")
    pipeline = own_lists.pipeline()
    text = openmetrics(pipeline, status(pipeline, now=LATER), now=LATER)
    samples = {
        (s.name, *sorted(s.labels.items())): s.value for f in text_string_to_metric_families(text) for s in f.samples
    }
    assert samples["matching_source_state", ("source", "fr_wanted"), ("state", "late")] == 1
    assert samples["matching_source_state", ("source", "fr_wanted"), ("state", "fresh")] == 0
    assert samples["matching_source_persons", ("source", "de_wanted")] == 40
    assert samples["matching_source_age_seconds", ("source", "fr_wanted")] == 59 * 24 * 3600
    assert samples["matching_runs", ("state", "published")] == 1
    assert samples["matching_match_rate_ratio", ("list", "de_wanted"), ("other", "fr_wanted")] >= 0.5
    answer = own_lists.matching("status", "--format", "openmetrics")
    assert [family.name for family in text_string_to_metric_families(answer.out)]


@pytest.mark.usefixtures("quick_gates")
def test_a_report_marks_the_lists_that_are_stale(own_lists: OwnLists) -> None:
    daily(own_lists, "fr_wanted")
    run = own_lists.pipeline().run()
    text = (run.folder / REPORT_FILE).read_text()
    assert "<code>fr_wanted</code> (taken in" in text
    assert text.count(">stale</span>") == 2

"""What judgements say of the model: the report, its history, and the sample that follows one that is judged."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from invented_lists import OwnLists
from sqlalchemy import update

from matching.link import sampling_rounds, trained_on
from matching.link.judgements import SIDES, kept_back, to_train_on
from matching.monitor import calibration
from matching.operations import scheduled
from matching.operations.calibration_report import HISTORY, PAGE
from matching.pipeline import STAGES, Run
from matching.review import schema
from matching.review.published import Published
from matching.review.store import FILE, Store, open_store
from matching.review.sync import sync
from matching.settings import Settings
from matching.tables import GATES, LEDGER, MEASURES, PAIRS, SAMPLES
from matching.workspace import read_lines, write_table

pytestmark = pytest.mark.usefixtures("quick_gates")


@pytest.fixture
def settings(own_lists: OwnLists) -> Settings:
    return own_lists.pipeline().settings


@pytest.fixture
def store(own_lists: OwnLists) -> Iterator[Store]:
    store = open_store(f"sqlite:///{own_lists.workspace.root / FILE}")
    sync(store, Published.of(own_lists.workspace), double_share=0)
    yield store
    store.close()


def decide(store: Store, outcome: str, *, is_sample: bool) -> None:
    cases = schema.cases.c
    with store.writing() as connection:
        wanted = cases.is_sample if is_sample else ~cases.is_sample
        connection.execute(update(schema.cases).where(wanted).values(state="decided", outcome=outcome))


def test_without_judgements_the_report_says_that_there_are_too_few(own_lists: OwnLists, settings: Settings) -> None:
    told = scheduled.calibrated(settings)
    assert told
    assert (told["judged"], told["error"], told["recall"]) == (0, None, None)
    page = (own_lists.workspace.root / PAGE).read_text()
    assert f"Too few to tell: 0 judged pairs, expected {calibration.FEWEST_JUDGED} or more" in page


def test_before_the_first_run_there_is_nothing_to_report(tmp_path: Path) -> None:
    assert scheduled.calibrated(Settings(workspace=tmp_path)) is None


def test_the_report_has_a_history_and_alerts_where_the_model_is_off(
    own_lists: OwnLists, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "FEWEST_JUDGED", 10)
    sent: list[str] = []
    monkeypatch.setattr(scheduled, "send", lambda alert, _: sent.append(alert.what))
    decide(store, "same", is_sample=False)
    scheduled.calibrated(settings)
    assert sent == []
    decide(store, "different", is_sample=False)
    told = scheduled.calibrated(settings)
    assert told
    assert told["error"] > 0.9
    assert sent == ["calibration_off"]
    assert len(read_lines(own_lists.workspace.root / HISTORY)) == 2
    saved = json.loads((own_lists.workspace.root / PAGE.with_suffix(".json")).read_text())
    assert sum(band["judged"] for band in saved["bands"]) == told["judged"]

    run = own_lists.pipeline().run()
    assert run.read(MEASURES).filter(measure="calibration")["value"].to_list() == [told["error"]]
    assert not run.read(GATES).filter(expectation="calibration_is_as_usual")["success"].any()


def run_with_pairs_below(own: OwnLists) -> Run:
    """A published run that draws 5 of some 12 pairs below the threshold: made so, since invented matches are certain."""
    run = own.pipeline(sample_size=5).start()
    for stage in STAGES:
        run.do(stage)
        if stage == "link":
            probability = pl.when(pl.int_range(pl.len()) < 12).then(0.3).otherwise("match_probability")
            write_table(run.folder, PAIRS, run.read(PAIRS).with_columns(match_probability=probability))
    return run


def judge_sample(own: OwnLists) -> None:
    """Take the published run in and decide every sample that the queue shows, and none that it does not."""
    store = open_store(f"sqlite:///{own.workspace.root / FILE}")
    sync(store, Published.of(own.workspace), double_share=0)
    cases = schema.cases.c
    with store.writing() as connection:
        shown = cases.is_sample & (cases.pair_kind != "same_list")
        connection.execute(update(schema.cases).where(shown).values(state="decided", outcome="different"))
    store.close()


def test_a_sample_that_is_judged_is_followed_by_another_once(own_lists: OwnLists) -> None:
    settings = run_with_pairs_below(own_lists).settings
    first = own_lists.published(SAMPLES)
    assert first.height == 5
    assert scheduled.sample_refreshed(settings) is None, "not judged"
    judge_sample(own_lists)
    assert scheduled.sample_refreshed(settings) == 1
    assert scheduled.sample_refreshed(settings) is None, "the next run has not drawn it yet"
    told = scheduled.calibrated(settings)
    assert told
    assert told["round"] == 0, "of the run, not of the next"

    run = run_with_pairs_below(own_lists)
    assert sampling_rounds.of_run(run.folder) == {"round": 1, "seed": settings.sample_seed + 1, "size": 5}
    assert not own_lists.published(SAMPLES).select(SIDES).equals(first.select(SIDES))
    sampling_rounds.begin_next(settings, run_id=run.run_id, at=datetime(2026, 1, 2, tzinfo=UTC))
    assert sampling_rounds.drawn_for(run.folder, settings).sample_seed == 2, "done again, a run draws what it drew"


def test_where_every_pair_is_drawn_or_judged_no_round_begins(own_lists: OwnLists, settings: Settings) -> None:
    assert own_lists.published(SAMPLES).height, "of few pairs below the threshold, all are in the sample"
    judge_sample(own_lists)
    assert scheduled.sample_refreshed(settings) is None
    told = scheduled.calibrated(settings)
    assert told
    assert (told["fresh"], told["sample_judged"]) == (0, told["sample"])


def test_after_a_promotion_judgements_of_before_count_that_were_kept_back(
    own_lists: OwnLists, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "FEWEST_JUDGED", 3)
    decide(store, "same", is_sample=False)
    judged = calibration.judged_pairs(settings)
    model = next(iter(own_lists.published(LEDGER)["model_id"]))
    folder = own_lists.pipeline().workspace.models / model
    folder.mkdir(parents=True)
    (folder / trained_on.FILE).write_text(trained_on.text_of(to_train_on(judged)))
    told = scheduled.calibrated(settings)
    assert told
    assert (told["judged"], told["trained_on"]) == (kept_back(judged).height, to_train_on(judged).height)
    assert told["error"] is not None, "without one more judgement"
    assert told["error_of_trained_on"] is not None
    assert "Over those it was trained on" in (own_lists.workspace.root / PAGE).read_text()
    said = own_lists.matching("model", "calibration", "--format", "csv").err
    assert f"{told['judged']} judged pairs: mean gap" in said
    assert f"Left out: {told['trained_on']} that the model was trained on" in said


def test_judgements_that_the_model_was_trained_on_count_for_nothing(
    own_lists: OwnLists, settings: Settings, store: Store
) -> None:
    decide(store, "same", is_sample=False)
    judged = calibration.judged_pairs(settings)
    before = scheduled.calibrated(settings)
    assert before
    model = own_lists.pipeline().workspace.models / before["model"] / trained_on.FILE
    model.parent.mkdir(parents=True)
    model.write_text(trained_on.text_of(judged.head(3)))
    told = scheduled.calibrated(settings)
    assert told
    assert (told["judged"], told["trained_on"]) == (before["judged"] - 3, 3)
    page = (own_lists.workspace.root / PAGE).read_text()
    assert "Left out: 3 judged pairs that this model was trained on, and 0 of which" in page
    assert "Over those it was trained on" not in page, "of three nothing is told"
    assert not any(one in model.read_text() for one in judged["record_id_l"]), "by hash: a model outlives an erasure"

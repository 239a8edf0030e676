"""What a retry or a cleared task may do to a run: continue it, and never change what readers see."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from matching.errors import UsageError
from matching.exercise import bundled
from matching.pipeline import STAGES, Pipeline, run_id_for
from matching.settings import Settings

AT = datetime(2026, 5, 4, 6, 17, 0, 250000, tzinfo=UTC)
ASSET_TRIGGERED = "asset_triggered__2026-05-04T06:17:00.250000+00:00_Xy1 0"


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    settings = Settings(
        workspace=tmp_path, sources_dir=[bundled.sources_dir()], drop_dir=bundled.drop_dir(), count_bands=False
    )
    pipeline = Pipeline.open(settings)
    pipeline.ingest("zz_national")
    return pipeline


def test_a_retry_has_the_run_id_of_the_try_before() -> None:
    first = run_id_for(ASSET_TRIGGERED, at=AT)
    assert first == run_id_for(ASSET_TRIGGERED, at=AT.astimezone(timezone(timedelta(hours=9))))
    assert first.startswith("20260504T061700Z-")


@pytest.mark.parametrize("key", ["..", "../../etc", "a/b", "a:b+c", "manual run"])
def test_a_run_id_is_one_plain_folder_name_whatever_it_belongs_to(key: str) -> None:
    assert run_id_for(key, at=AT).replace("-", "").isalnum()


def test_runs_that_differ_have_run_ids_that_differ() -> None:
    assert run_id_for("manual__1 0", at=AT) != run_id_for("manual__1 1", at=AT)


def test_a_run_begun_twice_is_begun_afresh(pipeline: Pipeline) -> None:
    run = pipeline.start(run_id="r")
    run.do("records")
    again = pipeline.start(run_id="r")
    assert sorted(path.name for path in again.folder.iterdir()) == ["plan.json"]


def test_readers_never_see_a_published_run_change(pipeline: Pipeline) -> None:
    run = pipeline.start(run_id="r")
    run.do("records")
    pipeline.workspace.publish("r")
    before = {path: path.read_bytes() for path in run.folder.rglob("*.parquet")}
    with pytest.raises(UsageError, match="run r is published"):
        pipeline.start(run_id="r")
    for stage in STAGES:
        if stage != "publish":
            with pytest.raises(UsageError, match="run r is published"):
                run.do(stage)
    assert {path: path.read_bytes() for path in run.folder.rglob("*.parquet")} == before

"""`matching model …` over a published run: nothing changes until a model is promoted, and everything can be taken back."""

import io
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from command_line import Answer, matching

from matching import modelling
from matching.link import stage, trained_on
from matching.link import train as training
from matching.link.fields import FIELDS
from matching.link.judgements import in_order, to_train_on
from matching.link.registry import Registry
from matching.settings import Settings
from matching.tables import LEDGER, MATCHES, PAIRS, SAMPLES
from matching.workspace import Workspace, read_table


def run(workspace: Path, *arguments: str | Path, **environment: str) -> Answer:
    return matching("--workspace", workspace, "model", *arguments, **environment)


def rows(answer: Answer) -> pl.DataFrame:
    assert answer.exit_code == 0, answer.err
    return pl.read_csv(io.BytesIO(answer.output))


@pytest.fixture(scope="module")
def trained(demo, tmp_path_factory) -> tuple[Path, Answer]:
    """A copy of the demo's workspace in which a model was trained with a handful of judgements, in one round."""
    workspace = Path(shutil.copytree(demo.workspace, tmp_path_factory.mktemp("trained") / "workspace"))
    labels = workspace.parent / "judged.csv"
    judged(workspace).write_csv(labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "ROUNDS", 1)
        patch.setattr("matching.modelling.HALVES", 1)
        return workspace, run(workspace, "train", "--by", "ana", "--labels", labels)


def judged(workspace: Path) -> pl.DataFrame:
    """Every match called the same person, every sample a different one."""
    folder = Workspace(workspace).published_folder()
    ids = [pl.col("record_id_l").alias("id_l"), pl.col("record_id_r").alias("id_r")]
    frames = [(read_table(folder, MATCHES), "same"), (read_table(folder, SAMPLES), "different")]
    return pl.concat([frame.select(*ids, verdict=pl.lit(verdict)) for frame, verdict in frames])


def test_training_keeps_a_model_with_its_card_and_says_what_judgements_moved(trained):
    workspace, answer = trained
    assert answer.exit_code == 0, answer.err
    model_id = answer.out.strip()
    folder = Registry(Workspace(workspace)).folder(model_id)
    assert {path.name for path in folder.iterdir()} == {
        "model.json",
        "card.md",
        "card.html",
        "facts.json",
        "trained_on.json",
    }
    assert "They moved:" in answer.err
    assert " bits" in answer.err
    assert "not promoted" in answer.err
    card = run(workspace, "show", model_id[:6], "--card").out
    kept = json.loads((workspace / "models" / model_id / "trained_on.json").read_text())
    given = in_order(judged(workspace).rename({"id_l": "record_id_l", "id_r": "record_id_r"}))
    assert len(kept["pairs"]) == to_train_on(given).height, "calibration leaves these out"
    assert not trained_on.without(given, Registry(Workspace(workspace)), [model_id]).is_empty(), "and has the others"
    for words in (
        model_id,
        "Against judgements",
        "Against judgements that were kept back",
        "Stability",
        "without labels",
    ):
        assert words in card


def test_a_card_holds_no_record(trained):
    """Lists and counts, never an id of a record or a name."""
    workspace, answer = trained
    card = run(workspace, "show", answer.out.strip(), "--card").out
    ids = read_table(Workspace(workspace).published_folder(), PAIRS)["record_id_l"].unique()
    assert [record_id for record_id in ids if record_id in card] == []


def test_the_list_says_which_model_is_in_use_and_show_what_it_asks(trained):
    workspace, answer = trained
    listed = rows(run(workspace, "list", "--format", "csv"))
    assert listed.select("model", "promoted").rows() == [("default", True), (answer.out.strip(), False)]
    shown = rows(run(workspace, "show", "--format", "csv"))
    assert shown.height == sum(len(field.levels) for field in FIELDS)
    assert shown["question"].str.ends_with("?").all()


def test_a_comparison_counts_what_appears_and_vanishes_by_lists(trained):
    workspace, answer = trained
    model_id = answer.out.strip()
    counts = rows(run(workspace, "compare", "default", model_id, "--counts", "--format", "csv"))
    changed = rows(run(workspace, "compare", "default", model_id, "--format", "csv"))
    total = counts.row(0, named=True)
    assert total["before"] == read_table(Workspace(workspace).published_folder(), MATCHES).height
    assert (changed["change"] == "appears").sum() == total["appears"]
    assert (changed["change"] == "vanishes").sum() == total["vanishes"]
    assert total["before"] - total["vanishes"] + total["appears"] == total["after"]


def test_a_run_uses_the_promoted_model_until_it_is_taken_back(trained, tmp_path):
    workspace = Path(shutil.copytree(trained[0], tmp_path / "workspace"))
    model_id = trained[1].out.strip()
    sources = Path(__file__).parents[1] / "matching" / "exercise" / "sources"
    lists = ("--workspace", workspace, "--sources-dir", sources)

    def model_of_a_run(**environment: str) -> str:
        assert matching(*lists, "run", MATCHING_COUNT_BANDS="false", **environment).exit_code == 0
        return str(read_table(Workspace(workspace).published_folder(), LEDGER)["model_id"][-1])

    assert run(workspace, "promote", model_id[:6], "--by", "ana", "--note", "a test").exit_code == 0
    assert model_of_a_run() == model_id
    assert model_of_a_run(MATCHING_MODEL="default") != model_id, "the setting wins"
    assert run(workspace, "promote", "--back", "--by", "ben").exit_code == 0
    done = json.loads(run(workspace, "promotions", "--format", "json").out)
    assert [(one["model"], one["promoted_by"]) for one in done] == [(model_id, "ana"), ("default", "ben")]


def test_a_truncated_model_ends_with_exit_code_8_and_the_published_run_stays(trained, tmp_path):
    workspace = Path(shutil.copytree(trained[0], tmp_path / "workspace"))
    model_id = trained[1].out.strip()
    path = Registry(Workspace(workspace)).folder(model_id) / "model.json"
    path.write_bytes(path.read_bytes()[:50])
    for arguments in (("show", model_id), ("promote", model_id), ("compare", "default", model_id)):
        answer = run(workspace, *arguments)
        assert (answer.exit_code, answer.out) == (8, ""), arguments
        assert "damaged" in answer.err
        assert "Traceback" not in answer.err


@pytest.mark.parametrize("file", ["model.json", "facts.json"])
def test_a_damaged_model_is_listed_as_damaged_beside_the_others(trained, tmp_path, file):
    workspace = Path(shutil.copytree(trained[0], tmp_path / "workspace"))
    model_id = trained[1].out.strip()
    path = Registry(Workspace(workspace)).folder(model_id) / file
    path.write_bytes(path.read_bytes()[:50])
    answer = run(workspace, "list", "--format", "csv")
    assert rows(answer).select("model", "state").rows() == [("default", "whole"), (model_id, "damaged")]
    assert f"model {model_id} cannot be used" in answer.err


def test_training_the_same_model_again_says_that_it_was_there_and_leaves_its_card(trained, tmp_path, monkeypatch):
    workspace = Path(shutil.copytree(trained[0], tmp_path / "workspace"))
    monkeypatch.setattr(training, "ROUNDS", 1)
    monkeypatch.setattr("matching.modelling.HALVES", 1)
    before = run(workspace, "show", trained[1].out.strip(), "--card").out
    again = run(workspace, "train", "--by", "ben", "--labels", trained[0].parent / "judged.csv")
    assert again.out == trained[1].out
    assert "there already in" in again.err
    assert "made by ana at 20" in again.err
    assert "its card stays as it was" in again.err
    assert "kept in" not in again.err
    assert run(workspace, "show", again.out.strip(), "--card").out == before


def test_thresholds_show_queue_precision_and_recall_with_what_was_judged(demo, tmp_path):
    labels = tmp_path / "judged.csv"
    judged(demo.workspace).write_csv(labels)
    table = rows(run(demo.workspace, "thresholds", "--labels", labels, "--format", "csv")).filter(lists="all")
    matches = read_table(Workspace(demo.workspace).published_folder(), MATCHES).height
    at_review = table.row(by_predicate=pl.col("setting") == "review", named=True)
    assert (at_review["threshold"], at_review["queue"], at_review["observed_precision"]) == (0.5, matches, 1.0)
    assert table.filter(setting="dismiss").height == 1
    assert table["queue"].is_sorted(descending=True)


def test_recall_is_estimated_from_judged_samples_at_the_threshold_it_names(demo, tmp_path):
    labels = tmp_path / "judged.csv"
    judged(demo.workspace).write_csv(labels)
    answer = run(demo.workspace, "recall", labels, "--format", "csv")
    row = rows(answer).row(0, named=True)
    assert (row["threshold"], row["too_few"]) == (0.5, False)
    assert row["low"] < row["estimate"] <= row["high"] <= 1.0
    assert row["estimate"] > 0.95, "no sample was judged the same"
    assert "too few" not in answer.err


def test_recall_of_a_few_judged_samples_says_so(demo, tmp_path):
    labels = tmp_path / "judged.csv"
    judged(demo.workspace).tail(3).write_csv(labels)
    answer = run(demo.workspace, "recall", labels, "--format", "csv")
    assert rows(answer).row(0, named=True)["too_few"]
    assert "too few judged: 3 samples of 30 or more" in answer.err


@pytest.mark.parametrize("threshold", ["0.2", "0.999"])
def test_recall_at_another_threshold_than_the_run_had_is_refused(demo, tmp_path, threshold):
    labels = tmp_path / "judged.csv"
    judged(demo.workspace).write_csv(labels)
    answer = run(demo.workspace, "recall", labels, MATCHING_REVIEW_THRESHOLD=threshold, MATCHING_DISMISS_THRESHOLD="0")
    assert (answer.exit_code, answer.out) == (2, "")
    assert f"was made at another review threshold than {threshold}: above 0." in answer.err


def test_recall_of_no_match_is_refused(demo, tmp_path):
    labels = tmp_path / "judged.csv"
    judged(demo.workspace).with_columns(verdict=pl.lit("different")).write_csv(labels)
    answer = run(demo.workspace, "recall", labels)
    assert (answer.exit_code, answer.out) == (2, "")
    assert "there is no recall to estimate" in answer.err


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["promote"], 2, "give a model to promote, or --back"),
        (["promote", "default", "--back"], 2, "not both"),
        (["promote", "--back"], 2, "no model was promoted"),
        (["promote", "default"], 2, "promoted already"),
        (["promote", "nowhere"], 8, "no model nowhere"),
        (["show", "nowhere"], 8, "give one of default"),
        (["thresholds", "--threshold", "1.5"], 2, "between 0 and 1"),
        (["train", "--labels", "absent.csv"], 2, "cannot read judgements"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else None,
)
def test_a_mistake_is_explained(demo, arguments, exit_code, said):
    answer = run(demo.workspace, *arguments)
    assert (answer.exit_code, answer.out) == (exit_code, "")
    assert said in answer.err


def test_the_figures_of_a_model_are_of_the_pairs_that_a_run_scores(demo, tmp_path):
    folder = Workspace(demo.workspace).published_folder()
    run_has = read_table(folder, PAIRS).select("record_id_l", "record_id_r", "match_weight")
    with stage.normalised(folder, Settings(), spill=tmp_path / "spill") as connection:
        before = connection.sql("SELECT count(*) FROM candidate_pairs").fetchall()
        scored = modelling._scored(connection, Registry(Workspace(demo.workspace)).load("default"))
        assert connection.sql("SELECT count(*) FROM candidate_pairs").fetchall() == before > [(run_has.height,)]
    assert scored.select(run_has.columns).equals(run_has)

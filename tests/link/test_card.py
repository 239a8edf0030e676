"""The card says what a model is and how it behaves, as Markdown and as a page that needs nothing else."""

from datetime import UTC, datetime

import polars as pl
import pytest

from matching.link import card
from matching.link.calibrate import Reliability
from matching.link.fields import ACROSS, NAME
from matching.link.figures import against_judgements, by_scripts, weights, with_scripts
from matching.link.train import Round, Trained

TABLE = pl.DataFrame({"lists": ["a – b"], "pairs": [1234]})


@pytest.fixture(scope="module")
def parts(model):
    found = (Reliability(pairs=90, said=0.1, implied=0.12),)
    trained = Trained(
        model=model,
        rounds=(Round(largest_change=3.5, expected_matches=12.0),),
        pairs=90,
        matches={NAME: 60.0, ACROSS: 55.0},
        reliability={NAME: found, ACROSS: found},
        judged={"same": 3},
        before=model,
    )
    facts = card.Facts(
        trained_at=datetime(2026, 5, 1, tzinfo=UTC),
        trained_by="ana <b>",
        run_id="run-1",
        versions="splink=5",
        threshold=0.5,
        data=TABLE,
        lists=TABLE,
        scripts=TABLE,
        weights=TABLE,
        stability=TABLE,
        judged=TABLE,
    )
    return card.sections(trained, facts)


def test_every_level_stands_in_the_card_with_its_question(model, parts):
    text = card.markdown("Model card", parts)
    for field in model.fields:
        for level in field.levels:
            assert f"| {field.name} | {level.name} | {level.question} |" in text


def test_the_card_has_data_calibration_stability_judgements_and_limits(parts):
    text = card.markdown("Model card", parts)
    for words in (
        "What it was made of",
        "Calibration",
        "Stability",
        "Against judgements",
        "A match is a lead",
        "3 same",
        "1,234",
    ):
        assert words in text


def test_the_page_stands_by_itself_and_escapes_what_it_is_given(parts):
    page = card.page("Model card", parts)
    assert "ana &lt;b&gt;" in page
    for reference in ("http", "src=", "<script", "<link"):
        assert reference not in page


def test_pinned_levels_are_marked_and_a_name_has_no_u(model):
    rows = {(row["field"], row["level"]): row for row in card.levels(model).iter_rows(named=True)}
    assert rows["identifier", "same_document"]["pinned"]
    assert rows["name", "same"]["u"] is None
    assert rows["birth", "same_day"]["weight"] > 0


def scored():
    rows = [("a:1", "b:1", 0, 0, 12.5, 0.9), ("a:1", "b:2", 1, 0, -3.0, 0.2), ("a:2", "b:2", None, None, -20.0, 0.0)]
    schema = ["record_id_l", "record_id_r", "name_l", "name_r", "match_weight", "match_probability"]
    return pl.DataFrame(rows, schema=schema, orient="row")


NAMES = pl.DataFrame(
    {
        "record_id": ["a:1", "a:1", "b:1", "b:2"],
        "name_no": [0, 1, 0, 0],
        "script": ["Latn", "Arab", "Latn", "Latn"],
    }
)


def test_figures_are_given_per_pair_of_scripts():
    found = by_scripts(with_scripts(scored(), NAMES), threshold=0.5)
    assert found.select("scripts", "pairs", "matches").rows() == [
        ("all", 3, 1),
        ("Arab – Latn", 1, 0),
        ("Latn – Latn", 1, 1),
        ("no name agrees", 1, 0),
    ]


def test_the_distribution_counts_every_pair_once():
    assert weights(scored()).rows() == [(-20, -16, 1), (-4, 0, 1), (12, 16, 1)]


def test_figures_against_judgements_are_of_judged_pairs_only():
    verdicts = pl.DataFrame({"record_id_l": ["a:1", "a:1"], "record_id_r": ["b:1", "b:2"], "verdict": ["same", "same"]})
    row = against_judgements(with_scripts(scored(), NAMES), verdicts, threshold=0.5).row(0, named=True)
    assert (row["judged"], row["same"], row["precision"], row["recall"]) == (2, 2, 1.0, 0.5)
    assert row["expected_calibration_error"] == pytest.approx((0.1 + 0.8) / 2)

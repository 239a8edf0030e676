"""Probabilities held against judgements: by band, with an interval, and told only where enough was judged."""

import polars as pl
import pytest

from matching.link.judgements import SCHEMA
from matching.monitor import calibration
from matching.monitor.drift_of_runs import judge
from matching.settings import USUAL_BANDS
from matching.tables import MEASURES


def pairs(*probabilities: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "record_id_l": [f"a:{n}" for n in range(len(probabilities))],
            "record_id_r": [f"b:{n}" for n in range(len(probabilities))],
            "match_probability": probabilities,
        },
        schema={"record_id_l": pl.String, "record_id_r": pl.String, "match_probability": pl.Float64},
    )


def judged(*verdicts: str) -> pl.DataFrame:
    return pl.DataFrame([(f"a:{n}", f"b:{n}", one) for n, one in enumerate(verdicts)], schema=SCHEMA, orient="row")


def test_a_band_says_what_was_said_and_what_was_found() -> None:
    found = calibration.reliability(pairs(0.92, 0.94, 0.96, 0.3), judged("same", "same", "different"))
    assert found.select("band_from", "judged", "same", "said", "found").rows() == [
        (0.9, 3, 2, pytest.approx(0.94), pytest.approx(2 / 3))
    ]
    [(low, high)] = found.select("low", "high").rows()
    assert low < 2 / 3 < high


def test_pairs_that_are_not_in_the_run_count_for_nothing() -> None:
    assert calibration.reliability(pairs(), judged("same")).is_empty()
    assert calibration.error(calibration.reliability(pairs(), judged("same"))) is None


def test_an_error_is_told_from_a_hundred_judged_pairs_on() -> None:
    verdicts = ["same"] * 80 + ["different"] * 20
    told = calibration.error(calibration.reliability(pairs(*[0.95] * 100), judged(*verdicts)))
    assert told == pytest.approx(0.15)
    assert calibration.error(calibration.reliability(pairs(*[0.95] * 99), judged(*verdicts[:99]))) is None


@pytest.mark.parametrize(("error", "holds"), [(0.05, True), (0.15, False)])
def test_a_model_that_is_off_fails_its_gate_from_the_first_run_on(error: float, holds: bool) -> None:
    measured = pl.DataFrame(
        [{"measure": "calibration", "subject": "*", "part": "", "value": error, "usual": None}], schema=MEASURES.schema
    )
    before = measured.head(0).select("measure", "subject", "part", "value", run=pl.lit("", dtype=pl.String))
    found = judge(measured, before, USUAL_BANDS)
    [gate] = found.gates.to_dicts()
    assert (gate["expectation"], gate["success"]) == ("calibration_is_as_usual", holds)
    assert "setting drift.calibration" in gate["expected"]

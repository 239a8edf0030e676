from itertools import pairwise

import pytest
from invented_run import frame_of, match

from matching import tables
from matching.report import evidence


@pytest.mark.parametrize(
    ("level", "verdict"),
    [
        ("unknown", "unknown"),
        ("different", "disagree"),
        ("different_year", "disagree"),
        ("same_day", "agree"),
        ("one_digit_off", "agree"),
        ("no_different_token", "agree"),
    ],
)
def test_a_level_is_read_as_agree_disagree_or_unknown(level, verdict):
    assert evidence.verdict_of(level) == verdict


def test_every_verdict_has_a_sign_of_its_own():
    assert set(evidence.VERDICT_SIGNS) == {"agree", "disagree", "unknown"}
    assert len(set(evidence.VERDICT_SIGNS.values())) == 3


def test_evidence_has_every_compared_field_in_order_with_its_level_in_words():
    found = evidence.evidence_of(match("aa_wanted:1", "bb_watch:1", level_birth="different_year", weight_birth=-6.0))
    assert tuple(found) == tables.COMPARED
    assert (found["birth"].verdict, found["birth"].level, found["birth"].weight) == ("disagree", "Different year", -6.0)


def bars_of(row):
    scale = evidence.scale_of(frame_of(tables.MATCHES, [row]))
    return evidence.waterfall(row, evidence.evidence_of(row).values(), scale)


def test_each_step_starts_where_the_one_before_it_ended():
    bars = bars_of(match("aa_wanted:1", "bb_watch:1", weight_birth=-6.0, level_birth="different_year", weight_sex=0.3))
    for before, bar in pairwise(bars[:-1]):
        start = bar.x if bar.weight >= 0 else bar.x + bar.width
        assert before.end == pytest.approx(start, abs=0.02)
    assert bars[-1].end == pytest.approx(bars[-2].end, abs=0.02)


def test_the_waterfall_stays_within_its_drawing():
    rows = [
        match("aa_wanted:1", "bb_watch:1", weight_name=40.0, weight_birth=-70.0),
        match("aa_wanted:2", "bb_watch:2", weight_identifier=25.0),
    ]
    scale = evidence.scale_of(frame_of(tables.MATCHES, rows))
    for row in rows:
        for bar in evidence.waterfall(row, evidence.evidence_of(row).values(), scale):
            assert 0 <= bar.x <= bar.x + bar.width <= 100


def test_the_bars_are_the_prior_every_field_and_the_total():
    bars = bars_of(match("aa_wanted:1", "bb_watch:1"))
    labels = ["Names", "Births", "Countries", "Birth places", "Sex", "Identifiers"]
    assert [bar.label for bar in bars] == ["Prior", *labels, "Total"]
    assert [bar.weight for bar in bars] == [-10.0, 14.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0]
    assert bars[2].meaning == "not known on both sides: counts neither way"


def test_weight_that_no_field_explains_is_shown_as_a_step_of_its_own():
    bars = bars_of(match("aa_wanted:1", "bb_watch:1", match_weight=1.5))
    assert (bars[-2].label, bars[-2].weight) == ("Adjustment", pytest.approx(-2.5))
    assert bars[-1].weight == 1.5

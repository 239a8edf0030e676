"""Calibration finds again what was done to the weights, from births or from known answers, and leaves few pairs alone."""

import numpy as np
import pytest

from matching.link.calibrate import Calibration, Witnesses, calibration_error, expected_matches, fit, reliability

PAIRS = 20_000


def witnesses(*, slope, shift, m=0.6, u=0.02, pairs=PAIRS, seed=4):
    """Pairs whose true odds are slope times x and shift bits more, with births that agree in m of matches, u of others."""
    random = np.random.default_rng(seed)
    x = random.uniform(-2, 22, pairs)
    probability = 1 / (1 + 2.0 ** -(slope * x + shift - 12))
    is_match = random.random(pairs) < probability
    agrees = random.random(pairs) < np.where(is_match, m, u)
    return Witnesses(
        x=x,
        offset=np.full(pairs, -12.0),
        if_same=np.where(agrees, m, 1 - m),
        if_different=np.where(agrees, u, 1 - u),
        pairs=np.ones(pairs),
    )


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.8, 1.5), (1.2, -1.5)])
def test_what_was_done_to_the_weights_is_found_from_births_alone(slope, shift):
    found = fit(witnesses(slope=slope, shift=shift))
    x = np.array([8.0, 12.0, 16.0])
    assert found.slope * x + found.shift == pytest.approx(slope * x + shift, abs=0.6)


def test_the_same_witnesses_give_the_same_calibration_to_the_last_bit():
    given = witnesses(slope=0.8, shift=1.0, pairs=2_000)
    assert fit(given) == fit(given)


def test_few_matches_leave_the_weights_as_they_are():
    given = witnesses(slope=0.5, shift=0.0, pairs=60)
    assert expected_matches(given, Calibration()) < 50
    assert fit(given) == Calibration()


def test_a_calibrated_model_is_nearer_to_what_the_witnesses_say():
    given = witnesses(slope=0.7, shift=0.0)
    before, after = (calibration_error(reliability(given, one)) for one in (Calibration(), fit(given)))
    assert after < before / 2
    assert after < 0.03


def test_known_answers_weigh_beside_births():
    given = witnesses(slope=1.0, shift=0.0, pairs=4_000)
    ones = np.ones(400)
    wrong = Witnesses(x=ones * 14, offset=ones * -12, if_same=ones * 0, if_different=ones, pairs=ones * 10)
    moved, as_it_was = fit(given.with_judged(wrong)), fit(given)
    assert moved.slope * 14 + moved.shift < as_it_was.slope * 14 + as_it_was.shift - 1

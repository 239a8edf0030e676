"""Match weights add up, follow the evidence, and repeat to the bit."""

import math
from dataclasses import replace

import polars as pl
import pytest

from matching.link.fields import ACROSS, NAME
from matching.link.model import Calibration
from matching.link.predict import weigh
from matching.tables import COMPARED

RECORDS = 12_000
WEIGHTS = [f"weight_{field}" for field in (*COMPARED, "prior")]


RARITIES = (0.0, 0.25, 5.0, 10.0, 21.5, 60.0)


def vectors(rows):
    """Vectors of (name, rarity, birth, country, birth place, sex, identifier)."""
    schema = {"name": pl.Int32, "name_rarity": pl.Float64} | dict.fromkeys(COMPARED[1:], pl.Int32)
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("vector_id", offset=1)


def every_level(model):
    """Each level of a name at each of RARITIES, and each level of another field beside an equal name."""
    names, others = model.fields[:2], model.fields[2:]
    rows = [(level.grade, rarity, *NOTHING) for field in names for level in field.levels for rarity in RARITIES]
    for field in others:
        position = COMPARED.index(field.name)
        for level in field.levels:
            grades = [1, *NOTHING]
            grades[position] = level.grade
            rows.append((grades[0], 10.0, *grades[1:]))
    return vectors([*rows, STRONG])


NOTHING = (0, 0, 0, 0, 0)
STRONG = (1, 21.5, 1, 1, 1, 1, 0)


@pytest.fixture(scope="session")
def weighed(model):
    """The vectors of every level and their weights."""
    given = every_level(model)
    return given.join(weigh(given, model, records=RECORDS), on="vector_id", validate="1:1")


def test_weights_of_the_fields_and_the_prior_add_up(weighed):
    total = weighed.select(pl.sum_horizontal(WEIGHTS)).to_series()
    assert (total - weighed["match_weight"]).abs().max() < 1e-5


def test_the_probability_is_the_odds_of_the_weight(weighed):
    odds = 2.0 ** weighed["match_weight"]
    assert (odds / (1 + odds) - weighed["match_probability"]).abs().max() < 2e-6


def test_a_field_weighs_log2_of_m_over_u_and_an_unknown_one_nothing(model, weighed):
    for field in model.fields[2:]:
        stated = {level.grade: math.log2(level.m / level.u) for level in field.levels} | {0: 0.0}
        found = dict(weighed.select(field.name, f"weight_{field.name}").unique().iter_rows())
        assert found == pytest.approx(stated, abs=1e-6), field.name


def names_weighed(weighed):
    return {
        (name, rarity): weight for name, rarity, weight in weighed["name", "name_rarity", "weight_name"].iter_rows()
    }


def test_a_name_weighs_its_level_and_the_rarity_of_what_agrees(model):
    plain = replace(model, calibration={})
    found = names_weighed((given := every_level(plain)).join(weigh(given, plain, records=RECORDS), on="vector_id"))
    stated = {
        (level.grade, rarity): math.log2(level.m) + rarity
        for field in plain.fields[:2]
        for level in field.levels
        for rarity in RARITIES
    }
    different = plain.fields[0].levels[-1]
    stated |= {(different.grade, rarity): math.log2(different.m / different.u) for rarity in RARITIES}
    assert found == pytest.approx(stated, abs=1e-6)


def test_calibration_scales_and_shifts_the_weight_of_names_by_their_scripts(model):
    calibration = {NAME: Calibration(slope=0.5, shift=1.0), ACROSS: Calibration(slope=2.0, shift=-3.0)}
    plain, moved = replace(model, calibration={}), replace(model, calibration=calibration)
    given = every_level(plain)
    before, after = (
        names_weighed(given.join(weigh(given, one, records=RECORDS), on="vector_id")) for one in (plain, moved)
    )
    assert after[1, 10.0] == pytest.approx(before[1, 10.0] * 0.5 + 1, abs=1e-5)
    assert after[8, 10.0] == pytest.approx(before[8, 10.0] * 2 - 3, abs=1e-5)
    assert after[6, 10.0] == pytest.approx(before[6, 10.0], abs=1e-5), "one word only: nothing was fitted"
    assert after[7, 10.0] == pytest.approx(before[7, 10.0], abs=1e-5)


def test_a_rarer_shared_name_ranks_higher(weighed):
    by_rarity = weighed.filter(name=1, birth=0, country=0, birth_place=0, sex=0, identifier=0).sort("match_weight")
    assert by_rarity["name_rarity"].to_list() == list(RARITIES)
    assert by_rarity["match_weight"].is_unique().all()


def test_equal_common_names_without_births_rank_below_equal_rare_names_with_them(weighed):
    common = weighed.row(by_predicate=(pl.col("name_rarity") == 5) & (pl.col("name") == 1), named=True)
    strong = weighed.row(-1, named=True)
    assert common["match_probability"] < 0.5 < strong["match_probability"] < 1


def test_equal_vectors_weigh_the_same_whatever_stands_beside_them(model, weighed):
    twice = weigh(vectors([STRONG, STRONG]), model, records=RECORDS).drop("vector_id")
    assert twice.row(0) == twice.row(1) == weighed.select(twice.columns).row(-1)


def test_two_runs_agree_to_the_bit_whatever_the_order_of_the_vectors(model, weighed):
    shuffled = every_level(model).sample(fraction=1, shuffle=True, seed=7)
    again = weigh(shuffled, model, records=RECORDS)
    assert again.write_csv() == weighed.select(again.columns).write_csv()


def test_the_same_evidence_weighs_less_among_more_records(model, weighed):
    many = weigh(vectors([STRONG]), model, records=RECORDS * 64)
    assert weighed["match_weight"][-1] - many["match_weight"][0] == pytest.approx(math.log2(64), abs=0.01)
    assert weighed["weight_name"][-1] == many["weight_name"][0]

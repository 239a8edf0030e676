"""A model can be saved, named, loaded and doubted."""

import json
import math
from dataclasses import replace

import pytest

from matching.errors import ModelError
from matching.link.fields import ACROSS, FIELDS, NAME
from matching.link.model import MODELS, UNTRAINED, Calibration, load
from matching.tables import COMPARED

SHIPPED = sorted(path.stem for path in MODELS.glob("*.json"))


def weights(model, field_name):
    field = next(field for field in model.fields if field.name == field_name)
    return {level.name: math.log2(level.m / level.u) for level in field.levels}


def edited(model, tmp_path, edit):
    """Path of ``model`` as saved, after ``edit`` has changed the JSON."""
    path = tmp_path / "edited.json"
    model.save(path)
    saved = json.loads(path.read_text(encoding="utf-8"))
    edit(saved)
    path.write_text(json.dumps(saved), encoding="utf-8")
    return path


def test_a_saved_model_loads_as_the_same_model(model, tmp_path):
    model.save(tmp_path / "saved.json")
    loaded = load(str(tmp_path / "saved.json"))
    assert loaded == model
    assert loaded.model_id == model.model_id


def test_saving_twice_gives_the_same_bytes(model, tmp_path):
    model.save(tmp_path / "first.json")
    load(str(tmp_path / "first.json")).save(tmp_path / "second.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_a_saved_model_keeps_what_it_was_made_of(tmp_path):
    replace(UNTRAINED, made_of="three invented lists").save(tmp_path / "saved.json")
    assert load(str(tmp_path / "saved.json")).made_of == "three invented lists"


def test_the_id_names_the_parameters_and_not_what_they_were_made_of(model):
    assert replace(model, made_of="elsewhere").model_id == model.model_id
    assert replace(model, matches_per_record=model.matches_per_record * 1.01).model_id != model.model_id


def test_the_id_does_not_see_the_last_bits_in_which_training_differs(model):
    fields = tuple(
        replace(field, levels=tuple(replace(level, m=level.m * (1 + 1e-15)) for level in field.levels))
        for field in model.fields
    )
    assert replace(model, fields=fields).model_id == model.model_id


def test_every_parameter_counts_in_the_id(model):
    ids = {model.model_id}
    for position, field in enumerate(model.fields):
        for parameter in ("m", "u", "kin"):
            level = field.levels[0]
            changed = replace(level, **{parameter: getattr(level, parameter) + 0.001})
            fields = list(model.fields)
            fields[position] = replace(field, levels=(changed, *field.levels[1:]))
            ids.add(replace(model, fields=tuple(fields)).model_id)
    assert len(ids) == 1 + 3 * len(model.fields)


def test_a_missing_model_is_an_error_that_names_those_that_ship():
    with pytest.raises(ModelError, match=r"no model elsewhere: give one of .*default.*, or the path of a saved model"):
        load("elsewhere")


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ModelError, match=r"no model .*gone\.json"):
        load(str(tmp_path / "gone.json"))


def test_a_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="no model"):
        load(f"{tmp_path}/")


@pytest.mark.parametrize("content", ["", "{", "<html>", "[]", "null", "{}", '{"fields": {}}', '{"fields": []}'])
def test_a_file_that_holds_no_model_is_an_error_that_says_what_to_do(tmp_path, content):
    path = tmp_path / "broken.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"broken\.json does not fit this version .* train again with"):
        load(str(path))


def test_bytes_that_are_not_text_are_no_model(tmp_path):
    path = tmp_path / "binary.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="does not fit this version"):
        load(str(path))


MISFITS = {
    "no field": lambda saved: saved["fields"].pop("birth"),
    "no level": lambda saved: saved["fields"]["birth"].pop("same_day"),
    "a level more": lambda saved: saved["fields"]["birth"].update(same_hour=saved["fields"]["birth"]["same_day"]),
    "no u": lambda saved: saved["fields"]["birth"]["same_day"].pop("u"),
    "no parameters": lambda saved: saved["fields"]["birth"]["same_day"].clear(),
    "m in words": lambda saved: saved["fields"]["birth"]["same_day"].update(m="often"),
    "m is null": lambda saved: saved["fields"]["birth"]["same_day"].update(m=None),
    "a number for a level": lambda saved: saved["fields"]["birth"].update(same_day=0.5),
    "no prior": lambda saved: saved.pop("matches_per_record"),
    "no origin": lambda saved: saved.pop("made_of"),
    "no id": lambda saved: saved.pop("model_id"),
    "no calibration": lambda saved: saved.pop("calibration"),
    "a slope below zero": lambda saved: saved["calibration"].update(name={"slope": -1.0, "shift": 0.0}),
    "calibration of another field": lambda saved: saved["calibration"].update(birth={"slope": 1.0, "shift": 0.0}),
}


@pytest.mark.parametrize("edit", MISFITS.values(), ids=MISFITS)
def test_a_model_of_other_levels_does_not_fit(model, tmp_path, edit):
    with pytest.raises(ModelError, match="does not fit this version"):
        load(str(edited(model, tmp_path, edit)))


def test_a_model_changed_by_hand_is_not_taken_for_what_it_was(model, tmp_path):
    def raise_prior(saved):
        saved["matches_per_record"] *= 2

    with pytest.raises(ModelError, match=r"edited\.json says it is .* it was changed after it was made"):
        load(str(edited(model, tmp_path, raise_prior)))


def test_a_truncated_file_is_no_model(model, tmp_path):
    path = tmp_path / "cut.json"
    model.save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelError, match="it is damaged or of another version"):
        load(str(path))


def test_a_rounded_model_is_what_its_file_holds(model, tmp_path):
    odd = replace(model, calibration={NAME: Calibration(slope=0.9123456789, shift=1 / 3)})
    odd.save(tmp_path / "odd.json")
    assert odd.rounded() == load(str(tmp_path / "odd.json"))


def test_fields_are_those_that_pairs_carry():
    """Names in two scripts share a column with names in one: a pair has one of them."""
    assert tuple(dict.fromkeys(field.column for field in FIELDS)) == COMPARED


def test_grades_of_a_column_count_from_one_and_zero_is_unknown():
    for column in COMPARED:
        fields = [field for field in FIELDS if field.column == column]
        grades = [level.grade for field in fields for level in field.levels]
        assert grades == list(range(1, len(grades) + 1))
    for field in FIELDS:
        assert field.level_name(0) == "unknown"
        assert [field.level_name(level.grade) for level in field.levels] == [level.name for level in field.levels]


def test_every_level_asks_a_question():
    assert [level.name for field in FIELDS for level in field.levels if not level.question.endswith("?")] == []


def test_only_levels_that_speak_against_are_named_different():
    """The report lists them as conflicts by this name (``resolve/stage.py``)."""
    for field in FIELDS:
        against = [level.name.startswith("different") for level in field.levels]
        assert against == sorted(against), f"{field.name}: the levels named different come last"
        assert any(against)


@pytest.mark.parametrize("field", UNTRAINED.fields, ids=lambda field: field.name)
def test_starting_values_of_a_field_sum_to_one(field):
    assert sum(level.m for level in field.levels) == pytest.approx(1, abs=1e-6)
    assert sum(level.u for level in field.levels) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", SHIPPED)
class TestShippedModel:
    """What every model that ships must hold to."""

    def test_its_file_states_its_id(self, name):
        saved = json.loads((MODELS / f"{name}.json").read_text(encoding="utf-8"))
        assert load(name).model_id == saved["model_id"]
        assert load(name).made_of.strip()

    def test_m_and_u_of_each_field_sum_to_one(self, name):
        for field in load(name).fields:
            assert sum(level.m for level in field.levels) == pytest.approx(1, abs=1e-4), field.name
            assert sum(level.u for level in field.levels) == pytest.approx(1, abs=1e-4), field.name

    def test_parameters_are_probabilities_and_none_is_impossible(self, name):
        for field in load(name).fields:
            for level in field.levels:
                assert 0 < level.m < 1, (field.name, level.name)
                assert 0 < level.u < 1, (field.name, level.name)
                assert 0 <= level.kin <= 1, (field.name, level.name)

    def test_levels_named_different_speak_against_and_the_best_speaks_for(self, name):
        for field in COMPARED:
            by_level = weights(load(name), field)
            assert max(by_level, key=by_level.__getitem__) in list(by_level)[:2]
            assert next(iter(by_level.values())) > 0
            assert all(weight < 0 for level, weight in by_level.items() if level.startswith("different"))

    def test_the_further_births_are_apart_the_more_they_speak_against(self, name):
        birth = weights(load(name), "birth")
        assert birth["same_day"] > birth["same_month"] > birth["same_year"] > birth["ranges_overlap"] > 0
        assert birth["same_day"] > birth["one_slip"] > 0
        assert birth["same_day"] > birth["same_first_of_january"] > birth["same_year"]
        assert birth["same_day"] > birth["day_and_month_swapped"] > birth["same_year"]
        assert 0 > birth["different_by_a_year"] > birth["different_by_few_years"] > birth["different"]

    def test_one_document_outweighs_one_birth_date_and_does_not_decide_alone(self, name):
        """A shared passport with contradicting names and births is a conflict to show, not a certainty."""
        by_field = {field: weights(load(name), field) for field in COMPARED}
        document = by_field["identifier"]["same_document"]
        assert document > by_field["birth"]["same_day"]
        assert document > by_field["identifier"]["same_number"] > 0
        against = by_field["name"]["different"] + by_field["birth"]["different"] + by_field["country"]["different"]
        assert document + against < 8  # candidate pairs start at minus 13 and below

    def test_the_more_of_a_name_agrees_the_likelier_among_matches(self, name):
        names = next(field for field in load(name).fields if field.name == "name")
        m = [level.m for level in names.levels]
        same, spelled, contained, mostly, *less = m
        assert same > max(spelled, contained) > mostly
        assert mostly > 0
        assert sum(less) < 0.05, "a match without the first name, or with one token only, is rare"

    def test_kin_are_likelier_the_less_of_a_name_agrees(self, name):
        names = next(field for field in load(name).fields if field.name == "name")
        kin = {level.name: level.kin for level in names.levels}
        assert kin["different_first_name"] > max(kin["same"], kin["same_spelled_differently"])


def test_names_in_one_script_and_in_two_are_calibrated_apart(model):
    apart = replace(model, calibration={NAME: Calibration(slope=0.9), ACROSS: Calibration(slope=0.5, shift=6.0)})
    slopes = {row["grade"]: row["slope"] for row in apart.name_levels(100)}
    assert {slopes[grade] for grade in (1, 2, 3, 4, 5)} == {0.9}
    assert {slopes[grade] for grade in (8, 9, 10, 11)} == {0.5}
    assert {slopes[grade] for grade in (6, 7)} == {1.0}, "where no more than a word agrees nothing was fitted"


def test_the_prior_falls_as_the_lists_grow(model):
    priors = [model.prior(records) for records in (2, 100, 1_000, 10_000, 1_000_000)]
    assert priors == sorted(priors, reverse=True)
    assert len(set(priors)) == len(priors)


def test_the_expected_number_of_matches_grows_with_the_records(model):
    records = 20_000
    pairs = records * (records - 1) / 2
    assert model.prior(records) * pairs == pytest.approx(model.matches_per_record * records)


@pytest.mark.parametrize("records", [0, 1, 2])
def test_the_prior_of_hardly_any_records_is_a_probability_that_leaves_a_doubt(records):
    assert 0 < UNTRAINED.prior(records) <= 0.5
    assert replace(UNTRAINED, matches_per_record=9.0).prior(records) == 0.5


def test_name_levels_give_bits_and_the_share_of_kin_per_pair(model):
    rows = model.name_levels(1_001)
    names = [level for field in model.fields[:2] for level in field.levels]
    assert [row["grade"] for row in rows] == [level.grade for level in names]
    assert [2 ** row["bits"] for row in rows] == pytest.approx([level.m for level in names])
    assert [row["kin"] for row in rows] == pytest.approx([level.kin / 500 for level in names])

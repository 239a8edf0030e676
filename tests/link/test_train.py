"""A model is estimated where there is enough to estimate from, and the same input gives the same model."""

from dataclasses import replace

import polars as pl
import pytest
from invented_persons import person

from matching.errors import ModelError
from matching.link import across, calibrate, estimate
from matching.link import train as training
from matching.link.compare import compare
from matching.link.fields import ACROSS, NAME
from matching.link.judgements import judged_vectors
from matching.link.masked import mask
from matching.link.model import UNTRAINED, load
from matching.link.stage import normalised
from matching.link.train import train
from matching.settings import Settings
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, RECORDS
from matching.workspace import read_table, table_path, write_parquet


def test_too_few_pairs_to_estimate_from_is_an_error_that_says_how_many_are_needed(blocked):
    with (
        blocked(person("a:1", "karim botros"), person("b:1", "karim botros")) as connection,
        pytest.raises(ModelError, match=r"1 candidate pairs .* at least 1000 are needed .* keep the shipped model"),
    ):
        train(connection, UNTRAINED, made_of="two records")


def test_no_pair_at_all_is_the_same_error(blocked):
    with blocked(person("a:1", "karim botros")) as connection, pytest.raises(ModelError, match="0 candidate pairs"):
        train(connection, UNTRAINED, made_of="one record")


@pytest.fixture(scope="session")
def trained(bundled_folder, tmp_path_factory):
    """Two trainings, of one round each, of the bundled lists; the second saw their rows in another order."""
    shuffled = tmp_path_factory.mktemp("shuffled")
    for table in (RECORDS, NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS):
        frame = read_table(bundled_folder, table)
        write_parquet(table_path(shuffled, table), frame.sample(fraction=1, shuffle=True, seed=11))
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "ROUNDS", 1)  # a round is what repeats; three take three times as long
        patch.setattr(across, "ROUNDS", 1)
        patch.setattr(calibrate, "FEWEST_MATCHES", 1.0)  # the bundled lists hold few people in two scripts
        for folder in (bundled_folder, shuffled):
            with (
                normalised(folder, Settings(), spill=shuffled / "spill") as connection,
                normalised(folder, Settings(), spill=shuffled / "spill", instead=mask(folder)) as masked,
            ):
                found.append(train(connection, UNTRAINED, made_of="the bundled lists", masked=masked))
    return found


def test_the_same_input_in_any_order_gives_the_same_bytes(trained, tmp_path):
    for place, one in enumerate(trained):
        one.model.save(tmp_path / f"{place}.json")
    assert (tmp_path / "0.json").read_bytes() == (tmp_path / "1.json").read_bytes()


def test_training_moves_the_model_and_says_what_it_was_made_of(trained):
    assert trained[0].model.model_id != UNTRAINED.model_id
    assert trained[0].model.made_of == "the bundled lists"
    assert trained[0].rounds[0].largest_change > 0
    assert trained[0].pairs > 0


def test_a_trained_model_scores_as_its_file_does(trained, tmp_path):
    trained[0].model.save(tmp_path / "kept.json")
    assert load(str(tmp_path / "kept.json")) == trained[0].model


def test_names_across_scripts_are_learned_from_the_lists_with_one_masked(trained):
    learned = trained[0].model.field(ACROSS)
    assert learned != UNTRAINED.field(ACROSS)
    assert learned.levels[0].m > learned.levels[-1].m
    assert set(trained[0].model.calibration) == {NAME, ACROSS}
    assert trained[0].matches[ACROSS] > 1


def test_a_trained_model_is_one_of_probabilities(trained):
    for field in trained[0].model.fields:
        assert sum(level.m for level in field.levels) == pytest.approx(1), field.name
        assert sum(level.u for level in field.levels) == pytest.approx(1), field.name
        assert all(0 < level.m < 1 and 0 < level.u < 1 for level in field.levels), field.name


def test_documents_keep_the_values_they_are_pinned_to(trained):
    assert trained[0].model.fields[-1] == UNTRAINED.fields[-1]


def test_agreement_weighs_more_than_disagreement_after_training(trained):
    for field in trained[0].model.fields[2:]:
        best, worst = field.levels[0], field.levels[-1]
        assert best.m / best.u > 1 > worst.m / worst.u, field.name


def judgements(pairs, verdict="same"):
    return pl.DataFrame(pairs, schema=["record_id_l", "record_id_r"], orient="row").with_columns(
        verdict=pl.lit(verdict)
    )


PEOPLE = (
    person("a:1", "karim botros"),
    person("b:1", "botros karym"),
    person("c:1", "karim botros"),
    person("d:1", "olga fenn"),
)


def test_judged_pairs_are_looked_up_among_the_candidates(blocked, model):
    judged = judgements([("a:1", "b:1"), ("a:1", "d:1")])
    with blocked(*PEOPLE) as connection:
        compare(connection, model)
        found = judged_vectors(connection, judged)
    assert found.select("record_id_l", "record_id_r", "verdict").rows() == [("a:1", "b:1", "same")]


def test_judgements_are_counted_into_m_beside_the_expected_matches():
    field = replace(UNTRAINED.field(NAME), levels=UNTRAINED.field(NAME).levels)
    more = estimate.observed(field, {2: 30}, beside=70.0)
    before, after = ({level.name: level.m for level in one.levels} for one in (field, more))
    assert after["same_spelled_differently"] == pytest.approx(0.3 + 0.7 * before["same_spelled_differently"])
    assert after["same"] == pytest.approx(0.7 * before["same"])
    assert sum(after.values()) == pytest.approx(1)


def test_pinned_levels_are_not_moved_by_judgements():
    identifier = UNTRAINED.field("identifier")
    assert estimate.observed(identifier, {1: 30}, beside=1.0) == identifier


def test_nothing_observed_moves_nothing():
    assert estimate.observed(UNTRAINED.field(NAME), {}) == UNTRAINED.field(NAME)


def scripted(record_id, *scripts):
    return [
        {"record_id": record_id, "name_no": n, "kind": kind, "script": script}
        for n, (kind, script) in enumerate(scripts)
    ]


def masked_names(tmp_path, *rows):
    names = pl.DataFrame([row for given in rows for row in given], schema=NAMES.schema).with_columns(
        pl.col("full", "romanised").fill_null("x"), pl.col("tokens", "particles", "skeletons").fill_null([])
    )
    write_parquet(table_path(tmp_path, NAMES), names)
    write_parquet(table_path(tmp_path, NAME_KEYS), NAME_KEYS.empty())
    return [(row[0], row[1]) for row in mask(tmp_path)["names"].select("record_id", "script").iter_rows()]


def test_latin_names_of_one_list_are_masked_where_another_script_is_left(tmp_path):
    left = masked_names(
        tmp_path,
        scripted("a:1", ("primary", "Latn"), ("original_script", "Arab"), ("alias", "Latn")),
        scripted("a:2", ("primary", "Latn")),
        scripted("a:3", ("primary", "Latn"), ("original_script", "Cyrl")),
        scripted("b:1", ("primary", "Latn"), ("original_script", "Arab")),
    )
    assert left == [("a:1", "Arab"), ("a:2", "Latn"), ("a:3", "Cyrl"), ("b:1", "Latn"), ("b:1", "Arab")]


def test_without_a_record_in_two_scripts_nothing_is_masked(tmp_path):
    write_parquet(table_path(tmp_path, NAMES), NAMES.empty())
    write_parquet(table_path(tmp_path, NAME_KEYS), NAME_KEYS.empty())
    assert mask(tmp_path) == {}

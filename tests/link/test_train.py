"""A model is estimated where there is enough to estimate from, and the same input gives the same model."""

import pytest
from invented_persons import person

from matching.errors import ModelError
from matching.link import train as training
from matching.link.model import UNTRAINED
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
    """Two models, one round each, of the bundled lists; the second saw their rows in another order."""
    shuffled = tmp_path_factory.mktemp("shuffled")
    for table in (RECORDS, NAMES, NAME_KEYS, BIRTHS, COUNTRIES, IDENTIFIERS):
        frame = read_table(bundled_folder, table)
        write_parquet(table_path(shuffled, table), frame.sample(fraction=1, shuffle=True, seed=11))
    models = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "ROUNDS", 1)  # a round is what repeats; three take three times as long
        for folder in (bundled_folder, shuffled):
            with normalised(folder, Settings(), spill=shuffled / "spill") as connection:
                models.append(train(connection, UNTRAINED, made_of="the bundled lists"))
    return models


def test_the_same_input_in_any_order_gives_the_same_model(trained):
    first, second = trained
    assert first.model_id == second.model_id


def test_training_moves_the_model_and_says_what_it_was_made_of(trained):
    assert trained[0].model_id != UNTRAINED.model_id
    assert trained[0].made_of == "the bundled lists"


def test_a_trained_model_is_one_of_probabilities(trained):
    for field in trained[0].fields:
        assert sum(level.m for level in field.levels) == pytest.approx(1), field.name
        assert sum(level.u for level in field.levels) == pytest.approx(1), field.name
        assert all(0 < level.m < 1 and 0 < level.u < 1 for level in field.levels), field.name


def test_documents_keep_the_values_they_are_pinned_to(trained):
    assert trained[0].fields[-1] == UNTRAINED.fields[-1]


def test_agreement_weighs_more_than_disagreement_after_training(trained):
    for field in trained[0].fields[1:]:
        best, worst = field.levels[0], field.levels[-1]
        assert best.m / best.u > 1 > worst.m / worst.u, field.name

"""Explanations: steps that add up, words of the winning pairing, what was unknown and what speaks against."""

import pytest
from invented_persons import person, write_persons

from matching import database
from matching.link.model import load
from matching.link.stage import link
from matching.resolve.explain import explain
from matching.resolve.stage import resolve
from matching.settings import Settings
from matching.tables import BIRTHS, COMPARED, EXPLANATIONS, IDENTIFIERS, MATCHES, NAMES, RECORDS
from matching.workspace import read_table, table_path

PERSONS = (
    person("a:1", "karim yusuf botros", births=["1970-05-04"], sex="male", nationality="PT"),
    person("b:1", "karim youssouf botrus halim", births=["1970-05-04"], nationality="ES"),
    person("a:2", "wilda fenn", births=["1961-01-02"]),
    person("c:2", "фенн вильда", births=["1961-01-02"]),
    person("a:3", "王伟强", births=["1958-11-30"]),
    person("c:3", "王偉強", births=["1958-11-30"]),
)


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    """Explanations of all pairs of PERSONS, by left record, and their matches."""
    folder = write_persons(tmp_path_factory.mktemp("explained"), PERSONS)
    pairs = link(folder, Settings(), load("default"), spill=folder / "spill")
    records, births, documents = (read_table(folder, table) for table in (RECORDS, BIRTHS, IDENTIFIERS))
    with database.in_memory(Settings(), folder / "spill") as connection:
        made = resolve(pairs, records, births, documents, connection, threshold=1e-9)
        connection.read_parquet(str(table_path(folder, NAMES))).create_view(NAMES.name)
        return made.matches, explain(made.matches, connection)


def one(explained, record_id):
    return explained[1].filter(record_id_l=record_id).row(0, named=True)


def test_every_match_is_explained(explained):
    matches, told = explained
    assert matches.height == 3
    assert told.select("record_id_l", "record_id_r").equals(matches.select("record_id_l", "record_id_r"))


def test_steps_start_at_the_prior_and_end_at_the_weight(explained):
    matches, told = explained
    assert [step["field"] for step in told["steps"][0]] == ["prior", *COMPARED, "rivals"]
    for steps, weight in zip(told["steps"], matches["match_weight"], strict=True):
        assert steps[-1]["total"] == weight
        assert sum(step["weight"] for step in steps) == pytest.approx(weight, abs=0.001)


def test_words_of_one_script_agree_as_they_were_scored_and_the_rest_is_named(explained):
    told = one(explained, "a:1")
    assert [words.partition(" (")[0] for words in told["words"]] == [
        "karim = karim", "yusuf ≈ youssouf", "botros ≈ botrus", "only on the right: halim",
    ]  # fmt: skip
    assert (told["form_l"], told["form_r"]) == ("karim yusuf botros", "karim youssouf botrus halim")


def test_words_of_two_scripts_are_aligned_by_sound(explained):
    words = " ".join(one(explained, "a:2")["words"])
    assert "фенн ≈ fenn" in words
    assert "вильда ≈ wilda" in words


def test_words_of_one_script_that_is_not_latin_are_compared_in_it(explained):
    assert "王" in " ".join(one(explained, "a:3")["words"])


def test_fields_are_told_apart_by_what_they_say(explained):
    told = one(explained, "a:1")
    assert (told["supports"], told["against"]) == (["name", "birth"], ["country"])
    assert told["unknown"] == ["birth_place", "sex", "identifier"]


def test_no_match_is_no_explanation(tmp_path):
    with database.in_memory(Settings(), tmp_path) as connection:
        assert explain(MATCHES.empty(), connection).equals(EXPLANATIONS.empty())

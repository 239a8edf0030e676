"""The comparison vector of a pair: graded, symmetric, and the model's choice of the best name pairing."""

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from invented_persons import Person, person, write_persons

from matching.link.compare import compare, count_persons, gather_evidence
from matching.link.model import load
from matching.link.stage import normalised
from matching.settings import Settings

GRADES = "name, name_rarity, birth, country, birth_place, sex, identifier"
TOKENS = ("karim", "kerim", "karym", "botros", "boutros", "hadi", "hadid", "abd", "alrahman", "abdalrahman", "k")
KNOWN = {
    "births": ["1970-05-04"],
    "nationality": "PT",
    "birth_place": "Aldea",
    "sex": "male",
    "documents": ["X1234567"],
}


def vectors(connection, model):
    """Grades of every candidate pair, by the ids of the two records."""
    compare(connection, model)
    ids = dict(connection.sql("SELECT number, record_id FROM record_numbers").fetchall())
    rows = connection.sql(f"SELECT record_id_l, record_id_r, {GRADES} FROM comparison_vectors").fetchall()
    return {(ids[row[0]], ids[row[1]]): row[2:] for row in rows}


def one_vector(blocked, model, *persons):
    with blocked(*persons) as connection:
        ((_, vector),) = vectors(connection, model).items()
    return dict(zip(GRADES.split(", "), vector, strict=True))


def test_everything_that_two_records_share_is_graded(blocked, model):
    left, right = person("a:1", "karim botros", **KNOWN), person("b:1", "botros karim", **KNOWN)
    vector = one_vector(blocked, model, left, right)
    del vector["name_rarity"]
    assert vector.pop("identifier") == 2, "a passport's number has no check digit"
    assert set(vector.values()) == {1}


def test_what_one_record_lacks_is_unknown_and_not_different(blocked, model):
    vector = one_vector(blocked, model, person("a:1", "karim botros", **KNOWN), person("b:1", "karim botros"))
    unknown = {field for field, grade in vector.items() if grade == 0}
    assert unknown == {"birth", "country", "birth_place", "sex", "identifier"}


def test_a_shared_document_with_names_that_share_nothing_is_a_different_name(blocked, model):
    vector = one_vector(
        blocked,
        model,
        person("a:1", "karim botros", documents=["X1234567"]),
        person("b:1", "wilda fenn", documents=["X1234567"]),
    )
    assert (vector["name"], vector["name_rarity"], vector["identifier"]) == (7, 0.0, 2)


def test_a_name_that_others_bear_too_is_less_rare(blocked, model):
    pair = person("a:1", "karim botros"), person("b:1", "karim botros")
    others = [person(f"c:{number}", f"karim {family}") for number, family in enumerate(("hadid", "wilk", "zhelev"))]
    strangers = [person(f"c:{number}", f"{name} fenn") for number, name in enumerate(("wilda", "oskar", "petra"))]
    rarity = {}
    for kind, crowd in (("common", others), ("rare", strangers)):
        with blocked(*pair, *crowd) as connection:
            rarity[kind] = vectors(connection, model)["a:1", "b:1"][1]
    assert rarity["common"] < rarity["rare"]


def test_a_weak_alias_tells_half(blocked, model):
    weak = one_vector(blocked, model, person("a:1", "(karim botros)"), person("b:1", "karim botros"))
    strong = one_vector(blocked, model, person("a:1", "karim botros"), person("b:1", "karim botros"))
    assert 0 < weak["name_rarity"] <= strong["name_rarity"] / 2


def test_the_model_decides_which_pairing_of_names_is_the_best(blocked, model):
    """A long name that the shorter one is part of, or an equal alias: what the levels tell decides."""
    records = (
        person("a:1", "karim botros hadid wilk", "(karim botros)"),
        person("b:1", "karim botros hadid", "(karim botros)"),
    )
    with blocked(*records) as connection:
        grades = [vectors(connection, with_m_of_same(model, m))["a:1", "b:1"][0] for m in (0.99, 1e-6)]
    assert grades == [1, 3]


def with_m_of_same(model, m):
    names = model.fields[0]
    levels = (replace(names.levels[0], m=m), *names.levels[1:])
    return replace(model, fields=(replace(names, levels=levels), *model.fields[1:]))


def test_distinct_vectors_carry_the_number_of_their_pairs(blocked, model):
    with blocked(*(person(f"{source}:1", "karim botros") for source in "abcd")) as connection:
        made = compare(connection, model)
        assert made["pairs"].to_list() == [6]
        assert made["vector_id"].to_list() == [1]
        assert count_persons(connection) == 4


def test_a_record_without_a_name_is_not_counted(blocked):
    with blocked(person("a:1", "karim botros"), person("a:2")) as connection:
        assert count_persons(connection) == 1


names = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=4).map(" ".join)
some = {
    "names": st.lists(names | names.map("({})".format), min_size=1, max_size=3),
    "births": st.lists(st.sampled_from(("1970-05-04", "1970-04-05", "1968", "1968/1972", "1986-05-04")), max_size=2),
    "nationality": st.sampled_from((None, "PT", "ES")),
    "birth_place": st.sampled_from((None, "Aldea", "Vila Aldea", "Harbour")),
    "sex": st.sampled_from((None, "male", "female")),
    "documents": st.lists(st.sampled_from(("X1234567", "Y7654321")), max_size=1),
}
people = st.lists(st.builds(Person, record_id=st.sampled_from(("b", "c")), **some), min_size=12, max_size=16)


@settings(max_examples=3, deadline=None, derandomize=True, database=None)
@given(people)
def test_a_vector_does_not_depend_on_which_record_stands_left(drawn):
    persons = [replace(p, record_id=f"{p.record_id}:{number:02}") for number, p in enumerate(drawn)]
    found = vectors_both_ways(persons)
    assert found
    assert {(left, right): found[right, left] for left, right in found} == found


def test_pairs_that_are_taken_away_or_put_in_another_order_change_nothing_of_the_others(blocked, model):
    names = ("karim botros", "kerim botros", "karim hadi botros", "abd alrahman hadi", "abdalrahman hadid")
    persons = [person(f"{'abc'[n % 3]}:{n:02}", names[n % 5], names[(n + 1) % 5], **KNOWN) for n in range(12)]
    with blocked(*persons) as connection:
        everything = vectors(connection, model)
        connection.sql(SOME_BACKWARDS)
        some = vectors(connection, model)
    assert len({vector[:2] for vector in everything.values()}) > 2
    assert 10 < len(some) < len(everything) - 10
    assert some == {pair: everything[pair] for pair in some}


SOME_BACKWARDS = """
    CREATE OR REPLACE TABLE candidate_pairs AS
    FROM candidate_pairs
    WHERE (record_id_l + record_id_r) % 3 > 0
    ORDER BY record_id_r DESC, record_id_l
"""


def vectors_both_ways(persons):
    """Vectors of every candidate pair, and of the same pair with its records exchanged."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_persons(Path(scratch), persons)
        with normalised(folder, Settings(), spill=folder / "spill") as connection:
            connection.sql(BOTH_WAYS)
            gather_evidence(connection)
            return vectors(connection, load("default"))


BOTH_WAYS = """
    CREATE OR REPLACE TABLE candidate_pairs AS
    FROM candidate_pairs
    UNION ALL
    SELECT record_id_r, record_id_l, * EXCLUDE (record_id_l, record_id_r) FROM candidate_pairs
"""

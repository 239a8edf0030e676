"""Which forms of two records meet, and which pairing tells most."""

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
import yaml

from matching.link import pairings
from matching.link.align import Compared, nothing_agrees
from matching.link.pairings import ComparedPairs, find_best_pairings, read_borne

CASES = yaml.safe_load((Path(__file__).parent / "best_pairings.yml").read_text(encoding="utf-8"))


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


def given(connection, **tables):
    for name, (header, *rows) in tables.items():
        connection.register(f"given_{name}", pl.DataFrame(rows, schema=header, orient="row"))
        connection.sql(f"CREATE OR REPLACE TABLE {name} AS FROM given_{name}")


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_best_pairing(connection, case):
    borne = case["given"]["record_forms"]
    forms, records = ({row[borne[0].index(column)] for row in borne[1:]} for column in ("form_id", "record_id"))
    given(
        connection, **case["given"], persons=[["record_id"], *([record] for record in records)],
        forms=[["form_id", "script"], *([form, "Latn"] for form in forms)],
    )  # fmt: skip
    borne = read_borne(connection)
    left, right = pairs_of(case["given"]["candidate_pairs"])
    compared = as_given(pairings.form_pairs(left, right, borne), *case["given"]["name_comparisons"])
    find_best_pairings(connection, borne, ComparedPairs(left, right, compared))
    header, *expected = case["expected"]
    found = connection.sql(
        f"SELECT {', '.join(header)} FROM name_evidence ORDER BY record_id_l, record_id_r"
    ).fetchall()
    assert [[round(v, 4) if isinstance(v, float) else v for v in row] for row in found] == expected


def pairs_of(rows):
    """Left and right numbers of records, of rows under a header."""
    return (np.array(side, dtype=np.uint32) for side in zip(*rows[1:], strict=True))


def as_given(met, _header, *rows):
    """How the forms that meet compare, by rows of form_l, form_r, grade, similarity, rarity_bits."""
    known = {(left - 1, right - 1): told for left, right, *told in rows}
    found = [known.get(pair, (0, 0.0, 0.0)) for pair in zip(met.left.tolist(), met.right.tolist(), strict=True)]
    return Compared(
        *(
            np.array(column, dtype)
            for column, dtype in zip(zip(*found, strict=True), (np.uint8, float, float), strict=True)
        )
    )


def form_pairs(connection, pairs, borne):
    """Pairs of forms that meet; ``borne``: record, form, script, full scripts. Forms 5 and above are Arabic."""
    rows = [[*row, place, "primary", 1] for place, row in enumerate(borne)]
    scripts = [[form, "Arab" if form >= 5 else "Latn"] for form in range(1, 9)]
    given(connection, record_forms=[HEADER, *rows], forms=[["form_id", "script"], *scripts], persons=[["record_id"], [900]])  # fmt: skip
    met = pairings.form_pairs(*pairs_of([None, *pairs]), read_borne(connection))
    return list(zip((met.left + 1).tolist(), (met.right + 1).tolist(), met.is_latin.tolist(), strict=True))


HEADER = ["record_id", "form_id", "script_no", "full_scripts", "name_no", "kind", "forms_of_record"]
LATIN, ARABIC = 1, 2  # full scripts, by the bits of scripts 0 and 1


def test_every_form_of_one_record_meets_every_form_of_the_other_pair_after_pair(connection):
    borne = [(1, 1, 0, LATIN), (1, 2, 0, LATIN), (11, 3, 0, LATIN), (12, 3, 0, LATIN), (12, 4, 0, LATIN)]
    once = [(1, 3, True), (2, 3, True)]
    assert form_pairs(connection, [(1, 11), (1, 12)], borne) == [
        *once, (1, 3, True), (1, 4, True), (2, 3, True), (2, 4, True),
    ]  # fmt: skip
    assert form_pairs(connection, [(1, 11)] * 3, borne) == once * 3, "whatever threads share the work"


def test_a_record_without_a_form_meets_nobody_by_name(connection):
    assert form_pairs(connection, [(1, 11), (1, 900)], [(1, 1, 0, LATIN), (11, 3, 0, LATIN)]) == [(1, 3, True)]
    assert form_pairs(connection, [(1, 11)], []) == []


def test_comparisons_of_other_pairs_are_not_taken_for_these(connection):
    given(connection, record_forms=[HEADER, [1, 1, 0, LATIN, 0, "primary", 1], [11, 3, 0, LATIN, 0, "primary", 1]],
          forms=[["form_id", "script"], [1, "Latn"]], persons=[["record_id"], [11]],
          name_level_bits=[["grade", "bits", "kin", "slope", "shift"], [1, 0.0, 0.0, 1.0, 0.0]])  # fmt: skip
    left, right = pairs_of([None, (1, 11)])
    with pytest.raises(ValueError, match="2 pairs of forms were compared, and 1 meet"):
        find_best_pairings(connection, read_borne(connection), ComparedPairs(left, right, nothing_agrees(2)))


def test_pairs_are_cut_where_their_forms_are_too_many_to_compare_at_once(connection, monkeypatch):
    forms = [[record, 1, 0, LATIN, place, "alias", 1] for record in range(1, 5) for place in range(record)]
    given(connection, record_forms=[HEADER, *forms], forms=[["form_id", "script"], [1, "Latn"]],
          persons=[["record_id"], [4]])  # fmt: skip
    left, right = pairs_of([None, (1, 2), (1, 3), (3, 4), (1, 2), (2, 4), (1, 4)])  # 2, 3, 12, 2, 8, 4 pairings
    monkeypatch.setattr(pairings, "PAIRINGS", 10)
    cuts = pairings.parts(left, right, read_borne(connection))
    assert [(cut.start, cut.stop) for cut in cuts] == [(0, 2), (2, 3), (3, 5), (5, 6)]
    nobody = np.empty(0, dtype=np.uint32)
    assert pairings.parts(nobody, nobody, read_borne(connection)) == []


def test_what_a_form_tells_is_not_taken_for_what_the_one_after_it_tells(connection):
    """The first forms do not meet, being of two scripts of which both records give their names."""
    borne = [[1, 5, 1, LATIN | ARABIC, 0, "primary", 2], [1, 1, 0, LATIN | ARABIC, 1, "primary", 2],
             *([record, 3, 0, LATIN | ARABIC, 0, "primary", 1] for record in (11, 12))]  # fmt: skip
    given(connection, record_forms=[HEADER, *borne], persons=[["record_id"], [12]],
          forms=[["form_id", "script"], *([form, "Latn"] for form in range(1, 5)), [5, "Arab"]],
          name_level_bits=[["grade", "bits", "kin", "slope", "shift"], [1, 0.0, 0.0, 1.0, 0.0]])  # fmt: skip
    left, right = pairs_of([None, (1, 11), (1, 12)])
    compared = Compared(np.array([0, 1], np.uint8), np.array([0.0, 0.5]), np.array([0.0, 9.0]))
    find_best_pairings(connection, read_borne(connection), ComparedPairs(left, right, compared))
    told = connection.sql("SELECT record_id_r, name_l, name_r, similarity FROM name_evidence").fetchall()
    assert told == [(12, 1, 0, 0.5)]


def test_forms_in_two_scripts_meet_unless_both_records_give_their_full_names_in_one_script(connection):
    borne = [(1, 1, 0, LATIN | ARABIC), (1, 5, 1, LATIN | ARABIC), (2, 5, 1, ARABIC), (11, 3, 0, LATIN)]
    assert form_pairs(connection, [(1, 11)], borne) == [(1, 3, True)]
    assert form_pairs(connection, [(1, 11), (2, 11)], borne) == [(1, 3, True), (5, 3, False)]


def test_an_alias_in_the_other_script_does_not_keep_full_names_apart(connection):
    borne = [(1, 1, 0, ARABIC), (1, 5, 1, ARABIC), (11, 3, 0, LATIN)]
    assert form_pairs(connection, [(1, 11)], borne) == [(1, 3, True), (5, 3, False)]

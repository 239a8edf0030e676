"""The evidence hash: what moves it and what must not."""

import random
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_cases import listing, name_of

from matching.review.evidence import EVIDENCE, NOT_EVIDENCE, changes_between, evidence_of, hash_of, pair_hash
from matching.tables import RECORDS

TEXT = st.text(alphabet="abcéßЖяمح張 -", max_size=6)
PERSONS = st.fixed_dictionaries(
    {
        "names": st.lists(TEXT.map(name_of), max_size=4),
        "nationalities": st.lists(TEXT, max_size=4),
        "remarks": st.none() | TEXT,
        "height_cm": st.none() | st.floats(100, 220),
        "birth_places": st.lists(st.fixed_dictionaries({"text": TEXT, "country": st.none() | TEXT}), max_size=3),
    }
)


def hashed(row: dict[str, Any]) -> str:
    return hash_of(evidence_of(row))


def test_every_column_of_a_record_is_evidence_or_said_not_to_be() -> None:
    assert sorted([*EVIDENCE, *NOT_EVIDENCE]) == sorted(RECORDS.columns)


@settings(max_examples=60, deadline=None)
@given(person=PERSONS, seed=st.integers(), snapshot=st.text(max_size=8))
def test_snapshot_dates_field_order_and_order_of_values_do_not_move_the_hash(
    person: dict[str, Any], seed: int, snapshot: str
) -> None:
    row = listing("aa_wanted", 1, **person)
    shuffled = list(row.items())
    random.Random(seed).shuffle(shuffled)
    again = {k: random.Random(seed).sample(v, len(v)) if isinstance(v, list) else v for k, v in shuffled}
    again |= {"snapshot_id": snapshot, "retrieved_at": None, "first_seen": None, "last_seen": None, "url": snapshot}
    assert hashed(again) == hashed(row)


@settings(max_examples=40, deadline=None)
@given(person=PERSONS, others=st.lists(PERSONS, max_size=3))
def test_unrelated_records_of_the_table_do_not_move_the_hash(
    person: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    rows = [listing("aa_wanted", number, **one) for number, one in enumerate([person, *others])]
    in_table = (
        RECORDS.conform(pl.DataFrame(rows, schema=RECORDS.schema)).filter(record_id="aa_wanted:0").row(0, named=True)
    )
    assert hashed(in_table) == hashed(rows[0])


@given(person=PERSONS, added=st.text(alphabet="xyz", min_size=1, max_size=5))
def test_a_value_more_moves_the_hash_and_is_the_change(person: dict[str, Any], added: str) -> None:
    before = listing("aa_wanted", 1, **person)
    after = before | {"nationalities": [*before["nationalities"], added]}
    (change,) = changes_between(evidence_of(before), evidence_of(after), side="l")
    assert hashed(before) != hashed(after)
    assert (change.field, change.removed, change.added) == ("nationalities", (), (f'"{added}"',))


def test_the_sides_of_a_pair_are_not_interchangeable_with_another_pair() -> None:
    assert pair_hash("a", "b") != pair_hash("b", "a")


def test_text_is_compared_composed_and_without_extra_spaces() -> None:
    assert hashed({"remarks": "Cafe\u0301  noir "}) == hashed({"remarks": "Café noir"})


NAME_KINDS = st.sampled_from(["primary", "alias", "weak_alias", "former"])
BIRTHS = st.fixed_dictionaries(
    {
        "text": TEXT.filter(str.strip),
        "earliest": st.none() | st.dates(),
        "latest": st.none() | st.dates(),
        "precision": st.sampled_from([None, "day", "year"]),
        "calendar": st.sampled_from(["gregorian", "hijri"]),
    }
)
READ_OTHERWISE = st.fixed_dictionaries(
    {
        "listing_kind": st.sampled_from(["wanted", "watchlist", "sanction"]),
        "entity_kind": st.sampled_from(["person", "other"]),
        "authority": TEXT,
        "authority_country": st.sampled_from(["AA", "BB"]),
        "listed_date": st.none() | st.dates(),
    }
)


@st.composite
def read_twice(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """One entry under two mappings: the publisher's words are the same, codes and readings are not."""
    births = draw(st.lists(BIRTHS, min_size=1, max_size=3))
    words = {
        "names": draw(st.lists(TEXT.filter(str.strip), max_size=3)),
        "offences": draw(st.lists(TEXT.filter(str.strip), max_size=3)),
        "numbers": draw(st.lists(TEXT.filter(str.strip), max_size=3)),
    }

    def under_a_mapping() -> dict[str, Any]:
        code = lambda: draw(st.none() | st.sampled_from(["a", "b"]))  # noqa: E731
        return draw(READ_OTHERWISE) | {
            "names": [
                name_of(full, draw(NAME_KINDS)) | {"script": code(), "language": code()} for full in words["names"]
            ],
            "births": [draw(BIRTHS) | {"text": birth["text"]} for birth in births],
            "offences": [
                {"text": t, "language": code(), "category": code(), "country": "AA"} for t in words["offences"]
            ],
            "identifiers": [{"kind": code(), "number": n, "country": "AA", "note": None} for n in words["numbers"]],
            "references": [{"scheme": code(), "id": n} for n in words["numbers"]],
            "parents": [{"role": code(), "name": n} for n in words["names"]],
        }

    return under_a_mapping(), under_a_mapping()


@settings(max_examples=60, deadline=None)
@given(read=read_twice())
def test_codes_and_readings_of_ours_do_not_move_the_hash(read: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = (listing("aa_wanted", 1, **one) for one in read)
    assert hashed(before) == hashed(after)


def test_a_code_is_evidence_where_the_publishers_words_are_missing() -> None:
    told = [{"offences": [{"text": None, "category": category, "country": None}]} for category in ("fraud", "murder")]
    assert hashed(told[0]) != hashed(told[1])


def test_under_the_first_rule_every_part_was_evidence() -> None:
    row = {"names": [{"full": "Anselm Gradus", "kind": "alias"}], "listing_kind": "wanted"}
    assert evidence_of(row, rule=1) == {
        "listing_kind": ['"wanted"'], "names": ['{"full":"Anselm Gradus","kind":"alias"}'],
    }  # fmt: skip

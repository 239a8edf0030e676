import datetime as dt

import polars as pl
import pytest

from matching.exercise.population.make import pieces, two_lists
from matching.normalise import stage
from matching.normalise.stage import linkable, normalise
from matching.tables import BIRTHS, COUNTRIES, IDENTIFIERS, NAME_KEYS, NAMES, QUARANTINE, RECORDS

TABLES = {
    "names": NAMES,
    "name_keys": NAME_KEYS,
    "births": BIRTHS,
    "countries": COUNTRIES,
    "identifiers": IDENTIFIERS,
    "quarantine": QUARANTINE,
}


@pytest.fixture
def example(records) -> pl.DataFrame:
    day = {"precision": "day", "calendar": "gregorian"}
    return records(
        {
            "names": [{"full": "Zayd Omar", "kind": "primary"}, {"full": "زيد عمر", "kind": "original_script"}],
            "births": [
                {"text": "1970-02-03", "earliest": dt.date(1970, 2, 3), "latest": dt.date(1970, 2, 3), **day},
                {"text": "around spring", "precision": "day", "calendar": "gregorian"},
            ],
            "nationalities": ["France"],
            "identifiers": [{"kind": "passport", "number": " ab-12 34", "country": "France", "note": "lost"}],
        },
        {"names": [{"full": "Ana Sol", "kind": "primary"}], "identifiers": [{"kind": "other", "number": "n/a"}]},
    )


@pytest.mark.parametrize(
    "change", [{"entity_kind": "vessel"}, {"status": "removed"}, {"status": "deceased"}, {"listing_kind": "missing"}]
)
def test_only_active_listings_of_persons_not_missing_are_linkable(records, change: dict[str, str]) -> None:
    assert records({}, change).filter(linkable()).height == 1


def test_no_records_give_empty_tables_of_the_right_shape() -> None:
    result = normalise(RECORDS.empty())
    for name, table in TABLES.items():
        assert getattr(result, name).schema == table.schema


def test_result_does_not_depend_on_the_order_of_records(example: pl.DataFrame) -> None:
    one, other = normalise(example), normalise(example.reverse())
    for name in TABLES:
        assert getattr(one, name).equals(getattr(other, name))


def test_unreadable_birth_goes_to_quarantine_and_the_readable_one_keeps_its_place(example: pl.DataFrame) -> None:
    result = normalise(example)
    assert result.births.select("record_id", "birth_no", "text").rows() == [("harbour_list:000", 0, "1970-02-03")]
    assert result.quarantine.select("table", "record_id", "rule", "value").rows() == [
        ("births", "harbour_list:000", "birth_is_readable", "around spring")
    ]


def test_identifier_keeps_its_text_beside_the_number_in_one_spelling(example: pl.DataFrame) -> None:
    assert normalise(example).identifiers.drop("record_id", "identifier_no", "kind").rows() == [
        ("FR", " ab-12 34", "AB1234", "AB1234", "unchecked", None, "lost"),
        (None, "n/a", None, None, "unchecked", None, None),
    ]


def test_normalising_the_romanised_names_again_changes_no_token(example: pl.DataFrame, records) -> None:
    first = normalise(example).names
    again = records(*({"names": [{"full": text, "kind": "primary"}]} for text in first["romanised"]))
    assert normalise(again).names["tokens"].to_list() == first["tokens"].to_list()


def test_keys_made_in_pieces_are_those_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    records = next(pieces(two_lists(300, notices=0)))
    at_once = normalise(records).name_keys
    monkeypatch.setattr(stage, "PIECE", 70)
    assert normalise(records).name_keys.equals(at_once)

"""Documents of records: numbers in one spelling, checked, and held against the record's own birth and sex."""

import datetime as dt

import pytest

from matching.normalise.identifiers import identifiers_of

DAY = {"precision": "day", "calendar": "gregorian"}
BORN_1970 = {"text": "1970", "earliest": dt.date(1970, 8, 11), "latest": dt.date(1970, 8, 11), **DAY}
BORN_1975 = {"text": "1975", "earliest": dt.date(1975, 8, 11), "latest": dt.date(1975, 8, 11), **DAY}
CHINESE = {"kind": "national_id", "number": "110101197008118716", "country": "China"}  # 11 August 1970, male
SWEDISH = {
    "kind": "national_id",
    "number": "540510-9819",
    "country": "Sweden",
}  # 10 May of a year that ends in 54, male


def one(frame):
    made = identifiers_of(frame)
    assert made.height == 1
    return made.row(0, named=True)


@pytest.mark.parametrize(
    ("document", "number", "comparable", "validity"),
    [
        ({"kind": "national_id", "number": "1112.22.333", "country": "Netherlands"}, "111222333", "111222333", "valid"),
        ({"kind": "national_id", "number": "111222334", "country": "Netherlands"}, "111222334", "111222334", "invalid"),
        ({"kind": "national_id", "number": "42101-1234567-1", "country": "PK"}, "4210112345671", "4210112345671", "format"),
        ({"kind": "passport", "number": "МР 1234567", "country": "Belarus"}, "МР1234567", "MP1234567", "unchecked"),
        ({"kind": "passport", "number": "IO-12O4", "country": None}, "IO12O4", "101204", "unchecked"),
        ({"kind": "passport", "number": "000000", "country": "PT"}, None, None, "unchecked"),
        ({"kind": "national_id", "number": "۰۰۰۷۹۰۴۱۹۹", "country": "Iran"}, "۰۰۰۷۹۰۴۱۹۹", "0007904199", "invalid"),
        (
            {"kind": "passport", "number": "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "country": None},
            "L898902C3", "L898902C3", "valid",
        ),
    ],
)  # fmt: skip
def test_a_number_is_kept_as_published_compared_in_ascii_and_checked(records, document, number, comparable, validity):
    made = one(records({"identifiers": [document]}))
    assert (made["number"], made["comparable"], made["validity"]) == (number, comparable, validity)
    assert made["number_text"] == document["number"]


@pytest.mark.parametrize(
    ("record", "contradicts"),
    [
        ({}, None),
        ({"births": [BORN_1970], "sex": "male"}, None),
        ({"births": [BORN_1975, BORN_1970]}, None),
        ({"births": [BORN_1975]}, "birth"),
        ({"births": [{**BORN_1975, "precision": "circa"}]}, "birth"),
        ({"births": [{**BORN_1975, "earliest": dt.date(1972, 1, 1), "precision": "circa"}]}, None),
        ({"sex": "female"}, "sex"),
        ({"sex": "other"}, None),
        ({"births": [BORN_1975], "sex": "female"}, "birth, sex"),
    ],
)
def test_a_number_that_tells_another_birth_or_sex_than_every_one_of_the_record_is_marked(records, record, contradicts):
    assert one(records({"identifiers": [CHINESE], **record}))["contradicts"] == contradicts


@pytest.mark.parametrize(("year", "contradicts"), [(1954, None), (2054, None), (1955, None), (1956, "birth")])
def test_a_number_with_two_digits_of_the_year_contradicts_only_other_digits(records, year, contradicts):
    birth = {"text": "", "earliest": dt.date(year, 5, 10), "latest": dt.date(year, 5, 10), **DAY}
    assert one(records({"identifiers": [SWEDISH], "births": [birth]}))["contradicts"] == contradicts


def test_documents_keep_their_place_in_the_record_whatever_the_order_of_records(records):
    frame = records({"identifiers": [CHINESE, SWEDISH]}, {"identifiers": [SWEDISH]})
    made = identifiers_of(frame)
    assert made.select("record_id", "identifier_no").rows() == [
        ("harbour_list:000", 0), ("harbour_list:000", 1), ("harbour_list:001", 0),
    ]  # fmt: skip
    assert identifiers_of(frame.reverse()).equals(made)

"""From a payload and a mapping to records: what is read, what is left, and what goes to quarantine."""

import gc
from datetime import UTC, date, datetime

import pytest

from matching.errors import PayloadError
from matching.records.build import Parsed, parse
from matching.records.compile import _Batch
from matching.tables import QUARANTINE, RECORDS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def parse_list(source, path) -> Parsed:
    return parse(source, {"list": path}, snapshot_id="5e1", retrieved_at=NOON)


@pytest.fixture
def parse_csv(make_source, write):
    """Give a function that parses CSV text under a record mapping."""

    def run(text: str, *, reader=None, **record):
        mapping = {"publisher_id": "no", "names": [{"full": "name"}], **record}
        changes = {key: record.pop(key) for key in ("derive", "ignored", "date_formats") if key in record}
        mapping = {key: value for key, value in mapping.items() if key not in changes}
        source = make_source(record=mapping, reader={"format": "csv", **(reader or {})}, **changes)
        return parse_list(source, write("list.csv", text))

    return run


def first(parsed: Parsed) -> dict:
    return parsed.records.row(0, named=True)


def test_a_record_carries_the_listing_and_its_origin(parse_csv):
    parsed = parse_csv("no,name\n7,Ana Test\n")
    record = first(parsed)
    assert parsed.records.schema == RECORDS.schema
    assert parsed.quarantine.schema == QUARANTINE.schema
    assert (record["record_id"], record["publisher_id"], record["source"]) == ("zz_test:7", "7", "zz_test")
    assert (record["entity_kind"], record["listing_kind"], record["status"]) == ("person", "wanted", "active")
    assert (record["authority"], record["authority_country"]) == ("Test police", "ZZ")
    assert (record["snapshot_id"], record["retrieved_at"], record["handling_code"]) == ("5e1", NOON, "PUBLIC")


def test_records_stand_in_the_order_of_their_ids_whatever_the_payload_s(parse_csv):
    one, other = parse_csv("no,name\n2,B\n1,A\n"), parse_csv("no,name\n1,A\n2,B\n")
    assert one.records.equals(other.records)


def test_texts_are_squeezed_and_fillers_are_nothing(parse_csv):
    parsed = parse_csv(
        'no,name,town\n1,"  Ana \n  Test ",NA\n',
        reader={"nulls": ["na", "-"]},
        birth_places=[{"text": "town"}],
        nationalities=["town"],
    )
    assert first(parsed)["names"][0]["full"] == "Ana Test"
    assert first(parsed)["birth_places"] == []
    assert first(parsed)["nationalities"] == []


@pytest.mark.parametrize(
    ("rule", "row", "expected"),
    [
        ({"full": "name"}, "A B", [("A B", None, None, "primary")]),
        ({"full": {"from": "name", "split": [";"]}}, "A; B ;", [(x, None, None, "primary") for x in "AB"]),
        ({"full": {"from": "name", "split": [" or "]}}, "A OR B or", [(x, None, None, "primary") for x in ("A", "B or")]),
        ({"full": "name", "inverted": ","}, '"TEST, "', [("TEST", None, None, "primary")]),
        ({"full": "name", "inverted": ","}, '", Ana"', [("Ana", "Ana", None, "primary")]),
        ({"full": "name", "inverted": ","}, '"TEST, Ana Maria"', [("Ana Maria TEST", "Ana Maria", "TEST", "primary")]),
        ({"full": "name", "inverted": ","}, '"TEST, Juan, Jr."', [("Juan TEST Jr.", "Juan", "TEST", "primary")]),
        ({"full": "name", "inverted": ","}, "MONONYM", [("MONONYM", None, None, "primary")]),
        ({"given": "no", "family": "name"}, "Test", [("1 Test", "1", "Test", "primary")]),
        ({"given": "no", "family": "name", "order": ["family", "given"]}, "Test", [("Test 1", "1", "Test", "primary")]),
        ({"full": "name", "when": {"no": {"not": "1"}}}, "Test", []),
    ],
)  # fmt: skip
def test_names_are_read_by_rule(parse_csv, rule, row, expected):
    names = first(parse_csv(f"no,name\n1,{row}\n", names=[rule]))["names"]
    assert [(name["full"], name["given"], name["family"], name["kind"]) for name in names] == expected


def test_nothing_of_a_payload_waits_for_the_cycle_collector(parse_csv):
    parse_csv("no,name\n1,A\n")  # what is made once
    gc.collect()
    gc.disable()
    try:
        parse_csv("no,name\n" + "".join(f"{number},Ana {number}\n" for number in range(300)), births=[{"date": "no"}])
        kept = [found for found in gc.get_objects() if type(found) is _Batch]
    finally:
        gc.enable()
    assert kept == []


def test_the_same_name_twice_is_kept_once_per_kind(parse_csv):
    names = first(
        parse_csv(
            "no,name,alias\n1,A,A\n", names=[{"full": "name"}, {"full": "name"}, {"full": "alias", "kind": "alias"}]
        )
    )["names"]
    assert [(name["full"], name["kind"]) for name in names] == [("A", "primary"), ("A", "alias")]


BORN = "no,name,born,circa\n1,A,{},{}\n"


@pytest.mark.parametrize(
    ("born", "circa", "expected"),
    [
        ("1970-05-06", "", ("1970-05-06", date(1970, 5, 6), date(1970, 5, 6), "day")),
        ("1970", "about", ("1970", date(1970, 1, 1), date(1970, 12, 31), "circa")),
        ("spring 1970", "", ("spring 1970", None, None, None)),
        ("70-05-06", "", ("70-05-06", None, None, None)),
    ],
)
def test_a_birth_keeps_its_text_and_is_read_or_left_empty(parse_csv, born, circa, expected):
    record = first(parse_csv(BORN.format(born, circa), births=[{"date": "born", "circa": {"circa": "about"}}]))
    (birth,) = record["births"]
    assert (birth["text"], birth["earliest"], birth["latest"], birth["precision"]) == expected


@pytest.mark.parametrize("born", ["", "0000-00-00", "0"])
def test_an_empty_or_zero_birth_is_none(parse_csv, born):
    assert first(parse_csv(BORN.format(born, ""), births=[{"date": "born", "circa": {"circa": "x"}}]))["births"] == []


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        ("1970", "5", "6", (date(1970, 5, 6), "day")),
        ("1970", "5", "", (date(1970, 5, 1), "month")),
        ("1970", "0", "0", (date(1970, 1, 1), "year")),
        ("70", "5", "6", (None, None)),
        ("", "5", "", (None, None)),
        ("", "", "", None),
    ],
)
def test_a_birth_in_parts(parse_csv, year, month, day, expected):
    text = f"no,name,y,m,d\n1,A,{year},{month},{day}\n"
    births = first(parse_csv(text, births=[{"year": "y", "month": "m", "day": "d"}]))["births"]
    assert ([(birth["earliest"], birth["precision"]) for birth in births] or [None]) == [expected]


def test_an_item_without_its_lead_goes_to_the_remarks(parse_csv):
    rule = {"number": "passport", "kind": "passport", "country": "country", "note": "note"}
    record = first(parse_csv("no,name,passport,country,note\n1,A,,ZZ,number not known\n", identifiers=[rule]))
    assert record["identifiers"] == []
    assert record["remarks"] == "ZZ; number not known"


def test_a_free_text_is_taken_apart_and_its_rest_is_kept(parse_csv):
    derive = {
        "from": "text",
        "into": "remark",
        "split": "; ",
        "patterns": [
            {"name": "passport", "pattern": r"Passport (?P<number>\w+)(?: \((?P<country>\w+)\))?"},
            {"name": "mail", "pattern": "Email .+", "ignore": "contacts are not compared"},
        ],
    }
    parsed = parse_csv(
        "no,name,text\n1,A,Passport X1 (ZZ); Email a@b.example; Passport Y2; Chief.\n",
        derive=[derive],
        identifiers=[{"each": "remark/passport", "number": "number", "country": "country", "kind": "passport"}],
        remarks=["remark/rest"],
    )
    record = first(parsed)
    assert [(i["number"], i["country"]) for i in record["identifiers"]] == [("X1", "ZZ"), ("Y2", None)]
    assert record["remarks"] == "Chief"
    assert parsed.unread == {}


def test_a_derived_field_that_nothing_reads_is_unread(parse_csv):
    derive = {"from": "text", "into": "remark", "split": ";", "patterns": [{"name": "a", "pattern": "a(?P<x>.)"}]}
    assert parse_csv("no,name,text\n1,A,a1\n", derive=[derive]).unread == {"remark/a/x": 1}


def test_what_nothing_reads_is_counted_and_what_is_ignored_is_not(parse_csv):
    text = "no,name,photo,town\n1,A,p.jpg,Foo\n2,B,p.jpg,\n"
    assert parse_csv(text).unread == {"photo": 2, "town": 1}
    assert parse_csv(text, ignored=[{"fields": ["photo", "town"], "reason": "not compared"}]).unread == {}


def test_a_path_that_no_entry_has_is_unseen(parse_csv):
    assert parse_csv("no,name,sex\n1,A,\n", sex={"from": "sex", "map": {"m": "male"}}).unseen == ["sex"]


MAN = {"when": {"k": "man"}, "is": "person"}


@pytest.mark.parametrize(
    ("text", "record", "rule", "column", "record_id"),
    [
        ("no,name\n,A\n", {}, "publisher_id_present", "publisher_id", "zz_test:entry 1"),
        ("no,name\n1,A\n1,B\n", {}, "publisher_id_unique", "publisher_id", "zz_test:1"),
        ("no,name,sex\n1,A,x\n", {"sex": {"from": "sex", "map": {"m": "male"}}}, "known_category", "sex", "zz_test:1"),
        ("no,name,k\n1,A,ship\n", {"entity_kind": [MAN]}, "known_category", "entity_kind", "zz_test:1"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_read_is_in_quarantine(parse_csv, text, record, rule, column, record_id):
    parsed = parse_csv(text, **record)
    assert [(q["rule"], q["column"], q["record_id"]) for q in parsed.quarantine.iter_rows(named=True)] == [
        (rule, column, record_id)
    ]
    assert parsed.records.height + parsed.quarantine.height == parsed.entries


def test_a_list_without_entries_is_refused(make_source, write):
    with pytest.raises(PayloadError, match="no entry at all"):
        parse_list(make_source(), write("list.csv", "no,name\n"))
    source = make_source(reader={"format": "json", "entry": ["no"]})
    with pytest.raises(PayloadError, match="no entry at all"):
        parse_list(source, write("list.json", "[]"))


def test_a_required_path_that_no_entry_has_is_refused(make_source, write):
    source = make_source(reader={"format": "json", "entry": ["no"], "required": ["name", "no"]})
    with pytest.raises(PayloadError, match="no entry has name, which"):
        parse_list(source, write("list.json", '[{"no": 1}]'))


def test_a_key_of_names_is_a_digest_that_shows_none(parse_csv):
    publisher_id = {"join": ["name", "no"], "with": "|", "digest": True}
    one, again = (first(parse_csv("no,name\n1,A\n", publisher_id=publisher_id))["publisher_id"] for _ in range(2))
    assert one == again
    assert len(one) == 24
    assert int(one, 16) >= 0


def test_words_values_and_numbers(parse_csv):
    record = first(
        parse_csv(
            "no,name,sex,m,cls,since,page\n1,A,F,1.66,Victim,2020-01-05,a-1\n",
            sex={"from": "sex", "map": {"f": "female"}},
            height_cm={"from": "m", "scale": "100"},
            listing_kind=[{"when": {"cls": ["Victim", "Missing"]}, "is": "missing"}, {"is": "wanted"}],
            listed_date="since",
            url={"from": "page", "template": "https://lists.example/{}"},
        )
    )
    assert (record["sex"], record["height_cm"], record["listing_kind"]) == ("female", 166.0, "missing")
    assert (record["listed_date"], record["url"]) == (date(2020, 1, 5), "https://lists.example/a-1")

"""Readers over what publishers and archives do to files."""

from pathlib import Path

import pytest

from matching.errors import PayloadError
from matching.sources.readers import read_entries

JSON = {
    "payloads": {"list": {"files": ["*.json"], "several": True}},
    "reader": {"format": "json", "entry": ["no"], "through": ["_embedded", "notices"], "page": ["total", "query"]},
}
XML = {
    "payloads": {"list": {"files": ["*.xml"]}},
    "reader": {"format": "xml", "root": "list", "entries": ["people/person"], "skip": ["published"]},
    "record": {"publisher_id": "no", "names": [{"full": "name"}]},
}


def entries(source, *paths: Path, **roles: Path):
    return list(read_entries(source, {"list": list(paths)} if paths else {r: [p] for r, p in roles.items()}))


def refusal(source, *paths: Path) -> str:
    with pytest.raises(PayloadError) as raised:
        entries(source, *paths)
    return str(raised.value)


# CSV


def test_csv_rows_are_read_by_header_whatever_the_order_of_columns(make_source, write):
    source = make_source()
    path = write("list.csv", "name,no\nA,1\n\nB,2\n")
    assert entries(source, path) == [{"name": "A", "no": "1"}, {"name": "B", "no": "2"}]


def test_csv_without_header_in_another_separator_and_encoding(make_source, write):
    reader = {
        "format": "csv",
        "header": False,
        "separator": ";",
        "encoding": "windows-1251",
        "columns": {"list": ["no", "name"]},
    }
    path = write("list.csv", "1;Иван\n".encode("windows-1251") + b"\x1a")
    assert entries(make_source(reader=reader), path) == [{"no": "1", "name": "Иван"}]


def test_csv_lacking_columns_names_all_of_them_and_what_was_found(make_source, write):
    record = {"publisher_id": "no", "names": [{"full": "name"}], "nationalities": ["citizenship"]}
    message = refusal(make_source(record=record), write("list.csv", "no,nom\n1,A\n"))
    assert "missing columns: name, citizenship" in message
    assert "Found columns: no, nom" in message


def test_csv_row_with_another_number_of_cells_is_refused_with_its_line(make_source, write):
    assert "line 3 has 1 cells, 2 were expected" in refusal(make_source(), write("list.csv", "no,name\n1,A\n2\n"))


def test_csv_in_another_encoding_is_refused(make_source, write):
    message = refusal(make_source(), write("list.csv", "no,name\n1,Иван\n".encode("windows-1251")))
    assert "cannot be read as utf-8-sig" in message


@pytest.mark.parametrize("page", ["<!DOCTYPE html><html>", "\n <html lang='en'>", "\ufeff<HTML>"])
def test_a_web_page_under_any_name_is_refused(make_source, write, page):
    assert "is an HTML page, CSV was expected" in refusal(make_source(), write("list.csv", page))
    assert "is an HTML page, JSON was expected" in refusal(make_source(**JSON), write("list.json", page))
    assert "is an HTML page, XML was expected" in refusal(make_source(**XML), write("list.xml", page))


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_refused(make_source, write, content):
    assert "is empty" in refusal(make_source(), write("list.csv", content))


JOINED = {
    "payloads": {"list": {"files": ["list.csv"]}, "alias": {"files": ["alias.csv"], "required": False}},
    "reader": {"format": "csv", "main": "list", "joins": {"alias": {"key": "no", "to": "no"}}},
    "record": {"publisher_id": "no", "names": [{"full": "name"}, {"each": "alias", "full": "alias"}]},
}


def test_rows_of_another_file_join_by_key(make_source, write):
    main, alias = write("list.csv", "no,name\n1,A\n2,B\n"), write("alias.csv", "no,alias\n1,x\n1,y\n")
    assert entries(make_source(**JOINED), list=main, alias=alias) == [
        {"no": "1", "name": "A", "alias": [{"no": "1", "alias": "x"}, {"no": "1", "alias": "y"}]},
        {"no": "2", "name": "B"},
    ]


def test_an_optional_file_may_be_absent_and_a_required_one_may_not(make_source, write):
    assert entries(make_source(**JOINED), list=write("list.csv", "no,name\n1,A\n")) == [{"no": "1", "name": "A"}]
    with pytest.raises(PayloadError, match="payload files are missing: list"):
        entries(make_source(**JOINED), alias=write("alias.csv", "no,alias\n1,x\n"))


def test_files_of_different_publications_are_refused(make_source, write):
    main, alias = write("list.csv", "no,name\n1,A\n"), write("alias.csv", "no,alias\n8,x\n9,y\n")
    with pytest.raises(PayloadError, match="2 of 2 rows of alias have a no that no row of list has"):
        entries(make_source(**JOINED), list=main, alias=alias)


def test_rows_of_one_person_are_grouped(make_source, write):
    reader = {"format": "csv", "repeats": {"by": "no", "how": "group", "pattern": r"\d+"}}
    source = make_source(reader=reader, record={"publisher_id": "rows/no", "names": [{"full": "rows/name"}]})
    assert entries(source, write("list.csv", "no,name\n1,A\n1a,B\n2,C\n")) == [
        {"rows": [{"no": "1", "name": "A"}, {"no": "1a", "name": "B"}]},
        {"rows": [{"no": "2", "name": "C"}]},
    ]


# JSON


@pytest.mark.parametrize(
    "document",
    [
        '[{"no": 1}, {"no": 2}]',
        '[[{"no": 1}], [], [{"no": 2}]]',
        '{"total": 2, "query": {}, "_embedded": {"notices": [{"no": 1}, {"no": 2}]}}',
        '[{"_embedded": {"notices": [{"no": 1}]}}, {"_embedded": {"notices": [{"no": 2}]}}]',
    ],
)
def test_json_entries_are_found_however_pages_wrap_them(make_source, write, document):
    assert [entry["no"] for entry in entries(make_source(**JSON), write("a.json", document))] == ["1", "2"]


def test_json_numbers_are_kept_as_published(make_source, write):
    assert entries(make_source(**JSON), write("a.json", '[{"no": 1.50}]')) == [{"no": "1.50"}]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('[{"no": 1}', "is not JSON (line 1"),
        ('{"error": "rate limit"}', "an object with keys error"),
        ('{"notices": [], "message": "x"}', "unknown keys message"),
        ('["text"]', "found str"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_json_that_is_no_list_is_refused(make_source, write, document, expected):
    assert expected in refusal(make_source(**JSON), write("a.json", document))


def test_repeats_of_an_id_merge_and_differences_are_all_kept(make_source, write):
    source = make_source(payloads=JSON["payloads"], reader={**JSON["reader"], "repeats": {"by": "no"}})
    document = '[{"no": 1, "name": "A"}, {"no": 2}, {"no": 1, "name": "A", "sex": "F"}, {"no": 1, "name": "B"}]'
    assert entries(source, write("a.json", document)) == [
        {"no": "1", "name": ["A", "B"], "sex": "F"},
        {"no": "2"},
    ]


COVERED = {**JSON, "reader": {**JSON["reader"], "coverage": {"total": "total", "query": "query", "cap": 3}}}


def test_a_query_with_more_entries_than_were_retrieved_is_refused(make_source, write):
    page = '{"total": 9, "query": {"sex": "F"}, "notices": [{"no": 1}, {"no": 2}]}'
    message = refusal(make_source(**COVERED), write("a.json", page))
    assert "coverage cannot be shown" in message
    assert "9 and 2 distinct ids" in message


def test_exactly_as_many_ids_as_the_cap_is_refused(make_source, write):
    rows = ", ".join(f'{{"no": {number % 3}}}' for number in range(9))
    assert "9 rows hold 3 distinct ids" in refusal(make_source(**COVERED), write("a.json", f"[{rows}]"))


def test_slices_that_are_each_complete_are_accepted(make_source, write):
    pages = [
        write(
            f"{sex}.json",
            f'{{"total": 2, "query": {{"sex": "{sex}"}}, "notices": [{{"no": "{sex}1"}}, {{"no": "{sex}2"}}]}}',
        )
        for sex in "FM"
    ]
    assert len(entries(make_source(**COVERED), *pages)) == 4


# XML

PERSON = "<person id='p1'><no>1</no><name>A</name><alias>x</alias><alias>y</alias><note> </note></person>"


def xml(people: str, before: str = "", after: str = "<published>2020</published>") -> str:
    return f"{before}<list xmlns='urn:any'>{after}<people>{people}</people></list>"


def test_xml_elements_become_trees_without_namespaces(make_source, write):
    assert entries(make_source(**XML), write("a.xml", xml(PERSON + "<person><no>2</no></person>"))) == [
        {"@id": "p1", "no": "1", "name": "A", "alias": ["x", "y"]},
        {"no": "2"},
    ]


def test_an_element_with_attributes_keeps_its_text(make_source, write):
    (entry,) = entries(make_source(**XML), write("a.xml", xml("<person><name lang='en'>A</name></person>")))
    assert entry == {"name": {"@lang": "en", "#text": "A"}}


def test_what_is_ignored_is_not_even_built(make_source, write):
    source = make_source(**XML, ignored=[{"fields": ["**/@id", "alias"], "reason": "test"}])
    assert entries(source, write("a.xml", xml(PERSON))) == [{"no": "1", "name": "A"}]


ENTITY = '<!DOCTYPE list [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE list SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("prolog", [ENTITY, EXTERNAL, f"<?xml version='1.0'?><!-- {' ' * 200_000} -->{ENTITY}"])
def test_a_document_type_is_refused_unread(make_source, write, prolog):
    text = xml("<person><name>&b;</name></person>", before=prolog)
    assert "declares a document type" in refusal(make_source(**XML), write("a.xml", text))
    assert "declares a document type" in refusal(
        make_source(**XML),
        write(
            "b.xml",
            ("<?xml version='1.0' encoding='UTF-16'?>" + text.removeprefix("<?xml version='1.0'?>")).encode("utf-16"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (xml(PERSON)[:-12], "not well-formed XML at line 1"),
        (xml("<person><name>A</nom></person>"), "not well-formed XML"),
        ("<feed/>", "has the root <feed>, <list> was expected"),
        (xml(PERSON, after="<organisation><no>7</no></organisation>"), "does not know: organisation, organisation/no"),
    ],
)
def test_xml_that_is_cut_or_another_document_is_refused(make_source, write, text, expected):
    assert expected in refusal(make_source(**XML), write("a.xml", text))


def test_an_error_quotes_no_name(make_source, write):
    assert "SECRET" not in refusal(make_source(**XML), write("a.xml", xml("<person><name>SECRET</nom></person>")))

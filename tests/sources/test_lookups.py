"""Elements elsewhere in an XML file that entries quote by a key."""

import pytest

from matching.errors import PayloadError
from matching.sources.readers import read_entries

BASE = {"format": "xml", "root": "list", "entries": "people/person", "skip": ["place", "country", "paper"]}
PLACES = {"elements": "place", "key": "@id", "at": "born/@place", "into": "place"}


@pytest.fixture
def read(make_source, write):
    """Give a function that reads a list with look-ups."""

    def entries(body: str, *lookups: dict):
        path = write("list.xml", f"<list>{body}</list>")
        source = make_source(reader={**BASE, "lookups": list(lookups)})
        return list(read_entries(source, {"list": [path]}))

    return entries


def test_a_quoted_element_takes_the_place_of_its_key_wherever_it_stands(read):
    body = (
        "<place id='1'><town>Sfax</town></place>"
        "<people><person no='1'><born place='1'/><born place='2'/></person></people>"
        "<place id='2'><town>Tunis</town></place>"
    )
    assert read(body, PLACES) == [
        {"@no": "1", "born": [{"place": {"town": "Sfax"}}, {"place": {"town": "Tunis"}}]},
    ]


def test_a_look_up_leads_on_from_an_earlier_one_and_gives_single_fields(read):
    body = (
        "<people><person><born place='1'/></person><person><born place='1'/></person></people>"
        "<place id='1' in='TN'/><country code='TN' iso3='TUN'>Tunisia</country>"
    )
    countries = {"elements": "country", "key": "@code", "at": "born/place/@in", "fields": {"country": "#text"}}
    assert read(body, PLACES, countries) == [{"born": {"place": {"country": "Tunisia"}}}] * 2


def test_several_elements_of_one_key_become_a_list(read):
    body = (
        "<people><person no='7'/><person no='8'/></people>"
        "<paper owner='7'><number>1</number></paper><paper owner='7'><number>2</number></paper>"
    )
    papers = {"elements": "paper", "key": "@owner", "at": "@no", "into": "paper", "optional": "true"}
    assert read(body, papers) == [{"paper": [{"number": "1"}, {"number": "2"}]}, {}]


def test_elements_within_entries_can_be_quoted_too(read):
    body = "<people><person><name part='3'>Sitara</name><part id='3' kind='family'/></person></people>"
    parts = {"elements": "people/person/part", "key": "@id", "at": "name/@part", "fields": {"kind": "@kind"}}
    (person,) = read(body, parts)
    assert person["name"] == {"kind": "family", "#text": "Sitara"}


def test_a_key_that_no_element_has_stays_to_be_reported(read):
    assert read("<people><person><born place='9'/></person></people>", PLACES) == [{"born": {"@place": "9"}}]


def test_a_cut_file_is_refused(read):
    with pytest.raises(PayloadError, match="not well-formed XML"):
        read("<people><person><born place='9'/></person></people><place id='9'>", PLACES)


def test_a_look_up_says_what_it_gives(make_source):
    with pytest.raises(ValueError, match="give into, or fields"):
        make_source(reader={**BASE, "lookups": [{**PLACES, "fields": {"town": "town"}}]})

from datetime import date

import pytest
from invented_run import birth, frame_of, identifier, name, record

from matching import tables
from matching.report import listings

ONE = "aa_wanted:1"


def listing(names=(), births=(), countries=(), identifiers=(), published=None):
    """The listing of one record; ``published`` are columns of its row of RECORDS."""
    return listings.listings_of(
        frame_of(tables.RECORDS, [record(ONE, **(published or {}))]),
        frame_of(tables.NAMES, names),
        births=frame_of(tables.BIRTHS, births),
        countries=frame_of(tables.COUNTRIES, countries),
        identifiers=frame_of(tables.IDENTIFIERS, identifiers),
    )[ONE]


def unread(text):
    return {"text": text, "earliest": None, "latest": None, "precision": None, "calendar": None}


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (birth(ONE, "1970-03-05", "1970-03-05"), "1970-03-05"),
        (birth(ONE, "1970-03-05", "1970-03-05", text="5 Mar 70"), "1970-03-05 (published “5 Mar 70”)"),
        (birth(ONE, "1970-01-01", "1970-12-31", text="1970", precision="year"), "1970 (year only)"),
        (birth(ONE, "1970-03-01", "1970-03-31", text="1970-03", precision="month"), "1970-03 (month only)"),
        (birth(ONE, "1969-01-01", "1971-12-31", text="circa 1970", precision="circa"),
         "about 1969 to 1971 (published “circa 1970”)"),
        (birth(ONE, "1970-03-09", "1971-02-26", text="1390", precision="year", calendar="hijri"),
         "1970-03-09 to 1971-02-26 (year only; published “1390”; Hijri calendar)"),
    ],
)  # fmt: skip
def test_a_birth_shows_its_precision_and_what_was_published(row, text):
    assert listing(births=[row]).fields["Births"] == (text,)


def test_a_birth_that_could_not_be_read_is_shown_as_published():
    read = birth(ONE, "1970-01-01", "1970-12-31", text="1970", precision="year")
    shown = listing(births=[read], published={"births": [unread("1970"), unread("in the dry season")]})
    assert shown.fields["Births"] == ("1970 (year only)", "could not be read: “in the dry season”")


def test_names_are_primary_first_and_the_best_form_before_them():
    names = [
        name(ONE, 0, "Alpha", kind="alias"),
        name(ONE, 1, "Beta"),
        name(ONE, 2, "Гамма", kind="original_script", script="Cyrl", romanised="Gamma"),
    ]
    shown = listing(names=names)
    assert [form.full for form in shown.names] == ["Beta", "Alpha", "Гамма"]
    assert [form.full for form in shown.best_first(2)] == ["Гамма", "Beta", "Alpha"]
    assert [form.full for form in shown.best_first(None)] == ["Beta", "Alpha", "Гамма"]


def test_a_name_in_another_script_stands_beside_its_romanisation():
    shown = listing(names=[name(ONE, 0, "خليل", script="Arab", romanised="Khalil"), name(ONE, 1, "Khalíl")])
    assert [(n.full, n.romanised, n.language) for n in shown.names] == [
        ("خليل", "Khalil", "und-Arab"),
        ("Khalíl", None, None),
    ]


def test_more_names_than_a_page_holds_are_counted():
    shown = listing(names=[name(ONE, n, f"Form {n}") for n in range(listings.MOST_NAMES + 3)])
    assert (len(shown.names), shown.names_left_out) == (listings.MOST_NAMES, 3)


def test_more_values_than_a_page_holds_are_counted():
    bases = listing(published={"programmes": [f"Act {n}" for n in range(listings.MOST_VALUES + 2)]}).fields[
        "Legal bases"
    ]
    assert len(bases) == listings.MOST_VALUES + 1
    assert bases[-1] == "… and 2 more, in the export"


def test_countries_carry_role_and_code_and_birth_countries_stand_with_the_place():
    countries = [
        {"record_id": ONE, "role": "nationality", "country_code": "AQ", "text": "Antarctica"},
        {"record_id": ONE, "role": "warrant", "country_code": None, "text": "Atlantis"},
        {"record_id": ONE, "role": "birth", "country_code": "BV", "text": "Bouvet"},
    ]
    places = [{"text": "Base Camp", "country": "Bouvet"}, {"text": None, "country": "Nowhere"}]
    shown = listing(countries=countries, published={"birth_places": places})
    assert shown.fields["Countries"] == ("Nationality: Antarctica (AQ)", "Warrant: Atlantis (not understood)")
    assert shown.fields["Birth places"] == ("Base Camp, Bouvet (BV)", "Nowhere")


def test_a_document_tells_its_check_and_the_publishers_note():
    documents = [
        identifier(ONE, "X 12-3", number="X123", validity="invalid", note="reported lost", country_code="AQ"),
        identifier(ONE, "unknown", number=None, identifier_no=1, kind="national_id"),
        identifier(ONE, "1", identifier_no=2, validity="valid", contradicts="birth, sex"),
    ]
    first, second, third = listing(identifiers=documents).identifiers
    assert third.remark == "check digits right; by its digits another birth and sex"
    assert (first.text, first.number, first.remark) == ("X 12-3", "X123", "check digits wrong; reported lost")
    assert (second.kind, second.number, second.remark) == ("National id", None, "")


def test_an_address_that_is_no_web_link_is_kept_as_text():
    shown = listing(published={"url": "javascript:alert(1)"})
    assert (shown.url, shown.refused_url) == (None, "javascript:alert(1)")
    shown = listing(published={"url": "https://lists.example/1"})
    assert (shown.url, shown.refused_url) == ("https://lists.example/1", None)


def test_every_other_field_of_a_record_is_shown():
    shown = listing(
        published={
            "listed_date": date(2019, 2, 3),
            "sex": "female",
            "height_cm": 171.4,
            "marks": "scar",
            "remarks": "walks at night",
            "addresses": [{"text": "1 Sham Street", "country": "Atlantis"}],
            "parents": [{"role": "father", "name": "Invented Senior"}],
            "references": [{"scheme": "un", "id": "XXi.1"}],
            "offences": [{"text": "Forging maps", "language": "en", "category": "forgery", "country": "AA"}],
        }
    )
    assert shown.listing == "Wanted, active, listed 2019-02-03"
    assert {label: texts for label, texts in shown.fields.items() if texts} == {
        "Sex": ("Female",),
        "Offences": ("[Forgery] Forging maps (AA)",),
        "Parents": ("Father: Invented Senior",),
        "Height": ("171 cm",),
        "Marks": ("scar",),
        "Addresses": ("1 Sham Street, Atlantis",),
        "Other lists' ids": ("un: XXi.1",),
        "Remarks": ("walks at night",),
    }


def test_a_record_that_tells_nothing_has_every_field_and_no_value():
    assert all(texts == () for texts in listing().fields.values())

"""National numbers against specimens and against numbers drawn at random under the rules.

``SPECIMENS`` are printed by the authorities or standards named; ``DRAWN`` were drawn at random until python-stdnum 2.2
(LGPL, used once and not shipped) took them for valid too, or, for the last block, by this project's rules alone: no one is
known to bear them. Checks were compared with python-stdnum on 60,000 numbers per kind.
"""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.normalise.identifiers import check_numbers, in_ascii
from matching.normalise.mrz import read_machine_readable
from matching.normalise.national_ids import SCHEMES, judge, schemes_of
from matching.tables import IDENTIFIER_KINDS, VALIDITIES

SPECIMENS = [
    # country, kind, number, year of birth (two digits where the number gives no more), sex
    ("NL", "national_id", "111222333", None, None),
    ("ES", "national_id", "12345678Z", None, None),
    ("ES", "national_id", "X1234567L", None, None),
    ("IT", "tax_id", "RSSMRA85T10A562S", 85, "male"),
    ("CN", "national_id", "11010519491231002X", 1949, "female"),  # GB 11643-1999
    ("TW", "national_id", "A123456789", None, "male"),
    ("HK", "national_id", "A1234563", None, None),
    ("TH", "national_id", "1234567890121", None, None),
    (
        "FI",
        "national_id",
        "131052308T",
        52,
        "female",
    ),  # 131052-308T, Finnish Digital and Population Data Services Agency
    ("TR", "national_id", "10000000146", None, None),
    ("RU", "national_id", "11223344595", None, None),  # SNILS 112-233-445 95
    ("DE", "national_id", "T220001293", None, None),  # specimen identity card
    ("BR", "national_id", "11144477735", None, None),
    ("MX", "tax_id", "GODE561231GR8", 56, None),
    ("IN", "national_id", "234123412346", None, None),
    ("UY", "national_id", "12345672", None, None),
]
DRAWN = [
    ("RU", "national_id", "171008989723", None, None),
    ("RU", "tax_id", "7115676856", None, None),
    ("UA", "national_id", "1633785765", 1944, "female"),
    ("MD", "national_id", "4220709705132", None, None),
    ("EE", "national_id", "28603096248", 1886, "female"),
    ("LT", "national_id", "64702226717", 2047, "female"),
    ("LV", "national_id", "05024121222", 2041, None),
    ("PL", "national_id", "48121375690", 1948, "male"),
    ("BG", "national_id", "8024035869", 1880, "male"),
    ("RO", "national_id", "5790803255480", 2079, "male"),
    ("RS", "national_id", "1607900765474", 1900, "female"),
    ("HR", "national_id", "53623225979", None, None),
    ("CZ", "national_id", "7757105873", 77, None),
    ("GR", "tax_id", "317358480", None, None),
    ("TR", "national_id", "48247140448", None, None),
    ("BE", "national_id", "80041455356", 80, "male"),
    ("NL", "national_id", "034095858", None, None),
    ("ES", "national_id", "98574952B", None, None),
    ("PT", "tax_id", "201577020", None, None),
    ("IT", "national_id", "BXZWEZ55T16U542K", 55, "male"),
    ("FR", "national_id", "237117582939870", 37, "female"),
    ("DE", "tax_id", "41324796583", None, None),
    ("CH", "national_id", "7564027147139", None, None),
    ("IE", "national_id", "2715976D", None, None),
    ("SE", "national_id", "5405109819", 54, "male"),
    ("FI", "national_id", "181103A003B", 3, "male"),
    ("NO", "national_id", "28106294676", 62, "female"),
    ("IS", "national_id", "0809852319", 85, None),
    ("IL", "national_id", "779391093", None, None),
    ("IN", "national_id", "578099288231", None, None),
    ("CN", "national_id", "110101197008118716", 1970, "male"),
    ("KR", "national_id", "7206112000815", 1972, "female"),
    ("TH", "national_id", "6003467218741", None, None),
    ("ZA", "national_id", "8709150767059", 87, "female"),
    ("MX", "national_id", "GOMC601001HJCLRBA9", 2060, "male"),
    ("MX", "tax_id", "LOPA600803404", 60, None),
    ("DO", "national_id", "66652413700", None, None),
    ("CA", "national_id", "471303693", None, None),
    ("AR", "national_id", "27318305069", None, None),
    ("BR", "national_id", "04088890477", None, None),
    ("CL", "national_id", "247950826", None, None),
    ("CO", "tax_id", "4546809079", None, None),
    ("EC", "national_id", "2414128609", None, None),
    ("PE", "tax_id", "20128131656", None, None),
    ("PY", "tax_id", "9958355", None, None),
    ("VE", "national_id", "V595599942", None, None),
    ("AU", "tax_id", "068626423", None, None),
    ("IR", "national_id", "9534830011", None, None),
    ("KW", "national_id", "234042684844", 1934, None),
    ("TW", "national_id", "N161575319", None, "male"),
    ("SV", "national_id", "474648060", None, None),
    ("UY", "national_id", "97964324", None, None),
    ("GT", "national_id", "8354360120101", None, None),
    ("NI", "national_id", "8502112953001C", 95, None),
    ("BY", "national_id", "6060872A129PB7", 2072, None),
    ("KZ", "national_id", "350421383608", 1935, "male"),
    ("SA", "national_id", "1964868994", None, None),
    ("AE", "national_id", "784199165615636", 1991, None),
    ("HK", "national_id", "U1109089", None, None),
    ("SG", "national_id", "T9280161B", None, None),
    ("DE", "national_id", "L115417961", None, None),
]
# Shaped as the numbers of these countries are; no check digit tells more.
SHAPED = [
    ("PK", "national_id", "4210112345671", None, "male"),
    ("MX", "other", "ABCDEF70050400H100", 70, "male"),
    ("QA", "national_id", "27012345678", 1970, None),
    ("EG", "national_id", "27005041234512", 1970, "male"),
    ("GB", "national_id", "AB123456C", None, None),
    ("ID", "national_id", "1101014405701234", 70, None),
    ("US", "national_id", "123456789", None, None),
]
_DIGITS = "0123456789"


def told(verdict):
    """Year of birth as the number gives it."""
    return verdict.year if verdict.century is None else verdict.century * 100 + verdict.year


@pytest.mark.parametrize(("country", "kind", "number", "year", "sex"), SPECIMENS + DRAWN)
def test_a_number_whose_check_holds_is_valid_and_tells_birth_and_sex(country, kind, number, year, sex):
    verdict = judge(kind, country, number)
    assert (verdict.validity, told(verdict) if verdict.year is not None else None, verdict.sex) == ("valid", year, sex)


@pytest.mark.parametrize(("country", "kind", "number", "year", "sex"), SHAPED)
def test_a_number_without_a_check_is_known_by_its_shape(country, kind, number, year, sex):
    verdict = judge(kind, country, number)
    assert (verdict.validity, told(verdict) if verdict.year is not None else None, verdict.sex) == ("format", year, sex)


@pytest.mark.parametrize(("country", "kind", "number", "year", "sex"), SPECIMENS + DRAWN)
def test_most_slips_of_a_digit_are_found(country, kind, number, year, sex):
    """Moduli of 10 and 11 find nine in ten at least; a place may stand outside the check, or two remainders share a digit."""
    slips = [
        number[:at] + other + number[at + 1 :]
        for at, digit in enumerate(number)
        if digit in _DIGITS
        for other in _DIGITS
        if other != digit
    ]
    found = [slip for slip in slips if judge(kind, country, slip).validity != "valid"]
    assert len(found) / len(slips) >= 0.75


@pytest.mark.parametrize(
    ("country", "kind", "number"),
    [
        ("PL", "national_id", "44151401359"),  # month 15 of no century
        ("CN", "national_id", "110105194913310024"),
        ("IR", "national_id", "1111111111"),  # holds, and is a filler
        ("BR", "tax_id", "11111111111"),
        ("ZA", "national_id", "8013015009086"),
    ],
)
def test_a_number_that_names_a_day_that_never_was_or_fills_in_is_invalid(country, kind, number):
    assert judge(kind, country, number).validity == "invalid"


@pytest.mark.parametrize(
    ("country", "kind", "number"),
    [
        ("NL", "passport", "111222334"),
        ("NL", "national_id", "12"),
        (None, "national_id", "111222333"),
        ("ZZ", "tax_id", "1"),
    ],
)
def test_a_number_that_no_rule_is_known_for_is_unchecked(country, kind, number):
    assert judge(kind, country, number).validity == "unchecked"


def test_every_scheme_has_an_origin_and_every_check_a_specimen():
    assert [scheme.name for scheme in SCHEMES if not scheme.origin] == []
    met = {judge(kind, country, number).scheme for country, kind, number, _, _ in SPECIMENS + DRAWN}
    assert {scheme.name for scheme in SCHEMES if scheme.check} - met == set()


COUNTRIES = sorted({country for scheme in SCHEMES for country in scheme.countries.split()})


@given(
    st.sampled_from(IDENTIFIER_KINDS),
    st.sampled_from([*COUNTRIES, None]),
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"[0-9A-Z]{5,18}", fullmatch=True),
        st.from_regex(r"[0-9]{7,14}", fullmatch=True),
    ),
)
def test_no_number_raises_and_every_verdict_is_known(kind, country, number):
    assert judge(kind, country, number).validity in VALIDITIES


@given(st.sampled_from([scheme for scheme in SCHEMES if scheme.check]), st.data())
def test_no_number_of_a_scheme_s_own_shape_raises(scheme, data):
    number = data.draw(st.from_regex(rf"\A(?:{scheme.pattern})\Z", alphabet=st.characters(max_codepoint=127)))
    verdict = scheme.read(number)
    assert verdict is None or verdict.validity in ("valid", "invalid")


NUMBERS = st.lists(
    st.tuples(st.sampled_from(IDENTIFIER_KINDS), st.sampled_from(["NL", "RU", "IR", None]), st.text(max_size=20)),
    max_size=8,
)


@given(NUMBERS)
def test_checking_numbers_in_another_order_or_spelled_as_normalised_changes_nothing(asked):
    frame = pl.DataFrame(
        asked, schema={"kind": pl.String, "country_code": pl.String, "number_text": pl.String}, orient="row"
    )
    made = check_numbers(frame)
    keys = ["kind", "country_code", "number_text"]
    assert check_numbers(frame.reverse()).sort(keys).equals(made.sort(keys))
    known = made.drop_nulls("number")
    again = check_numbers(known.select("kind", "country_code", number_text="number"))
    shown = ["kind", "country_code", "number", "comparable"]
    assert again.select(shown).unique().sort(shown).equals(known.select(shown).unique().sort(shown))


@pytest.mark.parametrize(
    ("published", "plain"), [("МР1234567", "MP1234567"), ("۱۲۳", "123"), ("Ф12", "Ф12"), ("ＡＢ１", "ＡＢ1")]
)
def test_digits_and_lookalike_letters_of_other_scripts_are_written_in_ascii(published, plain):
    assert in_ascii(published) == plain


# Specimens of ICAO Doc 9303, parts 4 (TD3), 5 (TD1) and 6 (TD2).
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"


@pytest.mark.parametrize(("lines", "number"), [(TD3, "L898902C3"), (TD2, "D23145890"), (TD1, "D23145890")])
def test_machine_readable_lines_give_the_document_s_number(lines, number):
    assert read_machine_readable(lines) == (number, True)


def test_a_wrong_check_digit_in_machine_readable_lines_is_seen():
    assert read_machine_readable(TD3.replace("L898902C36", "L898902C37")) == ("L898902C3", False)


@pytest.mark.parametrize("text", ["", "L898902C3", "A" * 44, "<" * 44, "1234567890" * 5])
def test_what_is_no_machine_readable_line_is_none(text):
    assert read_machine_readable(text) is None


def test_schemes_are_found_by_kind_and_country():
    assert {scheme.name for scheme in schemes_of("tax_id", "MX")} >= {"RFC of a person", "CURP"}
    assert schemes_of("passport", "MX") == ()

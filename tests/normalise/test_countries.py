import polars as pl
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from matching.normalise.countries import (
    LANGUAGES,
    _letters,
    countries_in,
    countries_of,
    country_code,
    country_codes,
    country_kin,
    folded_country,
    own_data,
)
from matching.normalise.text import fold_each
from matching.normalise.tokens import fold


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)))))
def test_texts_folded_together_are_folded_as_each_alone(texts: list[str]) -> None:
    assert fold_each(texts, fold) == [fold(text) for text in texts]
    assert [" ".join(one.split()) for one in fold_each(texts, _letters)] == [folded_country(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Iran (Islamic Republic of)", "IR"),
        ("Democratic People's Republic of Korea", "KP"),
        ("Korea, Republic of", "KR"),
        ("Russian Federation", "RU"),
        ("Российская Федерация", "RU"),
        ("Fédération de Russie", "RU"),
        ("إيران", "IR"),
        ("États-Unis", "US"),
        ("Alemania", "DE"),
        ("日本", "JP"),
        ("PRK", "KP"),
        ("de", "DE"),
        ("Congo (Democratic Republic of the)", "CD"),
        ("Congo", "CG"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Côte d’Ivoire", "CI"),
        ("The former Yugoslav Republic of Macedonia", "MK"),
        ("Kosovo", "XK"),
        ("USSR", "SU"),
        ("Yugoslavia", "YU"),
        ("Serbia and Montenegro", "YU"),
        ("Czechoslovakia", "CS"),
        ("Burma", "MM"),
        ("Zaire", "CD"),
        ("Netherlands Antilles", "AN"),
        ("East Germany", "DD"),
        ("Korea, North", "KP"),
        ("DPRK", "KP"),
        ("Republic of the Sudan", "SD"),
        ("Sultanate of Oman", "OM"),
        ("Hong Kong Special Administrative Region", "HK"),
        ("Taiwan, Province of China", "TW"),
        ("Palestine, State of", "PS"),
        ("GBR", "GB"),
        ("643", "RU"),
        ("GBD", "GB"),
        ("ex-Yugoslavia", "YU"),
        ("Kirghiz SSR", "KG"),
        ("citizen of France", "FR"),
        ("Saudi Arabian", "SA"),
        ("Afghani", "AF"),
        ("Possibly Ethiopian", "ET"),
        ("Tunisian passport", "TN"),
        ("algérienne", "DZ"),
        ("Française", "FR"),
        ("argelina", "DZ"),
        ("rusa", "RU"),
        ("российская", "RU"),
        ("украинское", "UA"),
        ("سورية", "SY"),
        ("العراقي", "IQ"),
        ("Iran / unknown", "IR"),
    ],
)
def test_names_codes_and_former_states_are_understood(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["", "-", "Atlantis", "UNK", "XX", "stateless", "European Union"])
def test_text_that_names_no_country_has_no_code(text: str) -> None:
    assert country_code(text) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a) German b) Moroccan", ("DE", "MA")),
        ("Russian; German", ("RU", "DE")),
        ("Sudan/South Sudan", ("SD", "SS")),
        ("Russian and Ukrainian", ("RU", "UA")),
        ("Trinidad and Tobago", ("TT",)),
        ("a) Trinidad and Tobago b) United States of America", ("TT", "US")),
        ("Congolese", ("CD", "CG")),
        ("Korean", ("KP", "KR")),
        ("Atlantis and Narnia", ()),
    ],
)
def test_a_text_may_name_several_countries(text: str, codes: tuple[str, ...]) -> None:
    assert countries_in(text) == codes


def test_a_text_that_names_several_countries_has_no_single_code() -> None:
    assert country_codes(pl.Series(["Korean", "France", None, "France"])).rows() == [("France", "FR"), ("Korean", None)]


def test_former_states_and_what_they_became_are_kin_both_ways_and_successors_are_not() -> None:
    kin = set(country_kin().rows())
    assert {("SU", "RU"), ("RU", "SU"), ("SU", "UA"), ("YU", "XK"), ("CS", "SK"), ("DD", "DE"), ("SD", "SS")} <= kin
    assert not {("RU", "UA"), ("CZ", "SK"), ("HR", "RS"), ("DE", "DE")} & kin
    assert {(right, left) for left, right in kin} == kin


@given(st.text(max_size=60))
def test_no_text_raises_and_a_code_means_itself(text: str) -> None:
    assert all(countries_in(code) == (code,) for code in countries_in(text))


def test_every_role_is_listed_and_a_text_not_understood_is_kept(records) -> None:
    frame = records(
        {
            "nationalities": ["France", "France", "Atlantis", " "],
            "birth_places": [{"country": "DE", "text": "Bonn"}, {"text": "Porto, Portugal"}, {"text": "Old Harbour"}],
            "addresses": [{"country": "Spain"}],
            "offences": [{"country": "BR"}],
        }
    )
    assert countries_of(frame).select("role", "country_code", "text").rows() == [
        ("address", "ES", "Spain"),
        ("birth", "DE", "DE"),
        ("birth", "PT", "Portugal"),
        ("nationality", "FR", "France"),
        ("nationality", None, "Atlantis"),
        ("warrant", "BR", "BR"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_inherits_no_name_of_a_country_and_cities_of_root_alone(language: str) -> None:
    own, locale = own_data(language), Locale.parse(language)
    assert len(own["territories"]) > 100
    assert dict(own["territories"]) == dict(locale.territories.items())
    cities, inherited = (
        {zone: names["city"] for zone, names in zones.items() if "city" in names}
        for zones in ({**own_data("root")["time_zones"], **own["time_zones"]}, locale.time_zones)
    )
    assert cities == inherited
    assert len(own["time_zones"]) > 10
    assert locale.months, "what others read of the language is whole"

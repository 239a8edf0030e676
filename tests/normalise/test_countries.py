import pytest

from matching.normalise.countries import countries_of, country_code


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
    ],
)
def test_names_codes_and_former_states_are_understood(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize("text", ["", "-", "Atlantis", "UNK", "XX", "stateless", "European Union"])
def test_text_that_names_no_country_has_no_code(text: str) -> None:
    assert country_code(text) is None


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

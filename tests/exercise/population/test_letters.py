import pytest

from matching.exercise.population.letters import capitals, fold, spell


@pytest.mark.parametrize(
    ("native", "table", "spellings"),
    [
        ("Щукин", "Cyrl", ("Shchukin", "Shchukin", "Chtchoukin", "Schtschukin")),
        ("Елена", "Cyrl", ("Yelena", "Elena", "Elena", "Jelena")),
        ("Παπαδημητρόπουλος", "Grek", ("Papadimitropoulos",) * 3 + ("Papademetropulos",)),
        ("ჭავჭაძე", "Geor", ("Chavchadze", "Chavchadze", "Tchavtchadze", "Tschawtschadse")),
        ("Հակոբյան", "Armn", ("Hakobyan", "Hakobian", "Hagobian", "Hakopjan")),
        ("Şahin", "turkish", ("Şahin", "Sahin", "Shahin", "Schahin")),
    ],
)
def test_alphabets_are_spelled_by_four_publishers_rules(native: str, table: str, spellings: tuple[str, ...]) -> None:
    assert spell(native, table) == spellings


def test_a_capital_follows_an_article_and_spaces_close_up() -> None:
    assert capitals("al-khabari  umm qasr") == "al-Khabari Umm Qasr"


def test_letters_that_no_decomposition_unmarks_are_unmarked_too() -> None:
    assert fold("Đặng Łuk ışık") == "Dang Luk isik"

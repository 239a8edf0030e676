"""What names of fields say."""

import pytest

from matching.drafting.naming import folded, meanings, word_for


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("dateOfBirth", "birth"), ("DOB", "birth"), ("date de naissance", "birth"), ("Дата рождения", "birth"),
        ("تاريخ الميلاد", "birth"), ("出生日期", "birth"), ("Doğum Tarihi", "birth"), ("fecha_de_nacimiento", "birth"),
        ("Full Name", "full"), ("ФИО", "full"), ("姓名", "full"), ("الاسم", "full"), ("Adı Soyadı", "full"),
        ("prénom", "given"), ("Имя", "given"), ("apellido", "family"), ("Фамилия", "family"), ("surname", "family"),
        ("Отчество", "patronymic"), ("a.k.a.", "alias"), ("Кличка", "weak_alias"),
        ("Nationality", "nationality"), ("Гражданство", "nationality"), ("国籍", "nationality"),
        ("passport_no", "passport"), ("Паспорт", "passport"), ("CNIC", "national_id"), ("Father's Name", "father"),
        ("Lieu de naissance", "birth_place"), ("country of birth", "birth_country"), ("№ п/п", "row"),
        ("photo", "picture"),
    ],
)  # fmt: skip
def test_known_names_mean_what_they_say(name: str, role: str) -> None:
    best = meanings((name,))[0]
    assert (best.role, best.is_sure) == (role, True)


def test_a_name_that_contains_a_known_one_is_not_sure() -> None:
    best = meanings(("their_nationality_text",))[0]
    assert (best.role, best.is_sure) == ("nationality", False)


def test_unknown_names_mean_nothing() -> None:
    assert meanings(("xyzzy",)) == []


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (("aliases", "name"), "alias"),
        (("birthdate", "@year"), "birth_year"),
        (("passport", "number"), "passport"),
        (("NATIONALITY", "VALUE"), "nationality"),
        (("PLACE_OF_BIRTH", "CITY"), "birth_place"),
        (("document", "type"), "identifier_type"),
    ],
)
def test_generic_names_mean_what_stands_above_them(names: tuple[str, ...], role: str) -> None:
    assert meanings(names)[0].role == role


def test_an_unknown_name_does_not_take_the_meaning_of_what_stands_above_it() -> None:
    assert meanings(("nameAlias", "@function")) == []


@pytest.mark.parametrize(
    ("vocabulary", "published", "ours"),
    [("sex", "Ж", "female"), ("sex", "ذكر", "male"), ("sex", "U", ""), ("status", "delisted", "removed"),
     ("name_kind", "a.k.a.", "alias"), ("entity_kind", "Individual", "person"), ("sex", "maybe", None)],
)  # fmt: skip
def test_published_words_are_known_in_several_languages(vocabulary: str, published: str, ours: str | None) -> None:
    assert word_for(vocabulary, published) == ours


def test_folding_is_stable() -> None:
    assert folded(folded("Prénom_Du-Père")) == folded("Prénom_Du-Père") == "prenom du pere"

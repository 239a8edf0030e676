"""Forms in one script are compared in that script; and forms that only a third script brings together."""

import numpy as np
import pytest

from matching.normalise.compare import compare_forms, compare_names
from matching.normalise.forms import parse_forms


def scores(*pairs: tuple[str, str]) -> list[float]:
    left, right = zip(*pairs, strict=True)
    found: list[float] = compare_names(left, right)["score"].to_list()
    return found


def are_same(one: str, other: str) -> bool:
    found = compare_forms(parse_forms([one, other]), np.array([0]), np.array([1]))
    return bool(found.are_same()[0])


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("王偉", "王伟"),
        ("澤田 花子", "沢田 花子"),
        ("أحمد إبراهيم", "احمد ابراهیم"),
        ("كريم", "کریم"),
        ("Фёдор Королёв", "Королев Федор"),
        ("たなか はるこ", "タナカ ハルコ"),
        ("Γιώργος", "ΓΙΩΡΓΟΣ"),
        ("יוסף כהן", "כהן יוסף"),
    ],
)
def test_what_a_script_writes_in_two_ways_is_written_alike(one: str, same: str) -> None:
    assert are_same(one, same)


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("王小伟", "王小偉", "汪小玮"),
        ("محمد كريم", "محمد کریم", "محمود كريم"),
        ("山田花子", "山田 花子", "山田次郎"),
        ("Ёлкина Наталия", "Елкина Наталья", "Елкина Надежда"),
        ("김정은", "김정은", "김정훈"),
    ],
)
def test_equal_symbols_beat_symbols_that_sound_alike(one: str, same: str, other: str) -> None:
    right, wrong = scores((one, same), (one, other))
    assert right > 0.5 > wrong
    assert not are_same(one, other)


@pytest.mark.parametrize(
    ("one", "kana", "other"),
    [
        ("田中春子", "タナカハルコ", "スズキイチロウ"),
        ("田中はる子", "たなか はるこ", "すずき いちろう"),
        ("李明華", "リーミンホア", "タナカハルコ"),
        ("김민수", "キムミンス", "パクヨンチョル"),
    ],
)
def test_names_of_east_asia_are_known_in_kana(one: str, kana: str, other: str) -> None:
    right, wrong = scores((one, kana), (one, other))
    assert right > 0.3 > wrong


@pytest.mark.parametrize(
    ("mixed", "same", "other"),
    [
        ("Юсуп Qaramzin", "Yousuf Qaramzin", "Omar Qaramzin"),
        ("Юсуп القرمزي", "Yousuf al-Qarmazi", "Yousuf Haddad"),
        ("王 David", "David Wang", "David Zhang"),
    ],
)
def test_each_word_of_a_form_of_several_scripts_is_read_in_its_own(mixed: str, same: str, other: str) -> None:
    right, wrong = scores((mixed, same), (mixed, other))
    assert right > 0.3
    assert right > wrong


def test_nicknames_agree_less_than_the_name_itself_and_more_than_another() -> None:
    name, nickname, other = scores(
        ("Robert Quillfeather", "Robert Quillfeather"),
        ("Robert Quillfeather", "Bob Quillfeather"),
        ("Robert Quillfeather", "Ann Quillfeather"),
    )
    assert name > nickname > other


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Yousuf Karamanli", "يوسف القرمانلي", ["al- ignored"]),
        ("Omar al Karamanli", "Omar Karamanli", ["al- ignored"]),
        ("Omar Karamanli", "Omar Haddad", ["against: ", "karamanli only on", "haddad only on"]),
        ("김민수", "Kim al Min-su", ["read as one word", "al- ignored"]),
    ],
)
def test_explanation_says_what_was_ignored_and_what_speaks_against(one: str, other: str, said: list[str]) -> None:
    text = compare_names([one], [other])["explanation"][0]
    assert all(part in text for part in said), text


@pytest.mark.parametrize(("one", "other"), [("Юсуп Бекмурзин", "Юс Упбекмурзин"), ("يوسف القرمانلي", "يوسفا لقرمانلي")])
def test_names_of_scripts_with_spaces_are_not_compared_whole_where_both_have_words(one: str, other: str) -> None:
    assert "read as one word" not in compare_names([one], [other])["explanation"][0]


def test_names_of_scripts_without_spaces_may_be_parted_anywhere() -> None:
    right, wrong = scores(("김 민수", "김민 수"), ("김 민수", "박민 철"))
    assert right > 0.5 > wrong


def test_forms_written_alike_are_found_among_many() -> None:
    forms = ["Анна Берг", "Берг Анна", "Анна Берг Мария", "Anna Berg", "安娜"]
    found = compare_forms(parse_forms(forms), np.array([0, 0, 0, 4]), np.array([1, 2, 3, 4]))
    assert found.are_same().tolist() == [True, False, False, True]

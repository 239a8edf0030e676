"""Blocking keys: forms of one name meet, whatever the script; what carries no sound changes nothing."""

import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching.normalise.keys import _MOST_KEYS, _settle, name_keys, name_keys_of
from matching.tables import NAME_KEY_RULES, NAME_KEYS, NAMES


def keys(form: str) -> set[tuple[str, int]]:
    return set(name_keys(pl.Series([form], dtype=pl.String)).select("rule", "key").rows())


def rules_shared(one: str, other: str) -> set[str]:
    return {rule for rule, _ in keys(one) & keys(other)}


# Invented people.
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yusuf Mansour", "يوسف منصور"),
        ("Abd al-Rahman Yusufov", "Abdulrahman Youssoufov"),
        ("Abd al-Rahman Mansour", "عبدالرحمن منصور"),
        ("Oleg Shchukin", "ЩУКИН Олег Петрович"),
        ("Maria Papadaki", "Μαρία Παπαδάκη"),
        ("David Friedman", "דוד פרידמן"),
        ("Park Cheol-min", "박철민"),
        ("PAK Chol Min", "박철민"),
        ("Lee Young-ho", "이영호"),
        ("Hanako Yamamoto", "山本花子"),
        ("Yamamoto Hanako", "やまもとはなこ"),
        ("Robert Walter", "ロバート・ウォルター"),
        ("Chen Xiaoming", "陈小明"),
        ("Ram Sharma", "राम शर्मा"),
        ("Somchai Rakthai", "สมชาย รักไทย"),
        ("Giorgi Beridze", "გიორგი ბერიძე"),
        ("Armen Sargsyan", "Արմեն Սարգսյան"),
        ("Олег Щукин", "オレグ・シューキン"),
    ],
)
def test_forms_of_one_name_share_two_words(one: str, other: str) -> None:
    assert "two_words" in rules_shared(one, other)


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("Dorian Velasquez", "Velazco Dorien", "word_and_beginning"),
        ("Tragomir Wick", "Tregumar Dunn", "word"),
    ],
)
def test_what_differs_more_meets_under_a_weaker_rule(one: str, other: str, rule: str) -> None:
    assert rule in rules_shared(one, other)
    assert "two_words" not in rules_shared(one, other)


def test_other_names_share_nothing() -> None:
    assert keys("Tomas Rivik") & keys("Olga Brandt") == set()


@pytest.mark.parametrize("form", ["Yusuf Mansour", "山本花子", "ЩУКИН Олег", "علي حسن", "박철민"])
def test_every_rule_has_keys_and_the_likeliest_weighs_most(form: str) -> None:
    made = name_keys(pl.Series([form]))
    assert set(made["rule"]) == set(NAME_KEY_RULES)
    assert made["weight"].is_between(0.0, 1.0, closed="right").all()
    assert made.select("rule", "key").is_unique().all()


def test_a_latin_form_is_sure_of_its_keys_and_another_script_is_not() -> None:
    assert name_keys(pl.Series(["Yusuf Mansour"]))["weight"].to_list() == pytest.approx([1.0] * 6)
    assert name_keys(pl.Series(["يوسف منصور"]))["weight"].min() < 1.0


@pytest.mark.parametrize("form", ["", "-", "123", "·", "\u200b", "ّ"])
def test_a_form_without_letters_has_no_key(form: str) -> None:
    assert keys(form) == set()


def test_no_forms_give_no_keys() -> None:
    assert name_keys(pl.Series([], dtype=pl.String)).is_empty()
    assert name_keys_of(NAMES.empty()).equals(NAME_KEYS.empty())


def test_particles_and_titles_make_no_key() -> None:
    assert keys("Dr Yusuf bin Mansour") == keys("Yusuf Mansour")


def test_a_record_has_the_keys_of_all_its_forms_by_script() -> None:
    names = pl.DataFrame(
        {
            "record_id": ["a:1", "a:1", "a:1", "a:2"],
            "full": ["Yusuf Mansour", "Youssef Mansur", "يوسف منصور", "Yusuf Mansour"],
            "script": ["Latn", "Latn", "Arab", "Latn"],
        }
    )
    made = name_keys_of(names)
    assert NAME_KEYS.conform(made).equals(made)
    found = {(r["record_id"], r["script"]): set(r["keys"]) for r in made.filter(rule="two_words").to_dicts()}
    assert set(found) == {("a:1", "Latn"), ("a:1", "Arab"), ("a:2", "Latn")}
    assert found["a:2", "Latn"] <= found["a:1", "Latn"]
    assert found["a:2", "Latn"] & found["a:1", "Arab"]


# Letters of every script that has a reading, with spaces, marks and invisible characters among them.
ALPHABET = "abcdeghiklmnoprstuwxyzéüñğıABCабвгдежзиклмнопрстуфхцчшщюяابتثجحخدرزسشصعغفقكلمنهويאבגדהוזחטיכלמנ"
ALPHABET += (
    "αβγδεζηθικλμνξοπρστ가각나다라마박이최영철アイウエオカキクヤューやまだはな山田花子王小明金शर्माสมชายகுமார்გიორԱրմեն"
)
NAMES_OF_ANY_SCRIPT = st.text(alphabet=ALPHABET + " -.'·\u0301\u200d,", max_size=40)


@given(NAMES_OF_ANY_SCRIPT)
@example("王" * 12)
@example("c" * 30 + " " + "sch" * 20)
@example("ا" * 60)
@settings(max_examples=60, deadline=None)
def test_case_form_and_invisible_characters_change_nothing(form: str) -> None:
    plain = keys(form)
    assert keys(unicodedata.normalize("NFD", form)) == plain
    assert keys(form.replace(" ", " \u200e ")) == plain
    if form.isascii():
        assert keys(form.upper()) == plain


@given(st.lists(st.sampled_from(["mansour", "olga", "щукин", "يوسف", "papadaki", "lee"]), min_size=2, max_size=2))
@settings(max_examples=30, deadline=None)
def test_the_order_of_two_words_changes_no_pair(words: list[str]) -> None:
    one, other = (
        {key for key in keys(" ".join(order)) if key[0] != "word"} for order in (words, list(reversed(words)))
    )
    assert one == other


@given(st.lists(NAMES_OF_ANY_SCRIPT, max_size=12))
@settings(max_examples=30, deadline=None)
def test_keys_of_a_form_do_not_depend_on_the_others(forms: list[str]) -> None:
    together = name_keys(pl.Series(forms, dtype=pl.String))
    for form in set(forms):
        alone = name_keys(pl.Series([form], dtype=pl.String))
        assert together.filter(form=form).sort("rule", "key").equals(alone.sort("rule", "key"))


@pytest.mark.parametrize("form", ["x" * 1000, "山" * 1000, "щ" * 1000, "ム" * 1000, "ab " * 333, "박" * 1000])
def test_a_very_long_form_has_keys_and_not_many(form: str) -> None:
    assert 0 < len(keys(form)) <= 200


def test_of_too_many_keys_all_the_likelier_are_kept_before_any_that_tie():
    found = np.arange(1, 81)
    chances = np.where(found <= 20, 0.5, 0.9)
    keys, weights = np.zeros(_MOST_KEYS, dtype=np.int64), np.zeros(_MOST_KEYS, dtype=np.float32)
    assert _settle(found, chances, keys, weights) == _MOST_KEYS
    assert set(range(21, 81)) <= set(keys.tolist())

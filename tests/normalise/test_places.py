"""Places give the same words in every script, and none that every place has."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.normalise.places import place_words


def words(text):
    (found,) = place_words(pl.Series([text], dtype=pl.String))["words"].to_list()
    return set(found)


@pytest.mark.parametrize(
    ("published", "also"),
    [
        ("Moscow, Russia", "г. Москва, СССР"),
        ("Cairo", "القاهرة، مصر"),
        ("Tokyo", "東京都"),
        ("Seoul", "서울시"),
        ("Mexico City", "Ciudad de México"),
        ("Kandahar City, Afghanistan", "قندهار"),
        ("Leningrad", "Ленинград"),
        ("Al-Basrah Governorate", "البصرة"),
        ("Sochi", "Сочи"),
        ("beijing", "北京市"),
        ("Aldea", "VILA ÁLDEA"),
    ],
)
def test_one_place_shares_a_word_in_any_script(published, also):
    assert words(published) & words(also)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Kandahar Province, Afghanistan", "Kabul Province, Afghanistan"), ("North Harbour", "North Vale")],
)
def test_country_direction_and_kind_of_division_are_no_shared_word(one, other):
    assert words(one) & words(other) == set()


@pytest.mark.parametrize("text", ["", "Afghanistan", "Province", "Россия", "12", "-", "(unknown)"])
def test_a_place_that_nothing_tells_apart_has_no_words(text):
    assert words(text) == set()


@given(st.lists(st.text(max_size=80), max_size=6))
def test_no_text_raises_the_order_is_nothing_and_the_words_of_words_are_those_words(texts):
    made = place_words(pl.Series(texts, dtype=pl.String))
    assert place_words(pl.Series(texts[::-1], dtype=pl.String)).equals(made)
    assert made["text"].to_list() == sorted(set(texts))

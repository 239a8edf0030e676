from dataclasses import replace
from datetime import date

import pytest

from matching.exercise.cultures import cultures
from matching.exercise.draws import Draw
from matching.exercise.listings import Listing, list_person
from matching.exercise.people import Person, invent_person

DRAW = Draw(7, "listing")
PERSON = replace(invent_person(Draw(7, "person"), cultures()["russian"]), born=date(1980, 3, 5))


def listed(*flags: str, source: str = "un_sc", person: Person = PERSON) -> Listing:
    return list_person(person, source, frozenset(flags), DRAW)


@pytest.mark.parametrize(
    ("flag", "precision", "day"),
    [
        ("aliased", "day", date(1980, 3, 5)),
        ("swapped", "day", date(1980, 5, 3)),
        ("digit", "day", date(1980, 3, 15)),
        ("year", "year", date(1980, 3, 5)),
        ("future_birth", "day", date(2080, 3, 5)),
        ("unreadable_birth", "unreadable", date(1980, 3, 5)),
    ],
)
def test_a_flag_changes_the_birth_as_it_says(flag: str, precision: str, day: date) -> None:
    (birth,) = listed(flag).births
    assert (birth.precision, birth.day) == (precision, day)


@pytest.mark.parametrize("day", range(1, 31))
def test_a_wrong_digit_gives_another_day_of_the_same_month(day: int) -> None:
    born = date(1980, 6, day)
    wrong = listed("digit", person=replace(PERSON, born=born)).births[0].day
    assert wrong != born
    assert (wrong.year, wrong.month) == (1980, 6)
    assert sum(one != other for one, other in zip(f"{wrong:%d}", f"{born:%d}", strict=True)) == 1


def test_a_listing_without_birth_has_none() -> None:
    assert listed("no_birth").births == ()


def test_the_national_list_writes_names_in_their_own_script_and_others_in_latin() -> None:
    assert listed(source="zz_national").name == listed(source="zz_national").own_script
    assert listed(source="un_sc").name.full.isascii()
    assert listed("latin", source="zz_national").name.full.isascii()


def test_an_assumed_name_stands_alone_on_one_list_and_as_alias_on_the_other() -> None:
    person = PERSON.assumed.family[0].spellings
    assert any(spelling in listed("assumed").name.family for spelling in person)
    assert any(spelling in alias.family for alias in listed("aliased").strong_aliases for spelling in person)


def test_an_unnamed_listing_gives_no_letter_at_all() -> None:
    listing = listed("unnamed", source="zz_national")
    assert not any(letter.isalpha() for letter in listing.name.full)
    assert not listing.strong_aliases
    assert not listing.weak_aliases


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown flags yaer"):
        listed("yaer")

from itertools import chain

import pytest

from matching.exercise import make
from matching.exercise.cast import Cast, assemble_cast
from matching.exercise.cultures import read_table
from matching.exercise.listings import Listing
from matching.exercise.people import is_free


@pytest.fixture(scope="module")
def cast() -> Cast:
    return assemble_cast(make.SEED)


@pytest.fixture(scope="module")
def by_id(cast: Cast) -> dict[str, Listing]:
    return {listing.record_id: listing for listing in chain.from_iterable(cast.listings.values())}


def test_every_list_has_its_size_and_ids_of_its_own(cast: Cast, by_id: dict[str, Listing]) -> None:
    sizes = {source: len(listings) for source, listings in cast.listings.items()}
    assert sizes == read_table("recipes.yml")["sizes"]
    assert len(by_id) == sum(sizes.values())


def test_truth_holds_exactly_the_pairs_of_listings_of_one_person(cast: Cast, by_id: dict[str, Listing]) -> None:
    listings: dict[str, list[str]] = {}
    for record_id, listing in by_id.items():
        listings.setdefault(listing.person.label, []).append(record_id)
    same = {(left, right) for ids in listings.values() for left in ids for right in ids if left < right}
    assert {(pair.left, pair.right) for pair in cast.truth} == same


def test_no_one_on_a_list_has_a_name_that_is_to_be_avoided(by_id: dict[str, Listing]) -> None:
    people = [listing.person for listing in by_id.values()]
    assert all(is_free(person.culture, person.name) and is_free(person.culture, person.assumed) for person in people)


@pytest.mark.parametrize(
    ("what", "names_agree", "births_agree"),
    [
        ("namesakes, born years apart", True, False),
        ("one common name, no birth date to tell them apart", True, False),
        ("children of one father, born within four years", False, False),
        ("children of one father, born on one day", False, True),
        ("one passport number, other names and births", False, False),
    ],
)
def test_a_trap_is_what_it_says(
    cast: Cast, by_id: dict[str, Listing], what: str, names_agree: bool, births_agree: bool
) -> None:
    pairs = [(by_id[trap.left].person, by_id[trap.right].person) for trap in cast.traps if trap.what == what]
    assert pairs
    for one, other in pairs:
        assert (one.name == other.name) == names_agree
        assert (one.born == other.born) == births_agree
        assert (one.passport == other.passport) == what.startswith("one passport")


def test_only_listings_beside_every_recipe_are_closed(cast: Cast, by_id: dict[str, Listing]) -> None:
    told = {record_id for pair in (*cast.truth, *cast.traps) for record_id in (pair.left, pair.right)}
    assert not [record_id for record_id in told if "closed" in by_id[record_id].flags]

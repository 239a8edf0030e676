"""The cast: everyone on the invented lists, which of their listings are one person, and which only look so.

Reads ``tables/recipes.yml``: ``together`` are people on several lists, ``apart`` pairs of people who look alike,
``unreadable`` entries of which something belongs in quarantine; people on one list only fill each list up to its size.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from matching.exercise.cultures import Culture, cultures, read_table
from matching.exercise.draws import Draw
from matching.exercise.likeness import LIKENESSES
from matching.exercise.listings import FLAGS, Listing, background_flags, list_person
from matching.exercise.people import Person, invent_person
from matching.exercise.publisher_ids import with_publisher_ids

# Flag to what ``unreadable.csv`` says: what keeps the entry, or that value of it, out of a table.
UNREADABLE = {
    "unreadable_birth": "a birth date that does not exist",
    "future_birth": "a birth date in the future",
    "unnamed": "a name without a letter",
    "unknown_state": "a state that the source does not map",
}
FORMS_WITH_MIDDLE = frozenset({"arabic", "patronymic", "chain", "iberian"})


@dataclass(frozen=True)
class Group:
    """Listings that belong to one recipe: of one person (``together``), of two alike, or alone."""

    kind: str
    what: str
    listings: tuple[Listing, ...]


@dataclass(frozen=True)
class Pair:
    """Two record ids, the smaller first, and what is to be known about them."""

    left: str
    right: str
    what: str


@dataclass(frozen=True)
class Cast:
    """Listings by source in the order of the list; pairs that are one person; pairs that only look so; the unreadable.

    ``unreadable`` holds record ids and what is wrong with them.
    """

    listings: dict[str, tuple[Listing, ...]]
    truth: tuple[Pair, ...]
    traps: tuple[Pair, ...]
    unreadable: tuple[tuple[str, str], ...]


def assemble_cast(seed: int) -> Cast:
    """Invent everyone and say where they stand. The same seed gives the same cast."""
    recipes, draw = read_table("recipes.yml"), Draw(seed, "exercise")
    weighted = [culture for name, weight in recipes["cultures"].items() for culture in [cultures()[name]] * weight]
    groups = [
        *_together(recipes["together"], weighted, draw.about("together")),
        *_apart(recipes["apart"], weighted, draw.about("apart")),
        *_unreadable(recipes["unreadable"], weighted, draw.about("unreadable")),
    ]
    taken = Counter(listing.source for group in groups for listing in group.listings)
    for source, size in recipes["sizes"].items():
        labels = (draw.about(f"background {source} {number}") for number in range(size - taken[source]))
        groups.extend(_alone(label, source, weighted) for label in labels)
    return _numbered(groups)


def _together(recipes: Any, weighted: Sequence[Culture], draw: Draw) -> Iterator[Group]:
    for position, recipe in enumerate(recipes):
        wanted = [_parse(text) for text in recipe["lists"]]
        for number in range(recipe["people"]):
            label = draw.about(f"{position}.{number}")
            person = _person_fit_for(frozenset().union(*(flags for _, flags in wanted)), weighted, label)
            listings = tuple(
                list_person(person, source, flags, label.about(f"on {source} {place}"))
                for place, (source, flags) in enumerate(wanted)
            )
            yield Group("together", "", listings)


def _parse(text: str) -> tuple[str, frozenset[str]]:
    source, *flags = text.split()
    return source, frozenset(flags)


def _person_fit_for(flags: frozenset[str], weighted: Sequence[Culture], draw: Draw) -> Person:
    """Invent a person to whom ``flags`` can apply: with a middle name to drop, a date to swap, ..."""
    fit = [culture for culture in weighted if "short" not in flags or culture.form in FORMS_WITH_MIDDLE]
    if "married" in flags:
        fit = [culture for culture in fit if culture.form == "western"]
    person = invent_person(draw, draw.pick("culture", fit), sex="female" if "married" in flags else None)
    if "swapped" not in flags:
        return person
    return replace(person, born=person.born.replace(day=person.born.month % 12 + 1))


def _apart(recipes: Any, weighted: Sequence[Culture], draw: Draw) -> Iterator[Group]:
    for position, recipe in enumerate(recipes):
        invent, what = LIKENESSES[recipe["likeness"]]
        for number in range(recipe["pairs"]):
            label = draw.about(f"{position}.{number}")
            people = invent(label, label.pick("culture", weighted))
            listings = tuple(
                list_person(person, source, flags, label.about(f"on {source}"))
                for person, (source, flags) in zip(people, map(_parse, recipe["lists"]), strict=True)
            )
            yield Group("apart", what, listings)


def _unreadable(recipes: Any, weighted: Sequence[Culture], draw: Draw) -> Iterator[Group]:
    for position, recipe in enumerate(recipes):
        for number in range(recipe["people"]):
            label = draw.about(f"{position}.{number}")
            source, flags = _parse(recipe["lists"][0])
            person = invent_person(label, label.pick("culture", weighted))
            yield Group("unreadable", UNREADABLE[min(flags)], (list_person(person, source, flags, label),))


def _alone(draw: Draw, source: str, weighted: Sequence[Culture]) -> Group:
    person = invent_person(draw, draw.pick("culture", weighted))
    return Group("alone", "", (list_person(person, source, background_flags(draw), draw),))


def _numbered(groups: Sequence[Group]) -> Cast:
    """Mix the listings of each source, give them ids, and state truth and traps by record id."""
    by_source: dict[str, list[Listing]] = {}
    for listing in (listing for group in groups for listing in group.listings):
        by_source.setdefault(listing.source, []).append(listing)
    listings = {
        source: tuple(with_publisher_ids(sorted(found, key=lambda listing: listing.draw.fraction("place on the list"))))
        for source, found in sorted(by_source.items())
    }
    ids = {listing.draw.label: listing.record_id for found in listings.values() for listing in found}
    return Cast(
        listings=listings,
        truth=_sorted_pairs(_pairs(groups, "together", ids)),
        traps=_sorted_pairs(_pairs(groups, "apart", ids)),
        unreadable=tuple(sorted((ids[g.listings[0].draw.label], g.what) for g in groups if g.kind == "unreadable")),
    )


def _pairs(groups: Sequence[Group], kind: str, ids: dict[str, str]) -> Iterator[Pair]:
    for group in (group for group in groups if group.kind == kind):
        for one, other in combinations(group.listings, 2):
            left, right = sorted((ids[one.draw.label], ids[other.draw.label]))
            yield Pair(left, right, group.what or describe_pair(one, other))


def _sorted_pairs(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda pair: (pair.left, pair.right)))


def describe_pair(one: Listing, other: Listing) -> str:
    """Say how two listings of one person differ, and what makes them hard to bring together."""
    flags = one.flags | other.flags
    described = [text for flag, text in FLAGS.items() if flag in flags and text]
    same_list = ["same list"] if one.source == other.source else []
    passport = ["same passport"] if one.gives_passport and other.gives_passport else []
    return "; ".join([*same_list, _name_difference(one, other), *described, *passport])


def _name_difference(one: Listing, other: Listing) -> str:
    if one.is_in_latin != other.is_in_latin:
        return "other script"
    return "same spelling" if one.name.full.casefold() == other.name.full.casefold() else "other spelling"

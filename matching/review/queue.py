"""The queue: which cases wait, in which order, page by page.

Enters: a user and filters. Leaves: pages of cases, and a count per state. Pages follow one another by key, not by
position: what others decide meanwhile neither repeats nor skips a case. Both indexes hold every filtered column, so a
page costs a walk along an index, and the tallies say in which states and bands to walk at all
(tests/benchmarks/review_queue.py shows the plans).

The score of a case is hidden until its reviewer gave an impression. Hence the key of a page names a case and no score, who
may not measure is shown bands of probability in place of the exact order (which sorts the ids of one band), and may not filter by what tells
the score.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from matching.review import audit, schema
from matching.review.known import hidden_from
from matching.review.people import User
from matching.review.refusals import UnfitError
from matching.review.store import Store
from matching.review.tallies import BANDS
from matching.review.verdicts import OPEN, SECOND, SENIOR, STATES, WAITING

PAGE = 50
ORDERS = ("probability", "oldest", "newest")
ARRIVALS = ("new", "returned")
MARKS = ("conflict", "sample")
PAIR_KINDS = ("cross_border", "same_country", "same_list")
MINE, FREE = "mine", "free"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a user wants to see; an empty text: whatever. ``state`` empty: what waits for this user."""

    state: str = ""
    list: str = ""
    country: str = ""
    kind: str = ""
    code: str = ""
    band: str = ""
    scripts: str = ""
    pair: str = ""
    arrival: str = ""
    mark: str = ""
    whose: str = ""
    order: str = ""

    @classmethod
    def of(cls, given: dict[str, str]) -> "Filters":
        """Return the filters among ``given``. Raises UnfitError for a value that cannot be."""
        made = cls(**{f.name: given[f.name][:100] for f in fields(cls) if given.get(f.name)})
        known = {
            "state": STATES, "band": [str(n) for n in range(len(BANDS))], "pair": PAIR_KINDS, "arrival": ARRIVALS,
            "mark": MARKS, "whose": (MINE, FREE), "order": ORDERS,
        }  # fmt: skip
        for name, values in known.items():
            if (value := getattr(made, name)) and value not in values:
                raise UnfitError(f"no {name} {value!r}: give one of {', '.join(values)}")
        return made

    @property
    def tells_score(self) -> bool:
        """Whether what is let through tells the score: only who may measure filters so."""
        return bool(self.band) or self.mark == "sample"

    def given(self) -> dict[str, str]:
        """Return the filters that are set, as a query string holds them."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of the queue; ``after`` is the key of the next, the id of the last case here; None on the last page."""

    rows: tuple[Row[Any], ...]
    after: str | None


_cases = schema.cases.c


def page(connection: Connection, user: User, filters: Filters, *, after: str = "", size: int = PAGE) -> Page:
    """Return one page of the cases that ``user`` may see and ``filters`` let through, after the key ``after``.

    Raises UnfitError for a key of no page of this user's, NotAllowedError for filters that are for those who measure.
    """
    last = _last_seen(connection, user, after) if after else None
    is_exact = filters.order in ("oldest", "newest") or user.may("measure")
    places = {place for place, number in _tallied(connection, user, filters).items() if number}
    ids = (_ids if is_exact else _ids_by_band)(connection, user, filters, last, size + 1, places=places)
    found = {row.id: row for row in connection.execute(select(schema.cases).where(_cases.id.in_(ids[:size])))}
    return Page(rows=tuple(found[id_] for id_ in ids[:size]), after=ids[size - 1] if len(ids) > size else None)


def looked_at(connection: Connection, user: User, rows: Sequence[Row[Any]]) -> set[str]:
    """Return the ids of those of ``rows`` whose score ``user`` may see: no longer waiting, or looked at as they stand."""
    looks = schema.looks.c
    mine = (looks.user_name == user.name) & looks.case_id.in_([row.id for row in rows])
    seen = {tuple(one) for one in connection.execute(select(looks.case_id, looks.evidence_hash).where(mine))}
    return {row.id for row in rows if row.state not in WAITING or (row.id, row.evidence_hash) in seen}


def counts(connection: Connection, user: User, filters: Filters) -> dict[str, int]:
    """Return how many cases each state has for ``user``, under ``filters`` other than that of the state.

    The tallies, which know nobody: hence what is told of this user alone is counted by itself, and is few.
    """
    conditions = _conditions(user, filters)
    counted = _by_state(connection, conditions) if filters.whose == MINE else _counted(connection, user, filters)
    if user.may("judge") and (counted[SECOND] or counted[SENIOR]):
        waits_for_others = _cases.state.in_((SECOND, SENIOR)) & ~_not_judged_by(user)
        counted.subtract(_by_state(connection, [*conditions, waits_for_others]))
    return {state: max(counted[state], 0) for state in STATES}  # others decide between one query and the next


def _counted(connection: Connection, user: User, filters: Filters) -> Counter[str]:
    """Return the tallies by state, with those known cases that ``user`` is shown and without what these hide."""
    counted: Counter[str] = Counter()
    for (state, _, is_control), number in _tallied(connection, user, filters).items():
        counted[state] += 0 if is_control else number
    shown_again = select(_cases.control_of).where(_cases.control_of.is_not(None))
    if connection.execute(shown_again.limit(1)).first() is not None:
        told = _told(_cases, user, filters)
        hidden = [_cases.control_of.is_(None), _cases.id.in_(shown_again), hidden_from(user)]
        counted.update(_by_state(connection, [*told, _cases.control_of.is_not(None), ~hidden_from(user)]))
        counted.subtract(_by_state(connection, [*told, *hidden]))
    return counted


def _by_state(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> Counter[str]:
    state = func.coalesce(
        _cases.state, literal_column("''")
    )  # not the column: SQLite would walk all by an index of states
    query = select(state, func.count()).where(*conditions).group_by(state)
    return Counter({row[0]: row[1] for row in connection.execute(query)})


Place = tuple[str, int, bool]
"""State, band of probability, and whether of known cases shown again."""


def _tallied(connection: Connection, user: User, filters: Filters) -> dict[Place, int]:
    """Return how many cases ``filters`` let through in each place, whoever judged or hides them: where to look at all."""
    tallies = schema.tallies.c
    place = (tallies.state, tallies.band, tallies.is_control)
    query = select(*place, func.sum(tallies.cases)).where(*_told(tallies, user, filters)).group_by(*place)
    return {(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(query)}


def claim_next(store: Store, user: User, filters: Filters) -> str | None:
    """Give ``user`` the first free case under ``filters``, or the one already theirs; None where none is left."""
    user.must("judge")
    with store.writing() as connection:
        for whose in (MINE, FREE):
            wanted = Filters(**{**filters.given(), "whose": whose, "state": _waiting_state(filters)})
            found = page(connection, user, wanted, size=1).rows
            if found:
                case = found[0]
                if case.assigned_to is None:
                    values = {"assigned_to": user.name, "assigned_at": store.now()}
                    connection.execute(update(schema.cases).where(_cases.id == case.id).values(values))
                    audit.append(connection, "assigned", at=store.now(), actor=user.name, case_id=case.id, to=user.name)
                return str(case.id)
    return None


def in_sight(user: User) -> ColumnElement[bool]:
    """Return the condition on ``cases`` of those that stand in the queue of ``user``, waiting or not.

    Whatever tells of the queue elsewhere, in counts or in states, keeps to it: what is missing here (known cases and their
    originals, the second look at what one judged first) would be told by the difference.
    """
    return and_(user.cleared(), ~hidden_from(user), _needs(user))


def choices(connection: Connection, user: User) -> dict[str, list[str]]:
    """Return what the filters can be set to: lists, countries, kinds, codes and script pairs the user may see."""
    sides = {"list": "source", "country": "country", "kind": "kind", "code": "handling"}
    tallies = schema.tallies.c
    columns = {name: [tallies[f"{column}_l"], tallies[f"{column}_r"]] for name, column in sides.items()}
    columns["scripts"] = [tallies.script_pair]
    every = [column for of_one in columns.values() for column in of_one]
    query = select(*every).where(user.cleared(tallies) & (tallies.cases > 0)).distinct()
    rows = connection.execute(query).all()  # one walk for all of them
    return {
        name: sorted({getattr(row, column.name) for row in rows for column in of_one})
        for name, of_one in columns.items()
    }


def _waiting_state(filters: Filters) -> str:
    return filters.state if filters.state in WAITING else ""


def _states(user: User, filters: Filters) -> Sequence[str]:
    if filters.state:
        return (filters.state,)
    return WAITING if user.may("adjudicate") or not user.may("judge") else (OPEN, SECOND)


def _last_seen(connection: Connection, user: User, case_id: str) -> Row[Any]:
    """Return the case a page ended with. One beyond the user's clearance is as one that does not exist."""
    row = connection.execute(select(schema.cases).where((_cases.id == case_id) & user.cleared())).first()
    if row is None:
        raise UnfitError("this address of a page is damaged: go back to the queue")
    return row


def _ids(
    connection: Connection, user: User, filters: Filters, last: Row[Any] | None, size: int, *, places: Collection[Place]
) -> list[str]:
    """Return the first ``size`` ids after ``last``, by probability or age."""
    keys: list[tuple[Any, str]] = []
    there = {state for state, _, _ in places}
    for state in _states(user, filters):
        if state in there:
            keys += [tuple(row) for row in connection.execute(_keys(user, filters, state, last, size))]
    return [key[1] for key in sorted(keys, reverse=filters.order != "oldest")][:size]


def _ids_by_band(
    connection: Connection, user: User, filters: Filters, last: Row[Any] | None, size: int, *, places: Collection[Place]
) -> list[str]:
    """Return the first ``size`` ids after ``last``, the highest band first; within a band the ids, which say nothing."""
    ids: list[str] = []
    there = {(state, band) for state, band, _ in places}
    for band, (low, high) in reversed(list(enumerate(BANDS))):
        wanted = size - len(ids)
        if not wanted or (last is not None and low > last.probability):
            continue
        beyond = [_cases.id < last.id] if last is not None and last.probability < high else []
        found: list[str] = []
        for state in _states(user, filters):
            if (state, band) in there:
                found += connection.execute(_keys_of_band(user, filters, state, (low, high), beyond, wanted)).scalars()
        ids += sorted(found, reverse=True)[:wanted]
    return ids


def _keys(user: User, filters: Filters, state: str, last: Row[Any] | None, size: int) -> Select[Any]:
    """Return the query of the first ``size`` keys (sort value, id) in one state."""
    column = _cases.opened_at if filters.order in ("oldest", "newest") else _cases.probability
    descending = filters.order != "oldest"
    conditions = _waiting(user, filters, state)
    if last is not None:
        conditions.append(_beyond(column, last, descending=descending))
    # Both the same way: an index is walked in either direction, and nothing is sorted.
    ordered = (column.desc(), _cases.id.desc()) if descending else (column.asc(), _cases.id.asc())
    return select(column, _cases.id).where(and_(*conditions)).order_by(*ordered).limit(size)


def _keys_of_band(
    user: User,
    filters: Filters,
    state: str,
    band: tuple[float, float],
    beyond: Sequence[ColumnElement[bool]],
    size: int,
) -> Select[Any]:
    """Return the query of the first ``size`` ids of one band in one state: its part of the index, sorted by id."""
    low, high = band
    within = (_cases.probability >= low) & (_cases.probability < high)
    conditions = [*_waiting(user, filters, state), within, *beyond]
    return select(_cases.id).where(and_(*conditions)).order_by(_cases.id.desc()).limit(size)


def _waiting(user: User, filters: Filters, state: str) -> list[ColumnElement[bool]]:
    """Return what a case in ``state`` must fulfil."""
    # Whose cases are asked for are few, and have an index: SQLite would walk all cases of the state.
    column = func.coalesce(_cases.state, "") if filters.whose == MINE else _cases.state
    conditions = [column == state, *_conditions(user, filters)]
    if state in (SECOND, SENIOR) and user.may("judge"):
        conditions.append(_not_judged_by(user))
    return conditions


def _beyond(column: Any, last: Row[Any], *, descending: bool) -> ColumnElement[bool]:
    value = getattr(last, column.name)
    if descending:
        return or_(column < value, (column == value) & (_cases.id < last.id))
    return or_(column > value, (column == value) & (_cases.id > last.id))


def _conditions(user: User, filters: Filters) -> list[ColumnElement[bool]]:
    """Return what a case must fulfil besides its state."""
    return [*_told(_cases, user, filters), ~hidden_from(user)]


def _told(columns: Any, user: User, filters: Filters) -> list[ColumnElement[bool]]:
    """Return what ``filters`` and clearance ask, of ``columns`` of the cases or of their tallies."""
    if filters.tells_score:
        user.must("measure")
    conditions = [user.cleared(columns), *_of_sides(columns, filters), *_of_standing(columns, user, filters)]
    if filters.code and not user.cleared_for(filters.code):
        conditions.append(false())  # which the database sees at once, where it would look through all that waits
    for value, column in ((filters.scripts, columns.script_pair), (filters.arrival, columns.arrival)):
        if value:
            conditions.append(column == value)
    conditions.append(columns.pair_kind == filters.pair if filters.pair else columns.pair_kind != "same_list")
    if filters.mark:
        conditions.append(columns.has_conflict if filters.mark == "conflict" else columns.is_sample)
    return conditions


def _of_sides(columns: Any, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Yield what is asked of either of the two listings."""
    for value, left, right in (
        (filters.list, columns.source_l, columns.source_r),
        (filters.country, columns.country_l, columns.country_r),
        (filters.kind, columns.kind_l, columns.kind_r),
        (filters.code, columns.handling_l, columns.handling_r),
    ):
        if value:
            yield (left == value) | (right == value)


def _of_standing(columns: Any, user: User, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Yield what is asked of probability and assignment: a tally knows the band, and whether somebody has the case."""
    is_tally = columns is schema.tallies.c
    if filters.band:
        low, high = BANDS[int(filters.band)]
        within = (_cases.probability >= low) & (_cases.probability < high)
        yield columns.band == int(filters.band) if is_tally else within
    if is_tally and filters.whose:
        yield columns.is_free == (filters.whose == FREE)
    elif filters.whose:
        yield _cases.assigned_to.is_(None) if filters.whose == FREE else _cases.assigned_to == user.name


def _needs(user: User) -> ColumnElement[bool]:
    """Leave out those that wait for another than ``user``, who judged them: they stand in the queues of others only."""
    return or_(_cases.state.not_in((SECOND, SENIOR)), _not_judged_by(user)) if user.may("judge") else true()


def _not_judged_by(user: User) -> ColumnElement[bool]:
    """Leave out cases whose first judgement is the user's own: the second must be another's."""
    table = schema.judgements.c
    mine = (table.case_id == _cases.id) & (table.reviewer == user.name) & (table.evidence_hash == _cases.evidence_hash)
    return ~exists().where(mine)

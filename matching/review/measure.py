"""Figures for seniors and operators: throughput, ages, agreement, precision by band, known cases.

Enters: a user (whose clearance holds here too). Leaves: ``Figures``.

- *Kappa*: how much more often do two reviewers agree than they would by chance (Cohen 1960)? Only over cases drawn for a
  second look whatever the first said: a second look that follows "same person" alone would measure something else.
- *Precision of a band*: of the cases decided in it, how many are the same person? With Wilson's interval (95 %).
- *Known cases*: decided cases shown again to others, blind: how often is a reviewer's verdict what was decided?
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from matching.review import schema
from matching.review.interval import wilson
from matching.review.moment import read, stamp
from matching.review.people import User
from matching.review.store import Store
from matching.review.tallies import BANDS
from matching.review.verdicts import DECIDED, DIFFERENT, SAME, STATES, WAITING

DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Band:
    """Decided cases of one band of probability. ``low`` and ``high`` bound the precision; None where nothing is decided."""

    number: int
    same: int
    different: int
    cannot_tell: int
    precision: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Reviewer:
    """One reviewer in the last DAYS: judgements, and verdicts on known cases (right of answered)."""

    name: str
    judgements: int
    known_right: int
    known_answered: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The page of figures. ``days`` is (ISO date, judgements), ``ages`` the whole days that waiting cases have waited."""

    states: dict[str, int]
    days: tuple[tuple[str, int], ...]
    median_age: float | None
    oldest_age: int | None
    ages: tuple[tuple[str, int], ...]
    kappa: float | None
    doubles: int
    bands: tuple[Band, ...]
    reviewers: tuple[Reviewer, ...]


def figures(store: Store, user: User) -> Figures:
    """Return the figures over the cases that ``user`` is cleared for. Raises NotAllowedError for other roles."""
    user.must("measure")
    cases = schema.cases.c
    columns = (cases.id, cases.state, cases.outcome, cases.probability, cases.opened_at, cases.is_double,
               cases.control_of, cases.control_truth)  # fmt: skip
    with store.reading() as connection:
        rows = connection.execute(select(*columns).where(user.cleared())).all()
        judged = _effective(connection, user)
    now = store.clock()
    real = [row for row in rows if row.control_of is None]
    ages = sorted((now - read(row.opened_at)).days for row in real if row.state in WAITING)
    pairs = _pairs([row.id for row in real if row.is_double], judged)
    states = Counter(row.state for row in real)
    return Figures(
        states={state: states[state] for state in STATES},
        days=_days(judged, now),
        median_age=median(ages) if ages else None,
        oldest_age=ages[-1] if ages else None,
        ages=_age_groups(ages),
        kappa=kappa(pairs),
        doubles=len(pairs),
        bands=tuple(_band(number, real) for number in range(len(BANDS))),
        reviewers=_reviewers(rows, judged, stamp(now - timedelta(days=DAYS))),
    )


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of pairs of verdicts, None where chance alone explains all or there are none.

    >>> kappa([("same", "same"), ("different", "different"), ("same", "different"), ("different", "different")])
    0.5
    """
    if not pairs:
        return None
    agreed = sum(first == second for first, second in pairs) / len(pairs)
    firsts, seconds = Counter(p[0] for p in pairs), Counter(p[1] for p in pairs)
    by_chance = sum(firsts[verdict] * seconds[verdict] for verdict in firsts) / len(pairs) ** 2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def _effective(connection: Connection, user: User) -> list[Any]:
    """Return every judgement that was not undone on a case within clearance, oldest first."""
    table = schema.judgements.c
    rows = connection.execute(
        select(table.id, table.undoes, table.case_id, table.verdict, table.reviewer, table.at, table.evidence_hash)
        .join(schema.cases, schema.cases.c.id == table.case_id)
        .where(user.cleared())
        .order_by(table.id)
    ).all()
    undone = {row.undoes for row in rows}
    return [row for row in rows if row.undoes is None and row.id not in undone]


def _pairs(doubles: Iterable[str], judged: Sequence[Any]) -> list[tuple[str, str]]:
    """Return first and second verdict of each twice judged case among ``doubles``, per version of its evidence."""
    wanted = set(doubles)
    by_case: dict[tuple[str, str], list[str]] = {}
    for row in judged:
        if row.case_id in wanted:
            by_case.setdefault((row.case_id, row.evidence_hash), []).append(row.verdict)
    return [(verdicts[0], verdicts[1]) for verdicts in by_case.values() if len(verdicts) > 1]


def _days(judged: Sequence[Any], now: Any) -> tuple[tuple[str, int], ...]:
    counted = Counter(row.at[:10] for row in judged)
    dates = [(now - timedelta(days=back)).date().isoformat() for back in range(DAYS - 1, -1, -1)]
    return tuple((date, counted[date]) for date in dates)


def _age_groups(ages: Sequence[int]) -> tuple[tuple[str, int], ...]:
    bounds = ((0, 1), (1, 3), (3, 7), (7, 30), (30, None))
    return tuple(
        (f"{low}–{high}" if high else f"{low}+", sum(low <= age and (high is None or age < high) for age in ages))
        for low, high in bounds
    )


def _band(number: int, rows: Sequence[Any]) -> Band:
    low, high = BANDS[number]
    outcomes = Counter(row.outcome for row in rows if row.state == DECIDED and low <= row.probability < high)
    same, decided = outcomes[SAME], outcomes[SAME] + outcomes[DIFFERENT]
    bounds = wilson(same, decided) if decided else (None, None)
    return Band(
        number=number, same=same, different=outcomes[DIFFERENT], cannot_tell=outcomes["cannot_tell"],
        precision=same / decided if decided else None, low=bounds[0], high=bounds[1],
    )  # fmt: skip


def _reviewers(rows: Sequence[Any], judged: Sequence[Any], since: str) -> tuple[Reviewer, ...]:
    truth = {row.id: row.control_truth for row in rows if row.control_of is not None}
    recent = Counter(row.reviewer for row in judged if row.at >= since)
    known = [(row.reviewer, row.verdict == truth[row.case_id]) for row in judged if row.case_id in truth]
    answered, right = Counter(name for name, _ in known), Counter(name for name, is_right in known if is_right)
    return tuple(
        Reviewer(name=name, judgements=recent[name], known_right=right[name], known_answered=answered[name])
        for name in sorted({*recent, *answered})
    )

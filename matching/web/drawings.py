"""Small drawings: the timeline of births, bars of figures. Plain numbers for the templates to draw as SVG.

Enters: births as documents have them, counts. Leaves: positions in per cent of the width. Whatever is drawn also stands in
words beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

LEAST_WIDTH = 0.8  # per cent: a single day must be seen


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A birth on the timeline: where it begins, how wide it is (per cent), on which side (l or r)."""

    side: str
    x: float
    width: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Births of both sides on one scale; ``ticks`` are (per cent, year)."""

    intervals: tuple[Interval, ...]
    ticks: tuple[tuple[float, int], ...]


def timeline(left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]]) -> Timeline | None:
    """Return the timeline of births (rows of BIRTHS with ISO dates), None where there is none to draw."""
    births = [("l", row) for row in left] + [("r", row) for row in right]
    days = [(side, _day(row["earliest"]), _day(row["latest"])) for side, row in births]
    if not days:
        return None
    first = min(day for _, day, _ in days).year - 1
    last = max(day for _, _, day in days).year + 2
    start, end = date(first, 1, 1).toordinal(), date(last, 1, 1).toordinal()

    def at(ordinal: int) -> float:
        return round(100 * (ordinal - start) / (end - start), 2)

    intervals = tuple(
        Interval(
            side=side,
            x=at(earliest.toordinal()),
            width=max(LEAST_WIDTH, at(latest.toordinal() + 1) - at(earliest.toordinal())),
            label=earliest.isoformat() if earliest == latest else f"{earliest.isoformat()} – {latest.isoformat()}",
        )
        for side, earliest, latest in days
    )
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if (last - first) / step <= 8)
    years = [year for year in range(first, last + 1) if year % step == 0]
    return Timeline(intervals=intervals, ticks=tuple((at(date(year, 1, 1).toordinal()), year) for year in years))


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def bars(values: Sequence[float]) -> list[float]:
    """Return each value as per cent of the largest.

    >>> bars([1, 0, 4])
    [25.0, 0.0, 100.0]
    """
    largest = max(values, default=0)
    return [round(100 * value / largest, 1) if largest else 0.0 for value in values]

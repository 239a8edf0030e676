from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from matching.errors import GateError
from matching.quality import Gated, gate_counts


def counts(persons: int, previous: int | None, **options: Any) -> Gated:
    return gate_counts(
        "x_list", persons, previous_persons=previous, now=datetime(2026, 3, 1, tzinfo=UTC), count_drop=0.3, **options
    )


def failed(gated: Gated) -> dict[str, str]:
    rows = gated.gates.filter(~pl.col("success")).rows(named=True)
    return {row["expectation"]: row["severity"] for row in rows}


@pytest.mark.parametrize(("persons", "previous"), [(730, None), (730, 730), (511, 730), (900, 730), (5, 0)], ids=str)
def test_count_that_did_not_fall_too_far_is_accepted(persons: int, previous: int | None) -> None:
    assert failed(counts(persons, previous)) == {}


def test_list_that_fell_by_half_is_refused_with_both_counts_and_the_way_out() -> None:
    gated = counts(365, 730)

    with pytest.raises(GateError) as raised:
        gated.raise_if_failed()
    assert "source x_list" in str(raised.value)
    assert "persons fell from 730 to 365 (50% lost, allowed 30%)" in str(raised.value)
    assert "--accept-drop" in str(raised.value)


def test_accepted_drop_is_a_warning_that_stays_on_record() -> None:
    gated = counts(365, 730, accept_drop=True)

    gated.raise_if_failed()
    assert failed(gated) == {"count_fell_no_further_than_allowed": "warning"}


def test_empty_list_is_refused_even_with_accept_drop() -> None:
    gated = counts(0, 730, accept_drop=True)

    with pytest.raises(GateError, match=r"the list is empty \(no person in it; 730 in the snapshot before\)"):
        gated.raise_if_failed()


@pytest.mark.parametrize(
    ("bounds", "severity"),
    [({"fail_below": 800}, "critical"), ({"warn_below": 800}, "warning"), ({"warn_above": 700}, "warning"),
     ({"fail_above": 700}, "critical")],
    ids=str,
)  # fmt: skip
def test_count_outside_its_band_fails_or_warns(bounds: dict[str, int], severity: str) -> None:
    assert list(failed(counts(730, 730, **bounds)).values()) == [severity]


def test_bound_that_is_not_set_is_not_checked() -> None:
    assert set(counts(730, 730).gates["expectation"]) == {"list_is_not_empty", "count_fell_no_further_than_allowed"}

"""The gate of a snapshot's counts: a list that is empty, out of its band or suddenly shorter is not taken in."""

from datetime import datetime

import polars as pl

from matching.quality.gates import Gated, gate
from matching.quality.loading import SNAPSHOT


def gate_counts(
    source_id: str,
    persons: int,
    *,
    previous_persons: int | None,
    now: datetime,
    count_drop: float,
    accept_drop: bool = False,
    fail_below: int | None = None,
    warn_below: int | None = None,
    warn_above: int | None = None,
    fail_above: int | None = None,
) -> Gated:
    """Check the number of persons in a new snapshot of a source.

    ``previous_persons`` is the count of the accepted snapshot before it, None for the first; ``count_drop`` the share
    of it that may go missing, unless ``accept_drop``. The bounds are the source's own; None sets no bound. The result's
    ``frame`` is the one row that was checked, its ``gates`` have table ``snapshot``.
    """
    frame = pl.DataFrame({"persons": [persons], "previous_persons": [previous_persons]}, schema=SNAPSHOT.schema)
    parameters = {
        "count_drop": count_drop,
        "accept_drop": accept_drop,
        "fail_below": fail_below,
        "warn_below": warn_below,
        "warn_above": warn_above,
        "fail_above": fail_above,
    }
    return gate(SNAPSHOT, frame, source=source_id, now=now, parameters=parameters)

"""What differs between the matches of two runs, and why: the lists, the records, or what weighed them.

Reads the tables of two runs. Writes nothing. Grain: one match that appeared, vanished or weighs otherwise.
"""

import polars as pl

from matching.operations.runs import RunState
from matching.records.history import NOT_CONTENT
from matching.tables import MATCHES, RECORDS
from matching.workspace import read_table, scan_table

# One bit: the odds doubled or halved. Less is rounding of a rarity that every list taken in moves a little.
_TOLD_WEIGHT = 1.0
_KEY = ["record_id_l", "record_id_r"]


def differences(before: RunState, after: RunState) -> pl.DataFrame:
    """Return change, record_id_l, record_id_r, both probabilities and why: appeared first, then vanished, then changed.

    Raises WorkspaceError where one of the runs has no matches yet.
    """
    was, now = (
        read_table(run.folder, MATCHES).select(*_KEY, "match_probability", "match_weight") for run in (before, after)
    )
    both = was.join(now, on=_KEY, how="full", coalesce=True, suffix="_now")
    moved = (pl.col("match_weight_now") - pl.col("match_weight")).abs() >= _TOLD_WEIGHT
    change = (
        pl.when(pl.col("match_weight").is_null())
        .then(pl.lit("appeared"))
        .when(pl.col("match_weight_now").is_null())
        .then(pl.lit("vanished"))
        .when(moved)
        .then(pl.lit("changed"))
    )
    found = both.with_columns(change=change).drop_nulls("change")
    reasons = _reasons(before, after, found)
    return (
        found.with_columns(why=pl.Series(reasons, dtype=pl.String))
        .select(
            "change",
            *_KEY,
            probability_before=pl.col("match_probability"),
            probability_after=pl.col("match_probability_now"),
            why="why",
        )
        .sort(pl.col("change").cast(pl.Enum(["appeared", "vanished", "changed"])), *_KEY)
    )


def _reasons(before: RunState, after: RunState, found: pl.DataFrame) -> list[str]:
    """Say of each pair what the runs differ in that can explain it."""
    ids = pl.concat([found[side] for side in _KEY]).unique()
    was, now = _contents(before, ids), _contents(after, ids)
    general = _general(before, after)

    def why(pair: tuple[str, str]) -> str:
        told = [f"{one} {word}" for one in pair if (word := _word(was.get(one), now.get(one)))]
        return "; ".join(told or general or ["records that others share names with changed"])

    return [why(pair) for pair in found.select(_KEY).rows()]


def _contents(run: RunState, ids: pl.Series) -> dict[str, str]:
    """The content of the records ``ids`` as one text each, without what changes with every snapshot."""
    columns = [name for name in RECORDS.columns if name not in (*NOT_CONTENT, "record_id")]
    wanted = scan_table(run.folder, RECORDS).filter(pl.col("record_id").is_in(ids.implode())).collect()
    return {row["record_id"]: repr([row[name] for name in columns]) for row in wanted.to_dicts()}


def _word(was: str | None, now: str | None) -> str | None:
    if was == now:
        return None
    return "is new" if was is None else "is gone" if now is None else "changed"


def _general(before: RunState, after: RunState) -> list[str]:
    """What differs between the runs as a whole and can move every weight."""
    told = []
    for name, column in (("model", "model_id"), ("code or libraries", "versions")):
        was, now = (sorted(set(run.ledger[column])) for run in (before, after))
        if was != now:
            told.append(f"another {name}")
    return told

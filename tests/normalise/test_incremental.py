"""A run that takes over the rows of unchanged records writes the tables of a run that normalises all, to the byte."""

import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from matching.contract import Table
from matching.exercise.population.make import pieces, two_lists
from matching.normalise import incremental, stage
from matching.normalise.incremental import keep_state, normalise_changed
from matching.normalise.stage import TABLES, normalise
from matching.tables import NAMES, QUARANTINE, RECORDS
from matching.workspace import read_json, table_path, write_json, write_table

WRITTEN: tuple[Table, ...] = (*TABLES, QUARANTINE)


@pytest.fixture(scope="module")
def many() -> pl.DataFrame:
    """Four hundred listings of a list that stands in eight scripts, with births and documents."""
    return next(pieces(two_lists(400, notices=0)))


@pytest.fixture
def normalised(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each call had to normalise."""
    counts: list[int] = []

    def counted(records: pl.DataFrame) -> stage.Normalised:
        counts.append(records.height)
        return normalise(records)

    monkeypatch.setattr(incremental, "normalise", counted)
    return counts


def run(folder: Path, records: pl.DataFrame, before: Path | None = None) -> dict[str, bytes]:
    """Normalise ``records`` in ``folder`` as the pipeline does; returns the tables as files."""
    made = normalise_changed(records, before=before)
    write_table(folder, RECORDS, records)
    for table in WRITTEN:
        write_table(folder, table, getattr(made, table.name))
    keep_state(folder)
    return {table.name: table_path(folder, table).read_bytes() for table in WRITTEN}


def edit(column: str, value: pl.Expr) -> Callable[[pl.DataFrame, pl.Series], pl.DataFrame]:
    def edited(records: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
        chosen = pl.col("record_id").is_in(ids.implode())
        return records.with_columns(pl.when(chosen).then(value).otherwise(pl.col(column)).alias(column))

    return edited


def renamed(entry: pl.Expr) -> pl.Expr:
    return entry.struct.with_fields(full=pl.field("full").str.reverse())


def unread(entry: pl.Expr) -> pl.Expr:
    return entry.struct.with_fields(earliest=pl.lit(None, pl.Date), text=pl.lit("around spring"))


EDITS = {
    "removed from the list": lambda records, ids: records.filter(~pl.col("record_id").is_in(ids.implode())),
    "listed no more": edit("status", pl.lit("removed")),
    "listed again": edit("status", pl.lit("active")),
    "renamed": edit("names", pl.col("names").list.eval(renamed(pl.element()))),
    "one name fewer": edit("names", pl.col("names").list.head(pl.col("names").list.len() - 1)),
    "no birth": edit("births", pl.col("births").list.head(0)),
    "a birth that cannot be read": edit("births", pl.col("births").list.eval(unread(pl.element()))),
    "another country": edit("nationalities", pl.lit(["Uruguay"])),
    "no document": edit("identifiers", pl.col("identifiers").list.head(0)),
    "another sex": edit("sex", pl.lit("female")),
    "another snapshot": edit("snapshot_id", pl.lit("f" * 64)),
}


def test_nothing_changed_and_nothing_is_normalised(tmp_path: Path, many: pl.DataFrame, normalised: list[int]) -> None:
    files = run(tmp_path / "first", many)
    again = run(tmp_path / "second", many.with_columns(snapshot_id=pl.lit("e" * 64)), tmp_path / "first")
    assert again == files
    assert normalised == [many.height, 0]


@pytest.mark.parametrize("change", EDITS)
def test_only_what_changed_is_normalised(
    tmp_path: Path, many: pl.DataFrame, normalised: list[int], change: str
) -> None:
    before = many.filter(pl.col("births").list.len() > 0, pl.col("names").list.len() > 1)
    run(tmp_path / "first", before)
    after = EDITS[change](before, before["record_id"][3:10])
    assert run(tmp_path / "second", after, tmp_path / "first") == run(tmp_path / "full", after)
    assert normalised[1] <= 7


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_the_tables_are_those_of_a_full_run(tmp_path: Path, many: pl.DataFrame, seed: int) -> None:
    draw = random.Random(seed)
    records, before = many.sample(300, seed=seed), None
    for day in range(4):
        folder = tmp_path / str(day)
        assert run(folder, records, before) == run(tmp_path / f"full{day}", records)
        before = folder
        for change in draw.sample(sorted(EDITS), 3):
            records = EDITS[change](records, records["record_id"].sample(draw.randint(1, 30), seed=draw.randint(0, 99)))
        come_back = many.filter(~pl.col("record_id").is_in(records["record_id"].implode())).head(draw.randint(0, 5))
        records = pl.concat([records, come_back]).sample(fraction=1.0, shuffle=True, seed=day)


def test_a_record_of_which_a_row_was_set_aside_is_normalised_again(
    tmp_path: Path, many: pl.DataFrame, normalised: list[int]
) -> None:
    run(tmp_path / "first", many)
    aside = {
        "table": "names", "source": "zz", "snapshot_id": "0", "record_id": many["record_id"][5], "rule": "name_has_text",
        "column": "full", "value": None, "reason": "a name form is not blank",
    }  # fmt: skip
    names = pl.read_parquet(table_path(tmp_path / "first", NAMES))
    write_table(tmp_path / "first", NAMES, names.filter(pl.col("record_id") != aside["record_id"]))
    write_table(tmp_path / "first", QUARANTINE, pl.DataFrame([aside], schema=QUARANTINE.schema))
    keep_state(tmp_path / "first")  # as a run does, after its gates set rows aside
    assert run(tmp_path / "second", many, tmp_path / "first") == run(tmp_path / "full", many)
    assert normalised == [many.height, 1, many.height]


@pytest.mark.parametrize("lacks", ["made_of.json", "name_keys.parquet"])
def test_a_run_that_is_not_whole_is_not_taken_from(
    tmp_path: Path, many: pl.DataFrame, normalised: list[int], lacks: str
) -> None:
    run(tmp_path / "first", many)
    (tmp_path / "first" / "30_normalised" / lacks).unlink()
    run(tmp_path / "second", many, tmp_path / "first")
    assert normalised == [many.height] * 2


def test_what_other_code_wrote_is_not_taken_over(tmp_path: Path, many: pl.DataFrame, normalised: list[int]) -> None:
    run(tmp_path / "first", many)
    path = tmp_path / "first" / "30_normalised" / "made_of.json"
    made_of = read_json(path)
    assert made_of["code_id"] == incremental.code_id()
    write_json(path, made_of | {"code_id": "another"})
    run(tmp_path / "second", many, tmp_path / "first")
    assert normalised == [many.height] * 2


def test_processes_that_share_the_work_write_what_one_does(
    tmp_path: Path, many: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = run(tmp_path / "alone", many)
    monkeypatch.setattr(stage, "RECORDS_APART", 90)
    monkeypatch.setattr(stage, "_processors", lambda: 2)
    assert run(tmp_path / "shared", many.reverse()) == alone


_PARTS = pl.Struct({"text": pl.String, "number": pl.Int64})


@pytest.mark.parametrize("dtype", [pl.String, _PARTS, pl.List(pl.String), pl.List(_PARTS)])
def test_columns_differ_where_python_says_that_their_values_do(dtype: pl.DataType) -> None:
    draw = random.Random(3)

    def value(of: object) -> object:
        if draw.random() < 0.3:
            return None
        if isinstance(of, pl.List):
            return [value(of.inner) for _ in range(draw.randint(0, 2))]
        return {"text": value(pl.String), "number": draw.randint(1, 2)} if of == _PARTS else draw.choice(["", "a", "b"])

    now, then = (pl.Series([value(dtype) for _ in range(2000)], dtype=dtype) for _ in range(2))
    expected = [one != other for one, other in zip(now.to_list(), then.to_list(), strict=True)]
    assert incremental._differing(now, then).tolist() == expected
    assert 0 < sum(expected) < 2000


@pytest.mark.parametrize("damage", ["truncated", "rows lost", "records truncated"])
def test_of_a_damaged_published_run_nothing_is_taken_over(tmp_path, many, normalised, damage):
    records, before = many.head(20), tmp_path / "before"
    whole = run(before, records)
    damaged = table_path(before, RECORDS if damage == "records truncated" else NAMES)
    if damage == "rows lost":
        write_table(before, NAMES, pl.read_parquet(damaged)[3:])
    else:
        damaged.write_bytes(damaged.read_bytes()[:200])
    normalised.clear()
    assert run(tmp_path / "after", records, before=before) == whole
    assert normalised == [20]

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import matching

from matching.exercise.population.counted import Counted
from matching.exercise.population.make import SEED, person_numbers, pieces, truth, two_lists
from matching.exercise.population.people import people
from matching.normalise.text import script_of
from matching.tables import RECORDS

LISTS = two_lists(6_000, notices=3_000)


@pytest.fixture(scope="module")
def records() -> pl.DataFrame:
    return pl.concat(pieces(LISTS))


def names_of(records: pl.DataFrame, kind: str | None = None) -> pl.DataFrame:
    named = records.select("record_id", "names").explode("names").unnest("names")
    return named if kind is None else named.filter(pl.col("kind") == kind)


def test_records_keep_their_contract_and_are_as_many_as_asked(records: pl.DataFrame) -> None:
    assert records.schema == RECORDS.schema
    assert records["record_id"].n_unique() == records.height == 9_000
    assert dict(records.group_by("source").len().iter_rows()) == {"zz_watchlist": 6_000, "zz_notices": 3_000}


def test_every_listing_has_one_primary_name(records: pl.DataFrame) -> None:
    assert names_of(records, "primary")["record_id"].n_unique() == names_of(records, "primary").height == 9_000
    assert names_of(records)["full"].null_count() == 0


def test_names_stand_in_eight_scripts_or_more(records: pl.DataFrame) -> None:
    assert len({script_of(full) for full in names_of(records)["full"]}) >= 8


def test_a_listing_does_not_depend_on_how_long_the_list_is_or_how_it_is_cut(records: pl.DataFrame) -> None:
    in_small_pieces = pl.concat(pieces(LISTS, piece=700))
    shorter = pl.concat(pieces(two_lists(500, notices=0)))
    assert in_small_pieces.sort("record_id").equals(records.sort("record_id"))
    assert shorter.equals(records.join(shorter, on="record_id", how="semi"))


def test_another_seed_gives_other_people(records: pl.DataFrame) -> None:
    other = next(iter(pieces(two_lists(50), seed=SEED + 1)))
    assert not other["names"].equals(records.join(other, on="record_id", how="semi")["names"])


def test_a_fifth_of_the_notices_are_of_people_on_the_watchlist(records: pl.DataFrame) -> None:
    known = truth(LISTS)
    across = known.filter(
        pl.col("record_id_l").str.starts_with("zz_notices") & pl.col("record_id_r").str.starts_with("zz_watchlist")
    )
    assert 0.17 < across["record_id_l"].n_unique() / 3_000 < 0.23
    assert known.height > across.height
    assert (known["record_id_l"] < known["record_id_r"]).all()
    assert set(known["record_id_l"]) | set(known["record_id_r"]) <= set(records["record_id"])


def test_pairs_of_the_truth_are_listings_of_one_person_and_no_others_are() -> None:
    persons = np.concatenate([person_numbers(LISTS, place, np.arange(one.size)) for place, one in enumerate(LISTS)])
    _, counts = np.unique(persons, return_counts=True)
    assert truth(LISTS).height == (counts * (counts - 1) // 2).sum()


def test_births_have_gaps_slips_and_every_precision(records: pl.DataFrame) -> None:
    births = records.select("record_id", "births").explode("births").drop_nulls("births").unnest("births")
    assert set(births["precision"].drop_nulls()) == {"day", "month", "year", "circa", "range"}
    assert (births["earliest"] <= births["latest"]).all()
    assert 0.1 < 1 - births["record_id"].n_unique() / records.height < 0.2
    listed = records.select("record_id", day=pl.col("births").list.get(0, null_on_oob=True).struct.field("earliest"),
                            precision=pl.col("births").list.get(0, null_on_oob=True).struct.field("precision")).filter(precision="day")  # fmt: skip
    pairs = truth(LISTS).join(listed, left_on="record_id_l", right_on="record_id").join(
        listed, left_on="record_id_r", right_on="record_id")  # fmt: skip
    assert 0.7 < (pairs["day"] == pairs["day_right"]).mean() < 0.95


def test_brothers_share_father_and_family_but_not_the_given_name() -> None:
    persons = people(np.arange(20_000), seed=SEED)
    like = Counted(SEED, np.arange(20_000)).fraction("is like the one before")
    brothers = np.flatnonzero((like >= 0.01) & (like < 0.03) & (np.arange(20_000) > 0))
    before = brothers - 1
    own = ~((like[before] < 0.03) & (before > 0))  # their family is their own, not again of the one before
    assert len(brothers) > 300
    assert (persons.culture[brothers[own]] == persons.culture[before[own]]).all()
    assert (persons.names[brothers[own], 3] // 2 == persons.names[before[own], 3] // 2).all()
    assert (persons.born[brothers] != persons.born[before]).mean() > 0.99


def test_the_command_writes_records_and_truth_into_a_new_folder_only(tmp_path: Path) -> None:
    answer = matching("exercise", "make", "-o", tmp_path / "new", "--records", "300", "--notices", "60")
    assert answer.exit_code == 0
    assert pl.read_parquet(tmp_path / "new" / "20_records" / "records.parquet").schema == RECORDS.schema
    assert pl.read_csv(tmp_path / "new" / "truth.csv").columns == ["record_id_l", "record_id_r"]
    again = matching("exercise", "make", "-o", tmp_path / "new", "--records", "300")
    assert again.exit_code == 2
    assert "give a new one" in again.err

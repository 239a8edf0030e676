import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from matching.exercise import bundled
from matching.records.build import Parsed, parse
from matching.sources.drop import match_files
from matching.sources.registry import load_sources
from matching.sources.spec import Source

RETRIEVED = datetime(2026, 3, 1, tzinfo=UTC)
PERSONS = {"interpol_red": 300, "un_sc": 250, "us_ofac_sdn": 340, "zz_national": 149}  # one state is not mapped


@pytest.fixture(scope="module")
def sources() -> dict[str, Source]:
    return load_sources([bundled.sources_dir()])


def parse_files(source: Source, paths: list[Path]) -> Parsed:
    return parse(source, match_files(source, paths), snapshot_id="made", retrieved_at=RETRIEVED)


@pytest.fixture(scope="module")
def parsed(sources: Mapping[str, Source]) -> dict[str, Parsed]:
    return {
        source_id: parse_files(sources[source_id], sorted((bundled.drop_dir() / source_id).iterdir()))
        for source_id in bundled.source_ids()
    }


def record_ids(parsed: Mapping[str, Parsed]) -> set[str]:
    return {record_id for one in parsed.values() for record_id in one.records["record_id"]}


def test_every_list_is_read_by_its_source_with_every_person(parsed: Mapping[str, Parsed]) -> None:
    assert {source_id: one.persons for source_id, one in parsed.items()} == PERSONS
    assert {source_id: dict(one.unread) for source_id, one in parsed.items()} == {
        source_id: {} for source_id in PERSONS
    }


def test_lists_hold_organisations_and_vessels_beside_persons(parsed: Mapping[str, Parsed]) -> None:
    records = pl.concat([parsed["un_sc"].records, parsed["us_ofac_sdn"].records])
    counts = dict(records["entity_kind"].value_counts().iter_rows())
    assert counts == {"person": 590, "organisation": 82, "vessel": 3}


def test_truth_and_traps_name_records_that_exist_and_are_sought(parsed: Mapping[str, Parsed]) -> None:
    pairs = pl.concat([bundled.truth().drop("how"), bundled.traps().drop("why")])
    active = {
        record_id
        for one in parsed.values()
        for record_id in one.records.filter(pl.col("status") == "active")["record_id"]
    }
    assert set(pairs["record_id_l"]) | set(pairs["record_id_r"]) <= active
    assert (pairs["record_id_l"] < pairs["record_id_r"]).all()
    assert pairs.is_unique().all()


def test_truth_covers_every_pair_of_lists_and_every_way_to_differ() -> None:
    truth = bundled.truth()
    sides = truth.select(pl.col("record_id_l", "record_id_r").str.extract("^([^:]+)"))
    assert len(sides.unique()) == 8  # six pairs of lists, and two lists with a duplicate
    ways = set(truth["how"].str.split("; ").explode())
    assert {"other script", "other spelling", "alias only", "birth year only", "same passport", "same list"} <= ways


def test_what_cannot_be_read_is_known(parsed: Mapping[str, Parsed]) -> None:
    records = pl.concat([one.records for one in parsed.values()])
    births = records.select("record_id", "births").explode("births").unnest("births")
    unread = set(births.filter(pl.col("text").is_not_null() & pl.col("earliest").is_null())["record_id"])
    refused = {record_id for one in parsed.values() for record_id in one.quarantine["record_id"]}
    known = dict(bundled.unreadable().iter_rows())
    assert {i for i, why in known.items() if why == "a birth date that does not exist"} == unread
    assert {i for i, why in known.items() if why == "a state that the source does not map"} == refused
    assert known.keys() <= record_ids(parsed) | refused


def folded(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(sorted(re.findall(r"\w+", plain.casefold())))


def primary_and_aliases(one: Parsed) -> set[str]:
    persons = one.records.filter(pl.col("entity_kind") == "person").select("record_id", "names")
    names = persons.explode("names").unnest("names").filter(pl.col("kind") != "weak_alias")
    return {name for full in names["full"] if " " in (name := folded(full))}


@pytest.mark.real
def test_no_invented_name_is_the_name_of_a_person_on_a_real_list(
    parsed: Mapping[str, Parsed], sources: Mapping[str, Source], shared: Path
) -> None:
    data = shared / "data"
    real = {
        "un_sc": [data / "un_sc/2026-02-27/UN_consolidated.xml"],
        "us_ofac_sdn": sorted((data / "us_ofac_sdn/2022-01-31").glob("*.csv")),
        "interpol_red": [data / "interpol_red/2023-05-16/results.json"],
    }
    borne = set().union(*(primary_and_aliases(parse_files(sources[i], paths)) for i, paths in real.items()))
    invented = set().union(*map(primary_and_aliases, parsed.values()))
    assert len(borne) > 10_000
    assert not len(invented & borne), "run the names again: add their digests to tables/avoided.txt"

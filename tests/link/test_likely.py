"""Pairs that are not likely enough are left out, and nothing that anyone is shown changes."""

import math

import polars as pl
import pytest
from invented_persons import person, write_persons

from matching import database
from matching.link import blocking, compare, likely, stage
from matching.link.overlap import weigh_lists
from matching.link.stage import link, weigh_each
from matching.resolve.clusters import connected
from matching.resolve.stage import resolve
from matching.settings import Settings
from matching.tables import BIRTHS, IDENTIFIERS, RECORDS
from matching.workspace import read_table

SIDES = ["record_id_l", "record_id_r"]
THRESHOLD = 0.5


def people():
    """Eighty persons of few names and years on four lists, some of them the same, some with documents."""
    first, last = ("karim", "yusuf", "wilda", "fenn", "вильда"), ("botros", "halim", "youssouf", "фенн")
    for number in range(80):
        names = [
            f"{first[number % 5]} {last[number // 5 % 4]}",
            *([f"{first[number % 3]} botros"] if number % 3 else []),
        ]
        births = [f"19{50 + number % 4}-0{1 + number % 9}-11"] if number % 4 else []
        documents = [f"X{1000000 + number // 10}"] if number % 5 == 0 else []
        yield person(
            f"{'abcd'[number % 4]}:{number:02}", *names, births=births, documents=documents,
            nationality=(None, "PT", "ES")[number % 3], sex=(None, "male", "female")[number % 7 % 3],
            birth_place=(None, "Aldea", "Harbour")[number % 5 % 3],
        )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_persons(tmp_path_factory.mktemp("people"), list(people()))


def linked(folder, model, spill, monkeypatch, floor, threshold=THRESHOLD):
    monkeypatch.setattr(likely, "floor_for", lambda *_, **__: floor)
    return link(folder, Settings(review_threshold=threshold), model, spill=spill)


def test_what_a_pair_is_judged_by_is_what_it_weighs_but_for_documents(folder, model, tmp_path, monkeypatch):
    weights = []
    original = likely._weights
    monkeypatch.setattr(likely, "floor_for", lambda *_, **__: -1000.0)
    monkeypatch.setattr(
        likely, "_weights", lambda *given, **more: weights.append(original(*given, **more)) or weights[-1]
    )
    with stage.loaded(folder, Settings(), spill=tmp_path) as connection:
        compare.prepare(connection)
        floors = likely.floors_of(connection, model, threshold=THRESHOLD)
        blocking.block(connection)
        forms = compare.read_forms(connection)
        sides = connection.sql("SELECT record_id_l, record_id_r FROM candidate_pairs").pl().cast(pl.UInt32)
        compared = compare.compare_names(connection, forms, *(side.to_numpy() for side in sides))
        pairs = connection.sql(NUMBERED).pl()
        likely.keep_likely(connection, model, forms.borne, compared, floors)
        assert pairs.height > 500
        judged = pairs.with_columns(judged=weights[0])
        compare.compare_documents(connection)
        compare.put_together(connection)
        scored = weigh_each(connection, model, compare.distinct_vectors(connection))
    both = scored.join(judged, on=SIDES)
    assert both.height == scored.height == pairs.height
    without = both["match_weight"] - both["weight_identifier"]
    assert (without - both["judged"]).abs().max() < 1e-5


NUMBERED = """
    SELECT l.record_id AS record_id_l, r.record_id AS record_id_r
    FROM candidate_pairs
    JOIN record_numbers AS l ON l.number = record_id_l
    JOIN record_numbers AS r ON r.number = record_id_r
    ORDER BY candidate_pairs.rowid
"""


def test_pairs_below_the_floor_are_left_out_but_those_that_share_a_document_or_that_matches_connect(
    folder, model, tmp_path, monkeypatch
):
    every = linked(folder, model, tmp_path, monkeypatch, -1000.0)
    kept = linked(folder, model, tmp_path, monkeypatch, -2.0)
    together = every.join(kept, on=SIDES, how="left", suffix="_kept")
    left_out = together.filter(pl.col("match_weight_kept").is_null())
    assert left_out.height > 100
    assert not left_out["level_identifier"].is_in(["same_checked_document", "same_document", "same_number"]).any()
    assert kept["level_identifier"].is_in(["same_document"]).any()
    rest = together.drop_nulls("match_weight_kept")
    assert rest.height == kept.height
    for column in ("weight_name", "weight_birth", "weight_identifier", "blocking_rule", "name_l", "name_r"):
        assert rest[column].equals(rest[f"{column}_kept"], null_equal=True), column


def test_of_records_that_matches_connect_every_pair_is_there(folder, model, tmp_path, monkeypatch):
    every = linked(folder, model, tmp_path, monkeypatch, -1000.0)
    kept = linked(folder, model, tmp_path, monkeypatch, -6.0)
    component = connected(kept.filter(pl.col("match_probability") >= THRESHOLD))
    sides = [component.rename({"record_id": side, "component": f"of_{side[-1]}"}) for side in SIDES]
    within = every.join(sides[0], on=SIDES[0]).join(sides[1], on=SIDES[1]).filter(pl.col("of_l") == pl.col("of_r"))
    assert (within["match_weight"] < -8).sum() > 5, "some are left out otherwise"
    assert within.join(kept, on=SIDES, how="anti").is_empty()


def clusters_of(folder, pairs, spill):
    records, births, identifiers = (read_table(folder, table) for table in (RECORDS, BIRTHS, IDENTIFIERS))
    with database.in_memory(Settings(), spill) as connection:
        resolved = resolve(pairs, records, births, identifiers, connection, threshold=THRESHOLD)
    return resolved.clusters.sort("record_id").select("cluster_id", "record_id", "kept_apart")


def test_clusters_are_those_of_all_pairs(folder, model, tmp_path, monkeypatch):
    every, likely_only = (
        clusters_of(folder, linked(folder, model, tmp_path, monkeypatch, floor), tmp_path) for floor in (-1000.0, -6.0)
    )
    assert every.height > 5
    assert every.equals(likely_only)


def chained():
    """One person with two names that two other persons, born on different days, share one each of; and many to fill."""
    place = {"nationality": "ES", "birth_place": "Aldea"}
    yield person("a:1", "hartwin oskarin adler", births=["1970-05-04"], **place)
    yield person("b:1", "hartwin oskarin adler", "gundolf oskarin adler", **place)
    yield person("c:1", "gundolf oskarin adler", births=["1973-11-20"], **place)
    yield from (person(f"d:{n}", f"wilfrid{n} quast{n}") for n in range(120))
    yield from (person(f"e:{n}", f"oskarin adler{n}") for n in range(12))
    yield from (person(f"f:{n}", f"rolf{n} adler") for n in range(12))


def test_what_keeps_two_persons_apart_is_seen_though_their_pair_is_not_likely_enough(model, tmp_path, monkeypatch):
    folder = write_persons(tmp_path, list(chained()))
    told = {}
    for name, floor, connects in (("all", -1000.0, True), ("likely", -6.0, True), ("unconnected", -6.0, False)):
        with monkeypatch.context() as patch:
            if not connects:
                patch.setattr(stage, "connected_pairs", lambda _, unlikely, *__, **___: unlikely.chosen(slice(0)))
            pairs = linked(folder, model, tmp_path / name, patch, floor)
        told[name] = (clusters_of(folder, pairs, tmp_path / name), pairs.height)
    assert told["likely"][0].equals(told["all"][0])
    assert told["likely"][1] < told["all"][1]
    assert told["all"][0]["record_id"].to_list() == ["a:1", "b:1"], "who was born on another day is kept apart"
    assert told["unconnected"][0]["record_id"].to_list() == ["a:1", "b:1", "c:1"], "the likely pairs do not tell"


def test_how_many_are_left_out_is_logged(folder, model, tmp_path, monkeypatch):
    events = []
    monkeypatch.setattr(stage, "event", lambda name, **fields: events.append((name, fields)))
    every = linked(folder, model, tmp_path, monkeypatch, -1000.0)
    kept = linked(folder, model, tmp_path, monkeypatch, 5.0)
    (_, none), (_, some) = [one for one in events if one[0] == "pairs_not_likely_enough"]
    assert none["pairs"] == 0
    assert some["pairs"] >= every.height - kept.height > 0


def test_of_fewer_records_than_a_hundred_thousand_all_pairs_are_kept():
    for sizes in ((40_000, 50_000), None):
        assert likely.floor_for(99_999, 1e-6, sizes, threshold=THRESHOLD) == -math.inf
        assert likely.floor_for(100_000, 1e-6, sizes, threshold=THRESHOLD) > -20


def test_no_match_is_left_out_however_low_the_threshold():
    assert likely.floor_for(200_000, 1e-6, None, threshold=1e-4) == pytest.approx(math.log2(1e-4), abs=0.001)


@pytest.mark.parametrize(("smaller", "larger"), [(200, 200), (200, 5_000), (20, 1_000)])
def test_no_pair_below_the_floor_comes_to_one_in_a_thousand_though_its_lists_share_everyone(smaller, larger):
    records = 1_100_000
    prior = 0.098 / records
    floor = likely.floor_for(records, prior, (smaller, larger), threshold=THRESHOLD)
    sides = {"source_l": "a", "source_r": "b", "weight_prior": math.log2(prior)}
    same = [
        {"record_id_l": f"a:{n:05}", "record_id_r": f"b:{n:05}", "match_weight": 60.0, **sides}
        for n in range(1, smaller)
    ]
    below = {"record_id_l": "a:00000", "record_id_r": "b:00000", "match_weight": floor, **sides}
    pairs = pl.DataFrame([below, *same]).with_columns(match_probability=1 / (1 + 2.0 ** -pl.col("match_weight")))
    found = weigh_lists(pairs, {"a": smaller, "b": larger}, prior=prior)
    assert 0.0005 < found["match_probability"][0] <= 0.001 * 1.01
    assert floor <= likely.floor_for(records, prior, None, threshold=THRESHOLD)


def test_floors_are_told_by_list_where_there_are_any(folder, model, tmp_path, monkeypatch):
    with stage.loaded(folder, Settings(), spill=tmp_path) as connection:
        assert likely.floors_of(connection, model, threshold=THRESHOLD).told() == {}
        monkeypatch.setattr(likely, "FROM_RECORDS", 10)
        found = likely.floors_of(connection, model, threshold=THRESHOLD)
    assert found.least[0, 0] > found.least[0, 1] == found.least[1, 0]
    assert set(found.told()) == {f"{one} {other}" for one in "abcd" for other in "abcd" if other <= one}

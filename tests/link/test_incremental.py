"""A run that takes over what the one before scored gives the pairs of a run that scores all, whatever changed."""

import random
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented_persons import person, write_persons
from polars.testing import assert_frame_equal

from matching.link import blocking, compare, incremental, likely, reblock, stage, stored
from matching.link.incremental import Before, code_id
from matching.link.stage import link
from matching.settings import Settings
from matching.tables import PAIRS
from matching.workspace import read_json, write_json, write_table

FIRST = ("karim", "yusuf", "wilda", "fenn", "omar", "вильда")
LAST = ("botros", "halim", "youssouf", "фенн")


@pytest.fixture
def taken_over(monkeypatch):
    """How many pairs each linking that takes any over took over."""
    counts = []
    monkeypatch.setattr(
        stage, "event", lambda name, **told: counts.append(told["scored"]) if name == "pairs_taken_over" else None
    )
    return counts


def run(folder, persons, model, before=None, most_within_list=None):
    """Link ``persons`` in ``folder``, as the pipeline does: the pairs are kept beside what they were made of."""
    write_persons(folder, persons)
    limit = {} if most_within_list is None else {"most_within_list": most_within_list}
    pairs = link(folder, Settings(**limit), model, spill=folder / "spill", before=before and Before(folder=before))
    write_table(folder, PAIRS, pairs)
    return pairs


def someone(number, lists="ab", **given):
    """One of a hundred persons of few names, so that they meet, on one of ``lists``, with a birth and a document of their own."""
    names = [f"{FIRST[number % 6]} {LAST[number // 6 % 4]}", *([f"{FIRST[number % 5]} omar"] if number % 3 else [])]
    births = [f"19{50 + number % 7}-0{1 + number % 9}-11"] if number % 4 else []
    documents = [f"X{1000000 + number // 2}"] if number % 5 == 0 else []
    return person(f"{lists[number % len(lists)]}:{number:03}", *names, births=births, documents=documents, **given)


MANY = [someone(number) for number in range(40)]


def test_nothing_changed_and_every_pair_is_taken_over(tmp_path, model, taken_over):
    pairs = run(tmp_path / "first", MANY, model)
    again = run(tmp_path / "second", MANY, model, before=tmp_path / "first")
    assert again.write_csv() == pairs.write_csv()
    assert taken_over == [pairs.height]
    assert pairs.height > 100


# What each edit does to a person, by what is compared of a record.
EDITS = {
    "name": {"names": ["somebody else"]}, "birth": {"births": ["1931-01-02"]}, "sex": {"sex": "male"},
    "country": {"nationality": "ES"}, "place": {"birth_place": "Aldea"}, "document": {"documents": ["Z7777777"]},
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_a_record_that_says_something_else_is_scored_again(tmp_path, model, taken_over, edit):
    run(tmp_path / "first", MANY, model)
    given_now = {"names": MANY[3].names, "births": MANY[3].births, "documents": MANY[3].documents} | EDITS[edit]
    changed = [person(one.record_id, *given_now.pop("names"), **given_now) if one is MANY[3] else one for one in MANY]
    pairs = run(tmp_path / "second", changed, model, before=tmp_path / "first")
    assert pairs.write_csv() == run(tmp_path / "full", changed, model).write_csv()
    assert 0 < taken_over[0] < pairs.height


def test_another_model_code_or_number_of_records_takes_nothing_over(tmp_path, model, taken_over):
    run(tmp_path / "first", MANY, model)
    path = tmp_path / "first" / incremental.STATE / "made_of.json"
    made_of = read_json(path)
    assert made_of == {
        "model_id": model.model_id, "code_id": code_id(), "records": 38, "floors": {}, "most_within_list": 200_000,
        "large_lists": [],
    }  # fmt: skip
    for name in made_of:
        write_json(path, made_of | {name: "another"})
        run(tmp_path / f"second-{name}", MANY, model, before=tmp_path / "first")
    assert taken_over == []


def test_of_more_pairs_than_are_kept_a_full_run_tells_the_likeliest_once_the_other_has_let_go(
    tmp_path, model, monkeypatch
):
    run(tmp_path / "first", MANY, model)
    monkeypatch.setattr(stage, "MOST_PAIRS", 30)
    changed = [person(MANY[0].record_id, "somebody else"), *MANY[1:]]
    full = run(tmp_path / "full", changed, model)
    open_now, opened, original = [], [], stored.opened

    @contextmanager
    def opening(*given, **more):
        with original(*given, **more) as connection:
            open_now.append(connection)
            opened.append(len(open_now))
            yield connection
            open_now.pop()

    monkeypatch.setattr(stored, "opened", opening)
    pairs = run(tmp_path / "second", changed, model, before=tmp_path / "first")
    assert pairs.write_csv() == full.write_csv()
    assert 0 < pairs.height <= 30
    assert opened == [1, 1]


@pytest.mark.parametrize(
    "part",
    ["state/token_rarity.parquet", "state/made_of.json", "state/scored_pairs.parquet", "state/unlikely_pairs.parquet"],
)
def test_a_run_that_kept_no_state_is_not_taken_from(tmp_path, model, taken_over, part):
    pairs = run(tmp_path / "first", MANY, model)
    (tmp_path / "first" / "40_pairs" / part).unlink()
    assert run(tmp_path / "second", MANY, model, before=tmp_path / "first").equals(pairs)
    assert taken_over == []


def test_one_record_more_among_many_moves_no_weight_of_the_others(tmp_path, model):
    many = MANY[:38]  # not at a step of their number
    pairs = run(tmp_path / "first", many, model)
    more = run(tmp_path / "second", [*many, person("c:1", "zzyzx qwortle")], model)
    assert more.equals(pairs)


CHANGES = st.lists(
    st.dictionaries(st.integers(0, 59), st.sampled_from(["add", "remove", *EDITS]), min_size=1, max_size=6),
    min_size=2,
    max_size=3,
)


def changed(persons, changes, **more):
    """The persons, by number, after ``changes``."""
    after = dict(persons)
    for number, change in changes.items():
        if change == "remove":
            after.pop(number, None)
        elif change == "add" or number not in after:
            after[number] = someone(number, **more)
        else:
            before = after[number]
            given_now = {"names": before.names, "births": before.births, "documents": before.documents} | EDITS[change]
            after[number] = person(before.record_id, *given_now.pop("names"), **given_now)
    return after


@pytest.fixture
def high_floor(monkeypatch):
    """Leaves out most pairs of a few persons: of so few, all are above the real one."""
    monkeypatch.setattr(likely, "floor_for", lambda *_, **__: 0.0)


def test_pairs_that_were_not_likely_enough_are_not_compared_again(tmp_path, model, high_floor, monkeypatch):
    compared = []
    original = compare.compare_names
    monkeypatch.setattr(
        compare,
        "compare_names",
        lambda connection, *given: (compared.append(candidates(connection)), original(connection, *given))[1],
    )
    run(tmp_path / "first", MANY, model)
    run(tmp_path / "second", MANY, model, before=tmp_path / "first")
    assert len(compared) == 1, "by the first run alone"
    assert compared[0] > 100


def candidates(connection):
    return connection.sql("SELECT count(*) FROM candidate_pairs").fetchall()[0][0]


@pytest.mark.parametrize("floor", [-1000.0, 0.0])
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=CHANGES)
def test_any_sequence_of_changes_gives_the_pairs_of_a_full_run(
    tmp_path, model, monkeypatch, reblocked, floor, sequence
):
    reblocked.clear()
    monkeypatch.setattr(likely, "floor_for", lambda *_, **__: floor)
    shutil.rmtree(tmp_path)
    persons = {number: someone(number) for number in range(40)}
    run(tmp_path / "0", list(persons.values()), model)
    for day, changes in enumerate(sequence, start=1):
        persons = changed(persons, changes)
        listed = list(persons.values())
        pairs = run(tmp_path / str(day), listed, model, before=tmp_path / str(day - 1))
        assert pairs.write_csv() == run(tmp_path / f"full-{day}", listed, model).write_csv()
    assert len(reblocked) == len(sequence)


@pytest.fixture
def reblocked(monkeypatch):
    """What each linking that blocks only what changed said of it; so do all that have a run before."""
    told = []
    monkeypatch.setattr(reblock, "event", lambda _, **fields: told.append(fields))
    monkeypatch.setattr(incremental, "MOST_CHANGED", 1.0)
    monkeypatch.setattr(compare, "in_steps", lambda count: 64)
    return told


FEW_FIRST = ("karim", "yusuf", "wilda", "fenn", "omar", "вильда", "карим", "юсуф", "كريم", "يوسف")
FEW_LAST = ("botros", "halim", "youssouf", "фенн", "халим", "حليم")


def one_of_few_names(number, told):
    """A person of two words or three, of few, whom ``number`` and ``told`` decide; on list a, or one of four on list b."""
    draw = random.Random(1000 * number + told)
    names = [f"{draw.choice(FEW_FIRST)} {draw.choice(FEW_LAST)}"]
    if draw.random() < 0.4:
        names.append(f"{draw.choice(FEW_FIRST)} {draw.choice(FEW_FIRST)} {draw.choice(FEW_LAST)}")
    return person(
        f"{'aaab'[number % 4]}:{number:03}", *names,
        births=[f"195{draw.randrange(9)}-0{draw.randrange(1, 9)}-11"] if draw.random() < 0.8 else [],
        documents=[f"X{1000000 + draw.randrange(30)}"] if draw.random() < 0.2 else [],
        nationality=draw.choice((None, "ES", "PT")),
    )  # fmt: skip


@pytest.mark.parametrize(("large", "floor"), [(None, 0.0), (60, -1000.0)])
def test_blocks_that_come_under_and_over_their_cap_give_the_pairs_of_a_full_run(
    tmp_path, model, monkeypatch, reblocked, large, floor
):
    rules = tuple(replace(rule, cap=max(2, rule.cap // 4)) for rule in blocking.RULES)
    monkeypatch.setattr(blocking, "RULES", rules)
    monkeypatch.setattr(likely, "floor_for", lambda *_, **__: floor)
    chance = random.Random(1)
    persons = {number: one_of_few_names(number, told=0) for number in range(120)}
    run(tmp_path / "0", list(persons.values()), model, most_within_list=large)
    for day in (1, 2, 3):
        for number in chance.sample(range(125), 12):
            if chance.random() < 0.3 and number in persons:
                del persons[number]
            else:
                persons[number] = one_of_few_names(number, told=day)
        listed = list(persons.values())
        pairs = run(tmp_path / str(day), listed, model, before=tmp_path / str(day - 1), most_within_list=large)
        assert pairs.write_csv() == run(tmp_path / f"full-{day}", listed, model, most_within_list=large).write_csv()
        for part in ("scored_pairs", "unlikely_pairs", "token_rarity", "record_contents"):
            redone, full = (
                pl.read_parquet(tmp_path / name / "40_pairs/state" / f"{part}.parquet")
                for name in (str(day), f"full-{day}")
            )
            assert_frame_equal(redone, full, check_row_order=part != "unlikely_pairs")
    assert len(reblocked) == 3
    for what in ("pairs_of_changed", "pairs_new", "pairs_gone", "pairs_of_another_rule"):
        assert sum(told[what] for told in reblocked) > 0, what


def test_rules_for_which_births_are_no_matter_come_first():
    whatever = blocking.whatever_births()
    assert 0 < whatever.sum() == whatever.argmin()


def test_what_an_earlier_linking_of_the_run_kept_is_gone_once_it_is_linked_anew(tmp_path, model, taken_over):
    run(tmp_path / "first", MANY, model)
    run(tmp_path / "first", [person("a:1", "nobody here"), person("b:1", "another there")], model)
    assert not (tmp_path / "first" / incremental.STATE).exists()
    pairs = run(tmp_path / "second", MANY, model, before=tmp_path / "first")
    assert pairs.height > 100
    assert taken_over == []


@pytest.mark.parametrize(
    "file", ["40_pairs/state/scored_pairs.parquet", "40_pairs/state/made_of.json", "30_normalised/births.parquet"]
)
def test_a_run_before_that_cannot_be_read_is_not_taken_from_and_the_log_says_so(
    tmp_path, model, taken_over, monkeypatch, file
):
    events = []
    monkeypatch.setattr(incremental, "event", lambda name, **told: events.append((name, Path(told["file"]).name)))
    pairs = run(tmp_path / "first", MANY, model)
    whole = (tmp_path / "first" / file).read_bytes()
    (tmp_path / "first" / file).write_bytes(whole[: len(whole) // 2])
    assert run(tmp_path / "second", MANY, model, before=tmp_path / "first").equals(pairs)
    assert taken_over == []
    assert events == ([] if file.endswith("json") else [("run_before_not_read", Path(file).name)])

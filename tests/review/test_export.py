"""What leaves the store: decisions, labels, the case file; known cases never do."""

import csv
import hashlib
import io
import json
from pathlib import Path

import jsonschema
import pytest
from invented_cases import KEY, LEFT, RIGHT, add_people, case_of, run_of, take_in
from sqlalchemy import select
from test_decide import ADA, BEN, CLEO, case, judge

from matching.review import decide, export, schema
from matching.review.case import case_for
from matching.review.case_file import SCHEMA, case_file
from matching.review.evidence import case_id
from matching.review.known import show_again
from matching.review.measure import figures
from matching.review.people import User
from matching.review.refusals import NoSuchCaseError, NotAllowedError
from matching.review.store import Store

CODES = frozenset(["TLP:GREEN"])


@pytest.fixture
def decided(store: Store, tmp_path: Path) -> Store:
    """Person 0 is the same on both lists, 1 is not, 2 cannot be told, 3 waits."""
    add_people(store)
    take_in(store, tmp_path, run_of(range(4)), "run-1")
    judge(store, ADA, "same", case_id=case_of(0), token="token-of-ada-0")
    judge(store, BEN, "same", case_id=case_of(0), token="token-of-ben-0")
    judge(store, ADA, "different", case_id=case_of(1), token="token-of-ada-1")
    judge(store, ADA, "cannot_tell", case_id=case_of(2), token="token-of-ada-2")
    return store


def test_labels_are_one_for_the_same_and_nought_for_different(decided: Store) -> None:
    labels = export.labels(export.decisions(decided, CLEO))
    assert [(label["record_id_l"], label["record_id_r"], label["clerical_match_score"]) for label in labels] == [
        (f"{LEFT}:0", f"{RIGHT}:0", 1.0),
        (f"{LEFT}:1", f"{RIGHT}:1", 0.0),
    ]


def test_the_chain_keeps_the_kind_and_hash_of_what_was_exported(decided: Store) -> None:
    taken = {kind: export.take(decided, CLEO, kind) for kind in export.KINDS}
    assert len(set(taken.values())) == 3
    with decided.reading() as connection:
        entries = connection.execute(
            select(schema.audit.c.detail).where(schema.audit.c.action == "exported").order_by(schema.audit.c.seq)
        ).scalars()
        assert [json.loads(detail) for detail in entries] == [
            {"kind": kind, "sha256": hashlib.sha256(text.encode()).hexdigest(), "cases": 3}
            for kind, text in taken.items()
        ]


def test_decisions_name_reasons_and_reviewers(decided: Store) -> None:
    text = export.as_csv(export.decisions(decided, CLEO), export.DECISION_COLUMNS)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["outcome"], row["colour"], row["reviewers"]) for row in rows] == [
        ("same", "white", "ada; ben"), ("different", "green", "ada"), ("cannot_tell", "yellow", "ada"),
    ]  # fmt: skip


def test_a_case_file_fits_its_schema_and_is_noted(decided: Store) -> None:
    document = json.loads(json.dumps(case_file(decided, CLEO, case_of(0))))
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert document["handling_codes"] == ["TLP:GREEN"]
    assert [one["reviewer"] for one in document["judgements"]] == ["ada", "ben"]
    with decided.reading() as connection:
        last = connection.execute(select(schema.audit).order_by(schema.audit.c.seq.desc()).limit(1)).one()
    assert (last.action, last.actor, last.case_id) == ("handed_over", "cleo", case_of(0))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_there_is_no_case_file_of_what_is_not_agreed(decided: Store, number: int) -> None:
    with pytest.raises(NotAllowedError):
        case_file(decided, CLEO, case_of(number))


def test_the_second_sees_neither_the_first_verdict_nor_its_author(store: Store, tmp_path: Path) -> None:
    add_people(store)
    take_in(store, tmp_path, run_of([1]), "run-1")
    judge(store, ADA, "same")
    with store.reading() as connection:
        seen = case_for(connection, BEN, case_of(1))
        assert (seen.judgements, seen.scores, seen.row.assigned_to) == ((), {}, None)
        assert [one.verdict for one in case_for(connection, ADA, case_of(1)).judgements] == ["same"]
    judge(store, BEN, "different")
    with store.reading() as connection:
        assert case_for(connection, CLEO, case_of(1)).judgements == ()
    decide.record_look(store, CLEO, case_of(1), impression="same")
    with store.reading() as connection:
        assert len(case_for(connection, CLEO, case_of(1)).judgements) == 2


def test_known_cases_measure_others_and_change_no_decision(decided: Store) -> None:
    assert show_again(decided, 9, seed=1, by="test") == 2
    assert show_again(decided, 9, seed=1, by="test") == 0
    again = {number: case_id(f"{LEFT}:{number}", f"{RIGHT}:{number}", key=KEY, control=1) for number in (0, 1)}
    with pytest.raises(NoSuchCaseError):  # Ada decided it: she would know
        judge(decided, ADA, "different", case_id=again[1], token="known-by-ada")
    assert judge(decided, BEN, "same", case_id=again[1], token="known-to-ben") == "decided"
    found = figures(decided, CLEO)
    (ben,) = [one for one in found.reviewers if one.name == "ben"]
    assert (ben.known_right, ben.known_answered) == (0, 1)
    assert case(decided, case_of(1)).outcome == "different"
    assert len(export.decisions(decided, CLEO)) == 3
    assert found.states["decided"] == 3


def test_figures_count_and_measure(decided: Store) -> None:
    found = figures(decided, CLEO)
    assert (found.states["open"], found.states["decided"], found.oldest_age) == (1, 3, 0)
    assert sum(count for _, count in found.days) == 4
    highest = found.bands[-2]  # 0.99 to 0.999
    assert (highest.same, highest.different, highest.cannot_tell, highest.precision) == (1, 1, 1, 0.5)
    with pytest.raises(NotAllowedError):
        figures(decided, ADA)


def test_agreement_is_measured_on_double_reviews_only(store: Store, tmp_path: Path) -> None:
    add_people(store)
    take_in(store, tmp_path, run_of(range(4)), "run-1", double_share=1)
    for number, (first, second) in enumerate(
        [("same", "same"), ("different", "different"), ("same", "different"), ("different", "different")]
    ):
        judge(store, ADA, first, case_id=case_of(number), token=f"token-of-ada-{number}")
        judge(store, BEN, second, case_id=case_of(number), token=f"token-of-ben-{number}")
    found = figures(store, CLEO)
    assert (found.kappa, found.doubles) == (0.5, 4)


def test_figures_keep_to_the_clearance(decided: Store) -> None:
    uncleared = User(name="cleo", role="senior", codes=frozenset(["OTHER"]))
    found = figures(decided, uncleared)
    assert sum(found.states.values()) == sum(count for _, count in found.days) == 0
    assert export.decisions(decided, uncleared) == []

"""Models of a workspace: kept once, found by the beginning of their id, promoted in one step and taken back."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from matching.errors import ModelError, UsageError, WorkspaceError
from matching.link.registry import Registry
from matching.workspace import Workspace

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path):
    return Registry(Workspace(tmp_path))


def kept(registry, model, *, more=1.1):
    return registry.keep(
        replace(model, matches_per_record=model.matches_per_record * more),
        {"card.md": "# card"},
        facts={"trained_at": NOON.isoformat()},
    )


def test_before_any_promotion_runs_use_the_model_that_ships(registry, model):
    assert registry.promoted() == registry.resolve() == "default"
    assert registry.load() == model
    assert registry.names()[0] == "default"


def test_a_model_kept_changes_nothing_until_promoted(registry, model):
    model_id = kept(registry, model)
    assert registry.names() == ("default", model_id)
    assert registry.load().model_id == model.model_id
    registry.promote(model_id, by="ana", at=NOON)
    assert registry.load().model_id == model_id


def test_a_promotion_says_who_when_why_and_instead_of_what(registry, model):
    model_id = kept(registry, model)
    registry.promote(model_id, by="ana", at=NOON, note="judgements of May")
    (one,) = registry.promotions()
    assert (one.model, one.instead_of, one.promoted_by, one.note) == (model_id, "default", "ana", "judgements of May")
    assert one.promoted_at == NOON


def test_going_back_is_a_promotion_of_the_one_before(registry, model):
    model_id = kept(registry, model)
    registry.promote(model_id, by="ana", at=NOON)
    registry.promote(registry.before_promoted(), by="ben", at=NOON)
    assert registry.promoted() == "default"
    assert [one.number for one in registry.promotions()] == [1, 2]


def test_going_back_twice_returns_to_where_one_was(registry, model):
    model_id = kept(registry, model)
    registry.promote(model_id, by="ana", at=NOON)
    for _ in range(2):
        registry.promote(registry.before_promoted(), by="ben", at=NOON)
    assert registry.promoted() == model_id


def test_a_promotion_that_was_lost_leaves_a_gap_and_the_next_comes_after_the_last(registry, model):
    one, other = kept(registry, model), kept(registry, model, more=1.2)
    registry.promote(one, by="ana", at=NOON)
    registry.promote(other, by="ana", at=NOON)
    (registry.workspace.models / "promotions" / "000001.json").unlink()
    assert registry.promote("default", by="ana", at=NOON).number == 3
    assert registry.promoted() == "default"


def test_a_number_that_is_always_taken_ends_in_an_error(registry, model, monkeypatch):
    monkeypatch.setattr(Registry, "_append", lambda *_: False)
    with pytest.raises(WorkspaceError, match="was not promoted: in 100 attempts another"):
        registry.promote(kept(registry, model), by="ana", at=NOON)


def test_what_a_killed_promotion_left_is_removed_by_the_next_but_one(registry, model):
    folder = registry.workspace.models / "promotions"
    folder.mkdir(parents=True)
    (folder / ".000001.json.0123abcd").write_text("{")
    registry.promote(kept(registry, model), by="ana", at=NOON)
    registry.promote("default", by="ana", at=NOON)
    assert sorted(path.name for path in folder.iterdir()) == ["000001.json", "000002.json"]


def test_there_is_nothing_to_go_back_to_before_a_promotion(registry):
    with pytest.raises(UsageError, match="no model was promoted"):
        registry.before_promoted()


def test_promoting_what_is_promoted_is_refused(registry):
    with pytest.raises(UsageError, match="default is promoted already"):
        registry.promote("default", by="ana", at=NOON)


def test_a_file_elsewhere_cannot_be_promoted(registry, model, tmp_path):
    model.save(tmp_path / "mine.json")
    with pytest.raises(UsageError, match="not a model of this workspace"):
        registry.promote(str(tmp_path / "mine.json"), by="ana", at=NOON)


def test_of_promotions_at_one_moment_none_is_lost(registry, model):
    ids = [kept(registry, model, more=1 + n / 10) for n in range(1, 7)]
    threads = [threading.Thread(target=registry.promote, args=(one,), kwargs={"by": one, "at": NOON}) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = registry.promotions()
    assert sorted(one.model for one in done) == sorted(ids)
    assert [one.number for one in done] == list(range(1, 7))
    assert [one.instead_of for one in done] == ["default", *(one.model for one in done[:-1])]


def test_a_model_is_named_by_the_beginning_of_its_id(registry, model):
    model_id = kept(registry, model)
    assert registry.resolve(model_id[:5]) == model_id


@pytest.mark.parametrize("name", ["nowhere", "abc", ""])
def test_an_unknown_name_is_an_error_that_lists_the_models(registry, name):
    with pytest.raises(ModelError, match=r"no model .*: give one of default, or the path"):
        registry.resolve(name)


def test_a_model_kept_twice_stays_as_it_was(registry, model):
    model_id = kept(registry, model)
    card = registry.folder(model_id) / "card.md"
    card.write_text("# first")
    assert kept(registry, model) == model_id
    assert registry.card(model_id) == "# first"


def test_a_kept_model_that_was_exchanged_is_refused(registry, model):
    model_id = kept(registry, model)
    model.save(registry.folder(model_id) / "model.json")
    with pytest.raises(ModelError, match=f"not {model_id}: it was changed after it was made"):
        registry.load(model_id)


@pytest.mark.parametrize("keep_bytes", [0, 100])
def test_a_truncated_model_is_refused_and_not_promoted(registry, model, keep_bytes):
    model_id = kept(registry, model)
    path = registry.folder(model_id) / "model.json"
    path.write_bytes(path.read_bytes()[:keep_bytes])
    with pytest.raises(ModelError, match="damaged or of another version"):
        registry.promote(model_id, by="ana", at=NOON)
    assert registry.promoted() == "default"


def test_a_damaged_record_of_a_promotion_is_named(registry, model):
    registry.promote(kept(registry, model), by="ana", at=NOON)
    (path,) = (registry.workspace.models / "promotions").iterdir()
    path.write_text("{")
    with pytest.raises(ModelError, match=r"000001\.json is not the record of a promotion"):
        registry.promoted()


def test_the_shipped_model_has_a_card(registry):
    assert registry.load("default").model_id in registry.card("default")

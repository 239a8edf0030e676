"""Who may answer the questions of the DAGs, and how the audit trail names them."""

import pytest

from matching.errors import UsageError
from matching.operations.scheduled import decided_by
from matching.settings import Settings, load

OTTO = {"responded_by_user": {"id": "u-17", "name": "Otto"}}


def test_the_trail_names_the_id_and_the_name_that_is_shown() -> None:
    assert decided_by(Settings(), OTTO) == "Airflow user u-17 (Otto)"
    assert decided_by(Settings(deciders=["u-17"]), OTTO) == "Airflow user u-17 (Otto)"


@pytest.mark.parametrize("decision", [{"responded_by_user": {"id": "u-18", "name": "u-17"}}, {}])
def test_an_answer_of_nobody_who_may_does_nothing(decision: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"expected one of setting deciders \(u-17, u-19\)"):
        decided_by(Settings(deciders=["u-17", "u-19"]), decision)


def test_deciders_are_given_with_spaces_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHING_DECIDERS", "u-17 u-19")
    assert load().deciders == ["u-17", "u-19"]

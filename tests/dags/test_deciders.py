"""Questions of the DAGs, answered in Airflow by who may and who may not."""

from typing import Any

import pytest

pytestmark = pytest.mark.dags


def test_airflow_takes_an_answer_of_a_decider_only_and_tells_who_it_was(in_airflow: Any) -> None:
    """Both are admins there; one is named in setting deciders."""
    found = in_airflow("decide", MATCHING_DECIDERS="otto")
    assert found["answers"] == {"mallory": 403, "otto": 200}
    assert (found["state"], found["tasks"]["erase"]["state"]) == ("success", "success")
    assert [(line["what"], line["by"]) for line in found["audit"]] == [("erased", "Airflow user otto (otto)")]

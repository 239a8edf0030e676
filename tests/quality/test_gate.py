import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matching.errors import GateError
from matching.quality import Gated, gate
from matching.tables import GATES, MATCHES, NAMES, QUARANTINE, RECORDS

Check = Callable[..., Gated]
Rows = Callable[..., list[dict[str, Any]]]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = "Ostrander Quillfeather"


def test_row_that_fails_is_quarantined_with_rule_column_value_and_reason(check: Check, good_rows: Rows) -> None:
    rows = good_rows("records")
    rows[1] |= {"names": [{"full": "007", "kind": "primary"}, {"full": "???", "kind": "alias"}]}

    gated = check("records", rows, source="x_list")

    assert gated.quarantine.rows(named=True) == [
        {
            "table": "records",
            "source": "x_list",
            "snapshot_id": "cafe",
            "record_id": "x_list:1",
            "rule": "person_has_a_name_with_a_letter",
            "column": "names",
            "value": "007; ???",
            "reason": "a person has at least one name with a letter in it; there is nothing to link by otherwise",
        }
    ]
    assert gated.frame["record_id"].to_list() == ["x_list:0", "x_list:2", "x_list:3"]


def test_row_that_fails_two_rules_has_a_quarantine_row_for_each(check: Check, good_rows: Rows) -> None:
    rows = good_rows("births")
    rows[0] |= {"precision": "decade", "calendar": "mayan"}

    gated = check("births", rows, snapshot_ids={"x_list": "beef"})

    assert gated.quarantine.select("record_id", "snapshot_id", "rule", "column", "value").rows() == [
        ("x_list:0", "beef", "calendar_is_known", "calendar", "mayan"),
        ("x_list:0", "beef", "precision_is_known", "precision", "decade"),
    ]
    assert gated.frame.height == 3


def test_quarantine_of_a_rule_on_two_columns_shows_both_values(check: Check, good_rows: Rows) -> None:
    rows = good_rows("births")
    rows[0] |= {"latest": rows[0]["earliest"].replace(year=1969), "precision": "range"}

    assert check("births", rows).quarantine["value"].to_list() == ["latest: 1969-05-04, earliest: 1970-05-04"]


def test_entry_without_an_id_is_named_by_its_position(check: Check, good_rows: Rows) -> None:
    rows = good_rows("records")
    rows[2] |= {"record_id": None}

    assert check("records", rows).quarantine["record_id"].to_list() == ["x_list:entry 2"]


def test_first_of_two_records_with_one_id_is_kept(check: Check, good_rows: Rows) -> None:
    rows = good_rows("records")
    rows[3] |= {"record_id": "x_list:0", "publisher_id": "0", "marks": "second"}

    gated = check("records", rows)

    assert gated.frame["record_id"].to_list() == ["x_list:0", "x_list:1", "x_list:2"]
    assert gated.frame["marks"].to_list() == [None, None, None]


def test_gate_of_what_passed_sets_nothing_more_aside(check: Check, good_rows: Rows, frame_of: Any) -> None:
    rows = good_rows("records", 6)
    rows[1] |= {"status": "paused"}
    rows[4] |= {"record_id": "x_list:0", "publisher_id": "0"}
    passed = check("records", rows).frame

    again = check("records", passed.to_dicts())

    assert again.quarantine.is_empty()
    assert again.frame.equals(passed)


def test_row_rule_says_how_many_it_set_aside_and_holds_for_the_rest(check: Check, good_rows: Rows) -> None:
    rows = good_rows("records")
    rows[0] |= {"status": "paused"}

    [row] = check("records", rows).gates.filter(expectation="status_is_known").rows(named=True)

    assert (row["success"], row["quarantined"], row["rows"]) == (True, 1, 4)
    assert row["observed"] == "1 of 4 rows quarantined"


def test_table_that_fails_raises_with_every_failure(check: Check, good_rows: Rows) -> None:
    rows = good_rows("names")
    rows[0] |= {"kind": "nickname", "script": "Latin"}

    gated = check("names", rows)

    with pytest.raises(GateError) as raised:
        gated.raise_if_failed()
    assert raised.value.table == "names"
    assert "kind_is_known: found 1 of 4 unexpected, expected: the kind of name is one" in str(raised.value)
    assert "script_is_iso_15924" in str(raised.value)


def test_warning_does_not_stop_the_stage(check: Check, good_rows: Rows) -> None:
    rows = good_rows("records")
    rows[0] |= {"height_cm": 1.7}

    gated = check("records", rows)

    gated.raise_if_failed()
    [row] = gated.gates.filter(~pl.col("success")).rows(named=True)
    assert (row["expectation"], row["severity"], row["observed"]) == (
        "height_is_plausible",
        "warning",
        "1 of 4 unexpected",
    )


def test_table_emptied_by_quarantine_fails(check: Check, good_rows: Rows) -> None:
    gated = check("records", [row | {"status": "paused"} for row in good_rows("records")])

    assert gated.frame.is_empty()
    with pytest.raises(GateError, match="100% of 4 records are quarantined"):
        gated.raise_if_failed()


def test_result_has_the_contracts_of_quarantine_and_gates(check: Check, good_rows: Rows) -> None:
    gated = check("records", [row | {"status": "paused"} for row in good_rows("records")])

    assert gated.quarantine.schema == QUARANTINE.schema
    assert gated.gates.schema == GATES.schema
    assert gated.frame.schema == RECORDS.schema


def test_values_of_persons_stay_out_of_gates_failures_and_logs(
    check: Check, good_rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="matching")
    secret = {"kind": SECRET, "script": SECRET, "full": SECRET}
    gated = check("names", [row | secret for row in good_rows("names")])

    assert gated.failures
    assert SECRET not in " ".join(gated.failures) + caplog.text + str(gated.gates.to_dicts())
    assert "table_gated table=names" in caplog.text


@pytest.mark.parametrize("table", ["births", "countries", "identifiers", "pairs", "matches", "clusters"])
def test_table_that_may_be_empty_passes_empty(table: str, check: Check) -> None:
    check(table, []).raise_if_failed()


def test_frame_without_a_column_is_refused_by_name(check: Check, good_rows: Rows, frame_of: Any) -> None:
    frame = frame_of("names", good_rows("names")).drop("tokens", "script")

    with pytest.raises(GateError, match="names: columns missing: script, tokens"):
        gate(NAMES, frame, now=NOW)


def test_parameters_and_tables_that_a_suite_needs_are_demanded(good_rows: Rows, frame_of: Any) -> None:
    with pytest.raises(ValueError, match="needs review_threshold, clusters"):
        gate(MATCHES, frame_of("matches", good_rows("matches")), now=NOW)


def test_gate_prints_nothing_warns_of_nothing_and_leaves_no_file(tmp_path: Path) -> None:
    script = """
import sys, datetime, matching.quality
assert "great_expectations" not in sys.modules and "pandas" not in sys.modules, "imported too early"
now = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
gated = matching.quality.gate_counts("x_list", 5, previous_persons=5, now=now, count_drop=0.3)
assert gated.gates["success"].all()
assert "great_expectations" not in sys.modules and "pandas" not in sys.modules, "imported where it is waited for"
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []

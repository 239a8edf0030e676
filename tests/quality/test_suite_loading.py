from pathlib import Path

import pytest

from matching import project, tables
from matching.errors import UsageError
from matching.quality import load_suite
from matching.quality.loading import GATED

ENUMERATIONS = {
    "entity_kinds": tables.ENTITY_KINDS,
    "listing_kinds": tables.LISTING_KINDS,
    "statuses": tables.STATUSES,
    "name_kinds": tables.NAME_KINDS,
    "name_key_rules": tables.NAME_KEY_RULES,
    "precisions": tables.PRECISIONS,
    "calendars": tables.CALENDARS,
    "sexes": tables.SEXES,
    "identifier_kinds": tables.IDENTIFIER_KINDS,
}


def write(folder: Path, text: str) -> Path:
    (folder / "births.yml").write_text(text, encoding="utf-8")
    return folder


def test_every_suite_belongs_to_a_table_and_every_gated_table_has_one() -> None:
    assert {path.stem for path in project.folder("expectations").glob("*.yml")} == set(GATED)


@pytest.mark.parametrize("name", GATED)
def test_enumerations_of_a_suite_are_those_of_the_contract(name: str) -> None:
    parameters = load_suite(name).parameters
    shared = {key: tuple(values) for key, values in parameters.items() if key in ENUMERATIONS}

    assert shared == {key: ENUMERATIONS[key] for key in shared}
    assert parameters.keys() - ENUMERATIONS.keys() <= {"roles", "validities"}


@pytest.mark.parametrize(
    ("table", "parameter", "column"), [("countries", "roles", "role"), ("identifiers", "validities", "validity")]
)
def test_words_of_a_column_are_those_of_its_meaning(table: str, parameter: str, column: str) -> None:
    meaning = tables.TABLES[table].columns[column].meaning.partition(" (")[0]

    assert set(meaning.replace(" or ", ", ").split(", ")) == set(load_suite(table).parameters[parameter])


@pytest.mark.parametrize("table", ["pairs", "matches"])
def test_every_weight_takes_part_in_the_sum(table: str) -> None:
    summed = load_suite(table).derived["weight_gap"].sql

    assert [name for name in tables.TABLES[table].columns if name.startswith("weight_") and name not in summed] == []


def test_all_problems_of_the_keys_are_told_together(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        """
table: births
abuot: a slip
expectations:
  - {rule: Upper, type: expect_x, kwargs: {column: text}, severity: fatal, reason: r}
""",
    )
    with pytest.raises(UsageError) as raised:
        load_suite("births", folder=folder)
    for part in ("about: Field required", "abuot: Extra inputs", "expectations.0.rule", "expectations.0.severity"):
        assert part in str(raised.value)


def test_all_problems_of_the_rules_are_told_together(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        """
table: names
about: every mistake at once
given: [moon_phase]
beside: [atlantis]
derived:
  text: {sql: upper(calendar), of: nowhere}
expectations:
  - {rule: twice, type: expect_column_values_to_not_be_null, kwargs: {column: text}, severity: critical, reason: r}
  - {rule: twice, type: expect_column_values_to_not_be_null, kwargs: {column: absent}, severity: critical, reason: r}
  - {rule: no_column, type: expect_table_row_count_to_be_between, kwargs: {min_value: 1}, severity: critical, reason: r}
  - {rule: mostly_rows, type: expect_column_values_to_match_regex, kwargs: {column: text, mostly: 0.5},
     severity: warning, reason: r, rows: quarantine}
  - {rule: median_rows, type: expect_column_median_to_be_between, kwargs: {column: birth_no},
     severity: critical, reason: r, rows: quarantine}
  - {rule: open_ended, type: expect_column_values_to_be_between, kwargs: {column: birth_no},
     severity: critical, reason: r, rows: quarantine}
  - {rule: metric_rows, type: expect_column_values_to_not_be_null, kwargs: {column: rows_in},
     severity: critical, reason: r, rows: quarantine}
  - {rule: any_word, type: expect_column_values_to_match_regex, kwargs: {column: calendar}, severity: warning,
     reason: r}
  - rule: unknown_words
    type: expect_column_max_to_be_between
    kwargs: {column: rows_in, max_value: {$PARAMETER: sky}}
    severity: critical
    reason: r
    message: "{clouds}"
    waived_by: rain
""",
    )
    with pytest.raises(UsageError) as raised:
        load_suite("births", folder=folder)
    for part in (
        "table: names stands in the file of births",
        "given: moon_phase is unknown; known: now",
        "beside: no table atlantis",
        "text: names more than one column",
        "derived text: of: nowhere is no column",
        "rule twice: stands 2 times",
        "rule twice: absent is no column, derived column or metric",
        "rule no_column: looks at no column or metric",
        "rule mostly_rows: arguments missing: regex",
        "rule mostly_rows: arguments that a rule on rows does not understand: mostly",
        "rule mostly_rows: a rule that sets rows aside is critical",
        "rule median_rows: type expect_column_median_to_be_between cannot quarantine rows",
        "rule open_ended: neither min_value nor max_value is given",
        "rule metric_rows: a metric belongs to no row",
        "rule any_word: arguments missing: regex",
        "rule unknown_words: parameter sky is not declared",
        "rule unknown_words: message: clouds is no metric or parameter",
        "rule unknown_words: waived_by: rain is not among `given`",
    ):
        assert part in str(raised.value)


def test_sql_that_does_not_fit_the_table_is_told_before_any_data_is_met(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        """
table: births
about: SQL with mistakes
derived:
  decade: {sql: year(earlyest) // 10, of: earliest, shown: nonsense(text)}
metrics:
  total: summ(birth_no)
expectations:
  - {rule: fine, type: expect_column_values_to_not_be_null, kwargs: {column: text}, severity: critical, reason: r}
""",
    )
    with pytest.raises(UsageError) as raised:
        load_suite("births", folder=folder)
    for part in ("derived decade: Binder Error", "derived decade: shown: Catalog Error", "metric total: Catalog Error"):
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("text", "found"), [("rules: [", "is not YAML"), ("", "file: Input should be"), (None, "cannot be read")]
)
def test_file_that_is_no_suite_is_named(tmp_path: Path, text: str | None, found: str) -> None:
    if text is not None:
        write(tmp_path, text)
    with pytest.raises(UsageError, match=found):
        load_suite("births", folder=tmp_path)


def test_table_without_a_gate_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no suite belongs to table ledger"):
        load_suite("ledger")


def test_rows_without_a_record_id_cannot_be_quarantined(tmp_path: Path) -> None:
    (tmp_path / "pairs.yml").write_text(
        """
table: pairs
about: rows that no quarantine could name
expectations:
  - {rule: blocked, type: expect_column_values_to_not_be_null, kwargs: {column: blocking_rule}, severity: critical,
     reason: r, rows: quarantine}
"""
    )
    with pytest.raises(UsageError, match="rows without a record_id cannot be quarantined"):
        load_suite("pairs", folder=tmp_path)

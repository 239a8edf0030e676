"""Rows that were set aside: looked at, and read again after the mapping was corrected."""

import polars as pl
import pytest
from invented_lists import OwnLists, person

pytestmark = pytest.mark.usefixtures("quick_gates")


@pytest.fixture
def own(own_lists: OwnLists) -> OwnLists:
    """One birth in a format that source.yml does not know, and one that cannot be."""
    file = own_lists.list_of("fr_wanted", range(40))
    day, month, year = reversed(person(3)["born"].split("-"))
    text = file.read_text().replace(person(3)["born"], f"{month}/{day}/{year}").replace(person(5)["born"], "1873-99-99")
    file.write_text(text)
    own_lists.pipeline().ingest("fr_wanted", files=[file])
    own_lists.pipeline().run()
    return own_lists


def rows(own: OwnLists, *arguments: str) -> pl.DataFrame:
    answer = own.matching("quality", "quarantine", *arguments, "--format", "csv")
    assert answer.exit_code == 0, answer.err
    return pl.read_csv(answer.output)


def test_rows_are_counted_by_rule_and_shown_with_column_value_and_record(own: OwnLists) -> None:
    listed = rows(own, "list")
    assert listed.filter(source="fr_wanted")["rows"].sum() == 2
    shown = rows(own, "show", "--record", "fr_wanted:N-005").row(0, named=True)
    assert (shown["value"], shown["column"]) == ("1873-99-99", "births")
    assert rows(own, "show", "--rule", "no_such_rule").height == 0


def test_what_a_corrected_mapping_reads_passes_when_replayed_and_is_in_the_next_run(own: OwnLists) -> None:
    assert set(rows(own, "replay")["outcome"]) == {"still set aside"}
    path = own.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("[YYYY-MM-DD]", "[YYYY-MM-DD, MM/DD/YYYY]"))
    replayed = dict(rows(own, "replay", "fr_wanted").select("record_id", "outcome").rows())
    assert replayed == {"fr_wanted:N-003": "passes now", "fr_wanted:N-005": "still set aside"}
    own.pipeline().run()
    assert rows(own, "list").filter(source="fr_wanted")["rows"].sum() == 1


def test_a_mapping_that_reads_nothing_is_refused_and_changes_nothing(own: OwnLists) -> None:
    path = own.sources / "fr_wanted" / "source.yml"
    path.write_text(path.read_text().replace("full: name", "full: nom"))
    answer = own.matching("quality", "quarantine", "replay", "fr_wanted")
    assert (answer.exit_code, "source.yml does not read the snapshot" in answer.err) == (5, True)

"""The README's reference says what the code does."""

from pathlib import Path

import pytest

from matching import reference
from matching.errors import UsageError
from matching.tables import TABLES

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_readme_is_in_step_with_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert reference.in_step(text) == text, "run `python -m matching.reference`"


def test_every_command_stands_with_its_options_and_example() -> None:
    text = reference.reference()
    for words in (
        "#### `matching source import`",
        "- `SOURCE` Id of the source.",
        "- `FILES…` ",
        "- `--retrieved-at RETRIEVED_AT` ",
        "- `-o, --output OUTPUT` ",
        "- `--format table|json|csv` ",
        "\nmatching run --source un_sc --source us_ofac_sdn\n",
        "- `--workspace WORKSPACE` ",
    ):
        assert words in text
    assert "Example:" not in text


def test_every_column_of_every_table_stands_with_type_and_meaning() -> None:
    text = reference.reference()
    for table in TABLES.values():
        section = text.partition(f"#### `{table.name}`\n")[2].partition("####")[0]
        lines = [line for line in section.splitlines() if line.startswith("| `")]
        assert [line.split("`")[1] for line in lines] == list(table.columns)
        assert all(len(line.split(" | ")) == 3 for line in lines)
    assert "| `retrieved_at` | time, UTC | " in text
    assert "| `listed_date` | date, or none | " in text
    assert "| `nationalities` | list of text | " in text
    assert "| `births` | list of {text, earliest, latest, precision, calendar} | " in text


def test_writing_twice_changes_nothing_and_keeps_what_stands_around(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{reference.BEGIN}\nnothing like it\n{reference.END}\nafter\n")
    reference.main(readme)
    once = readme.read_text()
    reference.main(readme)
    assert readme.read_text() == once
    assert once.startswith("before\n")
    assert once.endswith(f"{reference.END}\nafter\n")
    assert "nothing like it" not in once


@pytest.mark.parametrize("text", ["", reference.BEGIN, reference.END, f"{reference.END} {reference.BEGIN}"])
def test_a_readme_without_both_markers_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="reference:begin"):
        reference.in_step(text)

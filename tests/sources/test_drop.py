from pathlib import Path

import pytest

from matching.errors import UsageError
from matching.sources.drop import match_files
from matching.sources.registry import load_sources

OFAC = load_sources()["us_ofac_sdn"]
INTERPOL = load_sources()["interpol_red"]


def files(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text("x")
    return [folder / name for name in names]


def names(matched: dict[str, list[Path]]) -> dict[str, list[str]]:
    return {role: [path.name for path in paths] for role, paths in matched.items()}


def test_files_take_their_roles_by_name_in_any_case(tmp_path):
    assert names(match_files(OFAC, files(tmp_path, "SDN.CSV", "alt.csv", "add_2022.csv"))) == {
        "sdn": ["SDN.CSV"],
        "alt": ["alt.csv"],
        "add": ["add_2022.csv"],
    }


def test_the_pattern_that_says_most_decides(tmp_path):
    matched = match_files(INTERPOL, files(tmp_path, "red_notices.json", "red_notices_details.json"))
    assert names(matched) == {"list": ["red_notices.json"], "detail": ["red_notices_details.json"]}


def test_a_single_file_of_any_name_is_the_required_one(tmp_path):
    assert names(match_files(OFAC, files(tmp_path, "download (3).csv"))) == {"sdn": ["download (3).csv"]}


def test_problems_are_listed_with_what_was_expected(tmp_path):
    given = [*files(tmp_path, "sdn1.csv", "sdn2.csv", "notes.txt"), tmp_path / "absent.csv"]
    with pytest.raises(UsageError) as raised:
        match_files(OFAC, given)
    for expected in ("absent.csv: no such file", "notes.txt: fits no payload", "2 files for sdn", "alt: alt*.csv"):
        assert expected in str(raised.value)


def test_a_required_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(UsageError, match="no file for sdn"):
        match_files(OFAC, files(tmp_path, "alt.csv", "add.csv"))

"""Where a setting comes from, which of several wins, and what is said of one that is wrong."""

import os
from pathlib import Path

import pytest

from matching.errors import UsageError
from matching.settings import Settings, load


@pytest.fixture(autouse=True)
def _no_settings_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MATCHING_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def config(tmp_path: Path):
    """Give a function that writes a configuration file."""

    def write(text: str) -> Path:
        path = tmp_path / "matching.toml"
        path.write_text(text)
        return path

    return write


def test_without_anything_given_the_defaults_hold() -> None:
    assert load().model_dump() == Settings().model_dump()
    assert load().workspace == Path("workspace")


def test_command_line_wins_over_environment_over_file_over_default(config, monkeypatch: pytest.MonkeyPatch) -> None:
    file = config('workspace = "from_file"\nthreads = 3\ncount_drop = 0.4\n')
    monkeypatch.setenv("MATCHING_WORKSPACE", "from_environment")
    monkeypatch.setenv("MATCHING_THREADS", "4")

    settings = load(file, workspace=Path("from_command_line"))

    assert settings.workspace == Path("from_command_line")
    assert settings.threads == 4
    assert settings.count_drop == 0.4
    assert settings.review_threshold == Settings.model_fields["review_threshold"].default


def test_what_the_command_line_leaves_out_is_not_given(config) -> None:
    assert load(config('workspace = "from_file"'), workspace=None, sources_dir=[]).workspace == Path("from_file")


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("ours", ["ours"]),
        (f"ours{os.pathsep}/srv/theirs", ["ours", "/srv/theirs"]),
        ('["ours", "/srv/theirs"]', ["ours", "/srv/theirs"]),
        ("with space", ["with space"]),
        ("", []),
    ],
)
def test_sources_dir_in_the_environment_is_a_path_several_or_json(
    text: str, folders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATCHING_SOURCES_DIR", text)
    assert load().sources_dir == [Path(folder) for folder in folders]


def test_sources_dir_in_the_file_is_a_path_or_a_list(config) -> None:
    assert load(config('sources_dir = "ours"')).sources_dir == [Path("ours")]
    assert load(config('sources_dir = ["ours", "theirs"]')).sources_dir == [Path("ours"), Path("theirs")]


def test_config_is_found_by_the_environment(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHING_CONFIG", str(config("threads = 7")))
    assert load().threads == 7


def test_all_problems_of_a_file_are_listed_together(config) -> None:
    with pytest.raises(UsageError) as error:
        load(config('worksapce = "x"\nthreds = 2\nreview_threshold = 1.5\nthreads = "many"\n'))
    for expected in ("worksapce", "threds", "review_threshold", "threads", "less than 1", "Known settings: workspace"):
        assert expected in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MATCHING_THREADS", "many"),
        ("MATCHING_THREADS", "0"),
        ("MATCHING_SOURCES_DIR", '["unfinished'),
        ("MATCHING_MEMORY_LIMIT", "lots"),
        ("MATCHING_COUNT_BANDS", "perhaps"),
    ],
)
def test_a_value_that_does_not_fit_names_its_setting(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=name.removeprefix("MATCHING_").lower()):
        load()


@pytest.mark.parametrize("limit", ["4GB", "512 MB", "1.5GiB", "60%"])
def test_memory_limits_that_duckdb_takes_are_taken(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHING_MEMORY_LIMIT", limit)
    assert load().memory_limit == limit


def test_a_file_that_is_not_toml_is_named(config) -> None:
    file = config("workspace: x")
    with pytest.raises(UsageError, match=r"matching\.toml is not TOML"):
        load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.toml not found"):
        load(tmp_path / "absent.toml")


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []

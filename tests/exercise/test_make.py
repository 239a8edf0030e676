from pathlib import Path

from matching.exercise import make

COMMITTED = Path(make.__file__).parent


def test_making_the_lists_again_gives_the_committed_files_byte_for_byte() -> None:
    for path, content in make.make_files().items():
        assert (COMMITTED / path).read_bytes() == content, f"{path}: run python -m matching.exercise.make"


def test_no_list_is_left_over_from_an_earlier_make() -> None:
    made = {path for path in make.make_files() if path.startswith("lists/")}
    found = {str(path.relative_to(COMMITTED)) for path in (COMMITTED / "lists").rglob("*") if path.is_file()}
    assert found == made


def test_another_seed_gives_other_people() -> None:
    assert make.make_files(seed=1)["lists/un_sc/consolidated.xml"] != make.make_files()["lists/un_sc/consolidated.xml"]

"""Compiled code is kept where that is possible, and never past a change of any source."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matching.normalise import compiled, sounds

_PROJECT = Path(compiled.__file__).parents[2]
_ASK = "from matching.normalise.sounds import sound_codes; print(sound_codes(['kim']))"


def test_a_source_changed_within_the_same_second_and_size_is_compiled_anew(tmp_path: Path) -> None:
    source = tmp_path / "one.py"
    source.write_text("from matching.normalise.compiled import kernel; a = 1", encoding="utf-8")
    os.utime(source, (0, 0))
    before = compiled.sources_stamp.__wrapped__(tmp_path)
    source.write_text("from matching.normalise.compiled import kernel; a = 2", encoding="utf-8")
    os.utime(source, (0, 0))
    assert compiled.sources_stamp.__wrapped__(tmp_path) != before


def test_code_is_kept_under_the_stamp_of_all_sources() -> None:
    kept = sounds.finished._cache._cache_file
    assert kept._source_stamp == compiled.sources_stamp(Path(compiled.__file__).parent)


def _ran(folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _ASK],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(_PROJECT), **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_may_compile_into_one_empty_folder_at_once(tmp_path: Path) -> None:
    both = [_ran(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept")) for _ in range(2)]
    answers = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    assert list((tmp_path / "kept").rglob("*.nbi"))


def test_without_a_folder_to_keep_it_in_code_is_compiled_each_time_and_one_event_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*, cache: bool = False, **options: bool) -> object:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(compiled.numba, "njit", refused)
    compiled._tell_of_no_cache.cache_clear()
    made = [compiled.compiled(function) for function in (len, sum)]
    assert made == [len, sum]
    assert [record.getMessage().split()[0] for record in caplog.records] == ["compiled_code_not_kept"]

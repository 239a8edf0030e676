"""Results are looked up, and errors are not kept."""

import pytest

from matching.records.memo import Memo


def test_a_result_is_worked_out_once_per_argument():
    seen = []
    memo = Memo(lambda text: seen.append(text) or len(text))
    assert [memo["one"], memo["three"], memo["one"]] == [3, 5, 3]
    assert seen == ["one", "three"]


def test_a_long_text_is_not_kept():
    memo = Memo(len)
    assert memo["x" * 1000] == 1000
    assert not memo


def test_what_raised_is_worked_out_again():
    memo = Memo(int)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            memo["one"]
    assert not memo

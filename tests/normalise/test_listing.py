import numpy as np
import polars as pl

from matching.normalise.listing import least_and_most, read_rows
from matching.normalise.names import split_words

NAMES = pl.Series(["Zoe Anna-Maria", "", "Anna 17", "b a d c"])


def test_words_of_each_row_stand_in_the_order_of_the_name() -> None:
    split = split_words(NAMES)
    assert [split[row] for row in range(len(split))] == [["Zoe", "Anna", "Maria"], [], ["Anna"], ["b", "a", "d", "c"]]
    assert split.owner.tolist() == [0, 0, 0, 2, 3, 3, 3, 3]


def test_words_read_are_sorted_and_what_says_nothing_is_left_out() -> None:
    read = read_rows(split_words(NAMES), np.array([0, 2]), lambda word: word.lower().replace("zoe", ""), most=9)
    assert read.distinct == ["anna", "maria"]
    assert [read.shown[0], read.shown[1]] == [["Anna", "Maria"], ["Anna"]]
    assert read.word.tolist() == [0, 1, 0]
    assert read.only(np.array([False, True])).word.tolist() == [0]


def test_of_a_long_row_the_longest_words_are_kept_in_order() -> None:
    split = split_words(pl.Series(["bb a ccc dd", "a"]))
    read = read_rows(split, np.arange(2), str, most=2)
    assert [read.shown[0], read.shown[1]] == [["bb", "ccc"], ["a"]]


def test_rows_without_words_have_neither_least_nor_most() -> None:
    split = split_words(NAMES)
    least, most = least_and_most(np.arange(len(split.number)), split)
    assert least.tolist() == [0, 0, 3, 4]
    assert most.tolist() == [2, -1, 3, 7]

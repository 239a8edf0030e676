from collections import Counter
from datetime import date

from matching.exercise.draws import Draw

DRAW = Draw(7, "someone")


def test_the_same_question_gets_the_same_answer_whatever_was_asked_before() -> None:
    before = DRAW.integer("age", 0, 10**6)
    DRAW.integer("height", 0, 10**6)
    assert DRAW.integer("age", 0, 10**6) == before


def test_seed_label_and_question_each_change_the_answer() -> None:
    others = (Draw(8, "someone"), Draw(7, "someone else"), DRAW.about("a part"))
    answers = {draw.fraction("age") for draw in (DRAW, *others)} | {DRAW.fraction("height")}
    assert len(answers) == 5


def test_integers_and_days_reach_both_ends_and_no_further() -> None:
    assert {DRAW.integer(str(question), 1, 3) for question in range(100)} == {1, 2, 3}
    first, last = date(2000, 2, 28), date(2000, 3, 1)
    assert {DRAW.day(str(question), first, last) for question in range(100)} == {first, date(2000, 2, 29), last}


def test_first_items_are_picked_more_often_when_common_ones_are_wanted() -> None:
    picked = Counter(DRAW.pick_common(str(question), "abc") for question in range(1000))
    assert picked["a"] > picked["b"] > picked["c"] > 0

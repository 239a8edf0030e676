"""How two forms of one script compare, by their tokens."""

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import project
from matching.link import align as align_module
from matching.link.align import TokenForms, _jaro_winkler, _token_likeness, _words, align, nothing_agrees, token_forms


def forms(*rows: tuple[list[str], list[str], list[float], list[float]]) -> pl.DataFrame:
    """Forms by tokens, skeletons, bits and bits of the skeletons."""
    return pl.DataFrame(rows, schema=["tokens", "skeletons", "bits", "skeleton_bits"], orient="row")


def arrays(table: pl.DataFrame) -> TokenForms:
    """Forms as arrays; every token has the skeleton and the bits that it has in the first of them."""
    long = table.explode(table.columns, empty_as_null=False).unique("tokens", keep="first", maintain_order=True)
    parts = [table["tokens"][:1], table["tokens"][1:]]  # as they are read, one after the other
    return token_forms(parts, long.rename({"tokens": "token", "skeletons": "skeleton"}))


def compared(table: pl.DataFrame, *pairs: tuple[int, int]) -> list[tuple[int, int, float, float]]:
    left, right = (np.array(side, dtype=np.uint32) for side in zip(*pairs, strict=True))
    found = nothing_agrees(len(pairs))
    align(arrays(table), left, right, np.ones(len(pairs), dtype=bool), found)
    return [
        (right, int(grade), round(bits, 4), round(alike, 4))
        for (_, right), grade, alike, bits in zip(pairs, *found, strict=True)
        if grade
    ]


def test_every_grade() -> None:
    table = forms(
        (["karim", "ali", "hassan"], ["krm", "l", "hsn"], [5, 3, 4], [5, 3, 4]),
        (["hassan", "karim", "ali"], ["hsn", "krm", "l"], [4, 5, 3], [4, 5, 3]),
        (["kerim", "ali", "hassan"], ["krm", "l", "hsn"], [6, 3, 4], [5, 3, 4]),
        (["karim", "hassan"], ["krm", "hsn"], [5, 4], [5, 4]),
        (["karim", "ali", "botros"], ["krm", "l", "btrs"], [5, 3, 8], [5, 3, 8]),
        (["botros", "ali", "hassan"], ["btrs", "l", "hsn"], [8, 3, 4], [8, 3, 4]),
        (["botros", "ali"], ["btrs", "l"], [8, 3], [8, 3]),
        (["ookuurumuu", "botros"], ["krm", "btrs"], [9, 8], [5, 8]),
    )
    assert compared(table, *((0, other) for other in range(1, 8))) == [
        (1, 1, 12.0, 1.0),  # equal tokens in another order
        (2, 2, 10.0, 0.9693),  # karim and kerim: worth the skeleton less two bits; 1 - (5/12 + 6/13) × .07 / 2
        (3, 3, 9.0, 0.875),  # ali has no partner
        (4, 4, 8.0, 0.5833),  # first names agree, families do not
        (5, 5, 7.0, 0.525),  # relatives
        (6, 6, 3.0, 0.2614),  # one token
        (7, 7, 0.0, 0.0),  # a shared skeleton, of tokens that look nothing alike
    ]


def test_forms_that_share_no_skeleton_and_do_not_look_alike_are_not_compared() -> None:
    assert compared(forms((["karim"], ["krm"], [5], [5]), (["botros"], ["btrs"], [8], [8])), (0, 1)) == []


def test_one_token_written_as_several_agrees_for_four_bits_less_than_all_of_it() -> None:
    table = forms(
        (["abd", "alrahman"], ["bd", "lrhmn"], [5, 6], [5, 6]), (["abdalrahman"], ["bdlrhmn"], [9], [9])
    )  # fmt: skip
    assert compared(table, (0, 1)) == [(1, 2, 5.0, 1.0)]


def test_a_shared_common_token_does_not_make_up_for_the_rare_one_that_differs() -> None:
    table = forms((["ali", "karim"], ["l", "krm"], [1, 9], [1, 9]), (["ali", "botros"], ["l", "btrs"], [1, 9], [1, 9]))
    assert compared(table, (0, 1)) == [(1, 6, 1.0, 0.1)]


def test_a_token_that_stands_twice_in_one_form_agrees_once() -> None:
    table = forms(
        (["karim", "ali", "ali"], ["krm", "l", "l"], [5, 3, 3], [5, 3, 3]), (["karim", "ali"], ["krm", "l"], [5, 3], [5, 3])
    )  # fmt: skip
    assert compared(table, (0, 1), (1, 0)) == [(1, 2, 8.0, 1.0), (0, 2, 8.0, 1.0)]


def test_a_form_is_the_same_as_itself_and_nothing_compared_is_nothing() -> None:
    table = forms((["karim"], ["krm"], [5], [5]))
    assert compared(table, (0, 0)) == [(0, 1, 5.0, 1.0)]
    nothing = np.empty(0, dtype=np.uint32)
    align(arrays(table), nothing, nothing, np.empty(0, dtype=bool), nothing_agrees(0))


def test_however_many_chunks_threads_take_all_pairs_are_compared_and_what_is_done_beside_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = forms((["karim"], ["krm"], [5], [5]), (["kerim", "ali"], ["krm", "l"], [6, 3], [5, 3]))
    left, right = np.array([0, 1] * 50, dtype=np.uint32), np.array([0, 0, 1, 1] * 25, dtype=np.uint32)
    done: list[str] = []
    whole, in_chunks = nothing_agrees(100), nothing_agrees(100)
    align(arrays(table), left, right, np.ones(100, dtype=bool), whole)
    monkeypatch.setattr(align_module, "_CHUNK", 3)
    align(arrays(table), left, right, np.ones(100, dtype=bool), in_chunks, beside=lambda: done.append("beside"))
    assert all((one == other).all() for one, other in zip(whole, in_chunks, strict=True))
    assert whole.grade.all()
    assert done == ["beside"]


def test_a_token_that_was_not_counted_among_these_names_is_an_error() -> None:
    table = forms((["karim"], ["krm"], [5], [5]))
    rarity = table.explode(table.columns).rename({"tokens": "token", "skeletons": "skeleton"})
    with pytest.raises(ValueError, match="1 tokens of names have no rarity"):
        token_forms([pl.Series([["karim", "ali"]])], rarity)


def test_names_written_together_elsewhere_are_as_alike_as_their_letters_in_order() -> None:
    table = forms(
        (["abdulrahman", "husseini"], ["bdlrhmn", "hsn"], [6, 5], [6, 5]),
        (["abdulrahmanhusseini"], ["bdlrhmnhsn"], [9], [9]),
        (["abdulrahmanhusseino"], ["bdlrhmnhsn"], [9], [9]),
        (["husseini", "abdulrahman"], ["hsn", "bdlrhmn"], [5, 6], [5, 6]),
    )  # fmt: skip
    assert compared(table, (0, 1), (0, 2)) == [(1, 2, 5.0, 1.0), (2, 2, 5.0, 0.9789)]
    assert compared(table, (3, 1)) == [], "the same letters in another order are another name"


def test_only_pairs_that_are_wanted_are_compared() -> None:
    table = forms((["karim"], ["krm"], [5], [5]))
    found, zeros = nothing_agrees(3), np.zeros(3, dtype=np.uint32)
    align(arrays(table), zeros, zeros, np.array([False, True, False]), found)
    assert [column.tolist() for column in found] == [[0, 1, 0], [0.0, 1.0, 0.0], [0.0, 5.0, 0.0]]


@pytest.mark.parametrize(
    ("one", "other", "same_skeleton", "likeness"),
    [
        ("hassan", "hassan", True, 1.0),
        ("a", "ali", False, 0.5),  # an initial begins the token
        ("b", "ali", False, 0.0),
        ("yusup", "youssoup", True, 0.93),  # an equal skeleton lifts other vowels
        ("hussein", "hussain", True, 0.9429),  # and does not lower a close spelling
        ("ilya", "aula", True, 0.0),  # nor lift what looks nothing alike
        ("karimov", "karimof", False, 0.9229),  # a close spelling with another skeleton is a little less
        ("amir", "amirk", False, 0.94),
        ("omar", "oma", False, 0.0),  # a short token of another skeleton is another token
        ("hassan", "karim", False, 0.0),
        ("yusup", "youssoup", False, 0.0),
    ],
)
def test_how_alike_two_tokens_are(one: str, other: str, same_skeleton: bool, likeness: float) -> None:
    words = _words(pl.Series(dict.fromkeys([one, other]).keys()))
    room = np.zeros(9, dtype=np.uint8), np.zeros(9, dtype=np.int64)
    places = (0, len(words.counts) - 1)
    found = _token_likeness(*places, same_skeleton, words, *room)
    assert round(found, 4) == likeness


tokens = st.text("abcdeh", min_size=1, max_size=9)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(tokens, tokens, st.booleans())
def test_the_macro_that_explains_and_the_kernel_that_compares_agree(one: str, other: str, same_skeleton: bool) -> None:
    words = _words(pl.Series(list(dict.fromkeys([one, other]))))
    room = np.zeros(9, dtype=np.uint8), np.zeros(9, dtype=np.int64)
    found = _token_likeness(0, len(words.counts) - 1, same_skeleton, words, *room)
    macro = (project.folder("sql") / "macros/token_similarity.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(macro).fetchall()
        given = [one, other, "s", "s" if same_skeleton else "t"]
        ((expected,),) = connection.execute("SELECT token_similarity(?, ?, ?, ?)", given).fetchall()
    assert found == pytest.approx(float(expected), abs=1e-9)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(tokens | st.just("a" * 70), tokens | st.just("a" * 69 + "b"))
def test_jaro_and_winkler_are_as_the_database_has_them(one: str, other: str) -> None:
    letters = np.frombuffer((one + other).encode(), dtype=np.uint8)
    room = np.zeros(70, dtype=np.uint8), np.zeros(70, dtype=np.int64)
    with duckdb.connect() as connection:
        ((expected,),) = connection.execute("SELECT jaro_winkler_similarity(?, ?)", [one, other]).fetchall()
    assert _jaro_winkler(letters, 0, len(one), len(one), len(other), *room) == pytest.approx(expected, abs=1e-9)

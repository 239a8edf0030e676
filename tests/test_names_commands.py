"""``matching names …`` as a user calls it."""

from pathlib import Path

import polars as pl
from command_line import matching


def test_one_row_out_per_row_in_in_the_same_order(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        "id,one,two\n1,Юсуп Абдулаев,Yousuf Abdullayev\n2,,x\n3,Юсуп Абдулаев,Kjell Bratvold\n", encoding="utf-8"
    )
    answer = matching("names", "compare", pairs, "-o", tmp_path / "scores.csv", "--left", "one", "--right", "two")
    scores = pl.read_csv(tmp_path / "scores.csv")
    assert answer.exit_code == 0
    assert scores.columns == ["score", "explanation"]
    same, empty, other = scores["score"]
    assert 1 >= same > 0.8
    assert empty == 0
    assert other < 0.1
    assert "Юсуп ≈ yousuf" in scores["explanation"][0]


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a,b\nx,y\n", encoding="utf-8")
    answer = matching("names", "compare", pairs, "-o", tmp_path / "scores.csv")
    assert answer.exit_code == 2
    assert "name_a, name_b" in answer.err
    assert "it has a, b" in answer.err
    assert not (tmp_path / "scores.csv").exists()


def test_explain_shows_the_reading_and_the_alignment() -> None:
    answer = matching("names", "explain", "Дмитрий Пушков", "Dmitri Pushkov")
    assert answer.exit_code == 0
    assert "Cyrl, read as Dmitriy Pushkov" in answer.out
    assert "score 0.9" in answer.out

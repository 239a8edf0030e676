"""``matching names …`` as a user calls it."""

import gzip
from pathlib import Path

import polars as pl
import pytest
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
    assert answer.out.count("keys word: ") == 2
    assert "keys two_words: " in answer.out


_HEADER = b"name_a,name_b\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"name_a,other\nx,y\n", "no column name_b: it has name_a, other", id="missing_column"),
        pytest.param(b"name_a,name_b,name_a\nx,y,z\n", "more than one column name_a", id="column_twice"),
        pytest.param(_HEADER + b"x,y\nx,y,z\n", "3 fields in the row that ends in line 3", id="long_row"),
        pytest.param(_HEADER + b"x\n", "1 fields in the row that ends in line 2", id="short_row"),
        pytest.param(_HEADER + b'"x,y\n', "no CSV in line 2", id="open_quote"),
        pytest.param("name_a,name_b\nx,y\n".encode("utf-16"), "is in UTF-16", id="utf_16"),
        pytest.param("name_a,name_b\nx,y\n".encode("utf-16-le"), "NUL byte in line 1", id="utf_16_unmarked"),
        pytest.param(_HEADER + "x,Zoë\n".encode("latin-1"), "not in UTF-8 in line 2 (byte 0xeb)", id="latin_1"),
        pytest.param(_HEADER + b"x,y\0\n", "NUL byte in line 2", id="nul"),
        pytest.param(gzip.compress(_HEADER)[:-9], "cannot read", id="gzip_cut_off"),
    ],
)
def test_a_file_that_is_no_table_of_pairs_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "pairs.csv").write_bytes(content)
    answer = matching("names", "compare", tmp_path / "pairs.csv", "-o", tmp_path / "scores.csv")
    assert answer.exit_code == 2
    assert said in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.csv"]


def test_output_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_bytes(_HEADER + b"Ines Prado,Ines Prado\n")
    for output, said in (
        (tmp_path / "none" / "scores.csv", "there is no folder"),
        (tmp_path, "it is a folder"),
        (tmp_path / "." / "pairs.csv", "is the file of pairs itself"),
    ):
        answer = matching("names", "compare", pairs, "-o", output)
        assert answer.exit_code == 2
        assert said in answer.err
    assert pairs.read_bytes() == _HEADER + b"Ines Prado,Ines Prado\n"
    assert list(tmp_path.iterdir()) == [pairs]


def test_gzip_byte_order_mark_and_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv.gz").write_bytes(
        gzip.compress(b"\xef\xbb\xbf" + b'name_a,name_b\r\n"Prado, Ines",Ines Prado\r\n\r\n,\r\n')
    )
    answer = matching("names", "compare", tmp_path / "pairs.csv.gz", "-o", tmp_path / "scores.csv")
    assert answer.exit_code == 0
    assert pl.read_csv(tmp_path / "scores.csv").height == 2

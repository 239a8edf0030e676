"""A file of judgements is read strictly, in whatever order the two ids of a pair stand."""

import polars as pl
import pytest

from matching.errors import UsageError
from matching.link.judgements import KEPT_BACK, SCHEMA, kept_back, read_judgements, to_train_on


def written(tmp_path, text):
    path = tmp_path / "judged.csv"
    path.write_text(text)
    return path


def test_ids_are_put_in_order_and_the_last_verdict_of_a_pair_counts(tmp_path):
    path = written(
        tmp_path, "verdict,id_r,id_l,who\nsame,a:1,b:1,ana\ndifferent,b:1,a:1,ben\ncannot_tell, b:2 ,a:1,ana\n"
    )
    assert read_judgements(path).rows() == [("a:1", "b:1", "different"), ("a:1", "b:2", "cannot_tell")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id_l,id_r\na:1,b:1\n", "lack verdict"),
        ("id_l,id_r,verdict\na:1,b:1,yes\n", "1 judgements .* same, different, cannot_tell"),
        ("id_l,id_r,verdict\n,b:1,same\n", "lack an id"),
        ("", "cannot read judgements"),
    ],
)
def test_what_cannot_be_used_is_explained(tmp_path, text, said):
    with pytest.raises(UsageError, match=said):
        read_judgements(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read judgements .*gone\.csv"):
        read_judgements(tmp_path / "gone.csv")


def test_one_judgement_in_five_is_kept_back_whoever_else_is_judged():
    judged = pl.DataFrame([(f"a:{n}", f"b:{n}", "same") for n in range(1000)], schema=SCHEMA, orient="row")
    apart = kept_back(judged)
    assert abs(apart.height - 1000 / KEPT_BACK) < 40
    assert pl.concat([apart, to_train_on(judged)]).sort("record_id_l").equals(judged.sort("record_id_l"))
    assert kept_back(judged.sample(fraction=0.5, seed=1)).join(apart, on="record_id_l", how="anti").is_empty()
    assert kept_back(judged.clear()).is_empty()

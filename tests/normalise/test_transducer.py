import numpy as np
import pytest
from log_ratios import joint_beyond, log_ratios

from matching.normalise.make_transducers import Plan, learn
from matching.normalise.rarity import information
from matching.normalise.symbols import symbols
from matching.normalise.transducer import NEVER
from matching.normalise.words import DATA


def ratio(reading: str, word: str, latin: str) -> float:
    return float(log_ratios(reading, [(symbols(word, reading), latin)])[0])


WORDS = pytest.mark.parametrize(
    ("reading", "word", "rendering", "other"),
    [
        ("Cyrl", "Щукин", "shchukin", "shatkin"),
        ("Arab", "منصور", "mansour", "nasser"),
        ("Hebr", "פרידמן", "friedman", "feldman"),
        ("Grek", "Παπαδάκης", "papadakis", "papandreou"),
        ("Kana", "しょうこ", "shoko", "sachiko"),
        ("Jpan", "山本", "yamamoto", "yamada"),
        ("Zhon", "小华", "xiaohua", "xiaoming"),
        ("Kore", "金永", "kimyoung", "kimchul"),
        ("Yuee", "陳強", "chankeung", "chanming"),
        ("Hang", "철민", "cheolmin", "yeongho"),
        ("Indi", "শর্মা", "sharma", "verma"),
        ("Taml", "குமார்", "kumar", "rajan"),
        ("Thai", "สมชาย", "somchai", "somsak"),
        ("Geor", "ბერიძე", "beridze", "kapanadze"),
        ("Armn", "Սարգսյան", "sargsyan", "petrosyan"),
        ("Romn", "කුමාර", "kumara", "rajan"),
        ("Latn", "schmidt", "shmit", "schubert"),
    ],
)


@WORDS
def test_a_rendering_is_likelier_than_another_name(reading: str, word: str, rendering: str, other: str) -> None:
    assert ratio(reading, word, rendering) > max(0.0, ratio(reading, word, other))


@WORDS
def test_what_is_given_up_early_would_not_have_been_enough(reading: str, word: str, rendering: str, other: str) -> None:
    source = symbols(word, reading)
    right, wrong = joint_beyond(reading, source, rendering), joint_beyond(reading, source, other)
    for found, latin in ((right, rendering), (wrong, other)):
        assert joint_beyond(reading, source, latin, found - 0.01) == found
    assert joint_beyond(reading, source, other, right) == NEVER


def test_latin_scores_are_symmetric() -> None:
    assert ratio("Latn", "mansour", "mansur") == pytest.approx(ratio("Latn", "mansur", "mansour"))


def test_symbols_never_seen_and_very_long_words_give_a_number() -> None:
    assert np.isfinite(ratio("Grek", "ϗϏ" * 40, "kai" * 40))


def test_common_tokens_carry_less_information_than_rare_ones() -> None:
    common, rare = information(["smith", "quarterstaff"])
    assert common < rare


def test_letters_that_always_stand_for_each_other_are_learned() -> None:
    pairs = [
        (tuple(word), word.translate(str.maketrans("αβγ", "abc"))) for word in ("αβγ", "γα", "ββα", "αγ", "βγα", "γβ")
    ]
    learned = learn(pairs, Plan(dropped=0.0))
    best = sorted(learned, key=learned.__getitem__, reverse=True)[:3]
    assert {("".join(source), "".join(latin)) for source, latin in best} == {("α", "a"), ("β", "b"), ("γ", "c")}


def test_every_data_file_has_its_provenance_stated() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for file in DATA.iterdir():
        pattern = "transducer_*.tsv.gz" if file.name.startswith("transducer_") else file.name
        assert file.name == "README.md" or f"`{pattern}`" in text

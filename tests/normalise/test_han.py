"""Names in Han characters against Latin spellings: invented people."""

import gzip

import pytest
from log_ratios import log_ratios

from matching.normalise.symbols import symbols
from matching.normalise.words import DATA


def _score(reading: str, written: str, latin: str) -> float:
    return float(log_ratios(reading, [(symbols(written, reading), latin)])[0])


@pytest.mark.parametrize(
    ("reading", "written", "right", "wrong"),
    [
        ("Jpan", "青沼礼司", "aonumareiji", "aonumakenji"),
        ("Jpan", "長谷杏子", "hasekyoko", "haseyoko"),
        ("Jpan", "大桐浩", "ogirihiroshi", "ogirihiroko"),
        ("Jpan", "佐々原健一", "sasaharakenichi", "sasaharakenji"),
        ("Zhon", "曾小华", "zengxiaohua", "zengxiaoming"),
        ("Zhon", "許志國", "hsuchihkuo", "hsuchihming"),
        ("Zhtr", "博格丹诺夫", "bogdanov", "baranov"),
        ("Kore", "李槿姬", "leekeunhee", "leekyunghee"),
        ("Kore", "柳善敎", "yoosunkyo", "yoosungho"),
        ("Yuee", "張偉強", "cheungwaikeung", "cheungwaiming"),
        ("Yuee", "楊志明", "ieongchimeng", "ieongkuokkei"),
        ("Yuee", "陈福水", "tanhockchwee", "tanhocksiew"),
    ],
)
def test_reading_tells_the_right_name_from_one_like_it(reading: str, written: str, right: str, wrong: str) -> None:
    assert _score(reading, written, right) > 6.0
    assert _score(reading, written, right) > _score(reading, written, wrong) + 4.0


@pytest.mark.parametrize(
    ("reading", "one", "other"),
    [
        ("Jpan", "廣澤龍一", "広沢竜一"),
        ("Jpan", "髙﨑", "高崎"),
        ("Jpan", "泽", "沢"),
        ("Zhon", "張國榮", "张国荣"),
        ("Kore", "敎", "教"),
        ("Yuee", "區", "区"),
        ("Zhon", "奈々", "奈奈"),
    ],
)
def test_variant_characters_are_one(reading: str, one: str, other: str) -> None:
    assert symbols(one, reading) == symbols(other, reading)


def test_small_kana_beside_han_characters_belongs_to_the_one_before() -> None:
    assert symbols("青沼きょうか", "Jpan") == ("青", "沼", "キョ", "ウ", "カ")


@pytest.mark.parametrize(("reading", "least"), [("Zhon", 15_000), ("Yuee", 13_000), ("Kore", 7_000), ("Jpan", 9_000)])
def test_nearly_every_character_has_a_reading(reading: str, least: int) -> None:
    with gzip.open(DATA / f"transducer_{reading}.tsv.gz", "rt", encoding="utf-8") as file:
        characters = {line.split("\t")[0] for line in file}
    assert len(characters) > least

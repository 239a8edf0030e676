"""A comment names a person by a name, a number or an id that stands by itself."""

import json

import pytest

from matching.review.mentions import Mentions, called

NAMED = {
    "Al Li": ["al li", "ask  AL\nLI.", "(Al Li)"],
    "Anselm Gradusson": ["Anselm Gradussons Pass", "Anselm Gradussonin passi", "ANSELM GRADUSSON's", "x/Anselm Gradusson"],
    "X81000": ["QX81000", "no. x81000,", "X81000A"],
    "aa_wanted:1": ["as aa_wanted:1 says"],
    "大田原 穂波": ["これは大田原 穂波とは別人"],
    "أنسلم غرادوس": ["وأنسلم غرادوس"],
    "Ange\u0301 Tri": ["ang\u00e9 tri"],
}  # fmt: skip
OTHERS = {
    "Al Li": ["the special licence", "al lina", "Pascal Li", "Al", "Li Al"],
    "Anselm Gradusson": ["Anselm Gradussonovic", "Anselm", "Hanselm Gradusson"],
    "81000": ["181000", "810005"],
    "aa_wanted:1": ["aa_wanted:12"],
}


@pytest.mark.parametrize(("mention", "comment"), [(mention, one) for mention, some in NAMED.items() for one in some])
def test_a_mention_that_stands_by_itself_or_is_inflected_is_found(mention: str, comment: str) -> None:
    assert Mentions.of(["Somebody Else", mention]).stand_in(comment)


@pytest.mark.parametrize(("mention", "comment"), [(mention, one) for mention, some in OTHERS.items() for one in some])
def test_letters_or_digits_within_others_are_no_mention(mention: str, comment: str) -> None:
    assert not Mentions.of(["Somebody Else", mention]).stand_in(comment)


def test_a_single_word_and_a_short_number_are_no_mentions() -> None:
    record = {"names": [{"full": "Anselm", "romanised": None}, {"full": "Anselm Gradusson"}], "identifiers": None}
    document = {"record": record, "identifiers": [{"number_text": "1234", "number": "12345"}]}
    assert list(called([json.dumps(document)])) == ["Anselm Gradusson", "12345"]

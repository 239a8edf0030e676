import unicodedata

import pytest

from matching.exercise.cultures import FORMS, Culture, countries, cultures

# Words that begin the Unicode names of the letters of a script.
SCRIPT_LETTERS = {
    "Arab": ("ARABIC",),
    "Armn": ("ARMENIAN",),
    "Cyrl": ("CYRILLIC",),
    "Deva": ("DEVANAGARI",),
    "Ethi": ("ETHIOPIC",),
    "Geor": ("GEORGIAN",),
    "Grek": ("GREEK",),
    "Hang": ("HANGUL",),
    "Hani": ("CJK",),
    "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA"),
    "Latn": ("LATIN",),
    "Thai": ("THAI",),
}
ALL = pytest.mark.parametrize("culture", cultures().values(), ids=lambda culture: culture.name)


def foreign_letters(text: str, script: str) -> set[str]:
    letters = {letter for letter in text if letter.isalpha() and unicodedata.category(letter) != "Lm"}
    return {letter for letter in letters if not unicodedata.name(letter).startswith(SCRIPT_LETTERS[script])}


@ALL
def test_names_are_written_in_the_script_of_their_culture(culture: Culture) -> None:
    tokens = [token for section in culture.sections.values() for token in section]
    assert not {token.native for token in tokens if foreign_letters(token.native, culture.script)}


@ALL
def test_spellings_hold_latin_letters_only(culture: Culture) -> None:
    spellings = [s for section in culture.sections.values() for token in section for s in token.spellings]
    assert not {spelling for spelling in spellings if not spelling or foreign_letters(spelling, "Latn")}


@ALL
def test_every_culture_has_what_its_form_needs(culture: Culture) -> None:
    needed = {"male", "female", "nickname"} | ({"family"} if culture.form != "chain" else set())
    needed |= {"patronymic_male", "patronymic_female"} if culture.form == "patronymic" else set()
    assert needed <= culture.sections.keys()
    assert culture.form in FORMS
    assert set(culture.countries) <= countries().keys()

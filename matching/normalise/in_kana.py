"""Chinese and Korean names as Japanese writes them: the sound of each character or syllable in katakana, by rule.

Enters: a word in Han characters or Hangul. Leaves: katakana as newspapers of Japan spell it (習近平 is シージンピン, 김 is
キム), to be compared with other katakana (own_script.py). Japanese names in Han characters are not written so: they are
read as such, see symbols.py.
"""

from functools import cache

from anyascii import anyascii

from matching.normalise.spell_japanese import morae_of
from matching.normalise.symbols import symbols
from matching.normalise.text import script_of_character
from matching.normalise.transducer import likeliest_spelling

# Readings in which a form of a script is written in kana beside one that is: script and language of the sound.
IN_KANA = {"Zhon in kana": "Hani", "Kore in kana": "Hani", "Hang in kana": "Hang"}

_CHINESE_INITIALS = {"zh": "j", "ch": "ch", "sh": "sh", "x": "sh", "q": "ch", "c": "ts", "l": "r", "f": "fu", "w": "u"}
_CHINESE_FINALS = {
    "iang": "yan", "iong": "yon", "uang": "uan", "ueng": "uon", "ang": "an", "eng": "on", "ing": "in", "ong": "on",
    "ian": "ien", "iao": "yao", "uai": "uai", "uan": "uan", "ai": "ai", "ei": "ei", "ao": "ao", "ou": "ou", "an": "an",
    "en": "en", "ia": "ia", "ie": "ie", "iu": "iu", "in": "in", "ua": "ua", "uo": "uo", "ui": "ui", "un": "un",
    "ue": "yue", "a": "a", "o": "o", "e": "o", "i": "i", "u": "u",
}  # fmt: skip
_CHINESE_WHOLE = {"zi": "zu", "ci": "tsu", "si": "su", "er": "aru", "di": "dei", "ti": "tei", "ri": "ri"}
_KOREAN_INITIALS = ("kk", "tt", "pp", "ss", "jj", "ch", "g", "n", "d", "r", "l", "m", "b", "s", "j", "k", "t", "p", "h")
_KOREAN_INITIAL_SOUNDS = {
    "kk": "k",
    "tt": "t",
    "pp": "p",
    "ss": "s",
    "jj": "ch",
    "g": "k",
    "d": "t",
    "b": "p",
    "j": "j",
    "l": "r",
}
_KOREAN_VOWELS = {
    "yeo": "yo", "yae": "ie", "wae": "ue", "eo": "o", "eu": "u", "ae": "e", "oe": "ue", "ye": "ie", "wa": "ua", "wo": "uo",
    "we": "ue", "wi": "ui", "ui": "ui", "ya": "ya", "yo": "yo", "yu": "yu", "ee": "i", "oo": "u", "a": "a", "e": "e", "i": "i",
    "o": "o", "u": "u",
}  # fmt: skip
_KOREAN_ENDS = {
    "ng": "n",
    "n": "n",
    "m": "mu",
    "l": "ru",
    "r": "ru",
    "k": "ku",
    "g": "ku",
    "p": "pu",
    "b": "pu",
    "t": "tto",
    "d": "tto",
}
_GLIDES = ("s", "j", "c", "sh", "ch")


def in_kana(word: str, reading: str) -> tuple[str, ...]:
    """Katakana of ``word`` in a reading of IN_KANA, character by character.

    >>> "".join(in_kana("習近平", "Zhon in kana")), "".join(in_kana("김정은", "Hang in kana"))
    ('シジンピン', 'キムジョンウン')
    """
    return tuple(kana for character in word for kana in _character(character, reading))


@cache
def _character(character: str, reading: str) -> tuple[str, ...]:
    if script_of_character(character) != IN_KANA[reading]:
        return ()
    if reading == "Zhon in kana":
        romaji = _from_pinyin(anyascii(symbols(character, "Zhon")[0]).lower())
    elif reading == "Hang in kana":
        romaji = _from_korean(anyascii(character).lower())
    else:
        romaji = _from_korean(likeliest_spelling("Kore", symbols(character, "Kore")))
    return tuple("".join(morae_of(romaji)))


def _from_pinyin(syllable: str) -> str:
    if syllable in _CHINESE_WHOLE:
        return _CHINESE_WHOLE[syllable]
    initial = next((i for i in ("zh", "ch", "sh") if syllable.startswith(i)), syllable[:1])
    initial = "" if initial in ("a", "e", "o") else initial
    final = syllable[len(initial) :]
    sound = _CHINESE_FINALS.get(final, final)
    if initial in ("j", "q", "x", "y") and final.startswith("u"):
        sound = "yu" + sound.lstrip("yu")
    start = _CHINESE_INITIALS.get(initial, initial)
    if initial == "w":
        start = {"a": "w", "u": ""}.get(sound[0], "u")
    if initial == "y":
        return sound if sound[0] in "iy" else "i" + sound if sound.startswith("en") else "y" + sound
    return _glided(start, sound)


def _from_korean(syllable: str) -> str:
    initial = next((i for i in _KOREAN_INITIALS if syllable.startswith(i)), "")
    rest = syllable[len(initial) :]
    vowel = next((v for v in _KOREAN_VOWELS if rest.startswith(v)), "")
    end = _KOREAN_ENDS.get(rest[len(vowel) :], "")
    return _glided(_KOREAN_INITIAL_SOUNDS.get(initial, initial), _KOREAN_VOWELS.get(vowel, "")) + end


def _glided(start: str, sound: str) -> str:
    """A beginning before a sound, as Japanese syllables allow: a consonant never stands before another vowel's glide."""
    if start in ("j", "sh", "ch") and sound[:1] == "y":
        return start + sound[1:]
    if start in ("j", "sh", "ch") and sound[:2] in ("ia", "io", "ie"):
        return start + "i" + sound[1:]
    if start and sound[:1] == "u" and len(sound) > 1 and sound[1] in "aeio":
        return start + "u" + sound[1:] if start not in ("t", "d", "h") else start + "o" + sound[1:]
    return start + sound

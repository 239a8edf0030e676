"""Sound codes: what is left of a name word when spellings of one sound fall together, packed into one integer.

Enters: letters a to z. Leaves: a code of up to 15 sound classes, 4 bits each, the first in the highest place. There are
two codes. A *skeleton* has consonants only: scripts without written vowels and spellings of all languages agree on it.
A *syllabic* code keeps one of three vowels between consonants, the last of a run (xiao, siu; lee, li; choi, choe): where
words are two or three sounds long (Chinese, Korean, Japanese) consonants alone say nothing.

Both are folded letter by letter, so that a word in pieces folds as it does whole: renderings.py folds the letters that a
symbol of another script may stand for without knowing what follows. A letter that the next one explains is kept pending:
c is soft before e, i, h; h is silent after a consonant or at an end.
"""

import re

import numpy as np
import numpy.typing as npt
from numba import njit

Codes = npt.NDArray[np.int64]
Letters = npt.NDArray[np.uint8]

MOST_SOUNDS = 15  # classes of a code; what follows is left out
_BEGINNING = 2  # consonants
SHORT = 2  # consonants of a word that is told by its syllabic code

_B, _D, _G, _S, _L, _M, _N, _A, _I, _U, _H = range(1, 12)
_SC, _DC, _C = 13, 14, 15  # a pending c: after s, after d, after anything else
_NAMES = " BDGSLMNAIUH?CCC"

# Letters that any two romanisations interchange are one from the start, so that pf, dt, ck count as doubled.
_INNER_VOWELS = re.compile(rb"([aeo])[aeo]+([aeo])")
_FURTHER_VOWELS = re.compile(rb"([eo])[eo]+")
_SILENT_H = re.compile(rb"(?<=[^c])h")
_FOLDED = bytes.maketrans(b"bfpvdtgkqszjuiy", b"bbbbddgggsssoee")


def fold_rendering(folded: bytes, *, syllabic: bool) -> bytes:
    """Return folded letters without those that change no code of this kind, wherever they stand: fewer to tell apart."""
    if syllabic:
        return _INNER_VOWELS.sub(rb"\1\2", folded.replace(b"w", b"o"))
    hard = folded.replace(b"a", b"o").replace(b"w", b"b")
    return _FURTHER_VOWELS.sub(rb"\1", _SILENT_H.sub(b"", hard))


def fold_letters(word: str) -> bytes:
    """Return the letters of ``word`` with those that sound alike made one.

    Letters left: a e o, b d g s, l r m n, and c h w x, which stand for different sounds by their place.
    """
    return word.encode("ascii").translate(_FOLDED)


@njit(cache=True)
def _resolved(code: int, soft: bool) -> int:
    """The code with a pending c decided."""
    top, below = code & 15, code >> 4
    if top < _SC:
        return code
    if soft:
        return below << 4 | _S
    if top == _SC:
        return (below << 4 | _S) << 4 | _G if below >> 52 == 0 else below << 4 | _S
    if top == _DC:
        return (below << 4 | _D) << 4 | _G if below >> 52 == 0 else below << 4 | _D
    return below << 4 | _G


@njit(cache=True)
def _pushed(code: int, sound: int) -> int:
    return code << 4 | sound if code >> 56 == 0 else code


@njit(cache=True)
def add_letter(code: int, last: int, letter: int, syllabic: bool) -> tuple[int, int]:
    """Add one folded letter to a code. ``last`` is the consonant just before, 0 after a vowel."""
    if letter == 99:  # c
        return _with_c(code, last)
    if letter == 104:  # h
        return _with_h(code, last, syllabic)
    if letter == 97 or letter == 101 or letter == 111 or (letter == 119 and syllabic):
        return _with_vowel(code, letter, syllabic)
    if code & 15 >= _SC:
        code = _resolved(code, letter == 115)
        last = 115 if letter == 115 else 103
    if syllabic and code & 15 == _H:
        code >>= 4
    return _with_consonant(code, last, letter, syllabic)


@njit(cache=True)
def _with_consonant(code: int, last: int, letter: int, syllabic: bool) -> tuple[int, int]:
    if letter == 119:
        letter = 98
    if letter == last:
        return code, last
    if letter == 115:
        if last == 100 and code & 15 == _D:
            return code >> 4 << 4 | _S, letter
        return _pushed(code, _S), letter
    if letter == 120 and syllabic:  # x of pinyin
        return _pushed(code, _S), 115
    if letter == 120:
        return _pushed(_pushed(code, _G), _S), 115
    if letter == 103 and last == 110:  # ng
        return code, last
    if letter == 98:
        sound = _B
    elif letter == 100:
        sound = _D
    elif letter == 103:
        sound = _G
    elif letter == 108 or letter == 114:
        sound = _L
    elif letter == 109 or not syllabic:
        sound = _M
    else:
        sound = _N
    return _pushed(code, sound), letter


@njit(cache=True)
def _with_c(code: int, last: int) -> tuple[int, int]:
    if code & 15 >= _SC:
        return code, last
    if code & 15 == _H:
        code >>= 4
    if last == 115 and code & 15 == _S:
        return code >> 4 << 4 | _SC, 99
    if last == 100 and code & 15 == _D:
        return code >> 4 << 4 | _DC, 99
    return _pushed(code, _C), 99


@njit(cache=True)
def _with_h(code: int, last: int, syllabic: bool) -> tuple[int, int]:
    if code & 15 >= _SC:
        return _resolved(code, True), 115
    if syllabic and last == 0 and code & 15 != _H:
        return _pushed(code, _H), 0
    return code, last


@njit(cache=True)
def _with_vowel(code: int, letter: int, syllabic: bool) -> tuple[int, int]:
    code = _resolved(code, letter == 101)
    if not syllabic:
        return code, 0
    sound = _A if letter == 97 else _I if letter == 101 else _U
    if _A <= code & 15 <= _U:
        return code >> 4 << 4 | sound, 0
    return _pushed(code, sound), 0


@njit(cache=True)
def finished(code: int) -> int:
    """The code at the end of a word: nothing pending, no silent h."""
    code = _resolved(code, False)
    return code >> 4 if code & 15 == _H else code


@njit(cache=True)
def count_consonants(code: int) -> int:
    """How many consonants a code has."""
    count = 0
    while code:
        if not _A <= code & 15 <= _H:
            count += 1
        code >>= 4
    return count


@njit(cache=True)
def _codes(letters: Letters, starts: Codes) -> Codes:
    result = np.zeros(len(starts) - 1, dtype=np.int64)
    for word in range(len(starts) - 1):
        skeleton, syllables, last, last_syllabic = 0, 0, 0, 0
        for place in range(starts[word], starts[word + 1]):
            skeleton, last = add_letter(skeleton, last, letters[place], False)
            syllables, last_syllabic = add_letter(syllables, last_syllabic, letters[place], True)
        skeleton = finished(skeleton)
        syllables = finished(syllables)
        result[word] = syllables if count_consonants(syllables) <= SHORT else skeleton
    return result


@njit(cache=True)
def joined_code(first: int, second: int) -> int:
    """The code of two words as one, from theirs: syllabic if it is short, else the consonants of both."""
    if count_consonants(first) + count_consonants(second) > SHORT:
        first, second = _consonants(first), _consonants(second)
    for place in range(4 * (MOST_SOUNDS - 1), -4, -4):
        if second >> place & 15:
            first = _pushed(first, second >> place & 15)
    return first


@njit(cache=True)
def _consonants(code: int) -> int:
    """A code without vowels and h, n as m."""
    result = 0
    for place in range(4 * (MOST_SOUNDS - 1), -4, -4):
        sound = code >> place & 15
        if 0 < sound < _A:
            result = result << 4 | (_M if sound == _N else sound)
    return result


@njit(cache=True)
def beginning_of(codes: Codes) -> Codes:
    """The first two consonants of each code, after a mark where a short word begins with a vowel; 0 for no code.

    Syllabic codes and skeletons begin alike: n is m.
    """
    result = np.zeros(len(codes), dtype=np.int64)
    for row in range(len(codes)):
        code, found, count = codes[row], 0, 0
        for place in range(4 * (MOST_SOUNDS - 1), -4, -4):
            sound = code >> place & 15
            if sound == 0 or count == _BEGINNING:
                continue
            if _A <= sound <= _H:
                found = found if found else _A
                continue
            found = found << 4 | (_M if sound == _N else sound)
            count += 1
        result[row] = found
    return result


def sound_codes(words: list[str]) -> Codes:
    """Return the code of each word of letters a to z: syllabic for a short word, else its skeleton; 0 for nothing.

    >>> [show_code(code) for code in sound_codes(["muhammad", "mhmd", "lee", "li", "wladimir", "kim"])]
    ['MMD', 'MMD', 'LI', 'LI', 'BLDML', 'GIM']
    """
    folded = [fold_letters(word) for word in words]
    starts = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum([len(word) for word in folded], out=starts[1:])
    return _codes(np.frombuffer(b"".join(folded), dtype=np.uint8), starts)


def show_code(code: int) -> str:
    """Return a code as its classes, for a person to read."""
    return "".join(_NAMES[int(digit, 16)] for digit in f"{code:x}") if code else ""

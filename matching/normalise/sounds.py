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
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matching.normalise.compiled import compiled, plain

Codes = npt.NDArray[np.int64]
Letters = npt.NDArray[np.uint8]

MOST_SOUNDS = 15  # classes of a code; what follows is left out
_BEGINNING = 2  # consonants
SHORT = 2  # consonants of a word that is told by its syllabic code

_B, _D, _G, _S, _L, _M, _N, _A, _I, _U, _H = range(1, 12)
ARTICLE = _L  # the code of the Arabic article, al
_SC, _DC, _C = 13, 14, 15  # a pending c: after s, after d, after anything else
_LETTER_B, _LETTER_C, _LETTER_D, _LETTER_E, _LETTER_G, _LETTER_H = b"bcdegh"
_LETTER_N, _LETTER_O, _LETTER_S, _LETTER_W, _LETTER_X = b"noswx"
_SOUND_OF = np.zeros(128, dtype=np.int64)
for _letter, _sound in zip(b"bdgslrmnaeo", (_B, _D, _G, _S, _L, _L, _M, _N, _A, _I, _U), strict=True):
    _SOUND_OF[_letter] = _sound
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


@compiled
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


@compiled
def _pushed(code: int, sound: int) -> int:
    return code << 4 | sound if code >> 56 == 0 else code


@compiled
def add_letter(code: int, last: int, letter: int, syllabic: bool) -> tuple[int, int]:
    """Add one folded letter to a code. ``last`` is the consonant just before, 0 after a vowel."""
    if letter == _LETTER_W:
        letter = _LETTER_O if syllabic else _LETTER_B
    if letter == _LETTER_C:
        return _with_c(code, last)
    if letter == _LETTER_H:
        return _with_h(code, last, syllabic)
    if _SOUND_OF[letter] >= _A:
        return _with_vowel(code, letter, syllabic)
    if code & 15 >= _SC:
        code = _resolved(code, letter == _LETTER_S)
        last = _LETTER_S if letter == _LETTER_S else _LETTER_G
    if syllabic and code & 15 == _H:
        code >>= 4
    return _with_consonant(code, last, letter, syllabic)


@compiled
def _with_consonant(code: int, last: int, letter: int, syllabic: bool) -> tuple[int, int]:
    if letter == last or (letter == _LETTER_G and last == _LETTER_N):  # doubled; ng
        return code, last
    if letter == _LETTER_S and last == _LETTER_D and code & 15 == _D:  # ts, tsch
        return code >> 4 << 4 | _S, letter
    if letter == _LETTER_X:  # of pinyin, or ks
        return _pushed(code if syllabic else _pushed(code, _G), _S), _LETTER_S
    sound = _SOUND_OF[letter]
    return _pushed(code, _M if sound == _N and not syllabic else sound), letter


@compiled
def _with_c(code: int, last: int) -> tuple[int, int]:
    if code & 15 >= _SC:
        return code, last
    if code & 15 == _H:
        code >>= 4
    if last == _LETTER_S and code & 15 == _S:
        return code >> 4 << 4 | _SC, _LETTER_C
    if last == _LETTER_D and code & 15 == _D:
        return code >> 4 << 4 | _DC, _LETTER_C
    return _pushed(code, _C), _LETTER_C


@compiled
def _with_h(code: int, last: int, syllabic: bool) -> tuple[int, int]:
    if code & 15 >= _SC:
        return _resolved(code, True), _LETTER_S
    if syllabic and last == 0 and code & 15 != _H:
        return _pushed(code, _H), 0
    return code, last


@compiled
def _with_vowel(code: int, letter: int, syllabic: bool) -> tuple[int, int]:
    code = _resolved(code, letter == _LETTER_E)
    if not syllabic:
        return code, 0
    sound = _SOUND_OF[letter]
    if _A <= code & 15 <= _U:
        return code >> 4 << 4 | sound, 0
    return _pushed(code, sound), 0


@compiled
def finished(code: int) -> int:
    """The code at the end of a word: nothing pending, no silent h."""
    code = _resolved(code, False)
    return code >> 4 if code & 15 == _H else code


@compiled
def count_consonants(code: int) -> int:
    """How many consonants a code has."""
    count = 0
    while code:
        if not _A <= code & 15 <= _H:
            count += 1
        code >>= 4
    return count


@compiled
def _codes(letters: Letters, starts: Codes) -> Codes:
    result = np.zeros(len(starts) - 1, dtype=np.int64)
    for word in range(len(starts) - 1):
        skeleton, syllables, last, last_syllabic = plain(0), plain(0), plain(0), plain(0)
        for place in range(starts[word], starts[word + 1]):
            skeleton, last = add_letter(skeleton, last, letters[place], plain(0) > 0)
            syllables, last_syllabic = add_letter(syllables, last_syllabic, letters[place], plain(1) > 0)
        skeleton = finished(skeleton)
        syllables = finished(syllables)
        result[word] = syllables if count_consonants(syllables) <= SHORT else skeleton
    return result


@compiled
def joined_code(first: int, second: int) -> int:
    """The code of two words as one, from theirs: syllabic if it is short, else the consonants of both."""
    if count_consonants(first) + count_consonants(second) > SHORT:
        first, second = _consonants(first), _consonants(second)
    for place in range(4 * (MOST_SOUNDS - 1), -4, -4):
        if second >> place & 15:
            first = _pushed(first, second >> place & 15)
    return first


@compiled
def _consonants(code: int) -> int:
    """A code without vowels and h, n as m."""
    result = 0
    for place in range(4 * (MOST_SOUNDS - 1), -4, -4):
        sound = code >> place & 15
        if 0 < sound < _A:
            result = result << 4 | (_M if sound == _N else sound)
    return result


@compiled
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


def sound_codes(words: Sequence[str]) -> Codes:
    """Return the code of each word of letters a to z: syllabic for a short word, else its skeleton; 0 for nothing.

    >>> [show_code(code) for code in sound_codes(["muhammad", "mohamed", "lee", "li", "wladimir", "kim"])]
    ['MMD', 'MMD', 'LI', 'LI', 'BLDML', 'GIM']
    """
    folded = [fold_letters(word) for word in words]
    starts = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum([len(word) for word in folded], out=starts[1:])
    return _codes(np.frombuffer(b"".join(folded), dtype=np.uint8), starts)


def show_code(code: int) -> str:
    """Return a code as its classes, for a person to read."""
    return "".join(_NAMES[int(digit, 16)] for digit in f"{code:x}") if code else ""

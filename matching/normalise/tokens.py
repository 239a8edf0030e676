"""From a word in any script to folded tokens, and from tokens to consonant skeletons.

Enters: a word (no spaces). Leaves: lower-case ASCII tokens. A fold is the same for every spelling that differs only in
case, accents, apostrophes, compatibility characters. Called once per distinct word.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anyascii import anyascii

from matching.normalise.text import script_of
from matching.normalise.words import COMPOUND_SURNAMES

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")

# Spelled-out umlauts and letters that anyascii folds to one letter and people spell with two are left to comparison:
# here every accent is dropped, so that a name with and without its accents is one name.
_ARABIC_ARTICLE = re.compile(r"^(?:ال|اَل|ٱل)(?=..)")
_LETTERS_BESIDE_ANYASCII = {"ə": "a", "Ə": "A", **dict.fromkeys("ʻʼʿʾʹьЬъЪ", "")}


@dataclass(frozen=True)
class Word:
    """A word read in Latin letters: as a person reads it, and as folded tokens."""

    romanised: str
    tokens: tuple[str, ...]
    has_article: bool


def fold(latin: str) -> str:
    """Return ``latin`` as lower-case ASCII letters and digits only.

    >>> fold("O'Néil"), fold("ʿAlī")
    ('oneil', 'ali')
    """
    return _NOT_LETTERS.sub("", anyascii(latin.translate(_TABLE)).lower())


def read_word(word: str) -> Word:
    """Read one word of any script in Latin letters. Scripts without spaces give several tokens.

    >>> read_word("القاضي").tokens, read_word("홍길동").tokens
    (('qdy',), ('hong', 'gildong'))
    """
    script = script_of(word)
    if script == "Latn":
        token = fold(word)
        return Word(word, (token,) if token else (), False)
    bare = _ARABIC_ARTICLE.sub("", word) if script == "Arab" else word
    parts = [anyascii(part.translate(_TABLE)) for part in _parts(bare, script)]
    shown = [re.sub(r"[^A-Za-z0-9]+", "", part).capitalize() for part in parts]
    article = bare != word
    tokens = tuple(part.lower() for part in shown if part)
    return Word(("al-" if article else "") + " ".join(part for part in shown if part), tokens, article)


def _parts(word: str, script: str) -> list[str]:
    """Cut a word into family and given name where the script writes both without a space."""
    if script == "Hani" and 2 <= len(word) <= 4:
        family = 2 if len(word) > 2 and word[:2] in COMPOUND_SURNAMES else 1
        return [word[:family], word[family:]]
    if script == "Hang" and len(word) in (3, 4):
        family = 2 if len(word) == 4 else 1
        return [word[:family], word[family:]]
    return [word]


_TABLE = str.maketrans(_LETTERS_BESIDE_ANYASCII)

# Consonants that scripts and spellings confuse fall into one class; vowels and what is often silent fall away.
_DIGRAPHS = (
    ("tsch", "s"), ("sch", "s"), ("tch", "s"), ("dzh", "s"), ("sh", "s"), ("ch", "s"), ("zh", "s"), ("cz", "s"),
    ("ts", "s"), ("tz", "s"), ("sz", "s"), ("dj", "s"), ("kh", "g"), ("gh", "g"), ("ck", "g"), ("ph", "b"), ("th", "d"),
    ("dh", "d"), ("dt", "d"),
)  # fmt: skip
_CLASSES = str.maketrans("bpfvwdtgkqcxszjlrmn", "BBBBBDDGGGGGSSSLLMM", "aeiouyh")
_APART = "\n"  # stands in no token
VOWELS_ONLY = "A"


def skeleton(token: str) -> str:
    """Return the consonant classes of a folded token; ``A`` where there is none. Digits stand for themselves.

    Doubled letters count once (Arabic writes them once); consonants parted by a vowel stay two.

    >>> skeleton("muhammad"), skeleton("mhmd"), skeleton("wladimir"), skeleton("io")
    ('MMD', 'MMD', 'BLDML', 'A')
    """
    return skeletons([token])[0]


def skeletons(tokens: Sequence[str]) -> list[str]:
    """Return the skeleton of each token.

    All are rewritten as one text: two score replacements in a long text cost a hundredth of those in every token.
    """
    single = _APART.join(tokens)
    for letter in set(single) - {_APART}:
        while letter * 2 in single:
            single = single.replace(letter * 2, letter)
    for digraph, consonant in _DIGRAPHS:
        single = single.replace(digraph, consonant)
    return [found or VOWELS_ONLY for found in single.translate(_CLASSES).split(_APART)] if tokens else []

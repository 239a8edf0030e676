"""Explaining a comparison: which words of two names agree, with how many nats, what was left out, what speaks against."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from matching.normalise.align import Alignments, alignments, other_view, parts_of
from matching.normalise.evidence import FEATURES, evidence
from matching.normalise.forms import Forms, has_article
from matching.normalise.transducer import Floats, Integers

NOTHING = "nothing to compare"
_ARTICLE = "al-"
_ARTICLES = ("al", "el", "ul", "ol")

Weighed = tuple[Sequence[str], Sequence[bool]]
Sided = tuple[Weighed, Weighed]


def explain(
    reading: str, forms: Forms, source: Integers, latin: Integers, *, matched: Floats, whole: Floats
) -> list[str]:
    """One line for each pair of form ``source[k]`` in ``reading`` and form ``latin[k]``.

    ``matched`` and ``whole`` are those of its FEATURES: nats of the words that agree, and of the names read as one word.
    """
    if not len(source):
        return []
    found = alignments(reading, forms, source, latin)
    as_whole = np.flatnonzero(whole > matched)
    drops = np.zeros(len(source), dtype=bool)
    drops[as_whole] = _whole_with_all(reading, forms, source[as_whole], latin[as_whole]) < whole[as_whole]
    one, other = (_words_of(forms, view, of) for view, of in ((reading, source), (other_view(reading), latin)))
    return [
        _whole(forms, (int(source[k]), int(latin[k])), sides, float(whole[k]), drops=bool(drops[k]))
        if whole[k] > matched[k]
        else _line(found, k, sides)
        for k, sides in enumerate(zip(one, other, strict=True))
    ]


def _words_of(forms: Forms, view: str, listed: Integers) -> Iterator[Weighed]:
    """Words of each form, and of each whether it weighs little."""
    words, light = forms.words[view], forms.words[view].light.tolist()
    for form in listed.tolist():
        row = int(words.row[form])
        start, shown = int(words.starts[row]), forms.sources[view][row]
        yield shown, light[start : start + len(shown)]


def _whole_with_all(reading: str, forms: Forms, source: Integers, latin: Integers) -> Floats:
    """How well names agree as one word if no light word is left out."""
    view = other_view(reading)
    plain = forms.words[view]._replace(light=np.zeros_like(forms.words[view].light))
    found = evidence(reading, replace(forms, words={**forms.words, view: plain}), source, latin)
    result: Floats = found[:, FEATURES.index("whole")]
    return result


def _whole(forms: Forms, pair: tuple[int, int], sides: Sided, value: float, *, drops: bool) -> str:
    """The names as one word each; ``drops``: they agree best without the light words of the second."""
    one, other = (" ".join(forms.split[form]) for form in pair)
    dropped = [word for word, weak in zip(*sides[1], strict=True) if weak] if drops else []
    said = _ignored(sides[0][0], dropped)
    return "; ".join([f"{_nfc(one)} ≈ {_nfc(other)}, read as one word ({value:.1f})", *said])


def _line(found: Alignments, k: int, sides: Sided) -> str:
    count, columns = found.counts[k].tolist()
    partner, score = found.partner[k].tolist()[:count], found.score[k].tolist()
    sources = [_shown(code, *sides[0]) for code in found.source[k].tolist()[:count]]
    latins = [_shown(code, *sides[1]) for code in found.latin[k].tolist()[:columns]]
    parts = [f"{sources[i][0]} ≈ {latins[j][0]} ({score[i]:.1f})" for i, j in enumerate(partner) if j >= 0]
    left = [sources[i] for i, j in enumerate(partner) if j < 0]
    right = [latin for j, latin in enumerate(latins) if j not in partner]
    parts = parts or ["no word agrees"]
    parts += _ignored(sides[0][0], [word for word, weak in left + right if weak])
    against = [
        f"{' '.join(heavy)} only on {where}"
        for where, words in (("one side", left), ("the other", right))
        if (heavy := [word for word, weak in words if not weak])
    ]
    return "; ".join([*parts, f"against: {', '.join(against)}"] if against else parts)


def _ignored(sources: Sequence[str], dropped: Sequence[str]) -> list[str]:
    """What weighed nothing: articles that were cut off the words, and light words without counterpart."""
    cut = [_ARTICLE] if any(has_article(word) for word in sources) else []
    return [f"{word} ignored" for word in dict.fromkeys([*cut, *(_hyphenated(word) for word in dropped)])]


def _hyphenated(word: str) -> str:
    return f"{word}-" if word in _ARTICLES else word


def _shown(code: int, words: Sequence[str], light: Sequence[bool]) -> tuple[str, bool]:
    """A word of an alignment as written, and whether it weighs little."""
    places = parts_of(code)
    return _nfc("".join(words[place] for place in places)), len(places) == 1 and light[places[0]]


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)

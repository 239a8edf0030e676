"""Explaining a comparison: which words of two names agree, with how many nats, and which are left over."""

import unicodedata

from matching.normalise.align import Alignments, alignments
from matching.normalise.forms import Forms
from matching.normalise.symbols import LATIN
from matching.normalise.transducer import Floats, Integers

NOTHING = "nothing to compare"


def explain(
    reading: str, forms: Forms, source: Integers, latin: Integers, *, matched: Floats, whole: Floats
) -> list[str]:
    """One line for each pair of form ``source[k]`` in ``reading`` and form ``latin[k]``.

    ``matched`` and ``whole`` are those of its FEATURES: nats of the words that agree, and of the names read as one word.
    """
    if not len(source):
        return []
    found = alignments(reading, forms, source, latin)
    words = forms.tokens if reading == LATIN else forms.sources[reading]
    return [
        f"{''.join(words[one])} ≈ {' '.join(forms.tokens[other])}, read as one word ({whole[k]:.1f})"
        if whole[k] > matched[k]
        else _line(found, k, words[one], forms.tokens[other])
        for k, (one, other) in enumerate(zip(source.tolist(), latin.tolist(), strict=True))
    ]


def _line(found: Alignments, k: int, words: list[str], tokens: list[str]) -> str:
    count, columns = found.counts[k].tolist()
    partner, score = found.partner[k].tolist()[:count], found.score[k].tolist()
    sources = [_shown(words, *span) for span in found.source[k].tolist()[:count]]
    latins = [_shown(tokens, *span) for span in found.latin[k].tolist()[:columns]]
    parts = [f"{sources[i]} ≈ {latins[j]} ({score[i]:.1f})" for i, j in enumerate(partner) if j >= 0]
    left = [word for word, j in zip(sources, partner, strict=True) if j < 0]
    right = [token for j, token in enumerate(latins) if j not in partner]
    parts = parts or ["no word agrees"]
    if left:
        parts.append(f"left over on one side: {' '.join(left)}")
    if right:
        parts.append(f"left over on the other: {' '.join(right)}")
    return "; ".join(parts)


def _shown(words: list[str], first: int, count: int) -> str:
    return unicodedata.normalize("NFC", "".join(words[first : first + count]))

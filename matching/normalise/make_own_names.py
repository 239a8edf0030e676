"""Tokens and names in one script, to compose pairs of for make_combiner.py: what a name is beside itself in its own script.

Nothing here runs in the pipeline.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from matching.normalise.own_script import OWN
from matching.normalise.symbols import READINGS

Tokens = list[tuple[str, str]]  # a token, and the same or another spelling of it in its script

# Kinds of tokens of names that are compared in their own script; the first ones of words, the others without spaces.
OWN_SPACED = ("Cyrl", "Cyrl", "Cyrl", "Arab", "Arab", "Arab", "Hebr", "Grek", "Kana", "Indi")
OWN_NATIVE = (("Zhon.1", "Zhon.2"), ("Jpan.1", "Jpan.2"), ("Hang.1", "Hang.2"))
_OWN_VARIANTS = 0.15  # of tokens of an own script, those that two spellings make


def own_tokens(tokens: Mapping[str, Tokens], groups: Sequence[Mapping[str, list[str]]]) -> dict[str, Tokens]:
    """Tokens beside themselves, or beside another spelling of the same name in the same script."""
    chance = random.Random(20)  # noqa: S311
    variants: dict[str, Tokens] = defaultdict(list)
    for group in groups:
        for script, forms in group.items():
            kind = READINGS.get(script, ("",))[0]
            variants[kind] += [(one, other) for one, other in pairwise(forms[:4]) if one != other]
    made: dict[str, Tokens] = {}
    for kind in sorted({*OWN_SPACED, *(kind for kinds in OWN_NATIVE for kind in kinds)}):
        same = [(form, form) for _, form in tokens[kind]]
        listed = variants[kind] if kind in OWN_SPACED else []
        made[f"{OWN}.{kind}"] = same + chance.sample(listed, min(len(listed), int(len(same) * _OWN_VARIANTS)))
    return made


def written_own(one: list[str], other: list[str], *, native: bool, chance: random.Random) -> tuple[str, str]:
    """Write two names in one script: in any order, at times two words as one, a letter left out, an initial."""
    for tokens in (one, other):
        if not native:
            chance.shuffle(tokens)
            place = chance.randrange(len(tokens))
            if len(tokens) > 1 and chance.random() < 0.06:
                tokens[place:] = ["".join(tokens[place:])]
            elif chance.random() < 0.04 and len(tokens[place]) > 4:
                tokens[place] = tokens[place][:2] + tokens[place][3:]
            elif len(tokens) > 1 and chance.random() < 0.04:
                tokens[place] = tokens[place][0]
    joiners = [("" if native and chance.random() < 0.9 else " ") for _ in range(2)]
    return joiners[0].join(one), joiners[1].join(other)

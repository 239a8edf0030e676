"""Spellings of a sound in Latin letters and how usual each is: what the spell_*.py modules are made of.

Shares are rough and by general knowledge of how names are written on lists and in passports; nothing here is learned.
"""

from collections.abc import Mapping, Sequence

Shares = Mapping[str, float]

_LEAST = 0.012  # share under which a spelling is left out


def product(parts: Sequence[Shares]) -> dict[str, float]:
    """Spellings of a sequence from those of its parts, the unusual ones left out.

    >>> product([{"k": 0.5, "g": 0.5}, {"im": 1.0}])
    {'kim': 0.5, 'gim': 0.5}
    """
    made = {"": 1.0}
    for part in parts:
        longer: dict[str, float] = {}
        for start, share in made.items():
            for end, factor in part.items():
                if share * factor >= _LEAST:
                    longer[start + end] = longer.get(start + end, 0.0) + share * factor
        made = longer
    return made


def parsed(text: str) -> dict[str, dict[str, float]]:
    """Spellings by sound from lines of a sound, then spellings each followed by its share in percent; "_" is silence.

    >>> parsed("k k 60 g 40")
    {'k': {'k': 0.6, 'g': 0.4}}
    """
    rows = (line.split() for line in text.strip().splitlines())
    return {
        row[0]: {spelling.strip("_"): float(share) / 100 for spelling, share in zip(row[1::2], row[2::2], strict=True)}
        for row in rows
    }


def mixed(parts: Sequence[tuple[float, Shares]]) -> dict[str, float]:
    """One table of spellings from several, each with its weight; shares sum to 1.

    >>> mixed([(3.0, {"li": 1.0}), (1.0, {"lee": 1.0})])
    {'li': 0.75, 'lee': 0.25}
    """
    made: dict[str, float] = {}
    for weight, shares in parts:
        for spelling, share in shares.items():
            made[spelling] = made.get(spelling, 0.0) + weight * share
    total = sum(made.values())
    return {spelling: share / total for spelling, share in made.items()}

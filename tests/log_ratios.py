"""How well a word in some symbols goes with a Latin one, by the tables alone: what tests of the tables look at."""

from collections.abc import Sequence

import numpy as np

from matching.normalise.symbols import Symbols
from matching.normalise.transducer import (
    LATIN,
    MAXIMUM_LENGTH,
    NEVER,
    Floats,
    Transducer,
    encode_symbols,
    joint_likelihood,
    letter_codes,
    letter_log_likelihood,
    rest_likelihood,
    roots_of,
    source_log_likelihood,
    transducer,
)


def log_ratios(reading: str, pairs: Sequence[tuple[Symbols, str]]) -> Floats:
    """Score pairs of words, symbols in ``reading`` beside a Latin word, in nats.

    For Latin words the score is the mean of both directions, and so symmetric.
    """
    return np.array([_log_ratio(reading, *pair) for pair in pairs])


def joint_beyond(reading: str, source: Symbols, latin: str, least: float = NEVER) -> float:
    """Log-probability of both words together, NEVER as soon as it cannot be more than ``least``."""
    model = transducer(reading)
    roots, letters = roots_of(model, encode_symbols(model, source)), letter_codes(latin)
    cells, rest = np.zeros((MAXIMUM_LENGTH + 1, MAXIMUM_LENGTH + 1)), np.zeros(MAXIMUM_LENGTH + 1)
    rest_likelihood(roots, 0, len(roots), model.mass, float(model.inserted.sum()), rest)
    return joint_likelihood(
        roots, 0, len(roots), letters, 0, len(letters), model.child, model.value, model.inserted, cells, rest, least
    )


def _log_ratio(reading: str, source: Symbols, latin: str) -> float:
    model, joint = transducer(reading), joint_beyond(reading, source, latin)
    forth = joint - _own_likelihood(model, source) - letter_log_likelihood([latin])[0]
    if reading != LATIN:
        return float(forth)
    back = joint - _own_likelihood(model, tuple(latin)) - letter_log_likelihood(["".join(source)])[0]
    return float((forth + back) / 2)


def _own_likelihood(model: Transducer, source: Symbols) -> float:
    roots = roots_of(model, encode_symbols(model, source))
    forward = np.zeros(MAXIMUM_LENGTH + 1)
    inserted = float(model.inserted.sum())
    return source_log_likelihood(roots, 0, len(roots), model.mass, inserted, forward)

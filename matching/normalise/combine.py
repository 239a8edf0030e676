"""From the features of an alignment to one score in [0, 1]: small boosted forests, kept as plain numbers.

Learned by make_combiner.py from names composed of public name tokens, never from anyone's labels. The score ranks; it is
the probability of one person only among such composed pairs, one in nine of which are, and is to be calibrated on the
pairs it is used for. A rarer or better agreement scores higher: nothing saturates.
"""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.normalise.compiled import kernel, unsigned
from matching.normalise.evidence import FEATURES
from matching.normalise.transducer import Floats, Integers
from matching.normalise.words import DATA

# Log-odds per nat of rarity, beside the trees: they level off among names that agree throughout, where a rare name must
# still rank above a common one ("John Smith" twice shares 7 nats, an unusual name of the same length 40).
_RARITY = 0.02
_CLEARLY_DIFFERS = -6.0  # nats: the trees are spared for pairs below, most of those that meet by chance
_NOTHING_AGREES = -10.0  # log-odds of these pairs
_ABREAST = 4  # trees that are walked at a time; _add_trees is written for as many
_BLOCK = 64  # rows that meet four trees before the next four

Small = npt.NDArray[np.int16]
Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Forest:
    """Trees of equal layout: node k of tree t splits on ``feature[t, k]`` at ``threshold[t, k]``, and leads to
    ``children[t, k, 0]`` where not above, else to ``children[t, k, 1]``.

    Leaves lead to themselves, at most ``depth`` steps from the root; ``value`` is what a leaf adds to the log-odds. Numbers
    are as short as they can be: the forest then stays in the processor's cache.
    """

    feature: Small
    threshold: Singles
    children: Small
    value: Singles
    depth: int


@cache
def forests() -> dict[float, Forest]:
    """Load the forests of data/combiner.json.gz, by number of the reading; they must be of today's FEATURES."""
    with gzip.open(DATA / "combiner.json.gz", "rt", encoding="utf-8") as file:
        learned = json.load(file)
    if tuple(learned["features"]) != FEATURES:
        raise ValueError("data/combiner.json.gz was learned for other features: run make_combiner.py again")
    return {number: _forest(one) for one in learned["forests"] for number in one["readings"]}


def _forest(learned: dict[str, Any]) -> Forest:
    return Forest(
        _filled(learned["feature"], np.int16),
        _filled(learned["threshold"], np.float32),
        _filled(np.stack([learned["left"], learned["right"]], axis=-1), np.int16),
        _filled(learned["value"], np.float32),
        learned["depth"],
    )


def _filled(trees: npt.ArrayLike, dtype: type) -> npt.NDArray[Any]:
    """One array of ``trees``, and trees that say nothing to make them a multiple of _ABREAST."""
    given: npt.NDArray[Any] = np.array(trees, dtype=dtype)
    return np.concatenate([given, np.zeros((-len(given) % _ABREAST, *given.shape[1:]), dtype=dtype)])


def score(features: Floats) -> Floats:
    """Score rows of FEATURES: one number in (0, 1) per row."""
    total = _RARITY * features[:, FEATURES.index("shared_rarity")]
    nothing, reading = says_nothing(features), features[:, FEATURES.index("reading")]
    total[nothing] = _NOTHING_AGREES
    for number in np.unique(reading):
        rows, trees = np.flatnonzero((reading == number) & ~nothing), forests()[float(number)]
        _add_trees(
            features, rows, trees.feature, trees.threshold, trees.children, trees.value, trees.depth, total
        )  # fmt: skip
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0)))
    return result


def says_nothing(features: Floats) -> npt.NDArray[np.bool_]:
    """Rows in which no word agrees, the names as wholes neither, and what is left over clearly differs."""
    place = {name: FEATURES.index(name) for name in ("matched", "light_matched", "whole", "best_conflict")}
    agrees = features[:, place["matched"]] + features[:, place["light_matched"]]
    result: npt.NDArray[np.bool_] = (
        (agrees == 0) & (features[:, place["whole"]] <= 0) & (features[:, place["best_conflict"]] < _CLEARLY_DIFFERS)
    )
    return result


@kernel
def _add_trees(
    features: Floats, rows: Integers, feature: Small, threshold: Singles, children: Small, value: Singles, depth: int,
    total: Floats,
) -> None:  # fmt: skip
    """Add to ``total`` of ``rows`` what the trees say, in their order.

    Four trees are walked abreast, each to the full depth: which way a row goes cannot be foreseen, and a processor that
    need not guess it is several times faster. Rows go in blocks, so that trees and rows stay in its cache.
    """
    for start in range(0, len(rows), _BLOCK):
        end = min(start + _BLOCK, len(rows))
        for tree in range(0, len(feature), _ABREAST):
            t, u, v, w = unsigned(tree), unsigned(tree + 1), unsigned(tree + 2), unsigned(tree + 3)
            for place in range(start, end):
                row = unsigned(rows[place])
                a, b, c, d = unsigned(0), unsigned(0), unsigned(0), unsigned(0)
                for _ in range(depth):
                    a = _next(features, row, feature, threshold, children, t, a)
                    b = _next(features, row, feature, threshold, children, u, b)
                    c = _next(features, row, feature, threshold, children, v, c)
                    d = _next(features, row, feature, threshold, children, w, d)
                total[row] = (((total[row] + value[t, a]) + value[u, b]) + value[v, c]) + value[w, d]


@kernel
def _next(features: Floats, row: int, feature: Small, threshold: Singles, children: Small, tree: int, node: int) -> int:
    """The node of ``tree`` that ``row`` comes to after ``node``."""
    above = unsigned(features[row, unsigned(feature[tree, node])] > threshold[tree, node])
    return unsigned(children[tree, node, above])

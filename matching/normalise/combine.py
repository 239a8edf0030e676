"""From the features of an alignment to one score in [0, 1]: a small boosted forest, kept as plain numbers.

Learned by make_combiner.py from names composed of public name tokens, never from anyone's labels. The score ranks; it is
the probability of one person only among such composed pairs, one in nine of which are, and is to be calibrated on the
pairs it is used for. A rarer or better agreement scores higher: nothing saturates.
"""

import gzip
import json
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from matching.normalise.compiled import kernel
from matching.normalise.evidence import FEATURES
from matching.normalise.transducer import Floats
from matching.normalise.words import DATA

# Log-odds per nat of rarity, beside the trees: they level off among names that agree throughout, where a rare name must
# still rank above a common one ("John Smith" twice shares 7 nats, an unusual name of the same length 40).
_RARITY = 0.02
_CLEARLY_DIFFERS = -6.0  # nats: the trees are spared for pairs below, most of those that meet by chance
_NOTHING_AGREES = -10.0  # log-odds of these pairs


Small = npt.NDArray[np.int16]
Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Forest:
    """Trees of equal layout: node k of tree t splits on ``feature[t, k]`` at ``threshold[t, k]``, left where not above.

    Leaves point to themselves; ``value`` is what a leaf adds to the log-odds. Numbers are as short as they can be: the
    forest then stays in the processor's cache.
    """

    feature: Small
    threshold: Singles
    left: Small
    right: Small
    value: Singles


@cache
def forest() -> Forest:
    """Load the forest of data/combiner.json.gz; it must have been learned for today's FEATURES."""
    with gzip.open(DATA / "combiner.json.gz", "rt", encoding="utf-8") as file:
        learned = json.load(file)
    if tuple(learned["features"]) != FEATURES:
        raise ValueError("data/combiner.json.gz was learned for other features: run make_combiner.py again")
    return Forest(
        np.array(learned["feature"], dtype=np.int16),
        np.array(learned["threshold"], dtype=np.float32),
        np.array(learned["left"], dtype=np.int16),
        np.array(learned["right"], dtype=np.int16),
        np.array(learned["value"], dtype=np.float32),
    )


def score(features: Floats) -> Floats:
    """Score rows of FEATURES: one number in (0, 1) per row."""
    trees = forest()
    total = _RARITY * features[:, FEATURES.index("shared_rarity")]
    total[_says_nothing(features)] = _NOTHING_AGREES
    _add_trees(features, trees.feature, trees.threshold, trees.left, trees.right, trees.value, total)
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0)))
    return result


def _says_nothing(features: Floats) -> npt.NDArray[np.bool_]:
    """Rows in which no word agrees, the names as wholes neither, and what is left over clearly differs."""
    place = {name: FEATURES.index(name) for name in ("matched", "light_matched", "whole", "best_conflict")}
    agrees = features[:, place["matched"]] + features[:, place["light_matched"]]
    result: npt.NDArray[np.bool_] = (
        (agrees == 0) & (features[:, place["whole"]] <= 0) & (features[:, place["best_conflict"]] < _CLEARLY_DIFFERS)
    )
    return result


@kernel
def _add_trees(
    features: Floats, feature: Small, threshold: Singles, left: Small, right: Small, value: Singles, total: Floats
) -> None:
    for row in range(len(features)):
        if total[row] <= _NOTHING_AGREES:
            continue
        for tree in range(len(feature)):
            node = 0
            while left[tree, node] != node:
                above = features[row, feature[tree, node]] > threshold[tree, node]
                node = right[tree, node] if above else left[tree, node]
            total[row] += value[tree, node]

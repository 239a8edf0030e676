"""How fast names are read and compared, beside RapidFuzz where it is installed.

    python tests/benchmarks/names.py [--shared ../shared] [--pairs 100000] [--forms 1000000]

Pairs are those of the yardstick; forms are composed at random of the name tokens in ``../shared/resources``, one third in
another script. Times are CPU seconds of all threads and seconds of wall beside them, compilation left out; what is not
installed is left out, visibly.
"""

import argparse
import gzip
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from matching.normalise.compare import compare_forms
from matching.normalise.forms import parse_forms
from matching.normalise.keys import name_keys
from matching.normalise.names import read_forms

SCRIPTS = ("arabic", "chinese", "hebrew", "japanese", "katakana", "korean", "russian")


def spent(what: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds that ``what`` takes, all threads together, and seconds of wall."""
    start, begun = time.process_time(), time.perf_counter()
    what()
    return time.process_time() - start, time.perf_counter() - begun


def composed(shared: Path, count: int) -> list[str]:
    """``count`` distinct forms of two or three tokens, one third in another script."""
    chance = random.Random(1)
    tokens: dict[str, list[tuple[str, str]]] = {}
    for script in SCRIPTS:
        with gzip.open(shared / "resources" / f"wd_{script}_80.tsv.gz", "rt", encoding="utf-8") as file:
            tokens[script] = [tuple(line.rstrip("\n").split("\t")[:2]) for line in file]
    forms: dict[str, None] = {}
    while len(forms) < count:
        script = chance.choice(SCRIPTS)
        side = int(chance.random() < 1 / 3)
        forms[" ".join(chance.choice(tokens[script])[side] for _ in range(chance.choice((2, 2, 3))))] = None
    return list(forms)


def compare(shared: Path, count: int) -> None:
    """Compare the first ``count`` pairs in every way that is installed."""
    pairs = pl.read_csv(shared / "yardsticks" / "name_pairs.csv.gz", infer_schema=False).fill_null("")
    pairs = pairs.sample(min(count, pairs.height), seed=1)
    left, right = pairs["name_a"].to_list(), pairs["name_b"].to_list()
    number: dict[str, int] = {}
    sides = [np.array([number.setdefault(text, len(number)) for text in side]) for side in (left, right)]
    forms = parse_forms(list(number))
    compare_forms(forms, *(side[:2000] for side in sides))
    ours, wall = spent(lambda: compare_forms(forms, *sides))
    print(f"compare_forms          {len(left) / ours:12,.0f} pairs per CPU second, {len(left) / wall:,.0f} per second")
    try:
        from anyascii import anyascii
        from rapidfuzz.fuzz import WRatio
    except ImportError:
        print("RapidFuzz is not installed: left out")
    else:
        plain = [[anyascii(text) for text in side] for side in (left, right)]
        other, _ = spent(lambda: [WRatio(one, two) for one, two in zip(*plain, strict=True)])
        print(
            f"WRatio on anyascii     {len(left) / other:12,.0f} pairs per CPU second; ours takes {ours / other:.1f} times"
        )


def normalise(shared: Path, count: int) -> None:
    """Read ``count`` forms: script, tokens, keys, sounds."""
    forms = composed(shared, count)
    stages: dict[str, Callable[[list[str]], object]] = {
        "script and tokens": lambda texts: read_forms(pl.Series(texts)),
        "blocking keys": lambda texts: name_keys(pl.Series(texts)),
        "sounds": parse_forms,
    }
    for name, stage in stages.items():
        stage(forms[:2000])
        cpu, wall = spent(lambda s=stage: s(forms))
        print(f"{name:22} {cpu:8.1f} CPU seconds, {wall:.1f} of wall for {count:,} forms")


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--forms", type=int, default=1_000_000)
    options = parser.parse_args()
    compare(options.shared, options.pairs)
    normalise(options.shared, options.forms)


if __name__ == "__main__":
    main()

"""How many true pairs of names share a blocking key, at what share of all pairs, and how fast keys are made.

    python tests/benchmarks/name_keys.py [--shared ../shared] [--forms 1000000] [--ratio 0.99]

For every script of the name pairs (all distinct left names × all distinct right names of its pairs are its universe), and
for all scripts other than Latin at once: pairs completeness over the true pairs whose origin is not `alias`, and the
reduction ratio. Keys that too many forms have are left out, as blocking does: a key of weight w counts where the share of
forms that have it is at most cap * sqrt(w), four times that for two words, and where no more than four forms have it.
The cap is found from the names alone, never from the labels: the largest at which the reduction ratio is at least
--ratio. `in one` is completeness within the universe of all scripts, at its cap; `any` is without a cap, what no cap
could exceed.

--forms makes that many distinct forms of mixed script (half of them Latin) of the name tokens under resources/ and times
their keys: CPU and wall seconds, peak memory of the process. 0 leaves it out.
"""

import argparse
import gzip
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from matching.normalise.keys import name_keys, name_keys_of
from matching.tables import NAMES

SCRIPTS = ("Cyrillic", "Arabic", "Han", "Hangul", "Kana", "Hebrew", "Greek", "Devanagari", "Tamil")
OTHERS, LATIN, ALL = "other scripts", "Latin variants", "all but Latin"
TIMES_RARER = {"word": 1.0, "word_and_beginning": 1.0, "two_words": 4.0}
FEWEST = 4  # forms: a key that no more have is never left out
MOST_COMMON = 0.5  # share of forms: a key that more have counts under no cap
# Share of each script in the timed forms; the rest is Latin. `chinese` and `korean` are written without spaces.
TIMED = {
    "arabic": 0.1, "chinese": 0.06, "hebrew": 0.05, "japanese": 0.03, "katakana": 0.06, "korean": 0.06, "russian": 0.12,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Universe:
    """The names of one script's pairs: left and right forms by number, and the true pairs."""

    name: str
    left: pl.DataFrame
    right: pl.DataFrame
    truth: pl.DataFrame

    @property
    def size(self) -> int:
        return self.left.height * self.right.height


def universes(pairs: pl.DataFrame) -> Iterator[Universe]:
    """Each script, the scripts with few pairs together, Latin variants, and all but Latin."""
    across = pl.col("category") == "xs"
    yield from (universe(script, pairs.filter(across, script=script)) for script in SCRIPTS)
    yield universe(OTHERS, pairs.filter(across & ~pl.col("script").is_in(SCRIPTS)))
    yield universe(LATIN, pairs.filter(~across))
    yield universe(ALL, pairs.filter(across))


def universe(name: str, pairs: pl.DataFrame) -> Universe:
    """Number the forms of ``pairs``."""
    left = pairs.select(form="name_a").unique(maintain_order=True).with_row_index("l")
    right = pairs.select(form="name_b").unique(maintain_order=True).with_row_index("r")
    true = pairs.filter((pl.col("label") == "1") & (pl.col("origin") != "alias"))
    truth = true.join(left, left_on="name_a", right_on="form").join(right, left_on="name_b", right_on="form")
    return Universe(name=name, left=left, right=right, truth=truth.select("l", "r", "script").unique())


def shared_keys(given: Universe, keys: pl.DataFrame, *, most: float) -> pl.DataFrame:
    """Pairs of the universe that share a key, l, r and the least cap under which they do; none above ``most``."""
    forms = given.left.height + given.right.height
    sides = [keys.join(side, on="form").drop("form") for side in (given.left, given.right)]
    counts = pl.concat([side.select("rule", "key") for side in sides]).group_by("rule", "key").len("count")
    rarer = pl.col("rule").replace_strict(TIMES_RARER, return_dtype=pl.Float64)
    cap = pl.col("count") / forms / pl.col("weight").sqrt() / rarer
    cap = pl.when(pl.col("count") <= FEWEST).then(0.0).otherwise(cap)
    left, right = (
        side.join(counts, on=["rule", "key"])
        .with_columns(cap=cap)
        .filter(pl.col("cap") <= most)
        .drop("weight", "count")
        for side in sides
    )
    both = left.join(right, on=["rule", "key"], suffix="_r")
    return both.group_by("l", "r").agg(pl.max_horizontal("cap", "cap_r").min().alias("cap"))


def at_ratio(given: Universe, candidates: pl.DataFrame, ratio: float) -> tuple[float, pl.DataFrame]:
    """The largest cap that keeps the reduction ratio, and the pairs under it."""
    allowed = int((1 - ratio) * given.size)
    caps = candidates["cap"].sort()
    if len(caps) <= allowed:
        return float(caps[-1]), candidates
    below = caps.filter(caps < caps[allowed])
    cap = float(below[-1]) if len(below) else 0.0
    return cap, candidates.filter(pl.col("cap") <= cap)


def completeness(truth: pl.DataFrame, candidates: pl.DataFrame) -> float:
    """Share of the true pairs that are candidates."""
    return truth.join(candidates, on=["l", "r"], how="semi").height / max(truth.height, 1)


def measure(pairs: pl.DataFrame, ratio: float) -> None:
    """Print the table."""
    keys = name_keys(pl.concat([pairs["name_a"], pairs["name_b"]]).unique(maintain_order=True))
    *scripts, every = universes(pairs)
    pooled = at_ratio(every, shared_keys(every, keys, most=0.02), ratio)
    print(
        f"{'':16}{'true':>7}{'complete':>10}{'reduction':>10}{'any':>7}{'in one':>8}{'cap':>8}{'keys/form':>10}{'largest':>9}"
    )
    for given in scripts:
        candidates = shared_keys(given, keys, most=MOST_COMMON)
        cap, kept = at_ratio(given, candidates, ratio)
        there = every.truth.filter(pl.col("script").is_in(given.truth["script"].unique().implode()))
        line(given, keys, (cap, kept), any_cap=completeness(given.truth, shared_keys(given, keys, most=float("inf"))),
             in_one=None if given.name == LATIN else completeness(there, pooled[1]))  # fmt: skip
    line(every, keys, pooled, any_cap=None, in_one=completeness(every.truth, pooled[1]))


def line(
    given: Universe,
    keys: pl.DataFrame,
    found: tuple[float, pl.DataFrame],
    *,
    any_cap: float | None,
    in_one: float | None,
) -> None:
    """Print one script."""
    cap, kept = found
    sides = [keys.join(side, on="form") for side in (given.left, given.right)]
    blocks = [side.group_by("rule", "key").len("count") for side in sides]
    both = blocks[0].join(blocks[1], on=["rule", "key"], suffix="_r")
    rarer = pl.col("rule").replace_strict(TIMES_RARER, return_dtype=pl.Float64)
    usable = both.filter(
        (pl.col("count") + pl.col("count_r")) / sum(map(len, (given.left, given.right))) / rarer <= cap
    )
    largest = usable.select((pl.col("count") * pl.col("count_r")).max()).item() or 0
    shown = [f"{value:.3f}" if value is not None else "" for value in (any_cap, in_one)]
    print(
        f"{given.name:16}{given.truth.height:>7}{completeness(given.truth, kept):>10.3f}{1 - kept.height / given.size:>10.4f}"
        f"{shown[0]:>7}{shown[1]:>8}{cap:>8.4f}{sides[1].height / given.right.height:>10.1f}{largest:>9}",
        flush=True,
    )


def composed(folder: Path, count: int, *, seed: int = 7) -> pl.Series:
    """About ``count`` distinct names of two or three tokens; a token is the commoner the earlier it sorts."""
    generator = np.random.default_rng(seed)
    made, latin = [], set()
    for name, share in TIMED.items():
        with gzip.open(folder / f"wd_{name}_80.tsv.gz", "rt", encoding="utf-8") as file:
            rows = [row.rstrip("\n").split("\t") for row in file]
        latin.update(row[0] for row in rows)
        made.append(_names(generator, sorted({row[1].replace(" ", "") for row in rows}), int(count * share)))
    made.append(_names(generator, sorted(latin), count - sum(map(len, made))))
    return pl.concat(made).unique(maintain_order=True)


def _names(generator: np.random.Generator, tokens: list[str], count: int) -> pl.Series:
    one, other, third = (
        pl.Series(tokens).gather((generator.random(count) ** 3 * len(tokens)).astype(np.int64)) for _ in range(3)
    )
    long = pl.Series(generator.random(count) < 0.4)
    return pl.select(pl.when(long).then(one + " " + other + " " + third).otherwise(one + " " + other)).to_series()


def time_keys(folder: Path, count: int) -> None:
    """Print how long ``count`` distinct forms take."""
    forms = composed(folder, count)
    name_keys(forms.head(10))  # compiles, or loads what was compiled
    names = pl.DataFrame({"record_id": pl.int_range(len(forms), eager=True).cast(pl.String), "full": forms})
    names = names.with_columns(script=pl.lit("Zyyy"))
    assert set(names.columns) <= set(NAMES.columns)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    made = name_keys_of(names)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    keys = made["keys"].list.len().sum() / len(forms)
    print(
        f"{len(forms)} forms: {cpu:.1f} s of CPU, {wall:.1f} s of wall, {len(forms) / cpu:,.0f} forms per CPU second,"
        f" {keys:.1f} keys a form, peak {after.ru_maxrss / 1e6:.1f} GB"
    )


def main() -> None:
    """Print completeness by script, then speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--forms", type=int, default=1_000_000)
    parser.add_argument("--ratio", type=float, default=0.99)
    options = parser.parse_args()
    pairs = pl.read_csv(options.shared / "yardsticks" / "name_pairs.csv.gz", infer_schema=False)
    measure(pairs.with_columns(pl.all().fill_null("")), options.ratio)
    if options.forms:
        time_keys(options.shared / "resources", options.forms)


if __name__ == "__main__":
    main()

"""Write what the learned transducers render words as, ready made: data/renderings.npz.

    python -m matching.normalise.make_renderings

To be run after any other maker that writes a data/transducer_*.tsv.gz. Renderings of a chunk that sound alike are made one
and rare ones left out: for the readings of Han characters that takes longer than to read ten thousand names, hence it is done
here, once, and renderings.py only loads. Made twice on one machine it is the same to the byte; on another, exponentials may
differ in their last bit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from matching.normalise.renderings import members
from matching.normalise.sounds import fold_letters, fold_rendering
from matching.normalise.symbols import READINGS, ROMANISED
from matching.normalise.transducer import learned
from matching.normalise.words import DATA

_VOWELLESS = ("Arab", "Hebr")
_VOWELS = ("a", "e", "o")
_UNWRITTEN = 0.2  # share of each short vowel after a consonant, beside the consonant alone
_MOST_RENDERINGS = 12  # of a symbol
_RARE_RENDERING = 0.015  # of a symbol: share of its likeliest below which a rendering is left out


def every_reading() -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of every reading, syllabic and not, by the names that ``members`` gives them."""
    readings = sorted({ROMANISED, *(reading for listed in READINGS.values() for reading in listed)})
    return {
        name: array
        for reading in readings
        for syllabic in (False, True)
        for name, array in zip(members(reading, syllabic=syllabic), _arrays(reading, syllabic=syllabic), strict=True)
    }


def _arrays(reading: str, *, syllabic: bool) -> Sequence[npt.NDArray[Any]]:
    """The arrays of a reading and kind, in the order of ``members``; renderings with one effect as one."""
    found = _folded(reading, syllabic=syllabic)
    if syllabic and reading in _VOWELLESS:
        found = _with_vowels(found)
    chunks = found["source"].unique().to_list()
    symbols = sorted({symbol for chunk in chunks for symbol in chunk.split()})
    numbers = {symbol: number for number, symbol in enumerate(symbols, start=1)}
    number_of = {chunk: _chunk_number(chunk.split(), numbers) for chunk in chunks}
    kept = _likely(found.with_columns(chunk=pl.col("source").replace_strict(number_of, return_dtype=pl.Int64)))
    counts = kept.group_by("chunk", maintain_order=True).len()
    return (
        _bytes("\n".join(symbols)),
        np.diff(counts["chunk"].to_numpy(), prepend=0),
        counts["len"].cast(pl.UInt8).to_numpy(),
        kept["chance"].to_numpy(),
        kept["text"].str.len_bytes().cast(pl.UInt8).to_numpy(),
        _bytes("".join(kept["text"].to_list())),
    )


def _folded(reading: str, *, syllabic: bool) -> pl.DataFrame:
    """Columns source (a chunk), text (folded letters), chance: of all spellings with these letters together."""
    table = learned(reading).filter(pl.col("source") != "")
    texts, costs = table["latin"].unique().to_list(), table["cost"].unique().to_list()
    text_of = {text: fold_rendering(fold_letters(text), syllabic=syllabic).decode() for text in texts}
    chance_of = {cost: float(np.exp(-cost)) for cost in costs}
    rendered = table.select(
        "source", text=pl.col("latin").replace_strict(text_of), chance=pl.col("cost").replace_strict(chance_of)
    )
    return _summed(rendered)


def _summed(rendered: pl.DataFrame) -> pl.DataFrame:
    """Rows with one source and text as one, chances added up in order: a sum in parallel differs from machine to machine."""
    rows = rendered.select("source", "text").unique(maintain_order=True).with_row_index("row")
    at = rendered.join(rows, on=["source", "text"], how="left", maintain_order="left")["row"].to_numpy()
    return rows.drop("row").with_columns(chance=np.bincount(at, rendered["chance"].to_numpy(), len(rows)))


def _with_vowels(found: pl.DataFrame) -> pl.DataFrame:
    """Let a short vowel, which the script does not write, follow each consonant."""
    ends = pl.col("text").str.tail(1)
    bare = found.filter((ends != "") & ~ends.is_in(_VOWELS))
    voiced = [bare.with_columns(text=pl.col("text") + vowel, chance=pl.col("chance") * _UNWRITTEN) for vowel in _VOWELS]
    return _summed(pl.concat([found, *voiced]))


def _likely(found: pl.DataFrame) -> pl.DataFrame:
    """The likeliest renderings of each chunk, chunks by their number."""
    ranked = found.sort("chunk", "chance", "text", descending=[False, True, False])
    rank = pl.int_range(pl.len()).over("chunk")
    return ranked.filter(
        rank < _MOST_RENDERINGS, pl.col("chance") >= pl.col("chance").max().over("chunk") * _RARE_RENDERING
    )


def _chunk_number(symbols: Sequence[str], numbers: Mapping[str, int]) -> int:
    """The numbers of the symbols as digits of one."""
    number = 0
    for symbol in symbols:
        number = number * (len(numbers) + 1) + numbers[symbol]
    return number


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def main() -> None:
    """Write data/renderings.npz."""
    np.savez_compressed(DATA / "renderings.npz", allow_pickle=False, **every_reading())


if __name__ == "__main__":
    main()

"""Write the invented lists and what is known about them: ``python -m matching.exercise.make [FOLDER]``.

Reads ``tables/``. Writes, in this folder or in FOLDER, ``lists/<source_id>/<payload files>`` and, one row each:

    truth.csv       record_id_l, record_id_r, how   a pair of listings of one person, and how they differ
    traps.csv       record_id_l, record_id_r, why   a pair of listings of two people who look alike
    unreadable.csv  record_id, why                  a listing of which something belongs in quarantine

The result is a function of the tables and ``SEED``: byte for byte the same on every run. Run it after a table changed,
and commit what it writes.
"""

import argparse
import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from matching.exercise.cast import Cast, assemble_cast
from matching.exercise.draws import Draw
from matching.exercise.formats import interpol_red, un_sc, us_ofac_sdn, zz_national
from matching.exercise.listings import Listing

SEED = 20260301
HERE = Path(__file__).parent
FORMATS: Mapping[str, Callable[[Sequence[Listing], Draw], dict[str, bytes]]] = {
    "interpol_red": interpol_red.payloads,
    "un_sc": un_sc.payloads,
    "us_ofac_sdn": us_ofac_sdn.payloads,
    "zz_national": zz_national.payloads,
}


def make_files(seed: int = SEED) -> dict[str, bytes]:
    """Return every file, by its path below the exercise folder."""
    cast = assemble_cast(seed)
    lists = {
        f"lists/{source}/{name}": content
        for source, payloads in FORMATS.items()
        for name, content in payloads(cast.listings[source], Draw(seed, source)).items()
    }
    return {**lists, **_known(cast)}


def _known(cast: Cast) -> dict[str, bytes]:
    pair = ("record_id_l", "record_id_r")
    return {
        "truth.csv": _as_csv((*pair, "how"), ((p.left, p.right, p.what) for p in cast.truth)),
        "traps.csv": _as_csv((*pair, "why"), ((p.left, p.right, p.what) for p in cast.traps)),
        "unreadable.csv": _as_csv(("record_id", "why"), cast.unreadable),
    }


def _as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue().encode()


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Write the invented lists.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="where to write; default: the package's own")
    folder = parser.parse_args().folder
    for path, content in make_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


if __name__ == "__main__":
    main()

"""Reading the Unihan files, for the scripts that make data/: nothing here runs in the pipeline."""

import bz2
from collections.abc import Iterator
from pathlib import Path


def unihan(folder: Path, field: str) -> Iterator[tuple[str, str]]:
    """Yield each Han character that has ``field``, with its value.

    ``folder`` holds Unihan_*.txt, plain or as bz2 (Debian's unicode-data). Format: Unicode Standard Annex 38.
    """
    for path in sorted(folder.glob("Unihan_*.txt*")):
        text = bz2.decompress(path.read_bytes()) if path.suffix == ".bz2" else path.read_bytes()
        for line in text.decode("utf-8").splitlines():
            fields = line.split("\t")
            if len(fields) == 3 and fields[1] == field:
                yield chr(int(fields[0][2:], 16)), fields[2]

"""Write data/nicknames.csv: English names and the nicknames used for them.

    python -m matching.normalise.make_nicknames NAMES

NAMES is ``names.csv`` of the package nicknames 1.0.1 (Apache-2.0), made by hand by its authors. It is folded and sorted
here; of a nickname used for more names than a comparison looks at (nicknames.py) the commonest names are kept.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

from matching.normalise.nicknames import MOST_NAMES
from matching.normalise.rarity import information
from matching.normalise.symbols import fold_latin
from matching.normalise.words import DATA, PARTICLES


def pairs(path: Path) -> list[tuple[str, str]]:
    """Distinct pairs of a name and a nickname, folded."""
    names_of: dict[str, set[str]] = defaultdict(set)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, nickname = fold_latin(row["name1"]), fold_latin(row["name2"])
            if min(len(name), len(nickname)) > 1 and name != nickname and not _is_article(nickname):
                names_of[nickname].add(name)
    return sorted((name, nick) for nick, names in names_of.items() for name in _commonest(names, MOST_NAMES - 1))


def _is_article(nickname: str) -> bool:
    """Whether a nickname is an article far oftener than a name: al- of Arabic names stands for no Albert."""
    return len(nickname) == 2 and nickname in PARTICLES


def _commonest(names: set[str], most: int) -> list[str]:
    listed = sorted(names)
    surprise = dict(zip(listed, information(listed).tolist(), strict=True))
    return sorted(listed, key=surprise.__getitem__)[:most]


def main(path: str) -> None:
    """Fold, sort, write."""
    with (DATA / "nicknames.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "nickname"))
        writer.writerows(pairs(Path(path)))


if __name__ == "__main__":
    main(*sys.argv[1:])

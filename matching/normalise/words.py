"""Words that stand in names without naming: particles, titles, placeholders; read from data/words.toml.

They are set aside, never thrown away: a comparison still weighs them.
"""

import tomllib
from pathlib import Path

DATA = Path(__file__).with_name("data")
_GROUPS: dict[str, dict[str, str]] = tomllib.loads((DATA / "words.toml").read_text(encoding="utf-8"))


def _words(group: str) -> frozenset[str]:
    return frozenset(word for words in _GROUPS[group].values() for word in words.split())


PARTICLES = _words("particles")
AMBIGUOUS = _words("ambiguous")
TITLES = _words("titles")
ALSO_NAMES = _words("also_names")  # titles that are family names too
PLACEHOLDERS = _words("placeholders")
PLACEHOLDER_WORDS = _words("placeholder_words")
COMPOUND_SURNAMES = _words("compound_surnames")
KOREAN_FAMILY_NAMES = _words("korean_family_names")

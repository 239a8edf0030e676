"""Where what is learned comes from: pairs of a name token in Latin letters and in another script.

Needs the folder of resources (Wikidata name tokens, CC0; google/transliteration, Apache-2.0) and ``person_names.txt`` of
the source distribution of rigour 2.6.1 (Wikidata name groups, CC0; MIT). Read by make_transducers.py and make_combiner.py
only; nothing here runs in the pipeline.
"""

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from matching.normalise.symbols import READINGS, ROMANISED, Symbols, fold_latin, symbols
from matching.normalise.text import UNKNOWN_SCRIPT, script_of

Pairs = dict[str, Counter[tuple[Symbols, str]]]

_WIKIDATA = {
    "russian": "Cyrl", "arabic": "Arab", "hebrew": "Hebr", "korean": "Hang", "katakana": "Kana", "chinese": "Zhtr",
    "japanese": "Jpan",
}  # fmt: skip
_LONGEST = 18  # letters of a token that is learned from
_TRANSCRIBED = 3  # Han characters of a form that is taken for a foreign name; shorter ones are mostly native names
_MOST_SPELLINGS = 8  # Latin spellings of one group that are paired: large groups mix several names


@dataclass(frozen=True)
class Sources:
    """The files that are learned from: the folder of resources and rigour's ``person_names.txt``."""

    resources: Path
    person_names: Path

    def tokens(self, name: str) -> Iterator[tuple[str, str, int]]:
        """Rows of ``wd_<name>_80.tsv.gz``: Latin token, token in the other script, persons that bear it."""
        with gzip.open(self.resources / f"wd_{name}_80.tsv.gz", "rt", encoding="utf-8") as file:
            for line in file:
                latin, other, count = line.rstrip("\n").split("\t")
                yield latin, other.replace(" ", ""), int(count)

    def groups(self) -> Iterator[dict[str, list[str]]]:
        """Groups of one-word forms of one name, by script."""
        with self.person_names.open(encoding="utf-8") as file:
            for line in file:
                group: dict[str, list[str]] = defaultdict(list)
                for form in (text.strip() for text in line.split("=>")[0].split(",")):
                    if form and " " not in form:
                        group[script_of(form)].append(form)
                yield dict(group)


def is_japanese(group: Mapping[str, list[str]]) -> bool:
    """Whether a group's Han characters are to be read as Japanese: it has kana."""
    return "Kana" in group or "Hira" in group


def token_pairs(sources: Sources) -> Pairs:
    """Every pair of source symbols and Latin token, by reading, with how often it was seen."""
    pairs: Pairs = defaultdict(Counter)
    for name, reading in _WIKIDATA.items():
        for latin, other, _ in sources.tokens(name):
            own = reading if name != "japanese" or script_of(other) in ("Hani", "Jpan") else "Kana"
            _add(pairs, own, other, latin)
    with (sources.resources / "google_ar2en.txt").open(encoding="utf-8") as file:
        for fields in (line.rstrip("\n").split("\t") for line in file):
            if len(fields) == 2 and len(fields[0]) > 1:
                _add(pairs, "Arab", fields[0], fields[1])
    for group in sources.groups():
        _add_group(pairs, group)
    return pairs


def _add(pairs: Pairs, reading: str, source: str, latin: str) -> None:
    word, token = symbols(source, reading), fold_latin(latin)
    if 1 <= len(word) <= _LONGEST and 2 <= len(token) <= _LONGEST:
        pairs[reading][word, token] += 1


def _add_group(pairs: Pairs, group: Mapping[str, list[str]]) -> None:
    spellings = list(dict.fromkeys(fold_latin(form) for form in group.get("Latn", ())))[:_MOST_SPELLINGS]
    for script, forms in group.items():
        if script in ("Latn", "Bopo", UNKNOWN_SCRIPT):
            continue
        reading = READINGS.get(script, (ROMANISED,))[0]
        if script == "Hani":
            reading = "Jpan" if is_japanese(group) else "Zhtr"
        for form in forms if reading != "Zhtr" else (form for form in forms if len(form) >= _TRANSCRIBED):
            for spelling in spellings:
                _add(pairs, reading, form, spelling)
    for number, one in enumerate(spellings):
        for other in spellings[number + 1 :]:
            _add(pairs, "Latn", one, other)
            _add(pairs, "Latn", other, one)


def token_shares(sources: Sources) -> dict[str, float]:
    """Share of each Latin token among the tokens of persons, the largest over the Wikidata files."""
    shares: dict[str, float] = {}
    for name in _WIKIDATA:
        counts: Counter[str] = Counter()
        for latin, _, count in sources.tokens(name):
            counts[fold_latin(latin)] += count
        for token, count in counts.items():
            if count > 2 and len(token) > 1:
                shares[token] = max(shares.get(token, 0.0), count / counts.total())
    return shares


def token_counts(sources: Sources) -> Counter[str]:
    """How often each Latin token stands in the sources: what the letter model is learned from."""
    counts: Counter[str] = Counter()
    for name in _WIKIDATA:
        for latin, _, count in sources.tokens(name):
            counts[fold_latin(latin)] += count
    for group in sources.groups():
        counts.update({fold_latin(form) for form in group.get("Latn", ())})
    return counts

"""Learn the combiner from composed names; write data/combiner.json.gz.

    python -m matching.normalise.make_combiner RESOURCES PERSON_NAMES

Needs LightGBM (MIT), here only. Names are composed of token pairs of the same name (make_lexicon.py): the Latin tokens
make one name, their renderings the other. A pair of one name is changed as lists change names (order, a token left out,
an initial, a title, two tokens written as one); a pair of two names shares a token, resembles, or is random. So labels
are known by construction and no labelled pair of persons is read. Deterministic for one version of LightGBM.
"""

import gzip
import json
import random
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from matching.normalise.combine import says_nothing
from matching.normalise.compare import is_read, prepared
from matching.normalise.evidence import FEATURES, READING_NUMBERS, evidence
from matching.normalise.forms import parse_forms
from matching.normalise.make_han_names import japanese_names, syllabic_names
from matching.normalise.make_lexicon import Sources, is_japanese
from matching.normalise.make_own_names import OWN_NATIVE, OWN_SPACED, own_tokens, written_own
from matching.normalise.nicknames import nicknames
from matching.normalise.own_script import OWN
from matching.normalise.rarity import information
from matching.normalise.symbols import LATIN, READINGS, ROMANISED, fold_latin, symbols
from matching.normalise.text import UNKNOWN_SCRIPT, script_of
from matching.normalise.tokens import skeleton
from matching.normalise.transducer import Floats
from matching.normalise.words import DATA

Token = tuple[str, str]  # Latin, rendering
Tokens = list[Token]

_POSITIVES = {
    "Latn": 10400, "Cyrl": 2600, "Grek": 1800, "Geor": 700, "Armn": 700, "Arab": 3200, "Hebr": 2400, "Indi": 1800,
    "Taml": 900, "Thai": 700, "Romn": 700, "Hang": 3000, "Kana": 2200, "Jpan": 2000, "Zhon": 1200, "Zhtr": 2800,
    "Kore": 1000, "Yuee": 1000, OWN: 3000,
}  # fmt: skip
# How the tokens of composed names follow the frequencies of real ones. Tokens are borne in proportion to their share;
# what two different people share is shared in proportion to its square. Both are flattened, so that rare tokens are
# seen often enough to learn from.
_BORNE, _SHARED = 0.5, 0.8
_COUNTS = (3, 52, 30, 10, 5)  # names of one to five tokens
# Share of names that one list gives in part: between spellings in one script often, in the original script seldom, as it
# is copied from the person's papers; Chinese text has many foreigners by their family name alone.
_OMITTED = {"Latn": 0.5, "Arab": 0.22, "Cyrl": 0.2, "Zhtr": 0.4}
_NICKNAMES = 2  # how often each pair of a name and a nickname is taken
_FAMILY_ALONE = 0.7  # of foreigners whom Chinese text gives in part, those by the family name alone
_KIN = 0.35  # of pairs of different people that share tokens, those who share any token, however rare, as kin do
_UNLIKE = -9.0  # nats: pairs of tokens below are no renderings of each other
_OTHERWISE = 0.1  # of pairs of tokens that are no renderings of each other, those that are kept
_NEGATIVES = 8  # names of other persons per name of the same
# Kinds of tokens of a native name that is written without spaces, family name first.
_NATIVE = {
    "Jpan": ("Jpan.1", "Jpan.2"), "Kana": ("Kana.native", "Kana.native"), "Hang": ("Hang.1", "Hang.2"),
    "Zhon": ("Zhon.1", "Zhon.2"), "Kore": ("Kore.1", "Kore.2"), "Yuee": ("Yuee.1", "Yuee.2"),
}  # fmt: skip
_ONLY_NATIVE = ("Jpan", "Kore", "Yuee", "Zhon")
_JOINERS = {"Kana": "・", "Zhtr": "·"}
_TITLES = ("Dr", "Haji", "Mr", "Sheikh", "Mullah", "Abu", "General")
# A feature that may only raise the score (1) or lower it (-1), whatever the composed names happen to say.
_DIRECTIONS = {
    **dict.fromkeys(
        ("matched", "weakest_match", "weakest_quality", "mean_quality", "initials_agree", "whole", "whole_quality",
         "coverage_source", "coverage_latin", "shared_rarity", "rarest_shared", "likeness_conflict", "prefix_conflict"), 1),
    **dict.fromkeys(
        ("left_out_source", "left_out_latin", "count_out_source", "count_out_latin", "initials_conflict"), -1),
}  # fmt: skip
# Three forests: in one script nicknames and omissions decide, in Han characters the reading, elsewhere the spelling. Composed
# names are not real ones, so trees are kept coarse: finer ones fit the composing better and real pairs worse.
_HAN = ("Jpan", "Zhtr", "Kore", "Yuee", "Zhon")
_TRAINING = {
    "objective": "binary", "num_leaves": 24, "learning_rate": 0.05, "min_data_in_leaf": 200, "feature_fraction": 0.5,
    "bagging_fraction": 0.5, "bagging_freq": 1, "lambda_l2": 20, "max_depth": 6, "verbose": -1, "seed": 1, "num_threads": 2,
    "deterministic": True, "force_row_wise": True,
    "monotone_constraints": [_DIRECTIONS.get(name, 0) for name in FEATURES],
}  # fmt: skip
_FORESTS: tuple[tuple[tuple[str, ...], int, dict[str, Any]], ...] = (  # readings, trees, what is trained otherwise
    ((LATIN,), 150, {}),
    (_HAN, 100, {}),
    (
        tuple(reading for reading in READING_NUMBERS if reading not in (LATIN, *_HAN)), 150,
        {"learning_rate": 0.1, "min_data_in_leaf": 300, "lambda_l2": 30, "num_leaves": 12, "bagging_fraction": 0.8},
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Lexicon:
    """Tokens by kind; their weights added up, as borne by one person and as shared by two; those that sound alike."""

    tokens: Mapping[str, Tokens]
    borne: Mapping[str, list[float]]
    shared: Mapping[str, list[float]]
    alike: Mapping[str, Mapping[str, Tokens]]

    def pick(self, kind: str, chance: random.Random) -> Token:
        """A token of a person, drawn by how common it is."""
        return self._drawn(kind, self.borne[kind], chance)

    def pick_shared(self, kind: str, chance: random.Random) -> Token:
        """A token that two different people share, which is more often a common one."""
        return self._drawn(kind, self.shared[kind], chance)

    def _drawn(self, kind: str, total: list[float], chance: random.Random) -> Token:
        return self.tokens[kind][bisect_left(total, chance.random() * total[-1])]

    def similar(self, kind: str, token: Token, chance: random.Random) -> Token:
        """Another token that begins with the same consonants, where there is one."""
        near = self.alike[kind].get(_start(kind, token), [])
        others = [chance.choice(near) for _ in range(5 if near else 0)]
        return next((o for o in others if o[0] != token[0] and o[1] != token[1]), None) or self.pick(kind, chance)


_folded = cache(fold_latin)


def _start(kind: str, token: Token) -> str:
    """What tokens that are alike have in common: the first consonants; in Han characters of their own the whole sound."""
    sound = _folded(token[0])
    return sound if kind.startswith((f"{OWN}.Zhon", f"{OWN}.Jpan")) else skeleton(sound)[:3]


def lexicon(sources: Sources, chance: random.Random) -> Lexicon:
    """Collect the tokens of every kind."""
    tokens: dict[str, Tokens] = defaultdict(list)
    for name, reading in {"russian": "Cyrl", "arabic": "Arab", "hebrew": "Hebr", "korean": "Hang", "katakana": "Kana",
                          "chinese": "Zhtr"}.items():  # fmt: skip
        for latin, other, count in sources.tokens(name):
            if len(fold_latin(latin)) > 1 and script_of(other) not in (LATIN, UNKNOWN_SCRIPT):
                tokens[reading] += [(latin.title(), other)] * (1 + min(count, 8) // 2)
    groups = list(sources.groups())
    for group in groups:
        _add_group(tokens, group, chance)
    for name, nickname in nicknames():
        tokens[LATIN] += [(name.title(), nickname.title()), (nickname.title(), name.title())] * _NICKNAMES
    given = [character for _, form in tokens["Han.2"] for character in symbols(form, "Zhon")]
    tokens |= japanese_names(chance) | syllabic_names(given, chance)
    read = {kind: listed for kind, listed in tokens.items() if not kind.startswith("Han.")}
    tokens = {kind: _rendered(kind.split(".")[0], listed, chance) for kind, listed in read.items()}
    tokens |= own_tokens(tokens, groups)
    shares = {kind: np.exp(-information([fold_latin(latin) for latin, _ in listed])) for kind, listed in tokens.items()}
    alike: dict[str, dict[str, Tokens]] = {kind: defaultdict(list) for kind in tokens}
    for kind, listed in tokens.items():
        for token in listed:
            alike[kind][_start(kind, token)].append(token)
    borne, shared = (
        {kind: np.cumsum(share**sharpness).tolist() for kind, share in shares.items()}
        for sharpness in (_BORNE, _SHARED)
    )
    return Lexicon(tokens, borne, shared, alike)


def _rendered(reading: str, listed: Tokens, chance: random.Random) -> Tokens:
    """Leave out most pairs that are no rendering of each other: translations, nicknames, errors of the sources."""
    number: dict[str, int] = {}
    latin = np.array([number.setdefault(token[0], len(number)) for token in listed], dtype=np.int64)
    source = np.array([number.setdefault(token[1], len(number)) for token in listed], dtype=np.int64)
    found = evidence(reading, parse_forms(list(number)), source, latin)
    score = found[:, FEATURES.index("strongest_match")] + found[:, FEATURES.index("best_conflict")]
    agrees = (found[:, FEATURES.index("strongest_match")] > 0) | (score > _UNLIKE)
    return [token for token, fits in zip(listed, agrees, strict=True) if fits or chance.random() < _OTHERWISE]


def _add_group(tokens: dict[str, Tokens], group: Mapping[str, list[str]], chance: random.Random) -> None:
    spellings = [form.title() for form in group.get(LATIN, ()) if len(fold_latin(form)) > 1]
    for script, forms in group.items() if spellings else ():
        for form in forms[:3]:
            for kind in _kinds(script, form, group):
                tokens[kind].append((chance.choice(spellings), form))


def _kinds(script: str, form: str, group: Mapping[str, list[str]]) -> list[str]:
    if script in ("Bopo", UNKNOWN_SCRIPT):
        return []
    if script == "Hani":
        return [] if is_japanese(group) else [f"Han.{len(form)}" if len(form) < 3 else "Zhtr"]
    if script in ("Hira", "Kana"):
        return ["Kana", "Kana.native"]
    if script == "Hang":
        return [f"Hang.{len(form)}" if len(form) < 3 else "Hang"]
    return [READINGS.get(script, (ROMANISED,))[0]]


def compose(reading: str, words: Lexicon, chance: random.Random) -> list[tuple[str, str, int]]:
    """One name with its rendering, label 1, and other names, label 0."""
    native = reading in _NATIVE and (reading in _ONLY_NATIVE or chance.random() < 0.55)
    own = chance.choice((*OWN_SPACED, *OWN_NATIVE, *OWN_NATIVE)) if reading == OWN else ""
    native = native or isinstance(own, tuple)
    if isinstance(own, tuple):
        kinds: tuple[str, ...] = tuple(f"{OWN}.{kind}" for kind in own)
    elif native:
        kinds = _NATIVE[reading]
    else:
        kinds = (f"{OWN}.{own}" if own else reading,) * chance.choices((1, 2, 3, 4, 5), _COUNTS)[0]
    tokens: Tokens = [words.pick(kind, chance) for kind in kinds]
    one, other = (tokens, tokens) if native else _shortened(reading, tokens, chance)
    rows = [(*_written(reading, one, other, native=native, chance=chance), 1)]
    for _ in range(_NEGATIVES):
        mine, another = _contrast(kinds, tokens, words, native=native, chance=chance)
        rows.append((*_written(reading, mine, another, native=native, chance=chance), 0))
    return rows


def _shortened(reading: str, tokens: Tokens, chance: random.Random) -> tuple[Tokens, Tokens]:
    """Leave out tokens on one side, as lists do: patronymics, or in Chinese text a foreigner's given name."""
    if len(tokens) < 2:
        return tokens, tokens
    share = _OMITTED.get(reading, 0.16)
    if len(tokens) == 2 and reading != "Zhtr":
        share *= 0.4
    draw = chance.random()
    if draw > share:
        return tokens, tokens
    if reading == "Zhtr" and chance.random() < _FAMILY_ALONE:
        return tokens, tokens[-1:]
    shorter = _without_one(tokens, chance)
    while len(shorter) > 2 and chance.random() < 0.4:
        shorter = _without_one(shorter, chance)
    whole = _without_one(tokens, chance) if len(tokens) > 3 and chance.random() < 0.2 else tokens
    return (shorter, whole) if chance.random() < 0.5 and reading != "Zhtr" else (whole, shorter)


def _without_one(tokens: Tokens, chance: random.Random) -> Tokens:
    """Leave out one token: one in the middle, where there is one, more often than the last, that more than the first."""
    places = range(len(tokens))
    place = chance.choices(places, [1.0, *[5.0] * (len(tokens) - 2), 2.5 if len(tokens) > 2 else 1.0])[0]
    return tokens[:place] + tokens[place + 1 :]


def _contrast(
    kinds: Sequence[str], tokens: Tokens, words: Lexicon, *, native: bool, chance: random.Random
) -> tuple[Tokens, Tokens]:
    """A name and another person's: with tokens in common, less to say, alike throughout, or at random."""
    draw, count = chance.random(), len(tokens)
    if draw < 0.35 and count > 1:
        return _sharing(kinds, tokens, words, chance)
    if draw < 0.37 and count > 2:
        return tokens, tokens[1:]  # a parent bears the name without the given name
    if draw < 0.4 and count > 1 and not native:
        return _saying_less(kinds, tokens, words, chance)
    if draw < 0.58:
        return tokens, [words.similar(kind, token, chance) for kind, token in zip(kinds, tokens, strict=True)]
    others = list(kinds) if native or chance.random() < 0.65 else [kinds[0]] * chance.choice((1, 2, 2, 2, 3, 3, 4))
    return tokens, [words.pick(kind, chance) for kind in others]


def _sharing(kinds: Sequence[str], tokens: Tokens, words: Lexicon, chance: random.Random) -> tuple[Tokens, Tokens]:
    """Another person's name that differs in one or more tokens, a third of them alike; at times one is left out."""
    count = len(tokens)
    if chance.random() > _KIN:
        tokens = [words.pick_shared(kind, chance) for kind in kinds]
    changed = list(tokens)
    places = [0] if chance.random() < 0.25 else _some(count, chance)  # kin differ in the first token
    for place in places:
        kind, old = kinds[place], tokens[place]
        changed[place] = words.similar(kind, old, chance) if chance.random() < 0.35 else words.pick(kind, chance)
    other = _without_one(changed, chance) if count > 2 and chance.random() < 0.2 else changed
    own = _without_one(tokens, chance) if count > 2 and chance.random() < 0.15 else tokens
    return own, other


def _some(count: int, chance: random.Random) -> list[int]:
    return chance.sample(range(count), chance.choices(range(1, count), [3] + [1] * (count - 2))[0])


def _saying_less(kinds: Sequence[str], tokens: Tokens, words: Lexicon, chance: random.Random) -> tuple[Tokens, Tokens]:
    """Another person's name of one shared or similar token, at times with one more."""
    if chance.random() > _KIN:
        tokens = [words.pick_shared(kind, chance) for kind in kinds]
    place, own = chance.randrange(len(tokens)), tokens
    other = [tokens[place]] if chance.random() < 0.35 else [words.similar(kinds[place], tokens[place], chance)]
    if other == [tokens[place]] and chance.random() < 0.5:
        own = [words.pick(kinds[0], chance) if chance.random() < 0.7 else token for token in tokens]
        own[place] = tokens[place]
    return own, other + [words.pick(kinds[place], chance)] * (chance.random() < 0.5)


def _written(reading: str, one: Tokens, other: Tokens, *, native: bool, chance: random.Random) -> tuple[str, str]:
    """Write a name in Latin letters and another in renderings, with the liberties of lists."""
    latin, rendered = [token[0] for token in one], [token[1] for token in other]
    if reading == OWN:
        return written_own(latin, rendered, native=native, chance=chance)
    if native:
        return " ".join(latin[1:] + latin[:1] if chance.random() < 0.45 else latin), "".join(rendered)
    if len(latin) > 1 and chance.random() < 0.12:
        rendered = rendered[-1:] + rendered[:-1]
    if chance.random() < 0.1:
        place = chance.randrange(len(latin))
        latin[place] = _mistyped(latin[place], chance)
    if len(latin) > 1 and chance.random() < 0.05:
        place = chance.randrange(len(latin))
        latin[place] = f"{latin[place][0]}."
    if chance.random() < 0.06:
        latin.insert(0, chance.choice(_TITLES))
    if reading != LATIN and chance.random() < 0.06:
        rendered.insert(0, rendered[0][: chance.choice((1, 2))])
    for tokens in (latin, rendered):
        if len(tokens) > 1 and chance.random() < 0.06:
            place = chance.randrange(len(tokens) - 1)
            tokens[place : place + 2] = [tokens[place] + tokens[place + 1].lower()]
    return " ".join(latin), _JOINERS.get(reading, " ").join(rendered)


def _mistyped(token: str, chance: random.Random) -> str:
    """A token with a slip of the keyboard, or cut off: a nickname, a field too short."""
    if len(token) < 5:
        return token
    place = chance.randrange(1, len(token) - 1)
    letter = chance.choice("aeiounrslt")
    return chance.choice((
        token[: chance.randrange(3, len(token))],
        token[:place] + token[place + 1 :],
        token[:place] + letter + token[place + 1 :],
        token[:place] + token[place + 1] + token[place] + token[place + 2 :],
    ))  # fmt: skip


def features_of(rows: Sequence[tuple[str, str, int, str]]) -> tuple[Floats, Floats]:
    """Features and labels of composed pairs; a true pair counts in the reading it was composed in."""
    number: dict[str, int] = {}
    one = np.array([number.setdefault(row[0], len(number)) for row in rows], dtype=np.int64)
    other = np.array([number.setdefault(row[1], len(number)) for row in rows], dtype=np.int64)
    label = np.array([row[2] for row in rows])
    composed = np.array([row[3] for row in rows], dtype=object)
    forms = parse_forms(list(number))
    forms, source, latin = prepared(forms, one, other)
    parts = []
    for reading in sorted(forms.words):
        taken = is_read(forms, reading, source, latin) & ((label == 0) | (composed == reading))
        parts.append((evidence(reading, forms, source[taken], latin[taken]), label[taken]))
    return np.concatenate([part for part, _ in parts]), np.concatenate([labels for _, labels in parts])


def learn(features: Floats, labels: Floats) -> list[dict[str, Any]]:
    """Forests as plain numbers (see combine.py). Rows that no tree will be asked about are left out."""
    import lightgbm

    asked, reading = ~says_nothing(features), features[:, FEATURES.index("reading")]
    forests = []
    for readings, trees, otherwise in _FORESTS:
        numbers = sorted({READING_NUMBERS[name] for name in readings})
        rows = asked & np.isin(reading, numbers)
        data = lightgbm.Dataset(features[rows], labels[rows], feature_name=list(FEATURES))
        learned = lightgbm.train({**_TRAINING, **otherwise}, data, trees).dump_model()["tree_info"]
        forests.append({"readings": numbers, "depth": _TRAINING["max_depth"], **_plain(learned)})
    return forests


def _plain(trees: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """LightGBM's trees as numbers, all of one width."""
    listed: list[list[list[float]]] = []
    for tree in trees:
        nodes: list[list[float]] = []
        _flatten(tree["tree_structure"], nodes)
        listed.append(nodes)
    width = max(map(len, listed))
    padded = [nodes + [[0, 0.0, 0, 0, 0.0]] * (width - len(nodes)) for nodes in listed]
    columns = ("feature", "threshold", "left", "right", "value")
    return {name: [[node[k] for node in nodes] for nodes in padded] for k, name in enumerate(columns)}


def _flatten(node: Mapping[str, Any], nodes: list[list[float]]) -> int:
    place = len(nodes)
    nodes.append([])
    if "split_feature" in node:
        left, right = _flatten(node["left_child"], nodes), _flatten(node["right_child"], nodes)
        nodes[place] = [node["split_feature"], float(f"{node['threshold']:.6g}"), left, right, 0.0]
    else:
        nodes[place] = [0, 0.0, place, place, round(node["leaf_value"], 5)]
    return place


def main(resources: str, person_names: str) -> None:
    """Compose names, learn, write."""
    words = lexicon(Sources(Path(resources), Path(person_names)), random.Random(20))  # noqa: S311
    rows = []
    for reading, count in _POSITIVES.items():
        chance = random.Random(f"20 {reading}")  # noqa: S311 -- its own: what one reading draws changes no other
        rows += [(*row, reading) for _ in range(count) for row in compose(reading, words, chance)]
    content = {"features": FEATURES, "forests": learn(*features_of(rows))}
    with gzip.GzipFile(DATA / "combiner.json.gz", "wb", mtime=0) as file:
        file.write(json.dumps(content, separators=(",", ":")).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])

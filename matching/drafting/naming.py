"""What the name of a field says it holds, in the publishers' languages; and what their words for a category mean."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_HERE = Path(__file__).resolve().parent
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SMALL_CAPITAL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")

GENERIC = frozenset(
    ("name", "names", "value", "values", "text", "number", "no", "nr", "id", "type", "date", "country", "code", "title")
) | {"year", "month", "day", "item", "items", "entry", "content", "full", "kind", "quality", "city", "place", "note"}
"""Names that mean something only with the name above them: `aliases/name`, `passport/number`."""


@dataclass(frozen=True, order=True)
class Meaning:
    """What a name says: how much of the name says it (0 to 1), how long the known name is, and what it stands for."""

    share: float
    length: int
    role: str

    @property
    def is_sure(self) -> bool:
        """Whether the whole name is a known one."""
        return self.share == 1.0


def folded(text: str) -> str:
    """Return ``text`` in small letters, without accents and punctuation, its words parted by single spaces.

    >>> folded("dateOfBirth"), folded("Prénom_1"), folded("№ п/п")
    ('date of birth', 'prenom 1', 'no п п')
    """
    spaced = _SMALL_CAPITAL.sub(" ", text)
    plain = unicodedata.normalize("NFKD", spaced).casefold()
    kept = (" " if not (char.isalnum() or char in "'") else char for char in plain if not unicodedata.combining(char))
    return " ".join("".join(kept).replace("'", " ").split())


def meanings(names: tuple[str, ...]) -> list[Meaning]:
    """Return what the place ``names`` (from the entry down) may hold, the likeliest first.

    The last name decides; where it is generic or unknown, with the name above it.
    """
    if not names:
        return []
    leaf = re.sub(r"(?<=\w\w\w)\d+$", "", folded(names[-1].lstrip("@")))  # address1
    own = _meanings_of(leaf)
    if len(names) > 1 and (not own or leaf in GENERIC):
        above = _name_above(names)
        together = [*_meanings_of(f"{above} {leaf}"), *_meanings_of(f"{leaf} of {above}")]
        # A part of the name above alone says nothing of an unknown name below it.
        joined = [meaning for meaning in together if meaning.is_sure or leaf in GENERIC]
        context = [_under(meaning, leaf) for meaning in _meanings_of(above)]
        own = [*(found for found in [*joined, *context] if found), *own]
    best: dict[str, Meaning] = {}
    for meaning in own:
        if meaning.role not in best or best[meaning.role] < meaning:
            best[meaning.role] = meaning
    return sorted(best.values(), reverse=True)


def _name_above(names: tuple[str, ...]) -> str:
    """Return the name above the last one; a generic one with the name above it: `born/place/country`."""
    above = folded(names[-2].lstrip("@"))
    return f"{folded(names[-3])} {above}" if above in GENERIC and len(names) > 2 else above


_DATE_PARTS = {"year": "birth_year", "month": "birth_month", "day": "birth_day", "date": "birth", "text": "birth"}
_PLACE_PARTS = ("street", "city", "town", "place", "region", "state", "state province", "state or province", "province",
                "zip", "zip code", "postal code", "postcode", "po box")  # fmt: skip
_ISSUERS = ("country", "issuer", "issued by", "issuing country", "issuing state", "country of issue")
_NAME_PARTS = {"first": "given", "middle": "patronymic", "second": "patronymic", "last": "family"}
_NAME_ROLES = frozenset(("alias", "weak_alias", "former", "original", "father", "mother"))


def _under(above: Meaning, leaf: str) -> Meaning | None:
    """Return what a generic ``leaf`` holds below a place with the meaning ``above``."""
    made: Mapping[str, str] = {
        "birth": _DATE_PARTS, "passport": {"number": "passport", "no": "passport", **dict.fromkeys(_ISSUERS, "passport_country")},
        "birth_place": {"country": "birth_country", **dict.fromkeys(_PLACE_PARTS, "birth_place")},
        "address": {"country": "address_country", **dict.fromkeys(_PLACE_PARTS, "address")},
        "identifier": {"type": "identifier_type", "kind": "identifier_type", "number": "identifier", "no": "identifier",
                       **dict.fromkeys(_ISSUERS, "identifier_country")},
        "full": {"type": "name_kind", "kind": "name_kind", "quality": "name_kind", **_NAME_PARTS},
        "alias": {"category": "name_kind", "type": "name_kind", "kind": "name_kind", "quality": "name_kind"},
    }.get(above.role, {})  # fmt: skip
    if leaf in made:
        return Meaning(1.0, above.length + 1, made[leaf])
    holds_itself = leaf in ("name", "names", "value", "text", "item", "full", "content", "title", "country")
    if holds_itself and (above.role in _NAME_ROLES or leaf in ("value", "text", "item", "content", "country")):
        return Meaning(above.share, above.length + 1, above.role)
    return None


@cache
def _meanings_of(name: str) -> list[Meaning]:
    words = name.split()
    found: dict[str, Meaning] = {}
    for phrase, role in _phrases():
        share = _share(phrase, name, words)
        if share:
            meaning = Meaning(share, len(phrase), role)
            found[role] = max(meaning, found.get(role, meaning))
    return sorted(found.values(), key=lambda one: (one.is_sure, one.length), reverse=True)


def _share(phrase: str, name: str, words: list[str]) -> float:
    """Return how much of ``name`` the known ``phrase`` takes, 0 where it does not stand in it."""
    if phrase == name:
        return 1.0
    if _WITHOUT_SPACES.search(phrase):
        return len(phrase) / len(name) if len(phrase) > 1 and phrase in name else 0.0
    if len(phrase) < 3 and len(words) > 2:
        return 0.0
    wanted = phrase.split()
    stands = any(words[start : start + len(wanted)] == wanted for start in range(len(words) - len(wanted) + 1))
    return len(phrase) / len(name) if stands else 0.0


@cache
def _phrases() -> tuple[tuple[str, str], ...]:
    content = yaml.safe_load((_HERE / "vocabulary.yml").read_text(encoding="utf-8"))
    return tuple((folded(phrase), role) for role, phrases in content.items() for phrase in phrases)


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    content = yaml.safe_load((_HERE / "words.yml").read_text(encoding="utf-8"))
    return {
        vocabulary: {str(published).casefold(): ours for ours, words in given.items() for published in words}
        for vocabulary, given in content.items()
        if isinstance(given, dict)
    }


@cache
def null_texts() -> frozenset[str]:
    """Return texts that publishers write for nothing, in small letters."""
    content = yaml.safe_load((_HERE / "words.yml").read_text(encoding="utf-8"))
    return frozenset(text.casefold() for text in content["nulls"])


def word_for(vocabulary: str, published: str) -> str | None:
    """Return our word for a published one; an empty one means nothing, None that it is not known."""
    text = " ".join(published.split()).casefold().strip(".")
    words = _words()[vocabulary]
    return words.get(text, words.get(f"{text}.", words.get(folded(published))))

"""What source.yml says of the values of a field: where to split them, what their words mean, how dates are written."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matching.drafting.dates import Dates, infer_dates
from matching.drafting.fields import Field
from matching.drafting.guess import Guess
from matching.drafting.naming import word_for

_BETWEEN = ("; ", ";", "|", " / ", "¦", "\n")
_WITHOUT_TIME = "^(.+?)(?:[T ]\\d\\d:\\d\\d.*)?$"
_DICT_TEXT = re.compile(r"^\[.*\]$")
_INVERTED = re.compile(r"^[^,;\d]+, [^,;\d]+$")
_MANY_COMMAS = 0.2
_MANY = 0.01  # share of values from which a separator is one
_MOSTLY = 0.6
_INITIALS = {"m": "female", "h": "male"}  # mujer and hombre, mulher and homem


def always_a_word(field: Field, words: Mapping[str, str], *, default: str) -> tuple[Any, tuple[str, ...]]:
    """Return a map of ``words``, or cases where some entries have no word, which then is ``default``."""
    if field.filled == 1.0:
        return {"from": field.path, "map": dict(words)}, ()
    blank = f"{1 - field.filled:.0%} of the entries have no word here: they are taken as {default}"
    return _cases(field.path, words, default), (blank,)


def word_below(field: Field, words: Mapping[str, str], *, default: str) -> list[dict[str, Any]]:
    """Return the cases of a word of a repeated part of an entry: a part without one is ``default``."""
    return _cases(field.path_below, words, default)


def _cases(path: str, words: Mapping[str, str], default: str) -> list[dict[str, Any]]:
    by_word: dict[str, list[str]] = {}
    for text, ours in words.items():
        by_word.setdefault(ours, []).append(text)
    cases: list[dict[str, Any]] = [{"when": {path: texts}, "is": ours} for ours, texts in by_word.items()]
    return [*cases, {"when": {path: {"present": False}}, "is": default}]


def word_map(field: Field, vocabulary: str) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """Return the map of a field's words to ours, and what to check: words whose meaning is not known.

    A word is written only if several entries have it: a value that one entry has may tell of a person.
    """
    counted = Counter(text for text in field.texts)
    meant = {text: word_for(vocabulary, text) for text in counted}
    if vocabulary == "sex":
        meant |= _initials(list(counted))
    words = {text: meant[text] or None for text, count in counted.most_common() if meant[text] is not None or count > 1}
    doubtful = [text for text in words if meant[text] is None]
    if not doubtful:
        return words, ()
    return words, (f"what these mean is not known: {', '.join(doubtful)}",)


def _initials(texts: Sequence[str]) -> dict[str, str]:
    """Return what M and H mean where both stand in a column without F; nothing anywhere else.

    >>> _initials(["M", "H"]), _initials(["M", "F"])
    ({'M': 'female', 'H': 'male'}, {})
    """
    initials = {text: text.strip(" .").casefold() for text in texts}
    found = set(initials.values())
    if "f" in found or not found >= _INITIALS.keys():
        return {}
    return {text: _INITIALS[initial] for text, initial in initials.items() if initial in _INITIALS}


def date_value(guess: Guess, *, path: str) -> tuple[Any, Dates]:
    """Return the value that reads the dates at ``path``, split and without the time of day, and their formats."""
    dates = infer_dates(guess.field.texts)
    more: dict[str, Any] = {}
    if dates.split:
        more["split_pattern"] = dates.split
    if dates.strip:
        more["strip"] = dates.strip
    if dates.has_time:
        more["pattern"] = _WITHOUT_TIME
    return ({"from": path, **more} if more else path), dates


def date_checks(dates: Dates) -> list[str]:
    """Return what a person should look at: day and month that cannot be told, and forms that are not read."""
    checks = [f"day or month first? No date of {form} tells: ask the publisher" for form in dates.unclear]
    if dates.unread:
        shapes = ", ".join(f"{shape[:40]} ({count})" for shape, count in dates.unread.items())
        checks.append(f"{dates.count - dates.read} of {dates.count} are not read (9 a digit, a a letter): {shapes}")
    return checks


def value_of(guess: Guess, *, field_name: str = "full") -> Any:
    """Return the path of a field below its repeated place, split where its values hold several."""
    return _split(
        guess.field, guess.field.path_below, commas=field_name == "full" and guess.role in ("alias", "weak_alias")
    )


def absolute_value(guess: Guess) -> Any:
    """Return the path of a field from the entry down, split where its values hold several."""
    return _split(guess.field, guess.field.path, commas=guess.role == "nationality")


def _split(field: Field, path: str, *, commas: bool = False) -> Any:
    texts = field.texts
    if sum(bool(_DICT_TEXT.match(text)) for text in texts) > _MOSTLY * len(texts):
        return {"from": path, "split_pattern": "['\"], *['\"]", "strip": "[]'\" "}  # a list of a programming language
    shares = {one: sum(one in text for text in texts) / max(len(texts), 1) for one in (*_BETWEEN, ", ")}
    found = [one for one in _BETWEEN if shares[one] > _MANY]
    if commas and shares[", "] > _MANY_COMMAS:  # a few commas are of names: "FAMILY, Given"
        found.append(", ")
    if not found:
        return path
    between = [one.strip() or one for one in found]
    return {"from": path, "split": list(dict.fromkeys(between))}


def known_words(field: Field, vocabulary: str) -> dict[str, str]:
    """Return the map of a field's words to ours, of those that are known."""
    found = {text: word_for(vocabulary, text) for text in dict.fromkeys(field.texts)}
    return {text: ours for text, ours in found.items() if ours}


def is_inverted(field: Field) -> bool:
    """Whether most values are written FAMILY, Given."""
    texts = field.texts
    return sum(bool(_INVERTED.match(text)) for text in texts) > _MOSTLY * len(texts)


def scripts_of(field: Field) -> set[str]:
    """Return the scripts of most letters, by the first word of their Unicode names."""
    letters = Counter(
        unicodedata.name(char, "?").split()[0] for text in field.texts[:200] for char in text if char.isalpha()
    )
    return {script for script, count in letters.items() if count * 5 > letters.total()}

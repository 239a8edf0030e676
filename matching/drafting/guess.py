"""What each field of a payload holds: by its name, held against its values; by its values where the name says nothing."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from matching.drafting.dates import infer_dates
from matching.drafting.fields import Field
from matching.drafting.naming import Meaning, meanings, word_for
from matching.normalise.countries import country_code

SINGLE = frozenset(
    ("id", "sex", "height", "listed", "url", "status", "entity", "birth_year", "birth_month", "birth_day")
)
"""Roles that one field of an entry holds."""

WORDS = {
    "sex": "sex",
    "entity": "entity_kind",
    "status": "status",
    "name_kind": "name_kind",
    "identifier_type": "identifier_kind",
}
_DOCUMENTS = frozenset(("passport", "national_id", "identifier"))
_TITLE = "no field is called a name: this one may hold more than that"
_ALONE = "no other part of a name is there: taken as the whole name"
_PARTS = frozenset(("full", "given", "family", "patronymic"))
_SAMPLE = 400
_FEW_WORDS = 30
_MOSTLY, _OFTEN, _SOMETIMES = 0.8, 0.5, 0.2
_DOCUMENT = re.compile(r"(?=.*\d{4})[A-Z]{0,3}[ -]?[0-9][0-9 /-]{4,14}")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_URL = re.compile(r"https?://\S+")
_NUMBER = re.compile(r"\d+([.,]\d+)?")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A field and what it holds; ``doubt`` says why that is not certain, None where it is."""

    field: Field
    role: str
    doubt: str | None = None


def guess_fields(fields: Sequence[Field]) -> list[Guess]:
    """Return what ``fields`` hold, as far as name or values tell; of roles that one field holds, the best one."""
    guesses = [guess for field in fields if field.values and (guess := _guess(field)) is not None]
    kept: list[Guess] = []
    for role, candidates in _by_role(guesses).items():
        kept.extend(_best_ids(candidates) if role == "id" else candidates[:1] if role in SINGLE else candidates)
    order = {id(guess): position for position, guess in enumerate(guesses)}
    kept.sort(key=lambda guess: order[id(guess)])
    return _with_a_name([_issuer(guess, kept) for guess in kept], fields)


def _issuer(guess: Guess, guesses: Sequence[Guess]) -> Guess:
    """Return ``guess``; a country that only its values tell, beside a document's number, is the document's."""
    beside = {one.role for one in guesses if one.field.above and one.field.above == guess.field.above}
    if guess.role == "nationality" and guess.doubt and beside & _DOCUMENTS:
        return replace(guess, role="passport_country" if "passport" in beside else "identifier_country")
    return guess


def _by_role(guesses: Sequence[Guess]) -> Mapping[str, list[Guess]]:
    """Return the guesses by role; the ones without doubt and with most values first."""
    found: dict[str, list[Guess]] = {}
    for guess in guesses:
        found.setdefault(guess.role, []).append(guess)
    for role, candidates in found.items():
        if role in SINGLE:
            candidates.sort(key=lambda one: (one.doubt is not None, bool(one.field.above), -one.field.filled))
    return found


def _best_ids(candidates: list[Guess]) -> list[Guess]:
    """Return the one id of an entry: a unique one, else one that every entry has and hardly any two share."""
    whole = [one for one in candidates if one.field.filled == 1.0 and not one.field.above]
    ranked = sorted(whole, key=lambda one: (not one.field.is_unique, one.doubt is not None))
    return ranked[:1]


def _guess(field: Field) -> Guess | None:
    named = meanings(field.names)
    texts = field.texts[:_SAMPLE]
    for meaning in named:
        fit = _fit(meaning.role, field, texts)
        if fit is not None:
            return Guess(field=field, role=meaning.role, doubt=_doubt(meaning, fit))
    if named and named[0].is_sure:
        return None  # the name is known, and the values are not what it says
    shape = _shape_of(field, texts)
    return Guess(field=field, role=shape, doubt="guessed from the values: the name says nothing") if shape else None


def _doubt(meaning: Meaning, fit: str) -> str | None:
    if fit:
        return fit
    return None if meaning.is_sure else "guessed from a part of the field's name"


def _fit(role: str, field: Field, texts: Sequence[str]) -> str | None:
    """Return "" where the values are what ``role`` holds, a doubt where some are, None where they are not."""
    check = _CHECKS.get(role)
    if check is None:
        return ""
    share = check(texts)
    if role in WORDS and role != "identifier_type" and len(set(field.texts)) > _FEW_WORDS:
        return None
    if share >= _MOSTLY:
        return ""
    return f"only {share:.0%} of the values look like it" if share >= _SOMETIMES else None


def _share(holds: Callable[[str], object]) -> Callable[[Sequence[str]], float]:
    return lambda texts: sum(bool(holds(text)) for text in texts) / len(texts) if texts else 0.0


def _dates(texts: Sequence[str]) -> float:
    """Return the share of dates; texts with a year among other words count half, as they can be taken apart."""
    with_year = sum(bool(re.search(r"(?<!\d)\d{4}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2}", text)) for text in texts)
    return max(infer_dates(texts).share, with_year / len(texts) * 0.6 if texts else 0.0)


def _in_words(vocabulary: str) -> Callable[[Sequence[str]], float]:
    return _share(lambda text: word_for(vocabulary, text) is not None)


def _heights(texts: Sequence[str]) -> float:
    numbers = [float(text.replace(",", ".")) for text in texts if _NUMBER.fullmatch(text)]
    return len(numbers) / len(texts) if numbers and scale_of(numbers) is not None else 0.0


def scale_of(numbers: Sequence[float]) -> float | None:
    """Return what heights are to be multiplied with to be centimetres; None where they are neither metres nor such."""
    middle = median(number for number in numbers if number > 0) if any(numbers) else 0
    if 1.2 <= middle <= 2.2:
        return 100.0
    return 1.0 if 120 <= middle <= 220 else None


_CHECKS: Mapping[str, Callable[[Sequence[str]], float]] = {
    "full": _share(_LETTERS.search), "given": _share(_LETTERS.search), "family": _share(_LETTERS.search),
    "patronymic": _share(_LETTERS.search), "father": _share(_LETTERS.search), "mother": _share(_LETTERS.search),
    "alias": _share(_LETTERS.search), "original": _share(_LETTERS.search),
    "birth": _dates, "listed": _dates, "edited": _dates,
    "birth_year": _share(re.compile(r"\d{4}").fullmatch), "birth_month": _share(re.compile(r"\d{1,2}").fullmatch),
    "birth_day": _share(re.compile(r"\d{1,2}").fullmatch),
    "nationality": _share(_LETTERS.search), "birth_place": _share(_LETTERS.search),
    "sex": _in_words("sex"), "entity": _in_words("entity_kind"), "status": _in_words("status"),
    "name_kind": _in_words("name_kind"), "identifier_type": _share(_LETTERS.search), "identifier_country": _share(country_code), "height": _heights,
    "passport": _share(re.compile(r"\d{3}").search), "national_id": _share(re.compile(r"\d{3}").search),
    "tax_id": _share(re.compile(r"\d{3}").search), "identifier": _share(re.compile(r"\d{3}").search),
    "url": _share(_URL.match), "picture": lambda texts: 1.0, "row": _share(_NUMBER.fullmatch),
}  # fmt: skip


def _shape_of(field: Field, texts: Sequence[str]) -> str | None:
    """Return the role that the values alone suggest."""
    distinct = Counter(texts)
    if len(distinct) <= 4 and _in_words("sex")(texts) == 1.0 and any(word_for("sex", text) for text in distinct):
        return "sex"
    dates = infer_dates(texts)
    if dates.share > _MOSTLY and dates.formats and (dates.formats != ("YYYY",) or _are_years(texts)):
        return _date_role(texts)
    if _share(_URL.match)(texts) > _MOSTLY:
        return None  # a page or a picture: the name would say which
    if len(distinct) <= len(texts) and _share(country_code)(texts) > _MOSTLY:
        return "nationality"
    if field.is_unique and _share(re.compile(r"(?=.*\d)[\w./-]{1,24}").fullmatch)(texts) == 1.0:
        return "id"
    if _share(_DOCUMENT.fullmatch)(texts) > _MOSTLY:
        return "identifier"
    return None


def _are_years(texts: Sequence[str]) -> bool:
    return all(text.isdigit() and 1900 <= int(text) < 2040 for text in texts)


def _date_role(texts: Sequence[str]) -> str:
    """Birth dates of those on lists lie decades back; dates of listing do not."""
    years = [int(year) for text in texts for year in re.findall(r"(?<!\d)\d{4}(?!\d)", text)]
    return "birth" if years and median(years) < 2003 else "listed"


def _with_a_name(guesses: list[Guess], fields: Sequence[Field]) -> list[Guess]:
    """Return ``guesses``, with the field that looks most like names where none was known to hold them."""
    roles = {guess.role for guess in guesses}
    if roles & {"full", "given", "family"}:
        named = [guess for guess in guesses if guess.role != "title"]
        parts = [guess.role for guess in named if guess.role in _PARTS]
        return _whole(named) if parts in (["given"], ["family"]) else named
    if any(guess.role == "title" for guess in guesses):
        return [replace(guess, role="full", doubt=_TITLE) if guess.role == "title" else guess for guess in guesses]
    taken = {guess.field.names for guess in guesses if guess.role != "remarks"}
    free = [field for field in fields if field.names not in taken]
    best = max(free, key=_likeness_to_names, default=None)
    if best is None or _likeness_to_names(best) < _OFTEN:
        return guesses
    doubt = "guessed from the values: no field is called a name"
    kept = [guess for guess in guesses if guess.field.names != best.names]
    return [*kept, Guess(field=best, role="full", doubt=doubt)]


def _whole(guesses: list[Guess]) -> list[Guess]:
    """Return ``guesses``; the one part of a name that there is becomes the whole name, as `nome` and `nom` often are."""
    return [replace(one, role="full", doubt=_ALONE) if one.role in ("given", "family") else one for one in guesses]


def _likeness_to_names(field: Field) -> float:
    """Return how much the values look like persons' names: two to five words of letters, hardly one twice."""
    texts = field.texts[:_SAMPLE]
    words = [_LETTERS.findall(text) for text in texts]
    named = sum(
        2 <= len(found) <= 5 and not re.search(r"[\d:@]", text) for found, text in zip(words, texts, strict=True)
    )
    return named / len(texts) * len(set(texts)) / len(texts) * field.filled

"""The two listings of a case side by side: one row per field, agree, disagree or unknown, values with their remarks.

Enters: a Case and a Language. Leaves: rows for the page. Verdicts of the fields the model compares are its levels; those of
the others say only whether a value is common to both.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matching.report import words
from matching.report.evidence import VERDICT_SIGNS, verdict_of
from matching.review.case import Case, Side
from matching.web.language import Language
from matching.web.marks import Piece, pieces

Document = Mapping[str, Any]
MOST_VALUES = 40


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value. ``language`` is a BCP 47 tag where known; ``is_shared``: the other side says the same."""

    pieces: tuple[Piece, ...]
    remark: str = ""
    romanised: str = ""
    language: str = ""
    is_shared: bool = False
    is_best: bool = False


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """One field of both sides. ``verdict`` is agree, disagree or unknown; empty where a difference would say nothing.

    ``beside`` are the values of the other listings shown; of those that one of the two sides says as well, ``is_shared``.
    """

    label: str
    verdict: str
    level: str
    left: tuple[Value, ...]
    right: tuple[Value, ...]
    beside: tuple[tuple[Value, ...], ...] = ()

    @property
    def sign(self) -> str:
        """The sign of the verdict."""
        return VERDICT_SIGNS.get(self.verdict, "")


Reader = Callable[[Document, Language], list[Value]]


def rows_of(case: Case, language: Language, *, beside: Sequence[Side] = ()) -> list[FieldRow]:
    """Return the fields of a case in the order a person reads them, those that no listing gives left out.

    ``beside`` are other listings to show; the verdict stays that of the two sides.
    """
    levels = case.levels
    rows = []
    for label, compared, reader in FIELDS:
        left, right = (reader(side.document, language)[:MOST_VALUES] for side in (case.left, case.right))
        others = [reader(side.document, language)[:MOST_VALUES] for side in beside]
        if not (left or right or compared or any(others)):
            continue
        others = [_known(values, [*left, *right]) for values in others]
        left, right = _share(left, right)
        level = levels.get(compared, "unknown") if compared else ""
        verdict = verdict_of(level) if compared else _plain_verdict(left)
        if verdict != "agree":  # a mark of agreement beside another verdict would contradict it
            left, right = _unmarked(left), _unmarked(right)
        rows.append(
            FieldRow(
                label=language.say(label),
                verdict=verdict,
                level=language.term(level) if level not in ("", "unknown") else "",
                left=tuple(_best(left, case, "name_l") if compared == "name" else left),
                right=tuple(_best(right, case, "name_r") if compared == "name" else right),
                beside=tuple(tuple(values) for values in others),
            )
        )
    return rows


def _share(left: list[Value], right: list[Value]) -> tuple[list[Value], list[Value]]:
    common = {_key(v) for v in left} & {_key(v) for v in right}
    marked = [[Value(**{**vars(v), "is_shared": _key(v) in common}) for v in side] for side in (left, right)]
    return marked[0], marked[1]


def _known(values: Sequence[Value], said: Sequence[Value]) -> list[Value]:
    """Mark those of ``values`` that are among those ``said``."""
    keys = {_key(value) for value in said}
    return [Value(**{**vars(value), "is_shared": _key(value) in keys}) for value in values]


def _unmarked(values: Sequence[Value]) -> list[Value]:
    return [Value(**{**vars(value), "is_shared": False}) for value in values]


def _key(value: Value) -> str:
    return "".join(piece.text for piece in value.pieces).casefold()


def _plain_verdict(left: Sequence[Value]) -> str:
    """Two lists name different offences, relatives or marks of one person: only what is common says something."""
    return "agree" if any(value.is_shared for value in left) else ""


def _best(values: list[Value], case: Case, column: str) -> list[Value]:
    """Mark the form of the best pairing, and put it first."""
    number = best_form(case, column)
    marked = [Value(**{**vars(v), "is_best": n == number}) for n, v in enumerate(values)]
    return sorted(marked, key=lambda value: not value.is_best)


def best_form(case: Case, column: str) -> int | None:
    """Return the ``name_no`` of a side's form in the best pairing."""
    number: int | None = json.loads(case.row.scores).get(column)
    return number


def _value(text: str | None, remark: str = "") -> list[Value]:
    return [Value(pieces=tuple(pieces(words.clip(text))), remark=remark)] if text else []


def _values(texts: Iterable[str | None]) -> list[Value]:
    return [value for text in texts for value in _value(text)]


def _names(document: Document, language: Language) -> list[Value]:
    """Every form, by ``name_no``; where a listing was not read (it is removed), its names as published."""
    read = sorted(document["names"], key=lambda name: name["name_no"])
    if not read:
        return [v for name in document["record"]["names"] for v in _value(name["full"], language.term(name["kind"]))]
    return [
        Value(
            pieces=tuple(pieces(words.clip(name["full"]))),
            remark=language.term(name["kind"]),
            romanised=words.clip(name["romanised"]) if name["script"] != "Latn" else "",
            language=f"und-{name['script']}" if name["script"] != "Latn" else "",
        )
        for name in read
    ]


def _births(document: Document, language: Language) -> list[Value]:
    found = []
    for row in document["births"]:
        days = words.interval(date.fromisoformat(row["earliest"][:10]), date.fromisoformat(row["latest"][:10]))
        remarks = [language.say("about")] if row["precision"] == "circa" else []
        remarks += (
            [language.say("published as “{text}”", text=language.isolated(row["text"]))] if row["text"] != days else []
        )
        remarks += [language.term(f"{row['calendar']} calendar")] if row["calendar"] not in (None, "gregorian") else []
        found += _value(days, "; ".join(remarks))
    read = {row["text"] for row in document["births"]}
    unread = [b["text"] for b in document["record"]["births"] if b["text"] and b["text"] not in read]
    return [*found, *(v for text in unread for v in _value(text, language.say("could not be read")))]


def _countries(document: Document, language: Language) -> list[Value]:
    rows = [row for row in document["countries"] if row["role"] != "birth"]
    if not rows:
        return _values(document["record"]["nationalities"])
    return [
        value
        for row in rows
        for value in _value(row["text"], language.joined(language.term(row["role"]), row["country_code"]))
    ]


def _identifiers(document: Document, language: Language) -> list[Value]:
    found = []
    for row in document["identifiers"]:
        checked = {"valid": "check digits right", "invalid": "check digits wrong"}.get(row["validity"])
        against = "its digits contradict the listing" if row["contradicts"] else None
        said = [language.say(text) for text in (checked, against) if text]
        remark = language.joined(language.term(row["kind"]), row["country_code"], *said, row["note"])
        found += _value(row["number_text"], remark)
    return found


def _place(place: Mapping[str, Any]) -> str:
    """Where, and the country once, though many publishers end the place with it."""
    where, country = place["text"] or "", place["country"] or ""
    return _joined(where.removesuffix(country).rstrip(" ,"), country)


def _offence(offence: Mapping[str, Any], language: Language) -> list[Value]:
    category = language.term(offence["category"]) if offence["category"] else None
    return _value(offence["text"], language.joined(category, offence["country"]))


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _texts(field: str) -> Reader:
    return lambda document, _: _values(document["record"][field])


FIELDS: tuple[tuple[str, str, Reader], ...] = (
    ("Names", "name", _names),
    ("Births", "birth", _births),
    ("Countries", "country", _countries),
    ("Birth places", "birth_place", lambda d, _: _values(_place(place) for place in d["record"]["birth_places"])),
    ("Sex", "sex", lambda d, language: _values([language.term(d["record"]["sex"])] if d["record"]["sex"] else [])),
    ("Identifiers", "identifier", _identifiers),
    ("Offences", "", lambda d, language: [v for o in d["record"]["offences"] for v in _offence(o, language)]),
    (
        "Parents",
        "",
        lambda d, lang: [v for p in d["record"]["parents"] for v in _value(p["name"], lang.term(p["role"]))],
    ),
    ("Height", "", lambda d, _: _values([f"{d['record']['height_cm']:.0f} cm"] if d["record"]["height_cm"] else [])),
    ("Marks", "", lambda d, _: _values([d["record"]["marks"]])),
    ("Addresses", "", lambda d, _: _values(_place(place) for place in d["record"]["addresses"])),
    ("Legal bases", "", _texts("programmes")),
    ("Other lists' ids", "", lambda d, _: _values(f"{r['scheme']}: {r['id']}" for r in d["record"]["references"])),
    ("Remarks", "", lambda d, _: _values([d["record"]["remarks"]])),
)
"""Label, compared field of the model (empty: none), reader of the values; in the order a person reads them."""

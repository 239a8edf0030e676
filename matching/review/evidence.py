"""What a reviewer judges by, in a form that can be compared: the evidence of a record, its hash, what changed.

Enters: a row of RECORDS. Leaves: its evidence, a mapping of field → sorted distinct values as canonical JSON text.

Evidence is what the publisher says about the person, in the publisher's words. When a list was retrieved, in which order it
names things, where the entry stands on the web, and how this project reads it (codes, days of a date, romanisation, score,
model) are not: a change of those alone must never bring a decided case back. A mapping that is mended would bring back
every case of a list.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from matching.review.moment import canonical

EVIDENCE = (
    "programmes", "offences", "names", "births", "birth_places", "nationalities", "addresses", "sex", "height_cm",
    "marks", "parents", "identifiers", "references", "remarks",
)  # fmt: skip
"""Fields of RECORDS that are evidence. Anything added to RECORDS must be put here or in NOT_EVIDENCE: a test says so.

``sex`` is a code of ours: no other form of it is kept, and a listing that says another sex is evidence.
"""

NOT_EVIDENCE = {
    "record_id": "names the record",
    "source": "names the record",
    "publisher_id": "names the record",
    "entity_kind": "our code; only persons are matched",
    "listing_kind": "our code of what a list is for; the publisher's words stand in programmes and offences",
    "authority": "our name of who publishes the list",
    "authority_country": "our code of who publishes the list",
    "listed_date": "says nothing of the person, and is kept only as we read it",
    "status": "a removed listing closes its cases; it is not evidence for or against",
    "url": "where the entry stands",
    "snapshot_id": "when it was retrieved",
    "retrieved_at": "when it was retrieved",
    "first_seen": "when it was retrieved",
    "last_seen": "when it was retrieved",
    "licence": "what may be done with it",
    "handling_code": "who may see it",
}

READING = {
    "names": {"kind": "full", "script": "full", "language": "full"},
    "births": {"earliest": "text", "latest": "text", "precision": "text", "calendar": "text"},
    "offences": {"category": "text", "language": "text"},
    "identifiers": {"kind": "number"},
    "references": {"scheme": "id"},
    "parents": {"role": "name"},
}
"""Parts of evidence that are codes and readings of ours, each with the part beside which it is left out. Where the publisher's
own words are missing, it is all that is known, and stays. Countries stay as well: RECORDS has them in the publisher's words."""

RULE = 2
"""Which rule says what is evidence. Kept with every version of a listing, so that a version of an earlier rule stays known."""
_FIRST_RULE = (
    "entity_kind", "listing_kind", "authority", "authority_country", "programmes", "offences", "listed_date", "names",
    "births", "birth_places", "nationalities", "addresses", "sex", "height_cm", "marks", "parents", "identifiers",
    "references", "remarks",
)  # fmt: skip
"""What was evidence under rule 1, with every part of it."""

Evidence = Mapping[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field of one side that differs between two versions: values that went and values that came."""

    side: str
    field: str
    removed: tuple[Any, ...]
    added: tuple[Any, ...]


def evidence_of(record: Mapping[str, Any], *, rule: int = RULE) -> dict[str, list[str]]:
    """Return the evidence of ``record``: fields that say something, each as sorted distinct values in canonical JSON.

    ``rule`` is that of the version which is compared. Raises ValueError for one that is not known here.

    >>> evidence_of({"sex": "male", "nationalities": ["Utopia", "Ruritania", "Utopia "], "marks": None})
    {'nationalities': ['"Ruritania"', '"Utopia"'], 'sex': ['"male"']}
    >>> evidence_of({"births": [{"text": "9 March 1970", "earliest": date(1970, 3, 9), "calendar": "gregorian"}]})
    {'births': ['{"text":"9 March 1970"}']}
    """
    if rule not in (1, RULE):
        raise ValueError(f"evidence of rule {rule}: expected 1 to {RULE}. The store was written by a later version")
    found = {}
    for name in sorted(EVIDENCE if rule == RULE else _FIRST_RULE):
        value = record.get(name)
        values = value if isinstance(value, list) else [value]
        said = [_as_published(one, READING.get(name, {})) if rule == RULE else one for one in values]
        texts = sorted({canonical(plain) for one in said if (plain := _plain(one)) is not None})
        if texts:
            found[name] = texts
    return found


def _as_published(value: Any, reading: Mapping[str, str]) -> Any:
    """Return a value without those parts that only say how we read another part which is there."""
    if not isinstance(value, Mapping):
        return value
    return {name: part for name, part in value.items() if not (name in reading and value.get(reading[name]))}


def hash_of(evidence: Evidence) -> str:
    """Return the SHA-256 of ``evidence``, in hexadecimal."""
    return hashlib.sha256(canonical(evidence).encode()).hexdigest()


def pair_hash(hash_l: str, hash_r: str) -> str:
    """Return the hash of the evidence of a pair, from those of its sides."""
    return hashlib.sha256(f"{hash_l} {hash_r}".encode()).hexdigest()


def case_id(record_id_l: str, record_id_r: str, *, key: str, control: int = 0, again: int = 0) -> str:
    """Return the id of the case of a pair under the ``key`` of a store (case_ids.py).

    ``again`` counts the cases of the pair that were erased before. With an empty key it is the id that earlier versions
    gave, the same in every store: whoever tried out all pairs of two lists found whose case it was.
    """
    told = canonical([record_id_l, record_id_r, control, *([again] if again else [])])
    if not key:
        return hashlib.sha256(told.encode()).hexdigest()[:16]
    return hmac.digest(key.encode(), told.encode(), "sha256").hex()[:16]


def shown_id(record_id: str, evidence_hash: str) -> str:
    """Return what the audit chain has in place of a listing that was shown.

    Whoever holds the listing can tell that it was this version of it. A record id alone could be tried out, and where a
    list has none it is the name; this takes everything that the listing said, to the letter.
    """
    return hashlib.sha256(canonical([record_id, evidence_hash]).encode()).hexdigest()


def erased_id(record_id: str) -> str:
    """Return what stands for the id of a record in a case that was erased: of which list it was, and a random number.

    No hash of the id: all ids of a list are quickly tried.
    """
    return f"{record_id.partition(':')[0]}:erased-{secrets.token_hex(16)}"


def changes_between(before: Evidence, after: Evidence, *, side: str) -> list[Change]:
    """Return what changed from ``before`` to ``after`` on one ``side`` (l or r), by field; values as JSON text."""
    changes = []
    for name in EVIDENCE:
        was, now = before.get(name, []), after.get(name, [])
        if was != now:
            removed = tuple(value for value in was if value not in now)
            added = tuple(value for value in now if value not in was)
            changes.append(Change(side=side, field=name, removed=removed, added=added))
    return changes


def _plain(value: Any) -> Any:
    """Return ``value`` with composed text and ISO dates, without empty parts; None where nothing is left."""
    if isinstance(value, str):
        return re.sub(r"\s+", " ", unicodedata.normalize("NFC", value)).strip() or None
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {k: plain for k, v in value.items() if (plain := _plain(v)) is not None} or None
    if isinstance(value, list):
        return [plain for v in value if (plain := _plain(v)) is not None] or None
    return value

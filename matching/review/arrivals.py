"""What a run means for one case: new, returned, closed, or nothing. Pure: reads and writes no store.

Enters: documents of two records, the proposal of the pair, the case as it stands. Leaves: the columns to write.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matching.review.evidence import RULE, Evidence, changes_between, evidence_of, hash_of, pair_hash
from matching.review.moment import canonical, stamp
from matching.review.published import PROVENANCE, Document
from matching.review.verdicts import CLOSED, OPEN, WAITING, Standing

LISTING_REMOVED, NOT_PROPOSED = "listing_removed", "no_longer_proposed"


@dataclass(frozen=True, kw_only=True)
class Side:
    """What a case keeps of one of its two records."""

    record_id: str
    source: str
    evidence_hash: str
    country: str
    kind: str
    handling_code: str
    title: str
    script: str
    is_listed: bool


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One record as a run has it: what cases keep of it, its row of ``records``, its version, and our reading of it.

    ``version`` is a row of ``listings`` without a time, ``document`` the text of a row of ``readings``: the record and the
    rows of each normalised table, without provenance, so that it is the same until something is read otherwise.
    """

    side: Side
    row: dict[str, Any]
    version: dict[str, Any]
    document: str

    def as_version(self, evidence_hash: str) -> "Reading":
        """Return the same, known by the hash of an earlier version of the record that says the same."""
        return replace(
            self,
            side=replace(self.side, evidence_hash=evidence_hash),
            row={**self.row, "evidence_hash": evidence_hash},
            version={**self.version, "evidence_hash": evidence_hash},
        )


def reading_of(document: Document) -> Reading:
    """Return what a run says of one record."""
    record = document.record
    evidence = evidence_of(record)
    digest = hash_of(evidence)
    title, script = _title(document)
    side = Side(
        record_id=record["record_id"], source=record["source"], evidence_hash=digest,
        country=record["authority_country"], kind=record["listing_kind"], handling_code=record["handling_code"],
        title=title, script=script, is_listed=record["status"] != "removed",
    )  # fmt: skip
    read = canonical(_texts({"record": {k: v for k, v in record.items() if k not in PROVENANCE}, **document.read}))
    row = {
        "record_id": side.record_id, "source": side.source, "evidence_hash": digest,
        "handling_code": side.handling_code, "title": title, "status": record["status"],
        "cluster_id": document.cluster_id, "provenance": canonical(_texts({p: record[p] for p in PROVENANCE})),
        "said": f"{RULE} {digest}", "reading": hashlib.sha256(read.encode()).hexdigest(),
    }  # fmt: skip
    body = {"record": record, **document.read, "evidence": evidence, "rule": RULE}
    version = {"record_id": side.record_id, "evidence_hash": digest, "document": canonical(_texts(body))}
    return Reading(side=side, row=row, version=version, document=read)


def _title(document: Document) -> tuple[str, str]:
    """Return the first primary name in Latin letters (with the original before it), and the script it is published in."""
    names = sorted(document.read["names"], key=lambda name: (name["kind"] != "primary", name["name_no"]))
    if not names:
        published = document.record["names"]
        return (published[0]["full"] if published else document.record["record_id"]), "Zyyy"
    first = names[0]
    title = first["full"] if first["script"] == "Latn" else f"{first['romanised']} · {first['full']}"
    return title[:300], first["script"]


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One pair in a run. A side is None where the run has no such record, the proposal where it proposes no match."""

    pair: tuple[str, str]
    left: Side | None
    right: Side | None
    proposal: Mapping[str, Any] | None
    sources: frozenset[str]
    run_id: str
    model_id: str

    @property
    def is_told(self) -> bool:
        """Whether the run has the lists of both sides; else it says nothing of the pair."""
        return all(record_id.partition(":")[0] in self.sources for record_id in self.pair)

    @property
    def is_listed(self) -> bool:
        """Whether both listings stand on their lists."""
        return all(side is not None and side.is_listed for side in (self.left, self.right))

    @property
    def evidence_hash(self) -> str | None:
        """The evidence of the pair, None where a side is missing."""
        if self.left is None or self.right is None:
            return None
        return pair_hash(self.left.evidence_hash, self.right.evidence_hash)

    def new_case(self, *, now: str) -> dict[str, Any] | None:
        """Return the row of a new case, None where the run does not propose the pair."""
        if self.proposal is None or self.left is None or self.right is None or not self.is_listed:
            return None
        return {
            "record_id_l": self.pair[0], "record_id_r": self.pair[1], "state": OPEN,
            "colour": "yellow", "arrival": "new", "changed": "[]", "opened_at": now, "updated_at": now,
            "is_proposed": True, **self._sides(), **self._scores(),
        }  # fmt: skip

    def handled(self, case: Any) -> dict[str, Any]:
        """Return the version and the code of each side that the run has: a closed case shows a record as it is now.

        But not a known case shown again, which stays on the evidence that it was decided on.
        """
        found: dict[str, Any] = {"evidence_l": case.evidence_l, "evidence_r": case.evidence_r}
        for letter, side in (("l", self.left), ("r", self.right)):
            if side is not None and (case.control_of is None or side.evidence_hash == found[f"evidence_{letter}"]):
                shown = {"evidence": side.evidence_hash, "handling": side.handling_code, "title": side.title}
                found |= {f"{name}_{letter}": value for name, value in shown.items()}
        return found | {"evidence_hash": pair_hash(found["evidence_l"], found["evidence_r"])}

    def _sides(self) -> dict[str, Any]:
        left, right = self.left, self.right
        if left is None or right is None:
            return {}
        return {
            "source_l": left.source, "source_r": right.source, "country_l": left.country, "country_r": right.country,
            "kind_l": left.kind, "kind_r": right.kind, "handling_l": left.handling_code,
            "handling_r": right.handling_code, "code_now_l": left.handling_code,
            "code_now_r": right.handling_code, "title_l": left.title, "title_r": right.title,
            "script_pair": "-".join(sorted((left.script, right.script))),
            "pair_kind": _pair_kind(left, right),
            "evidence_l": left.evidence_hash, "evidence_r": right.evidence_hash, "evidence_hash": self.evidence_hash,
        }  # fmt: skip

    def _scores(self) -> dict[str, Any]:
        row = self.proposal
        if row is None:
            return {}
        kept = {name: value for name, value in row.items() if not name.startswith(("record_id", "source"))}
        return {
            "probability": row["match_probability"], "scores": canonical(_texts(kept)), "model_id": self.model_id,
            "run_id": self.run_id, "has_conflict": bool(row.get("conflicts")), "is_sample": bool(row.get("is_sample")),
        }  # fmt: skip


def arrive(
    case: Any, arrival: Arrival, *, standing: Standing, judged: Sequence[Any],
    listing: Callable[[str, str], Evidence],
) -> tuple[dict[str, Any], str]:  # fmt: skip
    """Return the columns of ``case`` that change, and what that is called: returned, reopened, closed or nothing.

    ``standing`` is where the judgements in force under the run's evidence put the case, ``judged`` all that were not
    undone, ``listing`` reads the evidence of a record's version.
    """
    if not arrival.is_told:
        return {}, ""
    if not arrival.is_listed:
        return _close(case, arrival, LISTING_REMOVED)
    is_proposed = arrival.proposal is not None
    if case.control_of and arrival.evidence_hash != case.evidence_hash:  # what it asks was decided on other evidence
        return _close(case, arrival, NOT_PROPOSED) if case.state in WAITING else ({}, "")
    if not is_proposed and not judged:
        return _close(case, arrival, NOT_PROPOSED)
    columns = arrival._sides() | arrival._scores() | {"is_proposed": is_proposed, "closed_because": None}  # noqa: SLF001
    columns |= {"state": standing.state, "outcome": standing.outcome, "colour": standing.colour}
    what = "returned" if judged and standing.state == OPEN and _is_changed(case, arrival, judged[-1]) else ""
    if case.state == CLOSED and not what:
        what = "reopened"
    if what == "returned":
        columns |= {"arrival": "returned", "changed": canonical(_changed_fields(judged[-1], arrival, listing))}
    elif _is_as_judged_again(case, arrival, judged):  # as after a run was rolled back
        columns |= {"arrival": "new", "changed": "[]"}
    if what:
        columns |= {"assigned_to": None, "assigned_at": None}
    return _differing(case, columns), what


def _is_changed(case: Any, arrival: Arrival, last: Any) -> bool:
    """Return whether the evidence differs from the case's, or from what was judged before a closed case's changed."""
    known = last.evidence_hash if case.state == CLOSED else case.evidence_hash
    return bool(arrival.evidence_hash != known)


def _is_as_judged_again(case: Any, arrival: Arrival, judged: Sequence[Any]) -> bool:
    """Return whether a case that came back has the evidence again that it was judged on: nothing changed then."""
    is_back = arrival.evidence_hash in {one.evidence_hash for one in judged}
    return is_back and case.arrival == "returned" and bool(arrival.evidence_hash != case.evidence_hash)


def _close(case: Any, arrival: Arrival, because: str) -> tuple[dict[str, Any], str]:
    columns = arrival.handled(case) | {"closed_because": because}
    if case.state == CLOSED:
        return _differing(case, columns), ""
    columns |= {"state": CLOSED, "is_proposed": False, "assigned_to": None, "assigned_at": None}
    return _differing(case, columns), "closed"


def _differing(case: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if getattr(case, name) != value}


def _changed_fields(last: Any, arrival: Arrival, listing: Callable[[str, str], Evidence]) -> list[str]:
    """Return the names of the fields that differ from what the last judgement was made on."""
    found: set[str] = set()
    for side, seen in ((arrival.left, last.evidence_l), (arrival.right, last.evidence_r)):
        if side is not None and side.evidence_hash != seen:
            before, after = listing(side.record_id, seen), listing(side.record_id, side.evidence_hash)
            found |= {change.field for change in changes_between(before, after, side="l")}
    return sorted(found)


def _pair_kind(left: Side, right: Side) -> str:
    if left.source == right.source:
        return "same_list"
    return "cross_border" if left.country != right.country else "same_country"


def _texts(value: Any) -> Any:
    """Return ``value`` with times and dates as text, for JSON."""
    return json.loads(json.dumps(value, default=lambda one: stamp(one) if hasattr(one, "hour") else one.isoformat()))

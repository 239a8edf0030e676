"""The case file of an agreed match, for another authority: a document that stands alone.

Enters: a case decided as the same person by two people. Leaves: a mapping that fits case_file.schema.json; web/ lays the
same out for print. An audit entry says who took it. It names judgements with their reviewers: whoever receives it may ask.
"""

import json
from pathlib import Path
from typing import Any

from matching.review import audit
from matching.review.case import Case, Side, case_for
from matching.review.people import User
from matching.review.refusals import NotAllowedError
from matching.review.store import Store
from matching.review.verdicts import DECIDED, SAME, SENIOR

NOTICE = (
    "This is a lead, not a finding. It says that two listings may describe the same person. Before anything follows from"
    " it, verify identity and the present validity of each listing with its issuing authority."
)
# Where each kind of listing is answered: the channel its legal basis provides. A desk officer's first step, no legal advice.
CHANNELS = {
    "red_notice": "the National Central Bureaus, by INTERPOL's channel; arrest and surrender follow the extradition treaty",
    "other_notice": "the National Central Bureaus, by INTERPOL's channel",
    "wanted": "police cooperation with the issuing authority; evidence by a request for mutual legal assistance",
    "sanction": "the authority that listed the person, and the competent sanctions authority or financial intelligence unit",
    "proscription": "the proscribing authority, and the competent counter-terrorism authority",
    "watchlist": "the authority that keeps the list",
    "missing": "the police authority that searches for the person",
}
LANGUAGE = "en"
"""Of the sentences of the JSON. Decision: whoever receives it has a program that reads codes, which would have to be told apart
by language were they translated; people are handed the printed page, in their own."""
SCHEMA = Path(__file__).with_name("case_file.schema.json")


def case_file(store: Store, user: User, case_id: str) -> dict[str, Any]:
    """Return the case file. Raises NoSuchCaseError, or NotAllowedError by role or where no match was agreed."""
    user.must("hand_over")
    with store.writing() as connection:
        case = case_for(connection, user, case_id)
        if case.row.state != DECIDED or case.row.outcome != SAME or case.row.control_of or not _is_agreed(case):
            raise NotAllowedError("a case file is made of a case that two people decided to be the same person")
        audit.append(
            connection, "handed_over", at=store.now(), actor=user.name, case_id=case_id, evidence=case.row.evidence_hash
        )
        return _document(case, made_at=store.now(), by=user.name)


def _is_agreed(case: Case) -> bool:
    """Return whether the judgements in force say so themselves: two of them "same person", or a senior's."""
    now = [one for one in case.judgements if one.evidence_hash == case.row.evidence_hash]
    same = {one.reviewer: one.step for one in now if one.verdict == SAME}
    return len(same) > 1 or SENIOR in same.values()


def _document(case: Case, *, made_at: str, by: str) -> dict[str, Any]:
    row, scores = case.row, json.loads(case.row.scores)
    sides = (case.left, case.right)
    return {
        "format": "notice-matching case file 1",
        "language": LANGUAGE,
        "notice": NOTICE,
        "case_id": row.id,
        "made_at": made_at,
        "made_by": by,
        "handling_codes": sorted({row.handling_l, row.handling_r}),
        "outcome": {"verdict": row.outcome, "link_colour": row.colour, "evidence_hash": row.evidence_hash},
        "listings": [_listing(side) for side in sides],
        "evidence": {
            "match_probability": row.probability,
            "model_id": row.model_id,
            "run_id": row.run_id,
            "levels": {k.removeprefix("level_"): v for k, v in scores.items() if k.startswith("level_")},
            "weights": {k.removeprefix("weight_"): v for k, v in scores.items() if k.startswith("weight_")},
            "conflicts": scores.get("conflicts") or [],
        },
        "judgements": [
            {
                name: getattr(one, name)
                for name in ("at", "step", "reviewer", "verdict", "reason", "comment", "saw_score")
            }
            for one in case.judgements
            if one.evidence_hash == row.evidence_hash
        ],
    }


def _listing(side: Side) -> dict[str, Any]:
    record = dict(side.document["record"])
    return {
        "record_id": side.record_id,
        "provenance": {"source": record["source"], "publisher_id": record["publisher_id"], **side.provenance},
        "channel": CHANNELS.get(record["listing_kind"], CHANNELS["watchlist"]),
        "record": {
            name: value for name, value in record.items() if name not in side.provenance and value not in (None, [])
        },
        "names_romanised": [
            {name: one[name] for name in ("full", "script", "romanised")} for one in side.document["names"]
        ],
    }

"""Judgements for other tools: as labels that Splink reads, and as CSV that a spreadsheet may open.

Enters: a user with the role for it. Leaves: rows, text; and an audit entry that says who took how many.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from matching.review import audit, schema
from matching.review.decide import judgements_by_case
from matching.review.people import User
from matching.review.store import Store
from matching.review.verdicts import DECIDED, DIFFERENT, SAME

KINDS = ("decisions", "labels", "judgements")
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection): a list may name a person "=HYPERLINK(…)".
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
DECISION_COLUMNS = (
    "case_id", "record_id_l", "record_id_r", "outcome", "colour", "reasons", "reviewers", "comments", "decided_at",
    "evidence_hash", "probability", "model_id", "run_id", "handling_l", "handling_r",
)  # fmt: skip
JUDGEMENT_COLUMNS = ("id_l", "id_r", "verdict")
"""As `matching model train --labels` and `matching model recall` read them."""
LABEL_COLUMNS = ("source_l", "record_id_l", "source_r", "record_id_r", "clerical_match_score")


def decisions(store: Store, user: User) -> list[dict[str, Any]]:
    """Return every decided case that ``user`` is cleared for, a row each with DECISION_COLUMNS; by record ids.

    Known cases shown again are not decisions and are left out. Raises NotAllowedError for roles that do not export.
    """
    user.must("export")
    cases = schema.cases.c
    wanted = (cases.state == DECIDED) & cases.control_of.is_(None) & user.cleared()
    with store.reading() as connection:
        rows = connection.execute(
            select(schema.cases).where(wanted).order_by(cases.record_id_l, cases.record_id_r)
        ).all()
        judged = judgements_by_case(connection, [row.id for row in rows])
    return [_decision(row, judged[row.id]) for row in rows]


def take(store: Store, user: User, kind: str) -> str:
    """Return what ``user`` may take as CSV of ``kind``, one of KINDS. The audit chain keeps its kind, cases and SHA-256.

    With the hash (of the text in UTF-8, without the byte order mark that the page adds) it can be told later whether a file
    that turned up is this one. Raises NotAllowedError as ``decisions``.
    """
    rows = decisions(store, user)
    text = as_text(kind, rows)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with store.writing() as connection:
        audit.append(connection, "exported", at=store.now(), actor=user.name, kind=kind, sha256=digest, cases=len(rows))
    return text


def labels(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return ``decisions`` as pairwise labels: 1 for the same person, 0 for different; what nobody could tell is left out.

    The columns are those of ``linker.evaluation.accuracy_analysis_from_labels_table`` under this project's settings, whose
    unique id is ``record_id`` and whose source is ``source``.
    """
    scores = {SAME: 1.0, DIFFERENT: 0.0}
    return [
        {
            "source_l": row["record_id_l"].partition(":")[0],
            "record_id_l": row["record_id_l"],
            "source_r": row["record_id_r"].partition(":")[0],
            "record_id_r": row["record_id_r"],
            "clerical_match_score": scores[row["outcome"]],
        }
        for row in rows
        if row["outcome"] in scores
    ]


def as_text(kind: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return ``decisions`` as CSV: ``decisions`` themselves, ``labels`` for Splink, ``judgements`` for our own models."""
    if kind == "labels":
        return as_csv(labels(rows), LABEL_COLUMNS)
    if kind == "judgements":
        short = [{"id_l": r["record_id_l"], "id_r": r["record_id_r"], "verdict": r["outcome"]} for r in rows]
        return as_csv(short, JUDGEMENT_COLUMNS)
    return as_csv(rows, DECISION_COLUMNS)


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return ``rows`` as CSV (RFC 4180) in which no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


def _decision(case: Any, judged: Sequence[Any]) -> dict[str, Any]:
    made = [one for one in judged if one.evidence_hash == case.evidence_hash]
    return {
        "case_id": case.id, "record_id_l": case.record_id_l, "record_id_r": case.record_id_r, "outcome": case.outcome,
        "colour": case.colour, "reasons": "; ".join(one.reason for one in made),
        "reviewers": "; ".join(one.reviewer for one in made),
        "comments": " | ".join(one.comment for one in made if one.comment), "decided_at": made[-1].at if made else None,
        "evidence_hash": case.evidence_hash, "probability": case.probability, "model_id": case.model_id,
        "run_id": case.run_id, "handling_l": case.handling_l, "handling_r": case.handling_r,
    }  # fmt: skip

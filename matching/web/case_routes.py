"""One case: the page, looks, judgements, undo, assignment, the raw entries, the case file."""

import json
import secrets
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from matching.report.evidence import evidence_of, scale_of, waterfall
from matching.review import decide, verdicts
from matching.review.case import Case, case_for
from matching.review.case_file import CHANNELS, case_file
from matching.review.refusals import NoSuchCaseError
from matching.web.asking import Asking, Genuine
from matching.web.comparison import rows_of
from matching.web.drawings import timeline
from matching.web.pages import language_of, render
from matching.web.queue_routes import to_next
from matching.web.site import site_of

router = APIRouter(prefix="/case/{case_id}")
Text = Annotated[str, Form()]


@router.get("")
def case_page(request: Request, case_id: str, session: Asking) -> Response:
    """Both listings side by side; noted in the audit chain."""
    store, user = site_of(request).store, session.user
    decide.record_view(store, user, case_id)
    with store.reading() as connection:
        case = case_for(connection, user, case_id)
        last = decide.last_judged(connection, user) if user.may("judge") else None
    return render(
        request, "case.html.j2", session, case=case, rows=rows_of(case, language_of(request)), reasons=verdicts.REASONS,
        timeline=timeline(case.left.document["births"], case.right.document["births"]), words=case.words,
        bars=_bars(case), token=secrets.token_urlsafe(16), query=request.url.query, last=last, json=json.loads,
        now=store.now(), problem="",
    )  # fmt: skip


@router.post("/look")
def look(request: Request, case_id: str, session: Genuine, impression: Text = "", query: Text = "") -> Response:
    """Record a first impression, or without one that the score was looked at."""
    decide.record_look(site_of(request).store, session.user, case_id, impression=impression or None)
    return _back(request, case_id, query)


@router.post("/judge")
def judge(
    request: Request, case_id: str, session: Genuine, verdict: Text = "", reason: Text = "", comment: Text = "",
    evidence: Text = "", token: Text = "", query: Text = "",
) -> Response:  # fmt: skip
    """Record a judgement and go on to the next case."""
    form = decide.Form(verdict=verdict, reason=reason, comment=comment.strip(), evidence_hash=evidence, token=token)
    decide.judge(site_of(request).store, session.user, case_id, form)
    return to_next(request, session.user, query)


@router.post("/undo")
def undo(request: Request, case_id: str, session: Genuine, query: Text = "") -> Response:
    """Take back one's last judgement on the case."""
    decide.undo(site_of(request).store, session.user, case_id)
    return _back(request, case_id, query)


@router.post("/assign")
def assign(request: Request, case_id: str, session: Genuine, query: Text = "") -> Response:
    """Take the case on oneself."""
    decide.assign(site_of(request).store, session.user, case_id)
    return _back(request, case_id, query)


@router.post("/release")
def release(request: Request, case_id: str, session: Genuine, query: Text = "") -> Response:
    """Give the case back to all."""
    decide.release(site_of(request).store, session.user, case_id)
    return _back(request, case_id, query)


@router.get("/entry/{side}")
def entry(request: Request, case_id: str, side: str, session: Asking) -> Response:
    """One listing as it was taken in, and where from."""
    if side not in ("l", "r"):
        raise NoSuchCaseError
    store = site_of(request).store
    decide.record_view(store, session.user, case_id)
    with store.reading() as connection:
        case = case_for(connection, session.user, case_id)
    one = case.left if side == "l" else case.right
    return JSONResponse({"record_id": one.record_id, "provenance": one.provenance, "record": one.document["record"]})


@router.post("/file.json")
def file_json(request: Request, case_id: str, session: Genuine) -> Response:
    """The case file as JSON; a form, because taking it is noted."""
    document = case_file(site_of(request).store, session.user, case_id)
    name = f"case-{case_id}.json"  # the id is of sixteen hexadecimal digits: a case was found by it
    return JSONResponse(document, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/file")
def file_page(request: Request, case_id: str, session: Genuine) -> Response:
    """The case file as a page that prints."""
    document = case_file(site_of(request).store, session.user, case_id)
    return render(request, "case_file.html.j2", session, file=document, channels=CHANNELS)


def _back(request: Request, case_id: str, query: str) -> Response:
    root = request.scope.get("root_path", "")
    kept = f"?{query[:2000]}" if query and query.isprintable() else ""
    return RedirectResponse(f"{root}/case/{case_id}{kept}", status_code=303)


def _bars(case: Case) -> Any:
    """Return the waterfall, where this user may see it; of a sample without weights there is none."""

    scores = {"weight_rivals": 0.0, **case.scores}  # which runs of earlier versions did not have
    if scores.get("weight_prior") is None:
        return ()
    return waterfall(scores, evidence_of(scores).values(), scale_of(pl.DataFrame([scores])))

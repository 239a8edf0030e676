"""One case: the page, looks, judgements, undo, assignment, the raw entries, the case file."""

import json
import secrets
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import polars as pl
from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from matching.report.evidence import evidence_of, scale_of, waterfall
from matching.review import decide, verdicts
from matching.review.case import Case, entry_of, opened
from matching.review.case_file import case_file
from matching.review.raw_entry import Archive, raw_entry
from matching.review.refusals import UnfitError
from matching.sources.excerpts import Excerpts
from matching.web.asking import Asking, Genuine
from matching.web.comparison import rows_of
from matching.web.drawings import timeline
from matching.web.language import NAMES, language
from matching.web.pages import language_of, render
from matching.web.queue_routes import to_next
from matching.web.site import Site, site_of
from matching.web.wording import worded

router = APIRouter(prefix="/case/{case_id}")
Text = Annotated[str, Form()]


@router.get("")
def case_page(request: Request, case_id: str, session: Asking) -> Response:
    """Both listings side by side, with ``beside=all`` the cluster's others too; noted in the audit chain."""
    store, user = site_of(request).store, session.user
    is_wide = request.query_params.get("beside") == "all"
    case, others = opened(store, user, case_id, is_wide=is_wide)
    with store.reading() as connection:
        last = decide.last_judged(connection, user) if user.may("judge") else None
    return render(
        request, "case.html.j2", session, case=case, rows=rows_of(case, language_of(request), beside=others), others=others, sides=(case.left, case.right, *others), reasons=verdicts.REASONS,
        timeline=timeline(case.left.document["births"], case.right.document["births"]), words=[(word, worded(word, language_of(request))) for word in case.words],
        bars=_bars(case), token=secrets.token_urlsafe(16), query=request.url.query, last=last, json=json.loads,
        now=store.now(), problem="", other_view=_other_view(request.url.query, is_wide=is_wide), stale_since=_stale_since(request),
    )  # fmt: skip


def _other_view(query: str, *, is_wide: bool) -> str:
    """Return the query of the same page with the other number of listings side by side."""
    kept = [(name, value) for name, value in parse_qsl(query[:2000]) if name != "beside"]
    return urlencode(kept if is_wide else [*kept, ("beside", "all")])


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
    """One listing as the publisher has it, and as it was read: of the case (l, r) or beside it (by its position)."""
    site, user = site_of(request), session.user
    case, one = entry_of(site.store, user, case_id, side)
    pieces, problem = _raw(site, one.record_id, one.provenance["snapshot_id"])
    return render(request, "entry.html.j2", session, case=case, side=one, pieces=pieces, problem=problem,
                  query=request.url.query, read=json.dumps(one.document["record"], ensure_ascii=False, indent=1))  # fmt: skip


def _raw(site: Site, record_id: str, snapshot_id: str) -> tuple[Excerpts, str]:
    """Return the publisher's own text of an entry, or why there is none."""
    try:
        return raw_entry(site.archive or Archive(workspace=site.workspace), record_id, snapshot_id), ""
    except UnfitError as error:
        return (), str(error)


@router.post("/file.json")
def file_json(request: Request, case_id: str, session: Genuine) -> Response:
    """The case file as JSON; a form, because taking it is noted."""
    document = case_file(site_of(request).store, session.user, case_id)
    name = f"case-{case_id}.json"  # the id is of sixteen hexadecimal digits: a case was found by it
    return JSONResponse(document, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/file")
def file_page(request: Request, case_id: str, session: Genuine, lang: Text = "") -> Response:
    """The case file as a page that prints, in the language of whoever will read it."""
    document = case_file(site_of(request).store, session.user, case_id)
    spoken = language(lang) if lang in NAMES else language_of(request)
    return render(
        request, "case_file.html.j2", session, spoken=spoken, file=document, stale_since=_stale_since(request)
    )


def _stale_since(request: Request) -> Callable[[str, str], str | None]:
    cadences, now = request.app.state.cadences, site_of(request).store.clock()
    return lambda record_id, retrieved_at: cadences.stale_since(record_id, retrieved_at, now=now)


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

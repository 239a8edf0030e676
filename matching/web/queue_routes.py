"""The queue: cases that wait, filters, counts; taking the next case."""

import json
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from matching.review import decide, queue
from matching.review.people import User
from matching.review.queue import Filters
from matching.review.sync import last_taken_in
from matching.web.asking import Asking, Genuine
from matching.web.pages import render
from matching.web.site import site_of

router = APIRouter()
BAND_NAMES = ("< 50 %", "50–70 %", "70–90 %", "90–99 %", "99–99.9 %", "> 99.9 %")


@router.get("/")
def queue_page(request: Request, session: Asking) -> Response:
    """One page of the queue."""
    given = dict(request.query_params)
    after = given.pop("after", "")
    filters = Filters.of(given)
    store, user = site_of(request).store, session.user
    with store.reading() as connection:
        page = queue.page(connection, user, filters, after=after)
        counts = queue.counts(connection, user, filters)
        last = decide.last_judged(connection, user) if user.may("judge") else None
        looked = queue.looked_at(connection, user, page.rows)
        taken_in_at = last_taken_in(connection)
    return render(
        request, "queue.html.j2", session, page=page, counts=counts, filters=filters, choices=request.app.state.choices.of(store, user),
        bands=BAND_NAMES, query=urlencode(filters.given()), last=last, changed=_changed(page.rows), now=store.now(),
        looked=looked, taken_in_at=taken_in_at, is_failing=site_of(request).intake.is_failing,
    )  # fmt: skip


@router.post("/next")
def next_case(request: Request, session: Genuine, query: Annotated[str, Form()] = "") -> Response:
    """Take the next free case of the queue on oneself and open it."""
    return to_next(request, session.user, query)


def to_next(request: Request, user: User, query: str) -> Response:
    """Send the browser to the next case that is taken for ``user``; to the queue where none is left."""
    filters = Filters.of(dict(parse_qsl(query[:2000])))
    found = queue.claim_next(site_of(request).store, user, filters)
    kept = urlencode(filters.given())
    path = f"/case/{found}" if found else "/"
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}{'?' + kept if kept else ''}", status_code=303)


def _changed(rows: Any) -> dict[str, list[str]]:
    return {row.id: json.loads(row.changed) for row in rows}

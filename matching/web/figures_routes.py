"""For seniors and operators: the page of figures, and judgements to take away."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from matching.review import export
from matching.review.measure import figures
from matching.review.refusals import NoSuchCaseError
from matching.web.asking import Asking, Genuine
from matching.web.drawings import bars
from matching.web.pages import render
from matching.web.queue_routes import BAND_NAMES
from matching.web.site import site_of

router = APIRouter()


@router.get("/figures")
def figures_page(request: Request, session: Asking) -> Response:
    """Throughput, ages, agreement, precision by band, known cases."""
    found = figures(site_of(request).store, session.user)
    return render(
        request, "figures.html.j2", session, figures=found, bands=BAND_NAMES,
        day_bars=bars([count for _, count in found.days]), age_bars=bars([count for _, count in found.ages]),
    )  # fmt: skip


@router.post("/export/{what}")
def take_away(request: Request, what: str, session: Genuine) -> Response:
    """Judgements as CSV, one of export.KINDS."""
    session.user.must("export")
    if what not in export.KINDS:
        raise NoSuchCaseError
    text = export.take(site_of(request).store, session.user, what)
    headers = {"Content-Disposition": f'attachment; filename="{what}.csv"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)
